"""Waveforms and thumbnails of the session on the desk: read if they are kept, else made in a process of their own."""

from __future__ import annotations

import contextlib
import json
import logging
import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from PySide6.QtCore import QObject, Signal

from annotate.derived import SoundTrack, load_peaks, load_thumbs
from annotate.peaks import PeakPyramid, silent_spans
from annotate.thumbs import Thumbs
from annotate.timeline import TimeRange
from app.jobs import JobHandle, Jobs, Progress
from capture.bundle import SessionBundle
from transcribe.cancel import CancelToken
from transcribe.client import environment

_log = logging.getLogger("ui.derived")
_LOOK_S = 0.2


@dataclass(frozen=True, slots=True, eq=False)
class DerivedMedia:
    """What there is so far. `peaks` belong to the session's sound tracks, one by one; None: not made yet."""

    peaks: tuple[PeakPyramid | None, ...] = ()
    thumbs: Thumbs | None = None
    silence: tuple[TimeRange, ...] = field(default=())
    is_over: bool = False
    """Nothing more comes."""

    @property
    def complete(self) -> bool:
        """Whether nothing is left to be made."""
        return None not in self.peaks and self.thumbs is not None


class DerivedController(QObject):
    """Main thread only.

    Signals:
        changed(DerivedMedia): there is more of it now.
    """

    changed = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._job: JobHandle | None = None
        self._turn = 0

    def show(self, jobs: Jobs, bundle: SessionBundle, sounds: Sequence[SoundTrack], duration_ns: int) -> None:
        """Looks for the session's waveforms and thumbnails, and has made what is missing."""
        self.close()
        turn, tracks = self._turn, tuple(sounds)

        def read(_cancel: CancelToken, _progress: Progress) -> DerivedMedia:
            return load_derived(bundle, tracks, duration_ns)

        def done(found: DerivedMedia) -> None:
            if turn != self._turn:
                return
            self.changed.emit(replace(found, is_over=found.complete))
            self._job = None
            if not found.complete:
                self._make(jobs, bundle, tracks, duration_ns)

        self._job = jobs.run(self.tr("Reading waveforms"), read, done, self._failed, quiet=True)

    def close(self) -> None:
        """Nothing more comes of what was begun."""
        self._turn += 1
        if self._job is not None and not self._job.done:
            self._job.cancel()
        self._job = None

    def _make(self, jobs: Jobs, bundle: SessionBundle, tracks: tuple[SoundTrack, ...], duration_ns: int) -> None:
        turn = self._turn

        def work(cancel: CancelToken, progress: Progress) -> None:
            make_in_process(bundle, cancel, progress)

        def read_again(_cancel: CancelToken, _progress: Progress) -> DerivedMedia:
            return load_derived(bundle, tracks, duration_ns)

        def on_news(_share: float | None, text: str) -> None:
            if turn == self._turn and text:
                jobs.run(self.tr("Reading waveforms"), read_again, found, self._failed, quiet=True)

        def found(media: DerivedMedia) -> None:
            if turn == self._turn:
                self.changed.emit(media)

        def over(_nothing: None) -> None:
            if turn == self._turn:
                jobs.run(self.tr("Reading waveforms"), read_again, last, self._failed, quiet=True)

        def last(media: DerivedMedia) -> None:
            found(replace(media, is_over=True))

        title = self.tr("Drawing waveforms and thumbnails")
        self._job = jobs.run(title, work, over, self._failed, on_news, quiet=True)

    def _failed(self, error: Exception) -> None:
        # The timeline says that there is no waveform; nothing else depends on it.
        _log.info("no waveforms: %s", type(error).__name__)


def load_derived(bundle: SessionBundle, tracks: Sequence[SoundTrack], duration_ns: int) -> DerivedMedia:
    """What is kept and fresh."""
    peaks = tuple(load_peaks(bundle, track) for track in tracks)
    heard = [one.peaks for one in peaks if one is not None]
    silence = tuple(silent_spans(heard, duration_ns)) if heard and None not in peaks else ()
    return DerivedMedia(peaks, load_thumbs(bundle), silence)


def make_in_process(bundle: SessionBundle, cancel: CancelToken, progress: Progress) -> None:
    """Runs `annotate.derived` and passes on what it says; `progress(share, text)`, with a text for each file made.

    Raises:
        OSError: the process cannot be started.
    """
    process = subprocess.Popen(
        [*command(), str(bundle.path)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment(),
        start_new_session=True,
        creationflags=getattr(subprocess, "BELOW_NORMAL_PRIORITY_CLASS", 0),
    )

    def end_when_cancelled() -> None:
        while process.poll() is None:
            if cancel.wait(_LOOK_S):
                with contextlib.suppress(OSError):
                    process.kill()  # it only writes files that are swapped in whole
                return

    watcher = threading.Thread(target=end_when_cancelled, name="derived-watch")
    watcher.start()
    assert process.stdout is not None
    with process.stdout as lines:
        for line in lines:
            try:
                said = json.loads(line)
            except ValueError:
                continue
            made = "share" not in said
            progress(said.get("share"), "made" if made else "")
    process.wait()
    watcher.join()


def command() -> list[str]:
    """How the process is started. A frozen build is the interpreter itself, so it starts as itself."""
    if getattr(sys, "frozen", False):
        return [sys.executable, "--derive"]
    return [sys.executable, "-P", "-m", "annotate.derived"]
