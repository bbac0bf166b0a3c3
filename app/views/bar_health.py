"""What the recording bar shows of the recorder's status: levels, pictures per second, disk, battery, every stream."""

from __future__ import annotations

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from app.palette import Role
from app.theme import SPACE, Text
from app.views.bar_words import battery_words, disk_words, late_words, stream_lines
from app.widgets.basics import icon_label, label, numbers, row, set_tone
from app.widgets.level_meter import LevelMeter
from capture.protocol import Status


class BarHealth(QObject):
    """A meter for each sound that is recorded, and a line of figures; on demand a line for every stream.

    Attributes:
        always: the parts of each recording.
        of_system: the parts of one that hears what the computer plays.
        every_stream: two columns with a line for each stream; hidden until asked for.
    """

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.meter = LevelMeter(bars=10)
        self.system_meter = LevelMeter(bars=6)
        self.system_meter.setAccessibleName(self.tr("Level of the computer's sound"))
        self.figures = numbers("", Text.BODY, tone="muted")
        self.always: tuple[QWidget, ...] = (icon_label("ph.microphone", Role.TEXT_MUTED), self.meter, self.figures)
        self.of_system: tuple[QWidget, ...] = (icon_label("ph.speaker-high", Role.TEXT_MUTED), self.system_meter)

        self._columns = [label("", Text.CAPTION, tone="muted") for _ in range(2)]
        self.every_stream = QWidget()
        self.every_stream.setAccessibleName(self.tr("Every stream"))
        self.every_stream.setLayout(row(*self._columns, None, spacing=SPACE[5]))
        self.every_stream.hide()

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
        lines = stream_lines(status)
        self.figures.setToolTip("\n".join(lines))
        half = (len(lines) + 1) // 2
        for part, some in zip(self._columns, (lines[:half], lines[half:]), strict=True):
            part.setText("\n".join(some))
        set_tone(self.figures, "warning" if low or empty or late or status.dropped else "muted")
