"""The search over all studies: keeps the index up to date and asks it, as jobs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from annotate.changes import ChangeSet
from annotate.library import FacetKind, KnownStudy, Library, UpdateReport
from annotate.search import Query, Results, search
from app import paths
from app.jobs import JobHandle, Jobs, Progress
from app.study_context import StudyContext
from transcribe.cancel import CancelToken

_SETTLE_MS = 1500
_TABLES = frozenset(
    {"transcript", "segment", "speaker", "observation", "issue", "task_run", "task", "session", "participant", "study"}
)


class SearchController(QObject):
    """Main thread only; the index is read and written on jobs' threads, each with its own connection.

    Args:
        jobs: the app's.
        folders: the studies that are known, as the app lists them.

    Signals:
        found(Query, Results): the newest query's; older ones are dropped.
        updating: the index is being brought up to date; `updated(list of KnownStudy with a problem)` follows.
        facets_found(dict of FacetKind to list of names).
        failed(Exception).
    """

    found = Signal(object, object)
    updating = Signal()
    updated = Signal(list)
    facets_found = Signal(dict)
    failed = Signal(object)

    def __init__(self, jobs: Jobs, folders: Callable[[], list[Path]], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._folders = folders
        self._asking: JobHandle | None = None
        self._query: Query | None = None
        self._limit = 0
        self._busy = self._again = False
        self._settle = QTimer(self)  # edits come in bursts
        self._settle.setSingleShot(True)
        self._settle.setInterval(_SETTLE_MS)
        self._settle.timeout.connect(self.update)

    def follow(self, context: StudyContext) -> None:
        """Brings the index up to date whenever this study has changed; ends with the context."""
        context.changed.connect(self._on_changed)

    def ask(self, query: Query, limit: int) -> None:
        """Looks for something; `found` follows, unless another query comes first."""
        if self._asking is not None and not self._asking.done:
            self._asking.cancel()
        self._query, self._limit = query, limit

        def look(_cancel: CancelToken, _progress: Progress) -> Results:
            with Library.in_folder(paths.data_dir()) as library:
                return search(library, query, limit)

        self._asking = self._jobs.run(
            self.tr("Searching"), look, lambda results: self.found.emit(query, results), self.failed.emit, quiet=True
        )

    def update(self) -> None:
        """Brings the index up to date; asked again meanwhile, once more after it."""
        self._run(lambda library, folders, cancel: library.update(folders, cancel=cancel), quiet=True)

    def rebuild(self) -> None:
        """Makes the index anew from the studies."""
        self._run(lambda library, folders, cancel: library.rebuild(folders, cancel=cancel), quiet=False)

    def forget(self, study: KnownStudy) -> None:
        """Takes a study that is gone off the list."""

        def drop(_cancel: CancelToken, _progress: Progress) -> None:
            with Library.in_folder(paths.data_dir()) as library:
                library.forget(study.folder)

        self._jobs.run(self.tr("Searching"), drop, lambda _none: self.update(), self.failed.emit, quiet=True)

    def _run(self, work: Callable[[Library, list[Path], CancelToken], UpdateReport], *, quiet: bool) -> None:
        if self._busy:
            self._again = True
            return
        self._busy = True
        folders = [folder for folder in self._folders() if folder.is_dir()]
        self.updating.emit()

        def read(cancel: CancelToken, _progress: Progress) -> tuple[UpdateReport, dict[FacetKind, list[str]]]:
            with Library.in_folder(paths.data_dir()) as library:
                report = work(library, folders, cancel)
                return report, {kind: library.facets(kind) for kind in FacetKind}

        def done(result: tuple[UpdateReport, dict[FacetKind, list[str]]]) -> None:
            report, facets = result
            self._end()
            self.facets_found.emit(facets)
            self.updated.emit(list(report.problems))
            if report.sessions and self._query is not None:
                self.ask(self._query, self._limit)

        def broken(error: Exception) -> None:
            self._end()
            self.failed.emit(error)

        self._jobs.run(self.tr("Making the search index anew"), read, done, broken, quiet=quiet)

    def _end(self) -> None:
        self._busy = False
        if self._again:
            self._again = False
            self.update()

    def _on_changed(self, change: ChangeSet | None, _initiator: object) -> None:
        if change is None or change.tables & _TABLES:
            self._settle.start()
