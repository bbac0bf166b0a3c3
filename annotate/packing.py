"""A study as one file for a colleague: a ZIP with the study's file, its recordings, and what each file must be."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from annotate._part import new_id
from annotate._sqlite import (
    connect,
    connect_to_look,
    is_open_here,
    make_private_dir,
    make_private_file,
    opening,
    os_code,
    translated,
)
from annotate.copying import bundle_files
from annotate.errors import StudyCode, StudyError
from annotate.models import Session, SessionState
from annotate.pack_paths import MANIFEST, SESSIONS, STUDY_FILE
from annotate.store import StudyStore
from capture.bundle import CAMERA, SCREEN, SessionBundle
from capture.fileio import open_private, sync_file, sync_folder

PACK_SUFFIX = ".moderatopack"
FORMAT = 1
"""Of the manifest; a pack with a higher one is too new."""
Progress = Callable[[float], None]
"""Told how far it is, 0..1; may raise, to give up: nothing is left behind then."""
_BLOCK = 1 << 20
_ALREADY_SMALL = frozenset({".mp4", ".png", ".jpg", ".jpeg", ".webp", ".opus"})


@dataclass(frozen=True, slots=True)
class Packed:
    """What was written. `size_bytes`: of the pack; `left_out`: sessions that don't travel (trashed, or withdrawn)."""

    path: Path
    sessions: int
    size_bytes: int
    left_out: int


def pack(
    store: StudyStore,
    out: Path,
    *,
    media: bool = True,
    overwrite: bool = False,
    app_version: str = "",
    progress: Progress = lambda _at: None,
) -> Packed:
    """Packs a study. Reads it as it is at one moment; others may go on working. A job.

    Left out: sessions in the trash and of people who withdrew, with all that hangs on them, backups, caches, jobs.
    Without `media`: pictures, sound and evidence; all text stays, and so does the place where each recording belongs.

    Raises:
        StudyError: STUDY_EXISTS when `out` is there and mustn't be overwritten, SESSION_ACTIVE while a session is
            recorded, EXPORT_UNWRITABLE, DISK_FULL. `out` is replaced as a whole or not at all.
    """
    if out.exists() and not overwrite:
        raise StudyError(StudyCode.STUDY_EXISTS, str(out))
    for session in store.sessions():
        if session.state is SessionState.RECORDING and SessionBundle(store.bundle_dir(session)).is_recording():
            raise StudyError(StudyCode.SESSION_ACTIVE, session.participant_code)
    with _work(out) as work:
        sessions, left_out = _snapshot(store, work)
        files = _files(store, work, sessions, media=media)
        part = work / "pack"
        try:
            about = {
                "format": FORMAT,
                "app_version": app_version,
                "study": {"id": store.study().id, "name": store.study().name},
                "folder": store.folder.name,
                "media": media,
            }
            _write(part, files, about, progress)
            size = part.stat().st_size
            part.replace(out)
            sync_folder(out.parent)
        except OSError as exc:
            raise _unwritable(exc, out) from exc
    progress(1.0)
    return Packed(out, len(sessions), size, left_out)


@contextmanager
def _work(out: Path) -> Iterator[Path]:
    """A private folder beside the pack, on the same disk; gone at the end."""
    work = out.absolute().parent / f".packing-{os.getpid()}-{new_id()[:8]}"
    try:
        work.mkdir(mode=0o700)
    except OSError as exc:
        raise _unwritable(exc, out) from exc
    try:
        yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _unwritable(exc: OSError, out: Path) -> StudyError:
    code = os_code(exc)
    return StudyError(code if code is StudyCode.DISK_FULL else StudyCode.EXPORT_UNWRITABLE, str(out))


