"""The height of a table's rows: the density that the user chose, also when another one is chosen later."""

from __future__ import annotations

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QTableView

from app.settings import settings
from app.theme import ROW_COMFORTABLE


class _RowHeight(QObject):
    """The table's child, so that it ends with it."""

    def __init__(self, view: QTableView, most: int) -> None:
        super().__init__(view)
        self._view, self._most = view, most
        settings().changed.connect(self._changed)
        self._changed("density")

    def _changed(self, name: str) -> None:
        if name == "density":
            self._view.verticalHeader().setDefaultSectionSize(min(self._most, settings().row_height))


def follow_density(view: QTableView, most: int = ROW_COMFORTABLE) -> None:
    """Gives a table's rows the chosen density from now on. `most` caps their height."""
    _RowHeight(view, most)
