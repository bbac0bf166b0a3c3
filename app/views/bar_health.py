"""What the recording bar shows of the recorder's status: levels, pictures per second, disk, battery."""

from __future__ import annotations

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from app.palette import Role
from app.theme import Text
from app.views.bar_words import battery_words, disk_words, late_words, stream_lines
from app.widgets.basics import icon_label, numbers, set_tone
from app.widgets.level_meter import LevelMeter
from capture.protocol import Status


class BarHealth(QObject):
    """A meter for each sound that is recorded, and a line of figures; all streams' facts are in its tooltip.

    Attributes:
        always: the parts of each recording.
        of_system: the parts of one that hears what the computer plays.
    """

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.meter = LevelMeter(bars=10)
        self.system_meter = LevelMeter(bars=6)
        self.system_meter.setAccessibleName(self.tr("Level of the computer's sound"))
        self.figures = numbers("", Text.BODY, tone="muted")
        self.always: tuple[QWidget, ...] = (icon_label("ph.microphone", Role.TEXT_MUTED), self.meter, self.figures)
        self.of_system: tuple[QWidget, ...] = (icon_label("ph.speaker-high", Role.TEXT_MUTED), self.system_meter)

    def clear(self) -> None:
        """Nothing is known yet."""
        self.figures.setText("")
        self.meter.set_off()

    def show_status(self, status: Status, *, is_private: bool) -> None:
        """Shows how it goes."""
        mic = status.of("mic")
        if mic is None or mic.level is None:
            self.meter.set_off()
        else:
            self.meter.set_level(mic.level, mic.peak)
        system = status.of("system")
        for part in self.of_system:
            part.setVisible(system is not None and not is_private)
        if system is not None and system.level is not None:
            self.system_meter.set_level(system.level, system.peak)
        words = self.tr("%1 fps · %2 lost").replace("%1", f"{status.fps:.0f}").replace("%2", str(status.dropped))
        (disk, low), (battery, empty), late = disk_words(status), battery_words(status), late_words(status)
        self.figures.setText(" · ".join(part for part in (late or words, disk, battery) if part))
        self.figures.setToolTip("\n".join(stream_lines(status)))
        set_tone(self.figures, "warning" if low or empty or late or status.dropped else "muted")
