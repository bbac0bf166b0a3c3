"""SVG, shape by shape. Only what QtSvg and every browser draw alike: no clipping, no patterns, no style sheets."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from html import escape

from annotate.charts.chart import Chart, Look, Spot, Table

_NARROW, _SLIM, _WIDE = frozenset("iIjl.,:;'|! ·’"), frozenset('tfr()[]/-“”"'), frozenset("mwMW@%—")
_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")  # what XML can't hold


class Svg:
    """A picture that grows from the top; `finish` makes the chart of it."""

    def __init__(self, name: str, look: Look) -> None:
        self.look = look
        self.colors = look.colors
        self.width = look.width
        self._name = name
        self._parts: list[str] = []
        self._spots: list[Spot] = []

    def finish(self, height: float, title: str, summary: str, table: Table, *, empty: bool = False) -> Chart:
        """The chart, `height` pixels high."""
        head = (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{_n(self.width)}" height="{_n(height)}" '
            f'viewBox="0 0 {_n(self.width)} {_n(height)}" role="img" '
            f'aria-labelledby="{self._name}-title {self._name}-desc" font-family="{escape(self.look.fonts)}">'
            f'<title id="{self._name}-title">{_words(title)}</title>'
            f'<desc id="{self._name}-desc">{_words(summary)}</desc>'
            f'<rect width="{_n(self.width)}" height="{_n(height)}" fill="{self.colors.ground}"/>'
        )
        svg = head + "".join(self._parts) + "</svg>"
        return Chart(self._name, title, summary, svg, self.width, height, table, tuple(self._spots), empty=empty)

    # -- shapes ------------------------------------------------------------------------------------------------

    def rect(
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        *,
        fill: str = "none",
        stroke: str = "none",
        line: float = 1.0,
        radius: float = 0.0,
        opacity: float = 1.0,
    ) -> None:
        faint = f' fill-opacity="{_n(opacity)}"' if opacity < 1 else ""
        rounded = f' rx="{_n(radius)}"' if radius else ""
        self._parts.append(
            f'<rect x="{_n(x)}" y="{_n(y)}" width="{_n(max(0.0, width))}" height="{_n(max(0.0, height))}"{rounded} '
            f'fill="{fill}"{faint}{_stroke(stroke, line)}/>'
        )

    def line(
        self, x1: float, y1: float, x2: float, y2: float, *, stroke: str, line: float = 1.0, dash: str = ""
    ) -> None:
        dashed = f' stroke-dasharray="{dash}"' if dash else ""
        self._parts.append(
            f'<line x1="{_n(x1)}" y1="{_n(y1)}" x2="{_n(x2)}" y2="{_n(y2)}"{_stroke(stroke, line)}{dashed}/>'
        )

    def circle(
        self, x: float, y: float, radius: float, *, fill: str = "none", stroke: str = "none", line: float = 1.5
    ) -> None:
        self._parts.append(f'<circle cx="{_n(x)}" cy="{_n(y)}" r="{_n(radius)}" fill="{fill}"{_stroke(stroke, line)}/>')

    def polygon(
        self, points: Sequence[tuple[float, float]], *, fill: str = "none", stroke: str = "none", line: float = 1.5
    ) -> None:
        shown = " ".join(f"{_n(x)},{_n(y)}" for x, y in points)
        self._parts.append(f'<polygon points="{shown}" fill="{fill}"{_stroke(stroke, line)} stroke-linejoin="round"/>')

    def path(self, d: str, *, fill: str = "none", stroke: str = "none", line: float = 1.5) -> None:
        self._parts.append(
            f'<path d="{d}" fill="{fill}"{_stroke(stroke, line)} stroke-linecap="round" stroke-linejoin="round"/>'
        )

    def text(
        self,
        x: float,
        y: float,
        words: str,
        *,
        size: float = 12.0,
        fill: str = "",
        anchor: str = "start",
        strong: bool = False,
        room: float | None = None,
        turn: float = 0.0,
    ) -> None:
        """Words on the base line `y`. `room`: cut with "…" to this width. `turn`: degrees, about the point."""
        shown = words if room is None else elided(words, room, size, strong=strong)
        weight = ' font-weight="600"' if strong else ""
        turned = f' transform="rotate({_n(turn)} {_n(x)} {_n(y)})"' if turn else ""
        self._parts.append(
            f'<text x="{_n(x)}" y="{_n(y)}" font-size="{_n(size)}" fill="{fill or self.colors.text}" '
            f'text-anchor="{anchor}"{weight}{turned}>{_words(shown)}</text>'
        )

    def hatch(
        self, x: float, y: float, width: float, height: float, *, stroke: str, gap: float = 6.0, rising: bool = True
    ) -> None:
        """Slanted lines that fill a box: a tint that survives a black-and-white printer."""
        self.rect(x, y, width, height, stroke=stroke)
        lines = []
        offset = gap
        while offset < width + height:
            # The line x + y = offset, within the box.
            x1, y1 = (offset, 0.0) if offset <= width else (width, offset - width)
            x2, y2 = (0.0, offset) if offset <= height else (offset - height, height)
            if not rising:
                y1, y2 = height - y1, height - y2
            lines.append(f"M{_n(x + x1)} {_n(y + y1)}L{_n(x + x2)} {_n(y + y2)}")
            offset += gap
        if lines:
            self.path("".join(lines), stroke=stroke, line=1.2)

    # -- meaning -----------------------------------------------------------------------------------------------

    @contextmanager
    def spot(
        self,
        box: tuple[float, float, float, float],
        words: str,
        *,
        issue_id: str = "",
        observation: tuple[str, int, str] | None = None,
    ) -> Iterator[None]:
        """What is drawn within says `words`, on hover and to a screen reader."""
        self._spots.append(Spot(*box, words, issue_id, observation))
        self._parts.append(f"<g><title>{_words(words)}</title>")
        yield
        self._parts.append("</g>")


def text_width(words: str, size: float, *, strong: bool = False) -> float:
    """About how wide words are in a plain sans serif font; rather too wide than too narrow."""
    ems = 0.0
    for letter in words:
        if unicodedata.combining(letter):
            continue
        if letter in _NARROW:
            ems += 0.31
        elif letter in _SLIM:
            ems += 0.42
        elif letter in _WIDE:
            ems += 0.92
        elif unicodedata.east_asian_width(letter) in {"W", "F"}:
            ems += 1.05
        elif letter.isupper():
            ems += 0.68
        else:
            ems += 0.575
    return ems * size * (1.07 if strong else 1.0)


def elided(words: str, room: float, size: float, *, strong: bool = False) -> str:
    """Words in one line, cut with "…" where they are wider than `room`."""
    line = " ".join(words.split())
    if text_width(line, size, strong=strong) <= room:
        return line
    low, high = 0, len(line)
    while low < high:
        middle = (low + high + 1) // 2
        if text_width(line[:middle].rstrip() + "…", size, strong=strong) <= room:
            low = middle
        else:
            high = middle - 1
    return line[:low].rstrip() + "…"


def wrapped(words: str, room: float, size: float, lines: int) -> list[str]:
    """Words in at most so many lines; the last one is cut where they don't fit."""
    made: list[str] = []
    left = words.split()
    while left and len(made) < lines - 1:
        line = left.pop(0)
        while left and text_width(f"{line} {left[0]}", size) <= room:
            line = f"{line} {left.pop(0)}"
        made.append(elided(line, room, size))
    if left:
        made.append(elided(" ".join(left), room, size))
    return made


def _stroke(stroke: str, line: float) -> str:
    return "" if stroke == "none" else f' stroke="{stroke}" stroke-width="{_n(line)}"'


def _words(words: str) -> str:
    return escape(_UNPRINTABLE.sub("", words), quote=False)


def _n(value: float) -> str:
    """A number without needless digits; what isn't a number would break the picture, so it is a defect."""
    if not math.isfinite(value):
        raise ValueError(f"{value} in a picture")
    return f"{value:.2f}".rstrip("0").rstrip(".")
