"""The recording bar's field for notes: a note means the moment at which its first letter was typed."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLineEdit

from annotate.models import ObservationKind
from annotate.timeline import format_time
from app.controllers.recording import RecordingController
from app.wording import kind_words


class BarNote(QLineEdit):
    """Takes one note after the other; empty, it tells which mark the note would go to.

    Signals:
        left: a note was taken, or given up.
    """

    left = Signal()

    def __init__(self, recording: RecordingController) -> None:
        super().__init__()
        self._recording = recording
        self._began_ns: int | None = None
        self.setPlaceholderText(self.tr("Note (N)"))
        self.setAccessibleName(self.tr("Note"))
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus | Qt.FocusPolicy.TabFocus)
        self.textEdited.connect(self._edited)
        self.returnPressed.connect(self._add)

    def leave(self) -> None:
        """Gives up what was typed."""
        self.clear()
        self._began_ns = None
        self.left.emit()

    def show_target(self) -> None:
        """Tells which mark a note would go to now."""
        if self.text():
            return
        target = self._recording.note_target(self._recording.now_ns())
        if target is None:
            self.setPlaceholderText(self.tr("Note (N)"))
        else:
            kind = kind_words(ObservationKind(str(target.payload.get("kind", "mark"))))
            words = self.tr("Note on the %1 at %2 (N)").replace("%1", kind).replace("%2", format_time(target.t_ns))
            self.setPlaceholderText(words)

    def _edited(self, text: str) -> None:
        if text and self._began_ns is None:
            self._began_ns = self._recording.now_ns()
        elif not text:
            self._began_ns = None

    def _add(self) -> None:
        text, began = self.text().strip(), self._began_ns
        if text:
            self._recording.note(text, began_ns=self._recording.now_ns() if began is None else began)
        self.leave()
