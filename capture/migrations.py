"""Schema of capture.sqlite3, as numbered migrations. A released one is never edited."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlite_utils import Database

INITIAL = """
CREATE TABLE stream(id INTEGER PRIMARY KEY, kind TEXT NOT NULL
  CHECK(kind IN('screen','camera','mic','system','input','window')),
  file TEXT, track INTEGER, name TEXT, format_json TEXT) STRICT;
CREATE TABLE frame(stream_id INTEGER NOT NULL REFERENCES stream, pts INTEGER NOT NULL, t_ns INTEGER NOT NULL,
  kind TEXT NOT NULL CHECK(kind IN('new','repeat','slate')), key INTEGER NOT NULL,
  x INTEGER, y INTEGER, w INTEGER, h INTEGER, PRIMARY KEY(stream_id,pts)) STRICT, WITHOUT ROWID;
CREATE TABLE input_event(id INTEGER PRIMARY KEY, t_ns INTEGER NOT NULL,
  kind TEXT NOT NULL CHECK(kind IN('move','button_down','button_up','wheel','key_down','key_up')),
  x INTEGER, y INTEGER, button TEXT, key TEXT, dx INTEGER, dy INTEGER, injected INTEGER) STRICT;
CREATE TABLE mark(id TEXT PRIMARY KEY, t_ns INTEGER NOT NULL, t_pressed_ns INTEGER NOT NULL, kind TEXT NOT NULL
  CHECK(kind IN('mark','note','task_start','task_end','outcome','assist','answer','consent','guide_check','undo')),
  ref TEXT, body TEXT, payload_json TEXT, origin TEXT NOT NULL CHECK(origin IN('hotkey','ui','cli','participant')),
  author TEXT) STRICT;
CREATE TABLE interval(id INTEGER PRIMARY KEY, stream_id INTEGER REFERENCES stream,
  kind TEXT NOT NULL CHECK(kind IN('pause','gap','degraded','suspend')), reason TEXT,
  t_start_ns INTEGER NOT NULL, t_end_ns INTEGER) STRICT;
CREATE TABLE anchor(stream_id INTEGER NOT NULL REFERENCES stream, sample INTEGER NOT NULL,
  t_ns INTEGER NOT NULL) STRICT;
CREATE TABLE clock_anchor(t_ns INTEGER NOT NULL, utc_ns INTEGER NOT NULL) STRICT;
CREATE TABLE display_layout(t_ns INTEGER NOT NULL, json TEXT NOT NULL) STRICT;
CREATE TABLE health(t_ns INTEGER NOT NULL, json TEXT NOT NULL) STRICT;
CREATE INDEX input_t ON input_event(t_ns);
CREATE INDEX frame_t ON frame(stream_id,t_ns);
CREATE INDEX mark_t ON mark(t_ns);
"""

SOURCES = """
CREATE TABLE window_event(t_ns INTEGER NOT NULL, app TEXT, title TEXT, x INTEGER, y INTEGER, w INTEGER,
  h INTEGER) STRICT;
CREATE TABLE sync_check(id INTEGER PRIMARY KEY, t_ns INTEGER NOT NULL, audio_offset_ns INTEGER,
  event_offset_ns INTEGER, ok INTEGER, detail_json TEXT) STRICT;
CREATE INDEX window_t ON window_event(t_ns);
"""
"""Which window was in front, and what a sync check measured."""

SET = "capture"
NAMES = ("m0001_initial", "m0002_sources")
"""Every migration this build knows, in order; a file with another one is too new for it."""


def apply(connection: sqlite3.Connection) -> None:
    """Brings a file's schema up to date. The connection must be in autocommit mode."""
    from sqlite_utils import Database, Migrations

    migrations = Migrations(SET)

    @migrations(name="m0001_initial")
    def m0001_initial(db: Database) -> None:
        _execute(db, INITIAL)

    @migrations(name="m0002_sources")
    def m0002_sources(db: Database) -> None:
        _execute(db, SOURCES)

    migrations.apply(Database(connection))


def _execute(db: Database, script: str) -> None:
    for statement in script.split(";\n"):
        if statement.strip():
            db.execute(statement)


def unknown_migrations(connection: sqlite3.Connection) -> list[str]:
    """Names of applied migrations that this build doesn't know: the file was written by a newer version."""
    has_table = connection.execute("SELECT 1 FROM sqlite_master WHERE name = '_sqlite_migrations'").fetchone()
    if has_table is None:
        return []
    rows = connection.execute("SELECT name FROM _sqlite_migrations WHERE migration_set = ?", [SET])
    return [name for (name,) in rows if name not in NAMES]
