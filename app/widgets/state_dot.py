"""How a recording stands, as a shape; and the slate of a private pause."""

from __future__ import annotations

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from app.controllers.recording import RecordingState
from app.palette import Role
from app.theme import theme


class StateDot(QWidget):
    """A red round for recording, two bars for private, a turning arrow for finishing: shapes, not colours alone."""

    def __init__(self) -> None:
        super().__init__()
        self.setFixedSize(18, 18)
        self._state = RecordingState.RECORDING
        self.setAccessibleName(self.tr("State"))
        theme().changed.connect(self.update)

    def show_state(self, state: RecordingState) -> None:
        """Shows a state, and says it."""
        self._state = state
        words = {
            RecordingState.RECORDING: self.tr("recording"),
            RecordingState.PAUSED: self.tr("private"),
            RecordingState.STOPPING: self.tr("finishing"),
        }
        self.setAccessibleDescription(words.get(state, ""))
        self.setToolTip(words.get(state, ""))
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        if self._state is RecordingState.RECORDING:
            painter.setBrush(theme().color(Role.DANGER))
            painter.drawEllipse(2, 2, 14, 14)
        elif self._state is RecordingState.PAUSED:
            painter.setBrush(theme().color(Role.TEXT))
            painter.drawRect(3, 2, 4, 14)
            painter.drawRect(11, 2, 4, 14)
        else:
            theme().icon("ph.hourglass", Role.TEXT_MUTED).paint(painter, self.rect())


def paint_stripes(painter: QPainter, rect: QRect) -> None:
    """Paints the striped slate that means: private."""
    ground, stripe = theme().color(Role.SURFACE_SUNKEN), theme().color(Role.LINE)
    painter.fillRect(rect, ground)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(stripe, 10))
    height = rect.height()
    for x in range(-height, rect.width() + height, 28):
        painter.drawLine(x, height, x + height, 0)
    painter.restore()
