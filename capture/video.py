"""The picture's two threads: one takes pictures on time, the other finds what changed and encodes it."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from capture.canvas import changed_box
from capture.clock import perf_ns
from capture.encode import KeyframePolicy
from capture.errors import CaptureCode, CaptureError
from capture.health import Health
from capture.imaging import Box, Pixels, gap_slate, pause_slate, preview_jpeg
from capture.mux import Muxer
from capture.pipeline import BoundedQueue, Policy, QueueClosedError, Stage
from capture.screen import Frame, ScreenInfo, ScreenSource
from capture.session import Session
from capture.standstill import HOLE_NS
from capture.sync import NS, PtsLine, VideoPacer
from capture.writer import FrameRow

QUEUE_FRAMES = 4
REPEAT_NS = NS // 2
"""A picture that stands still is repeated this often, so that a crash loses no more of it."""
STILL_PERIOD_S = 1 / 30
"""How often a picture that stands still is looked at, so that it is repeated in time."""
RETRY_S = 2.0
IDLE_PERIOD_S = 0.25
PREVIEW_PERIOD_NS = NS // 2
PREVIEW_STILL_NS = 5 * NS
"""A preview of a picture that stands still is told again this often, for a client that came later."""
PREVIEW_WIDTH = 480
JOIN_TIMEOUT_S = 20.0
STREAM = "screen"


class SlateReason(StrEnum):
    PAUSE = "pause"
    GAP = "gap"


@dataclass(frozen=True, slots=True)
class Slate:
    """Stands for a picture that must not or can't be taken."""

    perf_ns: int
    reason: SlateReason


class ScreenStage:
    """Takes pictures. When the source is lost, slates take their place, and it is opened again when it comes back."""

    def __init__(
        self, session: Session, source: ScreenSource, fps: int, health: Health, on_error: Callable[[Exception], None]
    ) -> None:
        self.queue: BoundedQueue[Frame | Slate] = BoundedQueue(QUEUE_FRAMES, Policy.DROP_OLDEST)
        self.first_frame = threading.Event()
        self._session = session
        self._source = source
        self._health = health
        self._pacer = VideoPacer(fps)
        self._stop = threading.Event()
        self._wake = threading.Event()
        self._stage = Stage("screen", self._run, on_error)
        self._taken: deque[int] = deque(maxlen=max(2, fps * 2))
        self._info: ScreenInfo | None = None
        self._retry_ns: int | None = None
        self._latest: Pixels | None = None

    def open(self) -> ScreenInfo:
        """Opens the source and takes a first picture. Raises what the source raises."""
        self._info = self._source.open()
        try:
            first = self._source.grab()
        except CaptureError:
            self._source.close()
            raise
        height, width = first.picture.shape[0] * 2 // 3, first.picture.shape[1]
        if (width, height) != (self._info.width, self._info.height):
            self._info = ScreenInfo(self._info.x, self._info.y, width, height, self._info.name)
        return self._info

    def start(self) -> None:
        self._stage.start()

    def wake(self) -> None:
        """A pause or the recording has begun or ended: don't wait for the next picture's time."""
        self._wake.set()
        self._source.wake()

    def stop(self) -> None:
        """Ends the thread, closes the source and the queue."""
        self._stop.set()
        self.wake()
        self._stage.join(JOIN_TIMEOUT_S)
        self._source.close()
        self.queue.close()

    @property
    def latest(self) -> Pixels | None:
        """The picture taken last, I420; never written again."""
        return self._latest

    @property
    def age_ns(self) -> int | None:
        """Time since the last picture was taken."""
        return perf_ns() - self._taken[-1] if self._taken else None

    @property
    def fps(self) -> float:
        """Pictures a second over the last two seconds."""
        now = perf_ns()
        recent = [stamp for stamp in list(self._taken) if now - stamp < 2 * NS]
        return len(recent) / 2

    def _run(self) -> None:
        while not self._stop.is_set():
            self._wake.clear()
            if self._stop.is_set():
                return
            if self._session.pauses.current is not None:
                self._source.refresh()
                self._put(Slate(perf_ns(), SlateReason.PAUSE))
                self._wake.wait(REPEAT_NS / NS)
            elif self._health.is_lost(STREAM):
                self._put(Slate(perf_ns(), SlateReason.GAP))
                if not self._try_reopen():
                    self._wake.wait(REPEAT_NS / NS)
            else:
                self._take()

    def _take(self) -> None:
        now = perf_ns()
        if self._session.clock is None:
            if self._taken and now - self._taken[-1] < IDLE_PERIOD_S * NS:
                self._wake.wait(IDLE_PERIOD_S - (now - self._taken[-1]) / NS)
        elif (due := self._pacer.due_ns(now)) > now and self._wake.wait((due - now) / NS):
            return
        try:
            self._source.wait(STILL_PERIOD_S)
            if self._wake.is_set():
                return
            frame = self._source.grab()
        except CaptureError as error:
            self._health.lose(STREAM, error.code, error.detail)
            self._retry_ns = perf_ns()
            return
        self._pacer.taken(frame.perf_ns)
        if self._session.pauses.current is not None or self._wake.is_set():
            self._source.refresh()
            return  # a pause began while the picture was taken, and may even be over
        self._taken.append(frame.perf_ns)
        self._latest = frame.picture
        self.first_frame.set()
        self._pacer.observe(len(self.queue), frame.perf_ns)
        self._put(frame)

    def _put(self, item: Frame | Slate) -> None:
        try:
            self.queue.put(item)
        except QueueClosedError:
            self._stop.set()  # the encoder has ended; it told why

    def _try_reopen(self) -> bool:
        now = perf_ns()
        if self._retry_ns is not None and now - self._retry_ns < RETRY_S * NS:
            return False
        self._retry_ns = now
        self._source.close()
        try:
            info = self._source.open()
        except CaptureError:
            return False
        assert self._info is not None
        if (info.width, info.height) != (self._info.width, self._info.height):
            self._source.close()  # the file's size can't change
            return False
        self._health.recover(STREAM)
        return True


