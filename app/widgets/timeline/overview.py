"""The whole session in one strip, with the part that is shown below in a frame: it scrolls and zooms."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QPen, QPixmap, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.models.observations import ObservationRow
from app.palette import Role
from app.theme import theme
from app.widgets.timeline.axis import TimeAxis
from app.widgets.timeline.data import GapKind, TimelineData, spans_in_pixels

HEIGHT = 34
_GRIP = 6


class _Hold(StrEnum):
    NOTHING = "nothing"
    WINDOW = "window"
    LEFT = "left"
    RIGHT = "right"


class Overview(QWidget):
    """Drag the frame to scroll, its edges to zoom; a click elsewhere goes there.

    Signals:
        seek_requested(t_ns).
    """

    seek_requested = Signal(object)

    def __init__(self, axis: TimeAxis, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._axis = axis
        self._data = TimelineData()
        self._rows: Sequence[ObservationRow] = ()
        self._picture: QPixmap | None = None
        self._hold = _Hold.NOTHING
        self._held_ns = 0
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self.tr("Overview of the whole session"))
        self.setToolTip(self.tr("Drag the frame to scroll, its edges to zoom"))
        axis.changed.connect(self.update)
        axis.playhead_moved.connect(self.update)
        theme().changed.connect(self.forget_picture)

    def sizeHint(self) -> QSize:
        return QSize(400, HEIGHT)

    def set_data(self, data: TimelineData) -> None:
        self._data = data
        self.forget_picture()

    def set_rows(self, rows: Sequence[ObservationRow]) -> None:
        self._rows = rows
        self.forget_picture()

    def forget_picture(self) -> None:
        """What is drawn once and kept is out of date."""
        self._picture = None
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._picture = None
        super().resizeEvent(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        look = theme()
        if self._picture is None:
            self._picture = self._draw_picture()
        painter.drawPixmap(0, 0, self._picture)
        if self._axis.duration_ns <= 0:
            return
        frame = self._frame()
        veil = look.color(Role.SURFACE_SUNKEN, 0.62)
        painter.fillRect(QRectF(0, 0, frame.left(), HEIGHT), veil)
        painter.fillRect(QRectF(frame.right(), 0, self.width() - frame.right(), HEIGHT), veil)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(look.color(Role.ACCENT), 1.5))
        painter.drawRoundedRect(frame.adjusted(0.75, 0.75, -0.75, -0.75), 4, 4)
        painter.setPen(QPen(look.color(Role.ACCENT), 2))
        for x in (frame.left() + 4, frame.right() - 4):
            if frame.width() > 16:
                painter.drawLine(QPointF(x, HEIGHT / 2 - 4), QPointF(x, HEIGHT / 2 + 4))
        x = self._x_of(self._axis.playhead_ns)
        for role, width in ((Role.SURFACE_SUNKEN, 4), (Role.TEXT, 2)):
            painter.setPen(QPen(look.color(role), width))
            painter.drawLine(QPointF(x, 0), QPointF(x, HEIGHT))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() is not Qt.MouseButton.LeftButton or self._axis.duration_ns <= 0:
            return
        x = event.position().x()
        self._hold = self._hold_at(x)
        if self._hold is _Hold.NOTHING:
            self._axis.centre_on(self._t_of(x))
            self.seek_requested.emit(self._t_of(x))
            self._hold = _Hold.WINDOW
        self._held_ns = self._t_of(x) - self._axis.start_ns

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        t_ns = self._t_of(event.position().x())
        match self._hold:
            case _Hold.WINDOW:
                span = self._axis.end_ns - self._axis.start_ns
                self._axis.show(t_ns - self._held_ns, t_ns - self._held_ns + span)
            case _Hold.LEFT:
                self._axis.show(min(t_ns, self._axis.end_ns - 1), self._axis.end_ns)
            case _Hold.RIGHT:
                self._axis.show(self._axis.start_ns, max(t_ns, self._axis.start_ns + 1))
            case _Hold.NOTHING:
                hold = self._hold_at(event.position().x())
                sizes = hold in {_Hold.LEFT, _Hold.RIGHT}
                self.setCursor(Qt.CursorShape.SizeHorCursor if sizes else Qt.CursorShape.ArrowCursor)

    def mouseReleaseEvent(self, _event: QMouseEvent) -> None:
        self._hold = _Hold.NOTHING

    def mouseDoubleClickEvent(self, _event: QMouseEvent) -> None:
        self._axis.fit()

    def wheelEvent(self, event: QWheelEvent) -> None:
        self._axis.wheel(event, self._axis.x_of(self._t_of(event.position().x())))
        event.accept()

    def _frame(self) -> QRectF:
        left, right = self._x_of(self._axis.start_ns), self._x_of(self._axis.end_ns)
        width = max(10.0, right - left)
        return QRectF(min(left, self.width() - width), 0, width, HEIGHT)

    def _hold_at(self, x: float) -> _Hold:
        frame = self._frame()
        if abs(x - frame.left()) <= _GRIP:
            return _Hold.LEFT
        if abs(x - frame.right()) <= _GRIP:
            return _Hold.RIGHT
        return _Hold.WINDOW if frame.left() < x < frame.right() else _Hold.NOTHING

    def _x_of(self, t_ns: int) -> float:
        return t_ns * self.width() / max(1, self._axis.duration_ns)

    def _t_of(self, x: float) -> int:
        share = min(1.0, max(0.0, x / max(1, self.width())))
        return int(share * self._axis.duration_ns)

    def _draw_picture(self) -> QPixmap:
        ratio = self.devicePixelRatioF()
        picture = QPixmap(QSize(max(1, round(self.width() * ratio)), max(1, round(self.height() * ratio))))
        picture.setDevicePixelRatio(ratio)
        look = theme()
        picture.fill(look.color(Role.SURFACE_RAISED))
        painter = QPainter(picture)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(look.color(Role.ACCENT, 0.16))
        for run in self._data.runs:
            left = self._x_of(run.t_start_ns)
            end = run.t_end_ns if run.t_end_ns is not None else self._data.duration_ns
            painter.drawRoundedRect(QRectF(left, 3, max(1.0, self._x_of(end) - left - 1), 10), 2, 2)
        scale = self.width() / max(1, self._axis.duration_ns)
        for number, speech in enumerate(self._data.speech[:2]):
            colour = look.speaker_color(speech.colour)
            colour.setAlphaF(0.6)
            painter.setBrush(colour)
            for left, right in spans_in_pixels(speech.start * scale, speech.end * scale):
                painter.drawRect(QRectF(left, 15 + 4 * number, max(1.0, right - left), 3))
        for row in self._rows:
            o = row.observation
            painter.setBrush(look.kind_color(o.kind) if o.severity is None else look.severity_color(o.severity))
            tall = 4 if o.severity is None else 4 + int(o.severity)
            x = self._x_of(o.t_start_ns)
            painter.drawRect(QRectF(x - 1, HEIGHT - 2 - tall, 2, tall))
        for gap in self._data.gaps:
            if gap.kind is GapKind.TRIMMED:
                left, right = self._x_of(gap.t_start_ns), self._x_of(gap.t_end_ns)
                painter.fillRect(QRectF(left, 0, right - left, HEIGHT), look.color(Role.SURFACE, 0.62))
        painter.end()
        return picture
