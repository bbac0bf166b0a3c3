"""A token by which one thread tells another to give up."""

from __future__ import annotations

import threading

from transcribe.errors import TranscribeCode, TranscribeError


class CancelToken:
    """Set once, seen by every thread that holds it; work that holds one looks at it at least once a second."""

    def __init__(self) -> None:
        self._event = threading.Event()

    def cancel(self) -> None:
        """Ask the work to end. May be called from any thread, any number of times."""
        self._event.set()

    @property
    def cancelled(self) -> bool:
        """Whether `cancel` was called."""
        return self._event.is_set()

    def wait(self, timeout_s: float) -> bool:
        """Sleep for `timeout_s` seconds, less when cancelled meanwhile; returns `cancelled`."""
        return self._event.wait(timeout_s)

    def check(self) -> None:
        """Raise `TranscribeError` CANCELLED once `cancel` was called."""
        if self._event.is_set():
            raise TranscribeError(TranscribeCode.CANCELLED)
