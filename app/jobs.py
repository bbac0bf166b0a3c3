"""Work that may take longer than 50 ms: run on a pool of threads, watched from the main thread.

A job is a function of a cancel token and a progress callback. Its result or its error comes back on the main thread;
after a cancel nothing comes back but `finished`.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from PySide6.QtCore import QObject, QRunnable, Qt, QThreadPool, Signal

from transcribe.cancel import CancelToken

T = TypeVar("T")
Progress = Callable[[float | None, str], None]
JobFunction = Callable[[CancelToken, Progress], T]

_log = logging.getLogger("ui.jobs")
_PROGRESS_EVERY_S = 0.05


@dataclass(frozen=True, slots=True)
class _Calls:
    on_done: Callable[[Any], object] | None
    on_error: Callable[[Exception], object]
    on_progress: Callable[[float | None, str], object] | None
    on_end: Callable[[JobHandle], object]


class JobHandle(QObject):
    """One job, as the main thread sees it.

    Signals (all on the main thread):
        changed: `fraction` or `text` are others now, or it was asked to end.
        finished: it is over, in whatever way.
    """

    changed = Signal()
    finished = Signal()
    # Emitted on the job's thread; queued, so that the bound methods below run where the handle lives.
    reported = Signal(object, str)
    ended = Signal(object, object)

    def __init__(self, title: str, calls: _Calls, *, quiet: bool, cancellable: bool, parent: QObject) -> None:
        super().__init__(parent)
        self.title = title
        self.quiet = quiet
        self.cancellable = cancellable
        self.fraction: float | None = None
        self.text = ""
        self.done = False
        self.token = CancelToken()
        self._calls = calls
        self._started = time.monotonic()
        self.reported.connect(self._take_progress, Qt.ConnectionType.QueuedConnection)
        self.ended.connect(self._take_end, Qt.ConnectionType.QueuedConnection)

    @property
    def cancelled(self) -> bool:
        return self.token.cancelled

    def cancel(self) -> None:
        """Asks the job to end; returns at once. Nothing is delivered any more."""
        self.token.cancel()
        if not self.done:
            self.changed.emit()

    def remaining_s(self) -> float | None:
        """Seconds left at the pace so far; None while there is too little to go by."""
        elapsed = time.monotonic() - self._started
        if self.fraction is None or self.fraction < 0.02 or elapsed < 2:
            return None
        return elapsed * (1 - self.fraction) / self.fraction

    def show_progress(self, fraction: float | None, text: str) -> None:
        """Shows progress; for whoever hears of it on the main thread, past the job's own callback."""
        self.fraction = None if fraction is None else min(1.0, max(0.0, fraction))
        self.text = text
        self.changed.emit()

    def close(self) -> None:
        """Marks the job as over; a message still under way is dropped."""
        self.done = True
        self.finished.emit()

    def _take_progress(self, fraction: float | None, text: str) -> None:
        if self.done or self.cancelled:
            return
        self.show_progress(fraction, text)
        if self._calls.on_progress is not None:
            self._calls.on_progress(fraction, text)

    def _take_end(self, result: Any, error: Exception | None) -> None:
        if self.done:
            return
        self.close()
        calls = self._calls
        calls.on_end(self)
        if self.cancelled:
            if error is not None:
                _log.debug("a cancelled job ended with %s", type(error).__name__)
        elif error is not None:
            calls.on_error(error)
        elif calls.on_done is not None:
            calls.on_done(result)
        self.deleteLater()


class _Runnable(QRunnable):
    def __init__(self, function: JobFunction[Any], handle: JobHandle) -> None:
        super().__init__()
        self._function = function
        self._handle = handle
        self._last = 0.0

    def run(self) -> None:
        result, error = None, None
        try:
            if not self._handle.token.cancelled:
                result = self._function(self._handle.token, self._progress)
        except Exception as caught:  # noqa: BLE001  # whatever it is, it belongs to the one who asked for the job
            error = caught
        self._handle.ended.emit(result, error)

    def _progress(self, fraction: float | None, text: str = "") -> None:
        # The newest wins: a job that reports a thousand times a second must not fill the main thread's queue.
        now = time.monotonic()
        if now - self._last >= _PROGRESS_EVERY_S or fraction == 1.0:
            self._last = now
            self._handle.reported.emit(fraction, text)


class Jobs(QObject):
    """Runs jobs. Main thread only.

    Signals:
        started(JobHandle), finished(JobHandle): for the activity panel.
        failed(JobHandle, Exception): a job without an `on_error` of its own ended with an error.
    """

    started = Signal(object)
    finished = Signal(object)
    failed = Signal(object, object)

    def __init__(self, parent: QObject | None = None, *, threads: int = 4) -> None:
        super().__init__(parent)
        self._pool = QThreadPool()
        self._pool.setMaxThreadCount(threads)
        self._pool.setExpiryTimeout(5_000)
        self._running: list[JobHandle] = []
        self._closed = False

    def run(
        self,
        title: str,
        fn: JobFunction[T],
        on_done: Callable[[T], object] | None = None,
        on_error: Callable[[Exception], object] | None = None,
        on_progress: Callable[[float | None, str], object] | None = None,
        *,
        quiet: bool = False,
        cancellable: bool = True,
    ) -> JobHandle:
        """Starts `fn` on a thread of the pool and returns at once.

        Args:
            title: as the activity panel shows it.
            fn: called with the token and `progress(fraction or None, text)`, on the job's thread.
            on_done: gets the result, on the main thread; not called after a cancel.
            on_error: gets the exception, on the main thread; not called after a cancel. Without it: `failed`.
            on_progress: gets what the job reports, at most twenty times a second.
            quiet: keep it out of the activity panel (short, or shown elsewhere).
            cancellable: whether the panel offers to cancel it.
        """

        def fail(error: Exception) -> None:
            self.failed.emit(handle, error)

        calls = _Calls(on_done, on_error or fail, on_progress, self._end)
        handle = JobHandle(title, calls, quiet=quiet, cancellable=cancellable, parent=self)
        if self._closed:
            handle.cancel()
        self._running.append(handle)
        self.started.emit(handle)
        self._pool.start(_Runnable(fn, handle))
        return handle

    def running(self) -> list[JobHandle]:
        """The jobs that are not over yet, oldest first."""
        return list(self._running)

    def shutdown(self, timeout_s: float = 10.0) -> bool:
        """Cancels and joins all; nothing is delivered any more. False if one did not end in time."""
        self._closed = True
        for handle in self.running():
            handle.cancel()
            handle.close()
            self._end(handle)
        joined = self._pool.waitForDone(round(timeout_s * 1000))
        if not joined:
            _log.warning("a job did not end within %.0f s", timeout_s)
        return joined

    def _end(self, handle: JobHandle) -> None:
        self._running.remove(handle)
        self.finished.emit(handle)
