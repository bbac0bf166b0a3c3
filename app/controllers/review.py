"""What the review desk does: opens a session, changes its observations, follows changes made elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from PySide6.QtCore import QObject, Signal

from annotate.changes import ChangeSet
from annotate.models import Issue, Observation, ObservationKind, Tag
from annotate.store import StudyStore
from app.controllers.rows import observation_rows
from app.controllers.session_load import LoadedSession, LoadedTranscript, load_session, load_transcript
from app.jobs import JobHandle, Progress
from app.models.observations import ObservationRow
from app.study_context import StudyContext
from transcribe.cancel import CancelToken

T = TypeVar("T")
_ROW_TABLES = frozenset(
    {
        "observation",
        "observation_tag",
        "tag",
        "issue",
        "issue_observation",
        "task_run",
        "task",
        "participant",
        "evidence",
    }
)
_TRANSCRIPT_TABLES = frozenset({"transcript", "segment", "word", "speaker"})


class ReviewController(QObject):
    """One session under review. Main thread only.

    Signals:
        opening(session_id): it is being read; `opened(LoadedSession)` or `failed(Exception)` follows.
        closed: there is no session any more.
        rows_changed(list of ObservationRow): the session's observations, or names in them, are others.
        transcript_changed(lines, StoredTranscript | None).
        speech_changed(tuple of Speech): as the timeline shows it.
        runs_changed(tuple of TaskRun): the edges or outcomes of the session's task runs are others.
    """

    opening = Signal(str)
    opened = Signal(object)
    failed = Signal(object)
    closed = Signal()
    rows_changed = Signal(list)
    transcript_changed = Signal(list, object)
    speech_changed = Signal(object)
    runs_changed = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._context: StudyContext | None = None
        self._session_id: str | None = None
        self._loaded: LoadedSession | None = None
        self._rows: list[ObservationRow] = []
        self._job: JobHandle | None = None
        self._transcript_job: JobHandle | None = None
        self._opens = 0

    # -- what is open ------------------------------------------------------------------------------------------

    @property
    def context(self) -> StudyContext | None:
        return self._context

    @property
    def session_id(self) -> str | None:
        return self._session_id

    @property
    def loaded(self) -> LoadedSession | None:
        """The session on the desk, None while it is being read."""
        return self._loaded

    @property
    def rows(self) -> list[ObservationRow]:
        return self._rows

    def tags(self) -> list[Tag]:
        return self._context.store.tags() if self._context is not None else []

    def issues(self) -> list[Issue]:
        return self._context.store.issues() if self._context is not None else []

    def set_context(self, context: StudyContext | None) -> None:
        """Another study, or none: the session is closed."""
        if self._context is not None:
            self._context.changed.disconnect(self._on_changed)
        self.close()
        self._context = context
        if context is not None:
            context.changed.connect(self._on_changed)

    def open(self, session_id: str) -> None:
        """Reads a session in the background."""
        context = self._context
        if context is None:
            return
        self._cancel_jobs()
        self._session_id, self._loaded = session_id, None
        self._opens += 1
        number = self._opens
        self.opening.emit(session_id)

        def read(_cancel: CancelToken, _progress: Progress) -> LoadedSession:
            with context.open_store() as store:
                return load_session(store, session_id)

        def done(loaded: LoadedSession) -> None:
            if number == self._opens:
                self._loaded = loaded
                self.opened.emit(loaded)
                self._rows = loaded.rows
                self.rows_changed.emit(loaded.rows)

        def broken(error: Exception) -> None:
            if number == self._opens:
                self._session_id = None
                self.failed.emit(error)

        self._job = context.jobs.run(self.tr("Opening the session"), read, done, broken, quiet=True)

    def reopen(self) -> None:
        """Reads the session anew, e.g. after its recording has ended."""
        if self._session_id is not None:
            self.open(self._session_id)

    def close(self) -> None:
        self._cancel_jobs()
        self._opens += 1
        self._session_id, self._loaded, self._rows = None, None, []
        self.closed.emit()

    # -- changes -----------------------------------------------------------------------------------------------

    def add_observation(
        self, t_start_ns: int, t_end_ns: int | None = None, kind: ObservationKind = ObservationKind.MARK
    ) -> Observation | None:
        """Marks a moment or a range of the session."""
        session_id = self._session_id
        if session_id is None:
            return None
        return self._do(
            self.tr("Mark"),
            lambda store: store.add_observation(session_id, t_start_ns=t_start_ns, t_end_ns=t_end_ns, kind=kind),
        )

    def set_times(self, observation_id: str, t_start_ns: int, t_end_ns: int | None) -> None:
        self._update(self.tr("Move observation"), observation_id, t_start_ns=t_start_ns, t_end_ns=t_end_ns)

    def move(self, times: Mapping[str, tuple[int, int | None]]) -> None:
        """Moves observations, as one step of undo."""

        def change(store: StudyStore) -> ChangeSet:
            with store.batch() as batch:
                for observation_id, (start, end) in times.items():
                    store.update_observation(observation_id, t_start_ns=start, t_end_ns=end)
            return batch.change

        self._do(self.tr("Move observation") if len(times) == 1 else self.tr("Move observations"), change)

    def move_run(self, run_id: str, t_start_ns: int, t_end_ns: int | None) -> None:
        """Moves the edges of a task run."""
        self._do(
            self.tr("Move a task’s edge"),
            lambda store: store.update_task_run(run_id, t_start_ns=t_start_ns, t_end_ns=t_end_ns),
        )

    def set_body(self, observation_id: str, body: str, edit: str) -> None:
        """Sets the text; texts with the same `edit` in a row are one step of undo."""
        self._do(
            self.tr("Edit text"),
            lambda store: store.update_observation(observation_id, body=body),
            merge=f"body {observation_id} {edit}",
        )

    def remove(self, observation_ids: Sequence[str]) -> None:
        """Removes observations, as one step of undo."""

        def change(store: StudyStore) -> ChangeSet:
            with store.batch() as batch:
                for observation_id in observation_ids:
                    store.remove_observation(observation_id)
            return batch.change

        if observation_ids:
            self._do(self.tr("Delete observation"), change)

    # -- following ---------------------------------------------------------------------------------------------

    def refresh_rows(self) -> None:
        """Reads the session's observations; a few ms, so it is done at once."""
        if self._context is None or self._loaded is None or self._session_id is None:
            return
        self._rows = observation_rows(self._context.store, self._session_id)
        self.rows_changed.emit(self._rows)

    def _has_quotes(self) -> bool:
        """Whether what is heard and right can change whether an observation may be quoted."""
        return any(row.observation.kind is ObservationKind.QUOTE for row in self._rows)

    def refresh_runs(self) -> None:
        """Reads the session's task runs; a few, so it is done at once."""
        loaded = self._loaded
        if self._context is None or loaded is None:
            return
        runs = tuple(self._context.store.task_runs(loaded.session.id))
        if runs != loaded.timeline.runs:
            self._loaded = replace(loaded, timeline=replace(loaded.timeline, runs=runs))
            self.runs_changed.emit(runs)

    def refresh_transcript(self) -> None:
        """Reads the transcript in the background."""
        context, session_id = self._context, self._session_id
        if context is None or session_id is None or self._loaded is None:
            return
        if self._transcript_job is not None:
            self._transcript_job.cancel()
        number = self._opens

        def read(_cancel: CancelToken, _progress: Progress) -> LoadedTranscript:
            with context.open_store() as store:
                return load_transcript(store, session_id)

        def done(found: LoadedTranscript) -> None:
            self._transcript_job = None
            if number == self._opens:
                self.speech_changed.emit(found.speech)
                self.transcript_changed.emit(found.lines, found.stored)

        self._transcript_job = context.jobs.run(self.tr("Reading the transcript"), read, done, quiet=True)

    def _on_changed(self, change: ChangeSet | None, _initiator: object) -> None:
        if self._loaded is None:
            return
        if change is None:
            self._refresh_all()
            return
        if "task_run" in change.tables:
            self.refresh_runs()
        if change.tables & _ROW_TABLES or ("segment" in change.tables and self._has_quotes()):
            self.refresh_rows()
        if change.tables & _TRANSCRIPT_TABLES:
            self.refresh_transcript()

    def _refresh_all(self) -> None:
        """Another process changed something: what, nobody says."""
        context, session_id, loaded = self._context, self._session_id, self._loaded
        if context is None or session_id is None or loaded is None:
            return
        session = next((s for s in context.store.sessions() if s.id == session_id), None)
        if session is None:
            self.close()
            return
        if (session.state, session.duration_ns, session.bundle_path) != (
            loaded.session.state,
            loaded.session.duration_ns,
            loaded.session.bundle_path,
        ):
            self.reopen()
            return
        self.refresh_runs()
        self.refresh_rows()
        if context.store.transcript(session_id) != loaded.transcript:
            self.refresh_transcript()

    def _update(self, text: str, observation_id: str, **fields: object) -> None:
        self._do(text, lambda store: store.update_observation(observation_id, **fields))

    def _do(
        self, text: str, fn: Callable[[StudyStore], ChangeSet | tuple[T, ChangeSet]], merge: str | None = None
    ) -> T | None:
        return self._context.do(text, fn, self, merge=merge) if self._context is not None else None

    def _cancel_jobs(self) -> None:
        for job in (self._job, self._transcript_job):
            if job is not None and not job.done:
                job.cancel()
        self._job = self._transcript_job = None
