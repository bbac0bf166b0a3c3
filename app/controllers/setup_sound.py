"""The levels of what a session would hear: the microphone and what the computer plays, one meter each."""

from __future__ import annotations

import threading
from collections.abc import Callable
from enum import StrEnum

from PySide6.QtCore import QObject, Qt, Signal

from app.jobs import Jobs, Progress
from capture.devices import MicMeter
from transcribe.cancel import CancelToken


class Heard(StrEnum):
    """What is listened to."""

    MIC = "mic"
    SYSTEM = "system"


class SoundMeters(QObject):
    """Opens and closes the meters in jobs, one at a time: the sound library bears no two at once. Main thread only.

    Signals:
        level(Heard, level, peak): 0 to 1, ten times a second; None: nothing arrives any more.
        failed(Heard, Exception): it can't be opened; asked for again, it is tried again.
    """

    level = Signal(object, object, object)
    failed = Signal(object, object)
    _news = Signal()

    def __init__(self, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._wanted: dict[Heard, str | None] = dict.fromkeys(Heard)
        self._meters: dict[Heard, MicMeter] = {}
        self._due: list[Heard] = []
        self._is_changing = False
        self._then: Callable[[], object] | None = None
        self._running: set[MicMeter] = set()  # changed by one job at a time, read when all have ended
        self._lock = threading.Lock()
        self._newest: dict[Heard, tuple[float | None, float | None]] = {}
        self._news.connect(self._tell, Qt.ConnectionType.QueuedConnection)

    def watch(self, what: Heard, device: str | None) -> None:
        """Listens to this device from now on; None: to none."""
        self._wanted[what] = device
        if what not in self._due:
            self._due.append(what)
        self._change()

    def stop(self, then: Callable[[], object] | None = None) -> None:
        """Lets go of both; `then` is called once they are free for somebody else."""
        self._then = then
        for what in Heard:
            self.watch(what, None)

    def close(self) -> None:
        """Ends every meter, also one whose job was cut short. Call when the jobs have ended."""
        for meter in tuple(self._running):
            meter.stop()
        self._running.clear()

    # -- inside ---------------------------------------------------------------------------------------------------

    def _change(self) -> None:
        """Takes the next step from what is open to what is wanted; each step's end takes the one after it."""
        while self._due and not self._is_changing:
            what = self._due.pop(0)
            if self._wanted[what] is not None or what in self._meters:
                self._exchange(what)
        if not self._is_changing and not self._meters and not any(self._wanted.values()):
            then, self._then = self._then, None
            if then is not None:
                then()

    def _exchange(self, what: Heard) -> None:
        wanted, old = self._wanted[what], self._meters.pop(what, None)
        self._is_changing = True

        def work(_cancel: CancelToken, _progress: Progress) -> MicMeter | None:
            if old is not None:
                old.stop()
                self._running.discard(old)
            if wanted is None:
                return None
            meter = MicMeter(wanted, self._take(what), is_system=what is Heard.SYSTEM)
            self._running.add(meter)
            meter.start()
            return meter

        def done(meter: MicMeter | None) -> None:
            self._is_changing = False
            if meter is not None:
                self._meters[what] = meter
            self._change()

        def fail(error: Exception) -> None:
            if wanted == self._wanted[what]:
                self.failed.emit(what, error)
            done(None)

        words = self.tr("Opening the microphone") if what is Heard.MIC else self.tr("Listening to the computer's sound")
        self._jobs.run(words, work, done, fail, quiet=True)

    def _take(self, what: Heard) -> Callable[[float | None, float | None], None]:
        def take(level: float | None, peak: float | None) -> None:
            """On the meter's thread: keeps the newest only."""
            with self._lock:
                is_first = not self._newest
                self._newest[what] = (level, peak)
            if is_first:
                self._news.emit()

        return take

    def _tell(self) -> None:
        with self._lock:
            newest, self._newest = self._newest, {}
        for what, (level, peak) in newest.items():
            if self._wanted[what] is not None:
                self.level.emit(what, level, peak)
