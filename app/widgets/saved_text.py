"""Fields whose text is handed over by itself: after a pause in typing, and when they are left."""

from __future__ import annotations

import uuid

from PySide6.QtCore import QEvent, QObject, QTimer, Signal
from PySide6.QtWidgets import QLineEdit, QPlainTextEdit

AUTOSAVE_MS = 800


class SavedText(QObject):
    """Watches one field. A text set from outside never overwrites what is being typed.

    Signals:
        edited(text, edit): the user's text. `edit` stays the same until the field is left, so that all of it can be
            one step of undo.
    """

    edited = Signal(str, str)

    def __init__(self, field: QLineEdit | QPlainTextEdit) -> None:
        super().__init__(field)
        self.field = field
        self._dirty = False
        self._edit = uuid.uuid4().hex
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(AUTOSAVE_MS)
        self._timer.timeout.connect(self.save)
        field.textChanged.connect(self._on_changed)
        field.installEventFilter(self)

    @property
    def text(self) -> str:
        return self.field.text() if isinstance(self.field, QLineEdit) else self.field.toPlainText()

    def show_text(self, text: str, *, other: bool) -> None:
        """Shows the stored text. `other`: it belongs to another thing now, so typing does not matter any more."""
        if other:
            self._timer.stop()
            self._dirty = False
            self._edit = uuid.uuid4().hex
        if self._dirty or self.text == text:
            return
        self.field.blockSignals(True)
        if isinstance(self.field, QLineEdit):
            self.field.setText(text)
        else:
            self.field.setPlainText(text)
        self.field.blockSignals(False)
        if isinstance(self.field, QLineEdit):
            self.field.setCursorPosition(0)

    def save(self) -> None:
        """Hands over now what was typed."""
        self._timer.stop()
        if self._dirty:
            self._dirty = False
            self.edited.emit(self.text, self._edit)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.field and event.type() is QEvent.Type.FocusOut:
            self.save()
            self._edit = uuid.uuid4().hex  # coming back later is another step of undo
        return super().eventFilter(watched, event)

    def _on_changed(self) -> None:
        self._dirty = True
        self._timer.start()
