"""What a chart is: a picture, its words, and the same in a table."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ChartColors:
    """The colours of a chart by role, each `#rrggbb`. None carries a meaning alone: shapes and words say it too."""

    ground: str
    text: str
    muted: str
    line: str
    accent: str
    accent_soft: str
    success: str
    warning: str
    danger: str
    severity: tuple[str, str, str, str, str]


PRINT = ChartColors(
    ground="#FFFFFF",
    text="#1B1D27",
    muted="#595D6E",
    line="#DFE0E7",
    accent="#4A48CC",
    accent_soft="#E7E7FA",
    success="#187545",
    warning="#8A5400",
    danger="#C4292E",
    severity=("#5F6475", "#2A6BAA", "#856000", "#B04405", "#B3123F"),
)
"""For paper, reports and saved files: the app's light theme on white."""
FONTS = "system-ui, -apple-system, 'Segoe UI', 'Noto Sans', 'DejaVu Sans', sans-serif"


@dataclass(frozen=True, slots=True)
class Look:
    """How a chart is to look: colours, fonts (a CSS list), width in pixels; the height follows."""

    colors: ChartColors = PRINT
    fonts: str = FONTS
    width: float = 760.0


@dataclass(frozen=True, slots=True)
class Table:
    """A chart in words. The first column names the row."""

    headers: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Spot:
    """A part of the picture that says something: its box in the picture's pixels, its words.

    `observation` is (session id, t_ns, observation id or "") where there is something to look at; `issue_id` names the
    issue it is about, or is "".
    """

    x: float
    y: float
    width: float
    height: float
    words: str
    issue_id: str = ""
    observation: tuple[str, int, str] | None = None


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart.

    Attributes:
        name: for files and ids: "completion".
        title, summary: what it shows, and what one sees in it; the picture has them as `title` and `desc`.
        svg: the picture, a document of its own that loads nothing.
        empty: there is nothing to show; `svg` says so in words.
    """

    name: str
    title: str
    summary: str
    svg: str
    width: float
    height: float
    table: Table
    spots: tuple[Spot, ...]
    empty: bool = False
