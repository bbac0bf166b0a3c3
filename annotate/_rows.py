"""Transactions on the study file that remember, row by row, what they changed."""

# ruff: noqa: S608 - names of tables and columns come from the code and the schema, values are always bound
from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from annotate._sqlite import translated
from annotate.changes import ChangeSet, RowChange, SqlValue
from annotate.errors import StudyCode, StudyError

Key = tuple[tuple[str, SqlValue], ...]
STAMPS = frozenset({"created_utc", "updated_utc"})


def utc_now() -> str:
    """The time as the study's columns `*_utc` hold it: ISO 8601 with microseconds, so that texts sort as times do."""
    return datetime.now(UTC).isoformat(timespec="microseconds")


def _utc_after(earlier: SqlValue) -> str:
    """The time now, but later than `earlier` even where the clock was set back since: the last change of a row is
    the latest one for whoever merges it."""
    now = utc_now()
    if not isinstance(earlier, str) or now > earlier:
        return now
    return (datetime.fromisoformat(earlier) + timedelta(microseconds=1)).isoformat(timespec="microseconds")


@dataclass(frozen=True, slots=True)
class Reference:
    """A foreign key of one column, seen from its parent."""

    child: str
    column: str
    parent_column: str
    on_delete: str


class Schema:
    """What the rows of this file depend on, read from the file itself once per connection."""

    def __init__(self, conn: sqlite3.Connection) -> None:
        self._keys: dict[str, tuple[str, ...]] = {}
        self.columns: dict[str, frozenset[str]] = {}
        self._references: dict[str, list[Reference]] = {}
        names = [row[0] for row in conn.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for table in names:
            info = conn.execute(f"PRAGMA table_info({table})").fetchall()
            pk = sorted((row["pk"], row["name"]) for row in info if row["pk"])
            self._keys[table] = tuple(name for _, name in pk)
            self.columns[table] = frozenset(row["name"] for row in info)
        for table in names:
            if table == "change":
                continue  # history hangs on what it tells of, but keeps nobody from changing it
            for row in conn.execute(f"PRAGMA foreign_key_list({table})"):
                parent_column = row["to"] or self._keys[row["table"]][0]
                reference = Reference(table, row["from"], parent_column, row["on_delete"])
                self._references.setdefault(row["table"], []).append(reference)

    def key_of(self, table: str, row: Mapping[str, SqlValue]) -> Key:
        return tuple((name, row[name]) for name in self._keys[table])

    def stamps(self, table: str) -> frozenset[str]:
        return self.columns[table] & STAMPS

    def children(self, table: str) -> Sequence[Reference]:
        return self._references.get(table, ())


class Rows:
    """The rows of the study within one write transaction. Every change goes through here and is remembered."""

    def __init__(self, conn: sqlite3.Connection, schema: Schema) -> None:
        self._conn = conn
        self._schema = schema
        self._changed: list[RowChange] = []
        self.is_undo = False
        self.is_automatic = False

    @property
    def change(self) -> ChangeSet:
        """What was changed so far."""
        return ChangeSet(tuple(self._changed))

    def join(self, inner: Rows) -> None:
        """Take in what a transaction within this one changed."""
        self._changed.extend(inner.change.rows)
        self.is_undo = self.is_undo or inner.is_undo

    def columns(self, table: str) -> frozenset[str]:
        """The columns that a table has."""
        return self._schema.columns[table]

    def all(self, sql: str, *args: SqlValue) -> list[sqlite3.Row]:
        return self._conn.execute(sql, args).fetchall()

    def one(self, sql: str, *args: SqlValue) -> sqlite3.Row | None:
        found: sqlite3.Row | None = self._conn.execute(sql, args).fetchone()
        return found

    def fetch(self, table: str, key: Key) -> dict[str, SqlValue] | None:
        """The whole row, or None."""
        where, values = _where(key)
        row = self._conn.execute(f"SELECT * FROM {table} WHERE {where}", values).fetchone()
        return dict(row) if row is not None else None

    def insert(self, table: str, row: Mapping[str, SqlValue]) -> None:
        """Insert a row; both stamps are set to now, save those that `row` brings along."""
        now = utc_now()
        full = {**dict.fromkeys(self._schema.stamps(table), now), **row}
        self._insert(table, full)
        key = self._schema.key_of(table, full)
        # Read back, so that the defaults are known to an undo that asks whether anybody changed the row since.
        self._changed.append(RowChange(table, key, None, self.fetch(table, key)))

    def insert_whole(self, table: str, rows: Sequence[Mapping[str, SqlValue]]) -> None:
        """Insert many rows of equal columns that leave no column to its default (thousands of words)."""
        if not rows:
            return
        columns = list(rows[0])
        sql = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})"
        self._conn.executemany(sql, ([row[column] for column in columns] for row in rows))
        key_of = self._schema.key_of
        self._changed.extend(RowChange(table, key_of(table, row), None, dict(row)) for row in rows)

    def note(self, table: str, row: Mapping[str, SqlValue]) -> None:
        """Insert a row that no undo takes away again (an author's name)."""
        now = utc_now()
        self._insert(table, {**dict.fromkeys(self._schema.stamps(table), now), **row})

    def write_quietly(self, sql: str, rows: Sequence[Sequence[SqlValue]]) -> None:
        """Write rows that are no change of the study: no undo takes them away, and nobody is told of them."""
        self._conn.executemany(sql, rows)

    def update(self, table: str, key: Key, fields: Mapping[str, SqlValue]) -> bool:
        """Set columns of a row; False if they all have these values already.

        Raises:
            StudyError: ROW_MISSING.
        """
        row = self.fetch(table, key)
        if row is None:
            raise StudyError(StudyCode.ROW_MISSING, f"{table} {key[0][1]}")
        after = {name: value for name, value in fields.items() if row[name] != value}
        if not after:
            return False
        stamped = dict(after)
        if "updated_utc" in self._schema.stamps(table):
            stamped["updated_utc"] = _utc_after(row["updated_utc"])
        where, values = _where(key)
        assign = ", ".join(f"{name} = ?" for name in stamped)
        self._conn.execute(f"UPDATE {table} SET {assign} WHERE {where}", [*stamped.values(), *values])
        self._changed.append(RowChange(table, key, {name: row[name] for name in after}, after))
        return True

    def delete(self, table: str, key: Key) -> None:
        """Delete a row and, before it, what hangs on it; each row is remembered, which SQLite's own cascade isn't.

        Raises:
            StudyError: ROW_MISSING; ROW_IN_USE when another row needs this one.
        """
        row = self.fetch(table, key)
        if row is None:
            raise StudyError(StudyCode.ROW_MISSING, f"{table} {key[0][1]}")
        for reference in self._schema.children(table):
            for child in self._dependents(reference, row):
                if reference.on_delete == "CASCADE":
                    self.delete(reference.child, child)
                elif reference.on_delete == "SET NULL":
                    self.update(reference.child, child, {reference.column: None})
                else:
                    raise StudyError(StudyCode.ROW_IN_USE, f"{table} {key[0][1]}: {reference.child}")
        where, values = _where(key)
        self._conn.execute(f"DELETE FROM {table} WHERE {where}", values)
        self._changed.append(RowChange(table, key, row, None))

    def invert(self, change: ChangeSet) -> None:
        """Take a change back, row by row from its end.

        Raises:
            StudyError: STALE_CHANGE when a row is gone, or back, or has other values in the columns concerned, or
                has got new dependents since.
        """
        self.is_undo = True
        for row in reversed(change.rows):
            try:
                self._invert_row(row)
            except (StudyError, sqlite3.IntegrityError) as exc:
                detail = f"{row.table} {row.key[0][1]}"
                raise StudyError(StudyCode.STALE_CHANGE, detail) from exc

    def _invert_row(self, row: RowChange) -> None:
        current = self.fetch(row.table, row.key)
        expected = row.after
        if (current is None) != (expected is None):
            raise StudyError(StudyCode.STALE_CHANGE, row.table)
        if current is not None and expected is not None:
            changed = [name for name in expected if name not in STAMPS and current[name] != expected[name]]
            if changed:
                raise StudyError(StudyCode.STALE_CHANGE, f"{row.table}: {', '.join(changed)}")
        if row.before is None:
            if current is not None and any(
                self._dependents(reference, current) for reference in self._schema.children(row.table)
            ):
                raise StudyError(StudyCode.STALE_CHANGE, row.table)
            self.delete(row.table, row.key)
        elif row.after is None:
            self.insert(row.table, self._renumbered(row.table, row.before))
        else:
            self.update(row.table, row.key, row.before)

    def _renumbered(self, table: str, row: Mapping[str, SqlValue]) -> dict[str, SqlValue]:
        """A removed issue comes back with the next number if its own was given to another one meanwhile."""
        if table == "issue" and self.one("SELECT 1 FROM issue WHERE number = ?", row["number"]):
            return {**row, "number": self.next_issue_number()}
        return dict(row)

    def next_issue_number(self) -> int:
        row = self.one("SELECT coalesce(max(number), 0) + 1 AS number FROM issue")
        assert row is not None
        return int(row["number"])

    def _dependents(self, reference: Reference, parent: Mapping[str, SqlValue]) -> list[Key]:
        rows = self._conn.execute(
            f"SELECT * FROM {reference.child} WHERE {reference.column} = ?", (parent[reference.parent_column],)
        )
        return [self._schema.key_of(reference.child, dict(row)) for row in rows]

    def _insert(self, table: str, row: Mapping[str, SqlValue]) -> None:
        columns = ", ".join(row)
        marks = ", ".join("?" * len(row))
        self._conn.execute(f"INSERT INTO {table} ({columns}) VALUES ({marks})", list(row.values()))


