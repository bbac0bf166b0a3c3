"""`StudyStore`: a study's file, read and written as values."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from annotate import _open
from annotate._answers import AnswersPart
from annotate._consent_items import add_items
from annotate._evidence import EvidencePart
from annotate._history import HistoryPart
from annotate._ingested import IngestedPart
from annotate._jobs import JobsPart
from annotate._part import new_id, required_text
from annotate._rows import Database, Rows
from annotate._targets import TargetsPart
from annotate._transcript_edits import TranscriptEditsPart
from annotate.changes import ChangeSet, SqlValue
from annotate.defaults import CONSENT_TEXT, DEFAULT_TAGS
from annotate.models import NewTag, NewTask

__all__ = ["Batch", "NewTag", "NewTask", "StudyStore"]

SUFFIX = _open.SUFFIX
"""How the names of study folders end."""
FILE_NAME = _open.FILE_NAME
"""The file in a study's folder that makes it one."""


@dataclass(slots=True)
class Batch:
    """What a `StudyStore.batch` changed, once it has ended."""

    change: ChangeSet


class StudyStore(TranscriptEditsPart, IngestedPart, AnswersPart, EvidencePart, JobsPart, TargetsPart, HistoryPart):
    """A study's file. One instance belongs to one thread; any number of instances and processes share a file.

    Every mutator is one short transaction, or a part of the `batch` around it, and returns the `ChangeSet` of
    what it did (empty if all was so already). Lists are read afresh each time.

    Raises:
        StudyError: from any method: STUDY_BUSY when another process holds the file for longer than five seconds,
            STUDY_UNWRITABLE, STUDY_BROKEN, DISK_FULL. Nothing is changed then.
    """

    def __init__(self, folder: Path, author: str, conn: sqlite3.Connection) -> None:
        """Use `open` or `create`."""
        self.folder = folder
        self.author = author
        self._db = Database(conn, self.path, self._record)

    @classmethod
    def create(
        cls,
        folder: Path,
        name: str,
        *,
        author: str,
        tasks: Sequence[NewTask] = (),
        tags: Sequence[NewTag] | None = None,
        consent_text: str | None = None,
    ) -> StudyStore:
        """Make a study and open it.

        Args:
            folder: Gets the suffix `.moderato` if it hasn't got it; may be there already, without a study in it.
            name: What people call the study.
            author: Who works with this store.
            tasks: In the order in which they are given.
            tags: The codes to begin with; None for the usual ones (`annotate.defaults.DEFAULT_TAGS`).
            consent_text: Version 1 of the consent form, in English; None for a short one.

        Raises:
            StudyError: STUDY_EXISTS, VALUE_INVALID, STUDY_UNWRITABLE, DISK_FULL.
        """
        name, author = required_text("name", name), required_text("author", author)
        body = CONSENT_TEXT if consent_text is None else required_text("consent_text", consent_text)
        if folder.suffix != _open.SUFFIX:
            folder = folder.with_name(folder.name + _open.SUFFIX)
        try:
            store = cls(folder, author, _open.make_file(folder))
            with store, store._db.write() as tx:
                tx.insert("study", {"id": new_id(), "name": name})
                form: dict[str, SqlValue] = {"id": new_id(), "version": 1, "language": "en", "body": body}
                tx.insert("consent_form", form)
                add_items(tx, str(form["id"]))
                for task in tasks:
                    store.add_task(task.title, scenario=task.scenario, expected_ns=task.expected_ns)
                for tag in DEFAULT_TAGS if tags is None else tags:
                    store.add_tag(tag.name, colour=tag.colour, key=tag.key)
            _open.publish(folder)
        finally:
            _open.discard_part(folder)
        return cls.open(folder, author=author)

    @classmethod
    def open(cls, folder: Path, *, author: str) -> StudyStore:
        """Open a study: its folder, its file, or the folder's name without suffix.

        An older file is backed up and migrated; a day after the last backup another one is made.

        Raises:
            StudyError: STUDY_MISSING, STUDY_BROKEN, STUDY_TOO_NEW (the file is left untouched then),
                STUDY_UNWRITABLE, STUDY_BUSY, DISK_FULL, VALUE_INVALID (no author).
        """
        author = required_text("author", author)
        folder = _open.study_folder(folder)
        return cls(folder, author, _open.open_file(folder))

    @property
    def path(self) -> Path:
        """The study's file."""
        return self.folder / _open.FILE_NAME

    def data_version(self) -> int:
        """A number that changes when another instance or process has changed the file."""
        return self._db.data_version()

    def close(self) -> None:
        """Close the file; the instance is of no use afterwards."""
        self._db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @contextlib.contextmanager
    def batch(self) -> Iterator[Batch]:
        """Make one transaction, and one change set to undo at once, of several mutators.

        Keep it short: other writers wait. An exception takes back all of it.
        """
        batch = Batch(ChangeSet())
        with self._db.write() as tx:
            yield batch
        batch.change = tx.change

    @contextlib.contextmanager
    def automatic(self) -> Iterator[None]:
        """What is changed within is nobody's doing: history names no author (taking in a recording, say)."""
        before, self._automatic = self._automatic, True
        try:
            yield
        finally:
            self._automatic = before

    @contextlib.contextmanager
    def writing(self) -> Iterator[Rows]:
        """One transaction on the rows themselves, for what takes in a whole study (`annotate.merging`)."""
        with self._db.write() as tx:
            yield tx

    @contextlib.contextmanager
    def snapshot(self) -> Iterator[None]:
        """Let all reads within see one state of the study, whatever others write meanwhile. Don't write within."""
        with self._db.snapshot():
            yield

    def apply_inverse(self, change: ChangeSet) -> ChangeSet:
        """Undo a change: put back the columns it touched, and the rows it inserted or deleted.

        The result is a change like any other, so undoing that one is redoing.

        Raises:
            StudyError: STALE_CHANGE when a row concerned is gone or was changed in these columns since; nothing
                is undone then.
        """
        with self._db.write() as tx:
            tx.invert(change)
        return tx.change
