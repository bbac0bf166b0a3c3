"""Pins on the picture: where observations were seen. Laid over the picture, lets all but clicks on pins through."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from annotate.models import Observation
from annotate.timeline import SECOND
from app.palette import Role
from app.theme import theme
from app.widgets.severity_picker import paint_severity
from app.widgets.video_view import VideoView

NEAR_NS = 4 * SECOND
"""A pin is there so long before and after its moment."""
_RADIUS = 11.0


class PicturePins(QWidget):
    """Shows pins of observations near the moment, and takes clicks meant for the picture's places.

    Signals:
        chosen(observation id): a click on its pin.
        pointed(x, y): Ctrl+click on the picture, in its pixels.
        menu_wanted(global point, x, y): a right click on the picture.
    """

    chosen = Signal(str)
    pointed = Signal(int, int)
    menu_wanted = Signal(QPoint, int, int)

    def __init__(self, video: VideoView) -> None:
        super().__init__(video)
        self._video = video
        self._all: Sequence[Observation] = ()
        self._shown: list[Observation] = []
        self._selected = ""
        self._t_ns = 0
        self._pressed_here = False
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAccessibleName(self.tr("Places of observations"))
        video.installEventFilter(self)
        self.resize(video.size())
        self.show()

    def set_observations(self, observations: Sequence[Observation]) -> None:
        """All of the session; those without a place are passed over."""
        self._all = [one for one in observations if one.x is not None and one.y is not None]
        self._refresh()

    def set_selected(self, observation_id: str) -> None:
        self._selected = observation_id
        self._refresh()

    def show_time(self, t_ns: int) -> None:
        self._t_ns = t_ns
        self._refresh()

    def shown(self) -> list[str]:
        """The observations whose pins are to be seen."""
        return [one.id for one in self._shown]

    def pin_point(self, observation_id: str) -> QPoint | None:
        """Where in the picture's widget a pin is."""
        one = next((one for one in self._shown if one.id == observation_id), None)
        return self._point(one).toPoint() if one is not None else None

    def _refresh(self) -> None:
        shown = [one for one in self._all if self._is_near(one) or one.id == self._selected]
        if shown != self._shown or self._all:
            self._shown = shown
            self.update()

    def _is_near(self, one: Observation) -> bool:
        end_ns = one.t_end_ns if one.t_end_ns is not None else one.t_start_ns
        return one.t_start_ns - NEAR_NS <= self._t_ns <= end_ns + NEAR_NS

    def _point(self, one: Observation) -> QPointF:
        if not self._video.has_frame() or one.x is None or one.y is None:
            return QPointF(-100, -100)
        return self._video.place_of(one.x, one.y)

    def _place(self, point: QPointF) -> tuple[int, int] | None:
        """The picture's pixel under a point of the widget."""
        pixel = self._video.pixel_at(point)
        return None if pixel is None else (pixel.x(), pixel.y())

    def _pin_at(self, point: QPointF) -> Observation | None:
        for one in reversed(self._shown):
            away = self._point(one) - point
            if away.x() ** 2 + away.y() ** 2 <= (_RADIUS + 2) ** 2:
                return one
        return None

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.Resize:
            self.resize(self._video.size())
        elif isinstance(event, QMouseEvent) and event.button() is Qt.MouseButton.LeftButton:
            return self._on_mouse(event)
        elif isinstance(event, QContextMenuEvent):
            place = self._place(QPointF(event.pos()))
            if place is not None:
                self.menu_wanted.emit(event.globalPos(), *place)
                return True
        return super().eventFilter(watched, event)

    def _on_mouse(self, event: QMouseEvent) -> bool:
        """Whether a click is meant for a pin or a place: then the picture hears nothing of it."""
        pin, place = self._pin_at(event.position()), self._place(event.position())
        points = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier) and place is not None
        if event.type() is QEvent.Type.MouseButtonPress:
            self._pressed_here = pin is not None or points
            return self._pressed_here
        if event.type() is QEvent.Type.MouseButtonRelease and self._pressed_here:
            self._pressed_here = False
            if points and place is not None:
                self.pointed.emit(*place)
            elif pin is not None:
                self.chosen.emit(pin.id)
            return True
        return False

    def paintEvent(self, _event: QPaintEvent) -> None:
        if not self._shown:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setClipRect(self._video.picture_rect())
        look = theme()
        for one in sorted(self._shown, key=lambda one: one.id == self._selected):
            point = self._point(one)
            chosen = one.id == self._selected
            painter.setPen(QPen(look.color(Role.ACCENT if chosen else Role.LINE_STRONG), 3 if chosen else 1.5))
            painter.setBrush(look.color(Role.SURFACE_RAISED))
            painter.drawEllipse(point, _RADIUS, _RADIUS)
            inside = QRectF(0, 0, 16, 16)
            inside.moveCenter(point)
            if one.severity is not None:
                paint_severity(painter, inside, one.severity)
            else:
                look.kind_icon(one.kind).paint(painter, inside.toRect())
