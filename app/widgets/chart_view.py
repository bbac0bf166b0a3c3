"""A chart on the screen: drawn in the theme's colours, with words on hover, by keyboard and for a screen reader."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QByteArray, QEvent, QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from annotate.charts.chart import Chart, Look, Spot
from app.chart_look import screen_look
from app.palette import Role
from app.plain import tooltip
from app.theme import theme
from app.widgets.basics import announce

_MIN_WIDTH = 560
_MAX_WIDTH = 1100


class ChartView(QWidget):
    """Draws a chart anew when its room or the theme changes. The arrow keys go from spot to spot, Enter opens one.

    Signals:
        opened(Spot): a click on a spot that leads somewhere, or Enter.
    """

    opened = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._make: Callable[[Look], Chart] | None = None
        self._chart: Chart | None = None
        self._renderer = QSvgRenderer(self)
        self._spot = -1
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setSizePolicy(policy)
        self.setMinimumWidth(_MIN_WIDTH)
        theme().changed.connect(self._draw)

    @property
    def chart(self) -> Chart | None:
        """What is shown."""
        return self._chart

    @property
    def spot(self) -> Spot | None:
        """The spot the keyboard is at."""
        return self._chart.spots[self._spot] if self._chart is not None and self._spot >= 0 else None

    def show_chart(self, make: Callable[[Look], Chart]) -> None:
        """Shows the chart that `make` draws."""
        self._make = make
        self._spot = -1
        self._draw()

    def sizeHint(self) -> QSize:
        height = self._chart.height if self._chart is not None else 200
        return QSize(760, round(height))

    def paintEvent(self, _event: QPaintEvent) -> None:
        if self._chart is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._renderer.render(painter, QRectF(0, 0, self._chart.width, self._chart.height))
        spot = self.spot
        if spot is not None and self.hasFocus():
            painter.setPen(QPen(theme().color(Role.FOCUS), 2))
            painter.drawRoundedRect(QRectF(spot.x - 2, spot.y - 2, spot.width + 4, spot.height + 4), 4, 4)
        elif self.hasFocus():
            painter.setPen(QPen(theme().color(Role.FOCUS), 2))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 8, 8)

    def resizeEvent(self, event: QResizeEvent) -> None:
        if event.size().width() != event.oldSize().width():
            self._draw()
        super().resizeEvent(event)

    def event(self, event: QEvent) -> bool:
        if event.type() is QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            spot = self._at(event.pos())
            QToolTip.showText(event.globalPos(), tooltip(spot.words) if spot is not None else "", self)
            return True
        return super().event(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        spot = self._at(event.position().toPoint())
        hand = spot is not None and _leads_on(spot)
        self.setCursor(Qt.CursorShape.PointingHandCursor if hand else Qt.CursorShape.ArrowCursor)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        spot = self._at(event.position().toPoint())
        if event.button() is Qt.MouseButton.LeftButton and spot is not None and _leads_on(spot):
            self.opened.emit(spot)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        count = len(self._chart.spots) if self._chart is not None else 0
        steps = {Qt.Key.Key_Right: 1, Qt.Key.Key_Down: 1, Qt.Key.Key_Left: -1, Qt.Key.Key_Up: -1}
        step = steps.get(Qt.Key(event.key()))
        spot = self.spot
        if step is not None and count:
            self._go((self._spot + step) % count if self._spot >= 0 or step > 0 else count - 1)
        elif event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter} and spot is not None and _leads_on(spot):
            self.opened.emit(spot)
        else:
            super().keyPressEvent(event)

    def _go(self, number: int) -> None:
        self._spot = number
        spot = self.spot
        assert spot is not None
        self.update()
        announce(self, spot.words)
        place = self.mapToGlobal(QPoint(round(spot.x), round(spot.y + spot.height + 4)))
        QToolTip.showText(place, tooltip(spot.words), self)

    def _at(self, place: QPoint) -> Spot | None:
        """The spot under a place; where several are, the smallest."""
        spots = self._chart.spots if self._chart is not None else ()
        under = [one for one in spots if QRectF(one.x, one.y, one.width, one.height).contains(place)]
        return min(under, key=lambda one: one.width * one.height, default=None)

    def _draw(self) -> None:
        if self._make is None:
            return
        width = max(_MIN_WIDTH, min(_MAX_WIDTH, self.width()))
        self._chart = self._make(screen_look(width))
        self._renderer.load(QByteArray(self._chart.svg.encode()))
        self.setAccessibleName(self._chart.title)
        self.setAccessibleDescription(self._chart.summary)
        grown = self._chart.width > width  # more participants than fit: the room around it scrolls
        self.setMinimumWidth(round(self._chart.width) if grown else _MIN_WIDTH)
        self.setFixedHeight(round(self._chart.height))
        self.updateGeometry()
        self.update()


def _leads_on(spot: Spot) -> bool:
    return spot.observation is not None or bool(spot.issue_id)
