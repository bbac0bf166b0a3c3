"""The rarer sources of a session: what the computer plays, the camera, and which window is in front."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QComboBox, QWidget

from app.settings import settings
from app.wording import code_sentence
from capture.devices import Capabilities
from capture.errors import CaptureCode

_TITLES, _PROGRAMS, _NOTHING = "titles", "programs", "nothing"


class MoreSources(QObject):
    """Three choices, each remembered; filled when it is known what there is.

    Signals:
        changed: another choice was made.
    """

    changed = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.system = QComboBox()
        self.camera = QComboBox()
        self.window = QComboBox()
        self.window.addItem(self.tr("Program and title"), _TITLES)
        self.window.addItem(self.tr("Program only"), _PROGRAMS)
        self.window.addItem(self.tr("Not kept"), _NOTHING)
        self.window.setCurrentIndex(max(0, self.window.findData(settings().window_events)))
        for box in (self.system, self.camera):
            box.addItem(self.tr("Looking …"), None)
            box.setEnabled(False)
        for box in (self.system, self.camera, self.window):
            box.currentIndexChanged.connect(self._changed)

    def show_devices(self, found: Capabilities) -> None:
        """Offers what was found, and what was chosen the last time if it is still there."""
        sounds = [(sound.name, sound.id) for sound in found.system_sounds]
        self._fill(self.system, sounds, self.tr("Not recorded"), settings().system_sound)
        if not sounds:
            self.system.setItemText(0, self.tr("Can't be recorded here"))
            self.system.setToolTip(code_sentence(CaptureCode.NO_SYSTEM_SOUND))
        cameras = [(camera.name, camera.id) for camera in found.cameras]
        self._fill(self.camera, cameras, self.tr("No camera"), settings().camera)
        self._changed()

    @property
    def system_id(self) -> str | None:
        """The chosen output, by its id."""
        chosen = self.system.currentData()
        return chosen if isinstance(chosen, str) else None

    @property
    def camera_id(self) -> str | None:
        """The chosen camera, by its id."""
        chosen = self.camera.currentData()
        return chosen if isinstance(chosen, str) else None

    @property
    def windows(self) -> bool:
        """Whether the active window is kept."""
        return bool(self.window.currentData() != _NOTHING)

    @property
    def window_titles(self) -> bool:
        """Whether its title is kept too."""
        return bool(self.window.currentData() == _TITLES)

    def remember(self) -> None:
        """What is chosen now is offered the next time."""
        settings().system_sound = self.system_id or ""
        settings().camera = self.camera_id or ""
        settings().window_events = str(self.window.currentData())

    def _fill(self, box: QComboBox, items: list[tuple[str, str]], none: str, wanted: str) -> None:
        box.blockSignals(True)
        box.clear()
        box.addItem(none, None)
        for name, item_id in items:
            box.addItem(name, item_id)
        box.setCurrentIndex(max(0, box.findData(wanted)))
        box.setEnabled(bool(items))
        box.blockSignals(False)

    def _changed(self) -> None:
        self.changed.emit()
