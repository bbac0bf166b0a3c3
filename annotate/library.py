"""The search index over all studies: kept beside none of them, brought up to date from them, never the truth.

`Library.update` reads the studies whose files have changed and writes what is new about them; `annotate.search` asks.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import Self

from annotate._library_file import discard, open_library
from annotate._sqlite import translated
from annotate.errors import StudyCode, StudyError
from annotate.models import Session, Speaker, TaskRun
from annotate.store import FILE_NAME, SUFFIX, StudyStore
from transcribe.cancel import CancelToken

FILE = "library.sqlite3"
_MANY = 20
"""An update of more sessions than this is worth a merge of the index (half a second for 100 hours)."""
MARK_BEGIN, MARK_END = "\x02", "\x03"
"""What stands around the words that were found, between the index and `annotate.search`; no item has them."""


class ItemKind(StrEnum):
    """What a hit was found in."""

    SPEECH = "speech"
    TRANSLATION = "translation"
    OBSERVATION = "observation"
    ISSUE = "issue"


class FacetKind(StrEnum):
    """What a search can be narrowed to."""

    KIND = "kind"
    STUDY = "study"
    PARTICIPANT = "participant"
    TASK = "task"
    SPEAKER = "speaker"


@dataclass(frozen=True, slots=True)
class KnownStudy:
    """A study that the index knows. `problem` is a `StudyCode` where it could not be read; its text is not searched."""

    folder: Path
    name: str
    problem: StudyCode | None


@dataclass(frozen=True, slots=True)
class UpdateReport:
    """What an update did: how many studies and sessions it read anew, and which studies it could not read."""

    studies: int
    sessions: int
    problems: tuple[KnownStudy, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class _Item:
    kind: ItemKind
    ref: str
    t_start_ns: int
    t_end_ns: int
    text: str
    speaker: str = ""
    role: str = ""
    task: str = ""


class Library:
    """One connection to the index, of one thread.

    Raises:
        StudyError: from every method: STUDY_UNWRITABLE, DISK_FULL, STUDY_BUSY; a damaged index is begun anew.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.connection = open_library(path)

    @classmethod
    def in_folder(cls, folder: Path) -> Self:
        """The index in the app's data folder."""
        return cls(folder / FILE)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; the instance is of no use afterwards."""
        self.connection.close()

    def studies(self) -> list[KnownStudy]:
        """What the index knows of, by name."""
        with translated(self.path):
            rows = self.connection.execute("SELECT folder, name, problem FROM study ORDER BY name, folder").fetchall()
        return [_known(row) for row in rows]

    def facets(self, kind: FacetKind) -> list[str]:
        """The values that a search can be narrowed to, by name."""
        with translated(self.path):
            rows = self.connection.execute("SELECT value FROM facet WHERE kind = ? ORDER BY folded", (kind.value,))
            return [str(row["value"]) for row in rows]

    def update(self, folders: Iterable[Path] = (), *, cancel: CancelToken | None = None) -> UpdateReport:
        """Bring the index up to date with the studies it knows and with those in `folders`.

        A study whose file is as it was is not opened. One that is gone, or can't be read, loses its text here at once
        and is told in the report; when it is back, it is read again. May take seconds: from a job.
        """
        token = cancel or CancelToken()
        studies, sessions = 0, 0
        for folder in self._all(folders):
            if token.cancelled:
                break
            with self._write() as tx:
                row = self._study(tx, folder)
            if row["state"] == "ok" and row["stamp"] == _stamp(folder):
                continue
            read = self._read(int(row["id"]), folder, token)
            studies += read is not None
            sessions += read or 0
        with self._write() as tx:
            tx.execute(  # these were moved: they are known at another place
                "DELETE FROM study WHERE state = 'missing'"
                " AND study_id IN (SELECT study_id FROM study WHERE state = 'ok')"
            )
            if sessions > _MANY:
                _tidy(tx)
        return UpdateReport(studies, sessions, tuple(each for each in self.studies() if each.problem is not None))

    def rebuild(self, folders: Iterable[Path] = (), *, cancel: CancelToken | None = None) -> UpdateReport:
        """Throw all of it away and read every study anew; those that are gone are forgotten."""
        known = [each.folder for each in self.studies() if each.folder.is_dir()]
        self.connection.close()
        with translated(self.path):
            discard(self.path)
        self.connection = open_library(self.path)
        return self.update([*folders, *known], cancel=cancel)

    def forget(self, folder: Path) -> None:
        """Take a study out of the index; the study itself stays as it is."""
        with self._write() as tx:
            tx.execute("DELETE FROM study WHERE folder = ?", (str(folder),))
            _drop_unused(tx)
            _tidy(tx)

    # -- inside ------------------------------------------------------------------------------------------------

    @contextmanager
    def _write(self) -> Iterator[sqlite3.Connection]:
        with translated(self.path):
            self.connection.execute("BEGIN IMMEDIATE")
            try:
                yield self.connection
                self.connection.execute("COMMIT")
            except BaseException:
                if self.connection.in_transaction:
                    self.connection.execute("ROLLBACK")
                raise

    def _all(self, folders: Iterable[Path]) -> list[Path]:
        given = [Path(os.path.abspath(folder)) for folder in folders]  # noqa: PTH100  # links stay as they are
        return list(dict.fromkeys([*given, *(each.folder for each in self.studies())]))

    def _study(self, tx: sqlite3.Connection, folder: Path) -> sqlite3.Row:
        name = folder.name.removesuffix(SUFFIX)
        tx.execute(
            "INSERT INTO study(folder, name, state) VALUES (?, ?, 'failed') ON CONFLICT(folder) DO NOTHING",
            (str(folder), name),
        )
        row: sqlite3.Row = tx.execute("SELECT * FROM study WHERE folder = ?", (str(folder),)).fetchone()
        return row

    def _read(self, study: int, folder: Path, token: CancelToken) -> int | None:
        """Reads a study; how many of its sessions were new, None where it can't be read."""
        try:
            if not (folder / FILE_NAME).is_file():
                raise StudyError(StudyCode.STUDY_MISSING, str(folder))
            with StudyStore.open(folder, author="search") as store:
                written = self._take(study, store, token)
        except StudyError as error:
            if error.code is StudyCode.STUDY_BUSY:
                return None  # as it is here until next time
            state = "missing" if error.code is StudyCode.STUDY_MISSING else "failed"
            with self._write() as tx:
                tx.execute("DELETE FROM part WHERE study = ?", (study,))
                tx.execute(
                    "UPDATE study SET state = ?, problem = ?, stamp = NULL WHERE id = ?",
                    (state, error.code.value, study),
                )
                _drop_unused(tx)
                _tidy(tx)
            return None
        if not token.cancelled:
            with self._write() as tx:  # only now: closing a study moves its log into the file
                tx.execute("UPDATE study SET stamp = ? WHERE id = ?", (_stamp(folder), study))
        return written

    def _take(self, study: int, store: StudyStore, token: CancelToken) -> int:
        written = 0
        with store.snapshot():
            about, sessions = store.study(), store.told_sessions()
            stored = {
                row["session_id"]: row["digest"]
                for row in self.connection.execute("SELECT session_id, digest FROM part WHERE study = ?", (study,))
            }
            with self._write() as tx:
                tx.execute(
                    "UPDATE study SET study_id = ?, name = ?, state = 'ok', problem = NULL WHERE id = ?",
                    (about.id, about.name, study),
                )
                gone = set(stored) - {session.id for session in sessions} - {""}
                tx.executemany("DELETE FROM part WHERE study = ? AND session_id = ?", [(study, each) for each in gone])
            for session in [None, *sessions]:
                if token.cancelled:
                    break
                items = _issues(store) if session is None else _items(store, session)
                written += self._put(study, about.name, session, items, stored)
        with self._write() as tx:
            _drop_unused(tx)
            if gone:
                _tidy(tx)  # somebody wants its words to be nowhere
        return written

    def _put(
        self, study: int, study_name: str, session: Session | None, items: list[_Item], stored: dict[str, str]
    ) -> bool:
        """Writes a session's items in place of those that are there; False if they are the same."""
        session_id = session.id if session is not None else ""
        participant = session.participant_code if session is not None else ""
        digest = hashlib.blake2b(repr((study_name, participant, items)).encode("utf-8", "replace"), digest_size=16)
        if stored.get(session_id) == digest.hexdigest():
            return False
        started = session.started_utc if session is not None else None
        with self._write() as tx:
            tx.execute("DELETE FROM part WHERE study = ? AND session_id = ?", (study, session_id))
            part = tx.execute(
                "INSERT INTO part(study, session_id, participant, started_utc, digest) VALUES (?, ?, ?, ?, ?)",
                (study, session_id, participant, started, digest.hexdigest()),
            ).lastrowid
            facets = _Facets(tx)
            always = [facets.of(FacetKind.STUDY, study_name), facets.of(FacetKind.PARTICIPANT, participant)]
            rows = []
            for one in items:
                marks = [
                    *always,
                    facets.of(FacetKind.KIND, one.kind.value),
                    facets.of(FacetKind.TASK, one.task),
                    facets.of(FacetKind.SPEAKER, one.speaker),
                    facets.of(FacetKind.SPEAKER, one.role),
                ]
                said = (one.speaker or None, one.role or None, one.task or None, one.text)
                place = (part, one.kind.value, one.ref, one.t_start_ns, one.t_end_ns)
                rows.append((*place, *said, " ".join(dict.fromkeys(filter(None, marks)))))
            tx.executemany(
                "INSERT INTO item(part, kind, ref, t_start_ns, t_end_ns, speaker, role, task, text, marks)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                rows,
            )
        return True


