"""Setting up a session: who, which screen, which microphone, what of the keyboard, and the participant's consent."""

from __future__ import annotations

import re
from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QCloseEvent, QHideEvent, QShowEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QSpacerItem,
    QVBoxLayout,
    QWidget,
)

from app.controllers.setup import SetupController
from app.palette import Role
from app.settings import settings
from app.study_context import StudyContext
from app.theme import SPACE, Text, theme
from app.views.setup_screen import ScreenChoice
from app.views.setup_sound import SoundChoice
from app.views.setup_sources import MoreSources
from app.widgets.basics import Card, announce, button, column, icon_label, label, row
from app.widgets.consent_view import ConsentView
from app.widgets.scope_picker import ScopePicker
from app.widgets.screen_room import open_at
from app.wording import code_sentence
from capture.config import KeyPrivacy, RecorderConfig, Scope
from capture.devices import Capabilities
from capture.errors import CaptureCode


def next_code(codes: Sequence[str]) -> str:
    """The code that follows those there are: P01, P02…; the width of the highest is kept."""
    numbers = [(int(match[1]), len(match[1])) for code in codes if (match := re.fullmatch(r"[Pp](\d+)", code))]
    highest, width = max(numbers, default=(0, 2))
    return f"P{highest + 1:0{width}d}"


