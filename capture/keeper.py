"""Watches the microphone and the input listener, and opens them again when they come back."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from capture.errors import CaptureCode, CaptureError
from capture.health import Health
from capture.pipeline import Stage

CHECK_S = 0.5
RETRY_CHECKS = 4
JOIN_TIMEOUT_S = 15.0


class Watchable(Protocol):
    """What the keeper needs of a source."""

    def check_health(self) -> None: ...
    def stop(self) -> None: ...


@dataclass
class Kept:
    """A source under watch.

    Attributes:
        restart: opens it again; raises `CaptureError` while it can't.
    """

    stream: str
    source: Watchable
    restart: Callable[[], None]
    after: Callable[[], None] = lambda: None
    """Called when it is open again, after that was told."""
    code: CaptureCode | None = None
    """What its loss is told as, if it can't say that itself: what the computer plays comes as from a microphone."""
    is_down: bool = False
    checks: int = 0


class Keeper:
    """One thread, as opening a device may take seconds. Sources are stopped by it alone while it runs."""

    def __init__(self, health: Health, on_error: Callable[[Exception], None]) -> None:
        self._health = health
        self._kept: list[Kept] = []
        self._stop = threading.Event()
        self._stage = Stage("keeper", self._run, on_error)

    def add(self, kept: Kept) -> None:
        """Before `start`."""
        self._kept.append(kept)

    def start(self) -> None:
        self._stage.start()

    def stop(self) -> None:
        """Ends the thread and stops the sources."""
        self._stop.set()
        self._stage.join(JOIN_TIMEOUT_S)
        for kept in self._kept:
            kept.source.stop()

    def _run(self) -> None:
        while not self._stop.wait(CHECK_S):
            for kept in self._kept:
                if kept.is_down:
                    self._try_restart(kept)
                else:
                    self._check(kept)

    def _check(self, kept: Kept) -> None:
        try:
            kept.source.check_health()
        except CaptureError as error:
            kept.is_down = True
            kept.checks = -1  # tried at the next check, and then less often
            kept.source.stop()  # what it still delivers comes from another device
            self._health.lose(kept.stream, kept.code or error.code, error.detail)

    def _try_restart(self, kept: Kept) -> None:
        kept.checks += 1
        if kept.checks % RETRY_CHECKS:
            return
        try:
            kept.restart()
        except CaptureError:
            return
        kept.is_down = False
        self._health.recover(kept.stream)
        kept.after()