class Database:
    """One connection of one thread, with reads, and writes that are short transactions.

    Raises:
        StudyError: from every method: STUDY_BUSY when another process holds the file for longer than five
            seconds, STUDY_BROKEN, STUDY_UNWRITABLE, DISK_FULL.
    """

    def __init__(
        self, conn: sqlite3.Connection, path: Path, record: Callable[[Rows], None] = lambda _rows: None
    ) -> None:
        """`record` is called as the last part of each transaction that changed something."""
        self._conn = conn
        self._path = path
        self._record = record
        self._schema: Schema | None = None
        self._open: list[Rows] = []

    def all(self, sql: str, *args: SqlValue) -> list[sqlite3.Row]:
        with translated(self._path):
            return self._conn.execute(sql, args).fetchall()

    def one(self, sql: str, *args: SqlValue) -> sqlite3.Row | None:
        with translated(self._path):
            found: sqlite3.Row | None = self._conn.execute(sql, args).fetchone()
        return found

    @contextmanager
    def write(self) -> Iterator[Rows]:
        """A transaction that takes the write lock at once; within another one it becomes a part of that."""
        with translated(self._path):
            if self._schema is None:
                self._schema = Schema(self._conn)
            rows = Rows(self._conn, self._schema)
            nested = bool(self._open)
            self._conn.execute("SAVEPOINT part" if nested else "BEGIN IMMEDIATE")
            self._open.append(rows)
            try:
                yield rows
                if not nested and rows.change.rows:
                    self._record(rows)
                self._conn.execute("RELEASE part" if nested else "COMMIT")
            except BaseException:
                if self._conn.in_transaction:  # a full disk may have rolled it back already
                    self._conn.execute("ROLLBACK TO part" if nested else "ROLLBACK")
                    if nested:
                        self._conn.execute("RELEASE part")
                raise
            finally:
                self._open.pop()
            if nested:
                self._open[-1].join(rows)

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Let all reads within see the file as it was at the first of them, whatever others write meanwhile."""
        with translated(self._path):
            if self._conn.in_transaction:
                yield
                return
            self._conn.execute("BEGIN")
            try:
                yield
            finally:
                self._conn.execute("COMMIT")

    def data_version(self) -> int:
        row = self.one("PRAGMA data_version")
        assert row is not None
        return int(row[0])

    def close(self) -> None:
        with translated(self._path):
            self._conn.close()


def _where(key: Key) -> tuple[str, list[SqlValue]]:
    return " AND ".join(f"{name} = ?" for name, _ in key), [value for _, value in key]
