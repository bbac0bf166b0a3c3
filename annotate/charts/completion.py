"""Completion by task: bars with their interval, and a sign for each participant."""

from __future__ import annotations

from functools import partial

from annotate.charts.chart import Chart, Look, Table
from annotate.charts.marks import draw_empty, draw_head, draw_interval, draw_legend, draw_outcome
from annotate.charts.svg import Svg, wrapped
from annotate.figures.intervals import Share
from annotate.figures.study import StudyFigures, TaskFigures
from annotate.figures.words import outcome_words, percent, share_words
from annotate.models import Outcome

TITLE = "Completion by task"
_ROW, _BAR = 58.0, 16.0
_ORDER = (Outcome.SUCCESS, Outcome.WITH_HELP, Outcome.FAILED, Outcome.GAVE_UP)


def completion_chart(figures: StudyFigures, look: Look) -> Chart:
    """For each task how many did it without help (solid), with help besides (hatched), and the interval."""
    svg = Svg("completion", look)
    shown = [one for one in figures.tasks if one.completion.n]
    table = Table(
        ("Task", "Done without help", "Done, with help too", "Not done"),
        tuple(_table_row(one) for one in figures.tasks),
    )
    y = draw_head(
        svg, TITLE, "Done without help, with its 95 % interval (adjusted Wald); first try of each participant"
    )
    if not shown:
        height = draw_empty(svg, y, "No task has an outcome yet.")
        return svg.finish(height, TITLE, "No task has an outcome yet.", table, empty=True)
    left, right = min(230.0, svg.width * 0.3), 176.0
    room = svg.width - left - right - 16
    for part in range(5):
        x = left + room * part / 4
        svg.line(x, y + 6, x, y + 18 + _ROW * len(shown), stroke=svg.colors.line)
        svg.text(x, y + 2, percent(part / 4), size=11, fill=svg.colors.muted, anchor="middle")
    y += 22
    for one in shown:
        _row(svg, one, y, left, room)
        y += _ROW
    bar = partial(_sample, hatched=False)
    helped = partial(_sample, hatched=True)
    legend = [
        (bar, "done without help"),
        (helped, "with help besides"),
        *((partial(_outcome, outcome=outcome), outcome_words(outcome)) for outcome in _ORDER[:2]),
        (partial(_outcome, outcome=Outcome.FAILED), "failed or gave up"),
    ]
    y = draw_legend(svg, y + 16, legend)
    return svg.finish(y, TITLE, _summary(shown), table)


def _row(svg: Svg, one: TaskFigures, y: float, left: float, room: float) -> None:
    middle = y + 14
    lines = wrapped(one.task.title, left - 32, 13, 2)
    for number, line in enumerate(lines):
        svg.text(16, middle + 5 + (number - (len(lines) - 1) / 2) * 16, line, size=13)
    done, helped = one.completion, one.completion_helped
    words = f"{one.task.title}: {share_words(done)} without help; {share_words(helped)} with help or without"
    with svg.spot((left, y, room, 30), words):
        svg.rect(left, middle - _BAR / 2, room, _BAR, fill=svg.colors.accent_soft, radius=3)
        width, more = room * (done.share or 0), room * (helped.share or 0)
        if more > width:
            svg.hatch(left + width, middle - _BAR / 2, more - width, _BAR, stroke=svg.colors.accent, gap=7)
        svg.rect(left, middle - _BAR / 2, width, _BAR, fill=svg.colors.accent, radius=2)
        if done.interval is not None:
            draw_interval(svg, left + room * done.interval.low, left + room * done.interval.high, middle)
    svg.text(
        left + room + 14, middle - 2, f"{done.count} of {done.n} · {percent(done.share or 0)}", size=13, strong=True
    )
    svg.text(left + room + 14, middle + 13, _range_words(done), size=11.5, fill=svg.colors.muted)
    step = min(13.0, room / max(1, done.n))
    for number, run in enumerate(sorted(one.runs, key=lambda run: _ORDER.index(run.outcome or Outcome.GAVE_UP))):
        draw_outcome(svg, left + 5 + number * step, y + 36, run.outcome, min(4.5, step * 0.36 + 0.4))


def _range_words(one: Share) -> str:
    return "" if one.interval is None else f"{percent(one.interval.low)[:-2]}–{percent(one.interval.high)}"


def _sample(svg: Svg, x: float, y: float, *, hatched: bool) -> None:
    if hatched:
        svg.hatch(x - 9, y - 6, 18, 12, stroke=svg.colors.accent)
    else:
        svg.rect(x - 9, y - 6, 18, 12, fill=svg.colors.accent, radius=2)


def _outcome(svg: Svg, x: float, y: float, *, outcome: Outcome) -> None:
    draw_outcome(svg, x, y, outcome)


def _table_row(one: TaskFigures) -> tuple[str, ...]:
    failed = one.completion_helped.n - one.completion_helped.count
    return (one.task.title, share_words(one.completion), share_words(one.completion_helped), str(failed))


def _summary(shown: list[TaskFigures]) -> str:
    worst = min(shown, key=lambda one: (one.completion.share or 0, one.task.position))
    best = max(shown, key=lambda one: (one.completion.share or 0, -one.task.position))
    words = f"Lowest: {worst.task.title}, {share_words(worst.completion)}."
    if best is not worst:
        words += f" Highest: {best.task.title}, {share_words(best.completion)}."
    return words
