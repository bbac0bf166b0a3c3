"""Unpacking a study that came from somewhere else: checked before, while and after, and nothing is ever overwritten."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
import stat
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from annotate._part import new_id
from annotate._sqlite import HEADER, os_code
from annotate.errors import StudyCode, StudyError
from annotate.pack_paths import (
    MANIFEST,
    SESSIONS,
    STUDY_FILE,
    check_together,
    safe_bundle_path,
    safe_file_name,
    safe_member,
    safe_relative,
)
from annotate.packing import FORMAT, PACK_SUFFIX, known_programs
from annotate.store import SUFFIX, StudyStore
from capture.bundle import SessionBundle, find_bundles
from capture.errors import CaptureError
from capture.fileio import open_private, sync_folder

Progress = Callable[[float], None]
"""Told how far it is, 0..1; may raise, to give up: nothing is left behind then."""
_BLOCK = 1 << 20
_MOST_FILES = 500_000
_LARGEST_MANIFEST = 256_000_000
_BOMB_FROM = 100_000_000
_BOMB_RATIO = 200
"""What grows by more than this, and is large, was made to fill a disk."""
_LOCAL_HEADER = 30
"""The least that stands before an entry's data: PKWARE APPNOTE 4.3.7."""


@dataclass(frozen=True, slots=True)
class PackInfo:
    """What a pack says of itself.

    Attributes:
        name: of the study.
        folder: a name for its folder, with its suffix; safe to use.
        media: whether pictures and sound are in it.
        size_bytes: of all files, unpacked.
        files: size and SHA-256 by name.
    """

    study_id: str
    name: str
    folder: str
    media: bool
    size_bytes: int
    files: Mapping[str, tuple[int, str]]


def is_pack(path: Path) -> bool:
    """Whether a file is meant to be a packed study: by its suffix."""
    return path.is_file() and path.suffix == PACK_SUFFIX


def read_pack(path: Path) -> PackInfo:
    """Reads what is in a pack, and refuses one that could do harm. Nothing is written.

    Raises:
        StudyError: PACK_MISSING, PACK_UNREADABLE, PACK_UNSAFE, PACK_TOO_NEW.
    """
    with _opened(path) as pack_file:
        return _checked(pack_file, path)


def unpack(path: Path, folder: Path, progress: Progress = lambda _at: None) -> Path:
    """Unpacks a study into a new folder, which gets the suffix `.moderato` if it hasn't got it. A job.

    Raises:
        StudyError: STUDY_EXISTS when something lies there; PACK_MISSING, PACK_UNREADABLE, PACK_UNSAFE,
            PACK_TOO_NEW, PACK_DAMAGED; STUDY_UNWRITABLE, DISK_FULL. Nothing is left behind in any of these cases.
    """
    folder = folder.absolute()
    if folder.suffix != SUFFIX:
        folder = folder.with_name(folder.name + SUFFIX)
    if os.path.lexists(folder):
        raise StudyError(StudyCode.STUDY_EXISTS, str(folder))
    with _opened(path) as pack_file:
        info = _checked(pack_file, path)
        work = folder.with_name(f".{folder.name}.unpacking-{os.getpid()}-{new_id()[:8]}")
        try:
            folder.parent.mkdir(parents=True, exist_ok=True)
            work.mkdir(mode=0o700)
            _check_room(info, work)
            _extract(pack_file, info, work, progress)
            (work / SESSIONS).mkdir(mode=0o700, exist_ok=True)
            _check_study(work, path)
            if os.path.lexists(folder):
                raise StudyError(StudyCode.STUDY_EXISTS, str(folder))
            work.rename(folder)
            sync_folder(folder.parent)
        except OSError as exc:
            raise StudyError(os_code(exc), str(folder)) from exc
        finally:
            shutil.rmtree(work, ignore_errors=True)
    progress(1.0)
    return folder


