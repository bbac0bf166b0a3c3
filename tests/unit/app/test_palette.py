from __future__ import annotations

import re
from pathlib import Path

import pytest

from app import style
from app.palette import DARK, GROUNDS, LIGHT, Role, contrast

TEXTS = [Role.TEXT, Role.TEXT_MUTED, Role.ACCENT, Role.DANGER, Role.WARNING, Role.SUCCESS]
MARKS = [role for role in Role if role.value.startswith(("severity_", "kind_", "speaker_"))]
BOTH = pytest.mark.parametrize("roles", [LIGHT, DARK], ids=["light", "dark"])


def test_contrast_is_as_wcag_defines_it() -> None:
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21.0)
    assert contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.01)


@BOTH
def test_every_role_has_a_colour(roles: dict[Role, str]) -> None:
    assert set(roles) == set(Role)
    assert all(re.fullmatch(r"#[0-9A-F]{6}", colour) for colour in roles.values())


@BOTH
@pytest.mark.parametrize("role", TEXTS)
def test_text_can_be_read_on_every_ground(roles: dict[Role, str], role: Role) -> None:
    for ground in GROUNDS:
        assert contrast(roles[role], roles[ground]) >= 4.5, ground


@BOTH
@pytest.mark.parametrize(
    ("text", "ground"),
    [
        (Role.TEXT, Role.SELECTION),
        (Role.TEXT_MUTED, Role.SELECTION),
        (Role.TEXT, Role.ACCENT_SOFT),
        (Role.TEXT_MUTED, Role.ACCENT_SOFT),
        (Role.ACCENT, Role.ACCENT_SOFT),
        (Role.ACCENT_TEXT, Role.ACCENT),
        (Role.DANGER_TEXT, Role.DANGER),
        (Role.TEXT_MUTED, Role.LINE),
        (Role.SURFACE_RAISED, Role.TEXT),
    ],
)
def test_text_can_be_read_on_what_is_coloured(roles: dict[Role, str], text: Role, ground: Role) -> None:
    assert contrast(roles[text], roles[ground]) >= 4.5


@BOTH
@pytest.mark.parametrize("role", MARKS)
def test_marks_stand_out_on_tracks_and_as_text(roles: dict[Role, str], role: Role) -> None:
    for ground in GROUNDS:
        assert contrast(roles[role], roles[ground]) >= 4.5, ground
    assert contrast(roles[role], roles[Role.SELECTION]) >= 3.0


@BOTH
def test_edges_of_fields_and_focus_stand_out(roles: dict[Role, str]) -> None:
    for role in (Role.LINE_STRONG, Role.FOCUS):
        for ground in GROUNDS:
            assert contrast(roles[role], roles[ground]) >= 3.0


@BOTH
def test_the_style_sheet_takes_its_colours_from_the_roles(roles: dict[Role, str]) -> None:
    mixed = {"accent_hover": "#111111", "accent_pressed": "#222222", "danger_hover": "#333333"}
    sheet = style.build(roles, mixed, Path("images"))
    assert "$" not in sheet
    assert set(re.findall(r"#[0-9a-fA-F]{6}", sheet)) <= set(roles.values()) | set(mixed.values())
    assert sheet.count("{") == sheet.count("}")
