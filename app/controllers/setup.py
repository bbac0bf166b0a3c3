"""What the set-up page looks at: the devices, a live picture of what would be recorded, and the sound's levels."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QObject, QTimer, Signal

from app.controllers.setup_sound import SoundMeters
from app.jobs import JobHandle, Jobs, Progress
from capture.config import Region
from capture.devices import Capabilities, probe, screen_preview_jpeg
from transcribe.cancel import CancelToken

_PREVIEW_EVERY_MS = 700
_PREVIEW_WIDTH = 800


@dataclass(frozen=True, slots=True)
class Picked:
    """What is to be recorded of the screen: a display's index, or a region."""

    display: int | None
    region: Region | None = None


class SetupController(QObject):
    """Opens devices only while the page is shown; all of it in jobs. Main thread only.

    Attributes:
        sound: the meters of the microphone and of the computer's sound.

    Signals:
        probed(Capabilities).
        preview(bytes): a JPEG. preview_failed(Exception).
    """

    probed = Signal(object)
    preview = Signal(bytes)
    preview_failed = Signal(object)

    def __init__(self, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._picked: Picked | None = None
        self._looking: JobHandle | None = None
        self._timer = QTimer(self)
        self._timer.setInterval(_PREVIEW_EVERY_MS)
        self._timer.timeout.connect(self._look)
        self.sound = SoundMeters(jobs, self)

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

    def stop(self, then: Callable[[], object] | None = None) -> None:
        """Lets go of all devices; `then` is called once they are free for somebody else."""
        self.watch_screen(None)
        self.sound.stop(then)

    def close(self) -> None:
        """Ends every meter, also one whose job was cut short. Call when the jobs have ended."""
        self.sound.close()

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
