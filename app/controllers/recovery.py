"""Recordings that were cut off, and recordings that still run without a window: looked for, mended, taken over."""

from __future__ import annotations

import contextlib
import logging
from dataclasses import dataclass, field
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from annotate.ingest import ingest
from annotate.store import SUFFIX, StudyStore
from app.controllers.study import known_folders
from app.jobs import Jobs, Progress
from app.settings import settings
from capture.bundle import SessionBundle
from capture.client import running_bundles
from capture.errors import CaptureError
from capture.recovery import find_incomplete, recover
from transcribe.cancel import CancelToken

_log = logging.getLogger("ui.recovery")


@dataclass(frozen=True, slots=True)
class CutOff:
    """A recording that ended without being finished. `participant`: "" where the recording doesn't say."""

    bundle: Path
    study: Path
    participant: str
    source: SessionBundle = field(compare=False, repr=False)

    @property
    def study_name(self) -> str:
        return self.study.name.removesuffix(SUFFIX)


@dataclass(frozen=True, slots=True)
class Mended:
    """What mending brought back."""

    study: Path
    session_id: str
    duration_ns: int | None
    marks: int


def study_of(bundle: Path) -> Path:
    """The study's folder that a recording lies in."""
    return bundle.parent.parent


class RecoveryController(QObject):
    """Main thread only.

    Signals:
        found(list[CutOff]): after every look, also an empty one.
        running(list[Path]): bundles of live recorders, found by `look`.
        mended(Mended), mend_failed(CutOff, Exception).
    """

    found = Signal(object)
    running = Signal(object)
    mended = Signal(object)
    mend_failed = Signal(object, object)

    def __init__(self, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.cut_off: list[CutOff] = []
        self.mending: set[Path] = set()
        self._jobs = jobs

    def look(self) -> None:
        """Looks through the known studies, as a job."""
        folders = known_folders()

        def search(cancel: CancelToken, _progress: Progress) -> tuple[list[CutOff], list[Path]]:
            live = running_bundles()
            found: list[CutOff] = []
            for folder in folders:
                if not cancel.cancelled and folder.is_dir():
                    found += [CutOff(b.path, folder, _participant(b), b) for b in find_incomplete(folder)]
            return found, live

        self._jobs.run(self.tr("Looking for recordings that were cut off"), search, self._looked, quiet=True)

    def mend(self, item: CutOff) -> None:
        """Mends a recording and takes it into its study, as a job."""
        if item.bundle in self.mending:
            return
        self.mending.add(item.bundle)
        self.found.emit(self.cut_off)
        author = settings().author

        def work(_cancel: CancelToken, progress: Progress) -> Mended:
            progress(None, "")
            report = recover(item.source)
            with StudyStore.open(item.study, author=author) as store:
                session = ingest(store, item.source).session
            return Mended(item.study, session.id, report.duration_ns, report.marks)

        title = self.tr("Mending a recording")
        self._jobs.run(title, work, lambda r: self._done(item, r), lambda e: self._failed(item, e), cancellable=False)

    def _looked(self, result: tuple[list[CutOff], list[Path]]) -> None:
        self.cut_off, live = result
        self.found.emit(self.cut_off)
        if live:
            self.running.emit(live)

    def _done(self, item: CutOff, result: Mended) -> None:
        self.mending.discard(item.bundle)
        self.cut_off = [each for each in self.cut_off if each != item]
        self.found.emit(self.cut_off)
        self.mended.emit(result)

    def _failed(self, item: CutOff, error: Exception) -> None:
        self.mending.discard(item.bundle)
        self.found.emit(self.cut_off)
        self.mend_failed.emit(item, error)


def _participant(bundle: SessionBundle) -> str:
    with contextlib.suppress(CaptureError):
        return str(bundle.manifest().context.get("participant") or "")
    return ""
