"""Issues as table rows; observations can be dropped on them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from PySide6.QtCore import QCoreApplication, QMimeData, QModelIndex, QObject, Qt, Signal

from annotate.models import Issue, IssueStatus
from app.models.keyed import SORT_ROLE, Index, KeyedTableModel
from app.models.observations import MIME_OBSERVATIONS, ids_from_mime
from app.plain import tooltip
from app.wording import severity_words


@dataclass(frozen=True, slots=True)
class IssueRow:
    """An issue, and how many of how many participants it was seen with."""

    issue: Issue
    participants: int

    @property
    def id(self) -> str:
        return self.issue.id


class IssueColumn(IntEnum):
    """What a column of issues shows."""

    SEVERITY = 0
    NUMBER = 1
    TITLE = 2
    FOUND_BY = 3
    STATUS = 4


def issue_status_words(status: IssueStatus) -> str:
    """What the status of an issue is called in the app."""
    tr = QCoreApplication.translate
    return {
        IssueStatus.OPEN: tr("IssueStatus", "open"),
        IssueStatus.ACCEPTED: tr("IssueStatus", "accepted"),
        IssueStatus.FIXED: tr("IssueStatus", "fixed"),
        IssueStatus.WONT_FIX: tr("IssueStatus", "won’t fix"),
        IssueStatus.DUPLICATE: tr("IssueStatus", "duplicate"),
    }[status]


class IssueTableModel(KeyedTableModel[IssueRow]):
    """Issues by number.

    Signals:
        dropped(issue_id or "", observation_ids): observations were dropped on an issue, or beside all of them.
    """

    dropped = Signal(str, list)

    def __init__(self, parent: QObject | None = None) -> None:
        tr = QCoreApplication.translate
        context = "IssueTableModel"
        super().__init__(
            [
                tr(context, "Sev."),
                tr(context, "No."),
                tr(context, "Issue"),
                tr(context, "Found by"),
                tr(context, "Status"),
            ],
            parent,
        )

    def key(self, row: IssueRow) -> str:
        return row.issue.id

    def value(self, row: IssueRow, column: int, role: int) -> object:
        what = IssueColumn(column)
        if role == Qt.ItemDataRole.DisplayRole:
            return self._text(row, what)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return self._spoken(row, what)
        if role == Qt.ItemDataRole.ToolTipRole:
            return self._tip(row, what)
        if role == SORT_ROLE:
            return self._sort(row, what)
        return None

    def supportedDropActions(self) -> Qt.DropAction:
        return Qt.DropAction.CopyAction | Qt.DropAction.LinkAction

    def mimeTypes(self) -> list[str]:
        return [MIME_OBSERVATIONS]

    def flags(self, index: Index) -> Qt.ItemFlag:
        return super().flags(index) | Qt.ItemFlag.ItemIsDropEnabled

    def canDropMimeData(self, data: QMimeData, _action: Qt.DropAction, _row: int, _column: int, _parent: Index) -> bool:
        return data.hasFormat(MIME_OBSERVATIONS)

    def dropMimeData(self, data: QMimeData, _action: Qt.DropAction, _row: int, _column: int, parent: Index) -> bool:
        ids = ids_from_mime(data)
        if not ids:
            return False
        self.dropped.emit(self._rows[parent.row()].issue.id if parent.isValid() else "", ids)
        return True

    def removeRows(self, _row: int, _count: int, _parent: Index = QModelIndex()) -> bool:  # noqa: B008
        return False  # a drop links; it never moves a row away

    def _text(self, row: IssueRow, what: IssueColumn) -> str:
        issue = row.issue
        match what:
            case IssueColumn.SEVERITY:
                return "" if issue.severity is None else str(int(issue.severity))
            case IssueColumn.NUMBER:
                return f"#{issue.number}"
            case IssueColumn.TITLE:
                return issue.title
            case IssueColumn.FOUND_BY:
                return self.tr("{found} of {all}").format(found=issue.frequency, all=row.participants)
            case IssueColumn.STATUS:
                return issue_status_words(issue.status)

    def _spoken(self, row: IssueRow, what: IssueColumn) -> str:
        severity = row.issue.severity
        if what is IssueColumn.SEVERITY:
            if severity is None:
                return self.tr("no severity yet")
            return self.tr("severity {number}, {word}").format(number=int(severity), word=severity_words(severity))
        if what is IssueColumn.FOUND_BY:
            return self.tr("found by {found} of {all} participants").format(
                found=row.issue.frequency, all=row.participants
            )
        return self._text(row, what)

    def _tip(self, row: IssueRow, what: IssueColumn) -> str | None:
        severity = row.issue.severity
        if what is IssueColumn.SEVERITY:
            return None if severity is None else f"{int(severity)} · {severity_words(severity)}"
        if what is IssueColumn.FOUND_BY:
            gone = self.tr("All who met it have withdrawn consent: it is in no report and goes to no tracker.")
            return gone if row.issue.withdrawn else self._spoken(row, what)
        return tooltip(self._text(row, what))

    def _sort(self, row: IssueRow, what: IssueColumn) -> int | str:
        issue = row.issue
        if what is IssueColumn.SEVERITY:
            return -1 if issue.severity is None else int(issue.severity)
        if what is IssueColumn.NUMBER:
            return issue.number
        if what is IssueColumn.FOUND_BY:
            return issue.frequency
        return self._text(row, what).casefold()
