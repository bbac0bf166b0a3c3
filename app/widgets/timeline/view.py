"""The tracks and the observations under them. Everything is painted anew in each frame, so that must be quick."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QAbstractScrollArea, QApplication, QFrame, QToolTip, QWidget

from annotate.snapping import SnapPoints
from annotate.timeline import format_time
from app.models.observations import ObservationRow
from app.palette import Role
from app.snap_words import snap_words
from app.theme import theme
from app.widgets.timeline.axis import TimeAxis
from app.widgets.timeline.data import TimelineData
from app.widgets.timeline.dense import ActivityTrack, SoundTrack, SpeechTrack, tracks_of
from app.widgets.timeline.hand import Doing, Hand
from app.widgets.timeline.marks import LANE, Grip, MarksLayer
from app.widgets.timeline.tracks import GapsLayer, MarksTrack, TaskTrack, ThumbTrack, Track, WindowTrack, line

_TOP = 2.0
_LEAST_LANES = 2


class TracksView(QAbstractScrollArea):
    """Tracks, observations, playhead. Positions follow the axis; the view itself never scrolls sideways.

    The table of observations is its twin for the keyboard and for screen readers.

    Signals:
        seek_requested(t_ns), opened(observation id: double click).
        selection_changed(ids, current id or ""): the user selected others.
        times_changed({id: (t_start_ns, t_end_ns | None)}): observations were dragged.
        run_changed(task run id, t_start_ns, t_end_ns | None): a task's edge was dragged.
        range_marked(in_ns, out_ns): a range was drawn.
        tracks_changed: another set of tracks is shown.
    """

    seek_requested = Signal(object)
    opened = Signal(str)
    selection_changed = Signal(list, str)
    times_changed = Signal(dict)
    run_changed = Signal(str, object, object)
    range_marked = Signal(object, object)
    tracks_changed = Signal()

    def __init__(self, axis: TimeAxis, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._axis = axis
        self._data = TimelineData()
        self.tasks = TaskTrack(axis, self.tr("Tasks"))
        self._fixed: dict[str, Track] = {
            "thumbs": ThumbTrack(axis, self.tr("Picture")),
            "tasks": self.tasks,
            "input": ActivityTrack(axis, self.tr("Input")),
            "window": WindowTrack(axis, self.tr("Window")),
            "marks": MarksTrack(axis, self.tr("Live marks")),
        }
        self._heard: list[tuple[str, Track]] = []
        self._hidden: frozenset[str] = frozenset()
        self._tracks: list[tuple[Track, float]] = []
        self.gaps = GapsLayer(axis)
        self.marks = MarksLayer(axis)
        self.marks_top = 0.0
        self._current = ""
        self._hand = Hand()
        self._pressed_at = QPoint()
        self._pan_from = 0.0
        self._box: QRectF | None = None
        self._points = SnapPoints()
        self._shows_silence = False
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.viewport().setMouseTracking(True)
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.verticalScrollBar().setSingleStep(20)
        self.setMinimumHeight(120)
        self.setAccessibleName(self.tr("Timeline"))
        self.setAccessibleDescription(self.tr("The table of observations beside it says the same in words."))
        self.verticalScrollBar().setAccessibleName(self.tr("Scroll the tracks"))
        for signal in (axis.changed, axis.range_changed, axis.playhead_moved, theme().changed):
            signal.connect(self.viewport().update)
        axis.changed.connect(self._fit_scroll)
        self._stack()

    def sizeHint(self) -> QSize:
        return QSize(600, 300)

    # -- contents ----------------------------------------------------------------------------------------------

    def set_data(self, data: TimelineData) -> None:
        """Another session, or more of the same."""
        before, self._data = self._data, data
        named = [(s.name, s.colour) for s in data.speech], [s.name for s in data.sounds]
        if named != ([(s.name, s.colour) for s in before.speech], [s.name for s in before.sounds]) or not self._heard:
            self._heard = tracks_of(self._axis, data)
        for track in (*self._fixed.values(), *(track for _, track in self._heard)):
            track.set_data(data)
        self.gaps.set_data(data)
        self.show_silence(self._shows_silence)
        self._stack()

    def set_snap_points(self, points: SnapPoints) -> None:
        """Where dragged edges come to rest."""
        self._points = points

    def set_rows(self, rows: Sequence[ObservationRow]) -> None:
        """Shows these observations."""
        if self._hand.doing is Doing.MARKS and self._hand.held not in {row.id for row in rows}:
            self._let_go()
        self.marks.set_rows(rows)
        self._fit_scroll()
        self.viewport().update()

    def set_selected(self, ids: Collection[str], current: str) -> None:
        """Shows which ones are selected, without telling anybody; the current one is brought into sight."""
        wanted = frozenset(ids)
        if (wanted, current) == (self.marks.selected, self._current):
            return
        self.marks.selected = wanted
        moved, self._current = current != self._current, current
        if moved:
            self._show_lane(current)
        self.viewport().update()

    def show_silence(self, shown: bool) -> None:
        """Whether the player skips silence: it is hatched then."""
        self._shows_silence = shown
        for _, track in self._heard:
            if isinstance(track, SoundTrack):
                track.shows_silence = shown
        self.viewport().update()

    def set_hidden(self, keys: Collection[str]) -> None:
        """Which tracks are not shown."""
        self._hidden = frozenset(keys)
        self._stack()

    def all_tracks(self) -> list[Track]:
        """Every track of this session, in order, those that are hidden among them."""
        speech = [track for place, track in self._heard if place == "speech"]
        sound = [track for place, track in self._heard if place == "sound"]
        fixed = self._fixed
        return [fixed["thumbs"], fixed["tasks"], *speech, *sound, fixed["input"], fixed["window"], fixed["marks"]]

    def tracks(self) -> list[tuple[Track, float]]:
        """Each track that is shown, with its top, for the column of names."""
        return list(self._tracks)

    def speech_tracks(self) -> list[SpeechTrack]:
        return [track for _, track in self._heard if isinstance(track, SpeechTrack)]

    def mark_rect(self, observation_id: str) -> QRectF | None:
        """Where an observation is in the viewport."""
        rect = self.marks.rect(observation_id)
        return None if rect is None else rect.translated(0, self.marks_top - self.verticalScrollBar().value())

    # -- placing -----------------------------------------------------------------------------------------------

    def _stack(self) -> None:
        top = _TOP
        self._tracks = []
        for track in self.all_tracks():
            if track.key in self._hidden or not _has_any(track, self._data):
                continue
            self._tracks.append((track, top))
            top += track.height + 1
        self.marks_top = top + 2
        self._fit_scroll()
        self.tracks_changed.emit()
        self.viewport().update()

    def _fit_scroll(self) -> None:
        lanes = max(_LEAST_LANES, self.marks.lanes)
        whole = round(self.marks_top + lanes * LANE + 4)
        room = self.viewport().height()
        bar = self.verticalScrollBar()
        bar.setPageStep(room)
        bar.setRange(0, max(0, whole - room))

    def _show_lane(self, observation_id: str) -> None:
        rect = self.mark_rect(observation_id)
        if rect is None:
            return
        bar = self.verticalScrollBar()
        if rect.bottom() > self.viewport().height():
            bar.setValue(bar.value() + round(rect.bottom() - self.viewport().height()) + 4)
        elif rect.top() < 0:
            bar.setValue(bar.value() + round(rect.top()) - 4)

    # -- painting ----------------------------------------------------------------------------------------------

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        try:
            self._paint(painter)
        finally:
            painter.end()  # a painter that outlives the event takes the process with it

    def _paint(self, painter: QPainter) -> None:
        look, axis = theme(), self._axis
        width, height = self.viewport().width(), self.viewport().height()
        scroll, ratio = self.verticalScrollBar().value(), self.devicePixelRatioF()
        painter.fillRect(0, 0, width, height, look.color(Role.SURFACE_SUNKEN))
        self._paint_range(painter, height)
        rule = look.color(Role.LINE)
        for track, top in self._tracks:
            y = top - scroll
            if y + track.height < 0 or y > height:
                continue
            track.draw(painter, y, ratio)
            painter.setPen(QPen(rule, 1))
            painter.drawLine(QPointF(0, y + track.height + 0.5), QPointF(width, y + track.height + 0.5))
        self.gaps.draw(painter, height)
        self.marks.draw(painter, self.marks_top - scroll, ratio)
        if self._hand.snap is not None:
            line(painter, look.color(Role.ACCENT), axis.x_of(self._hand.snap.t_ns), 0, height, 1.5)
        if self._box is not None:
            painter.setPen(QPen(look.color(Role.ACCENT), 1))
            painter.setBrush(look.color(Role.ACCENT, 0.12))
            painter.drawRect(self._box.translated(0, -scroll))
        # The line lies on an edge in the colour of the ground, so that it stands out from whatever it crosses.
        x = axis.x_of(axis.playhead_ns)
        if -4 < x < width + 4:
            for role, thick in ((Role.SURFACE_SUNKEN, 4), (Role.TEXT, 2)):
                line(painter, look.color(role), x, 0, height, thick)
        if self.hasFocus():
            painter.setPen(QPen(look.color(Role.FOCUS), 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(0, 0, width - 1, height - 1)

    def _paint_range(self, painter: QPainter, height: float) -> None:
        start, end = self._axis.in_ns, self._axis.out_ns
        if start is not None or end is not None:
            left = self._axis.x_of(start if start is not None else 0)
            right = self._axis.x_of(end if end is not None else self._axis.duration_ns)
            painter.fillRect(QRectF(left, 0, right - left, height), theme().color(Role.ACCENT, 0.12))

    # -- pointer and keys --------------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._axis.set_width(self.viewport().width())
        self._fit_scroll()

    def scrollContentsBy(self, _dx: int, _dy: int) -> None:
        self.viewport().update()

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
        x, t_ns = event.position().x(), self._axis.t_of(event.position().x())
        if event.button() is Qt.MouseButton.MiddleButton:
            self._hand = Hand(Doing.PAN)
            self._pan_from = x
            return
        if event.button() is not Qt.MouseButton.LeftButton:
            return
        found = self._mark_at(self._pressed_at)
        if found is not None:
            self._press_mark(found, t_ns, x, event.modifiers())
        elif event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self._hand = Hand(Doing.RANGE, t_ns)
        elif self._in_lanes(self._pressed_at):
            self._press_lanes(t_ns, event.modifiers())
        else:
            edge = self.tasks.edge_at(x) if self._track_at(self._pressed_at) is self.tasks else None
            if edge is not None:
                self._hand = Hand(Doing.TASK, t_ns, run=edge[0], is_start=edge[1])
                self.seek_requested.emit(t_ns)
            else:
                self._hand = Hand(Doing.SCRUB, t_ns)
                self.seek_requested.emit(t_ns)

    def _press_mark(self, found: str, t_ns: int, x: float, modifiers: Qt.KeyboardModifier) -> None:
        if modifiers & Qt.KeyboardModifier.ControlModifier:
            self._choose(self.marks.selected ^ {found}, found)
            return
        if modifiers & Qt.KeyboardModifier.ShiftModifier and self._current:
            self._choose(frozenset(self._between(self._current, found)), found)
            return
        if found not in self.marks.selected:
            self._choose(frozenset({found}), found)
        elif found != self._current:
            self._choose(self.marks.selected, found)
        grip = self.marks.grip_at(found, x)
        self._hand = Hand(Doing.MARKS, t_ns, grip=grip, held=found)
        self._hand.hold(self.marks, self.marks.selected if grip is Grip.BODY else frozenset({found}))
        times = self.marks.times(found)
        if grip is not Grip.END and times is not None:
            self.seek_requested.emit(times[0])

    def _press_lanes(self, t_ns: int, modifiers: Qt.KeyboardModifier) -> None:
        at = self._pressed_at
        cluster = self.marks.cluster_at(at.x(), at.y() + self.verticalScrollBar().value() - self.marks_top)
        if cluster is not None:
            self._axis.show(cluster.start_ns, cluster.end_ns)
            return
        self._hand = Hand(Doing.BOX, t_ns)
        if not modifiers & Qt.KeyboardModifier.ControlModifier and self.marks.selected:
            self._choose(frozenset(), "")
        self.seek_requested.emit(t_ns)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        point, x = event.position().toPoint(), event.position().x()
        hand = self._hand
        if hand.doing is Doing.NOTHING:
            self._show_cursor(point)
            return
        near = (point - self._pressed_at).manhattanLength() < QApplication.startDragDistance()
        if near and not hand.moved and hand.doing not in {Doing.PAN, Doing.SCRUB}:
            return
        hand.moved = True
        t_ns = min(max(0, self._axis.t_of(x)), self._axis.duration_ns)
        points = None if event.modifiers() & Qt.KeyboardModifier.AltModifier else self._points
        match hand.doing:
            case Doing.PAN:
                self._axis.pan_pixels(self._pan_from - x)
                self._pan_from = x
            case Doing.SCRUB:
                self.seek_requested.emit(t_ns)
            case Doing.RANGE:
                self.range_marked.emit(min(hand.origin_ns, t_ns), max(hand.origin_ns, t_ns))
            case Doing.MARKS:
                self.marks.preview = hand.move_marks(t_ns, self._axis, points)
                start, end = self.marks.preview[hand.held]
                self._show_drag(event, end if hand.grip is Grip.END and end is not None else start)
            case Doing.TASK:
                self.tasks.preview = hand.move_task(t_ns, self._axis, points)
                run = self.tasks.preview
                edge = run.t_start_ns if hand.is_start else run.t_end_ns
                self._show_drag(event, edge if edge is not None else t_ns)
            case Doing.BOX:
                scroll = self.verticalScrollBar().value()
                self._box = QRectF(QPointF(self._pressed_at), QPointF(point)).normalized().translated(0, scroll)
                inside = frozenset(self.marks.within(self._box.translated(0, -self.marks_top)))
                self._choose(inside, self._current if self._current in inside else next(iter(sorted(inside)), ""))
        self.viewport().update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        hand, preview, run = self._hand, self.marks.preview, self.tasks.preview
        self._let_go()
        if not hand.moved or event.button() is not Qt.MouseButton.LeftButton:
            return
        if hand.doing is Doing.MARKS:
            changed = {one: times for one, times in preview.items() if times != hand.originals.get(one)}
            if changed:
                self.times_changed.emit(changed)
        elif hand.doing is Doing.TASK and run is not None and run != hand.run:
            self.run_changed.emit(run.id, run.t_start_ns, run.t_end_ns)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        found = self._mark_at(event.position().toPoint())
        if found is not None:
            self.opened.emit(found)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self._hand.doing is not Doing.NOTHING:
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
        found = self._mark_at(point)
        if found is not None:
            return self.marks.words(found)
        track = self._track_at(point)
        words = track.words_at(point.x()) if track is not None else ""
        return "\n".join(filter(None, (self.gaps.words_at(point.x()), words)))

    # -- inside ------------------------------------------------------------------------------------------------

    def _track_at(self, point: QPoint) -> Track | None:
        y = point.y() + self.verticalScrollBar().value()
        return next((track for track, top in self._tracks if top <= y < top + track.height + 1), None)

    def _in_lanes(self, point: QPoint) -> bool:
        return point.y() + self.verticalScrollBar().value() >= self.marks_top

    def _mark_at(self, point: QPoint) -> str | None:
        if not self._in_lanes(point):
            return None
        return self.marks.at(point.x(), point.y() + self.verticalScrollBar().value() - self.marks_top)

    def _between(self, one: str, other: str) -> list[str]:
        """All observations from one to the other, in order of time."""
        first, last = self.marks.times(one), self.marks.times(other)
        if first is None or last is None:
            return [other]
        low, high = sorted((first[0], last[0]))
        return self.marks.begun_between(low, high)

    def _choose(self, ids: frozenset[str], current: str) -> None:
        current = current if current in ids else next(iter(sorted(ids)), "")
        if (ids, current) != (self.marks.selected, self._current):
            self.marks.selected, self._current = ids, current
            self.viewport().update()
            self.selection_changed.emit(sorted(ids), current)

    def _show_drag(self, event: QMouseEvent, t_ns: int) -> None:
        """The picture goes along with the edge, and it is said where it is and what it rests at."""
        self.seek_requested.emit(t_ns)
        words = format_time(t_ns, tenths=True)
        if self._hand.snap is not None:
            words += f" · {snap_words(self._hand.snap)}"
        QToolTip.showText(event.globalPosition().toPoint(), words, self)

    def _let_go(self) -> None:
        self._hand = Hand()
        self._box = None
        self.marks.preview = {}
        self.tasks.preview = None
        self.viewport().update()

    def _show_cursor(self, point: QPoint) -> None:
        found = self._mark_at(point)
        if found is not None:
            edge = self.marks.grip_at(found, point.x()) is not Grip.BODY
            shape = Qt.CursorShape.SizeHorCursor if edge else Qt.CursorShape.PointingHandCursor
        elif self._track_at(point) is self.tasks and self.tasks.edge_at(point.x()) is not None:
            shape = Qt.CursorShape.SizeHorCursor
        else:
            shape = Qt.CursorShape.ArrowCursor
        self.viewport().setCursor(shape)


def _has_any(track: Track, data: TimelineData) -> bool:
    """Whether a session has anything for a track; one that never will have is not shown."""
    match track:
        case ThumbTrack():
            return data.has_picture
        case WindowTrack():
            return bool(data.windows)
        case MarksTrack():
            return bool(data.marks)
        case ActivityTrack():
            return bool(len(data.pointer_ns) or len(data.click_ns) or len(data.key_ns))
        case _:
            return True
