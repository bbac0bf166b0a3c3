"""Row by row from one study's file into another's: what is the same, what is new, what two people changed."""

# ruff: noqa: S608 - names of tables and columns come from the schema, values are always bound
from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path

from annotate._part import same_text
from annotate._rows import STAMPS, Key, Rows
from annotate._sqlite import connect
from annotate.changes import SqlValue
from annotate.merge_report import Conflict, ConflictKind, MergeReport

Row = dict[str, SqlValue]

_SAME: Mapping[str, tuple[str, ...]] = {
    "author": ("name",),
    "participant": ("code",),
    "task": ("title",),
    "tag": ("parent_id", "name"),
    "issue": ("title",),
    "consent_form": ("version", "language", "body"),
    "consent_item": ("form_id", "scope"),
    "questionnaire": ("instrument", "version"),
    "response": ("questionnaire_id", "session_id", "task_run_id"),
    "task_run": ("session_id", "task_id", "attempt"),
}
"""What makes two rows with other ids one thing; texts are compared as a reader does. The database holds some of it
to be unique."""
_NAMES = {"participant": "code", "task": "title", "tag": "name", "issue": "title"}
"""What is told when one is taken for the other."""
_TOLD = frozenset({"participant", "task", "issue"})
_READ = frozenset({"name", "code", "title", "body"})
"""Columns whose texts are compared as a reader does."""
_SKIPPED = frozenset({"study", "job", "change", "word", "segment"})
"""The study itself stays; a queue is nobody else's; history and what was said have ways of their own."""
_OUR_OWN = {
    "session": frozenset({"bundle_path", "trashed_utc", "participant_id"}),
    "task": frozenset({"position"}),
    "tag": frozenset({"position", "key"}),
    "issue": frozenset({"number"}),
    "questionnaire": frozenset({"position"}),
    "transcript": frozenset({"taken", "done_until_ns", "state"}),
    "participant": frozenset({"code", "status"}),
    "reel": frozenset({"path"}),
}
"""Columns that are never taken over into a row that is here."""


class _Table:
    """What the file says of a table."""

    def __init__(self, conn: sqlite3.Connection, name: str) -> None:
        self.name = name
        info = conn.execute(f"PRAGMA table_info({name})").fetchall()
        self.columns = [row["name"] for row in info]
        self.required = {row["name"] for row in info if row["notnull"]}
        self.key = [name for _, name in sorted((row["pk"], row["name"]) for row in info if row["pk"])]
        self.numbered = any(row["pk"] and row["type"] == "INTEGER" for row in info) and len(self.key) == 1
        self.parents = {row["from"]: row["table"] for row in conn.execute(f"PRAGMA foreign_key_list({name})")}


