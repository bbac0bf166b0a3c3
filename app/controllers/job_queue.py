"""The queue of transcriptions over all studies: kept in the studies, so that it outlives the app and a crash."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from annotate.errors import StudyError
from annotate.models import Job, JobState
from annotate.store import StudyStore
from app.jobs import JobHandle, Jobs, Progress
from app.models.transcript import TranscriptLine
from app.settings import settings
from capture.running import recordings_running
from transcribe.cancel import CancelToken
from transcribe.errors import TranscribeCode, TranscribeError
from transcribe.models import Lack

_log = logging.getLogger("ui.queue")
_LOOK_MS = 1_000
_AGAIN_S = 5.0
"""After so long it is tried again to claim a session that another process transcribes."""


class Standing(StrEnum):
    """How a run stands, as a user sees it."""

    QUEUED = "queued"
    RUNNING = "running"
    PAUSED = "paused"
    RECORDING = "recording"  # it waits for the end of a recording
    ELSEWHERE = "elsewhere"  # another window or command transcribes this session
    ENDING = "ending"


@dataclass(slots=True, eq=False)
class Run:
    """A transcription that runs or waits to.

    Attributes:
        folder: of the study; `study` is its name.
        began_at: the fraction with which its work began last.
        lines: what was heard since it began last.
        fraction: how far it has come; None while that isn't known.
        text: how it stands, in words.
        left_s: seconds it will take; None while that isn't known, or while it waits.
        lacks: sound that its file promises and that isn't there.
    """

    folder: Path
    job: Job
    study: str
    participant: str
    standing: Standing = Standing.QUEUED
    lines: list[TranscriptLine] = field(default_factory=list)
    fraction: float | None = None
    text: str = ""
    left_s: float | None = None
    handle: JobHandle | None = None
    stops_for: JobState | None = None
    again_s: float = 0.0
    began_at: float = 0.0
    lacks: tuple[Lack, ...] = ()

    @property
    def session_id(self) -> str:
        return self.job.session_id


class JobQueue(QObject):
    """One run at a time, none while anything is recorded. Main thread only.

    The studies' `job` tables are the truth: what another window or the command line changes there is followed within
    a second, and what was waiting or running when the app ended is found again by `find`.

    Args:
        begin: starts the work of a run and returns its handle; it calls `ended` when it is over, in whatever way.
        recording: whether anything is being recorded by this user.

    Signals:
        changed: runs came, went, stand otherwise or in another order.
        moved(session_id): a run's progress or text is another.
        over(Run, Exception | None): a run has left the queue; None after its end and after a stop.
        failed(Exception): the queue could not be read or changed.
    """

    changed = Signal()
    moved = Signal(str)
    over = Signal(object, object)
    failed = Signal(object)

    def __init__(
        self,
        begin: Callable[[Run], JobHandle],
        parent: QObject | None = None,
        *,
        recording: Callable[[], bool] = lambda: bool(recordings_running()),
    ) -> None:
        super().__init__(parent)
        self._begin = begin
        self._recording = recording
        self._runs: list[Run] = []
        self._stores: dict[Path, tuple[StudyStore, int]] = {}
        self._watched: Path | None = None
        self._closed = False
        self._looking = False
        self._timer = QTimer(self)
        self._timer.setInterval(_LOOK_MS)
        self._timer.timeout.connect(self.look)

    # -- what there is --------------------------------------------------------------------------------------------

    def runs(self) -> list[Run]:
        """All runs: the one that is at work, then the others in their order."""
        return sorted(self._runs, key=lambda run: (run.handle is None, run.job.position))

    def run_of(self, session_id: str) -> Run | None:
        return next((run for run in self._runs if run.session_id == session_id), None)

    # -- what the user wants --------------------------------------------------------------------------------------

    def add(self, folder: Path, session_id: str, params: dict[str, Any]) -> Run | None:
        """Puts a session at the end of the queue; one that is in it stays where it is. None: it was refused."""
        if (run := self.run_of(session_id)) is not None:
            return run
        position = max((run.job.position for run in self._runs), default=0) + 1
        job = self._change(folder, lambda store: store.add_job(session_id, params, position=position)[0])
        if job is None:
            return None
        self._take(folder)
        self.look()
        return self.run_of(session_id)

    def pause(self, run: Run) -> None:
        """Stops a run until `resume`; what was heard is kept."""
        self._stop(run, JobState.PAUSED)

    def cancel(self, run: Run) -> None:
        """Takes a run out of the queue; what was heard is kept."""
        self._stop(run, JobState.CANCELLED)

    def resume(self, run: Run) -> None:
        """Lets a paused run take its turn again."""
        if run.standing is Standing.PAUSED and self._note(run, JobState.QUEUED):
            run.standing = Standing.QUEUED
            self._tell_standing(run)
            self.look()

    def pause_all(self) -> None:
        """Pauses every run, the waiting ones first, so that none of them begins."""
        for run in reversed(self.runs()):
            self.pause(run)

    def resume_all(self) -> None:
        """Lets every paused run take its turn again."""
        for run in self.runs():
            self.resume(run)

    def move(self, run: Run, step: int) -> None:
        """Lets a run that waits change places with the one before (-1) or behind it (1)."""
        waiting = [each for each in self.runs() if each.handle is None]
        if run not in waiting or not 0 <= (at := waiting.index(run) + step) < len(waiting):
            return
        other = waiting[at]
        mine, theirs = run.job.position, other.job.position
        if mine == theirs:  # from two studies that were filled apart
            theirs += step
        if self._place(run, theirs) and self._place(other, mine):
            self.changed.emit()

    # -- the app's life -------------------------------------------------------------------------------------------

    def find(self, jobs: Jobs, folders: list[Path]) -> None:
        """Looks in studies for what waits or was cut off, in the background, and goes on with it."""
        author = settings().author

        def look(cancel: CancelToken, _progress: Progress) -> list[Path]:
            return [folder for folder in folders if not cancel.cancelled and _has_open_jobs(folder, author)]

        def found(with_jobs: list[Path]) -> None:
            for folder in with_jobs:
                self._take(folder)
            self.look()

        jobs.run(self.tr("Looking for transcriptions to go on with"), look, found, quiet=True)

    def watch(self, folder: Path) -> None:
        """Follows what is put into this study's queue from elsewhere, until `unwatch`."""
        self._watched = folder
        self._take(folder)
        self.look()

    def unwatch(self) -> None:
        """The study is closed: its queue is followed only while something of it waits."""
        self._watched = None
        self._let_go()

    def close(self) -> None:
        """The app ends: what runs is stopped, and goes on at the next start."""
        if self._closed:
            return
        self._closed = True
        self._timer.stop()
        for run in self._runs:
            if run.handle is not None and run.stops_for is None:
                self._note(run, JobState.QUEUED)
                run.stops_for = JobState.QUEUED
                run.handle.cancel()
        for store, _version in self._stores.values():
            store.close()
        self._stores.clear()

    def look(self) -> None:
        """Follows changes made elsewhere, steps back from recordings, and starts the next run if there is room."""
        if self._closed or self._looking:
            return
        self._looking = True  # a run that fails at once comes back here
        try:
            self._follow()
            self._pump()
            self._let_go()
        finally:
            self._looking = False
        if self._runs or self._watched is not None:
            self._timer.start()
        else:
            self._timer.stop()

    def ended(self, run: Run, error: Exception | None) -> None:
        """A run's work is over: it came to its end, failed, or was stopped."""
        run.handle = None
        why, run.stops_for = run.stops_for, None
        if self._closed or run not in self._runs:
            return
        if why is not None and error is not None:
            self.failed.emit(error)  # it was stopped, and what was heard could not be saved
        busy = isinstance(error, TranscribeError) and error.code is TranscribeCode.BUSY
        if why is JobState.CANCELLED:
            self._note(run, JobState.CANCELLED)
            self._leave(run, None)
        elif why is not None:  # paused, or it makes room for a recording
            self._note(run, why)
            run.standing = Standing.PAUSED if why is JobState.PAUSED else Standing.QUEUED
            self._tell_standing(run)
        elif busy:
            run.standing, run.again_s = Standing.ELSEWHERE, time.monotonic() + _AGAIN_S
            self._tell_standing(run)
        elif _was_killed(error) and (run.fraction or 0.0) > run.began_at:
            _log.warning("the transcriber was killed; it goes on where it was")
            self._note(run, JobState.QUEUED)
            run.standing = Standing.QUEUED
            self._tell_standing(run)
        elif error is not None:
            code = getattr(error, "code", None)
            self._note(run, JobState.FAILED, error_code=str(code) if code is not None else type(error).__name__)
            self._leave(run, error)
        else:
            self._note(run, JobState.DONE)
            self._leave(run, None)
        self.changed.emit()
        self.look()

    def tell(self, run: Run, fraction: float | None, text: str, left_s: float | None = None) -> None:
        """How far a run's work is."""
        if run.handle is not None and run.stops_for is None and run in self._runs:
            run.fraction, run.text, run.left_s = fraction, text, left_s
            self.moved.emit(run.session_id)

    # -- inside ---------------------------------------------------------------------------------------------------

    def _pump(self) -> None:
        recording = bool(self._runs) and self._recording()
        running = next((run for run in self._runs if run.handle is not None), None)
        if running is not None:
            if recording and running.stops_for is None:
                _log.info("a recording runs: the transcription steps back")
                self._end(running, JobState.QUEUED)
            return
        now_s = time.monotonic()
        waiting = [run for run in self.runs() if run.standing is not Standing.PAUSED]
        for run in waiting:
            if run.standing in {Standing.QUEUED, Standing.RECORDING}:
                standing = Standing.RECORDING if recording else Standing.QUEUED
                if standing is not run.standing or not run.text:
                    run.standing = standing
                    self._tell_standing(run)
        if recording or any(run.standing is Standing.ELSEWHERE and run.again_s > now_s for run in waiting):
            return
        # What is being done elsewhere is asked for first: only when that is over is there room.
        waiting.sort(key=lambda run: run.standing is not Standing.ELSEWHERE)
        if waiting:
            self._start(waiting[0])

    def _start(self, run: Run) -> None:
        if not self._note(run, JobState.RUNNING):
            run.standing = Standing.PAUSED
            self._tell_standing(run)
            return
        if run.standing is not Standing.ELSEWHERE:
            run.standing = Standing.RUNNING
            run.text = self.tr("Preparing…")
        run.lines.clear()
        run.began_at = run.fraction or 0.0
        run.handle = self._begin(run)
        self.changed.emit()

    def began(self, run: Run) -> None:
        """The session is claimed: the work has begun."""
        if run.handle is not None and run.stops_for is None:
            run.standing = Standing.RUNNING
            self.changed.emit()

    def _stop(self, run: Run, why: JobState) -> None:
        if run not in self._runs:
            return
        if run.handle is not None:
            if self._note(run, why):
                self._end(run, why)
        elif self._note(run, why):
            if why is JobState.CANCELLED:
                self._leave(run, None)
            else:
                run.standing = Standing.PAUSED
                self._tell_standing(run)
            self.changed.emit()

    def _end(self, run: Run, why: JobState) -> None:
        assert run.handle is not None
        run.stops_for = why
        run.standing = Standing.ENDING
        self._tell_standing(run)
        run.handle.cancel()

    def _leave(self, run: Run, error: Exception | None) -> None:
        self._runs.remove(run)
        self.over.emit(run, error)

    def _follow(self) -> None:
        for folder, (store, seen) in list(self._stores.items()):
            try:
                version = store.data_version()
            except StudyError as error:
                self._lose(folder, error)
                continue
            if version != seen:
                self._stores[folder] = (store, version)
                self._take(folder)

    def _take(self, folder: Path) -> None:
        """Brings the runs of a study in line with its table."""

        def read(store: StudyStore) -> tuple[str, dict[str, str], list[Job]]:
            jobs = store.open_jobs()
            names = {session.id: session.participant_code for session in store.sessions()} if jobs else {}
            return store.study().name, names, jobs

        found = self._change(folder, read)
        if found is None:
            return
        study, names, jobs = found
        there = {job.id: job for job in jobs}
        for run in [run for run in self._runs if run.folder == folder]:
            job = there.pop(run.job.id, None)
            if job is None:
                self._gone(run)
                continue
            before, run.job = run.job, job
            if job.state is JobState.PAUSED and run.handle is not None and run.stops_for is None:
                self._end(run, JobState.PAUSED)
            elif job.state is not before.state and run.handle is None:
                run.standing = Standing.PAUSED if job.state is JobState.PAUSED else Standing.QUEUED
                self._tell_standing(run)
        for job in there.values():
            if self.run_of(job.session_id) is None:
                run = Run(folder, job, study, names.get(job.session_id, "?"), fraction=job.fraction)
                run.standing = Standing.PAUSED if job.state is JobState.PAUSED else Standing.QUEUED
                self._runs.append(run)
                self._tell_standing(run)
        self.changed.emit()

    def _gone(self, run: Run) -> None:
        """Somebody else has ended, cancelled or removed the job."""
        if run.handle is None:
            self._leave(run, None)
        elif run.stops_for is None:
            self._runs.remove(run)
            run.stops_for = JobState.CANCELLED
            run.handle.cancel()
            self.over.emit(run, None)

    def _lose(self, folder: Path, error: StudyError) -> None:
        """A study is gone or can't be read: its runs leave the queue until it is opened again."""
        _log.warning("the queue of a study can't be read: %s", error.code.value)
        store, _version = self._stores.pop(folder)
        store.close()
        for run in [run for run in self._runs if run.folder == folder]:
            self._gone(run)
        self.failed.emit(error)
        self.changed.emit()

    def _let_go(self) -> None:
        """Closes studies in which nothing waits any more: their folders are the user's to move."""
        needed = {run.folder for run in self._runs} | {self._watched}
        for folder in [folder for folder in self._stores if folder not in needed]:
            store, _version = self._stores.pop(folder)
            store.close()

    def _note(self, run: Run, state: JobState, *, error_code: str | None = None) -> bool:
        fraction = 1.0 if state is JobState.DONE else run.fraction

        def write(store: StudyStore) -> bool:
            store.set_job(run.job.id, state, fraction=fraction, error_code=error_code)
            run.job = replace(run.job, state=state, fraction=fraction)
            return True

        return self._change(run.folder, write) is True

    def _place(self, run: Run, position: int) -> bool:
        def write(store: StudyStore) -> bool:
            store.place_job(run.job.id, position)
            run.job = replace(run.job, position=position)
            return True

        return self._change(run.folder, write) is True

    def _change(self, folder: Path, act: Callable[[StudyStore], Any]) -> Any:
        """What `act` returns, called with a study's store; None after a failure, which is told."""
        try:
            if folder not in self._stores:
                store = StudyStore.open(folder, author=settings().author)
                self._stores[folder] = (store, store.data_version())
            return act(self._stores[folder][0])
        except StudyError as error:
            self.failed.emit(error)
            return None

    def _tell_standing(self, run: Run) -> None:
        run.text = self.standing_words(run)
        run.left_s = None
        self.moved.emit(run.session_id)

    def standing_words(self, run: Run) -> str:
        """How a run stands, for where there is room for a sentence."""
        words = {
            Standing.QUEUED: self.tr("Waits for its turn"),
            Standing.RUNNING: self.tr("Transcribing"),
            Standing.PAUSED: self.tr("Paused"),
            Standing.RECORDING: self.tr("Waits: a recording is running"),
            Standing.ELSEWHERE: self.tr("Transcribed by another window or command"),
            Standing.ENDING: self.tr("Stopping…"),
        }[run.standing]
        if run.fraction and run.standing is not Standing.ENDING:
            return self.tr("{words} · {percent} % done").format(words=words, percent=int(run.fraction * 100))
        return words


def _was_killed(error: Exception | None) -> bool:
    return isinstance(error, TranscribeError) and error.code is TranscribeCode.PROCESS_GONE


def _has_open_jobs(folder: Path, author: str) -> bool:
    try:
        with StudyStore.open(folder, author=author) as store:
            return bool(store.open_jobs())
    except StudyError:
        return False  # Home says what is the matter with it
