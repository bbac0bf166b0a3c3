"""The list of issues by priority; the rank is drawn with the band it lies in."""

from __future__ import annotations

from PySide6.QtCore import QItemSelectionModel, QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from annotate.figures.priority import Priority, Rank
from app.models.keyed import ROW_ROLE
from app.models.priorities import BAND_ROLE, PriorityColumn, PriorityModel
from app.palette import Role
from app.theme import ROW_DENSE, SPACE, Text, theme
from app.widgets.delegates import paint_ground
from app.widgets.plain_table import dress_table
from app.widgets.severity_picker import BADGE, paint_severity

Index = QModelIndex | QPersistentModelIndex
_WIDE = 860


class _PriorityDelegate(QStyledItemDelegate):
    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        row = index.data(ROW_ROLE)
        if index.column() == PriorityColumn.RANK:
            paint_ground(painter, option)
            rank, count = index.data(BAND_ROLE)
            paint_rank(painter, QRectF(option.rect), rank, count)
        elif index.column() == PriorityColumn.SEVERITY and isinstance(row, Priority):
            paint_ground(painter, option)
            box = QRectF(0, 0, BADGE, BADGE)
            box.moveCenter(QRectF(option.rect).center())
            paint_severity(painter, box, row.row.severity)
        else:
            if index.column() > PriorityColumn.ISSUE:
                option.displayAlignment = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            super().paint(painter, option, index)

    def sizeHint(self, _option: QStyleOptionViewItem, _index: Index) -> QSize:
        return QSize(80, ROW_DENSE)


def paint_rank(painter: QPainter, rect: QRectF, rank: Rank | None, count: int) -> None:
    """The rank in figures, its band in figures and as a bar on a line as long as the list."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    left = rect.adjusted(SPACE[1], 0, -SPACE[1], 0)
    flags = Qt.AlignmentFlag.AlignVCenter
    painter.setFont(theme().font(strong=True, tabular=True))
    painter.setPen(theme().color(Role.TEXT))
    words = "–" if rank is None else str(rank.rank)
    painter.drawText(QRectF(left.left(), left.top(), 30, left.height()), flags | Qt.AlignmentFlag.AlignRight, words)
    if rank is not None:
        painter.setFont(theme().font(Text.CAPTION, tabular=True))
        painter.setPen(theme().color(Role.TEXT_MUTED))
        band = f"{rank.low}–{rank.high}"
        painter.drawText(
            QRectF(left.left() + 38, left.top(), 52, left.height()), flags | Qt.AlignmentFlag.AlignLeft, band
        )
        line = QRectF(left.left() + 92, left.center().y() - 1, left.width() - 92, 2)
        painter.fillRect(line, theme().color(Role.LINE))
        if count > 1 and line.width() > 10:
            step = line.width() / count
            bar = QRectF(line.left() + (rank.low - 1) * step, line.top() - 2, (rank.high - rank.low + 1) * step, 6)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme().color(Role.ACCENT, 0.45))
            painter.drawRoundedRect(bar, 3, 3)
            painter.setBrush(theme().color(Role.TEXT))
            painter.drawEllipse(QRectF(line.left() + (rank.rank - 0.5) * step - 3, line.center().y() - 3, 6, 6))
    painter.restore()


class PriorityTable(QTableView):
    """One issue is current.

    Signals:
        chosen(issue id or ""): another one is current.
        opened(issue id): Enter or a double click.
    """

    chosen = Signal(str)
    opened = Signal(str)

    def __init__(self, model: PriorityModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._priorities = model
        self.setModel(model)
        self.setItemDelegate(_PriorityDelegate(self))
        dress_table(self, self.tr("Issues by priority"), ROW_DENSE)
        self.setWordWrap(False)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.verticalHeader().hide()
        header = self.horizontalHeader()
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setMinimumSectionSize(40)
        header.setSectionResizeMode(PriorityColumn.ISSUE, QHeaderView.ResizeMode.Stretch)
        widths = {
            PriorityColumn.RANK: 164,
            PriorityColumn.SEVERITY: 46,
            PriorityColumn.FOUND: 74,
            PriorityColumn.CUSTOMER: 80,
            PriorityColumn.BUSINESS: 78,
            PriorityColumn.VALUE: 58,
            PriorityColumn.EFFORT: 54,
            PriorityColumn.PER_EFFORT: 80,
            PriorityColumn.RICE: 64,
        }
        for column, width in widths.items():
            header.resizeSection(column, width)
        self.doubleClicked.connect(lambda _index: self.opened.emit(self.current_id()))
        self.selectionModel().currentRowChanged.connect(lambda _now, _before: self.chosen.emit(self.current_id()))

    def resizeEvent(self, event: QResizeEvent) -> None:
        # The two halves of the value give way to the title; the editor beside the table tells them anyway.
        for column in (PriorityColumn.CUSTOMER, PriorityColumn.BUSINESS):
            self.setColumnHidden(column, event.size().width() < _WIDE)
        super().resizeEvent(event)

    def current_id(self) -> str:
        row = self.currentIndex().data(ROW_ROLE) if self.currentIndex().isValid() else None
        return row.row.issue.id if isinstance(row, Priority) else ""

    def choose(self, issue_id: str) -> None:
        """Makes an issue current and brings it into sight; the first one where it isn't there."""
        number = max(0, self._priorities.row_of(issue_id))
        index = self._priorities.index(number, 0)
        self.selectionModel().setCurrentIndex(
            index, QItemSelectionModel.SelectionFlag.ClearAndSelect | QItemSelectionModel.SelectionFlag.Rows
        )
        self.scrollTo(index)
