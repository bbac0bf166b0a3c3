"""What of a session the participant has agreed to having recorded: a tick for each."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QWidget

from app.plain import tooltip
from app.theme import SPACE
from app.widgets.basics import row
from capture.config import Scope


class ScopePicker(QWidget):
    """One tick for each thing that is planned to be recorded; what isn't planned isn't asked.

    Signals:
        changed: a tick was set or taken away.
    """

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        words = {
            Scope.SCREEN: self.tr("Screen"),
            Scope.VOICE: self.tr("Voice"),
            Scope.FACE: self.tr("Face"),
            Scope.KEYS: self.tr("Kinds of keys"),
        }
        self.boxes = {scope: QCheckBox(text) for scope, text in words.items()}
        for box in self.boxes.values():
            box.setChecked(True)
            box.setAccessibleDescription(self.tr("The participant agrees that this is recorded"))
            box.toggled.connect(self.changed)
        self.setLayout(row(*self.boxes.values(), None, spacing=SPACE[3]))

    def plan(self, planned: set[Scope]) -> None:
        """Asks for these alone."""
        for scope, box in self.boxes.items():
            box.setVisible(scope in planned)

    def say(self, items: Mapping[Scope, str]) -> None:
        """Tells on hover, and to a screen reader, in the form's own words what each is."""
        for scope, words in items.items():
            self.boxes[scope].setToolTip(tooltip(words))
            self.boxes[scope].setAccessibleDescription(words)

    @property
    def agreed(self) -> tuple[Scope, ...]:
        """What is ticked, of what is asked."""
        return tuple(scope for scope, box in self.boxes.items() if box.isChecked() and not box.isHidden())
