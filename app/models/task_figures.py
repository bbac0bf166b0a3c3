"""The figures of the tasks as table rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import IntEnum
from operator import attrgetter

from PySide6.QtCore import QCoreApplication, QObject, Qt

from annotate.figures.intervals import Share, Times
from annotate.figures.methods import Figure
from annotate.figures.study import SEQ_RANGE, Counts, StudyFigures, TaskFigures
from annotate.figures.words import (
    DASH,
    NO_INTERVAL,
    mean_words,
    method_words,
    percent,
    percent_range,
    seconds_words,
    share_words,
    times_of_words,
    times_words,
)
from annotate.models import Outcome
from annotate.timeline import SECOND
from app.models.keyed import SORT_ROLE, KeyedTableModel
from app.plain import tooltip
from app.widgets.dot_strip import Strip

STRIP_ROLE = Qt.ItemDataRole.UserRole + 4
"""What a cell shows under its words: a `Strip`, outcomes one by one, or None."""
NOTE_ROLE = Qt.ItemDataRole.UserRole + 5
"""What stands muted under a cell's words."""


class TaskColumn(IntEnum):
    """What a column of task figures shows."""

    TASK = 0
    COMPLETION = 1
    HELPED = 2
    TIME = 3
    NET = 4
    ASSISTS = 5
    ERRORS = 6
    EFFICIENCY = 7
    SEQ = 8


FIGURE_OF = {
    TaskColumn.COMPLETION: Figure.COMPLETION,
    TaskColumn.HELPED: Figure.COMPLETION_HELPED,
    TaskColumn.TIME: Figure.TIME,
    TaskColumn.NET: Figure.TIME_NET,
    TaskColumn.ASSISTS: Figure.ASSISTS,
    TaskColumn.ERRORS: Figure.ERRORS,
    TaskColumn.EFFICIENCY: Figure.EFFICIENCY,
    TaskColumn.SEQ: Figure.SEQ,
}


class TaskFiguresModel(KeyedTableModel[TaskFigures]):
    """Tasks in the order of the plan."""

    def __init__(self, parent: QObject | None = None) -> None:
        tr = QCoreApplication.translate
        context = "TaskFiguresModel"
        super().__init__(
            [
                tr(context, "Task"),
                tr(context, "Completion"),
                tr(context, "With help too"),
                tr(context, "Time on task"),
                tr(context, "Without moderator"),
                tr(context, "Assists"),
                tr(context, "Errors"),
                tr(context, "Efficiency"),
                tr(context, "SEQ"),
            ],
            parent,
        )
        self._span = (1.0, 2.0)

    def set_figures(self, figures: StudyFigures) -> None:
        """Shows the tasks of a study; all times on one scale."""
        seconds = [run.gross_ns / SECOND for one in figures.tasks for run in one.runs if run.gross_ns]
        self._span = (min(seconds) / 1.1, max(seconds) * 1.1) if seconds else (1.0, 2.0)
        self.set_rows(figures.tasks)

    def key(self, row: TaskFigures) -> str:
        return row.task.id

    def value(self, row: TaskFigures, column: int, role: int) -> object:
        what = TaskColumn(column)
        text, note = _text(row, what), self._note(row, what)
        values: dict[int, object] = {
            Qt.ItemDataRole.DisplayRole: text,
            NOTE_ROLE: note,
            Qt.ItemDataRole.AccessibleTextRole: f"{self._headers[column]}: {text} {note}".strip(),
            SORT_ROLE: row.task.position,
        }
        if role == STRIP_ROLE:
            return self._strip(row, what)
        if role == Qt.ItemDataRole.ToolTipRole:
            return tooltip(self._how(row, what))
        if role == Qt.ItemDataRole.AccessibleDescriptionRole:
            return self._how(row, what)
        return values.get(role)

    def _note(self, row: TaskFigures, what: TaskColumn) -> str:
        if what in _COUNTS:
            counts = _COUNTS[what](row)
            shown = self.tr("in {count} of {n}").format(count=counts.with_any.count, n=counts.with_any.n)
            return shown if counts.values else ""
        if what is TaskColumn.TASK:
            left_out = []
            if row.skipped:
                left_out.append(self.tr("%n skipped", "", row.skipped))
            if row.unsaid:
                left_out.append(self.tr("%n without an outcome", "", row.unsaid))
            return ", ".join(left_out)
        if what is TaskColumn.EFFICIENCY:
            return "" if row.efficiency is None else self.tr("per minute")
        return _range(row, what)

    def _strip(self, row: TaskFigures, what: TaskColumn) -> Strip | tuple[Outcome, ...] | None:
        if what is TaskColumn.COMPLETION and row.runs:
            return tuple(sorted((run.outcome for run in row.runs if run.outcome is not None), key=_OUTCOMES.index))
        if what in _TIMES and _TIMES[what](row).n:
            return Strip.of_times(_TIMES[what](row), *self._span)
        if what is TaskColumn.SEQ and row.seq.n:
            return Strip.of_mean(row.seq, *SEQ_RANGE)
        return None

    def _how(self, row: TaskFigures, what: TaskColumn) -> str:
        if what is TaskColumn.TASK:
            return row.task.title
        words, n = "", len(row.runs)
        if what in _SHARES:
            words = share_words(_SHARES[what](row))
        elif what in _TIMES:
            times = _TIMES[what](row)
            single = ", ".join(seconds_words(one) for one in sorted(times.seconds)) or DASH
            words = f"{times_words(times)}, {times_of_words(row.times_of)}\n"
            words, n = words + self.tr("Single times: {all}").format(all=single), times.n
        elif what is TaskColumn.SEQ:
            single = ", ".join(f"{one:g}" for one in sorted(row.seq.values)) or DASH
            words, n = f"{mean_words(row.seq)}\n" + self.tr("Single answers: {all}").format(all=single), row.seq.n
        elif what is TaskColumn.EFFICIENCY and row.efficiency is not None:
            words = self.tr("{percent} % completed per minute").format(percent=f"{row.efficiency:.1f}")
        method = method_words(FIGURE_OF[what], n)
        return f"{words}\n\n{method}" if words else method


