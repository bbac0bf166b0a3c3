"""Tables of figures: a value, muted beneath how sure it is, and the single values as dots."""

from __future__ import annotations

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import (
    QHeaderView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from app.models.task_figures import NOTE_ROLE, STRIP_ROLE, TaskColumn
from app.palette import Role
from app.theme import SPACE, Text, theme
from app.widgets.delegates import paint_ground
from app.widgets.dot_strip import Strip, paint_outcomes, paint_strip
from app.widgets.plain_table import dress_table

Index = QModelIndex | QPersistentModelIndex
_ROW = 62


class FigureDelegate(QStyledItemDelegate):
    """Three lines: value, note, dots; what isn't there takes no room."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        paint_ground(painter, option)
        value, note, strip = str(index.data() or ""), str(index.data(NOTE_ROLE) or ""), index.data(STRIP_ROLE)
        rect = QRectF(option.rect).adjusted(SPACE[1], 6, -SPACE[1], -5)
        painter.save()
        value_font, note_font = theme().font(tabular=True), theme().font(Text.CAPTION, tabular=True)
        dots = isinstance(strip, tuple) or (isinstance(strip, Strip) and bool(strip.values))
        heights = [18.0, 15.0 if note else 0.0, 18.0 if dots else 0.0]
        top = rect.top() if dots else rect.center().y() - sum(heights) / 2
        flags = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        for words, font, role, height in (
            (value, value_font, Role.TEXT, heights[0]),
            (note, note_font, Role.TEXT_MUTED, heights[1]),
        ):
            if words:
                painter.setFont(font)
                painter.setPen(theme().color(role))
                shown = painter.fontMetrics().elidedText(words, Qt.TextElideMode.ElideRight, round(rect.width()))
                painter.drawText(QRectF(rect.left(), top, rect.width(), height), flags, shown)
                top += height
        place = QRectF(rect.left(), top, min(rect.width(), 190), heights[2])
        if isinstance(strip, tuple):
            paint_outcomes(painter, place, strip)
        elif dots:
            paint_strip(painter, place, strip)
        painter.restore()

    def sizeHint(self, _option: QStyleOptionViewItem, _index: Index) -> QSize:
        return QSize(120, _ROW)


class FigureTable(QTableView):
    """The tasks of a study with their figures."""

    def __init__(self, model: QAbstractTableModel, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setModel(model)
        self.setItemDelegate(FigureDelegate(self))
        dress_table(self, name, _ROW)
        self.verticalHeader().hide()
        header = self.horizontalHeader()
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setSectionResizeMode(TaskColumn.TASK, QHeaderView.ResizeMode.Stretch)
        header.setMinimumSectionSize(64)
        widths = {
            TaskColumn.COMPLETION: 122,
            TaskColumn.HELPED: 122,
            TaskColumn.TIME: 176,
            TaskColumn.NET: 176,
            TaskColumn.ASSISTS: 74,
            TaskColumn.ERRORS: 74,
            TaskColumn.EFFICIENCY: 88,
            TaskColumn.SEQ: 140,
        }
        for column, width in widths.items():
            header.resizeSection(column, width)
