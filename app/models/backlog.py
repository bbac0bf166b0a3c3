"""A plan of what an export does, a row an issue, with what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from PySide6.QtCore import QObject, Qt

from annotate.backlog.plan import Action, ItemResult, Outcome, PlanItem
from app.backlog_words import item_words, result_words
from app.models.keyed import SORT_ROLE, KeyedTableModel
from app.palette import Role
from app.theme import theme


class PlanColumn(IntEnum):
    NUMBER = 0
    TITLE = 1
    WHAT = 2
    KEY = 3
    STATUS = 4


@dataclass(frozen=True, slots=True)
class PlanRow:
    """An issue of a plan. `result`: what became of it; None before."""

    item: PlanItem
    result: ItemResult | None = None

    @property
    def id(self) -> str:
        return self.item.finding.issue_id

    @property
    def url(self) -> str:
        ref = self.result.ref if self.result is not None and self.result.ref is not None else self.item.ref
        return ref.url if ref is not None else ""


_ACTION_ICONS = {
    Action.CREATE: ("ph.plus-circle", Role.ACCENT),
    Action.UPDATE: ("ph.pencil-simple", Role.ACCENT),
    Action.UNCHANGED: ("ph.check", Role.TEXT_MUTED),
    Action.BLOCKED: ("ph.prohibit", Role.WARNING),
    Action.LOOK: ("ph.magnifying-glass", Role.ACCENT),
    Action.LOST: ("ph.ghost", Role.WARNING),
}
_OUTCOME_ICONS = {
    Outcome.CREATED: ("ph.check-circle", Role.SUCCESS),
    Outcome.FOUND: ("ph.check-circle", Role.SUCCESS),
    Outcome.UPDATED: ("ph.check-circle", Role.SUCCESS),
    Outcome.WRITTEN: ("ph.check-circle", Role.SUCCESS),
    Outcome.UNCHANGED: ("ph.check", Role.TEXT_MUTED),
    Outcome.BLOCKED: ("ph.prohibit", Role.WARNING),
    Outcome.FAILED: ("ph.warning", Role.DANGER),
    Outcome.UNSURE: ("ph.question", Role.WARNING),
}


class PlanModel(KeyedTableModel[PlanRow]):
    """What happens to each issue is told in words; the icon only helps the eye."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(("",) * len(PlanColumn), parent)
        self._headers = (
            self.tr("#"),
            self.tr("Issue"),
            self.tr("What happens"),
            self.tr("In the tracker"),
            self.tr("Status there"),
        )

    def key(self, row: PlanRow) -> str:
        return row.id

    def value(self, row: PlanRow, column: int, role: int) -> object:
        match role:
            case Qt.ItemDataRole.DisplayRole | Qt.ItemDataRole.ToolTipRole:
                return self._words(row, column)
            case Qt.ItemDataRole.DecorationRole if column == PlanColumn.WHAT:
                icon = _OUTCOME_ICONS[row.result.outcome] if row.result is not None else _ACTION_ICONS[row.item.action]
                return theme().icon(*icon)
            case Qt.ItemDataRole.TextAlignmentRole if column == PlanColumn.NUMBER:
                return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            case _ if role == SORT_ROLE:
                return row.item.finding.number if column == PlanColumn.NUMBER else self._words(row, column).casefold()
            case _:
                return None

    def _words(self, row: PlanRow, column: int) -> str:
        ref = row.result.ref if row.result is not None and row.result.ref is not None else row.item.ref
        match column:
            case PlanColumn.NUMBER:
                return str(row.item.finding.number)
            case PlanColumn.TITLE:
                return row.item.finding.title
            case PlanColumn.WHAT:
                return result_words(row.result) if row.result is not None else item_words(row.item)
            case PlanColumn.KEY:
                return ref.key if ref is not None else "–"
            case _:
                return row.item.status or "–"

    def set_result(self, result: ItemResult) -> None:
        """What became of one issue."""
        self._put(result.issue_id, lambda row: PlanRow(row.item, result))

    def set_item(self, item: PlanItem) -> None:
        """Another decision about one issue."""
        self._put(item.finding.issue_id, lambda _row: PlanRow(item))

    def _put(self, key: str, change: object) -> None:
        number = self.row_of(key)
        if number >= 0 and callable(change):
            self._rows[number] = change(self._rows[number])
            self.dataChanged.emit(self.index(number, 0), self.index(number, len(PlanColumn) - 1))
