"""The matrix to look at and to walk through; its cells are drawn as in the chart."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPen
from PySide6.QtWidgets import (
    QHeaderView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from annotate.figures.matrix import Cell, CellKind, MatrixRow
from app.models.keyed import ROW_ROLE
from app.models.matrix import CELL_ROLE, FIRST_PERSON, MatrixColumn, MatrixModel
from app.palette import Role
from app.theme import ROW_DENSE, theme
from app.widgets.delegates import paint_ground
from app.widgets.plain_table import dress_table
from app.widgets.severity_picker import BADGE, paint_severity

Index = QModelIndex | QPersistentModelIndex
_CELL = 34
_NAMES = 252


class _CellDelegate(QStyledItemDelegate):
    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        cell = index.data(CELL_ROLE)
        if isinstance(cell, Cell):
            paint_ground(painter, option)
            paint_cell(painter, QRectF(option.rect), cell)
            return
        row = index.data(ROW_ROLE)
        if index.column() == MatrixColumn.SEVERITY and isinstance(row, MatrixRow):
            paint_ground(painter, option)
            box = QRectF(0, 0, BADGE, BADGE)
            box.moveCenter(QRectF(option.rect).center())
            paint_severity(painter, box, row.severity)
            return
        super().paint(painter, option, index)

    def sizeHint(self, _option: QStyleOptionViewItem, _index: Index) -> QSize:
        return QSize(_CELL, ROW_DENSE)


def paint_cell(painter: QPainter, rect: QRectF, cell: Cell) -> None:
    """What a participant says about an issue: severity's sign, tick, minus in a ring, small dot, nothing."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    middle = rect.center()
    colors = theme()
    if cell.kind is CellKind.FOUND:
        box = QRectF(0, 0, BADGE, BADGE)
        box.moveCenter(middle)
        if cell.severity is None:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colors.color(Role.TEXT))
            painter.drawEllipse(middle, 6, 6)
        else:
            paint_severity(painter, box, cell.severity)
    elif cell.kind is CellKind.PASSED:
        painter.setPen(QPen(colors.color(Role.SUCCESS), 1.8, c=Qt.PenCapStyle.RoundCap))
        corners = [middle + QPointF(-6, 0.5), middle + QPointF(-1.5, 5), middle + QPointF(6, -4.5)]
        painter.drawPolyline(corners)
    elif cell.kind is CellKind.AGAINST:
        painter.setPen(QPen(colors.color(Role.SUCCESS), 1.6))
        painter.drawEllipse(middle, 7, 7)
        painter.drawLine(middle + QPointF(-3.5, 0), middle + QPointF(3.5, 0))
    elif cell.kind is CellKind.UNSEEN:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colors.color(Role.TEXT_MUTED))
        painter.drawEllipse(middle, 1.6, 1.6)
    painter.restore()


class MatrixTable(QTableView):
    """One cell is current; the header with the issues stays in sight.

    Signals:
        moved: another cell is current.
        opened: Enter or a double click on a cell.
    """

    moved = Signal()
    opened = Signal()

    def __init__(self, model: MatrixModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setModel(model)
        self.setItemDelegate(_CellDelegate(self))
        dress_table(self, self.tr("Issues and participants"), ROW_DENSE)
        names, people = self.verticalHeader(), self.horizontalHeader()
        names.setFixedWidth(_NAMES)
        names.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        names.setTextElideMode(Qt.TextElideMode.ElideRight)
        names.setSectionsClickable(True)
        names.setStyleSheet("QHeaderView::section { border: 0; padding: 4px 9px; color: palette(text); }")
        people.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        people.setMinimumSectionSize(28)
        people.setStyleSheet("QHeaderView::section { padding: 6px 2px; }")
        self.setCornerButtonEnabled(False)
        self.doubleClicked.connect(lambda _index: self.opened.emit())
        self.selectionModel().currentChanged.connect(lambda _now, _before: self.moved.emit())

    def fit_columns(self) -> None:
        """Gives each column its width; call it after new contents."""
        metrics = self.fontMetrics()
        for column in range(self.model().columnCount()):
            if column >= FIRST_PERSON:
                code = str(self.model().headerData(column, Qt.Orientation.Horizontal))
                width = max(_CELL, metrics.horizontalAdvance(code) + 12)
            else:
                width = {MatrixColumn.SEVERITY: 44, MatrixColumn.FOUND: 156}[MatrixColumn(column)]
            self.setColumnWidth(column, width)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            self.opened.emit()
            return
        if event.text() and event.text().isprintable() and not event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            event.ignore()  # letters are commands of the tab
            return
        super().keyPressEvent(event)
