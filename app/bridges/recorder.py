"""From the recorder client's reader thread to the main thread."""

from __future__ import annotations

import threading

from PySide6.QtCore import QObject, Qt, Signal

from capture.protocol import Preview, RecorderEvent, Status


class RecorderBridge(QObject):
    """Hands the recorder's events on as signals of the main thread.

    States and previews come many times a second; only the newest is kept while the main thread is busy, so nothing
    piles up. All other events are few, and each is delivered.

    Signals (main thread):
        status(Status), preview(bytes), happened(any other RecorderEvent).
    """

    status = Signal(object)
    preview = Signal(bytes)
    happened = Signal(object)
    _wake = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._lock = threading.Lock()
        self._status: Status | None = None
        self._preview: Preview | None = None
        self._woken = False
        self._closed = False
        self._wake.connect(self._deliver_newest, Qt.ConnectionType.QueuedConnection)

    def deliver(self, event: RecorderEvent) -> None:
        """Takes an event; called on the client's reader thread."""
        if self._closed:
            return
        if not isinstance(event, Status | Preview):
            self.happened.emit(event)
            return
        with self._lock:
            if isinstance(event, Status):
                self._status = event
            else:
                self._preview = event
            wake, self._woken = not self._woken, True
        if wake:
            self._wake.emit()

    def close(self) -> None:
        """Delivers nothing any more."""
        self._closed = True

    def _deliver_newest(self) -> None:
        with self._lock:
            status, self._status = self._status, None
            preview, self._preview = self._preview, None
            self._woken = False
        if self._closed:
            return
        if status is not None:
            self.status.emit(status)
        if preview is not None:
            self.preview.emit(preview.jpeg)