_OUTCOMES = (Outcome.SUCCESS, Outcome.WITH_HELP, Outcome.FAILED, Outcome.GAVE_UP)
_SHARES: Mapping[TaskColumn, Callable[[TaskFigures], Share]] = {
    TaskColumn.COMPLETION: attrgetter("completion"),
    TaskColumn.HELPED: attrgetter("completion_helped"),
}
_TIMES: Mapping[TaskColumn, Callable[[TaskFigures], Times]] = {
    TaskColumn.TIME: attrgetter("gross"),
    TaskColumn.NET: attrgetter("net"),
}
_COUNTS: Mapping[TaskColumn, Callable[[TaskFigures], Counts]] = {
    TaskColumn.ASSISTS: attrgetter("assists"),
    TaskColumn.ERRORS: attrgetter("errors"),
}


def _text(row: TaskFigures, what: TaskColumn) -> str:
    text = DASH
    if what is TaskColumn.TASK:
        text = row.task.title
    elif what in _SHARES:
        share = _SHARES[what](row)
        text = DASH if share.share is None else f"{share.count} of {share.n} · {percent(share.share)}"
    elif what in _TIMES:
        centre = _TIMES[what](row).centre
        text = DASH if centre is None else seconds_words(centre)
    elif what in _COUNTS:
        counts = _COUNTS[what](row)
        text = str(counts.total) if counts.values else DASH
    elif what is TaskColumn.EFFICIENCY and row.efficiency is not None:
        text = f"{row.efficiency:.0f} %"  # a minute: its note, as one line would be cut
    elif what is TaskColumn.SEQ and row.seq.mean is not None:
        text = f"{row.seq.mean:.1f}"
    return text


def _range(row: TaskFigures, what: TaskColumn) -> str:
    """The interval of a figure, and from how many."""
    interval: str = ""
    n = 0
    if what in _SHARES:
        share = _SHARES[what](row)
        return "" if share.interval is None else percent_range(share.interval)
    if what in _TIMES:
        times = _TIMES[what](row)
        n = times.n
        if times.interval is not None:
            interval = f"{seconds_words(times.interval.low)}{DASH}{seconds_words(times.interval.high)}"
        elif times.alike:
            interval = NO_INTERVAL
    elif what is TaskColumn.SEQ:
        n = row.seq.n
        if row.seq.interval is not None:
            interval = f"{row.seq.interval.low:.1f}{DASH}{row.seq.interval.high:.1f}"
        elif row.seq.alike:
            interval = NO_INTERVAL
    return " · ".join(part for part in (interval, f"n = {n}" if n else "") if part)