@contextmanager
def _opened(path: Path) -> Iterator[zipfile.ZipFile]:
    try:
        pack_file = zipfile.ZipFile(path)
    except FileNotFoundError as exc:
        raise StudyError(StudyCode.PACK_MISSING, str(path)) from exc
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as exc:
        raise StudyError(StudyCode.PACK_UNREADABLE, str(path)) from exc
    with pack_file:
        yield pack_file


def _checked(pack_file: zipfile.ZipFile, path: Path) -> PackInfo:
    entries = pack_file.infolist()
    if len(entries) > _MOST_FILES:
        raise StudyError(StudyCode.PACK_UNSAFE, f"{len(entries)} files")
    for entry in entries:
        _check_entry(entry)
    check_together(entry.filename for entry in entries)
    _check_layout(entries, path)
    about = _manifest(pack_file, path)
    files = about.files
    if set(files) != {entry.filename for entry in entries} - {MANIFEST} or STUDY_FILE not in files:
        raise StudyError(StudyCode.PACK_DAMAGED, path.name)
    for entry in entries:
        if entry.filename != MANIFEST and entry.file_size != files[entry.filename][0]:
            raise StudyError(StudyCode.PACK_DAMAGED, entry.filename)
    return about


def _check_entry(entry: zipfile.ZipInfo) -> None:
    if entry.orig_filename != entry.filename:  # a NUL, or another system's separator
        raise StudyError(StudyCode.PACK_UNSAFE, entry.orig_filename[:80].replace("\0", "·"))
    safe_member(entry.filename)
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if kind not in {0, stat.S_IFREG}:
        raise StudyError(StudyCode.PACK_UNSAFE, entry.filename)
    if entry.flag_bits & 0x1 or entry.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        raise StudyError(StudyCode.PACK_UNSAFE, entry.filename)
    if entry.file_size > _BOMB_FROM and entry.file_size > _BOMB_RATIO * entry.compress_size:
        raise StudyError(StudyCode.PACK_UNSAFE, entry.filename)


def _check_layout(entries: list[zipfile.ZipInfo], path: Path) -> None:
    """No two entries share bytes: that is how a small file unpacks to a disk full (Fifield, WOOT 2019)."""
    end = 0
    for entry in sorted(entries, key=lambda entry: entry.header_offset):
        if entry.header_offset < end:
            raise StudyError(StudyCode.PACK_UNSAFE, entry.filename)
        end = entry.header_offset + _LOCAL_HEADER + len(entry.filename.encode()) + entry.compress_size
    if end > path.stat().st_size:
        raise StudyError(StudyCode.PACK_UNREADABLE, str(path))


def _manifest(pack_file: zipfile.ZipFile, path: Path) -> PackInfo:
    try:
        if pack_file.getinfo(MANIFEST).file_size > _LARGEST_MANIFEST:
            raise StudyError(StudyCode.PACK_UNSAFE, MANIFEST)
        about = json.loads(pack_file.read(MANIFEST))
        if int(about["format"]) > FORMAT:
            raise StudyError(StudyCode.PACK_TOO_NEW, str(path))
        files = {str(one["name"]): (int(one["size"]), str(one["sha256"])) for one in about["files"]}
        folder = str(about["folder"])
        good = safe_file_name(folder) and folder.endswith(SUFFIX) and folder != SUFFIX and not folder.startswith(".")
        return PackInfo(
            str(about["study"]["id"]),
            str(about["study"]["name"]),
            folder if good else f"{path.stem}{SUFFIX}",
            bool(about["media"]),
            sum(size for size, _ in files.values()),
            files,
        )
    except StudyError:
        raise
    except Exception as exc:  # a damaged or made-up manifest can fail in every way there is
        raise StudyError(StudyCode.PACK_UNREADABLE, str(path)) from exc


def _check_room(info: PackInfo, work: Path) -> None:
    if info.size_bytes > shutil.disk_usage(work).free:
        raise StudyError(StudyCode.DISK_FULL, str(work.parent))


