"""What the set-up page looks at: the devices, a live picture of what would be recorded, the microphone's level."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from app.jobs import JobHandle, Jobs, Progress
from capture.config import Region
from capture.devices import Capabilities, MicMeter, probe, screen_preview_jpeg
from transcribe.cancel import CancelToken

_log = logging.getLogger("ui.setup")
_PREVIEW_EVERY_MS = 700
_PREVIEW_WIDTH = 800


@dataclass(frozen=True, slots=True)
class Picked:
    """What is to be recorded of the screen: a display's index, or a region."""

    display: int | None
    region: Region | None = None


class SetupController(QObject):
    """Opens devices only while the page is shown; all of it in jobs. Main thread only.

    Signals:
        probed(Capabilities).
        preview(bytes): a JPEG. preview_failed(Exception).
        level(level, peak): 0 to 1, ten times a second; None: nothing arrives any more. microphone_failed(Exception).
    """

    probed = Signal(object)
    preview = Signal(bytes)
    preview_failed = Signal(object)
    level = Signal(object, object)
    microphone_failed = Signal(object)
    _heard = Signal()

    def __init__(self, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._picked: Picked | None = None
        self._looking: JobHandle | None = None
        self._timer = QTimer(self)
        self._timer.setInterval(_PREVIEW_EVERY_MS)
        self._timer.timeout.connect(self._look)
        self._meter: MicMeter | None = None
        self._wanted: str | None = None
        self._opening = False
        self._then: Callable[[], object] | None = None
        self._running: set[MicMeter] = set()  # changed by one job at a time, read when all have ended
        self._lock = threading.Lock()
        self._newest: tuple[float | None, float | None] | None = None
        self._heard.connect(self._hear, Qt.ConnectionType.QueuedConnection)

    def probe(self) -> None:
        """Looks for displays and microphones."""

        def work(_cancel: CancelToken, _progress: Progress) -> Capabilities:
            return probe()

        self._jobs.run(self.tr("Looking for displays and microphones"), work, self.probed.emit, quiet=True)

    def watch_screen(self, picked: Picked | None) -> None:
        """Shows this part of the screen from now on; None: nothing."""
        self._picked = picked
        if picked is None:
            self._timer.stop()
        else:
            self._timer.start()
            self._look()

    def watch_microphone(self, microphone: str | None) -> None:
        """Listens to this microphone from now on; None: to none."""
        self._wanted = microphone
        self._listen()

    def stop(self, then: Callable[[], object] | None = None) -> None:
        """Lets go of all devices; `then` is called once the microphone is free for somebody else."""
        self._then = then
        self.watch_screen(None)
        self.watch_microphone(None)

    def close(self) -> None:
        """Ends every meter, also one whose job was cut short. Call when the jobs have ended."""
        for meter in tuple(self._running):
            meter.stop()
        self._running.clear()

    # -- inside ---------------------------------------------------------------------------------------------------

    def _look(self) -> None:
        picked = self._picked
        if picked is None or self._looking is not None:
            return  # a picture that takes long isn't asked for twice

        def work(_cancel: CancelToken, _progress: Progress) -> bytes:
            return screen_preview_jpeg(picked.display, picked.region, _PREVIEW_WIDTH)

        def done(jpeg: bytes) -> None:
            self._looking = None
            if picked == self._picked:
                self.preview.emit(jpeg)

        def fail(error: Exception) -> None:
            self._looking = None
            if picked == self._picked:
                self.preview_failed.emit(error)

        self._looking = self._jobs.run(self.tr("Looking at the screen"), work, done, fail, quiet=True)

    def _listen(self) -> None:
        """Changes from the meter that is open to the one that is wanted, one step at a time."""
        if self._opening:
            return
        wanted, old = self._wanted, self._meter
        self._meter = None
        if wanted is None and old is None:
            self._tell_free()
            return
        self._opening = True

        def work(_cancel: CancelToken, _progress: Progress) -> MicMeter | None:
            if old is not None:
                old.stop()
                self._running.discard(old)
            if wanted is None:
                return None
            meter = MicMeter(wanted, self._take)
            self._running.add(meter)
            meter.start()
            return meter

        def settle(meter: MicMeter | None) -> None:
            self._opening = False
            self._meter = meter
            if wanted != self._wanted or wanted is None:
                self._listen()

        def fail(error: Exception) -> None:
            settle(None)
            if wanted == self._wanted:
                self.microphone_failed.emit(error)

        self._jobs.run(self.tr("Opening the microphone"), work, settle, fail, quiet=True)

    def _tell_free(self) -> None:
        then, self._then = self._then, None
        if then is not None:
            then()

    def _take(self, level: float | None, peak: float | None) -> None:
        """On the meter's thread: keeps the newest only."""
        with self._lock:
            waiting, self._newest = self._newest is not None, (level, peak)
        if not waiting:
            self._heard.emit()

    def _hear(self) -> None:
        with self._lock:
            newest, self._newest = self._newest, None
        if newest is not None and self._wanted is not None:
            self.level.emit(*newest)
