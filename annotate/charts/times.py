"""Time on task: a sign for each participant, and the middle with its interval, on a scale of logarithms."""

from __future__ import annotations

import math
from functools import partial

from annotate.charts.chart import Chart, Look, Table
from annotate.charts.marks import Draw, draw_diamond, draw_empty, draw_head, draw_interval, draw_legend, draw_outcome
from annotate.charts.svg import Svg, wrapped
from annotate.figures.data import Run
from annotate.figures.intervals import Middle
from annotate.figures.study import StudyFigures, TaskFigures
from annotate.figures.words import middle_words, outcome_words, seconds_words, times_of_words, times_words
from annotate.models import Outcome
from annotate.timeline import SECOND

TITLE = "Time on task"
_ROW = 60.0
_TICKS = (1, 2, 5, 10, 20, 30, 60, 120, 180, 300, 600, 1200, 1800, 3600, 7200, 14400)


def times_chart(figures: StudyFigures, look: Look) -> Chart:
    """For each task every participant's time as a sign of how it ended, the middle and its interval under them."""
    svg = Svg("times", look)
    shown = [one for one in figures.tasks if any(run.gross_ns for run in one.runs)]
    table = Table(
        ("Task", "Middle (95 %)", "n", "Without the moderator", "Expected", "Single times"),
        tuple(_table_row(figures, one) for one in figures.tasks),
    )
    y = draw_head(svg, TITLE, _note(figures))
    if not shown:
        height = draw_empty(svg, y, "No task run has a length yet.")
        return svg.finish(height, TITLE, "No task run has a length yet.", table, empty=True)
    left, right = min(230.0, svg.width * 0.3), 150.0
    axis = _Axis(shown, left + 8, svg.width - right - 16)
    bottom = y + 14 + _ROW * len(shown)
    for seconds in axis.ticks:
        svg.line(axis.x(seconds), y + 6, axis.x(seconds), bottom, stroke=svg.colors.line)
        svg.text(axis.x(seconds), y + 2, seconds_words(seconds), size=11, fill=svg.colors.muted, anchor="middle")
    y += 18
    for one in shown:
        _row(svg, figures, one, y, axis, left)
        y += _ROW
    outcomes = ((Outcome.SUCCESS, ""), (Outcome.WITH_HELP, ""), (Outcome.FAILED, "failed or gave up"))
    legend: list[tuple[Draw, str]] = [
        *((partial(_outcome, outcome=one), words or outcome_words(one)) for one, words in outcomes),
        (_middle, "middle and 95 % interval"),
    ]
    if any(one.net.n for one in shown):
        legend.append((_net, "middle without the moderator’s speech"))
    if any(one.task.expected_ns for one in shown):
        legend.append((_expected, "expected time"))
    y = draw_legend(svg, y + 14, legend)
    return svg.finish(y, TITLE, _summary(figures, shown), table)


class _Axis:
    """Seconds to pixels, by logarithms."""

    def __init__(self, shown: list[TaskFigures], left: float, right: float) -> None:
        seconds = [run.gross_ns / SECOND for one in shown for run in one.runs if run.gross_ns]
        for one in shown:
            if one.gross.interval is not None:
                seconds += [
                    max(one.gross.interval.low, min(seconds) / 2),
                    min(one.gross.interval.high, max(seconds) * 2),
                ]
            if one.task.expected_ns:
                seconds.append(one.task.expected_ns / SECOND)
            if one.net.centre is not None:
                seconds.append(one.net.centre)
        low, high = min(seconds) / 1.15, max(seconds) * 1.15
        self._low, self._high = math.log(low), math.log(high)
        self._left, self._right = left, right
        self.ticks: list[int] = []
        for tick in _TICKS:
            if low <= tick <= high and (not self.ticks or self.x(tick) - self.x(self.ticks[-1]) >= 42):
                self.ticks.append(tick)

    def x(self, seconds: float) -> float:
        share = (math.log(seconds) - self._low) / (self._high - self._low)
        return self._left + (self._right - self._left) * min(1.0, max(0.0, share))


