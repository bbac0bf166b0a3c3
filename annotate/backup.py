"""Copies of the study file beside it, in `backups/`: before a migration, and once a day when it is opened."""

from __future__ import annotations

import logging
import os
import sqlite3
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from annotate._sqlite import make_private_dir, make_private_file, translated
from annotate.errors import StudyError

KEEP = 10
EVERY = timedelta(hours=24)
_NAME = "study-%Y-%m-%dT%H%M%S"
_log = logging.getLogger("store.backup")


def backups(folder: Path) -> list[Path]:
    """The backups of a study, oldest first."""
    dated = [(made, path) for path in (folder / "backups").glob("study-*.sqlite3") if (made := _made(path))]
    return [path for _, path in sorted(dated)]


def is_due(folder: Path, now: datetime) -> bool:
    """Whether the newest backup is older than a day. Goes by the names: copying a folder changes file times."""
    found = backups(folder)
    newest = _made(found[-1]) if found else None
    return newest is None or now - newest >= EVERY


def make(conn: sqlite3.Connection, folder: Path, now: datetime) -> Path:
    """Write a backup of what `conn` sees, whole or not at all, and drop the oldest beyond `KEEP`.

    Other processes may go on writing meanwhile.

    Raises:
        StudyError: DISK_FULL, STUDY_UNWRITABLE, STUDY_BROKEN.
    """
    target = folder / "backups" / f"{now.astimezone(UTC).strftime(_NAME)}.sqlite3"
    part = target.with_name(f"{target.name}.{os.getpid()}.part")
    with translated(target):
        make_private_dir(target.parent)
        try:
            make_private_file(part)
            conn.execute("VACUUM INTO ?", (str(part),))
            part.replace(target)
        finally:
            part.unlink(missing_ok=True)
    for old in backups(folder)[:-KEEP]:
        with suppress(OSError):
            old.unlink()
    return target


def make_if_due(conn: sqlite3.Connection, folder: Path) -> Path | None:
    """The daily backup. That it can't be made keeps nobody from working: it is logged."""
    now = datetime.now(UTC)
    if not is_due(folder, now):
        return None
    try:
        return make(conn, folder, now)
    except StudyError as exc:
        _log.warning("no backup was made: %s", exc)
        return None


def _made(path: Path) -> datetime | None:
    try:
        return datetime.strptime(path.stem, _NAME).replace(tzinfo=UTC)
    except ValueError:
        return None
