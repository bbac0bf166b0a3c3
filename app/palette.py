"""The colours by role, light and dark. Plain values, no Qt: what the contrast test checks is what the app shows."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class Role(StrEnum):
    """What a colour is for. Nothing in the app names a colour in any other way."""

    SURFACE = "surface"  # the window
    SURFACE_RAISED = "surface_raised"  # cards, tables, fields
    SURFACE_SUNKEN = "surface_sunken"  # rail, tracks, headers
    LINE = "line"  # hairlines: decoration, no meaning
    LINE_STRONG = "line_strong"  # the edge of a field, a check box: 3:1
    TEXT = "text"
    TEXT_MUTED = "text_muted"
    ACCENT = "accent"  # the one accent; as text or as a fill
    ACCENT_TEXT = "accent_text"  # text upon ACCENT
    ACCENT_SOFT = "accent_soft"  # a tinted ground, e.g. a banner, the chosen rail entry
    DANGER = "danger"  # recording, or something is wrong
    DANGER_TEXT = "danger_text"  # text upon DANGER
    WARNING = "warning"
    SUCCESS = "success"
    SELECTION = "selection"
    FOCUS = "focus"
    SEVERITY_0 = "severity_0"
    SEVERITY_1 = "severity_1"
    SEVERITY_2 = "severity_2"
    SEVERITY_3 = "severity_3"
    SEVERITY_4 = "severity_4"
    KIND_MARK = "kind_mark"
    KIND_PROBLEM = "kind_problem"
    KIND_POSITIVE = "kind_positive"
    KIND_QUOTE = "kind_quote"
    KIND_IDEA = "kind_idea"
    KIND_QUESTION = "kind_question"
    KIND_HELP = "kind_help"
    SPEAKER_1 = "speaker_1"
    SPEAKER_2 = "speaker_2"
    SPEAKER_3 = "speaker_3"
    SPEAKER_4 = "speaker_4"


GROUNDS = (Role.SURFACE, Role.SURFACE_RAISED, Role.SURFACE_SUNKEN)
"""The roles that text is put upon."""

LIGHT: Mapping[Role, str] = {
    Role.SURFACE: "#F6F6F9",
    Role.SURFACE_RAISED: "#FFFFFF",
    Role.SURFACE_SUNKEN: "#EDEDF2",
    Role.LINE: "#DFE0E7",
    Role.LINE_STRONG: "#838694",
    Role.TEXT: "#1B1D27",
    Role.TEXT_MUTED: "#595D6E",
    Role.ACCENT: "#4A48CC",
    Role.ACCENT_TEXT: "#FFFFFF",
    Role.ACCENT_SOFT: "#E7E7FA",
    Role.DANGER: "#C4292E",
    Role.DANGER_TEXT: "#FFFFFF",
    Role.WARNING: "#8A5400",
    Role.SUCCESS: "#187545",
    Role.SELECTION: "#DCDCF8",
    Role.FOCUS: "#4A48CC",
    Role.SEVERITY_0: "#5F6475",
    Role.SEVERITY_1: "#2A6BAA",
    Role.SEVERITY_2: "#856000",
    Role.SEVERITY_3: "#B04405",
    Role.SEVERITY_4: "#B3123F",
    Role.KIND_MARK: "#5F6475",
    Role.KIND_PROBLEM: "#C4292E",
    Role.KIND_POSITIVE: "#187545",
    Role.KIND_QUOTE: "#7A3FB0",
    Role.KIND_IDEA: "#8A5400",
    Role.KIND_QUESTION: "#1E67B0",
    Role.KIND_HELP: "#0A6F7A",
    Role.SPEAKER_1: "#3B55A8",
    Role.SPEAKER_2: "#0B7060",
    Role.SPEAKER_3: "#8A4A7D",
    Role.SPEAKER_4: "#755611",
}

DARK: Mapping[Role, str] = {
    Role.SURFACE: "#15161C",
    Role.SURFACE_RAISED: "#1E2028",
    Role.SURFACE_SUNKEN: "#101116",
    Role.LINE: "#30333F",
    Role.LINE_STRONG: "#7A7E90",
    Role.TEXT: "#ECEDF3",
    Role.TEXT_MUTED: "#A3A7B7",
    Role.ACCENT: "#9D9DFF",
    Role.ACCENT_TEXT: "#12121C",
    Role.ACCENT_SOFT: "#2A2A4A",
    Role.DANGER: "#FF8080",
    Role.DANGER_TEXT: "#1A0A0A",
    Role.WARNING: "#F0B354",
    Role.SUCCESS: "#5FD39A",
    Role.SELECTION: "#34345F",
    Role.FOCUS: "#9D9DFF",
    Role.SEVERITY_0: "#A3A7B7",
    Role.SEVERITY_1: "#6FB4F2",
    Role.SEVERITY_2: "#E3BC4C",
    Role.SEVERITY_3: "#FF9F5E",
    Role.SEVERITY_4: "#FF7F9E",
    Role.KIND_MARK: "#A3A7B7",
    Role.KIND_PROBLEM: "#FF8080",
    Role.KIND_POSITIVE: "#5FD39A",
    Role.KIND_QUOTE: "#C9A0F5",
    Role.KIND_IDEA: "#F0B354",
    Role.KIND_QUESTION: "#7DB8F7",
    Role.KIND_HELP: "#56CBD6",
    Role.SPEAKER_1: "#94AEF7",
    Role.SPEAKER_2: "#5FCDB8",
    Role.SPEAKER_3: "#DDA0D0",
    Role.SPEAKER_4: "#D6B66A",
}


def contrast(one: str, other: str) -> float:
    """WCAG 2.2 contrast ratio of two `#rrggbb` colours, 1 to 21."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    channels = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
