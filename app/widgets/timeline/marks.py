"""Observations on the timeline: a badge for a moment, a bar with a badge for a range."""

from __future__ import annotations

from enum import StrEnum

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from annotate.models import Observation
from annotate.timeline import format_time
from app.models.observations import ObservationRow
from app.palette import Role
from app.theme import SPACE, Text, theme
from app.widgets.severity_picker import paint_severity
from app.wording import kind_words, severity_words

LANE = 22.0
"""Height of a lane of observations."""
BADGE = 16.0
EDGE_GRIP = 6.0
"""How near an edge the pointer must be to take hold of it."""


class Grip(StrEnum):
    """What of an observation the pointer holds."""

    BODY = "body"
    START = "start"
    END = "end"


class MarkItem(QGraphicsItem):
    """One observation. The view places it; while an edge is dragged it shows the times it would get."""

    def __init__(self, row: ObservationRow) -> None:
        super().__init__()
        self.row = row
        self.lane = 0
        self._width = 0.0
        self.selected = False
        self.preview: tuple[int, int | None] | None = None
        self.setZValue(10)

    @property
    def observation(self) -> Observation:
        return self.row.observation

    @property
    def times(self) -> tuple[int, int | None]:
        """Start and end as shown: those being dragged, else the observation's own."""
        if self.preview is not None:
            return self.preview
        return self.observation.t_start_ns, self.observation.t_end_ns

    def set_row(self, row: ObservationRow) -> None:
        if row != self.row:
            self.row = row
            self.update()

    def set_selected(self, selected: bool) -> None:
        if selected != self.selected:
            self.selected = selected
            self.setZValue(20 if selected else 10)
            self.update()

    def place(self, x: float, y: float, width: float) -> None:
        """Puts the start at `x`; `width` is the range's length in pixels, 0 for a moment."""
        if width != self._width:
            self.prepareGeometryChange()
            self._width = width
        self.setPos(x, y)

    def boundingRect(self) -> QRectF:
        half = BADGE / 2 + 3
        return QRectF(-half, 0, max(self._width, BADGE / 2) + 2 * half, LANE)

    def grip_at(self, x: float) -> Grip:
        """What a press at `x` (in the item's own pixels) takes hold of."""
        if self.times[1] is None:
            return Grip.START
        if abs(x - self._width) <= EDGE_GRIP and self._width > EDGE_GRIP:
            return Grip.END
        return Grip.START if -EDGE_GRIP <= x <= min(EDGE_GRIP, self._width / 3) else Grip.BODY

    def words(self) -> str:
        """Time, kind, severity and text, for a tooltip."""
        o = self.observation
        start, end = self.times
        when = format_time(start, tenths=True)
        if end is not None:
            when += f" – {format_time(end, tenths=True)}"
        head = f"{when} · {kind_words(o.kind)}"
        if o.severity is not None:
            head += f" · {int(o.severity)} {severity_words(o.severity)}"
        return f"{head}\n{o.body}" if o.body else head

    def paint(self, painter: QPainter, _option: QStyleOptionGraphicsItem, _widget: QWidget | None = None) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colour = self._colour()
        badge = QRectF(-BADGE / 2, (LANE - BADGE) / 2, BADGE, BADGE)
        if self._width > BADGE + 6:
            self._paint_range(painter, colour)
            badge.moveLeft(3)
        elif self._width > 0:
            # Too short to hold the badge: its length is a bar below.
            badge.translate(0, -2)
            painter.fillRect(QRectF(0, LANE - 4, max(3.0, self._width), 3), colour)
        self._paint_badge(painter, badge, colour)

    def _paint_range(self, painter: QPainter, colour: QColor) -> None:
        look = theme()
        bar = QRectF(0, 2, max(3.0, self._width), LANE - 4)
        ground = QColor(colour)
        ground.setAlphaF(0.22)
        painter.setPen(QPen(look.color(Role.FOCUS), 2) if self.selected else QPen(colour, 1))
        painter.setBrush(ground)
        painter.drawRoundedRect(bar.adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)
        if self.selected and self._width > 4 * EDGE_GRIP:
            painter.setPen(QPen(look.color(Role.FOCUS), 2))
            for x in (3.5, self._width - 3.5):
                painter.drawLine(QPointF(x, 8), QPointF(x, LANE - 8))
        room = bar.adjusted(BADGE + SPACE[1], 0, -SPACE[1], 0)
        if room.width() > 40 and self.observation.body:
            painter.setFont(look.font(Text.CAPTION))
            painter.setPen(look.color(Role.TEXT))
            text = painter.fontMetrics().elidedText(
                " ".join(self.observation.body.split()), Qt.TextElideMode.ElideRight, int(room.width())
            )
            painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, text)

    def _paint_badge(self, painter: QPainter, badge: QRectF, colour: QColor) -> None:
        look = theme()
        if self.selected and self._width <= BADGE + 6:
            painter.setPen(QPen(look.color(Role.FOCUS), 2))
            painter.setBrush(look.color(Role.SELECTION))
            painter.drawEllipse(badge.adjusted(-2, -2, 2, 2))
        if self.observation.severity is not None:
            paint_severity(painter, badge, self.observation.severity)
            return
        painter.setPen(QPen(colour, 1))
        painter.setBrush(look.color(Role.SURFACE_RAISED))
        painter.drawEllipse(badge.adjusted(0.5, 0.5, -0.5, -0.5))
        look.kind_icon(self.observation.kind, 10).paint(painter, badge.adjusted(3, 3, -3, -3).toRect())

    def _colour(self) -> QColor:
        o = self.observation
        return theme().kind_color(o.kind) if o.severity is None else theme().severity_color(o.severity)