class _Facets:
    """The words by which a facet's value stands in the index."""

    def __init__(self, tx: sqlite3.Connection) -> None:
        self._tx = tx
        self._seen: dict[tuple[FacetKind, str], str] = {}

    def of(self, kind: FacetKind, value: str) -> str:
        if not value:
            return ""
        key = (kind, value)
        if key not in self._seen:
            folded = fold(value)
            self._tx.execute(
                "INSERT INTO facet(kind, value, folded) VALUES (?, ?, ?) ON CONFLICT(kind, folded) DO NOTHING",
                (kind.value, value, folded),
            )
            row = self._tx.execute(
                "SELECT id FROM facet WHERE kind = ? AND folded = ?", (kind.value, folded)
            ).fetchone()
            self._seen[key] = facet_word(row["id"])
        return self._seen[key]


def facet_word(facet_id: int) -> str:
    """How a facet stands in the column `marks`."""
    return f"f{facet_id}"


def fold(text: str) -> str:
    """A name as it is compared: capitals and spacing aside."""
    return " ".join(text.split()).casefold()


def _items(store: StudyStore, session: Session) -> list[_Item]:
    runs = store.task_runs(session.id)
    speakers = {one.id: one for one in store.speakers(session.id)}
    translation = store.translation(session.id)
    found = [(ItemKind.SPEECH, store.segments(session.id))]
    if translation is not None:
        found.append((ItemKind.TRANSLATION, store.segments_of(translation.id)))
    items = [
        _Item(
            kind,
            str(one.id),
            one.t_start_ns,
            one.t_end_ns,
            _clean(one.text),
            *_who(speakers.get(one.speaker_id or ""), session),
            _task_at(runs, one.t_start_ns),
        )
        for kind, segments in found
        for one in segments
        if _clean(one.text)
    ]
    items += [
        _Item(
            ItemKind.OBSERVATION,
            one.id,
            one.t_start_ns,
            one.t_end_ns if one.t_end_ns is not None else one.t_start_ns,
            _clean(one.body),
            task=_task_at(runs, one.t_start_ns),
        )
        for one in store.observations(session.id)
        if _clean(one.body)
    ]
    return items


