"""The lines of a transcript: wrapped, word for word clickable, the spoken word marked, corrected in their place."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QModelIndex, QPersistentModelIndex, QPoint, QPointF, Qt, QTimer, Signal
from PySide6.QtGui import QContextMenuEvent, QKeyEvent, QMouseEvent, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QAbstractItemView, QFrame, QListView, QStyleOptionViewItem, QWidget

from app.models.transcript import TranscriptModel
from app.theme import theme
from app.widgets.transcript_delegate import TranscriptDelegate, x_of
from app.widgets.transcript_editor import EditEnd, LineEditor

Index = QModelIndex | QPersistentModelIndex
_SURELY_SCROLLED = 500
"""So many rows are higher than any screen."""


class TranscriptList(QListView):
    """Lists the lines; Enter or a click goes to where they were said, and so does the choice of another line by key.

    Signals:
        seek_requested(t_ns): a word or a line was chosen.
        scrolled: the user scrolled by hand.
        edited(row, text, EditEnd, place): a line was corrected; where it is split or what it is joined with.
        edit_began(row).
        play_requested: play or pause.
        menu_requested(global point): what can be done with the chosen lines.
    """

    seek_requested = Signal(object)
    scrolled = Signal()
    edited = Signal(int, str, object, int)
    edit_began = Signal(int)
    play_requested = Signal()
    menu_requested = Signal(QPoint)

    def __init__(self, model: TranscriptModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._lines = model
        self._by_key = False
        self._delegate = TranscriptDelegate(model, self)
        self.setModel(model)
        self.setItemDelegate(self._delegate)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setStyleSheet("QListView { border: 0; border-radius: 0; }")  # the pane has its own edges
        self.setAccessibleName(self.tr("Transcript"))
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setResizeMode(QListView.ResizeMode.Fixed)
        self._width_timer = QTimer(self)  # while the pane is being made wider, only once it rests
        self._width_timer.setSingleShot(True)
        self._width_timer.setInterval(120)
        self._width_timer.timeout.connect(self._lay_out_for_width)
        self._laid_out_width = -1
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setMouseTracking(True)
        self.verticalScrollBar().sliderMoved.connect(self.scrolled)
        self.verticalScrollBar().valueChanged.connect(self._place_editor)
        self._edited_row = -1
        self.editor = LineEditor(self.viewport())
        self.editor.ended.connect(self._on_ended)
        self.editor.grown.connect(self._place_editor)
        self.editor.play_requested.connect(self.play_requested)
        for changed in (model.dataChanged, model.rowsInserted, model.rowsRemoved):
            changed.connect(self._lay_out_again)
        model.modelReset.connect(self._expect_scroll_bar)
        theme().changed.connect(self._restyle)

    @property
    def delegate(self) -> TranscriptDelegate:
        return self._delegate

    def show_time(self, t_ns: int, *, follow: bool) -> None:
        """Marks what is said at `t_ns`; with `follow` keeps it in sight."""
        row = self._lines.row_at(t_ns)
        before, before_ns = self._delegate.current_row, self._delegate.t_ns
        self._delegate.t_ns = t_ns
        self._delegate.current_row = row
        if row != before:
            self._repaint_row(before)
            self._repaint_row(row)
            if follow and row >= 0:
                self.bring_into_sight(row)
        elif row >= 0 and self._lines.line(row).word_at(t_ns) != self._lines.line(row).word_at(before_ns):
            self._repaint_row(row)

    def bring_into_sight(self, row: int) -> None:
        """Scrolls only if the row is not comfortably in sight, and then to the upper third."""
        index = self._lines.index(row)
        rect = self.visualRect(index)
        height = self.viewport().height()
        if rect.isValid() and rect.top() >= 0 and rect.bottom() <= height * 0.85:
            return
        bar = self.verticalScrollBar()
        bar.setValue(bar.value() + rect.top() - height // 4)  # in one step: at the end, the bar stops it short

    def set_needle(self, text: str) -> None:
        """The text that is being looked for, marked in every line."""
        self._delegate.needle = text
        self.viewport().update()

    def word_point(self, row: int, word: int) -> QPoint:
        """The middle of a word in the viewport."""
        rect = self.visualRect(self._lines.index(row))
        line = self._lines.line(row)
        layout = self._delegate.layout_of(line, rect.width())
        middle = (line.words[word].start + line.words[word].end) // 2
        text_line = layout.lineForTextPosition(middle)
        left = x_of(text_line, middle)
        origin = self._delegate.text_origin(rect)
        return QPointF(origin.x() + left + 1, origin.y() + text_line.y() + text_line.height() / 2).toPoint()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        super().mousePressEvent(event)
        if event.button() is not Qt.MouseButton.LeftButton:
            return
        point = event.position().toPoint()
        index = self.indexAt(point)
        if not index.isValid():
            return
        line = self._lines.line(index.row())
        character = self._delegate.character_at(index, self.visualRect(index), point)
        word = line.word_at_character(character) if character >= 0 else None
        if not event.modifiers() & (Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.ControlModifier):
            self.seek_requested.emit(line.t_start_ns if word is None else word.t_start_ns)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        point = event.position().toPoint()
        index = self.indexAt(point)
        if index.isValid() and event.button() is Qt.MouseButton.LeftButton:
            character = self._delegate.character_at(index, self.visualRect(index), point)
            self.begin_edit(index.row(), max(0, character))

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        if event.reason() is QContextMenuEvent.Reason.Keyboard and self.currentIndex().isValid():
            rect = self.visualRect(self.currentIndex())
            self.menu_requested.emit(self.viewport().mapToGlobal(rect.center()))
        else:
            self.menu_requested.emit(event.globalPos())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        point = event.position().toPoint()
        index = self.indexAt(point)
        hovered: tuple[int, int] | None = None
        if index.isValid():
            character = self._delegate.character_at(index, self.visualRect(index), point)
            hovered = (index.row(), character) if character >= 0 else None
        if hovered != self._delegate.hovered:
            self._delegate.hovered = hovered
            self.viewport().setCursor(
                Qt.CursorShape.PointingHandCursor if hovered is not None else Qt.CursorShape.ArrowCursor
            )
            self.viewport().update()
        super().mouseMoveEvent(event)

    # -- editing -----------------------------------------------------------------------------------------------

    def selected_rows(self) -> list[int]:
        """The chosen rows, in order; the current one if none is."""
        rows = sorted(index.row() for index in self.selectedIndexes())
        return rows or ([self.currentIndex().row()] if self.currentIndex().isValid() else [])

    def choose(self, row: int) -> None:
        """Makes a row the only chosen one, in sight."""
        self.setCurrentIndex(self._lines.index(row))
        self.bring_into_sight(row)

    def begin_edit(self, row: int, place: int = 0) -> None:
        """Opens the field over a line's text; a line that is being heard just now has none."""
        if not 0 <= row < self._lines.rowCount() or not self._lines.line(row).segment_id:
            return
        self.editor.end(EditEnd.KEEP)
        self.choose(row)
        line = self._lines.line(row)
        self._edited_row = row
        self.editor.setLayoutDirection(Qt.LayoutDirection.LayoutDirectionAuto)
        self.editor.begin(line.text, place)
        self._place_editor()
        self.edit_began.emit(row)

    def _on_ended(self, how: EditEnd, text: str, place: int) -> None:
        row, self._edited_row = self._edited_row, -1
        self.setFocus(Qt.FocusReason.OtherFocusReason)
        self.edited.emit(row, text, how, place)

    def _place_editor(self) -> None:
        if self.editor.active and self._edited_row >= 0:
            index = self._lines.index(self._edited_row)
            option = QStyleOptionViewItem()
            option.rect = self.visualRect(index)
            self._delegate.updateEditorGeometry(self.editor, option, index)

    # -- Qt ----------------------------------------------------------------------------------------------------

    def currentChanged(self, current: Index, previous: Index) -> None:
        super().currentChanged(current, previous)
        if self._by_key and current.isValid():  # the playback follows
            self.scrolled.emit()
            self.seek_requested.emit(self._lines.line(current.row()).t_start_ns)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter} and self.currentIndex().isValid():
            self.seek_requested.emit(self._lines.line(self.currentIndex().row()).t_start_ns)
            return
        self._by_key = True
        super().keyPressEvent(event)
        self._by_key = False

    def wheelEvent(self, event: QWheelEvent) -> None:
        self.scrolled.emit()
        super().wheelEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        if event.size().width() != event.oldSize().width():
            self._delegate.forget_heights()
            self._width_timer.start()
        super().resizeEvent(event)
        self._place_editor()

    def leaveEvent(self, event: QEvent) -> None:
        self._delegate.hovered = None
        self.viewport().update()
        super().leaveEvent(event)

    def _repaint_row(self, row: int) -> None:
        if 0 <= row < self._lines.rowCount():
            self.viewport().update(self.visualRect(self._lines.index(row)))

    def doItemsLayout(self) -> None:
        self._laid_out_width = self.viewport().width()
        super().doItemsLayout()

    def _expect_scroll_bar(self) -> None:
        """Thousands of rows are not laid out twice, first without the bar, then for the width that it leaves."""
        policy = Qt.ScrollBarPolicy
        many = self._lines.rowCount() >= _SURELY_SCROLLED
        self.setVerticalScrollBarPolicy(policy.ScrollBarAlwaysOn if many else policy.ScrollBarAsNeeded)

    def _lay_out_for_width(self) -> None:
        """Not if Qt has: a pane that comes into sight gets its width and its rows in one."""
        if self._laid_out_width != self.viewport().width():
            self._lay_out_again()

    def _lay_out_again(self) -> None:
        """Rows have other heights. Those that are as they were are known, so this is quick, and the place stays."""
        self.doItemsLayout()
        self._place_editor()

    def _restyle(self) -> None:
        self._delegate.forget_font()
        self._lay_out_again()
        self.viewport().update()
