"""Who speaks in a session: names and roles."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QDialog, QGridLayout, QLineEdit, QVBoxLayout, QWidget

from app.controllers.transcript_edits import TranscriptEdits
from app.models.transcript import Who
from app.theme import SPACE, Text, theme
from app.widgets.basics import button, clear, label, row
from app.wording import role_words
from transcribe.models import Role


class SpeakersDialog(QDialog):
    """Each change is made at once and can be undone; the dialog only shows and closes."""

    def __init__(self, edits: TranscriptEdits, whos: Callable[[], list[Who]], parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Who speaks"))
        self.setMinimumWidth(420)
        self._edits, self._whos = edits, whos
        self.names: list[QLineEdit] = []
        self.roles: list[QComboBox] = []
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(SPACE[2])
        self._grid.setVerticalSpacing(SPACE[1])
        add = button(self.tr("Add a speaker"), icon="ph.plus")
        add.setAutoDefault(False)
        add.clicked.connect(self._add)
        done = button(self.tr("Done"), look="primary")
        done.setDefault(True)
        done.clicked.connect(self.accept)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE[4], SPACE[4], SPACE[4], SPACE[3])
        layout.setSpacing(SPACE[3])
        layout.addWidget(label(self.tr("Who speaks"), Text.TITLE))
        layout.addWidget(
            label(
                self.tr(
                    "What the moderator says is left out of the net time on task. S gives a turn to the next speaker."
                ),
                tone="muted",
                wrap=True,
            )
        )
        layout.addLayout(self._grid)
        layout.addLayout(row(add, None, done))
        self._fill()

    def _fill(self) -> None:
        clear(self._grid)
        self.names, self.roles = [], []
        for number, who in enumerate(self._whos()):
            dot = label(who.initial, strong=True)
            dot.setStyleSheet(f"color: {theme().speaker_color(who.colour).name()}")
            dot.setAlignment(Qt.AlignmentFlag.AlignCenter)
            name = QLineEdit()
            name.setPlaceholderText(who.label)
            stored = next((each.name for each in self._edits.speakers() if each.id == who.id), None)
            name.setText(stored or "")
            name.setAccessibleName(self.tr("Name of speaker {number}").format(number=number + 1))
            name.editingFinished.connect(lambda who=who, name=name: self._rename(who, name.text()))
            role = QComboBox()
            for each in Role:
                role.addItem(role_words(each), each)
            role.setCurrentIndex(list(Role).index(who.role))
            role.setAccessibleName(self.tr("Role of speaker {number}").format(number=number + 1))
            role.activated.connect(lambda _index, who=who, role=role: self._set_role(who, role.currentData()))
            for place, widget in enumerate((dot, name, role)):
                self._grid.addWidget(widget, number, place)
            self.names.append(name)
            self.roles.append(role)

    def _rename(self, who: Who, name: str) -> None:
        stored = next((each.name for each in self._edits.speakers() if each.id == who.id), None)
        if name.strip() != (stored or ""):
            self._edits.update_speaker(who.id, name=name)

    def _set_role(self, who: Who, role: Role) -> None:
        if role is not who.role:
            self._edits.update_speaker(who.id, role=role)
            self._fill()

    def _add(self) -> None:
        self._edits.add_speaker(Role.OTHER)
        self._fill()