class VideoStage:
    """Encodes what changed. Runs before the recording too, for the previews alone."""

    def __init__(
        self,
        session: Session,
        queue: BoundedQueue[Frame | Slate],
        info: ScreenInfo,
        *,
        put_row: Callable[[FrameRow], None],
        put_preview: Callable[[bytes], None],
        wants_preview: Callable[[], bool],
        on_error: Callable[[Exception], None],
        name: str = "video",
    ) -> None:
        """The callables are called on the stage's thread, which is called `name`."""
        self.frames = 0
        self._session = session
        self._queue = queue
        self._size = (info.width, info.height)
        self._put_row = put_row
        self._put_preview = put_preview
        self._wants_preview = wants_preview
        self._stage = Stage(name, self._run, on_error)
        self._mux: Muxer | None = None
        self._stream_id = 0
        self._pts = PtsLine()
        self._keys = KeyframePolicy()
        self._shown: Pixels | None = None
        """The last picture of the screen that went into the file; `None` after a slate."""
        self._i420: Pixels | None = None
        self._slate: SlateReason | None = None
        self._emitted_ns = 0
        self._preview_ns: int | None = None
        self._previewed: Pixels | None = None

    def start(self) -> None:
        self._stage.start()

    def begin(self, mux: Muxer, stream_id: int) -> None:
        """From now on pictures go into the file."""
        self._stream_id = stream_id
        self._mux = mux

    def join(self) -> bool:
        """Waits until the queue, which must be closed, is worked off."""
        return self._stage.join(JOIN_TIMEOUT_S)

    def _run(self) -> None:
        try:
            while not self._queue.is_finished:
                item = self._queue.get(1.0)
                if isinstance(item, Frame):
                    self._preview(item)
                    self._frame(item)
                elif item is not None:
                    self._slate_item(item)
            self._finish()
        except QueueClosedError:
            pass  # the muxer has failed and told so
        finally:
            self._queue.close()

    def _frame(self, frame: Frame) -> None:
        t_ns = self._session.t_ns(frame.perf_ns)
        if self._mux is None or t_ns is None or self._session.pauses.covers(t_ns):
            return
        width, height = self._size
        if frame.picture.shape != (height * 3 // 2, width):
            raise CaptureError(CaptureCode.NO_DISPLAY, "the picture's size has changed")
        if self._emitted_ns and t_ns - self._emitted_ns >= HOLE_NS:
            self._bridge(t_ns)
        box = self._changes(frame)
        if box is not None:
            self._i420 = self._shown = frame.picture
            self._slate = None
        elif t_ns - self._emitted_ns < REPEAT_NS:
            return
        self._emit(t_ns, "new" if box is not None else "repeat", box)

    def _bridge(self, t_ns: int) -> None:
        """The recorder or the machine stood still until `t_ns`: nobody knows what was on the screen meanwhile."""
        self._i420, self._shown, self._slate = gap_slate(*self._size), None, SlateReason.GAP
        self._encode(self._emitted_ns + REPEAT_NS, "slate", (0, 0, *self._size))
        self._encode(t_ns - REPEAT_NS, "slate", None)

    def _changes(self, frame: Frame) -> Box | None:
        """A box around what differs from the picture shown last, which need not be the one taken last."""
        if self._shown is None:
            return (0, 0, *self._size)
        if frame.picture is self._shown:
            return None
        if frame.base is self._shown:
            return frame.box
        return changed_box(self._shown, frame.picture)

    def _slate_item(self, slate: Slate) -> None:
        t_ns = self._session.t_ns(slate.perf_ns)
        if self._mux is None or t_ns is None:
            return
        if slate.reason is SlateReason.PAUSE and not self._session.pauses.covers(t_ns):
            return  # the pause ended while the slate was on its way
        is_new = self._slate is not slate.reason
        if is_new:
            self._i420 = (pause_slate if slate.reason is SlateReason.PAUSE else gap_slate)(*self._size)
            self._shown = None
            self._slate = slate.reason
            self._previewed = None
            if self._wants_preview():
                self._put_preview(preview_jpeg(self._i420, PREVIEW_WIDTH))
        elif t_ns - self._emitted_ns < REPEAT_NS // 2:
            return
        self._emit(t_ns, "slate", (0, 0, *self._size) if is_new else None)

    def _emit(self, t_ns: int, kind: str, box: Box | None) -> None:
        assert self._mux is not None
        assert self._i420 is not None
        if self.frames == 0 and t_ns > 0:
            # The file begins at session zero, a few milliseconds before the first picture was taken.
            self._encode(0, "slate" if kind == "slate" else "repeat", None)
        self._encode(t_ns, kind, box)

    def _encode(self, t_ns: int, kind: str, box: Box | None) -> None:
        assert self._mux is not None
        assert self._i420 is not None
        pts = self._pts.next(t_ns)
        is_key = self._keys.wants_key(t_ns, is_change=box is not None)
        self._mux.put(self._mux.video.encode(self._i420, pts, key=is_key))
        self._put_row(FrameRow(self._stream_id, pts, t_ns, kind, is_key, box))
        self.frames += 1
        self._emitted_ns = t_ns

    def _finish(self) -> None:
        """Shows the last picture until the very end."""
        if self._mux is None:
            return
        end_ns = self._session.stopped_ns
        if self._i420 is not None and end_ns is not None and end_ns > self._emitted_ns:
            self._encode(end_ns, "slate" if self._slate else "repeat", None)
        self._mux.put(self._mux.video.flush())

    def _preview(self, frame: Frame) -> None:
        period = PREVIEW_STILL_NS if frame.picture is self._previewed else PREVIEW_PERIOD_NS
        if self._preview_ns is not None and frame.perf_ns - self._preview_ns < period:
            return
        if not self._wants_preview():
            self._previewed = None
            return
        if self._session.pauses.current is not None:
            return
        self._preview_ns = frame.perf_ns
        self._previewed = frame.picture
        self._put_preview(preview_jpeg(frame.picture, PREVIEW_WIDTH))