class Merger:
    """Takes the rows of a study's file into a transaction on another one."""

    def __init__(self, tx: Rows, source: Path, author: str, paths: Mapping[str, str], *, apart: bool) -> None:
        """`paths`: where recordings that came in lie now, by their session's id."""
        self._tx = tx
        self._source = source
        self._author = author
        self._paths = paths
        self._apart = apart
        self._ids: dict[tuple[str, SqlValue], SqlValue | None] = {}
        self._new: set[tuple[str, SqlValue]] = set()

    def run(self, report: MergeReport) -> None:
        """Does it, and fills in the report."""
        self._report = report
        self._tx.all("PRAGMA defer_foreign_keys = ON")  # rows may point at each other
        self._deleted = {
            (row[0], row[1]) for row in self._tx.all("SELECT table_name, row_id FROM change WHERE after_json IS NULL")
        }
        self._removed = {(row[0], row[1]) for row in self._tx.all("SELECT session_id, mark_id FROM ingested_mark")}
        with closing(connect(self._source)) as conn:
            self._conn = conn
            tables = _in_order(conn)
            for table in tables:
                if table.name not in _SKIPPED:
                    for row in self._rows(table):
                        self._take(table, row)
                elif table.name == "segment":
                    self._take_segments(table)
            self._take_history()

    # -- rows -----------------------------------------------------------------------------------------------------

    def _rows(self, table: _Table) -> list[Row]:
        """All of a table, parents before children where a table refers to itself."""
        order = "created_utc, rowid" if "created_utc" in table.columns else ", ".join(table.key)
        rows = [dict(row) for row in self._conn.execute(f"SELECT * FROM {table.name} ORDER BY {order}")]
        own = [column for column, parent in table.parents.items() if parent == table.name]
        if not own:
            return rows
        done: set[SqlValue] = set()
        sorted_rows: list[Row] = []
        while rows:
            ready = [row for row in rows if all(row[column] is None or row[column] in done for column in own)]
            for row in ready or rows:  # a ring can't be; if it is, it is taken as it comes
                sorted_rows.append(row)
                done.add(row[table.key[0]])
            rows = [row for row in rows if row[table.key[0]] not in done]
        return sorted_rows

    def _take(self, table: _Table, theirs: Row) -> None:
        """One row: found here, or new, or passed over with what it hangs on."""
        old = theirs[table.key[0]] if table.key == ["id"] else None
        row = self._mapped(table, theirs)
        if row is None or self._is_removed(table, row) or (table.name == "session" and row["trashed_utc"] is not None):
            if old is not None:
                self._ids[table.name, old] = None
            return
        here, by_id = self._find(table, row)
        if here is not None:
            if old is not None:
                self._ids[table.name, old] = here["id"]
            if not by_id and table.name in _TOLD:
                person = table.name == "participant"
                self._say(ConflictKind.SAME_PERSON if person else ConflictKind.SAME_TITLE, table, row)
            self._update(table, here, row, by_id=by_id)
            return
        if old is not None:
            self._ids[table.name, old] = old
        self._insert(table, row)

    def _mapped(self, table: _Table, theirs: Row) -> Row | None:
        """The row with the ids that things have here; None if it hangs on something that wasn't taken in."""
        row = dict(theirs)
        for column, parent in table.parents.items():
            value = row[column]
            if value is None:
                continue
            mapped = self._ids.get((parent, value))
            if mapped is None and (column in table.required or column in table.key):
                return None
            row[column] = mapped
        return row

    def _is_removed(self, table: _Table, row: Row) -> bool:
        """What was removed here stays away; a whole session comes back, since somebody asks for it."""
        if table.name == "session" or self._tx.fetch(table.name, _key(table, row)) is not None:
            return False
        if (table.name, "/".join(str(row[name]) for name in table.key)) in self._deleted:
            return True
        if table.name != "observation" or row["mark_id"] is None:
            return False
        place = (row["session_id"], row["mark_id"])
        known = self._tx.one("SELECT 1 FROM observation WHERE session_id = ? AND mark_id = ?", *place)
        return known is None and place in self._removed

    def _find(self, table: _Table, row: Row) -> tuple[Row | None, bool]:
        """The same row here, and whether it is so by its id."""
        here = self._tx.fetch(table.name, _key(table, row))
        if here is not None:
            return here, True
        same = _SAME.get(table.name)
        if table.name == "observation" and row["mark_id"] is not None:
            same = ("session_id", "mark_id")
        if same is None or (table.name == "participant" and self._apart):
            return None, False
        exact = [column for column in same if column not in _READ]
        where = " AND ".join(f"{column} IS ?" for column in exact) or "1"
        for one in self._tx.all(f"SELECT * FROM {table.name} WHERE {where}", *(row[column] for column in exact)):
            if all(_same(one[column], row[column]) for column in same):
                return dict(one), False
        return None, False

    def _say(self, kind: ConflictKind, table: _Table, row: Row, became: str = "") -> None:

        self._report.conflicts.append(Conflict(kind, table.name, self._name_of(table, row), became))

    def _name_of(self, table: _Table, row: Row) -> str:
        for column in (_NAMES.get(table.name), "version", "body", "t_start_ns"):
            if column in row and row[column] not in {None, ""}:
                return " ".join(str(row[column]).split())[:60]
        session = self._tx.one(
            "SELECT p.code FROM session s JOIN participant p ON p.id = s.participant_id WHERE s.id = ?",
            row["id"] if table.name == "session" else row.get("session_id"),
        )
        return str(session["code"]) if session is not None else str(row[table.key[0]])

    def _update(self, table: _Table, here: Row, row: Row, *, by_id: bool) -> None:
        """Both have it: what is empty here is filled; of what differs the later one stands."""

        own = _OUR_OWN.get(table.name, frozenset()) | STAMPS | set(table.key)
        values = dict(row)
        filled: Row = {n: v for n, v in values.items() if n not in own and here[n] is None and v is not None}
        differs = {n: v for n, v in values.items() if n not in own and here[n] is not None and here[n] != v}
        if table.name == "session" and (path := self._paths.get(str(here["id"]))) is not None:
            filled["bundle_path"] = path
        if table.name == "participant" and row["status"] == "withdrawn":
            filled["status"] = row["status"]  # whoever withdrew has done so everywhere
            differs.pop("status", None)
        later = by_id and str(row.get("updated_utc") or "") > str(here.get("updated_utc") or "")
        plan = table.name in {"task", "tag", "participant", "consent_form", "consent_item", "questionnaire", "author"}
        if differs and later and not plan:
            self._say(ConflictKind.THEIRS, table, row)
            filled |= differs
        elif differs and table.name not in {"consent_form", "consent_item", "media"}:
            self._say(ConflictKind.OURS, table, row)
        if filled and by_id and not later and not {"bundle_path", "status"} & filled.keys():
            filled = {}  # emptied here since: that is a change like any other
        if filled and self._tx.update(table.name, _key(table, here), filled):
            self._report.updated += 1
            if table.name == "session":
                self._report.completed.append(self._name_of(table, here))

    def _insert(self, table: _Table, row: Row) -> None:
        row = {**row, **self._fitted(table, row)}
        try:
            self._tx.insert(table.name, row)
        except sqlite3.IntegrityError:
            self._say(ConflictKind.LEFT_OUT, table, row)
            if table.key == ["id"]:
                self._ids[table.name, row["id"]] = None
            return
        if table.key == ["id"]:
            self._new.add((table.name, row["id"]))
        self._report.added[table.name] = self._report.added.get(table.name, 0) + 1
        if table.name == "session":
            self._report.sessions.append(self._name_of(table, row))

    def _fitted(self, table: _Table, row: Row) -> Row:  # noqa: PLR0911  # a line for each kind of thing
        """What must be another in this study: numbers, places, codes that are taken."""
        match table.name:
            case "participant":
                return {"code": self._free_code(table, row)}
            case "issue":
                return {"number": self._tx.next_issue_number()}
            case "task" | "tag":
                last = self._tx.one(f"SELECT coalesce(max(position) + 1, 0) AS next FROM {table.name}")
                assert last is not None
                key_taken = row.get("key") and self._tx.one("SELECT 1 FROM tag WHERE key = ?", row["key"])
                return {"position": last["next"], **({"key": None} if key_taken else {})}
            case "consent_form":
                return {"version": self._free_version(table, row)}
            case "session":
                return {"bundle_path": self._paths.get(str(row["id"]), self._free_path(row))}
            case "reel":
                return {"path": None}  # where it was saved on the other computer
            case _:
                return {}

    def _free_code(self, table: _Table, row: Row) -> str:

        taken = {" ".join(str(one["code"]).split()).casefold() for one in self._tx.all("SELECT code FROM participant")}
        wanted = str(row["code"])
        code, number = wanted, 1
        while " ".join(code.split()).casefold() in taken:
            number += 1
            code = f"{wanted}-{number}"
        if code != wanted:
            self._say(ConflictKind.OTHER_PERSON, table, row, code)
        return code

    def _free_version(self, table: _Table, row: Row) -> SqlValue:
        used = self._tx.one(
            "SELECT 1 FROM consent_form WHERE version = ? AND language = ?", row["version"], row["language"]
        )
        if used is None:
            return row["version"]
        last = self._tx.one("SELECT max(version) + 1 AS next FROM consent_form")
        assert last is not None
        self._say(ConflictKind.CONSENT_FORM, table, row, str(last["next"]))
        return int(last["next"])

    def _free_path(self, row: Row) -> SqlValue:
        """Where a recording that didn't come along belongs; another session's folder of that name is not it."""
        path = row["bundle_path"]
        taken = path is not None and self._tx.one("SELECT 1 FROM session WHERE bundle_path = ?", path) is not None
        return f"{path}-{str(row['id'])[:8]}" if taken else path

    # -- what was said --------------------------------------------------------------------------------------------

    def _take_segments(self, table: _Table) -> None:
        """Segments have numbers and no ids: they come with a transcript that is new here, as a whole."""
        last = self._tx.one("SELECT coalesce(max(id), 0) AS id FROM segment")
        assert last is not None
        following = int(last["id"]) + 1
        heads = self._conn.execute("SELECT id, session_id, state FROM transcript").fetchall()
        for head in heads:
            mine = self._ids.get(("transcript", head["id"]))
            if mine is None:
                continue
            found = self._conn.execute("SELECT * FROM segment WHERE transcript_id = ? ORDER BY id", (head["id"],))
            rows = [dict(row) for row in found]
            if ("transcript", mine) in self._new or self._is_begun(str(mine), head["state"]):
                self._put_segments(table, rows, following)
                following += len(rows)
            elif self._match_segments(str(mine), rows):
                session = self._tx.one(
                    "SELECT p.code FROM session s JOIN participant p ON p.id = s.participant_id WHERE s.id = ?",
                    self._ids.get(("session", head["session_id"])),
                )
                code = str(session["code"]) if session is not None else ""
                self._report.conflicts.append(Conflict(ConflictKind.TRANSCRIPT, "transcript", code))

    def _put_segments(self, table: _Table, rows: Sequence[Row], following: int) -> None:
        for number, row in enumerate(rows, following):
            self._ids["segment", row["id"]] = number
        segments = []
        for row in rows:
            mapped = self._mapped(table, row)
            assert mapped is not None  # their transcript is here
            segments.append({**mapped, "id": self._ids["segment", row["id"]]})
        self._tx.insert_whole("segment", segments)
        words = [
            {**dict(word), "segment_id": self._ids["segment", row["id"]]}
            for row in rows
            for word in self._conn.execute("SELECT * FROM word WHERE segment_id = ? ORDER BY idx", (row["id"],))
        ]
        self._tx.insert_whole("word", words)
        self._report.added["segment"] = self._report.added.get("segment", 0) + len(segments)

    def _is_begun(self, transcript_id: str, their_state: str) -> bool:
        """Whether a transcript that is here only in part is finished there: then theirs takes its place."""
        here = self._tx.fetch("transcript", (("id", transcript_id),))
        if here is None or here["state"] == "done" or their_state != "done":
            return False
        for row in self._tx.all("SELECT id FROM segment WHERE transcript_id = ?", transcript_id):
            self._tx.delete("segment", (("id", row["id"]),))
        theirs = self._conn.execute("SELECT * FROM transcript WHERE id = ?", (transcript_id,)).fetchone()
        names = {"state", "done_until_ns", "taken", "params_json"} & set(theirs.keys())
        head = {name: theirs[name] for name in names}
        self._tx.update("transcript", (("id", transcript_id),), head)
        self._report.updated += 1
        return True

    def _match_segments(self, transcript_id: str, rows: Sequence[Row]) -> bool:
        """Finds each of theirs among ours; whether a text reads differently."""
        mine = {
            (row["t_start_ns"], row["t_end_ns"]): row
            for row in self._tx.all(
                "SELECT id, t_start_ns, t_end_ns, text FROM segment WHERE transcript_id = ?", transcript_id
            )
        }
        differs = False
        for row in rows:
            here = mine.get((row["t_start_ns"], row["t_end_ns"]))
            self._ids["segment", row["id"]] = None if here is None else here["id"]
            differs = differs or here is None or here["text"] != row["text"]
        return differs

    # -- history --------------------------------------------------------------------------------------------------

    def _take_history(self) -> None:
        """Who changed what there is history here, too; what is known already isn't told twice."""
        same = ("at_utc", "table_name", "row_id", "before_json", "after_json")
        known = {tuple(row) for row in self._tx.all(f"SELECT {', '.join(same)} FROM change")}
        last = self._tx.one("SELECT coalesce(max(id), 0) AS id FROM change")
        shift = int(last["id"]) if last is not None else 0
        steps: dict[int, int] = {}
        found: list[tuple[SqlValue, ...]] = []
        for row in self._conn.execute("SELECT * FROM change ORDER BY id").fetchall():
            session_id = row["session_id"]
            mapped = self._ids.get(("session", session_id)) if session_id is not None else None
            if (session_id is not None and mapped is None) or tuple(row[column] for column in same) in known:
                continue
            number = shift + len(found) + 1
            author = self._ids.get(("author", row["author_id"])) if row["author_id"] is not None else None
            step = steps.setdefault(row["step"], number)
            about = (row["table_name"], row["row_id"], row["before_json"], row["after_json"])
            found.append((number, step, row["at_utc"], author, row["undo"], mapped, *about))
        self._tx.write_quietly(
            "INSERT INTO change(id, step, at_utc, author_id, undo, session_id, table_name, row_id, before_json,"
            " after_json) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            found,
        )


def _in_order(conn: sqlite3.Connection) -> list[_Table]:
    """The tables, each after those it refers to; virtual ones and their shadows are left to whoever keeps them."""
    found = conn.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table'").fetchall()
    virtual = [row["name"] for row in found if row["sql"] and row["sql"].upper().startswith("CREATE VIRTUAL")]
    waiting = {
        row["name"]: _Table(conn, row["name"])
        for row in found
        if not row["name"].startswith(("sqlite_", "_"))
        and not any(row["name"] == name or row["name"].startswith(f"{name}_") for name in virtual)
    }
    # What was said must be here before observations point at it.
    late = {"observation": {"segment", "transcript"}}
    ordered: list[_Table] = []
    while waiting:
        ready = [
            name
            for name, table in waiting.items()
            if not ((set(table.parents.values()) | late.get(name, set())) - {name}) & set(waiting)
        ]
        ordered += [waiting.pop(name) for name in ready or list(waiting)]
    return ordered


def _key(table: _Table, row: Mapping[str, SqlValue]) -> Key:
    return tuple((name, row[name]) for name in table.key)


def _same(one: SqlValue, other: SqlValue) -> bool:
    return same_text(one, other) if isinstance(one, str) and isinstance(other, str) else one == other
