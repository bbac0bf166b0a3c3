"""What the tables of findings have in common: no frame, no grid, one thing current, scrolled by the pixel."""

from __future__ import annotations

from PySide6.QtWidgets import QAbstractItemView, QFrame, QTableView

from app.theme import theme


def dress_table(view: QTableView, name: str, row_height: int) -> None:
    """Sets a table up as the others are.

    Args:
        view: with its model already.
        name: what a screen reader calls it.
        row_height: in pixels.
    """
    view.setAccessibleName(name)
    view.setFrameShape(QFrame.Shape.NoFrame)
    view.setShowGrid(False)
    view.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
    view.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    view.setTabKeyNavigation(False)
    view.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
    view.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
    view.verticalHeader().setDefaultSectionSize(row_height)
    theme().changed.connect(view.viewport().update)
