"""A table of observations: the timeline's twin in words, for eyes, keyboard and screen reader."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import (
    QEvent,
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QSortFilterProxyModel,
    Qt,
    Signal,
)
from PySide6.QtGui import QFontMetrics, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHeaderView,
    QMenu,
    QStyledItemDelegate,
    QTableView,
    QWidget,
)

from annotate.models import ObservationKind
from app.models.keyed import ROW_ROLE
from app.models.observations import Column, ObservationRow, ObservationTableModel
from app.theme import theme
from app.widgets.cell_editors import KindCell, LineCell, SeverityCell, TagsCell
from app.widgets.delegates import SeverityDelegate, TagsDelegate
from app.widgets.row_height import follow_density
from app.wording import kind_words

_BESIDE_WORD = 48  # icon, the gaps on either side of it and of the word, the padding of a cell
_TEXT_MIN = 190
_TEXT_MORE = 130  # what the text gets besides before tags, task and author show
_OPTIONAL = (Column.ISSUE, Column.TAGS, Column.TASK, Column.BY)
"""Shown while there is room, in this order; a right click on the header shows or hides any."""
_WIDTHS = {
    Column.SEVERITY: 44,
    Column.TIME: 60,
    Column.PARTICIPANT: 108,
    Column.TASK: 150,
    Column.TAGS: 150,
    Column.ISSUE: 64,
    Column.BY: 90,
    Column.STANCE: 62,
}


class _InTimeOrder(QSortFilterProxyModel):
    """Rows that are equal in the sorted column stay in time order, whichever way the column is sorted."""

    def __init__(self, observations: ObservationTableModel, parent: QWidget) -> None:
        super().__init__(parent)
        self._observations = observations
        self.setSourceModel(observations)

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Time order is the order in which rows come: nothing to compare then, which for thousands takes a while."""
        by_time = column >= 0 and self._observations.columns[column] is Column.TIME
        super().sort(-1 if by_time and order is Qt.SortOrder.AscendingOrder else column, order)

    def lessThan(self, left: QModelIndex | QPersistentModelIndex, right: QModelIndex | QPersistentModelIndex) -> bool:
        one = self._observations.sort_key(left.row(), left.column())
        other = self._observations.sort_key(right.row(), right.column())
        if one[0] == other[0] and self.sortOrder() is Qt.SortOrder.DescendingOrder:
            return other < one
        # One column holds values of one type.
        return one < other


