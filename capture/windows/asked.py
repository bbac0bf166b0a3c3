"""The active window where the system doesn't tell of changes: it is asked four times a second."""

from __future__ import annotations

import threading
from collections.abc import Callable

from capture.clock import perf_ns
from capture.errors import CaptureCode, CaptureError
from capture.events import WindowEvent
from capture.windows import WindowSink

PERIOD_S = 0.25
JOIN_TIMEOUT_S = 5.0
Front = tuple[str | None, str | None, tuple[int, int, int, int] | None]
"""Application, title, and x, y, width, height in physical pixels."""


class AskedWindows:
    """Calls `front` on a thread of its own; `front` raises `OSError` or `ImportError` when it can't tell."""

    def __init__(self, front: Callable[[], Front], *, with_titles: bool) -> None:
        self._front = front
        self._with_titles = with_titles
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._is_lost = False

    def start(self, sink: WindowSink) -> None:
        self.stop()
        try:
            self._front()
        except (OSError, ImportError) as error:
            raise CaptureError(CaptureCode.NO_WINDOWS, type(error).__name__) from error
        self._is_lost = False
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(sink, self._stop), name="windows", daemon=True)
        self._thread.start()

    def check_health(self) -> None:
        if self._is_lost or self._thread is None:
            raise CaptureError(CaptureCode.NO_WINDOWS, "not told any more")

    def stop(self) -> None:
        self._stop.set()
        if self._thread is not None:
            self._thread.join(JOIN_TIMEOUT_S)
            self._thread = None

    def _run(self, sink: WindowSink, stop: threading.Event) -> None:
        told: Front | None = None
        while True:
            stamp = perf_ns()
            try:
                app, title, place = self._front()
            except (OSError, ImportError):
                self._is_lost = True
                return
            seen: Front = (app, title if self._with_titles else None, place)
            if seen != told:
                told = seen
                sink(WindowEvent(stamp, seen[0], seen[1], *(place or (None, None, None, None))))
            if stop.wait(PERIOD_S):
                return
