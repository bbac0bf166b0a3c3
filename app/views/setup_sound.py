"""What a session hears: the microphone and the computer's sound, each with a meter that shows that it works."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QComboBox, QWidget

from app.controllers.setup_sound import Heard, SoundMeters
from app.settings import settings
from app.theme import Text
from app.widgets.basics import label
from app.widgets.level_meter import LevelMeter
from app.wording import code_sentence, sentence
from capture.devices import Capabilities
from capture.errors import CaptureCode

_QUIET_AFTER = 0.04


class SoundChoice(QObject):
    """Two choices, each remembered, and a meter and words for each.

    Signals:
        changed: another choice was made, or `problem` is another.
    """

    changed = Signal()

    def __init__(self, meters: SoundMeters, parent: QWidget) -> None:
        super().__init__(parent)
        self._meters = meters
        self._found: Capabilities | None = None
        self.microphone = QComboBox()
        self.system = QComboBox()
        self.meter = LevelMeter(bars=16, height=12)
        self.system_meter = LevelMeter(bars=16, height=12)
        self.system_meter.setAccessibleName(self.tr("Level of the computer's sound"))
        self.words = label("", Text.CAPTION, tone="muted", wrap=True)
        self.system_words = label("", Text.CAPTION, tone="muted", wrap=True)
        self._shown = {Heard.MIC: (self.meter, self.words), Heard.SYSTEM: (self.system_meter, self.system_words)}
        self._problems: dict[Heard, str] = {}
        for box in (self.microphone, self.system):
            box.addItem(self.tr("Looking…"), None)
            box.setEnabled(False)
        self.microphone.currentIndexChanged.connect(lambda: self._chosen(Heard.MIC))
        self.system.currentIndexChanged.connect(lambda: self._chosen(Heard.SYSTEM))
        meters.level.connect(self._show_level)
        meters.failed.connect(self._failed)

    @property
    def microphone_id(self) -> str | None:
        """The chosen microphone, by its id."""
        return _id_in(self.microphone)

    @property
    def system_id(self) -> str | None:
        """The chosen output, by its id."""
        return _id_in(self.system)

    @property
    def problem(self) -> str:
        """Why what is chosen can't be heard, as a sentence, or ""."""
        return next(iter(self._problems.values()), "")

    def show_devices(self, found: Capabilities) -> None:
        """Offers what was found, and what was chosen the last time if it is still there; begins to listen."""
        self._found = found
        microphones = [(each.name, each.id) for each in found.microphones]
        none = (self.tr("No microphone: picture and input only"), None)
        default = next((at for at, each in enumerate(found.microphones) if each.default), 0)
        _offer(self.microphone, [*microphones, none], settings().microphone, default)
        sounds = [(sound.name, sound.id) for sound in found.system_sounds]
        words = self.tr("Not recorded") if sounds else self.tr("Can't be recorded here")
        _offer(self.system, [(words, None), *sounds], settings().system_sound, 0)
        self.system.setEnabled(bool(sounds))
        if not sounds:
            self.system.setToolTip(code_sentence(CaptureCode.NO_SYSTEM_SOUND))
        for what in Heard:
            self._chosen(what)

    def listen(self) -> None:
        """Opens again what was let go of."""
        for what, device in self._devices().items():
            self._meters.watch(what, device)

    def remember(self) -> None:
        """What is chosen now is offered the next time."""
        settings().microphone = self.microphone_id or settings().microphone
        settings().system_sound = self.system_id or ""

    # -- inside ---------------------------------------------------------------------------------------------------

    def _devices(self) -> dict[Heard, str | None]:
        return {Heard.MIC: self.microphone_id, Heard.SYSTEM: self.system_id}

    def _chosen(self, what: Heard) -> None:
        if self._found is None:
            return
        device = self._devices()[what]
        meter, words = self._shown[what]
        self._problems.pop(what, None)
        meter.set_off()
        words.setText(self._no_sound_words() if what is Heard.MIC and device is None else "")
        words.setHidden(what is Heard.SYSTEM and device is None)
        self._meters.watch(what, device)
        self.changed.emit()

    def _no_sound_words(self) -> str:
        found = self._found
        if found is not None and found.sound.reason is not None:
            return code_sentence(found.sound.reason, found.sound.detail)
        return self.tr("No sound will be recorded.")

    def _show_level(self, what: Heard, level: float | None, peak: float | None) -> None:
        meter, words = self._shown[what]
        if level is None:
            meter.set_off()
            words.setText(self.tr("No sound arrives: is it muted or unplugged?"))
            return
        meter.set_level(level, peak)
        if meter.level >= _QUIET_AFTER:
            words.setText(self.tr("Sound is heard"))
        else:
            hints = {Heard.MIC: self.tr("Silent: say something"), Heard.SYSTEM: self.tr("Silent: play something")}
            words.setText(hints[what])

    def _failed(self, what: Heard, error: Exception) -> None:
        meter, words = self._shown[what]
        meter.set_off()
        words.setText("")
        self._problems[what] = sentence(error)
        self.changed.emit()


def _offer(box: QComboBox, items: list[tuple[str, str | None]], wanted: str, default: int) -> None:
    """Fills a box without telling of it."""
    box.blockSignals(True)
    box.clear()
    for name, item_id in items:
        box.addItem(name, item_id)
    found = box.findData(wanted)
    box.setCurrentIndex(found if found >= 0 else default)
    box.setEnabled(True)
    box.blockSignals(False)


def _id_in(box: QComboBox) -> str | None:
    chosen = box.currentData()
    return chosen if isinstance(chosen, str) else None