class ObservationTable(QTableView):
    """Rows of observations, in the order of `sort` unless a header is clicked.

    Args:
        editable: cells can be changed in place, with F2 or a double click.
        moves_on: when the current row goes, the next one is current; else nothing is selected then.

    Signals:
        chosen(observation id or ""): the user made another one current.
        displaced(observation id or ""): another one is current because the one before is gone.
        opened(observation id): Enter, or a double click on what can't be changed in place.
        edited(observation id, Column, value): a cell was changed in place.
        text_wanted(observation id): its text is longer than a cell can hold; it is edited elsewhere.
        selection_changed: other rows are selected.
    """

    chosen = Signal(str)
    displaced = Signal(str)
    opened = Signal(str)
    edited = Signal(str, object, object)
    text_wanted = Signal(str)
    selection_changed = Signal()

    def __init__(
        self,
        columns: Sequence[Column],
        *,
        name: str,
        sort: Column = Column.TIME,
        drag: bool = False,
        editable: bool = False,
        moves_on: bool = True,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.observations = ObservationTableModel(columns, self, editable=editable)
        self.observations.edited.connect(self.edited)
        self.tag_words: list[str] = []
        self.issue_words: list[str] = []
        self._quiet = False
        self._wanted: dict[Column, bool] = {}  # what the user chose in the header's menu
        self._moves_on = moves_on
        self._proxy = _InTimeOrder(self.observations, self)
        self.setModel(self._proxy)
        self.setAccessibleName(name)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setSortingEnabled(True)
        self.sortByColumn(self._column(sort), Qt.SortOrder.AscendingOrder)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        triggers = QAbstractItemView.EditTrigger
        self.setEditTriggers(triggers.DoubleClicked if editable else triggers.NoEditTriggers)
        self.setTabKeyNavigation(False)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        if drag:
            self.setDragEnabled(True)
            self.setDragDropMode(QAbstractItemView.DragDropMode.DragOnly)
            self.setDefaultDropAction(Qt.DropAction.CopyAction)
        self._dress_columns(columns)
        self.selectionModel().currentRowChanged.connect(self._on_current)
        self.selectionModel().selectionChanged.connect(self._on_selection)
        self.doubleClicked.connect(self._on_double)
        theme().changed.connect(self.viewport().update)

    # -- reading -----------------------------------------------------------------------------------------------

    def current_id(self) -> str:
        """The observation that keys act on, or ""."""
        return self._id_at(self.currentIndex())

    def selected_ids(self) -> list[str]:
        """All selected, in the order shown."""
        rows = sorted(index.row() for index in self.selectionModel().selectedRows())
        return [self._id_at(self._proxy.index(row, 0)) for row in rows]

    def row_of(self, observation_id: str) -> ObservationRow | None:
        return self.observations.by_key(observation_id)

    # -- being told --------------------------------------------------------------------------------------------

    def set_rows(self, rows: Sequence[ObservationRow]) -> None:
        """Shows these; what is selected stays so. If the current one is gone, the one in its place is current.

        A table that doesn't move on has nothing selected once any of the selected rows is gone.
        """
        held = {self.current_id(), *self.selected_ids()} - {""}
        before, at = self.current_id(), self.currentIndex().row()
        self._quiet = True
        self.observations.set_rows(rows)
        self._quiet = False
        if not self._moves_on:
            if any(self.observations.by_key(one) is None for one in held):
                self.choose("")
        elif before and self.observations.by_key(before) is None and self._proxy.rowCount():
            self.choose(self._id_at(self._proxy.index(min(max(at, 0), self._proxy.rowCount() - 1), 0)))
        if self.current_id() != before:
            self.displaced.emit(self.current_id())
        self.selection_changed.emit()

    def choose(self, observation_id: str) -> None:
        """Makes one current and brings it into sight, without telling anybody."""
        row = self.observations.row_of(observation_id)
        self._quiet = True
        if row < 0:
            self.setCurrentIndex(QModelIndex())
            self.clearSelection()
        elif observation_id != self.current_id() or not self.selectionModel().hasSelection():
            index = self._proxy.mapFromSource(self.observations.index(row, 0))
            self.selectionModel().setCurrentIndex(
                index,
                QItemSelectionModel.SelectionFlag.ClearAndSelect | QItemSelectionModel.SelectionFlag.Rows,
            )
            self.scrollTo(index)
        self._quiet = False

    def choose_all(self, observation_ids: Sequence[str], current: str) -> None:
        """Selects several and makes one of them current, without telling anybody."""
        if len(observation_ids) < 2:
            self.choose(current)
            return
        self._quiet = True
        flag = QItemSelectionModel.SelectionFlag
        chosen = QItemSelection()
        for observation_id in observation_ids:
            row = self.observations.row_of(observation_id)
            if row >= 0:
                index = self._proxy.mapFromSource(self.observations.index(row, 0))
                chosen.select(index, index)
                if observation_id == current:
                    self.selectionModel().setCurrentIndex(index, flag.NoUpdate)
                    self.scrollTo(index)
        self.selectionModel().select(chosen, flag.ClearAndSelect | flag.Rows)
        self._quiet = False

    def edit_cell(self) -> None:
        """Opens the current cell's editor; the text's, if that cell has none."""
        index = self.currentIndex()
        if not index.isValid():
            return
        if not index.flags() & Qt.ItemFlag.ItemIsEditable or self.isColumnHidden(index.column()):
            index = index.siblingAtColumn(self._column(Column.TEXT))
            self.selectionModel().setCurrentIndex(index, QItemSelectionModel.SelectionFlag.NoUpdate)
        if index.flags() & Qt.ItemFlag.ItemIsEditable:
            self.edit(index)
        else:
            self.text_wanted.emit(self._id_at(index))

    def event(self, event: QEvent) -> bool:
        # F2 is a command of the page; in the table it means the cell.
        asks = event.type() is QEvent.Type.ShortcutOverride and self.observations.editable
        if asks and isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_F2 and self.currentIndex().isValid():
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_F2 and self.observations.editable:
            self.edit_cell()
            return
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter} and self.current_id():
            self.opened.emit(self.current_id())
            return
        if event.text() and event.text().isprintable() and not event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            event.ignore()  # letters are commands of the page, not a search in the first column
            return
        super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._fit_columns()
        super().resizeEvent(event)

    def _fit_columns(self) -> None:
        """Hides what the width has no room for, unless the user asked for it."""
        columns = self.observations.columns
        room = self.viewport().width() - _TEXT_MIN
        room -= sum(self._width(c) for c in columns if c is not Column.TEXT and c not in _OPTIONAL)
        for what in _OPTIONAL:
            if what in columns:
                fits = room >= _WIDTHS[what] + (0 if what is Column.ISSUE else _TEXT_MORE)
                shown = self._wanted.get(what, fits)
                room -= _WIDTHS[what] if shown else 0
                self.setColumnHidden(self._column(what), not shown)

    def _header_menu(self, point: QPoint) -> None:
        menu = QMenu(self)
        for what in (c for c in self.observations.columns if c in _OPTIONAL):
            number = self._column(what)
            action = menu.addAction(str(self.observations.headerData(number, Qt.Orientation.Horizontal)))
            action.setCheckable(True)
            action.setChecked(not self.isColumnHidden(number))
            action.toggled.connect(lambda shown, what=what: self._show_column(what, shown=shown))
        menu.exec(self.horizontalHeader().mapToGlobal(point))
        menu.deleteLater()

    def _show_column(self, what: Column, *, shown: bool) -> None:
        self._wanted[what] = shown
        self._fit_columns()

    def _width(self, what: Column) -> int:
        if what is not Column.KIND:
            return _WIDTHS[what]
        metrics = QFontMetrics(theme().font())
        return max(metrics.horizontalAdvance(kind_words(kind)) for kind in ObservationKind) + _BESIDE_WORD

    def _column(self, what: Column) -> int:
        return self.observations.columns.index(what)

    def _id_at(self, index: QModelIndex) -> str:
        if not index.isValid():
            return ""
        row = index.siblingAtColumn(0).data(ROW_ROLE)
        return row.id if isinstance(row, ObservationRow) else ""

    def _dress_columns(self, columns: Sequence[Column]) -> None:
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setMinimumSectionSize(36)
        header.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        header.customContextMenuRequested.connect(self._header_menu)
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        follow_density(self, 32)
        for number, what in enumerate(columns):
            if what is Column.TEXT:
                header.setSectionResizeMode(number, QHeaderView.ResizeMode.Stretch)
            else:
                header.setSectionResizeMode(number, QHeaderView.ResizeMode.Interactive)
                header.resizeSection(number, self._width(what))
            delegate = self._delegates(what)
            if delegate is not None:
                self.setItemDelegateForColumn(number, delegate)

    def _delegates(self, what: Column) -> QStyledItemDelegate | None:
        if self.observations.editable:
            return {
                Column.SEVERITY: lambda: SeverityCell(self),
                Column.KIND: lambda: KindCell(self),
                Column.TIME: lambda: LineCell(self, hint=self.tr("Time, or start – end")),
                Column.TEXT: lambda: LineCell(self, hint=self.tr("Text of the observation")),
                Column.TAGS: lambda: TagsCell(self, lambda: self.tag_words, self.tr("Tags, with commas between")),
                Column.ISSUE: lambda: LineCell(self, lambda: self.issue_words, self.tr("Number or title of an issue")),
            }.get(what, lambda: None)()
        plain = {Column.SEVERITY: SeverityDelegate, Column.TAGS: TagsDelegate}.get(what)
        return plain(self) if plain is not None else None

    def _on_double(self, index: QModelIndex) -> None:
        what = self.observations.columns[index.column()]
        if self.observations.editable and what is Column.TEXT and not index.flags() & Qt.ItemFlag.ItemIsEditable:
            self.text_wanted.emit(self._id_at(index))
        elif not index.flags() & Qt.ItemFlag.ItemIsEditable:
            self.opened.emit(self._id_at(index))

    def _on_current(self, _now: QModelIndex, _before: QModelIndex) -> None:
        if not self._quiet:
            self.chosen.emit(self.current_id())

    def _on_selection(self, _now: QItemSelection, _before: QItemSelection) -> None:
        if not self._quiet:
            self.selection_changed.emit()
