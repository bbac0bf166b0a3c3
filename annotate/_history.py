"""The store's part for history: who changed what, and when. Written within the transaction that makes the change."""

# ruff: noqa: S608 - the parts of queries are constants, values are always bound
from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping

from annotate._part import StorePart
from annotate._rows import STAMPS, Rows, utc_now
from annotate.changes import ChangeSet, RowChange, SqlValue
from annotate.models import Change

QUIET = frozenset({"word", "media", "ingested_mark", "consent_answer", "consent_item", "job"})
"""Tables that say nothing a person did: what they hold comes with the row they hang on."""
MANY = 200
"""So many new rows of a table in one step are one line of history: nobody made them by hand."""
_OWNERS = (
    ("observation_id", "observation"),
    ("segment_id", "segment"),
    ("transcript_id", "transcript"),
    ("task_run_id", "task_run"),
    ("evidence_id", "evidence"),
    ("consent_id", "consent"),
)


class HistoryPart(StorePart):
    """What was done in a study."""

    def history(
        self,
        *,
        session_id: str | None = None,
        observation_id: str | None = None,
        before_id: int | None = None,
        limit: int = 1000,
    ) -> list[Change]:
        """Changes, newest first: of an observation with its tags and issues, of a session, or of the study.

        Args:
            session_id: Only what was changed in this session.
            observation_id: Only what was changed of this observation; its session is found by itself.
            before_id: Only what is older than this change, to read on.
            limit: How many at most.
        """
        where, args = ["1"], list[SqlValue]()
        if observation_id is not None:
            # Links are known by both ids, and the observation may be gone.
            where.append("(c.row_id = ? OR c.row_id LIKE ? OR c.row_id LIKE ?)")
            args += [observation_id, f"{observation_id}/%", f"%/{observation_id}"]
        if session_id is not None:
            where.append("c.session_id = ?")
            args.append(session_id)
        if before_id is not None:
            where.append("c.id < ?")
            args.append(before_id)
        rows = self._db.all(
            "SELECT c.id, c.step, c.at_utc, a.name AS author, c.undo, c.session_id, c.table_name, c.row_id,"
            " c.before_json, c.after_json FROM change c LEFT JOIN author a ON a.id = c.author_id"
            f" WHERE {' AND '.join(where)} ORDER BY c.id DESC LIMIT ?",
            *args,
            limit,
        )
        return [
            Change(
                id=row["id"],
                step=row["step"],
                at_utc=row["at_utc"],
                author=row["author"],
                undo=bool(row["undo"]),
                session_id=row["session_id"],
                table=row["table_name"],
                row_id=row["row_id"],
                before=None if row["before_json"] is None else json.loads(row["before_json"]),
                after=None if row["after_json"] is None else json.loads(row["after_json"]),
            )
            for row in rows
        ]

    def _record(self, tx: Rows) -> None:
        """Write down what a transaction did, as its last part."""
        change, automatic = tx.change, self._automatic or tx.is_automatic
        gone = {row.key[0][1] for row in change.rows if row.table == "session" and row.after is None}
        made = Counter(row.table for row in change.rows if row.before is None)
        sessions = _Sessions(tx, change)
        found: list[tuple[SqlValue, ...]] = []
        for row in change.rows:
            if not _is_told(row, automatic=automatic) or (row.before is None and made[row.table] > MANY):
                continue
            session_id = sessions.of(row)
            if session_id in gone:
                if row.table != "session":
                    continue  # whoever removes a session wants its contents gone, here too
                found.append((None, row.table, _row_id(row), None, None))
                continue
            found.append((session_id, row.table, _row_id(row), _json(row.before), _json(row.after)))
        for table, count in made.items():
            if count > MANY and table not in QUIET and table != "segment":
                first = next(row for row in change.rows if row.table == table and row.before is None)
                found.append((sessions.of(first), table, "*", None, json.dumps({"rows": count})))
        if not found:
            return
        last = tx.one("SELECT coalesce(max(id), 0) AS id FROM change")
        assert last is not None
        step, at = int(last["id"]) + 1, utc_now()
        author_id = None if automatic else self._author_id(tx)
        tx.write_quietly(
            "INSERT INTO change(id, step, at_utc, author_id, undo, session_id, table_name, row_id, before_json,"
            " after_json) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [(step + n, step, at, author_id, int(tx.is_undo), *row) for n, row in enumerate(found)],
        )


class _Sessions:
    """Which session a changed row belongs to; also for rows that the same transaction has deleted."""

    def __init__(self, tx: Rows, change: ChangeSet) -> None:
        self._tx = tx
        self._deleted = {(row.table, row.key[0][1]): row.before for row in change.rows if row.after is None}
        self._known: dict[tuple[str, SqlValue], str | None] = {}

    def of(self, row: RowChange) -> str | None:
        known = {**dict(row.key), **(row.before or {}), **(row.after or {})}
        if row.table == "session":
            return str(row.key[0][1])
        if isinstance(known.get("session_id"), str):
            return str(known["session_id"])
        for column, parent in _OWNERS:
            if known.get(column) is not None and column in self._tx.columns(row.table):
                return self._of_id(parent, known[column])
        columns = self._tx.columns(row.table)
        if "id" in columns and columns & {"session_id", *(column for column, _ in _OWNERS)}:
            return self._of_id(row.table, row.key[0][1])
        return None

    def _of_id(self, table: str, row_id: SqlValue) -> str | None:
        place = (table, row_id)
        if place not in self._known:
            self._known[place] = None  # no row leads back to itself, but a broken study must not hang
            row: Mapping[str, SqlValue] | None = self._tx.fetch(table, (("id", row_id),)) or self._deleted.get(place)
            if row is not None:
                session = row.get("session_id")
                if not isinstance(session, str):
                    owners = ((column, parent) for column, parent in _OWNERS if row.get(column) is not None)
                    column, parent = next(owners, ("", ""))
                    session = self._of_id(parent, row[column]) if column else None
                self._known[place] = session if isinstance(session, str) else None
        return self._known[place]


def _is_told(row: RowChange, *, automatic: bool) -> bool:
    if row.table in QUIET:
        return False
    updated = row.before is not None and row.after is not None
    if row.table == "segment":  # the transcript's own row tells that it came or went
        return updated and not automatic
    return not (row.table == "transcript" and updated and automatic)


def _row_id(row: RowChange) -> str:
    return "/".join(str(value) for _, value in row.key)


def _json(values: Mapping[str, SqlValue] | None) -> str | None:
    if values is None:
        return None
    return json.dumps({name: value for name, value in values.items() if name not in STAMPS}, ensure_ascii=False)
