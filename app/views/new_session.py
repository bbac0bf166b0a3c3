"""Setting up a session: who, which screen, which microphone, what of the keyboard, and the participant's consent."""

from __future__ import annotations

import re
from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QCloseEvent, QGuiApplication, QHideEvent, QPixmap, QShowEvent
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

from app.controllers.setup import Picked, SetupController
from app.palette import Role
from app.settings import settings
from app.study_context import StudyContext
from app.theme import SPACE, Text, theme
from app.views.setup_sources import MoreSources
from app.widgets.basics import Card, Picture, announce, button, column, icon_label, label, row
from app.widgets.consent_view import ConsentView
from app.widgets.level_meter import LevelMeter
from app.widgets.region_picker import RegionPicker
from app.widgets.scope_picker import ScopePicker
from app.wording import code_sentence, sentence
from capture.config import KeyPrivacy, RecorderConfig, Region, Scope
from capture.devices import Capabilities, Window
from capture.errors import CaptureCode

_REGION, _ALL = "region", "all"
_QUIET_AFTER = 0.04
_SIZE = QSize(980, 780)
_FRAME = QSize(24, 64)
"""What the window manager's frame may take of the screen."""


def next_code(codes: Sequence[str]) -> str:
    """The code that follows those there are: P01, P02 …; the width of the highest is kept."""
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
        self._region: Region | None = None
        self._picker: RegionPicker | None = None
        self._busy = False
        consent = context.store.consent_text()
        self._consent_version = consent.version
        self.code = QLineEdit(next_code([participant.code for participant in context.store.participants()]))
        self.code.setAccessibleName(self.tr("Participant"))
        self.code.setMaxLength(40)
        self.screen_box = QComboBox()
        self.microphone = QComboBox()
        self.keys = QComboBox()
        self.keys.addItem(self.tr("Kinds of keys, never the text"), KeyPrivacy.CATEGORIES)
        self.keys.addItem(self.tr("Nothing of the keyboard"), KeyPrivacy.OFF)
        self.keys.setCurrentIndex(max(0, self.keys.findData(KeyPrivacy(settings().keys))))
        self.more = MoreSources(self)
        self.meter = LevelMeter(bars=24)
        self._meter_words = label("", Text.CAPTION, tone="muted", wrap=True)
        self.preview = Picture(self.tr("Looking at the screen …"))
        self.preview.setAccessibleName(self.tr("What will be recorded"))
        self.agreed = QCheckBox(self.tr("&The participant has read this and agrees"))
        self.agreed.toggled.connect(self._refresh)
        self.scopes = ScopePicker()
        self._problem = label("", wrap=True)
        self._problem_icon = icon_label("ph.warning", Role.WARNING, 20)
        self.start = button(self.tr("Start recording"), look="big", icon="ph.record")
        self.start.setDefault(True)
        self.start.clicked.connect(self._want)
        self.cancel = button(self.tr("Cancel"))
        self.cancel.setAutoDefault(False)
        self.cancel.clicked.connect(self.reject)
        self._lay_out(context.store.study().name, consent.body)
        for box in (self.screen_box, self.microphone):
            box.setEnabled(False)
            box.addItem(self.tr("Looking …"))
        self._connect(setup)
        self._device_problem = ""
        self._start_problem = ""
        self._refresh()
        self.code.selectAll()
        self.code.setFocus()

    def _connect(self, setup: SetupController) -> None:
        self.code.textChanged.connect(self._refresh)
        self.keys.currentIndexChanged.connect(self._refresh)
        self.more.changed.connect(self._refresh)
        self.scopes.changed.connect(self._refresh)
        self.screen_box.activated.connect(self._screen_chosen)
        self.microphone.currentIndexChanged.connect(self._microphone_chosen)
        setup.probed.connect(self._show_devices)
        setup.preview.connect(self._show_preview)
        setup.preview_failed.connect(self._preview_failed)
        setup.level.connect(self._show_level)
        setup.microphone_failed.connect(self._microphone_failed)

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
        self._setup.watch_microphone(self._chosen_microphone())
        self._setup.watch_screen(self._picked())

    def config(self) -> RecorderConfig:
        """What is chosen."""
        chosen = self.screen_box.currentData()
        window = chosen.id if isinstance(chosen, Window) else None
        picked = self._picked()
        is_whole = chosen == _ALL
        return RecorderConfig(
            display=None if is_whole or window else picked.display,
            all_displays=is_whole,
            region=None if is_whole or window else picked.region,
            window=window,
            fps=settings().fps,
            mic=self._chosen_microphone(),
            system=self.more.system_id,
            camera=self.more.camera_id,
            keys=KeyPrivacy(self.keys.currentData()),
            windows=self.more.windows,
            window_titles=self.more.window_titles,
            consent=self.scopes.agreed,
        )

    def _planned(self) -> set[Scope]:
        """What the participant is asked for."""
        has_sound = self._chosen_microphone() is not None or self.more.system_id is not None
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
        fields: list[tuple[str, QWidget]] = [
            (self.tr("&Participant: a code, never a name"), self.code),
            (self.tr("&Screen"), self.screen_box),
            (self.tr("&Microphone"), self.microphone),
        ]
        at = 0
        for words, widget in fields:
            at = _add_field(form, at, words, widget)
        form.addLayout(row(self.meter, self._meter_words, None), at - 1, 0)
        form.setRowMinimumHeight(at - 1, 28)
        form.addItem(_gap(), at, 0)
        at += 1
        for words, widget in (
            (self.tr("&Keyboard"), self.keys),
            (self.tr("Computer so&und"), self.more.system),
            (self.tr("C&amera"), self.more.camera),
            (self.tr("Active &window"), self.more.window),
        ):
            at = _add_field(form, at, words, widget)
        left = QWidget()
        left.setFixedWidth(300)
        left.setLayout(column(form, None))
        card = Card(spacing=SPACE[1])
        card.body.addWidget(label(self.tr("Consent"), strong=True))
        self.consent = ConsentView(consent)
        card.body.addWidget(self.consent, 1)
        card.body.addWidget(self.scopes)
        card.body.addWidget(self.agreed)
        right = column(self.preview, card, spacing=SPACE[3])
        right.setStretch(0, 1)
        right.setStretch(1, 1)
        middle = QHBoxLayout()
        middle.setSpacing(SPACE[4])
        middle.addWidget(left)
        middle.addLayout(right, 1)
        self._problem_row = QWidget()
        problem = row(self._problem_icon, self._problem)
        problem.setStretch(1, 1)
        self._problem_row.setLayout(problem)
        foot = row(self._problem_row, self.cancel, self.start, spacing=SPACE[2])
        foot.setStretch(0, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE[5], SPACE[4], SPACE[5], SPACE[4])
        layout.setSpacing(SPACE[4])
        layout.addLayout(
            column(label(study, Text.CAPTION, tone="muted"), label(self.tr("New session"), Text.TITLE), spacing=0)
        )
        layout.addLayout(middle, 1)
        layout.addLayout(foot)
        room = (self.parentWidget() or self).screen().availableGeometry().size() - _FRAME
        self.resize(_SIZE.boundedTo(room))

    # -- devices --------------------------------------------------------------------------------------------------

    def _show_devices(self, found: Capabilities) -> None:
        self._capabilities = found
        self._fill_screens(found)
        self._fill_microphones(found)
        self.more.show_devices(found)
        self._screen_chosen(watch_only=True)
        self._microphone_chosen()
        self._refresh()

    def _fill_screens(self, found: Capabilities) -> None:
        box = self.screen_box
        box.clear()
        for display in found.displays:
            words = self.tr("Display %1: %2 × %3").replace("%1", str(display.index + 1))
            words = words.replace("%2", str(display.width)).replace("%3", str(display.height))
            box.addItem(words, display.index)
        if len(found.displays) > 1:
            box.addItem(self.tr("All displays as one picture"), _ALL)
        if found.displays:
            box.addItem(self.tr("A part of the screen …"), _REGION)
            for window in found.windows:
                if window.id != f"{int(self.window().winId()):#x}":
                    title = window.title or window.app
                    box.addItem(self.tr("Window: %1").replace("%1", title), window)
        else:
            box.addItem(self.tr("No display found"))
        box.setEnabled(bool(found.displays))
        primary = next((at for at, display in enumerate(found.displays) if display.primary), 0)
        box.setCurrentIndex(primary)

    def _fill_microphones(self, found: Capabilities) -> None:
        box = self.microphone
        box.blockSignals(True)
        box.clear()
        for microphone in found.microphones:
            box.addItem(microphone.name, microphone.id)
        box.addItem(self.tr("No microphone: picture and input only"), None)
        wanted = box.findData(settings().microphone)
        default = next((at for at, each in enumerate(found.microphones) if each.default), 0)
        box.setCurrentIndex(wanted if wanted >= 0 else default)
        box.setEnabled(True)
        box.blockSignals(False)

    def _picked(self) -> Picked:
        if self.screen_box.currentData() == _REGION and self._region is not None:
            return Picked(None, self._region)
        chosen = self.screen_box.currentData()
        if isinstance(chosen, Window):
            return Picked(None, Region(chosen.x, chosen.y, chosen.width, chosen.height))
        if chosen == _ALL and self._capabilities is not None:
            displays = self._capabilities.displays
            right, bottom = max(d.x + d.width for d in displays), max(d.y + d.height for d in displays)
            return Picked(None, Region(0, 0, right, bottom))
        return Picked(chosen if isinstance(chosen, int) else 0)

    def _screen_chosen(self, _index: int = 0, *, watch_only: bool = False) -> None:
        if self.screen_box.currentData() == _REGION and not watch_only:
            self._pick_region()
            return
        if self._capabilities is not None and self._capabilities.displays:
            self._setup.watch_screen(self._picked())
        else:
            self._setup.watch_screen(None)
            self.preview.show_words(self.tr("No display was found that could be recorded."))

    def _pick_region(self) -> None:
        screen = QGuiApplication.screenAt(self.geometry().center()) or self.screen()
        self._picker = RegionPicker(screen)
        self._picker.picked.connect(self._region_picked)
        self._picker.destroyed.connect(self._picker_closed)
        self._picker.showFullScreen()
        self._picker.activateWindow()

    def _region_picked(self, region: Region) -> None:
        self._region = region
        at = self.screen_box.findData(_REGION)
        words = self.tr("Part: %1 × %2 …").replace("%1", str(region.width)).replace("%2", str(region.height))
        self.screen_box.setItemText(at, words)

    def _picker_closed(self) -> None:
        self._picker = None
        if self._region is None and self.screen_box.currentData() == _REGION:
            self.screen_box.setCurrentIndex(0)
        self._setup.watch_screen(self._picked())

    def _chosen_microphone(self) -> str | None:
        chosen = self.microphone.currentData()
        return chosen if isinstance(chosen, str) else None

    def _microphone_chosen(self) -> None:
        if self._capabilities is None:
            return
        self._device_problem = ""
        chosen = self._chosen_microphone()
        self.meter.set_off()
        self._meter_words.setText(self._no_sound_words() if chosen is None else "")
        self._setup.watch_microphone(chosen)
        self._refresh()

    def _no_sound_words(self) -> str:
        found = self._capabilities
        if found is not None and found.sound.reason is not None:
            return code_sentence(found.sound.reason, found.sound.detail)
        return self.tr("No sound will be recorded.")

    def _show_level(self, level: float | None, peak: float | None) -> None:
        if level is None:
            self.meter.set_off()
            self._meter_words.setText(self.tr("No sound arrives: is it muted or unplugged?"))
            return
        self.meter.set_level(level, peak)
        quiet = self.meter.level < _QUIET_AFTER
        self._meter_words.setText(self.tr("Silent: say something") if quiet else self.tr("Sound is heard"))

    def _microphone_failed(self, error: Exception) -> None:
        self.meter.set_off()
        self._meter_words.setText("")
        self._device_problem = sentence(error)
        self._refresh()

    def _show_preview(self, jpeg: bytes) -> None:
        pixmap = QPixmap()
        if pixmap.loadFromData(jpeg):
            self.preview.show_picture(pixmap)

    def _preview_failed(self, error: Exception) -> None:
        self.preview.show_words(sentence(error))

    # -- starting -------------------------------------------------------------------------------------------------

    def _missing(self) -> tuple[str, bool]:
        """What is still in the way, as a sentence, and whether it is a problem rather than a step to take."""
        found = self._capabilities
        checks = (
            (self._busy, self.tr("Starting the recorder …"), False),
            (bool(self._start_problem), self._start_problem, True),
            (found is None, self.tr("Looking for displays and microphones …"), False),
            (found is not None and not found.displays, code_sentence(CaptureCode.NO_DISPLAY), True),
            (bool(self._device_problem), self._device_problem, True),
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
        settings().microphone = self._chosen_microphone() or settings().microphone
        self.more.remember()
        settings().keys = KeyPrivacy(self.keys.currentData()).value
        self.set_busy(True)
        code, config = self.code.text().strip(), self.config()
        # The recorder opens the same devices: not before they are free.
        self._setup.stop(lambda: self.wanted.emit(code, config, self._consent_version))


def _add_field(form: QGridLayout, at: int, words: str, widget: QWidget) -> int:
    """Adds a label, its field and a gap to the form; returns the next free row."""
    made = label("")
    made.setTextFormat(Qt.TextFormat.AutoText)
    made.setText(words)
    made.setBuddy(widget)
    made.setFont(theme().font(Text.BODY))
    widget.setAccessibleName(words.replace("&", ""))
    form.addWidget(made, at, 0)
    form.addWidget(widget, at + 1, 0)
    form.addItem(_gap(), at + 2, 0)
    return at + 3


def _gap() -> QSpacerItem:
    return QSpacerItem(0, SPACE[1])
