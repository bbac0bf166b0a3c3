"""The rarer sources of a session: the camera, and which window is in front."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QComboBox, QWidget

from app.settings import settings
from capture.devices import Capabilities

_TITLES, _PROGRAMS, _NOTHING = "titles", "programs", "nothing"


class MoreSources(QObject):
    """Two choices, each remembered; filled when it is known what there is.

    Signals:
        changed: another choice was made.
    """

    changed = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.camera = QComboBox()
        self.window = QComboBox()
        self.window.addItem(self.tr("Program and title"), _TITLES)
        self.window.addItem(self.tr("Program only"), _PROGRAMS)
        self.window.addItem(self.tr("Not kept"), _NOTHING)
        self.window.setCurrentIndex(max(0, self.window.findData(settings().window_events)))
        self.camera.addItem(self.tr("Looking…"), None)
        self.camera.setEnabled(False)
        for box in (self.camera, self.window):
            box.currentIndexChanged.connect(self._changed)

    def show_devices(self, found: Capabilities) -> None:
        """Offers what was found, and what was chosen the last time if it is still there."""
        box = self.camera
        box.blockSignals(True)
        box.clear()
        box.addItem(self.tr("No camera"), None)
        for camera in found.cameras:
            box.addItem(camera.name, camera.id)
        box.setCurrentIndex(max(0, box.findData(settings().camera)))
        box.setEnabled(bool(found.cameras))
        box.blockSignals(False)
        if found.is_screen_asked_for:
            self.window.clear()
            self.window.addItem(self.tr("Not on Wayland"), _NOTHING)
            self.window.setEnabled(False)
        self._changed()

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
        settings().camera = self.camera_id or ""
        if self.window.isEnabled():
            settings().window_events = str(self.window.currentData())

    def _changed(self) -> None:
        self.changed.emit()
