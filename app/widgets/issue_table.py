"""The list of issues; observations can be dropped on it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QItemSelectionModel, QModelIndex, QSortFilterProxyModel, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QFrame, QHeaderView, QTableView, QWidget

from app.models.issues import IssueColumn, IssueRow, IssueTableModel
from app.models.keyed import ROW_ROLE, SORT_ROLE
from app.theme import theme
from app.widgets.delegates import SeverityDelegate
from app.widgets.row_height import follow_density

_WIDTHS = {
    IssueColumn.SEVERITY: 48,
    IssueColumn.NUMBER: 52,
    IssueColumn.FOUND_BY: 84,
    IssueColumn.STATUS: 96,
}


class IssueTable(QTableView):
    """One issue is current at most.

    Signals:
        chosen(issue id or ""): another one is current.
        opened(issue id): Enter or a double click.
        dropped(issue id or "", observation ids): "" is beside all issues.
    """

    chosen = Signal(str)
    opened = Signal(str)
    dropped = Signal(str, list)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.issues = IssueTableModel(self)
        self.issues.dropped.connect(self.dropped)
        self._quiet = False
        self._proxy = QSortFilterProxyModel(self)
        self._proxy.setSourceModel(self.issues)
        self._proxy.setSortRole(SORT_ROLE)
        self.setModel(self._proxy)
        self.setAccessibleName(self.tr("Issues"))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setSortingEnabled(True)
        self.sortByColumn(IssueColumn.NUMBER, Qt.SortOrder.AscendingOrder)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setTabKeyNavigation(False)
        self.setAcceptDrops(True)
        self.setDragDropMode(QAbstractItemView.DragDropMode.DropOnly)
        self.setDropIndicatorShown(True)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        follow_density(self)
        for column in IssueColumn:
            if column is IssueColumn.TITLE:
                header.setSectionResizeMode(column, QHeaderView.ResizeMode.Stretch)
            else:
                header.resizeSection(column, _WIDTHS[column])
        self.setItemDelegateForColumn(IssueColumn.SEVERITY, SeverityDelegate(self))
        self.selectionModel().currentRowChanged.connect(self._on_current)
        self.doubleClicked.connect(lambda index: self.opened.emit(self._id_at(index)))
        theme().changed.connect(self.viewport().update)

    def current_id(self) -> str:
        """The issue that keys act on, or ""."""
        return self._id_at(self.currentIndex())

    def set_rows(self, rows: Sequence[IssueRow]) -> None:
        """Shows these; the current one stays. If it is gone, the one in its place is current."""
        before, at = self.current_id(), self.currentIndex().row()
        self._quiet = True
        self.issues.set_rows(rows)
        self._quiet = False
        if (not before or self.issues.by_key(before) is None) and self._proxy.rowCount():
            self.choose(self._id_at(self._proxy.index(min(max(at, 0), self._proxy.rowCount() - 1), 0)))
        self.chosen.emit(self.current_id())

    def choose(self, issue_id: str) -> None:
        """Makes one current and brings it into sight, without telling anybody."""
        row = self.issues.row_of(issue_id)
        if row < 0:
            return
        index = self._proxy.mapFromSource(self.issues.index(row, 0))
        self._quiet = True
        self.selectionModel().setCurrentIndex(
            index, QItemSelectionModel.SelectionFlag.ClearAndSelect | QItemSelectionModel.SelectionFlag.Rows
        )
        self.scrollTo(index)
        self._quiet = False

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter} and self.current_id():
            self.opened.emit(self.current_id())
            return
        if event.text() and event.text().isprintable() and not event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            event.ignore()  # letters are commands of the page
            return
        super().keyPressEvent(event)

    def _id_at(self, index: QModelIndex) -> str:
        if not index.isValid():
            return ""
        row = index.siblingAtColumn(0).data(ROW_ROLE)
        return row.id if isinstance(row, IssueRow) else ""

    def _on_current(self, _now: QModelIndex, _before: QModelIndex) -> None:
        if not self._quiet:
            self.chosen.emit(self.current_id())
