"""The pointer's trail and rings around clicks, drawn over the picture from the recorded events.

In the light theme's colours on an edge of white whatever the theme: they lie on the picture, not on the app.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from annotate.timeline import MS
from app.controllers.session_tracks import PointerPath
from app.palette import LIGHT, Role
from app.theme import Text, theme
from capture.columns import BUTTONS

TRAIL_NS = 1_200 * MS
"""How much of the way is shown behind the pointer."""
RING_NS = 800 * MS
"""How long the ring of a click grows."""
_PARTS = 8
_SMALLEST, _LARGEST = 7.0, 26.0
_LETTERS = {1: "M", 2: "R", 3: "+"}


class PointerOverlay:
    """Draws what belongs to a moment: the same moment always looks the same, playing or not. Main thread only."""

    def __init__(self) -> None:
        self._path = PointerPath()
        self.shows_trail = True
        self.shows_clicks = True

    def set_path(self, path: PointerPath) -> None:
        """The session's pointer, in the picture's pixels."""
        self._path = path

    def __bool__(self) -> bool:
        """Whether there is anything to draw at all."""
        return bool(self._path) and (self.shows_trail or self.shows_clicks)

    def trail_at(self, t_ns: int) -> list[tuple[int, int]]:
        """Where the pointer was, up to `t_ns`, oldest first; the last is where it is."""
        path = self._path
        last = int(np.searchsorted(path.move_ns, t_ns, side="right"))
        first = int(np.searchsorted(path.move_ns, t_ns - TRAIL_NS))
        if first == last:  # it stands still: where it came to rest
            first = max(0, last - 1)
        return [(int(x), int(y)) for x, y in path.move_xy[first:last]]

    def clicks_at(self, t_ns: int) -> list[tuple[int, int, int, float]]:
        """The clicks whose rings are seen at `t_ns`: x, y, number of the button, and the share of its time gone."""
        path = self._path
        first = int(np.searchsorted(path.click_ns, t_ns - RING_NS, side="right"))
        last = int(np.searchsorted(path.click_ns, t_ns, side="right"))
        return [
            (
                int(path.click_xy[n, 0]),
                int(path.click_xy[n, 1]),
                int(path.click_button[n]),
                (t_ns - int(path.click_ns[n])) / RING_NS,
            )
            for n in range(first, last)
        ]

    def draw(self, painter: QPainter, t_ns: int, place: Callable[[float, float], QPointF]) -> None:
        """Paints over the picture; `place` says where a pixel of the picture is in the widget."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.shows_trail:
            self._draw_trail(painter, [place(x, y) for x, y in self.trail_at(t_ns)])
        if self.shows_clicks:
            for x, y, button, gone in self.clicks_at(t_ns):
                self._draw_click(painter, place(x, y), button, gone)

    def _draw_trail(self, painter: QPainter, points: list[QPointF]) -> None:
        if not points:
            return
        accent = QColor(LIGHT[Role.ACCENT])
        # In a few parts that fade, each on an edge of white, so that it is seen on any picture.
        step = max(1, len(points) // _PARTS)
        for start in range(0, len(points) - 1, step):
            part = points[start : start + step + 1]
            share = min(1.0, (start + step) / len(points))
            for colour, width in ((QColor("white"), 5.0), (QColor(accent), 2.5)):
                colour.setAlphaF(0.15 + 0.65 * share)
                painter.setPen(QPen(colour, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
                painter.drawPolyline(part)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for colour, width in ((QColor("white"), 4.0), (QColor(accent), 2.0)):
            painter.setPen(QPen(colour, width))
            painter.drawEllipse(points[-1], 11, 11)

    def _draw_click(self, painter: QPainter, at: QPointF, button: int, gone: float) -> None:
        radius = _SMALLEST + (_LARGEST - _SMALLEST) * gone
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for colour, width in ((QColor("white"), 6.0), (QColor(LIGHT[Role.DANGER]), 3.0)):
            colour.setAlphaF(1.0 - 0.7 * gone)
            painter.setPen(QPen(colour, width))
            painter.drawEllipse(at, radius, radius)
        painter.setPen(QPen(QColor("white"), 1.5))
        painter.setBrush(QColor(LIGHT[Role.DANGER]))
        painter.drawEllipse(at, 4, 4)
        if button != BUTTONS.index("left"):  # which button it was, in a letter beside it
            label = QRectF(at.x() + 8, at.y() - 22, 16, 16)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.drawRoundedRect(label, 4, 4)
            painter.setFont(theme().font(Text.CAPTION, strong=True))
            painter.setPen(QColor(LIGHT[Role.DANGER_TEXT]))
            painter.drawText(label, Qt.AlignmentFlag.AlignCenter, _LETTERS.get(button, "+"))
