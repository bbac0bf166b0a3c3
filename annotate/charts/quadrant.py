"""Value against effort: what to do first, what to plan, what to leave."""

from __future__ import annotations

import math
import statistics

from annotate.charts.chart import Chart, Look, Table
from annotate.charts.marks import draw_empty, draw_head, draw_severity
from annotate.charts.svg import Svg, elided, text_width
from annotate.figures.priority import Priority, RankBy
from annotate.figures.study import StudyFigures
from annotate.figures.words import percent, rank_words, severity_words, share_words

TITLE = "Value against effort"
MAX_SIGNS = 60
"""Those of most value; a picture of more is a carpet. The table has them all."""
_HEIGHT = 380.0
_NOTE = "Lines at the medians; the thin line through an issue is its 95 % band when participants are drawn again"
_CORNERS = ("Do first", "Plan", "When there is time", "Leave")
_EFFORTS = (0.125, 0.25, 0.5, 1, 2, 4, 8, 16, 32, 64, 128, 256)


def quadrant_chart(figures: StudyFigures, look: Look) -> Chart:
    """Each issue by its value (0 to 100, with its band) and its effort in days; the lines are the medians."""
    svg = Svg("quadrant", look)
    weighed = [one for one in figures.priorities if one.value is not None and one.row.issue.effort is not None]
    placed = weighed[:MAX_SIGNS]
    table = Table(
        ("Issue", "Severity", "Value (95 %)", "Customer value", "Business value", "Effort, days", "Rank by value",
         "Rank by value per day", "RICE"),
        tuple(_table_row(one) for one in figures.priorities),
    )  # fmt: skip
    y = draw_head(
        svg,
        TITLE,
        "Lines at the medians; the thin line through an issue is its 95 % band when participants are drawn again",
    )
    if not placed:
        words = "No issue has both a severity and an effort yet."
        return svg.finish(draw_empty(svg, y, words), TITLE, words, table, empty=True)
    frame = _Frame(placed, 64, y + 8, svg.width - 24, y + 8 + _HEIGHT)
    _ground(svg, frame)
    spread = _apart(placed, frame)
    for one, (x, _y) in zip(placed, spread, strict=True):
        band = one.value_band
        if band is not None and band.high - band.low > 0.5:
            svg.line(x, frame.y(band.high), x, frame.y(band.low), stroke=svg.colors.muted, line=1.2)
    taken = [_box(x, y, 9) for x, y in spread]
    for one, (x, y) in zip(placed, spread, strict=True):
        with svg.spot((x - 10, y - 10, 20, 20), _words(one), issue_id=one.row.issue.id):
            draw_severity(svg, x, y, one.row.severity, 18)
        _label(svg, frame, f"#{one.row.issue.number}", x, y, taken)
    bottom = frame.bottom + 58
    if len(weighed) > len(placed):
        words = f"The {len(placed)} of most value; {len(weighed) - len(placed)} more in the table."
        svg.text(16, bottom, words, size=11.5, fill=svg.colors.muted)
        bottom += 20
    missing = [one for one in figures.priorities if one.value is None or one.row.issue.effort is None]
    if missing:
        names = ", ".join(f"#{one.row.issue.number}" for one in missing)
        words = elided(f"Without effort or severity yet: {names}", svg.width - 32, 11.5)
        svg.text(16, bottom, words, size=11.5, fill=svg.colors.muted)
        bottom += 20
    return svg.finish(bottom, TITLE, _summary(placed), table)


class _Frame:
    """Effort by logarithms across, value up."""

    def __init__(self, placed: list[Priority], left: float, top: float, right: float, bottom: float) -> None:
        self.left, self.top, self.right, self.bottom = left, top, right, bottom
        efforts = [one.row.issue.effort or 1.0 for one in placed]
        values = [one.value or 0.0 for one in placed]
        highs = [one.value_band.high for one in placed if one.value_band is not None]
        self._low, self._high = math.log(min(efforts) / 1.6), math.log(max(efforts) * 1.6)
        self.most = min(100.0, 10 * math.ceil(max(10.0, *values, *highs) / 10))
        self.effort, self.value = statistics.median(efforts), statistics.median(values)
        self.ticks = [one for one in _EFFORTS if self._low <= math.log(one) <= self._high]

    def x(self, effort: float) -> float:
        return self.left + (self.right - self.left) * (math.log(effort) - self._low) / (self._high - self._low)

    def y(self, value: float) -> float:
        return self.bottom - (self.bottom - self.top) * value / self.most


