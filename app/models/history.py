"""History as table rows: when, who, what, how."""

from __future__ import annotations

from enum import IntEnum

from PySide6.QtCore import QCoreApplication, QObject, Qt

from app.history_words import HistoryLine
from app.models.keyed import SORT_ROLE, KeyedTableModel


class HistoryColumn(IntEnum):
    WHEN = 0
    WHO = 1
    WHAT = 2
    HOW = 3


class HistoryModel(KeyedTableModel[HistoryLine]):
    """Changes, newest first."""

    def __init__(self, parent: QObject | None = None) -> None:
        tr = QCoreApplication.translate
        headers = [tr("HistoryModel", text) for text in ("When", "Who", "What", "Change")]
        super().__init__(headers, parent)

    def key(self, row: HistoryLine) -> str:
        return str(row.change.id)

    def value(self, row: HistoryLine, column: int, role: int) -> object:
        if role in {Qt.ItemDataRole.DisplayRole, SORT_ROLE}:
            match HistoryColumn(column):
                case HistoryColumn.WHEN:
                    return f"{row.when:%Y-%m-%d %H:%M:%S}"
                case HistoryColumn.WHO:
                    return row.who
                case HistoryColumn.WHAT:
                    return row.what[:1].upper() + row.what[1:]
                case HistoryColumn.HOW:
                    return row.how
        if role == Qt.ItemDataRole.ToolTipRole:
            return row.how if column == HistoryColumn.HOW else f"{row.when:%Y-%m-%d %H:%M:%S} · {row.who} · {row.what}"
        return None
