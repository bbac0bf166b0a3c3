"""The open study, as every page sees it: the store, the undo stack, the jobs, and word of every change."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QUndoCommand, QUndoStack

from annotate.changes import ChangeSet
from annotate.errors import StudyCode, StudyError
from annotate.store import StudyStore
from app.jobs import Jobs

T = TypeVar("T")
_log = logging.getLogger("ui.study")
_WATCH_MS = 1_000
_UNDO_LIMIT = 200


class StudyContext(QObject):
    """One open study. Main thread only; jobs take a store of their own with `open_store`.

    Signals:
        changed(ChangeSet | None, initiator): rows changed. None: another process or a job changed the study, so
            refresh everything. `initiator` is whatever was given to `do`; who made the change needs no refresh.
        failed(Exception): a change was refused; nothing was changed.
    """

    changed = Signal(object, object)
    failed = Signal(object)

    def __init__(self, store: StudyStore, jobs: Jobs, *, author: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.store = store
        self.jobs = jobs
        self.author = author
        self.undo = QUndoStack(self)
        self.undo.setUndoLimit(_UNDO_LIMIT)
        self._seen = store.data_version()
        self._timer = QTimer(self)
        self._timer.setInterval(_WATCH_MS)
        self._timer.timeout.connect(self.look_for_changes)
        self._timer.start()

    @property
    def folder(self) -> Path:
        return self.store.folder

    def do(
        self,
        text: str,
        fn: Callable[[StudyStore], ChangeSet | tuple[T, ChangeSet]],
        initiator: object = None,
        *,
        merge: str | None = None,
    ) -> T | None:
        """Changes the study, makes it undoable as `text`, and tells everybody.

        Args:
            text: what was done, e.g. "Rename task"; shown as "Undo Rename task".
            fn: calls one or more mutators and returns their change.
            initiator: passed on with `changed`.
            merge: changes in a row with the same `merge` are one step of undo (a drag, typing in one field).

        Returns:
            The value beside the change, or None. After a refusal None, and `failed` is emitted.
        """
        try:
            outcome = fn(self.store)
        except StudyError as error:
            _log.info("refused: %s", error.code.value)
            self.failed.emit(error)
            return None
        value: T | None = None
        if isinstance(outcome, ChangeSet):
            change = outcome
        else:
            value, change = outcome
        if change.rows:
            self.undo.push(_ChangeCommand(self, text, change, merge))
            self.changed.emit(change, initiator)
        return value

    def announce(self, change: ChangeSet | None = None, initiator: object = None) -> None:
        """Tells everybody of a change that is not undoable (ingest, a transcript): None means refresh all."""
        self.changed.emit(change, initiator)

    def open_store(self) -> StudyStore:
        """A store of its own for a job's thread, which closes it."""
        return StudyStore.open(self.store.folder, author=self.author)

    def look_for_changes(self) -> None:
        """Emits `changed(None, None)` if another connection changed the study since the last look."""
        try:
            version = self.store.data_version()
        except StudyError as error:
            self.failed.emit(error)
            return
        if version != self._seen:
            self._seen = version
            self.changed.emit(None, None)

    def close(self) -> None:
        """Closes the store. The context is of no use afterwards."""
        self._timer.stop()
        self.undo.clear()
        self.store.close()


class _ChangeCommand(QUndoCommand):
    """One step of undo: the changes made, newest last."""

    def __init__(self, context: StudyContext, text: str, change: ChangeSet, merge: str | None) -> None:
        super().__init__(text)
        self._context = context
        self.changes = [change]
        self.merge = merge
        self._fresh = True

    def id(self) -> int:
        # Qt asks to merge commands with equal ids other than -1.
        return -1 if self.merge is None else 1

    def mergeWith(self, other: QUndoCommand) -> bool:
        if not isinstance(other, _ChangeCommand) or other.merge != self.merge:
            return False
        self.changes.extend(other.changes)
        return True

    def redo(self) -> None:
        if self._fresh:  # pushing calls redo; the change is made already
            self._fresh = False
            return
        self._invert()

    def undo(self) -> None:
        self._invert()

    def _invert(self) -> None:
        inverses: list[ChangeSet] = []
        try:
            for change in reversed(self.changes):
                inverse = self._context.store.apply_inverse(change)
                inverses.append(inverse)
        except StudyError as error:
            if error.code is StudyCode.STALE_CHANGE:
                self.setObsolete(True)  # somebody else changed it since: this step can't be taken back any more
            self._context.failed.emit(error)
        else:
            self.changes = inverses
        for inverse in inverses:
            self._context.changed.emit(inverse, None)