def _ground(svg: Svg, frame: _Frame) -> None:
    across, up = frame.x(frame.effort), frame.y(frame.value)
    svg.rect(frame.left, frame.top, across - frame.left, up - frame.top, fill=svg.colors.accent_soft)
    svg.rect(frame.left, frame.top, frame.right - frame.left, frame.bottom - frame.top, stroke=svg.colors.line)
    for x1, y1, x2, y2 in ((across, frame.top, across, frame.bottom), (frame.left, up, frame.right, up)):
        svg.line(x1, y1, x2, y2, stroke=svg.colors.muted, dash="4 4")
    places = (
        (frame.left + 10, frame.top + 20, "start"),
        (frame.right - 10, frame.top + 20, "end"),
        (frame.left + 10, frame.bottom - 10, "start"),
        (frame.right - 10, frame.bottom - 10, "end"),
    )
    for (x, y, anchor), words in zip(places, _CORNERS, strict=True):
        svg.text(x, y, words, size=13, fill=svg.colors.muted, anchor=anchor, strong=True)
    for effort in frame.ticks:
        svg.line(frame.x(effort), frame.bottom, frame.x(effort), frame.bottom + 4, stroke=svg.colors.muted)
        svg.text(frame.x(effort), frame.bottom + 17, f"{effort:g}", size=11, fill=svg.colors.muted, anchor="middle")
    step = 10 if frame.most <= 50 else 20
    for value in range(0, int(frame.most) + 1, step):
        svg.line(frame.left - 4, frame.y(value), frame.left, frame.y(value), stroke=svg.colors.muted)
        svg.text(frame.left - 8, frame.y(value) + 4, str(value), size=11, fill=svg.colors.muted, anchor="end")
    middle = (frame.left + frame.right) / 2
    svg.text(middle, frame.bottom + 35, "Effort, person-days (scale of logarithms)", size=12, anchor="middle")
    svg.text(24, (frame.top + frame.bottom) / 2, "Value, 0 to 100", size=12, anchor="middle", turn=-90)


def _apart(placed: list[Priority], frame: _Frame) -> list[tuple[float, float]]:
    """Where each sign goes. Issues of one effort stand beside each other, so that their bands can be told apart."""
    same: dict[float, list[int]] = {}
    for number, one in enumerate(placed):
        same.setdefault(one.row.issue.effort or 1.0, []).append(number)
    found = [(0.0, 0.0)] * len(placed)
    for effort, numbers in same.items():
        step = min(18.0, 120.0 / len(numbers))
        for place, number in enumerate(numbers):
            aside = (place - (len(numbers) - 1) / 2) * step
            found[number] = (frame.x(effort) + aside, frame.y(placed[number].value or 0))
    return found


def _box(x: float, y: float, reach: float) -> tuple[float, float, float, float]:
    return x - reach, y - reach, x + reach, y + reach


def _label(
    svg: Svg, frame: _Frame, words: str, x: float, y: float, taken: list[tuple[float, float, float, float]]
) -> None:
    """A number beside its sign, where nothing else is."""
    width = text_width(words, 11)
    for left, base in ((x + 11, y + 4), (x - 11 - width, y + 4), (x - width / 2, y - 12), (x - width / 2, y + 21)):
        box = (left, base - 10, left + width, base + 2)
        inside = frame.left <= box[0] and box[2] <= frame.right and frame.top <= box[1] and box[3] <= frame.bottom
        if inside and not any(_overlap(box, other) for other in taken):
            taken.append(box)
            svg.text(left, base, words, size=11)
            return


def _overlap(one: tuple[float, float, float, float], other: tuple[float, float, float, float]) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _value(one: Priority) -> str:
    if one.value is None:
        return "–"
    if one.value_band is None:
        return f"{one.value:.0f}"
    return f"{one.value:.0f} ({one.value_band.low:.0f}–{one.value_band.high:.0f})"


def _words(one: Priority) -> str:
    issue = one.row.issue
    rank = rank_words(one.ranks.get(RankBy.VALUE))
    return (
        f"#{issue.number} {issue.title}: value {_value(one)}, effort {issue.effort:g} days, rank {rank}, "
        f"found by {share_words(one.row.found)}"
    )


def _table_row(one: Priority) -> tuple[str, ...]:
    issue = one.row.issue
    return (
        f"#{issue.number} {issue.title}",
        severity_words(one.row.severity),
        _value(one),
        "–" if one.customer is None else f"{one.customer:.0f}",
        f"{one.business:.0f}",
        "–" if issue.effort is None else f"{issue.effort:g}",
        *(rank_words(one.ranks.get(by)) for by in (RankBy.VALUE, RankBy.VALUE_PER_EFFORT)),
        "–" if one.rice is None else f"{one.rice:,.0f}",
    )


def _summary(placed: list[Priority]) -> str:
    ranked = [one for one in placed if RankBy.VALUE_PER_EFFORT in one.ranks]
    best = min(ranked, key=lambda one: one.ranks[RankBy.VALUE_PER_EFFORT].rank)
    issue = best.row.issue
    words = f"{len(placed)} issues. Most value for a day of work: #{issue.number} {issue.title}"
    return f"{words}, found by {percent(best.row.found.share or 0)} of those who could meet it."
