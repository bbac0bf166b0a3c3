"""A recording made elsewhere, before it becomes a session: what is in it, whose it is, what was agreed to."""

from __future__ import annotations

from datetime import datetime

from PySide6.QtCore import QDateTime, Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDateTimeEdit,
    QDialog,
    QGridLayout,
    QVBoxLayout,
    QWidget,
)

from annotate.importing import ImportRequest
from annotate.models import Session
from annotate.store import StudyStore
from annotate.timeline import format_time
from app.media_words import ROLE_WORDS, stream_words
from app.size_words import size_words
from app.theme import SPACE, Text
from app.widgets.basics import Card, ElidedLabel, announce, button, column, label, row
from app.widgets.scope_picker import ScopePicker
from app.wording import sentence
from capture.config import Scope
from capture.foreign import ForeignMedia, ForeignStream, StreamKind
from capture.foreign_bundle import role_guess

PARTICIPANT_MAX = 40


class ImportDialog(QDialog):
    """Asks what a session needs that the file can't tell.

    Signals:
        wanted(ImportRequest): import it; the dialog is over then.
    """

    wanted = Signal(object)

    def __init__(
        self, store: StudyStore, media: ForeignMedia, before: list[Session], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Import a recording"))
        self.setMinimumWidth(620)
        self._media = media
        self._version = store.latest_consent_version()
        self.pictures: dict[int, QCheckBox] = {}
        self.sounds: dict[int, QComboBox] = {}
        self.participant = QComboBox()
        self.participant.setEditable(True)
        self.participant.addItems([one.code for one in store.participants()])
        self.participant.setCurrentText("")
        edit = self.participant.lineEdit()
        assert edit is not None
        edit.setMaxLength(PARTICIPANT_MAX)
        edit.setPlaceholderText(self.tr("For example: P03"))
        self.participant.editTextChanged.connect(self._refresh)
        self.started = QDateTimeEdit(QDateTime.fromSecsSinceEpoch(round(media.recorded_utc.timestamp())))
        self.started.setDisplayFormat("yyyy-MM-dd HH:mm:ss")
        self.consent = QCheckBox(
            self.tr("The participant agreed to version %1 of the consent form:").replace("%1", str(self._version))
        )
        self.consent.toggled.connect(self._refresh)
        self.scopes = ScopePicker()
        self.scopes.plan({Scope.SCREEN, Scope.VOICE} if media.sounds else {Scope.SCREEN})
        self.scopes.changed.connect(self._refresh)
        self.pilot = QCheckBox(self.tr("A pilot: leave it out of figures"))
        again = self.tr("This very file was imported before, as a session of %1.")
        self._again = again.replace("%1", before[-1].participant_code) if before else ""
        self._note = label("", tone="warning", wrap=True)
        self.make = button(self.tr("Import"), look="primary")
        self.make.setDefault(True)
        self.make.clicked.connect(self._want)
        cancel = button(self.tr("Cancel"))
        cancel.setAutoDefault(False)
        cancel.clicked.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE[5], SPACE[4], SPACE[5], SPACE[4])
        layout.setSpacing(SPACE[3])
        length = "" if media.duration_ns is None else f"{format_time(media.duration_ns)} · "
        about = f"{length}{size_words(media.size)} · {media.container}"
        layout.addLayout(
            column(
                label(self.tr("Import a recording"), Text.TITLE),
                ElidedLabel(media.path.name, strong=True, mode=Qt.TextElideMode.ElideMiddle),
                label(about, tone="muted", wrap=True),
                spacing=SPACE[0],
            )
        )
        layout.addWidget(self._streams())
        layout.addLayout(self._fields())
        layout.addWidget(label(self._promise(), tone="muted", wrap=True))
        layout.addWidget(self._note)
        layout.addLayout(row(None, cancel, self.make))
        self._refresh()
        self.participant.setFocus()

    # -- parts ----------------------------------------------------------------------------------------------------

    def _streams(self) -> QWidget:
        """A line for each stream: whether it is taken, what it is, which role a sound track has."""
        card = Card(margin=SPACE[2], spacing=SPACE[1])
        grid = QGridLayout()
        grid.setHorizontalSpacing(SPACE[2])
        grid.setColumnStretch(0, 1)
        guesses = dict(zip((one.index for one in self._media.sounds), role_guess(self._media.sounds), strict=True))
        largest = self._media.pictures[0].index
        for line, one in enumerate(self._media.streams):
            words = stream_words(one)
            grid.addWidget(ElidedLabel(words[:1].upper() + words[1:], tone="" if one.usable else "muted"), line, 0)
            if one.usable:
                choice = self._picture(one, largest) if one.kind is StreamKind.PICTURE else self._sound(one, guesses)
                choice.setAccessibleDescription(words)
                grid.addWidget(choice, line, 1)
        card.body.addLayout(grid)
        return card

    def _picture(self, one: ForeignStream, largest: int) -> QWidget:
        box = QCheckBox(self.tr("the screen"))
        box.setAutoExclusive(True)
        box.setChecked(one.index == largest)
        box.setEnabled(len(self._media.pictures) > 1)
        self.pictures[one.index] = box
        return box

    def _sound(self, one: ForeignStream, guesses: dict[int, str]) -> QWidget:
        choice = QComboBox()
        choice.setAccessibleName(self.tr("What this sound track is"))
        for role, words in ROLE_WORDS.items():
            choice.addItem(words, role)
        choice.addItem(self.tr("leave out"), "")
        choice.setCurrentIndex(choice.findData(guesses[one.index]))
        choice.currentIndexChanged.connect(self._refresh)
        self.sounds[one.index] = choice
        return choice

    def _fields(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(SPACE[3])
        grid.setVerticalSpacing(SPACE[2])
        grid.setColumnStretch(1, 1)
        for line, (words, field) in enumerate(
            ((self.tr("&Participant"), self.participant), (self.tr("&Began"), self.started))
        ):
            name = label("")
            name.setTextFormat(Qt.TextFormat.AutoText)
            name.setText(words)
            name.setBuddy(field)
            field.setAccessibleName(words.replace("&", ""))
            grid.addWidget(name, line, 0)
            grid.addWidget(field, line, 1)
        grid.addWidget(self.consent, 2, 0, 1, 2)
        grid.addLayout(row(SPACE[4], self.scopes), 3, 0, 1, 2)
        grid.addWidget(self.pilot, 4, 0, 1, 2)
        return grid

    def _promise(self) -> str:
        return self.tr(
            "The file itself is only read. Picture and sound are put on one clock and copied into the study; there are "
            "no pointer and key events. Tasks and observations are added in review."
        )

    # -- what is asked for ----------------------------------------------------------------------------------------

    def request(self) -> ImportRequest:
        """What is asked for just now."""
        agreed = self.scopes.agreed if self.consent.isChecked() else None
        started = self.started.dateTime().toSecsSinceEpoch()
        unchanged = started == round(self._media.recorded_utc.timestamp())
        return ImportRequest(
            self._media,
            self.participant.currentText().strip(),
            picture=next((index for index, box in self.pictures.items() if box.isChecked()), None),
            sounds={index: box.currentData() for index, box in self.sounds.items() if box.currentData()},
            consent_version=self._version if self.consent.isChecked() else None,
            scopes=agreed,
            started=None if unchanged else datetime.fromtimestamp(started).astimezone(),
            pilot=self.pilot.isChecked(),
        )

    def show_problem(self, error: Exception) -> None:
        """Says why it can't be imported like this."""
        self._note.setText(sentence(error))
        announce(self, self._note.text())

    def _refresh(self) -> None:
        asked = self.consent.isChecked()
        self.scopes.setEnabled(asked)
        agreed = self.scopes.agreed
        code = self.participant.currentText().strip()
        words = ""
        if asked and Scope.SCREEN not in agreed:
            words = self.tr("Without the participant's consent to the screen there is nothing to import.")
        elif asked and self.sounds and Scope.VOICE not in agreed:
            words = self.tr("Sound is left out: the participant did not agree to it.")
        elif not any(box.currentData() for box in self.sounds.values()):
            words = self.tr("There will be no sound: nothing to transcribe, everything else works.")
        self._note.setText(" ".join(filter(None, (self._again, words))))
        self._note.setVisible(bool(self._note.text()))
        self.make.setEnabled(bool(code) and code.isprintable() and not (asked and Scope.SCREEN not in agreed))

    def _want(self) -> None:
        self.wanted.emit(self.request())
        self.accept()
