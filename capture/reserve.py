"""The reserve: room that is given back when the disk is full, so that what is open can be ended as a whole."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable
from pathlib import Path

from capture.fileio import open_private

_log = logging.getLogger("capture.reserve")

RESERVE_BYTES = 4 << 20


class Reserve:
    """A file of some megabytes. Any thread."""

    def __init__(self, path: Path, on_used: Callable[[], None]) -> None:
        """`on_used` is called once, on the thread that met the full disk."""
        self._path = path
        self._on_used = on_used
        self._lock = threading.Lock()
        self._is_used = False

    def make(self) -> None:
        """Takes the room. Raises `OSError`."""
        with os.fdopen(open_private(self._path, os.O_WRONLY | os.O_CREAT), "wb") as file:
            file.write(bytes(RESERVE_BYTES))
            file.flush()
            os.fsync(file.fileno())

    def release(self) -> None:
        """Gives the room back at the end. Raises `OSError`."""
        self._path.unlink(missing_ok=True)

    def use(self) -> None:
        """The disk is full: gives the room back and tells. What failed for want of room may be tried once more."""
        with self._lock:
            try:
                self._path.unlink(missing_ok=True)
            except OSError as error:
                _log.info("the reserve can't be given back: %s", error.strerror)
            if self._is_used:
                return
            self._is_used = True
        self._on_used()