def _who(speaker: Speaker | None, session: Session) -> tuple[str, str]:
    """What a speaker is called, and the role."""
    if speaker is None:
        return "", ""
    return speaker.label(session.participant_code), speaker.role.value


def _task_at(runs: Sequence[TaskRun], t_ns: int) -> str:
    """The title of the task that was being done."""
    within = [run for run in runs if run.t_start_ns <= t_ns and (run.t_end_ns is None or t_ns < run.t_end_ns)]
    return within[-1].task_title if within else ""


def _clean(text: str) -> str:
    """Without the letters that mark what was found."""
    return text.replace(MARK_BEGIN, "").replace(MARK_END, "").strip()


def _issues(store: StudyStore) -> list[_Item]:
    return [
        _Item(
            ItemKind.ISSUE,
            issue.id,
            0,
            0,
            _clean("\n".join(part for part in (issue.title, issue.description, issue.recommendation) if part)),
        )
        for issue in store.issues()
        if not issue.withdrawn
    ]


def _stamp(folder: Path) -> str:
    """What tells that a study's file is another one than it was: time and size of it and of its log."""
    facts = []
    for name in (FILE_NAME, f"{FILE_NAME}-wal"):
        try:
            found = (folder / name).stat()
            facts.append(f"{found.st_mtime_ns}/{found.st_size}")
        except OSError:
            facts.append("-")
    return " ".join(facts)


def _drop_unused(tx: sqlite3.Connection) -> None:
    """Facets that no item has any more, so that no filter offers what isn't there."""
    tx.execute(
        "DELETE FROM facet WHERE NOT EXISTS"
        " (SELECT 1 FROM hit WHERE hit MATCH 'marks : \"f' || facet.id || '\"' LIMIT 1)"
    )


def _tidy(tx: sqlite3.Connection) -> None:
    """Merges the index: the words of what was taken out leave the file, and a search reads one place."""
    tx.execute("INSERT INTO hit(hit) VALUES ('optimize')")


def _known(row: sqlite3.Row) -> KnownStudy:
    problem = StudyCode(row["problem"]) if row["problem"] in list(StudyCode) else None
    return KnownStudy(Path(row["folder"]), str(row["name"]), problem)
