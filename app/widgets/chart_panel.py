"""A chart with its table twin, and the way to a file."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal
from PySide6.QtWidgets import QAbstractItemView, QFrame, QHeaderView, QScrollArea, QStackedWidget, QTableView, QWidget

from annotate.charts.chart import Chart, Look, Table
from app.plain import tooltip
from app.widgets.basics import column
from app.widgets.chart_view import ChartView

Index = QModelIndex | QPersistentModelIndex


class TwinModel(QAbstractTableModel):
    """A chart's table."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._table = Table((), ())

    def set_table(self, table: Table) -> None:
        self.beginResetModel()
        self._table = table
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._table.rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._table.headers)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return self._table.headers[section]
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if index.isValid() and role in {Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole}:
            words = self._table.rows[index.row()][index.column()]
            return words if role == Qt.ItemDataRole.DisplayRole else tooltip(words)
        return None


class ChartPanel(QWidget):
    """Shows one chart, as a picture or as a table.

    Signals:
        opened(Spot): as `ChartView`.
    """

    opened = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.view = ChartView()
        self.view.opened.connect(self.opened)
        self.twin = TwinModel(self)
        self.table = QTableView()
        self.table.setModel(self.twin)
        self.table.setFrameShape(QFrame.Shape.NoFrame)
        self.table.setShowGrid(False)
        self.table.setTabKeyNavigation(False)
        self.table.verticalHeader().hide()
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        self.table.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self.table.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self._room = QScrollArea()
        self._room.setWidgetResizable(True)
        self._room.setFrameShape(QFrame.Shape.NoFrame)
        self._room.setWidget(self.view)
        self._room.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignHCenter)
        self._stack = QStackedWidget()
        self._stack.addWidget(self._room)
        self._stack.addWidget(self.table)
        layout = column(self._stack)
        layout.setContentsMargins(0, 0, 0, 0)
        self.setLayout(layout)
        self.setFocusProxy(self.view)

    @property
    def chart(self) -> Chart | None:
        return self.view.chart

    @property
    def as_table(self) -> bool:
        return self._stack.currentWidget() is self.table

    def show_chart(self, make: Callable[[Look], Chart]) -> None:
        """Shows the chart that `make` draws."""
        self.view.show_chart(make)
        chart = self.view.chart
        assert chart is not None
        self.twin.set_table(chart.table)
        self.table.setAccessibleName(self.tr("{title}, as a table").format(title=chart.title))
        self.table.resizeColumnsToContents()
        for number in range(self.twin.columnCount()):
            self.table.setColumnWidth(number, min(self.table.columnWidth(number) + 12, 320))

    def show_as_table(self, as_table: bool) -> None:
        """The table in place of the picture, or back."""
        focused = self.isAncestorOf(self.focusWidget()) if self.focusWidget() is not None else False
        self._stack.setCurrentWidget(self.table if as_table else self._room)
        self.setFocusProxy(self.table if as_table else self.view)
        if focused:
            self.setFocus()