class NewSessionDialog(QDialog):
    """Asks for all that a recording needs, and shows that it works before it starts.

    Signals:
        wanted(participant code, RecorderConfig, consent version): start it.
    """

    wanted = Signal(str, object, int)

    def __init__(self, context: StudyContext, setup: SetupController, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("New session"))
        self._setup = setup
        self._capabilities: Capabilities | None = None
        self._busy = False
        consent = context.store.consent_text()
        self._consent_version = consent.version
        self.code = QLineEdit(next_code([participant.code for participant in context.store.participants()]))
        self.code.setAccessibleName(self.tr("Participant"))
        self.code.setMaxLength(40)
        self.picture = ScreenChoice(setup, self)
        self.sound = SoundChoice(setup.sound, self)
        self.keys = QComboBox()
        self.keys.addItem(self.tr("Kinds of keys, never the text"), KeyPrivacy.CATEGORIES)
        self.keys.addItem(self.tr("Nothing of the keyboard"), KeyPrivacy.OFF)
        self.keys.setCurrentIndex(max(0, self.keys.findData(KeyPrivacy(settings().keys))))
        self.keys_words = label("", Text.CAPTION, tone="muted", wrap=True)
        self.keys_words.hide()
        self.more = MoreSources(self)
        self.check_sync = QCheckBox(self.tr("Check s&ync at the start"))
        self.check_sync.setToolTip(self.tr("Flashes, beeps and clicks for some seconds once the recording has begun"))
        self.check_sync.setAccessibleDescription(self.check_sync.toolTip())
        self.check_sync.setChecked(settings().sync_at_start)
        self.live = QCheckBox(self.tr("Transcribe whi&le recording"))
        self.live.setToolTip(
            self.tr("In the background, where the recorder leaves room, so that most of the text is there at the end")
        )
        self.live.setAccessibleDescription(self.live.toolTip())
        self.live.setChecked(settings().transcribe_live)
        self.agreed = QCheckBox(self.tr("&The participant has read this and agrees"))
        self.agreed.toggled.connect(self._refresh)
        self.scopes = ScopePicker()
        self.scopes.say(context.store.consent_items(consent.version))
        self._problem = label("", wrap=True)
        self._problem_icon = icon_label("ph.warning", Role.WARNING, 20)
        self.start = button(self.tr("Start recording"), look="big", icon="ph.record")
        self.start.setDefault(True)
        self.start.clicked.connect(self._want)
        self.cancel = button(self.tr("Cancel"))
        self.cancel.setAutoDefault(False)
        self.cancel.clicked.connect(self.reject)
        self._lay_out(context.store.study().name, consent.body)
        self._connect(setup)
        self._start_problem = ""
        self._refresh()
        self.code.selectAll()
        self.code.setFocus()

    def _connect(self, setup: SetupController) -> None:
        self.code.textChanged.connect(self._refresh)
        self.keys.currentIndexChanged.connect(self._refresh)
        self.sound.changed.connect(self._refresh)
        self.more.changed.connect(self._refresh)
        self.scopes.changed.connect(self._refresh)
        setup.probed.connect(self._show_devices)

    # -- from outside ---------------------------------------------------------------------------------------------

    def set_busy(self, busy: bool) -> None:
        """The recorder is being started."""
        self._busy = busy
        self._start_problem = ""
        self._refresh()

    def show_problem(self, words: str) -> None:
        """Says why the recording didn't start; everything stays as it was."""
        self._busy = False
        self._start_problem = words
        self._refresh()
        announce(self, words)
        self.sound.listen()
        self.picture.look()

    def config(self) -> RecorderConfig:
        """What is chosen."""
        return RecorderConfig(
            display=self.picture.display,
            all_displays=self.picture.is_whole,
            region=self.picture.region,
            window=self.picture.window,
            fps=settings().fps,
            mic=self.sound.microphone_id,
            system=self.sound.system_id,
            camera=self.more.camera_id,
            keys=KeyPrivacy(self.keys.currentData()),
            windows=self.more.windows,
            window_titles=self.more.window_titles,
            consent=self.scopes.agreed,
        )

    def _planned(self) -> set[Scope]:
        """What the participant is asked for."""
        has_sound = self.sound.microphone_id is not None or self.sound.system_id is not None
        return {
            Scope.SCREEN,
            *([Scope.VOICE] if has_sound else []),
            *([Scope.FACE] if self.more.camera_id is not None else []),
            *([Scope.KEYS] if self.keys.currentData() != KeyPrivacy.OFF else []),
        }

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._setup.probe()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        if not event.spontaneous() and not self._busy:
            self._setup.stop()

    def closeEvent(self, event: QCloseEvent) -> None:
        if self._busy:
            event.ignore()  # a recorder that is starting would be left without its bar
        else:
            super().closeEvent(event)

    def reject(self) -> None:
        if not self._busy:
            super().reject()

    # -- layout ---------------------------------------------------------------------------------------------------

    def _lay_out(self, study: str, consent: str) -> None:
        form = QGridLayout()
        form.setHorizontalSpacing(SPACE[2])
        form.setVerticalSpacing(SPACE[0])
        form.setColumnStretch(0, 1)
        sound = self.sound
        fields: tuple[tuple[str, QWidget, QWidget | None, QWidget | None], ...] = (
            (self.tr("&Participant: a code, never a name"), self.code, None, None),
            (self.tr("&Screen"), self.picture.box, None, None),
            (self.tr("&Microphone"), sound.microphone, sound.meter, sound.words),
            (self.tr("Computer so&und"), sound.system, sound.system_meter, sound.system_words),
            (self.tr("&Keyboard"), self.keys, None, self.keys_words),
            (self.tr("C&amera"), self.more.camera, None, None),
            (self.tr("Active &window"), self.more.window, None, None),
        )
        at = 0
        for words, widget, beside, under in fields:
            at = _add_field(form, at, words, widget, beside, under)
        left = QWidget()
        left.setFixedWidth(300)
        left.setLayout(column(form, None))
        card = Card(spacing=SPACE[1])
        card.body.addWidget(label(self.tr("Consent"), strong=True))
        self.consent = ConsentView(consent)
        card.body.addWidget(self.consent, 1)
        card.body.addWidget(self.scopes)
        card.body.addWidget(self.agreed)
        right = column(self.picture.preview, card, spacing=SPACE[3])
        right.setStretch(0, 2)
        right.setStretch(1, 3)
        middle = QHBoxLayout()
        middle.setSpacing(SPACE[4])
        middle.addWidget(left)
        middle.addLayout(right, 1)
        self._problem_row = QWidget()
        problem = row(self._problem_icon, self._problem)
        problem.setStretch(1, 1)
        self._problem_row.setLayout(problem)
        ticks = column(self.check_sync, self.live, spacing=SPACE[0])
        foot = row(self._problem_row, ticks, self.cancel, self.start, spacing=SPACE[2])
        foot.setStretch(0, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE[5], SPACE[4], SPACE[5], SPACE[4])
        layout.setSpacing(SPACE[4])
        layout.addLayout(
            column(label(study, Text.CAPTION, tone="muted"), label(self.tr("New session"), Text.TITLE), spacing=0)
        )
        layout.addLayout(middle, 1)
        layout.addLayout(foot)
        open_at(self, 980, 780)

    # -- devices --------------------------------------------------------------------------------------------------

    def _show_devices(self, found: Capabilities) -> None:
        self._capabilities = found
        self.picture.show_devices(found)
        self.sound.show_devices(found)
        self.more.show_devices(found)
        if found.input.reason is CaptureCode.NO_INPUT_ON_WAYLAND:
            self.keys.clear()
            self.keys.addItem(self.tr("Not on Wayland"), KeyPrivacy.OFF)
            self.keys.setEnabled(False)
            self.keys_words.setText(code_sentence(CaptureCode.NO_INPUT_ON_WAYLAND))
            self.keys_words.show()
        self._refresh()

    # -- starting -------------------------------------------------------------------------------------------------

    def _missing(self) -> tuple[str, bool]:
        """What is still in the way, as a sentence, and whether it is a problem rather than a step to take."""
        found = self._capabilities
        checks = (
            (self._busy, self.tr("Starting the recorder…"), False),
            (bool(self._start_problem), self._start_problem, True),
            (found is None, self.tr("Looking for displays and microphones…"), False),
            (found is not None and not found.screen.ok, self._screen_problem(), True),
            (bool(self.sound.problem), self.sound.problem, True),
            (self._input_missing(), code_sentence(CaptureCode.NO_INPUT), True),
            (not self.code.text().strip(), self.tr("Give the participant a code, such as P01."), False),
            (
                Scope.SCREEN not in self.scopes.agreed,
                self.tr("Without consent to the screen there is nothing to record."),
                False,
            ),
            (not self.agreed.isChecked(), self.tr("Tick the consent once the participant agrees."), False),
        )  # fmt: skip
        return next(((words, bad) for holds, words, bad in checks if holds), ("", False))

    def _screen_problem(self) -> str:
        can = self._capabilities.screen if self._capabilities is not None else None
        return "" if can is None else code_sentence(can.reason or CaptureCode.NO_DISPLAY, can.detail)

    def _input_missing(self) -> bool:
        """Whether pointer and keys can't be recorded here, and it was not yet chosen to go without them."""
        found = self._capabilities
        return found is not None and not found.input.ok and self.keys.currentData() != KeyPrivacy.OFF

    def _refresh(self) -> None:
        self.scopes.plan(self._planned())
        words, bad = self._missing()
        blocking = bool(words) and words != self._start_problem
        self.start.setEnabled(not blocking)
        self.cancel.setEnabled(not self._busy)
        self._problem_icon.setVisible(bad)
        self._problem.setText(words)
        self._problem.setAccessibleName(words)

    def _want(self) -> None:
        words, _ = self._missing()
        if words and words != self._start_problem:
            return
        self.sound.remember()
        self.more.remember()
        settings().sync_at_start = self.check_sync.isChecked()
        settings().transcribe_live = self.live.isChecked()
        if self.keys.isEnabled():
            settings().keys = KeyPrivacy(self.keys.currentData()).value
        self.set_busy(True)
        code, config = self.code.text().strip(), self.config()
        # The recorder opens the same devices: not before they are free.
        self._setup.stop(lambda: self.wanted.emit(code, config, self._consent_version))


def _add_field(
    form: QGridLayout, at: int, words: str, widget: QWidget, beside: QWidget | None, under: QWidget | None
) -> int:
    """Adds a label with what stands beside it, its field, what stands under it, and a gap; returns the next row."""
    made = label("")
    made.setTextFormat(Qt.TextFormat.AutoText)
    made.setText(words)
    made.setBuddy(widget)
    made.setFont(theme().font(Text.BODY))
    widget.setAccessibleName(words.replace("&", ""))
    form.addWidget(made, at, 0, 1, 2 if beside is None else 1)
    if beside is not None:
        form.addWidget(beside, at, 1, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    form.addWidget(widget, at + 1, 0, 1, 2)
    if under is not None:
        form.addWidget(under, at + 2, 0, 1, 2)
    form.addItem(_gap(), at + 3, 0)
    return at + 4


def _gap() -> QSpacerItem:
    return QSpacerItem(0, SPACE[1])
