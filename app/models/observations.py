"""Observations as table rows: the table under the transcript, and the lists of the findings page."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

from PySide6.QtCore import QByteArray, QCoreApplication, QMimeData, QModelIndex, QObject, Qt, Signal
from PySide6.QtGui import QBrush

from annotate.models import Evidence, Issue, Observation, Tag
from annotate.timeline import format_time
from app.models.keyed import SORT_ROLE, Index, KeyedTableModel
from app.palette import Role
from app.plain import one_line, tooltip
from app.theme import theme
from app.wording import kind_words, origin_words, severity_words

MIME_OBSERVATIONS = "application/x-moderato-observations"
"""A JSON list of observation ids, carried by drag and drop."""


@dataclass(frozen=True, slots=True)
class ObservationRow:
    """An observation with the names of what it points to."""

    observation: Observation
    participant: str
    task: str
    tags: tuple[Tag, ...]
    issues: tuple[Issue, ...]
    evidence: tuple[Evidence, ...] = ()
    in_doubt: bool = False
    """It quotes a line of the transcript that nobody has listened to."""
    speaks_for: bool = True
    """False where it is shown as evidence against an issue."""

    @property
    def id(self) -> str:
        return self.observation.id


class Column(IntEnum):
    """What a column of observations shows."""

    SEVERITY = 0
    KIND = 1
    TIME = 2
    PARTICIPANT = 3
    TEXT = 4
    TASK = 5
    TAGS = 6
    ISSUE = 7
    BY = 8
    STANCE = 9


REVIEW_COLUMNS = (
    Column.SEVERITY,
    Column.KIND,
    Column.TIME,
    Column.TEXT,
    Column.TASK,
    Column.TAGS,
    Column.ISSUE,
    Column.BY,
)
FINDINGS_COLUMNS = (Column.SEVERITY, Column.KIND, Column.PARTICIPANT, Column.TIME, Column.TEXT, Column.TASK)
EVIDENCE_COLUMNS = (Column.STANCE, *FINDINGS_COLUMNS)
"""Those of an issue."""


def _header(column: Column) -> str:
    tr = QCoreApplication.translate
    context = "ObservationTableModel"
    return {
        Column.SEVERITY: tr(context, "Sev."),
        Column.KIND: tr(context, "Kind"),
        Column.TIME: tr(context, "Time"),
        Column.PARTICIPANT: tr(context, "Participant"),
        Column.TEXT: tr(context, "Observation"),
        Column.TASK: tr(context, "Task"),
        Column.TAGS: tr(context, "Tags"),
        Column.ISSUE: tr(context, "Issue"),
        Column.BY: tr(context, "By"),
        Column.STANCE: tr(context, "Speaks"),
    }[column]


EDITABLE = frozenset(
    {Column.SEVERITY, Column.KIND, Column.TIME, Column.TEXT, Column.TAGS, Column.ISSUE},
)
"""What can be changed in the cell itself."""


class ObservationTableModel(KeyedTableModel[ObservationRow]):
    """Observations in time order; `columns` says what is shown of each.

    Signals:
        edited(observation id, Column, value): the user changed a cell. Nothing changes here until the study did.
    """

    edited = Signal(str, object, object)

    def __init__(
        self, columns: Sequence[Column] = REVIEW_COLUMNS, parent: QObject | None = None, *, editable: bool = False
    ) -> None:
        super().__init__([_header(column) for column in columns], parent)
        self.columns = tuple(columns)
        self.editable = editable

    def key(self, row: ObservationRow) -> str:
        return row.observation.id

    def value(self, row: ObservationRow, column: int, role: int) -> object:  # noqa: PLR0911  # one per role
        what = self.columns[column]
        if role == Qt.ItemDataRole.DisplayRole:
            return self._text(row, what)
        if role == Qt.ItemDataRole.EditRole:
            return self._to_edit(row, what)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return self._spoken(row, what)
        if role == Qt.ItemDataRole.ToolTipRole:
            return self._tip(row, what)
        if role == Qt.ItemDataRole.DecorationRole and what is Column.KIND:
            return theme().kind_icon(row.observation.kind)
        if role == Qt.ItemDataRole.ForegroundRole and what is Column.TEXT and not row.observation.body:
            return QBrush(theme().color(Role.TEXT_MUTED))
        if role == SORT_ROLE:
            return self._sort(row, what)
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        flags = super().flags(index)
        if not index.isValid():
            return flags
        what = self.columns[index.column()]
        # Several lines don't fit into a cell, and a line would lose where they end.
        is_long = what is Column.TEXT and "\n" in self._rows[index.row()].observation.body
        if self.editable and what in EDITABLE and not is_long:
            flags |= Qt.ItemFlag.ItemIsEditable
        return flags | Qt.ItemFlag.ItemIsDragEnabled

    def setData(self, index: Index, value: object, role: int = Qt.ItemDataRole.EditRole) -> bool:
        if role != Qt.ItemDataRole.EditRole or not index.isValid() or not self.editable:
            return False
        row, what = self._rows[index.row()], self.columns[index.column()]
        if value == self._to_edit(row, what):
            return False
        self.edited.emit(row.id, what, value)
        return True

    def _to_edit(self, row: ObservationRow, what: Column) -> object:
        """What an editor begins with: a value of a list, or a text."""
        o = row.observation
        match what:
            case Column.SEVERITY:
                return o.severity
            case Column.KIND:
                return o.kind
            case Column.TIME:
                start = format_time(o.t_start_ns, tenths=True)
                return start if o.t_end_ns is None else f"{start} – {format_time(o.t_end_ns, tenths=True)}"
            case Column.TEXT:
                return o.body
            case _:
                return self._text(row, what)

    def mimeTypes(self) -> list[str]:
        return [MIME_OBSERVATIONS]

    def mimeData(self, indexes: Sequence[QModelIndex]) -> QMimeData:
        rows = sorted({index.row() for index in indexes})
        mime = QMimeData()
        ids = [self._rows[row].observation.id for row in rows]
        mime.setData(MIME_OBSERVATIONS, QByteArray(json.dumps(ids).encode()))
        return mime

    def _text(self, row: ObservationRow, what: Column) -> str:  # noqa: C901, PLR0911  # one per column
        o = row.observation
        match what:
            case Column.SEVERITY:
                return "" if o.severity is None else str(int(o.severity))
            case Column.KIND:
                return kind_words(o.kind)
            case Column.TIME:
                return format_time(o.t_start_ns)
            case Column.PARTICIPANT:
                return row.participant
            case Column.TEXT:
                return one_line(o.body) or self.tr("no text yet")
            case Column.TASK:
                return row.task
            case Column.TAGS:
                return ", ".join(tag.name for tag in row.tags)
            case Column.ISSUE:
                return ", ".join(f"#{issue.number}" for issue in row.issues)
            case Column.BY:
                return o.author
            case Column.STANCE:
                return self.tr("for") if row.speaks_for else self.tr("against")

    def _spoken(self, row: ObservationRow, what: Column) -> str:
        o = row.observation
        if what is Column.SEVERITY:
            if o.severity is None:
                return self.tr("no severity yet")
            return self.tr("severity {number}, {word}").format(number=int(o.severity), word=severity_words(o.severity))
        return self._text(row, what) or self.tr("{column}: none").format(column=_header(what))

    def _tip(self, row: ObservationRow, what: Column) -> str | None:  # noqa: PLR0911  # one per column
        o = row.observation
        match what:
            case Column.SEVERITY:
                return None if o.severity is None else f"{int(o.severity)} · {severity_words(o.severity)}"
            case Column.TIME:
                return self._time_tip(o)
            case Column.ISSUE:
                return tooltip("\n".join(f"#{issue.number} {issue.title}" for issue in row.issues)) or None
            case Column.BY:
                return f"{o.author} · {origin_words(o.origin)}"
            case Column.TEXT:
                return tooltip(o.body) or None
            case Column.STANCE:
                return self.tr("Speaks for the issue") if row.speaks_for else self.tr("Speaks against the issue")
            case _:
                return tooltip(self._text(row, what)) or None

    def _time_tip(self, o: Observation) -> str:
        start = format_time(o.t_start_ns, tenths=True)
        span = start if o.t_end_ns is None else f"{start} – {format_time(o.t_end_ns, tenths=True)}"
        if o.t_original_ns is None:
            return span
        pressed = format_time(o.t_original_ns, tenths=True)
        return self.tr("{span}, pressed at {pressed} and moved back").format(span=span, pressed=pressed)

    def sort_key(self, number: int, column: int) -> tuple[int | str, int, str]:
        """What a row is sorted by in a column, and among equals: its time."""
        row = self._rows[number]
        return self._sort(row, self.columns[column]), row.observation.t_start_ns, row.id

    def _sort(self, row: ObservationRow, what: Column) -> int | str:
        o = row.observation
        if what is Column.SEVERITY:
            return -1 if o.severity is None else int(o.severity)
        if what is Column.TIME:
            return o.t_start_ns
        if what is Column.ISSUE:
            return min((issue.number for issue in row.issues), default=1 << 30)
        if what is Column.TEXT:
            return o.body.casefold()
        return self._text(row, what).casefold()


def ids_from_mime(mime: QMimeData) -> list[str]:
    """The observation ids that a drag carries; empty if it carries none, or something else than ids."""
    if not mime.hasFormat(MIME_OBSERVATIONS):
        return []
    try:
        ids = json.loads(bytes(mime.data(MIME_OBSERVATIONS).data()))
    except ValueError:
        return []
    return [item for item in ids if isinstance(item, str)] if isinstance(ids, list) else []
