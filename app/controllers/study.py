"""Opening and making studies, and what Home shows of them."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from annotate.errors import StudyError
from annotate.ingest import settle
from annotate.models import IssueStatus, NewTag, NewTask, SessionState
from annotate.store import SUFFIX, StudyStore
from app import paths
from app.jobs import Jobs, Progress
from app.recording import default_consent_text
from app.settings import settings
from app.study_context import StudyContext
from transcribe.cancel import CancelToken

_log = logging.getLogger("ui.study")


@dataclass(frozen=True, slots=True)
class StudySummary:
    """A study as its card shows it. `error`: why it can't be read; then the counts are 0."""

    folder: Path
    name: str
    sessions: int = 0
    planned: int = 0
    pilots: int = 0
    participants: int = 0
    recorded_ns: int = 0
    open_issues: int = 0
    touched: datetime | None = None
    error: Exception | None = None


def known_folders() -> list[Path]:
    """The recent studies, then those in the usual place; each once, only those that are there or were recent."""
    found = [Path(entry) for entry in settings().recent_studies]
    place = paths.studies_dir()
    if place.is_dir():
        found += sorted(place.glob(f"*{SUFFIX}"))
    return list(dict.fromkeys(found))


def summarize(folder: Path, author: str) -> StudySummary:
    """Reads a card's figures; on a job's thread."""
    name = folder.name.removesuffix(SUFFIX)
    try:
        with StudyStore.open(folder, author=author) as store:
            sessions = store.sessions()
            issues = store.issues()
            name = store.study().name
            path = store.path
            # Inside: with the last connection the -wal goes.
            newest = max(each.stat().st_mtime for each in (path, path.with_name(path.name + "-wal")) if each.exists())
    except StudyError as error:
        return StudySummary(folder, name, error=error)
    planned = [session for session in sessions if session.state is SessionState.PLANNED]
    recorded = [
        one for one in sessions if one.state is not SessionState.PLANNED and not one.pilot and not one.withdrawn
    ]
    open_states = {IssueStatus.OPEN, IssueStatus.ACCEPTED}
    return StudySummary(
        folder,
        name,
        sessions=len(recorded),
        planned=len(planned),
        pilots=sum(one.pilot for one in sessions),
        participants=len({session.participant_id for session in recorded}),
        recorded_ns=sum(session.used_ns or 0 for session in recorded),
        open_issues=sum(issue.status in open_states for issue in issues),
        touched=datetime.fromtimestamp(newest).astimezone(),
    )


class StudyController(QObject):
    """Holds the open study. Main thread only.

    Signals:
        context_changed(StudyContext | None).
        open_failed(Path, Exception).
        held_back: another study was asked for, or none, while this one is `held` (a recording runs for it).
        summaries_changed(list[StudySummary]).
    """

    context_changed = Signal(object)
    held_back = Signal()
    open_failed = Signal(object, object)
    summaries_changed = Signal(object)

    def __init__(self, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.context: StudyContext | None = None
        self.summaries: list[StudySummary] | None = None
        self.held = False
        self._jobs = jobs
        self._busy = False
        self._again = False

    def open(self, folder: Path, on_open: Callable[[StudyContext], object] | None = None) -> None:
        """Opens a study; checks, backup and migration run as a job."""
        if self.context is not None and self.context.folder == folder:
            if on_open is not None:
                on_open(self.context)
            return
        if self._hold():
            return
        author = settings().author

        def prepare(_cancel: CancelToken, _progress: Progress) -> Path:
            with StudyStore.open(folder, author=author) as store:
                settle(store)  # what ended while no window was there
                return store.folder

        self._jobs.run(
            self.tr("Opening the study"),
            prepare,
            lambda opened: self._enter(opened, on_open),
            lambda error: self.open_failed.emit(folder, error),
            quiet=True,
        )

    def create(
        self,
        folder: Path,
        name: str,
        tasks: Sequence[NewTask],
        tags: Sequence[NewTag],
        on_error: Callable[[Exception], object],
        on_open: Callable[[StudyContext], object] | None = None,
    ) -> None:
        """Makes a study and opens it."""
        if self._hold():
            return
        author = settings().author

        def make(_cancel: CancelToken, _progress: Progress) -> Path:
            folder.parent.mkdir(parents=True, exist_ok=True)
            text = default_consent_text()
            with StudyStore.create(folder, name, author=author, tasks=tasks, tags=tags, consent_text=text) as store:
                return store.folder

        self._jobs.run(self.tr("Making the study"), make, lambda made: self._enter(made, on_open), on_error, quiet=True)

    def close(self) -> None:
        """Closes the open study, unless it is held."""
        if not self._hold():
            self.shutdown()

    def shutdown(self) -> None:
        """Closes the open study in any case."""
        context, self.context = self.context, None
        if context is not None:
            self.context_changed.emit(None)
            context.close()
            context.deleteLater()

    def refresh(self) -> None:
        """Reads the cards' figures anew, as a job; asked again meanwhile, once more after it."""
        if self._busy:
            self._again = True
            return
        self._busy = True
        author = settings().author
        folders = known_folders()

        def read(cancel: CancelToken, _progress: Progress) -> list[StudySummary]:
            return [summarize(folder, author) for folder in folders if not cancel.cancelled]

        self._jobs.run(self.tr("Reading the studies"), read, self._take_summaries, self._not_read, quiet=True)

    def _hold(self) -> bool:
        if self.held:
            self.held_back.emit()
        return self.held

    def _not_read(self, error: Exception) -> None:
        _log.warning("the studies could not be read: %s", error)
        self._busy = False  # the next one is not to be held up by this one

    def _take_summaries(self, summaries: list[StudySummary]) -> None:
        self._busy = False
        self.summaries = summaries
        self.summaries_changed.emit(summaries)
        if self._again:
            self._again = False
            self.refresh()

    def _enter(self, folder: Path, on_open: Callable[[StudyContext], object] | None) -> None:
        if self.context is None or self.context.folder != folder:
            try:
                # The job has checked, backed up and migrated: this is one quick connection.
                store = StudyStore.open(folder, author=settings().author)
            except StudyError as error:
                self.open_failed.emit(folder, error)
                return
            if self._hold():
                store.close()
                return
            self.shutdown()
            self.context = StudyContext(store, self._jobs, author=settings().author, parent=self)
            settings().remember_study(folder)
            self.context_changed.emit(self.context)
        if on_open is not None:
            on_open(self.context)
