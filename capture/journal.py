"""The store's thread: takes events and frame rows from the others and commits them ten times a second."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace

from capture.clock import perf_ns
from capture.errors import CaptureCode
from capture.events import InputEvent, IntervalKind, WindowEvent, at
from capture.health import Health
from capture.input.coalesce import MoveCoalescer
from capture.pipeline import BoundedQueue, Policy, Stage
from capture.session import Session
from capture.writer import CaptureWriter, FrameRow

QUEUE_EVENTS = 4096
QUEUE_ROWS = 4096
COMMIT_PERIOD_S = 0.1
JOIN_TIMEOUT_S = 20.0
STREAM = "input"


class JournalStage:
    """Batches events and frames into capture.sqlite3.

    Attributes:
        arrived: input events that came so far, kept or not.
        events: input events kept so far (handed to the database, all but the last tenth of a second committed).
    """

    def __init__(self, session: Session, health: Health, on_error: Callable[[Exception], None]) -> None:
        self.events = 0
        self.arrived = 0
        self._session = session
        self._health = health
        self._input: BoundedQueue[InputEvent] = BoundedQueue(QUEUE_EVENTS, Policy.REFUSE)
        self._rows: BoundedQueue[FrameRow] = BoundedQueue(QUEUE_ROWS, Policy.BLOCK)
        self._coalescer = MoveCoalescer()
        self._arrived_ns: int | None = None
        self._windows_lock = threading.Lock()
        self._front: WindowEvent | None = None
        """The window in front; only the newest of a tenth of a second is kept."""
        self._is_front_told = True
        self._stop = threading.Event()
        self._stage = Stage("journal", self._run, self._failed)
        self._on_error = on_error
        self._writer: CaptureWriter | None = None

    @property
    def coalesced(self) -> int:
        """Pointer moves left out because another followed within 16 ms."""
        return self._coalescer.coalesced

    @property
    def overflow(self) -> int:
        """Input events lost because the disk could not keep up."""
        return self._input.dropped

    @property
    def age_ns(self) -> int | None:
        """Time since the last input event arrived, kept or not; `None` while none did."""
        return None if self._arrived_ns is None else perf_ns() - self._arrived_ns

    def input_sink(self, event: InputEvent) -> None:
        """Takes an event, stamped with `perf_ns`, from a listener's thread. What isn't to be kept is left out here."""
        self._arrived_ns = event.t_ns
        self.arrived += 1
        t_ns = self._session.t_ns(event.t_ns)
        if t_ns is None or self._session.pauses.covers(t_ns):
            return
        if not self._input.put(at(event, t_ns)):
            self._health.lose(STREAM, CaptureCode.NO_INPUT, "overflow", kind=IntervalKind.DEGRADED)

    def window_sink(self, event: WindowEvent) -> None:
        """Takes a window, stamped with `perf_ns`. In a pause nothing is kept but the wish to know it afterwards."""
        with self._windows_lock:
            self._front = event
            self._is_front_told = False

    def put_row(self, row: FrameRow) -> None:
        """Takes a frame row; waits while the disk can't keep up."""
        self._rows.put(row)

    def begin(self, writer: CaptureWriter) -> None:
        """Starts the thread."""
        self._writer = writer
        self._stage.start()

    def stop(self) -> bool:
        """Commits what is left and ends the thread."""
        self._stop.set()
        return self._stage.join(JOIN_TIMEOUT_S)

    def _run(self) -> None:
        while not self._stop.wait(COMMIT_PERIOD_S):
            self._commit(self._coalescer.due)
        self._commit(lambda _now: self._coalescer.flush())

    def _commit(self, tail: Callable[[int], list[InputEvent]]) -> None:
        assert self._writer is not None
        rows = self._rows.drain()
        batch: list[InputEvent] = []
        for event in self._input.drain():
            # A pause may have begun after the event was queued, at an earlier moment.
            if not self._session.pauses.covers(event.t_ns):
                batch += self._coalescer.add(event)
        clock = self._session.clock
        batch += tail(clock.of_perf_ns(perf_ns()) if clock is not None else 0)
        self._writer.add_batch(batch, rows)
        if (window := self._window_due()) is not None:
            self._writer.add_windows([window])
        self.events += len(batch)

    def _window_due(self) -> WindowEvent | None:
        """The window in front, where that isn't in the file yet: one that came before the start is of time zero."""
        clock = self._session.clock
        if clock is None:
            return None
        with self._windows_lock:
            if self._session.pauses.current is not None:
                self._is_front_told = False  # told anew after it, as another may have been in front before
                return None
            if self._front is None or self._is_front_told:
                return None
            self._is_front_told = True
            t_ns = max(0, clock.of_perf_ns(self._front.t_ns), self._session.pauses.last_end_ns)
        stopped_ns = self._session.stopped_ns
        return replace(self._front, t_ns=t_ns if stopped_ns is None else min(t_ns, stopped_ns))

    def _failed(self, error: Exception) -> None:
        self._rows.close()  # nobody may wait for a thread that has ended
        self._on_error(error)
