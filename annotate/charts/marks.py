"""The signs that charts share: severities, outcomes, what a cell of the matrix says, intervals, legends."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from annotate.charts.svg import Svg, text_width
from annotate.figures.matrix import CellKind
from annotate.models import Outcome, Severity

Draw = Callable[[Svg, float, float], None]
"""Draws a sign with its middle at a place."""


def draw_severity(svg: Svg, x: float, y: float, severity: Severity | None, size: float = 18.0) -> None:
    """Disc, square, diamond, octagon with its number, as in the app; a ring for 0, a dot for none."""
    radius = size / 2
    if severity is None:
        svg.circle(x, y, radius * 0.32, fill=svg.colors.muted)
        return
    colour, ground = svg.colors.severity[severity], svg.colors.ground
    if severity is Severity.NOT_A_PROBLEM:
        svg.circle(x, y, radius * 0.84, fill=ground, stroke=colour)
    elif severity is Severity.COSMETIC:
        svg.circle(x, y, radius * 0.94, fill=colour)
    elif severity is Severity.MINOR:
        side = radius * 0.84
        svg.rect(x - side, y - side, 2 * side, 2 * side, fill=colour, radius=3)
    else:
        corners, turn, reach = (4, 0.0, 1.08) if severity is Severity.MAJOR else (8, math.pi / 8, 1.02)
        angles = [turn + corner * 2 * math.pi / corners for corner in range(corners)]
        svg.polygon([(x + radius * reach * math.cos(a), y + radius * reach * math.sin(a)) for a in angles], fill=colour)
    if size >= 11:
        number = colour if severity is Severity.NOT_A_PROBLEM else ground
        svg.text(x, y + size * 0.21, str(int(severity)), size=size * 0.6, fill=number, anchor="middle", strong=True)


def draw_outcome(svg: Svg, x: float, y: float, outcome: Outcome | None, radius: float = 4.5) -> None:
    """A disc for done, a half one for done with help, a cross for not done."""
    if outcome is Outcome.SUCCESS:
        svg.circle(x, y, radius, fill=svg.colors.accent, stroke=svg.colors.ground, line=1)
    elif outcome is Outcome.WITH_HELP:
        svg.circle(x, y, radius - 0.5, fill=svg.colors.ground, stroke=svg.colors.warning)
        half = radius - 0.5
        svg.path(f"M{x:.2f} {y - half:.2f}A{half} {half} 0 0 0 {x:.2f} {y + half:.2f}Z", fill=svg.colors.warning)
    else:
        arm = radius * 0.78
        for slope in (1, -1):
            svg.line(x - arm, y - slope * arm, x + arm, y + slope * arm, stroke=svg.colors.danger, line=2)


def draw_cell(svg: Svg, x: float, y: float, kind: CellKind, severity: Severity | None, size: float) -> None:
    """What a participant says about an issue."""
    small = size * 0.3
    if kind is CellKind.FOUND:
        if severity is None:
            svg.circle(x, y, size * 0.36, fill=svg.colors.text)
        else:
            draw_severity(svg, x, y, severity, size * 0.86)
    elif kind is CellKind.PASSED:
        start, turn, end = (x - small, y + small * 0.1), (x - small / 4, y + small * 0.8), (x + small, y - small * 0.75)
        d = "L".join(f"{across:.2f} {down:.2f}" for across, down in (start, turn, end))
        svg.path(f"M{d}", stroke=svg.colors.success, line=1.8)
    elif kind is CellKind.AGAINST:
        svg.circle(x, y, size * 0.34, fill=svg.colors.ground, stroke=svg.colors.success)
        svg.line(x - small * 0.6, y, x + small * 0.6, y, stroke=svg.colors.success, line=2)
    elif kind is CellKind.UNSEEN:
        svg.circle(x, y, 1.6, fill=svg.colors.muted)


def draw_interval(svg: Svg, low: float, high: float, y: float, *, cap: float = 5.0, line: float = 2.0) -> None:
    """A line with caps from `low` to `high`, over a halo in the ground's colour so that it is seen on bars."""
    for colour, width in ((svg.colors.ground, line + 2.5), (svg.colors.text, line)):
        svg.line(low, y, high, y, stroke=colour, line=width)
        for end in (low, high):
            svg.line(end, y - cap, end, y + cap, stroke=colour, line=width)


def draw_diamond(svg: Svg, x: float, y: float, reach: float = 6.0, *, hollow: bool = False) -> None:
    """The middle of some values."""
    points = [(x - reach, y), (x, y - reach), (x + reach, y), (x, y + reach)]
    fill, stroke = (svg.colors.ground, svg.colors.text) if hollow else (svg.colors.text, svg.colors.ground)
    svg.polygon(points, fill=fill, stroke=stroke)


def draw_legend(svg: Svg, y: float, items: Sequence[tuple[Draw, str]], *, left: float = 16.0) -> float:
    """Signs and what they mean, in as many lines as it takes. Returns where the next thing may begin."""
    x, size = left, 11.5
    for draw, words in items:
        width = 26 + text_width(words, size) + 10
        if x > left and x + width > svg.width - 12:
            x, y = left, y + 20
        draw(svg, x + 9, y)
        svg.text(x + 24, y + 4, words, size=size, fill=svg.colors.muted)
        x += width
    return y + 18


def draw_head(svg: Svg, title: str, note: str = "") -> float:
    """The title and a line under it. Returns where the picture may begin."""
    svg.text(16, 28, title, size=16, strong=True, room=svg.width - 32)
    if not note:
        return 48
    svg.text(16, 47, note, size=12, fill=svg.colors.muted, room=svg.width - 32)
    return 68


def draw_empty(svg: Svg, top: float, words: str) -> float:
    """A sentence where there is nothing to show. Returns the height."""
    svg.text(svg.width / 2, top + 46, words, size=13, fill=svg.colors.muted, anchor="middle", room=svg.width - 32)
    return top + 90
