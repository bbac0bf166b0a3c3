"""Single values as dots on a line, with the middle and its interval: what a mean alone would hide."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen, QPolygonF

from annotate.figures.intervals import Interval, Mean, Times
from annotate.models import Outcome
from app.palette import Role
from app.theme import theme


@dataclass(frozen=True, slots=True)
class Strip:
    """Values between `low` and `high`; `by_ratio` puts them on a scale of logarithms."""

    values: tuple[float, ...]
    low: float
    high: float
    centre: float | None
    interval: Interval | None
    by_ratio: bool = False

    @classmethod
    def of_mean(cls, mean: Mean, low: float, high: float) -> Strip:
        return cls(mean.values, low, high, mean.mean, mean.interval)

    @classmethod
    def of_times(cls, times: Times, low: float, high: float) -> Strip:
        return cls(times.seconds, low, high, times.centre, times.interval, by_ratio=True)


def paint_strip(painter: QPainter, rect: QRectF, strip: Strip) -> None:
    """Dots upon the line, those of equal value side by side above each other; the interval as a bar under them."""
    if not strip.values:
        return
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    room = rect.adjusted(4, 0, -4, 0)

    def across(value: float) -> float:
        low, high, at = strip.low, strip.high, min(max(value, strip.low), strip.high)
        if strip.by_ratio:
            low, high, at = math.log(low), math.log(high), math.log(at)
        return room.left() + room.width() * ((at - low) / (high - low) if high > low else 0.5)

    base = room.center().y() + 4  # dots of equal value stand upon each other
    painter.setPen(QPen(theme().color(Role.LINE), 1))
    painter.drawLine(QPointF(room.left(), base), QPointF(room.right(), base))
    if strip.interval is not None:
        painter.setPen(QPen(theme().color(Role.ACCENT, 0.35), 5, c=Qt.PenCapStyle.FlatCap))
        painter.drawLine(QPointF(across(strip.interval.low), base), QPointF(across(strip.interval.high), base))
    radius = 2.6
    painter.setPen(QPen(theme().color(Role.SURFACE_RAISED), 0.8))
    painter.setBrush(theme().color(Role.TEXT_MUTED))
    last: dict[int, int] = {}
    for value in sorted(strip.values):
        x = across(value)
        level = last.get(round(x / (2 * radius)), 0)
        last[round(x / (2 * radius))] = level + 1
        painter.drawEllipse(QPointF(x, base - min(level, 2) * (2 * radius - 0.6)), radius, radius)
    if strip.centre is not None and len(strip.values) > 1:
        x, reach = across(strip.centre), 4.5
        painter.setBrush(theme().color(Role.TEXT))
        painter.setPen(QPen(theme().color(Role.SURFACE_RAISED), 1))
        corners = (
            QPointF(x - reach, base),
            QPointF(x, base - reach),
            QPointF(x + reach, base),
            QPointF(x, base + reach),
        )
        painter.drawPolygon(QPolygonF(list(corners)))
    painter.restore()


def paint_outcomes(painter: QPainter, rect: QRectF, outcomes: Sequence[Outcome]) -> None:
    """One sign a run, as in the chart: a disc for done, a half one for done with help, a cross for not done."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    step = min(9.5, rect.width() / max(1, len(outcomes)))
    radius = min(3.4, step * 0.4)
    for number, outcome in enumerate(outcomes):
        middle = QPointF(rect.left() + (number + 0.5) * step, rect.center().y() + 1)
        box = QRectF(middle.x() - radius, middle.y() - radius, 2 * radius, 2 * radius)
        if outcome is Outcome.SUCCESS:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme().color(Role.ACCENT))
            painter.drawEllipse(box)
        elif outcome is Outcome.WITH_HELP:
            painter.setPen(QPen(theme().color(Role.WARNING), 1.2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawEllipse(box)
            painter.setBrush(theme().color(Role.WARNING))
            painter.drawPie(box, 90 * 16, 180 * 16)
        else:
            painter.setPen(QPen(theme().color(Role.DANGER), 1.6))
            inner = box.adjusted(0.5, 0.5, -0.5, -0.5)
            painter.drawLine(inner.topLeft(), inner.bottomRight())
            painter.drawLine(inner.bottomLeft(), inner.topRight())
    painter.restore()
