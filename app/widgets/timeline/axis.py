"""Which part of the session the timeline shows, and where the playhead is: shared by its parts."""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QWheelEvent

from annotate.timeline import TimeRange, TimeScale

MIN_SPAN_NS = 500_000_000
_NOTCH = 120.0
_ZOOM_PER_NOTCH = 1.25
_PAN_PER_NOTCH = 80.0


class TimeAxis(QObject):
    """A `TimeScale` kept within the session, the playhead, the in and the out point. Main thread only.

    Signals:
        changed: another part of the session is shown, or the width or the session is another.
        playhead_moved: the playhead is elsewhere.
        range_changed: the in or the out point is elsewhere.
    """

    changed = Signal()
    playhead_moved = Signal()
    range_changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._duration_ns = 0
        self._playhead_ns = 0
        self._in_ns: int | None = None
        self._out_ns: int | None = None
        self._scale = TimeScale.fit(TimeRange(0, 1), 800)

    @property
    def scale(self) -> TimeScale:
        return self._scale

    @property
    def width(self) -> float:
        return self._scale.width_px

    @property
    def duration_ns(self) -> int:
        return self._duration_ns

    @property
    def start_ns(self) -> int:
        """Session time at the left edge."""
        return self._scale.start_ns

    @property
    def end_ns(self) -> int:
        """Session time at the right edge."""
        return self._scale.visible.end_ns

    @property
    def playhead_ns(self) -> int:
        return self._playhead_ns

    @property
    def in_ns(self) -> int | None:
        return self._in_ns

    @property
    def out_ns(self) -> int | None:
        return self._out_ns

    def x_of(self, t_ns: int) -> float:
        return self._scale.x_of(t_ns)

    def t_of(self, x: float) -> int:
        """The session time at a pixel, within the session."""
        return min(max(0, self._scale.t_of(x)), self._duration_ns)

    def ns_of_pixels(self, pixels: float) -> int:
        return round(pixels * self._scale.ns_per_px)

    def set_duration(self, duration_ns: int) -> None:
        """Another session: all of it is shown, and nothing is marked in it."""
        self._duration_ns = max(0, duration_ns)
        self._playhead_ns = 0
        self.set_range(None, None)
        self.fit()

    def set_width(self, width: float) -> None:
        """Keeps the part that is shown."""
        if width > 0 and width != self.width:
            shown = self._scale.visible
            self._set_scale(TimeScale.fit(shown if shown.duration_ns else TimeRange(0, 1), width))

    def set_playhead(self, t_ns: int) -> None:
        if t_ns != self._playhead_ns:
            self._playhead_ns = t_ns
            self.playhead_moved.emit()

    def set_range(self, in_ns: int | None, out_ns: int | None) -> None:
        """Sets the in and the out point; a point behind the other takes it along."""
        if (in_ns, out_ns) != (self._in_ns, self._out_ns):
            self._in_ns, self._out_ns = in_ns, out_ns
            self.range_changed.emit()

    def fit(self) -> None:
        """Shows the whole session."""
        self._set_scale(TimeScale.fit(TimeRange(0, max(1, self._duration_ns)), self.width))

    def show(self, start_ns: int, end_ns: int) -> None:
        """Shows this part; it is moved into the session, and widened to `MIN_SPAN_NS`."""
        self._set_scale(TimeScale.fit(TimeRange(start_ns, max(end_ns, start_ns + MIN_SPAN_NS)), self.width))

    def zoom(self, factor: float, anchor_x: float) -> None:
        """Closer (above 1) or wider; what is under `anchor_x` stays there."""
        nearest = MIN_SPAN_NS / self.width
        factor = min(factor, max(self._scale.ns_per_px / nearest, 1e-6))
        self._set_scale(self._scale.zoomed(factor, anchor_x))

    def pan_pixels(self, dx: float) -> None:
        self._set_scale(self._scale.panned(dx))

    def centre_on(self, t_ns: int) -> None:
        self.pan_pixels(self.x_of(t_ns) - self.width / 2)

    def turn_page(self, t_ns: int) -> None:
        """If `t_ns` is out of sight, shows it near the left edge, as one turns a page."""
        if not 0 <= self.x_of(t_ns) <= self.width:
            self.pan_pixels(self.x_of(t_ns) - self.width * 0.08)

    def wheel(self, event: QWheelEvent, anchor_x: float) -> None:
        """Ctrl zooms about the pointer, all else moves sideways."""
        delta = event.angleDelta()
        turned = delta.y() or delta.x()
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.zoom(_ZOOM_PER_NOTCH ** (turned / _NOTCH), anchor_x)
        else:
            self.pan_pixels(-turned / _NOTCH * _PAN_PER_NOTCH)

    def _set_scale(self, scale: TimeScale) -> None:
        """Keeps the shown part within the session."""
        whole = max(1, self._duration_ns)
        span = scale.visible.duration_ns
        if span >= whole:
            scale = TimeScale.fit(TimeRange(0, whole), scale.width_px)
        else:
            start = min(max(0, scale.start_ns), whole - span)
            scale = TimeScale(start, scale.ns_per_px, scale.width_px)
        if scale != self._scale:
            self._scale = scale
            self.changed.emit()
