"""What of the screen a session records: a display, all of them, a part, or a window; with a picture of it."""

from __future__ import annotations

from PySide6.QtCore import QObject
from PySide6.QtGui import QGuiApplication, QPixmap
from PySide6.QtWidgets import QComboBox, QWidget

from app.controllers.setup import Picked, SetupController
from app.widgets.basics import Picture
from app.widgets.region_picker import RegionPicker
from app.wording import sentence
from capture.config import Region
from capture.devices import Capabilities, Window

_REGION, _ALL = "region", "all"


class ScreenChoice(QObject):
    """One choice, and what would be recorded as it looks now."""

    def __init__(self, setup: SetupController, parent: QWidget) -> None:
        super().__init__(parent)
        self._dialog = parent
        self._setup = setup
        self._found: Capabilities | None = None
        self._region: Region | None = None
        self._picker: RegionPicker | None = None
        self.box = QComboBox()
        self.box.setEnabled(False)
        self.box.addItem(self.tr("Looking…"))
        self.preview = Picture(self.tr("Looking at the screen…"))
        self.preview.setAccessibleName(self.tr("What will be recorded"))
        self.box.activated.connect(self._chosen)
        setup.preview.connect(self._show_preview)
        setup.preview_failed.connect(lambda error: self.preview.show_words(sentence(error)))

    def show_devices(self, found: Capabilities) -> None:
        """Offers what was found; begins to look at it."""
        self._found = found
        box = self.box
        box.clear()
        for display in found.displays:
            words = self.tr("Display %1: %2 × %3").replace("%1", str(display.index + 1))
            words = words.replace("%2", str(display.width)).replace("%3", str(display.height))
            box.addItem(words, display.index)
        if len(found.displays) > 1:
            box.addItem(self.tr("All displays as one picture"), _ALL)
        if found.displays:
            box.addItem(self.tr("A part of the screen…"), _REGION)
            for window in found.windows:
                if window.id != f"{int(self._dialog.window().winId()):#x}":
                    title = window.title or window.app
                    box.addItem(self.tr("Window: %1").replace("%1", title), window)
        elif found.is_screen_asked_for:
            box.addItem(self.tr("The desktop asks at the start"), 0)
        else:
            box.addItem(self.tr("No display found"))
        box.setEnabled(bool(found.displays))
        primary = next((at for at, display in enumerate(found.displays) if display.primary), 0)
        box.setCurrentIndex(primary)
        self.look()

    def look(self) -> None:
        """Shows what is chosen from now on."""
        if self._found is not None and self._found.displays:
            self._setup.watch_screen(self._picked())
        else:
            self._setup.watch_screen(None)
            is_asked_for = self._found is not None and self._found.is_screen_asked_for
            self.preview.show_words(
                self.tr("When the recording starts, your desktop asks which screen or window may be recorded.")
                if is_asked_for
                else self.tr("No display was found that could be recorded.")
            )

    @property
    def display(self) -> int | None:
        """The chosen display; None where something else is chosen."""
        return None if self.is_whole or self.window is not None else self._picked().display

    @property
    def is_whole(self) -> bool:
        """Whether all displays are recorded as one picture."""
        return bool(self.box.currentData() == _ALL)

    @property
    def region(self) -> Region | None:
        """The chosen part of the screen."""
        return None if self.is_whole or self.window is not None else self._picked().region

    @property
    def window(self) -> str | None:
        """The chosen window, by its id."""
        chosen = self.box.currentData()
        return chosen.id if isinstance(chosen, Window) else None

    # -- inside ---------------------------------------------------------------------------------------------------

    def _picked(self) -> Picked:
        chosen = self.box.currentData()
        if chosen == _REGION and self._region is not None:
            return Picked(None, self._region)
        if isinstance(chosen, Window):
            return Picked(None, Region(chosen.x, chosen.y, chosen.width, chosen.height))
        if chosen == _ALL and self._found is not None:
            displays = self._found.displays
            right, bottom = max(d.x + d.width for d in displays), max(d.y + d.height for d in displays)
            return Picked(None, Region(0, 0, right, bottom))
        return Picked(chosen if isinstance(chosen, int) else 0)

    def _chosen(self) -> None:
        if self.box.currentData() == _REGION:
            self._pick_region()
        else:
            self.look()

    def _pick_region(self) -> None:
        screen = QGuiApplication.screenAt(self._dialog.geometry().center()) or self._dialog.screen()
        self._picker = RegionPicker(screen)
        self._picker.picked.connect(self._region_picked)
        self._picker.destroyed.connect(self._picker_closed)
        self._picker.showFullScreen()
        self._picker.activateWindow()

    def _region_picked(self, region: Region) -> None:
        self._region = region
        at = self.box.findData(_REGION)
        words = self.tr("Part: %1 × %2…").replace("%1", str(region.width)).replace("%2", str(region.height))
        self.box.setItemText(at, words)

    def _picker_closed(self) -> None:
        self._picker = None
        if self._region is None and self.box.currentData() == _REGION:
            self.box.setCurrentIndex(0)
        self._setup.watch_screen(self._picked())

    def _show_preview(self, jpeg: bytes) -> None:
        pixmap = QPixmap()
        if pixmap.loadFromData(jpeg):
            self.preview.show_picture(pixmap)
