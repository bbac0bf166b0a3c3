"""A new capture.sqlite3 in place of a damaged or missing one, with every row that can still be read."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

from capture.jsonvalue import dumps
from capture.manifest import StreamInfo
from capture.writer import CaptureWriter

_log = logging.getLogger("capture.salvage")

TABLES = ("stream", "mark", "interval", "input_event", "frame", "anchor", "clock_anchor", "display_layout", "health")


def put_aside(path: Path) -> Path:
    """Renames a damaged file to "NAME.broken-N" and returns its new path. Raises `OSError`."""
    number = 1
    while (target := path.with_name(f"{path.name}.broken-{number}")).exists():
        number += 1
    path.replace(target)
    return target


def rebuild(damaged: Path, target: Path, streams: Sequence[StreamInfo], epoch_utc_ns: int | None) -> None:
    """Makes `target`, which must not exist, of what can be read of `damaged`, which stays as it is or is missing.

    Args:
        streams: the streams, for want of rows of them.
        epoch_utc_ns: UTC at session time zero, for want of a row of it.

    Raises:
        CaptureError: DISK_FULL, FOLDER_UNWRITABLE.
        sqlite3.Error: `target` can't be written.
    """
    CaptureWriter(target).finish(0)
    with closing(sqlite3.connect(target, isolation_level=None)) as db:
        db.execute("BEGIN IMMEDIATE")
        if damaged.is_file():
            _copy(damaged, db)
        for stream in streams:
            db.execute(
                "INSERT OR IGNORE INTO stream(id, kind, file, track, name, format_json) VALUES(?, ?, ?, ?, ?, ?)",
                [stream.id, stream.kind, stream.file, stream.track, stream.name, dumps(stream.format)],
            )
        if epoch_utc_ns is not None and db.execute("SELECT 1 FROM clock_anchor").fetchone() is None:
            db.execute("INSERT INTO clock_anchor(t_ns, utc_ns) VALUES(0, ?)", [epoch_utc_ns])
        db.execute("COMMIT")


def _copy(damaged: Path, db: sqlite3.Connection) -> None:
    try:
        source = sqlite3.connect(f"file:{quote(str(damaged.absolute()))}?mode=ro", uri=True, isolation_level=None)
    except sqlite3.Error as error:
        _log.info("nothing can be read of the damaged file: %s", error)
        return
    with closing(source):
        source.text_factory = lambda data: data.decode(errors="replace")
        for table in TABLES:
            columns = [row[1] for row in db.execute(f"PRAGMA table_info({table})")]
            insert = f"INSERT OR IGNORE INTO {table} VALUES({', '.join('?' * len(columns))})"
            select = f"SELECT {', '.join(columns)} FROM {table}"  # noqa: S608
            try:
                source.execute("PRAGMA writable_schema = ON")  # reads a file that is shorter than it says, too
                for row in source.execute(select):
                    _insert(db, insert, row)
            except sqlite3.Error as error:
                _log.info("table %s is damaged: %s", table, error)


def _insert(db: sqlite3.Connection, statement: str, row: tuple[int | str | None, ...]) -> None:
    try:
        db.execute(statement, row)
    except (sqlite3.IntegrityError, sqlite3.DataError) as error:
        _log.info("a row is damaged: %s", error)
