"""Opening and making study files: what is checked, backed up and migrated before anybody reads."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from annotate import backup, migrations
from annotate._sqlite import (
    HEADER,
    connect,
    connect_to_look,
    is_open_here,
    make_private_dir,
    make_private_file,
    opening,
    os_code,
    translated,
)
from annotate.errors import StudyCode, StudyError

SUFFIX = ".moderato"
FILE_NAME = "study.sqlite3"


def study_folder(path: Path) -> Path:
    """The folder that is meant by a path: itself, the folder of a study file, or the path with its suffix added."""
    if path.name == FILE_NAME and path.is_file():
        return path.parent
    suffixed = path if path.suffix == SUFFIX else path.with_name(path.name + SUFFIX)
    return path if (path / FILE_NAME).exists() or not (suffixed / FILE_NAME).exists() else suffixed


def open_file(folder: Path) -> sqlite3.Connection:
    """Open a study's file for reading and writing, in the shape this build knows.

    Raises:
        StudyError: STUDY_MISSING, STUDY_BROKEN, STUDY_TOO_NEW, STUDY_UNWRITABLE, STUDY_BUSY, DISK_FULL.
    """
    path = folder / FILE_NAME
    if not path.is_file():
        raise StudyError(StudyCode.STUDY_MISSING, str(folder))
    with translated(path):
        with opening:
            # What this process has open already has been looked at, and must not be touched but by SQLite.
            pending = False if is_open_here(path) else _look(path)
            if not (os.access(path, os.W_OK) and os.access(folder, os.W_OK)):
                raise StudyError(StudyCode.STUDY_UNWRITABLE, str(folder))
            conn = connect(path)
        try:
            _prepare(conn, folder, pending=pending)
        except BaseException:
            conn.close()
            raise
    return conn


def make_file(folder: Path) -> sqlite3.Connection:
    """Make the file of a new study in memory's shape of today; it appears in the folder by `publish`.

    Raises:
        StudyError: STUDY_EXISTS, STUDY_UNWRITABLE, DISK_FULL.
    """
    if folder.is_file() or (folder / FILE_NAME).exists():
        raise StudyError(StudyCode.STUDY_EXISTS, str(folder))
    path = part_of(folder)
    try:
        make_private_dir(folder)
        make_private_dir(folder / "sessions")
        make_private_file(path)
    except OSError as exc:
        raise StudyError(os_code(exc), str(folder)) from exc
    with translated(path):
        conn = connect(path)
        migrations.migrate(conn)
        conn.execute("PRAGMA foreign_keys = ON")
    return conn


def part_of(folder: Path) -> Path:
    """Where a new study's file is made; nobody takes it for a study."""
    return folder / f"{FILE_NAME}.{os.getpid()}.part"


def publish(folder: Path) -> None:
    """Give the finished file its name, unless another process was quicker.

    Raises:
        StudyError: STUDY_EXISTS, STUDY_UNWRITABLE.
    """
    part, path = part_of(folder), folder / FILE_NAME
    with translated(path):
        try:
            os.link(part, path)
        except FileExistsError as exc:
            raise StudyError(StudyCode.STUDY_EXISTS, str(folder)) from exc
        except OSError:  # a file system without links
            part.replace(path)


def discard_part(folder: Path) -> None:
    """Drop what is left of making a study, whether it was published or not."""
    with contextlib.suppress(OSError):
        part_of(folder).unlink(missing_ok=True)


def _look(path: Path) -> bool:
    """Refuse what isn't a study of ours; whether migrations are pending. Leaves the file untouched."""
    with path.open("rb") as file:
        if file.read(len(HEADER)) != HEADER:
            raise StudyError(StudyCode.STUDY_BROKEN, str(path))
    names = _applied(path)
    if names is None:
        raise StudyError(StudyCode.STUDY_BROKEN, str(path))
    unknown = [name for name in names if name not in migrations.NAMES]
    if unknown:
        raise StudyError(StudyCode.STUDY_TOO_NEW, f"{path}: {unknown[0]}")
    return names != migrations.NAMES


def _applied(path: Path) -> tuple[str, ...] | None:
    try:
        with closing(connect_to_look(path)) as conn:
            return migrations.applied(conn)
    except sqlite3.DatabaseError:
        # The quiet look takes no locks: somebody may have closed the file just then, moving pages under it.
        with closing(connect(path)) as conn:
            return migrations.applied(conn)


def _prepare(conn: sqlite3.Connection, folder: Path, *, pending: bool) -> None:
    if pending:
        backup.make(conn, folder, datetime.now(UTC))
        conn.execute("PRAGMA foreign_keys = OFF")
        broken = migrations.migrate(conn)
        if broken:
            raise StudyError(StudyCode.STUDY_BROKEN, f"{folder}: {broken[0][0]} refers to a missing {broken[0][2]}")
    conn.execute("PRAGMA journal_mode = WAL")
    conn.execute("PRAGMA foreign_keys = ON")
    try:
        rows = conn.execute("SELECT count(*) FROM study").fetchone()[0]
    except sqlite3.OperationalError as exc:
        if exc.sqlite_errorcode == sqlite3.SQLITE_ERROR:  # no such table
            raise StudyError(StudyCode.STUDY_BROKEN, str(folder)) from exc
        raise
    if rows != 1:
        raise StudyError(StudyCode.STUDY_BROKEN, f"{folder}: {rows} rows in study")
    backup.make_if_due(conn, folder)
