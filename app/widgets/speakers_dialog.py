"""Who speaks in a session: names and roles, and the moderator's voice, kept to be known again."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QDialog, QGridLayout, QLineEdit, QPushButton, QVBoxLayout, QWidget

from app.controllers.transcript_edits import TranscriptEdits
from app.controllers.voices import Voices
from app.models.transcript import Who
from app.theme import SPACE, Text, theme
from app.widgets.basics import announce, button, clear, hairline, label, row, set_tone
from app.wording import role_words, sentence
from transcribe.models import Role


class SpeakersDialog(QDialog):
    """Each change is made at once; what is about the session can be undone. The dialog only shows and closes."""

    def __init__(self, edits: TranscriptEdits, voices: Voices, whos: Callable[[], list[Who]], parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Who speaks"))
        self.setMinimumWidth(520)
        self._edits, self._voices, self._whos = edits, voices, whos
        self.names: list[QLineEdit] = []
        self.roles: list[QComboBox] = []
        self.keeps: list[QPushButton] = []
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
        layout.addLayout(row(add, None))
        layout.addWidget(hairline())
        self.kept = label(tone="muted", wrap=True)
        layout.addWidget(self.kept)
        layout.addLayout(row(self._forget_button(), None, done))
        voices.changed.connect(self._show_kept)
        voices.failed.connect(self._show_error)
        self._fill()
        self._show_kept()

    def _forget_button(self) -> QPushButton:
        self.forget = button(self.tr("Forget the kept voice"), icon="ph.trash")
        self.forget.setAutoDefault(False)
        self.forget.clicked.connect(self._voices.forget)
        return self.forget

    def _show_kept(self) -> None:
        """Whether a voice is kept, and where it lies."""
        if self._voices.kept:
            words = self.tr(
                "The moderator's voice is kept on this computer, as numbers in Moderato's own data, and in no study. "
                "Whoever sounds like it is taken for the moderator in what is transcribed from now on."
            )
        else:
            words = self.tr(
                "No voice is kept. A kept one tells the moderator from the participant in what is transcribed later. "
                "It would lie on this computer, as numbers in Moderato's own data, and in no study."
            )
        self._say(words, "muted")
        if self.forget.hasFocus() and not self._voices.kept:
            self.setFocus()  # a button that goes must not take the focus to the next field, where keys would write
        self.forget.setVisible(self._voices.kept)
        for each in self.keeps:
            each.setEnabled(True)

    def _show_error(self, error: Exception) -> None:
        self._say(sentence(error), "warning")
        for each in self.keeps:
            each.setEnabled(True)

    def _say(self, words: str, tone: str) -> None:
        if self.kept.text() and self.kept.text() != words:
            announce(self.kept, words)
        self.kept.setText(words)
        set_tone(self.kept, tone)
        needed = self.heightForWidth(self.width())
        self.resize(self.width(), max(self.height(), needed))

    def _fill(self) -> None:
        clear(self._grid)
        self.names, self.roles, self.keeps = [], [], []
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
            if who.role is Role.MODERATOR:
                self._grid.addWidget(self._keep_button(who, number), number, 3)
            self.names.append(name)
            self.roles.append(role)

    def _keep_button(self, who: Who, number: int) -> QPushButton:
        keep = button(self.tr("Keep this voice"), icon="ph.microphone")
        keep.setAutoDefault(False)
        keep.setAccessibleName(self.tr("Keep the voice of speaker {number}").format(number=number + 1))
        keep.setToolTip(self.tr("Know this voice again as the moderator's, in other sessions. It is kept in no study."))
        keep.clicked.connect(lambda: self._keep(who))
        self.keeps.append(keep)
        return keep

    def _keep(self, who: Who) -> None:
        for each in self.keeps:
            each.setEnabled(False)
        self._say(self.tr("Keeping the voice…"), "muted")
        self._voices.keep(who.id)

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
