"""The file of the search index: its tables, and how it is opened, and thrown away when it is of no use.

All of it can be made again from the studies, so a damaged index, or one of another version, is begun anew without a
word. It holds what participants said: the file is its owner's alone, and what is taken out is overwritten.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

from annotate._sqlite import BUSY_TIMEOUT_MS, make_private_dir, make_private_file, translated

VERSION = 1

# `marks` holds the ids of an item's facets as words ("f12"), so that a filter is a part of the full-text query: the
# index meets both at once, and a limit ends the work early, however often the words occur.
_TABLES = """
CREATE TABLE study(
  id INTEGER PRIMARY KEY, folder TEXT NOT NULL UNIQUE, study_id TEXT, name TEXT NOT NULL,
  stamp TEXT, state TEXT NOT NULL CHECK(state IN('ok','missing','failed')), problem TEXT
) STRICT;
CREATE TABLE part(
  id INTEGER PRIMARY KEY, study INTEGER NOT NULL REFERENCES study ON DELETE CASCADE, session_id TEXT NOT NULL,
  participant TEXT NOT NULL, started_utc TEXT, digest TEXT NOT NULL, UNIQUE(study, session_id)
) STRICT;
CREATE TABLE item(
  id INTEGER PRIMARY KEY, part INTEGER NOT NULL REFERENCES part ON DELETE CASCADE,
  kind TEXT NOT NULL, ref TEXT NOT NULL, t_start_ns INTEGER NOT NULL, t_end_ns INTEGER NOT NULL,
  speaker TEXT, role TEXT, task TEXT,
  text TEXT NOT NULL, marks TEXT NOT NULL
) STRICT;
CREATE INDEX item_part ON item(part);
CREATE TABLE facet(
  id INTEGER PRIMARY KEY, kind TEXT NOT NULL, value TEXT NOT NULL, folded TEXT NOT NULL, UNIQUE(kind, folded)
) STRICT;
CREATE VIRTUAL TABLE hit USING fts5(
  text, marks, content='item', content_rowid='id', tokenize='unicode61 remove_diacritics 2', prefix='2 3'
);
CREATE TRIGGER item_in AFTER INSERT ON item BEGIN
  INSERT INTO hit(rowid, text, marks) VALUES (new.id, new.text, new.marks);
END;
CREATE TRIGGER item_out AFTER DELETE ON item BEGIN
  INSERT INTO hit(hit, rowid, text, marks) VALUES ('delete', old.id, old.text, old.marks);
END;
"""


def open_library(path: Path) -> sqlite3.Connection:
    """A connection to the index, made or begun anew where that is needed.

    Raises:
        StudyError: STUDY_UNWRITABLE, DISK_FULL, STUDY_BUSY.
    """
    with translated(path):
        make_private_dir(path.parent)
        if not path.is_file():
            make_private_file(path)
        try:
            return _connect(path)
        except sqlite3.DatabaseError as exc:
            if exc.sqlite_errorcode & 0xFF not in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}:
                raise
        discard(path)
        make_private_file(path)
        return _connect(path)


def discard(path: Path) -> None:
    """Throw the index away. Nobody else may have it open."""
    for each in (path, *(path.with_name(path.name + end) for end in ("-wal", "-shm", "-journal"))):
        each.unlink(missing_ok=True)


def _connect(path: Path) -> sqlite3.Connection:
    conn = sqlite3.connect(path, isolation_level=None, timeout=BUSY_TIMEOUT_MS / 1000)
    try:
        conn.row_factory = sqlite3.Row
        conn.execute("PRAGMA journal_mode = WAL")
        conn.execute("PRAGMA synchronous = NORMAL")
        conn.execute("PRAGMA secure_delete = ON")
        conn.execute("PRAGMA foreign_keys = ON")
        conn.execute("PRAGMA recursive_triggers = ON")
        if conn.execute("PRAGMA user_version").fetchone()[0] != VERSION:
            _make(conn)
    except BaseException:
        conn.close()
        raise
    return conn


def _make(conn: sqlite3.Connection) -> None:
    """The tables, in place of those of another version."""
    conn.execute("BEGIN IMMEDIATE")
    try:
        if conn.execute("PRAGMA user_version").fetchone()[0] != VERSION:  # another process may have been quicker
            for kind, name in conn.execute(
                "SELECT type, name FROM sqlite_master WHERE name IN ('hit','item','part','facet','study')"
                " ORDER BY instr('hit item part facet study', name)"
            ).fetchall():
                conn.execute(f"DROP {kind} {name}")
            for statement in _statements(_TABLES):
                conn.execute(statement)
            conn.execute(f"PRAGMA user_version = {VERSION}")
        conn.execute("COMMIT")
    except BaseException:
        if conn.in_transaction:
            conn.execute("ROLLBACK")
        raise


def _statements(script: str) -> list[str]:
    found, held = [], ""
    for line in script.splitlines(keepends=True):
        held += line
        if sqlite3.complete_statement(held):
            found.append(held)
            held = ""
    return found
