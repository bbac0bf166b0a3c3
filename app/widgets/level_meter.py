"""A microphone's level: bars that fill, a line at the recent peak, and words for those who don't see it."""

from __future__ import annotations

import math

from PySide6.QtCore import QSize
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.palette import Role
from app.theme import theme

_BAR, _GAP = 5, 2
_HOT = 0.92
_FALL = 0.82  # of the shown level per update: falls slower than it rises, so that the eye can follow


class LevelMeter(QWidget):
    """Shows a level of 0 to 1 in bars. The last bars turn to the danger colour when the sound is about to clip."""

    def __init__(self, parent: QWidget | None = None, *, bars: int = 12, height: int = 14) -> None:
        super().__init__(parent)
        self._bars = bars
        self._height = height
        self._level = 0.0
        self._peak = 0.0
        self._off = True
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self.tr("Microphone level"))
        theme().changed.connect(self.update)
        self.set_off()

    @property
    def level(self) -> float:
        """What is shown, 0 to 1."""
        return self._level

    def set_level(self, level: float, peak: float | None = None) -> None:
        """Shows a level; `peak` is the loudest of late."""
        level = min(1.0, max(0.0, level if math.isfinite(level) else 0.0))
        self._off = False
        self._level = max(level, self._level * _FALL)
        self._peak = max(level if peak is None else min(1.0, peak), self._peak * 0.97)
        self.setAccessibleDescription(self.words())
        self.update()

    def set_off(self) -> None:
        """There is no microphone."""
        self._off = True
        self._level = self._peak = 0.0
        self.setAccessibleDescription(self.words())
        self.update()

    def words(self) -> str:
        """The level in words."""
        if self._off:
            return self.tr("off")
        if self._level < 0.03:
            return self.tr("silent")
        return self.tr("too loud") if self._level > _HOT else self.tr("sound is heard")

    def sizeHint(self) -> QSize:
        return QSize(self._bars * (_BAR + _GAP) - _GAP, self._height)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        colors = theme()
        lit = round(self._level * self._bars)
        peak = round(self._peak * self._bars) - 1
        for index in range(self._bars):
            hot = (index + 1) / self._bars > _HOT
            role = Role.DANGER if hot else Role.SUCCESS
            dark = self._off or (index >= lit and index != peak)
            painter.fillRect(index * (_BAR + _GAP), 0, _BAR, self.height(), colors.color(Role.LINE if dark else role))
