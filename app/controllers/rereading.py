"""Something that is read from the study in a job, and read anew after each change."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from PySide6.QtCore import QObject, Signal

from annotate.changes import ChangeSet
from annotate.store import StudyStore
from app.jobs import JobHandle, Progress
from app.study_context import StudyContext
from transcribe.cancel import CancelToken

T = TypeVar("T")
V = TypeVar("V")


class Rereading(QObject, Generic[T]):
    """Main thread only. One's own changes go through `do`; changes while it reads lead to one more reading, not many.

    Args:
        title: of the job.
        tables: those whose changes matter.
        read: reads it, on the job's thread, from a store of its own.

    Signals:
        loading: nothing is known yet.
        loaded(value): after a study was opened, and after each change.
        failed(Exception): the study could not be read.
    """

    loading = Signal()
    loaded = Signal(object)
    failed = Signal(object)

    def __init__(
        self, title: str, tables: frozenset[str], read: Callable[[StudyStore], T], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._title = title
        self._tables = tables
        self._read = read
        self._context: StudyContext | None = None
        self._value: T | None = None
        self._job: JobHandle | None = None
        self._again = False
        self._awake = True
        self._stale = False

    @property
    def context(self) -> StudyContext | None:
        return self._context

    @property
    def value(self) -> T | None:
        """What was read last; None before that."""
        return self._value

    def set_context(self, context: StudyContext | None) -> None:
        """Another study, or none."""
        if self._context is not None:
            self._context.changed.disconnect(self._on_changed)
        if self._job is not None and not self._job.done:
            self._job.cancel()
        self._job, self._again, self._stale = None, False, False
        self._context, self._value = context, None
        if context is not None:
            context.changed.connect(self._on_changed)
            self.loading.emit()
            self.refresh()

    def set_awake(self, awake: bool) -> None:
        """Asleep, it only remembers that it must read: nobody looks."""
        self._awake = awake
        if awake and self._stale:
            self.refresh()

    def set_read(self, read: Callable[[StudyStore], T]) -> None:
        """Reads in another way from now on."""
        self._read = read
        self.refresh()

    def refresh(self) -> None:
        """Reads anew."""
        if self._context is None:
            return
        if not self._awake:
            self._stale = True
        elif self._job is not None:
            self._again = True
        else:
            self._stale = False
            self._start(self._context, self._read)

    def do(
        self, text: str, fn: Callable[[StudyStore], ChangeSet | tuple[V, ChangeSet]], *, merge: str | None = None
    ) -> V | None:
        """As `StudyContext.do`; nothing while no study is open."""
        return self._context.do(text, fn, self, merge=merge) if self._context is not None else None

    def _start(self, context: StudyContext, read: Callable[[StudyStore], T]) -> None:
        def work(_cancel: CancelToken, _progress: Progress) -> T:
            with context.open_store() as store:
                return read(store)

        def over() -> bool:
            self._job = None
            again, self._again = self._again, False
            if again:
                self.refresh()
            return again

        def done(value: T) -> None:
            if self._context is context and not over():
                self._value = value
                self.loaded.emit(value)

        def broken(error: Exception) -> None:
            if self._context is context and not over():
                self.failed.emit(error)

        self._job = context.jobs.run(self._title, work, done, broken, quiet=True)

    def _on_changed(self, change: ChangeSet | None, _initiator: object) -> None:
        if change is None or change.tables & self._tables:
            self.refresh()