def _extract(pack_file: zipfile.ZipFile, info: PackInfo, work: Path, progress: Progress) -> None:
    total, done = max(1, info.size_bytes), 0
    for name, (size, wanted) in info.files.items():
        target = work.joinpath(*safe_member(name).parts)
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        digest, written = hashlib.sha256(), 0
        try:
            with pack_file.open(name) as reader:
                descriptor = open_private(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
                with os.fdopen(descriptor, "wb") as writer:
                    while block := reader.read(_BLOCK):
                        written += len(block)
                        if written > size:
                            raise StudyError(StudyCode.PACK_UNSAFE, name)
                        writer.write(block)
                        digest.update(block)
                        done += len(block)
                        progress(min(0.98, done / total))
                    writer.flush()
                    os.fsync(writer.fileno())
        except (zipfile.BadZipFile, EOFError, NotImplementedError) as exc:
            raise StudyError(StudyCode.PACK_DAMAGED, name) from exc
        except Exception as exc:
            if type(exc).__module__ == "zlib":
                raise StudyError(StudyCode.PACK_DAMAGED, name) from exc
            raise
        if written != size or digest.hexdigest() != wanted:
            raise StudyError(StudyCode.PACK_DAMAGED, name)


def _check_study(work: Path, path: Path) -> None:
    """What the checksums can't tell: whether the study itself means well, and can be read here."""
    _check_programs(work / STUDY_FILE)
    try:
        with StudyStore.open(work, author="unpack") as store:
            sessions = [*store.sessions(), *store.trashed_sessions()]
            media = [one for session in sessions for one in store.media(session.id)]
            cut = [one for session in sessions for one in store.evidence(session.id)]
            places = [*(one.path for one in media), *(one.path for one in cut if one.path)]
            store.study()
    except StudyError as exc:
        if exc.code is StudyCode.STUDY_TOO_NEW:
            raise StudyError(StudyCode.PACK_TOO_NEW, str(path)) from exc
        if exc.code in {StudyCode.STUDY_BROKEN, StudyCode.STUDY_MISSING, StudyCode.VALUE_INVALID}:
            raise StudyError(StudyCode.PACK_DAMAGED, STUDY_FILE) from exc
        raise
    for session in sessions:
        if session.bundle_path is not None and not safe_bundle_path(session.bundle_path):
            raise StudyError(StudyCode.PACK_UNSAFE, session.bundle_path[:80])
    for place in places:
        if not safe_relative(place):
            raise StudyError(StudyCode.PACK_UNSAFE, place[:80])
    for bundle in find_bundles(work / SESSIONS):
        _check_bundle(bundle)


def _check_programs(path: Path) -> None:
    """Refuses a study's file that brings statements of its own, which would run whenever a row is written."""
    with path.open("rb") as file:
        if file.read(len(HEADER)) != HEADER:
            raise StudyError(StudyCode.PACK_DAMAGED, path.name)
    known = known_programs()
    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro&immutable=1", uri=True)) as conn:
            if conn.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
                raise StudyError(StudyCode.PACK_DAMAGED, path.name)
            rows = conn.execute("SELECT name, sql FROM sqlite_master WHERE type IN('trigger', 'view')").fetchall()
    except sqlite3.Error as exc:
        raise StudyError(StudyCode.PACK_DAMAGED, path.name) from exc
    for name, sql in rows:
        if known.get(name) != sql:
            raise StudyError(StudyCode.PACK_UNSAFE, f"{path.name}: {name}"[:80])


def _check_bundle(bundle: SessionBundle) -> None:
    try:
        streams = bundle.manifest().streams
    except CaptureError:
        return  # half a bundle is what it is; nothing is read by its word
    for stream in streams:
        if stream.file is not None and not safe_file_name(stream.file):
            raise StudyError(StudyCode.PACK_UNSAFE, f"{bundle.path.name}: {stream.file}"[:80])