def _row(svg: Svg, figures: StudyFigures, one: TaskFigures, y: float, axis: _Axis, left: float) -> None:
    lines = wrapped(one.task.title, left - 32, 13, 2)
    for number, line in enumerate(lines):
        svg.text(16, y + 30 + (number - (len(lines) - 1) / 2) * 16, line, size=13)
    if one.task.expected_ns:
        _expected(svg, axis.x(one.task.expected_ns / SECOND), y + 26, reach=22)
    timed = [run for run in one.runs if run.gross_ns]
    radius = 4.5 if len(timed) <= 20 else 3.2
    ends: list[float] = []
    for run in sorted(timed, key=lambda run: run.gross_ns or 0):
        x = axis.x((run.gross_ns or 0) / SECOND)
        lane = next((number for number, end in enumerate(ends) if x - end >= 2 * radius + 0.5), len(ends))
        lane = min(lane, 3)  # the rest overlaps: many are as fast as each other
        ends[lane : lane + 1] = [x]
        at = y + 21 - (0, -1, 1, -2)[lane] * -(2 * radius - 1)
        with svg.spot((x - radius - 1, at - radius - 1, 2 * radius + 2, 2 * radius + 2), _run_words(figures, run),
                      observation=(run.session_id, run.t_start_ns, "")):  # fmt: skip
            draw_outcome(svg, x, at, run.outcome, radius)
    words = f"{one.task.title}: {middle_words(one.gross.middle)} {times_words(one.gross)}, n = {one.gross.n}"
    if one.gross.centre is not None:
        with svg.spot((left, y + 38, axis.x(math.exp(50)) - left, 14), words):
            if one.gross.interval is not None:
                draw_interval(svg, axis.x(one.gross.interval.low), axis.x(one.gross.interval.high), y + 44, cap=4)
            if one.net.centre is not None:
                draw_diamond(svg, axis.x(one.net.centre), y + 44, 5.5, hollow=True)
            draw_diamond(svg, axis.x(one.gross.centre), y + 44)
    right = axis.x(math.exp(50)) + 14
    middle = "–" if one.gross.centre is None else seconds_words(one.gross.centre)
    svg.text(right, y + 26, f"{middle} · n = {one.gross.n}", size=13, strong=True)
    if one.gross.interval is not None:
        low, high = seconds_words(one.gross.interval.low), seconds_words(one.gross.interval.high)
        svg.text(right, y + 42, f"{low}–{high}", size=11.5, fill=svg.colors.muted)


def _outcome(svg: Svg, x: float, y: float, *, outcome: Outcome) -> None:
    draw_outcome(svg, x, y, outcome)


def _middle(svg: Svg, x: float, y: float) -> None:
    draw_interval(svg, x - 9, x + 9, y, cap=4)
    draw_diamond(svg, x, y, 5)


def _net(svg: Svg, x: float, y: float) -> None:
    draw_diamond(svg, x, y, 5, hollow=True)


def _expected(svg: Svg, x: float, y: float, *, reach: float = 8.0) -> None:
    svg.line(x, y - reach, x, y + reach, stroke=svg.colors.muted, line=1.5, dash="3 2")


def _run_words(figures: StudyFigures, run: Run) -> str:
    person = figures.person(run.person_id)
    words = (
        f"{person.code if person else ''}: {seconds_words((run.gross_ns or 0) / SECOND)}, {outcome_words(run.outcome)}"
    )
    return words if run.net_ns is None else f"{words}, without the moderator {seconds_words(run.net_ns / SECOND)}"


def _note(figures: StudyFigures) -> str:
    kinds = {one.gross.middle for one in figures.tasks if one.gross.n} or {Middle.GEOMETRIC_MEAN}
    middle = " or ".join(sorted(middle_words(one) for one in kinds))
    return f"Every participant, and the {middle} of {times_of_words(figures.times_of)}; scale of logarithms"


def _table_row(figures: StudyFigures, one: TaskFigures) -> tuple[str, ...]:
    expected = "" if one.task.expected_ns is None else seconds_words(one.task.expected_ns / SECOND)
    timed = sorted((run for run in one.runs if run.gross_ns), key=lambda run: run.gross_ns or 0)
    single = "; ".join(_run_words(figures, run) for run in timed)
    return (one.task.title, times_words(one.gross), str(one.gross.n), times_words(one.net), expected, single)


def _summary(figures: StudyFigures, shown: list[TaskFigures]) -> str:
    timed = [one for one in shown if one.gross.centre is not None]
    if not timed:
        return "Nobody did a task without help."
    slow = max(timed, key=lambda one: one.gross.centre or 0)
    words = f"Longest: {slow.task.title}, {times_words(slow.gross)}, {times_of_words(figures.times_of)}."
    late = [
        one.task.title
        for one in timed
        if one.task.expected_ns and one.gross.interval and one.gross.interval.low > one.task.expected_ns / SECOND
    ]
    return f"{words} Longer than expected: {', '.join(late)}." if late else words
