"""The tracks and the observations on them: a graphics scene whose pixels are the axis's pixels."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPen, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QGraphicsLineItem,
    QGraphicsScene,
    QGraphicsView,
    QToolTip,
    QWidget,
)

from annotate.timeline import TimeRange, stack_lanes
from app.models.observations import ObservationRow
from app.palette import Role
from app.theme import theme
from app.widgets.timeline.axis import TimeAxis
from app.widgets.timeline.data import TimelineData
from app.widgets.timeline.marks import BADGE, LANE, Grip, MarkItem
from app.widgets.timeline.tracks import ActivityTrack, GapsItem, SpeechTrack, TaskTrack, TrackItem

MAX_LANES = 12
_TOP = 2.0


class TracksView(QGraphicsView):
    """Tracks, observations, playhead. Positions follow the axis; the view itself never scrolls sideways.

    Signals:
        seek_requested(t_ns), selected(observation id or ""), opened(observation id: double click),
        times_changed(observation id, t_start_ns, t_end_ns | None): an edge was dragged.
    """

    seek_requested = Signal(object)
    selected = Signal(str)
    opened = Signal(str)
    times_changed = Signal(str, object, object)

    def __init__(self, axis: TimeAxis, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._axis = axis
        self._marks: dict[str, MarkItem] = {}
        self._selected_id = ""
        self._held: MarkItem | None = None
        self._grip = Grip.BODY
        self._pressed_at = QPoint()
        self._dragging = False
        self._scrubbing = False
        self._pan_from: float | None = None
        self._scene = QGraphicsScene(self)
        self._scene.setItemIndexMethod(QGraphicsScene.ItemIndexMethod.NoIndex)
        self.setScene(self._scene)
        self.tasks, self.speech, self.activity = TaskTrack(axis), SpeechTrack(axis), ActivityTrack(axis)
        self.gaps = GapsItem(axis)
        self.gaps.setZValue(5)
        self._tracks: tuple[TrackItem, ...] = (self.tasks, self.speech, self.activity)
        for item in (*self._tracks, self.gaps):
            self._scene.addItem(item)
        # The line lies on an edge in the colour of the ground, so that it stands out from whatever it crosses.
        self._playhead_edge, self._playhead = QGraphicsLineItem(), QGraphicsLineItem()
        for number, line in enumerate((self._playhead_edge, self._playhead)):
            line.setZValue(100 + number)
            self._scene.addItem(line)
        self.marks_top = self._stack_tracks()
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setViewportUpdateMode(QGraphicsView.ViewportUpdateMode.MinimalViewportUpdate)
        self.setOptimizationFlag(QGraphicsView.OptimizationFlag.DontSavePainterState)
        self.setMouseTracking(True)
        self.setMinimumHeight(120)
        self.setAccessibleName(self.tr("Timeline"))
        self.setAccessibleDescription(self.tr("The table of observations beside it says the same in words."))
        axis.changed.connect(self._on_axis)
        axis.playhead_moved.connect(self._on_playhead)
        axis.range_changed.connect(self._viewport_update)
        theme().changed.connect(self._on_playhead)
        theme().changed.connect(self._viewport_update)

    # -- contents ----------------------------------------------------------------------------------------------

    def set_data(self, data: TimelineData) -> None:
        for item in (*self._tracks, self.gaps):
            item.set_data(data)

    def set_rows(self, rows: Sequence[ObservationRow]) -> None:
        """Shows these observations; items of those that stay are kept."""
        wanted = {row.id: row for row in rows}
        for gone in self._marks.keys() - wanted.keys():
            item = self._marks.pop(gone)
            if item is self._held:
                self._let_go()
            self._scene.removeItem(item)
        for key, row in wanted.items():
            known = self._marks.get(key)
            if known is None:
                known = self._marks[key] = MarkItem(row)
                self._scene.addItem(known)
            known.set_row(row)
            known.set_selected(key == self._selected_id)
        self._place_marks()

    def set_selected(self, observation_id: str) -> None:
        """Shows which one is selected, without telling anybody."""
        self._selected_id = observation_id
        for key, item in self._marks.items():
            item.set_selected(key == observation_id)
        chosen = self._marks.get(observation_id)
        if chosen is not None:
            self.ensureVisible(QRectF(self.mapToScene(0, 0).x(), chosen.y(), 1, LANE), 0, 2)

    def mark_item(self, observation_id: str) -> MarkItem | None:
        return self._marks.get(observation_id)

    def tracks(self) -> list[tuple[TrackItem, float]]:
        """Each track with its top, for the column of names."""
        return [(item, item.y()) for item in self._tracks]

    # -- placing -----------------------------------------------------------------------------------------------

    def _stack_tracks(self) -> float:
        top = _TOP
        for item in self._tracks:
            item.setPos(0, top)
            top += item.height
        return top + 2

    def _on_axis(self) -> None:
        for item in (*self._tracks, self.gaps):
            item.resize()
        self._place_marks()
        self._on_playhead()
        self._viewport_update()

    def _place_marks(self) -> None:
        items = sorted(self._marks.values(), key=lambda item: item.observation.t_start_ns)
        badge_ns = self._axis.ns_of_pixels(BADGE + 2)
        lanes = stack_lanes([TimeRange(item.times[0], _shown_end(item, badge_ns)) for item in items])
        for item, lane in zip(items, lanes, strict=True):
            item.lane = min(lane, MAX_LANES - 1)
            self._place(item)
        deepest = max((item.lane for item in items), default=0) + 1
        height = max(self.marks_top + deepest * LANE + 4, float(self.viewport().height()))
        self.gaps.set_height(height)
        self._scene.setSceneRect(0, 0, self._axis.width, height)
        self._on_playhead()

    def _place(self, item: MarkItem) -> None:
        start, end = item.times
        x = self._axis.x_of(start)
        width = 0.0 if end is None else max(3.0, self._axis.x_of(end) - x)
        seen = x + max(width, BADGE) > -BADGE and x < self._axis.width + BADGE
        item.setVisible(seen)
        if seen:
            item.place(x, self.marks_top + item.lane * LANE, width)

    def _on_playhead(self) -> None:
        x = self._axis.x_of(self._axis.playhead_ns)
        for line, role, width in ((self._playhead_edge, Role.SURFACE_SUNKEN, 4), (self._playhead, Role.TEXT, 2)):
            line.setPen(QPen(theme().color(role), width))
            line.setLine(x, 0, x, self._scene.sceneRect().height())

    def _viewport_update(self) -> None:
        self.viewport().update()

    def drawBackground(self, painter: QPainter, rect: QRectF | QRect) -> None:
        look, rect = theme(), QRectF(rect)
        painter.fillRect(rect, look.color(Role.SURFACE_SUNKEN))
        painter.setPen(QPen(look.color(Role.LINE), 1))
        for item in self._tracks:
            y = item.y() + item.height + 0.5
            painter.drawLine(QPointF(rect.left(), y), QPointF(rect.right(), y))
        start, end = self._axis.in_ns, self._axis.out_ns
        if start is not None or end is not None:
            left = self._axis.x_of(start if start is not None else 0)
            right = self._axis.x_of(end if end is not None else self._axis.duration_ns)
            painter.fillRect(QRectF(left, rect.top(), right - left, rect.height()), look.color(Role.ACCENT, 0.12))

    # -- pointer and keys --------------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._axis.set_width(self.viewport().width())
        self._place_marks()

    def wheelEvent(self, event: QWheelEvent) -> None:
        bar = self.verticalScrollBar()
        sideways = event.angleDelta().x() or event.modifiers() & (
            Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
        )
        if not sideways and bar.maximum() > 0:
            super().wheelEvent(event)
            return
        self._axis.wheel(event, event.position().x())
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._pressed_at = event.position().toPoint()
        if event.button() is Qt.MouseButton.MiddleButton:
            self._pan_from = event.position().x()
            return
        if event.button() is not Qt.MouseButton.LeftButton:
            return
        item = self._mark_at(self._pressed_at)
        if item is None:
            self._scrubbing = True
            self.seek_requested.emit(self._axis.t_of(event.position().x()))
            return
        self._held = item
        self._grip = item.grip_at(item.mapFromScene(self.mapToScene(self._pressed_at)).x())
        self._select(item.observation.id)
        if self._grip is not Grip.END:
            self.seek_requested.emit(item.observation.t_start_ns)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        x = event.position().x()
        if self._pan_from is not None:
            self._axis.pan_pixels(self._pan_from - x)
            self._pan_from = x
        elif self._scrubbing:
            self.seek_requested.emit(self._axis.t_of(x))
        elif self._held is not None:
            self._drag(event)
        else:
            self._show_cursor(event.position().toPoint())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._pan_from = None
        self._scrubbing = False
        held = self._held
        if held is None or not self._dragging or event.button() is not Qt.MouseButton.LeftButton:
            self._let_go()
            return
        times = held.times
        observation = held.observation
        self._let_go()
        if times != (observation.t_start_ns, observation.t_end_ns):
            self.times_changed.emit(observation.id, times[0], times[1])

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        item = self._mark_at(event.position().toPoint())
        if item is not None:
            self.opened.emit(item.observation.id)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self._held is not None:
            self._let_go()
            return
        event.ignore()  # all other keys are commands of the page

    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() is QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            words = self.words_at(event.pos())
            QToolTip.showText(event.globalPos(), words, self) if words else QToolTip.hideText()
            return True
        return super().viewportEvent(event)

    def words_at(self, point: QPoint) -> str:
        """What is under a point of the viewport, in words."""
        item = self._mark_at(point)
        if item is not None:
            return item.words()
        at = self.mapToScene(point)
        for track in self._tracks:
            if track.y() <= at.y() < track.y() + track.height:
                words = track.words_at(at.x())
                if words:
                    return words
        return self.gaps.words_at(at.x())

    def _mark_at(self, point: QPoint) -> MarkItem | None:
        return next((item for item in self.items(point) if isinstance(item, MarkItem)), None)

    def _select(self, observation_id: str) -> None:
        if observation_id != self._selected_id:
            self.set_selected(observation_id)
            self.selected.emit(observation_id)

    def _drag(self, event: QMouseEvent) -> None:
        held = self._held
        if held is None or self._grip is Grip.BODY:
            return
        point = event.position().toPoint()
        if not self._dragging:
            if (point - self._pressed_at).manhattanLength() < QApplication.startDragDistance():
                return
            self._dragging = True
        t_ns = min(max(0, self._axis.t_of(event.position().x())), self._axis.duration_ns)
        start, end = held.times
        if end is None:
            held.preview = (t_ns, None)
        elif self._grip is Grip.START:
            held.preview = (min(t_ns, end - 1), end)
        else:
            held.preview = (start, max(t_ns, start + 1))
        self._place(held)
        held.update()
        self.seek_requested.emit(t_ns)
        QToolTip.showText(event.globalPosition().toPoint(), held.words().split("\n", 1)[0], self)

    def _let_go(self) -> None:
        held, self._held, self._dragging = self._held, None, False
        if held is not None and held.preview is not None:
            held.preview = None
            self._place(held)
            held.update()

    def _show_cursor(self, point: QPoint) -> None:
        item = self._mark_at(point)
        if item is None:
            self.viewport().setCursor(Qt.CursorShape.ArrowCursor)
            return
        grip = item.grip_at(item.mapFromScene(self.mapToScene(point)).x())
        edge = grip is not Grip.BODY and item.times[1] is not None
        self.viewport().setCursor(Qt.CursorShape.SizeHorCursor if edge else Qt.CursorShape.PointingHandCursor)


def _shown_end(item: MarkItem, badge_ns: int) -> int:
    start, end = item.times
    return max(end if end is not None else start, start + badge_ns)
