"""The field in which a line of the transcript is corrected, in its place."""

from __future__ import annotations

from enum import StrEnum

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QTextCursor
from PySide6.QtWidgets import QFrame, QPlainTextEdit, QWidget

from app.theme import SPACE, Text, theme


class EditEnd(StrEnum):
    """How an edit ends, and what comes next."""

    KEEP = "keep"
    DROP = "drop"
    NEXT = "next"
    PREVIOUS = "previous"
    SPLIT = "split"
    JOIN_BEFORE = "join_before"
    JOIN_AFTER = "join_after"


class LineEditor(QPlainTextEdit):
    """Edits one line's text; all of it by key, see `hint`.

    Signals:
        ended(EditEnd, text, place of the caret).
        play_requested: play or pause, without leaving the field.
        grown: the text needs more or less room.
    """

    ended = Signal(object, str, int)
    play_requested = Signal()
    grown = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("lineEditor")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFont(theme().font(Text.BODY))
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.WidgetWidth)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.document().setDocumentMargin(SPACE[0])
        self.setAccessibleName(self.tr("Text of the line"))
        self.setAccessibleDescription(self.hint())
        self.textChanged.connect(self.grown)
        self._over = True
        self.hide()

    def hint(self) -> str:
        """The keys, in a line."""
        return self.tr(
            "Enter: done · Tab: next line · Shift+Enter: split · Backspace at the start: join · Ctrl+Space: play · "
            "Esc: leave as it was"
        )

    @property
    def active(self) -> bool:
        return not self._over

    def begin(self, text: str, place: int) -> None:
        """Shows a text, with the caret at a place (-1: everything chosen)."""
        self._over = False
        self.setPlainText(text)
        cursor = self.textCursor()
        if place < 0:
            cursor.select(QTextCursor.SelectionType.Document)
        else:
            cursor.setPosition(min(place, len(text)))
        self.setTextCursor(cursor)
        self.show()
        self.setFocus(Qt.FocusReason.OtherFocusReason)

    def end(self, how: EditEnd) -> None:
        """Ends the edit; once only."""
        if self._over:
            return
        self._over = True
        text, place = self.toPlainText(), self.textCursor().position()
        self.hide()
        self.ended.emit(how, text, place)

    def sizeHint(self) -> QSize:
        lines = 0
        block = self.document().firstBlock()
        while block.isValid():
            lines += max(1, block.layout().lineCount())
            block = block.next()
        height = lines * self.fontMetrics().lineSpacing() + 4 * SPACE[0] + 2
        return QSize(super().sizeHint().width(), height)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        how = self._meant(event)
        if how is not None:
            event.accept()
            self.end(how)
        elif event.key() == Qt.Key.Key_Space and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            event.accept()
            self.play_requested.emit()
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if event.reason() not in {Qt.FocusReason.PopupFocusReason, Qt.FocusReason.ActiveWindowFocusReason}:
            self.end(EditEnd.KEEP)

    def _meant(self, event: QKeyEvent) -> EditEnd | None:
        cursor, key = self.textCursor(), event.key()
        if key in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            return EditEnd.SPLIT if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else EditEnd.KEEP
        if key == Qt.Key.Key_Backspace and cursor.atStart() and not cursor.hasSelection():
            return EditEnd.JOIN_BEFORE
        if key == Qt.Key.Key_Delete and cursor.atEnd() and not cursor.hasSelection():
            return EditEnd.JOIN_AFTER
        return _ENDS.get(key)


_ENDS = {
    int(Qt.Key.Key_Escape): EditEnd.DROP,
    int(Qt.Key.Key_Tab): EditEnd.NEXT,
    int(Qt.Key.Key_Backtab): EditEnd.PREVIOUS,
}
