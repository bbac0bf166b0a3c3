"""Sessions recorded on two laptops in one study: another study, or its pack, is taken into this one.

Rows are the same where their ids are, or where people would say so (`_SAME`: a participant's code, a task's title …).
Merging again changes nothing. The other study is only read.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from annotate import backup
from annotate._merge_rows import Merger
from annotate._open import study_folder
from annotate._part import new_id
from annotate._sqlite import connect, os_code
from annotate.copying import bundle_files, copy_bundle, copy_file
from annotate.errors import StudyCode, StudyError
from annotate.merge_report import MergeReport
from annotate.models import Session, SessionState
from annotate.pack_paths import safe_bundle_path
from annotate.packing import copy_unopened
from annotate.store import StudyStore
from annotate.unpacking import is_pack, unpack
from capture.bundle import SessionBundle
from capture.errors import CaptureError

Progress = Callable[[float], None]
"""Told how far it is, 0..1; may raise, to give up: nothing is changed then."""


class _Preview(Exception):  # noqa: N818  # not a failure: it takes the transaction back
    pass


def merge(
    store: StudyStore,
    other: Path,
    *,
    apart: bool = False,
    preview: bool = False,
    progress: Progress = lambda _at: None,
) -> MergeReport:
    """Takes another study into this one. A job.

    Args:
        store: The study that grows.
        other: The other study's folder, or a pack of it.
        apart: The same participant's code on both laptops means two people; else one.
        preview: Only say what would be done.
        progress: Told how far it is.

    Raises:
        StudyError: MERGE_SAME; as `unpack` and `StudyStore.open` say. Nothing is changed then; there is a backup of
            the study as it was before.
    """
    with _work(store) as work:
        if is_pack(other):
            folder = unpack(other, work / "pack", lambda at: progress(at * 0.3))
        else:
            folder = study_folder(other)
            if folder.is_dir() and folder.samefile(store.folder):
                raise StudyError(StudyCode.MERGE_SAME)
        copy_unopened(folder, work / "study")
        with StudyStore.open(work / "study", author=store.author) as source:  # in the shape of today
            return _merge(store, source, folder, _Options(apart, preview, progress))


@dataclass(frozen=True, slots=True)
class _Options:
    apart: bool
    preview: bool
    progress: Progress


@contextmanager
def _work(store: StudyStore) -> Iterator[Path]:
    work = store.folder / f".merging-{os.getpid()}-{new_id()[:8]}"
    try:
        work.mkdir(mode=0o700)
    except OSError as exc:
        raise StudyError(os_code(exc), str(store.folder)) from exc
    try:
        yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _merge(store: StudyStore, source: StudyStore, folder: Path, options: _Options) -> MergeReport:
    report = MergeReport(study=source.study().name, same_study=source.study().id == store.study().id)
    report.trashed = len(source.trashed_sessions())
    copies = _Copies(store, source, folder)
    report.bytes_to_copy = copies.size
    if not options.preview:
        copies.run(lambda at: options.progress(0.3 + at * 0.6))
    try:
        with suppress(_Preview), store.automatic(), store.writing() as tx:
            Merger(tx, source.path, store.author, copies.paths, apart=options.apart).run(report)
            if options.preview:
                raise _Preview
            if not report.empty:
                with closing(connect(store.path)) as conn:  # still as it was: the transaction isn't over
                    report.backup = backup.make(conn, store.folder, datetime.now(UTC))
    except BaseException:
        copies.take_back()
        raise
    options.progress(1.0)
    return report


class _Copies:
    """The recordings that come in, and the files that complete those that are here."""

    def __init__(self, store: StudyStore, source: StudyStore, folder: Path) -> None:
        self._store = store
        self.paths: dict[str, str] = {}  # session id: its recording's folder here
        self._whole: list[tuple[str, Path]] = []
        self._files: list[tuple[Path, Path]] = []
        self._made: list[Path] = []
        mine = {session.id: session for session in [*store.sessions(), *store.trashed_sessions()]}
        for session in source.sessions():
            theirs = _bundle_of(session, folder)
            if theirs is None:
                continue
            here = mine.get(session.id)
            at = store.bundle_dir(here) if here is not None and here.bundle_path is not None else None
            if at is None or not at.is_dir():
                self._whole.append((session.id, theirs))
            else:
                self._files += [(theirs / one, at / one) for one in bundle_files(theirs) if not (at / one).exists()]
        whole = sum((path / one).stat().st_size for _, path in self._whole for one in bundle_files(path))
        self.size = whole + sum(path.stat().st_size for path, _ in self._files)

    def run(self, progress: Progress) -> None:
        done = 0

        def count(size: int) -> None:
            nonlocal done
            done += size
            progress(done / max(1, self.size))

        try:
            for session_id, path in self._whole:
                made = copy_bundle(path, self._store.sessions_dir, count)
                self._made.append(made)
                self.paths[session_id] = made.relative_to(self._store.folder).as_posix()
            for one, target in self._files:
                target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                part = target.with_name(f"{target.name}.{new_id()[:8]}.part")
                copy_file(one, part, count)
                part.replace(target)
                self._made.append(target)
        except OSError as exc:
            self.take_back()
            raise StudyError(os_code(exc), str(exc.filename)) from exc
        except BaseException:
            self.take_back()
            raise

    def take_back(self) -> None:
        """Removes what was copied: the rows that needed it never came."""
        for path in self._made:
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)


def _bundle_of(session: Session, folder: Path) -> Path | None:
    """The folder of a finished recording of the other study."""
    if session.bundle_path is None or session.state is SessionState.RECORDING:
        return None
    if not safe_bundle_path(session.bundle_path):
        return None
    path = folder / session.bundle_path
    try:
        if path.is_symlink() or SessionBundle.open(path).manifest().id != session.id:
            return None
    except CaptureError:
        return None
    return path