def _snapshot(store: StudyStore, work: Path) -> tuple[list[tuple[Session, str]], int]:
    """The study's file as it is now, without what must not travel. Each session with the name of its folder."""
    folder = work / "study"
    copy_study(store, folder)
    with StudyStore.open(folder, author=store.author) as copy:
        for session in copy.sessions():
            if session.withdrawn:
                copy.trash_session(session.id)
        trashed = [session.id for session in copy.trashed_sessions()]
        copy.remove_trashed(trashed)
        sessions = copy.sessions()
    names: list[tuple[Session, str]] = []
    with translated(folder / STUDY_FILE), closing(connect(folder / STUDY_FILE)) as conn:
        for session in sessions:
            if session.bundle_path is None:
                continue
            name = Path(session.bundle_path).name
            names.append((session, name))
            # A recording that lay outside the study's folder lies within it where it is unpacked.
            conn.execute("UPDATE session SET bundle_path = ? WHERE id = ?", (f"{SESSIONS}/{name}", session.id))
        conn.execute("DELETE FROM job")  # nobody's queue is another one's
        conn.execute("UPDATE reel SET path = NULL")  # where it was saved on this computer
        conn.execute("VACUUM")  # what was deleted is not to be found in the file's free pages
        conn.execute("PRAGMA journal_mode = DELETE")
    return names, len(trashed)


def copy_study(store: StudyStore, folder: Path) -> None:
    """Writes the study's file, as one moment shows it, into a new folder."""
    copy_unopened(store.folder, folder)


def copy_unopened(source: Path, folder: Path) -> None:
    """The same of a study that isn't open, and may be of an older version: no byte of it is changed.

    Raises:
        StudyError: STUDY_MISSING, STUDY_BROKEN, STUDY_UNWRITABLE, DISK_FULL.
    """
    path, target = source / STUDY_FILE, folder / STUDY_FILE
    if not path.is_file():
        raise StudyError(StudyCode.STUDY_MISSING, str(source))
    with translated(target):
        make_private_dir(folder)
        make_private_file(target)
        with opening:
            conn = connect(path) if is_open_here(path) else connect_to_look(path)
        with closing(conn):
            conn.execute("VACUUM INTO ?", (str(target),))


def _files(
    store: StudyStore, work: Path, sessions: list[tuple[Session, str]], *, media: bool
) -> list[tuple[Path, str]]:
    files = [(work / "study" / STUDY_FILE, STUDY_FILE)]
    for session, name in sessions:
        folder = store.bundle_dir(session)
        files += [
            (folder / relative, f"{SESSIONS}/{name}/{relative.as_posix()}")
            for relative in (bundle_files(folder) if folder.is_dir() else [])
            if media or not is_media(relative)
        ]
    return files


def is_media(relative: Path) -> bool:
    """Whether a file of a recording shows or sounds, rather than tells."""
    return relative.parts[0] == "evidence" or relative.name in {SCREEN, CAMERA}


def _write(part: Path, files: list[tuple[Path, str]], about: dict[str, object], progress: Progress) -> None:
    total = max(1, sum(path.stat().st_size for path, _ in files))
    done = 0
    listed = []
    os.close(open_private(part, os.O_RDWR | os.O_CREAT | os.O_EXCL))
    with zipfile.ZipFile(part, "w", allowZip64=True) as pack_file:
        for path, name in files:
            digest, size = hashlib.sha256(), 0
            with path.open("rb") as reader, pack_file.open(_entry(name, path), "w", force_zip64=True) as writer:
                while block := reader.read(_BLOCK):
                    writer.write(block)
                    digest.update(block)
                    size += len(block)
                    done += len(block)
                    progress(min(0.99, done / total))
            listed.append({"name": name, "size": size, "sha256": digest.hexdigest()})
        text = json.dumps({**about, "files": listed}, ensure_ascii=False, indent=1)
        pack_file.writestr(zipfile.ZipInfo(MANIFEST), text.encode(), zipfile.ZIP_DEFLATED)
    sync_file(part)


def _entry(name: str, path: Path) -> zipfile.ZipInfo:
    # No times and no owner: they say nothing that the manifests don't, and more of the machine than they should.
    entry = zipfile.ZipInfo(name)
    entry.external_attr = 0o100600 << 16
    entry.compress_type = zipfile.ZIP_STORED if path.suffix in _ALREADY_SMALL else zipfile.ZIP_DEFLATED
    return entry


def known_programs() -> dict[str, str]:
    """The triggers and views of a study's file of today, by name: whatever else is in one came from somebody else."""
    from annotate import migrations

    with closing(sqlite3.connect(":memory:", isolation_level=None)) as conn:
        conn.row_factory = sqlite3.Row
        migrations.migrate(conn)
        rows = conn.execute("SELECT name, sql FROM sqlite_master WHERE type IN('trigger', 'view')").fetchall()
        return {row["name"]: row["sql"] for row in rows}
