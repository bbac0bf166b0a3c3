"""A table model whose rows have keys: new contents keep the selection, the scroll position and an open editor."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Generic, TypeVar

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

R = TypeVar("R")
Index = QModelIndex | QPersistentModelIndex

SORT_ROLE = Qt.ItemDataRole.UserRole + 1
"""What a column is sorted by: a number or a string, never None."""
ROW_ROLE = Qt.ItemDataRole.UserRole + 2
"""The row's value, whole."""


class KeyedTableModel(QAbstractTableModel, Generic[R]):
    """Rows of one kind of value. `set_rows` works out the least that changed and tells the views just that."""

    def __init__(self, headers: Sequence[str], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._headers = tuple(headers)
        self._rows: list[R] = []
        self._index_of: dict[str, int] = {}

    # -- for subclasses ----------------------------------------------------------------------------------------

    def key(self, row: R) -> str:
        """What makes a row the same row after a change."""
        raise NotImplementedError

    def value(self, row: R, column: int, role: int) -> object:
        """As `QAbstractItemModel.data`, for a row's value."""
        raise NotImplementedError

    # -- reading -----------------------------------------------------------------------------------------------

    def rows(self) -> list[R]:
        return list(self._rows)

    def row_of(self, key: str) -> int:
        """The row number of a key, -1 if it isn't there."""
        return self._index_of.get(key, -1)

    def by_key(self, key: str) -> R | None:
        index = self._index_of.get(key)
        return None if index is None else self._rows[index]

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._headers)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return self._headers[section] if 0 <= section < len(self._headers) else None
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or not (0 <= index.row() < len(self._rows)):
            return None
        row = self._rows[index.row()]
        return row if role == ROW_ROLE else self.value(row, index.column(), role)

    # -- writing -----------------------------------------------------------------------------------------------

    def set_rows(self, rows: Sequence[R]) -> None:
        """Makes `rows` the contents. Keys must be unique."""
        new_keys = [self.key(row) for row in rows]
        if not self._rows or not rows:
            self.beginResetModel()
            self._rows = list(rows)
            self._reindex()
            self.endResetModel()
            return
        wanted = set(new_keys)
        self._remove_others(wanted)
        kept = set(self._index_of)
        self._reorder([key for key in new_keys if key in kept])
        self._insert_missing(rows, new_keys, kept)
        self._replace(rows)

    def _reindex(self) -> None:
        self._index_of = {self.key(row): number for number, row in enumerate(self._rows)}

    def _remove_others(self, wanted: set[str]) -> None:
        last = len(self._rows) - 1
        while last >= 0:
            if self.key(self._rows[last]) in wanted:
                last -= 1
                continue
            first = last
            while first > 0 and self.key(self._rows[first - 1]) not in wanted:
                first -= 1
            self.beginRemoveRows(QModelIndex(), first, last)
            del self._rows[first : last + 1]
            self._reindex()
            self.endRemoveRows()
            last = first - 1

    def _reorder(self, keys: list[str]) -> None:
        if [self.key(row) for row in self._rows] == keys:
            return
        self.layoutAboutToBeChanged.emit()
        before = self.persistentIndexList()
        by_key = {self.key(row): row for row in self._rows}
        old = [self.key(self._rows[index.row()]) for index in before]
        self._rows = [by_key[key] for key in keys]
        self._reindex()
        after = [self.index(self._index_of[key], index.column()) for key, index in zip(old, before, strict=True)]
        self.changePersistentIndexList(before, after)
        self.layoutChanged.emit()

    def _insert_missing(self, rows: Sequence[R], keys: list[str], kept: set[str]) -> None:
        start = 0
        while start < len(keys):
            if keys[start] in kept:
                start += 1
                continue
            end = start
            while end + 1 < len(keys) and keys[end + 1] not in kept:
                end += 1
            self.beginInsertRows(QModelIndex(), start, end)
            self._rows[start:start] = rows[start : end + 1]
            self._reindex()
            self.endInsertRows()
            start = end + 1

    def _replace(self, rows: Sequence[R]) -> None:
        start = 0
        while start < len(rows):
            if self._rows[start] == rows[start]:
                start += 1
                continue
            end = start
            while end + 1 < len(rows) and self._rows[end + 1] != rows[end + 1]:
                end += 1
            self._rows[start : end + 1] = rows[start : end + 1]
            self.dataChanged.emit(self.index(start, 0), self.index(end, len(self._headers) - 1))
            start = end + 1
