"""The camera's two threads: one waits for the camera, however long it takes, the other keeps time.

No thread but the first ever calls the camera. A driver may hang in a read for ten seconds or for ever, and OpenCV
can't be interrupted; so at the end that thread is waited for a short while and then left behind. It is a daemon: it
ends when the driver lets it go, or with the process.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable

from capture.camera import CameraFrame, CameraInfo, CameraSource
from capture.clock import perf_ns
from capture.errors import CaptureCode, CaptureError
from capture.health import Health
from capture.pipeline import BoundedQueue, Policy, QueueClosedError, Stage
from capture.screen import Frame
from capture.session import Session
from capture.sync import NS
from capture.video import Slate, SlateReason

STREAM = "camera"
QUEUE_FRAMES = 4
TICK_S = 0.05
SLATE_PERIOD_NS = NS // 2
LATE_NS = 2 * NS
"""A camera that has given nothing for this long is lost."""
RETRY_S = 2.0
AFTER_PAUSE_NS = NS // 4
"""A picture is stamped when it arrives; it may show what was a moment earlier, when the pause still lasted."""
JOIN_TIMEOUT_S = 5.0
GRAB_JOIN_TIMEOUT_S = 2.0

_log = logging.getLogger("capture.camera")


class CameraStage:
    """Takes pictures of the camera. While it gives none, slates take their place.

    Attributes:
        queue: what the encoder takes; full, it loses the oldest.
    """

    def __init__(
        self, session: Session, source: CameraSource, health: Health, on_error: Callable[[Exception], None]
    ) -> None:
        self.queue: BoundedQueue[Frame | Slate] = BoundedQueue(QUEUE_FRAMES, Policy.DROP_OLDEST)
        self._session = session
        self._source = source
        self._health = health
        self._arrived: BoundedQueue[CameraFrame | CaptureError] = BoundedQueue(QUEUE_FRAMES, Policy.DROP_OLDEST)
        self._opened = threading.Event()
        self._info: CameraInfo | None = None
        self._refusal: CaptureError | None = None
        self._stop = threading.Event()
        self._grabbing = threading.Thread(target=self._grab, name="camera-grab", daemon=True)
        self._stage = Stage("camera", self._run, on_error)
        self._taken: deque[int] = deque(maxlen=120)
        self._seen_ns = 0
        self._is_lost = False
        self._slate: SlateReason | None = None
        self._slate_ns = 0
        self._before: Frame | None = None

    def open(self) -> None:
        """Begins to open the camera, which may take seconds."""
        self._grabbing.start()

    def wait_open(self, timeout_s: float) -> CameraInfo:
        """Waits until the camera has given a first picture.

        Raises:
            CaptureError: why it can't be recorded; NO_CAMERA when nothing came in time.
        """
        if not self._opened.wait(timeout_s):
            raise CaptureError(CaptureCode.NO_CAMERA, "no picture came")
        if self._refusal is not None:
            raise self._refusal
        assert self._info is not None
        return self._info

    def start(self) -> None:
        """From now on pictures go into `queue`; `wait_open` must have returned."""
        self._seen_ns = perf_ns()
        self._stage.start()

    def stop(self) -> None:
        """Ends the threads and closes the queue; waits no longer than some seconds for a camera that hangs."""
        self._stop.set()
        self._arrived.close()
        self._stage.join(JOIN_TIMEOUT_S)
        self.queue.close()
        if self._grabbing.ident is not None:
            self._grabbing.join(GRAB_JOIN_TIMEOUT_S)
            if self._grabbing.is_alive():
                _log.warning("the camera's driver does not return; it is left to itself")

    @property
    def age_ns(self) -> int | None:
        """Time since the last picture was taken."""
        return perf_ns() - self._taken[-1] if self._taken else None

    @property
    def fps(self) -> float:
        """Pictures a second over the last two seconds."""
        now = perf_ns()
        return sum(now - stamp < 2 * NS for stamp in list(self._taken)) / 2

    @property
    def dropped(self) -> int:
        """Pictures that were left out because the encoder had no time."""
        return self.queue.dropped + self._arrived.dropped

    # ------------------------------------------------------- on the camera's thread

    def _grab(self) -> None:
        try:
            self._first()
            while not self._stop.is_set():
                try:
                    self._arrived.put(self._source.grab())
                except CaptureError as error:
                    self._arrived.put(error)
                    self._reopen()
        except QueueClosedError:
            pass  # the recording has ended
        except CaptureError as error:
            self._refusal = error
        except Exception as error:  # noqa: BLE001 (logged, and told)
            _log.exception("the camera's thread ended by an error")
            self._refusal = CaptureError(CaptureCode.INTERNAL, type(error).__name__)
        finally:
            self._source.close()
            self._opened.set()

    def _first(self) -> None:
        info = self._source.open()
        self._arrived.put(self._source.grab())
        self._info = info
        self._opened.set()

    def _reopen(self) -> None:
        self._source.close()
        while not self._stop.wait(RETRY_S):
            try:
                self._source.open()
            except CaptureError:
                continue
            return

    # ------------------------------------------------------- on the stage's own thread

    def _run(self) -> None:
        try:
            while not self._stop.is_set() and not self.queue.is_finished:
                self._tick(self._arrived.get(TICK_S))
        except QueueClosedError:
            pass  # the encoder has ended; it told why

    def _tick(self, item: CameraFrame | CaptureError | None) -> None:
        if isinstance(item, CaptureError):
            self._lose(item)
        elif item is not None:
            self._seen_ns = item.perf_ns
            if self._is_lost:
                self._is_lost = False
                self._health.recover(STREAM)
        elif perf_ns() - self._seen_ns > LATE_NS:
            self._lose(CaptureError(CaptureCode.NO_CAMERA, "no picture arrives"))
        if self._session.pauses.current is not None:
            self._put_slate(SlateReason.PAUSE)
        elif self._is_lost:
            self._put_slate(SlateReason.GAP)
        elif isinstance(item, CameraFrame) and not self._is_of_pause(item):
            self._put_frame(item)

    def _lose(self, error: CaptureError) -> None:
        if not self._is_lost:
            self._is_lost = True
            # Whatever it was at the start: a camera that has worked and can't be read now is gone.
            self._health.lose(STREAM, CaptureCode.NO_CAMERA, error.detail)

    def _is_of_pause(self, frame: CameraFrame) -> bool:
        t_ns = self._session.t_ns(frame.perf_ns)
        return t_ns is not None and bool(self._session.pauses.overlaps(t_ns - AFTER_PAUSE_NS, t_ns))

    def _put_frame(self, item: CameraFrame) -> None:
        height, width = item.picture.shape[0] * 2 // 3, item.picture.shape[1]
        # A camera's picture differs everywhere from the one before; nobody need look.
        base = self._before.picture if self._before is not None else None
        frame = Frame(item.perf_ns, item.picture, base, (0, 0, width, height))
        self._before = frame
        self._slate = None
        self._taken.append(item.perf_ns)
        self.queue.put(frame)

    def _put_slate(self, reason: SlateReason) -> None:
        now = perf_ns()
        if reason is not self._slate or now - self._slate_ns >= SLATE_PERIOD_NS:
            self._slate, self._slate_ns = reason, now
            self.queue.put(Slate(now, reason))
