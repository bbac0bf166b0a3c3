"""The store's part for observations: one time-stamped event each, a point or a range."""

# ruff: noqa: S608 - the parts of queries are constants, values are always bound
from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from annotate._part import id_key, invalid, known, new_id, optional_text, severity_value, time_ns
from annotate._rows import Rows
from annotate._sessions import SESSION_ORDER, TOLD
from annotate._trash import TrashPart
from annotate.changes import ChangeSet, SqlValue
from annotate.errors import StudyCode, StudyError
from annotate.models import Observation, ObservationKind, ObservationOrigin, Session, Severity
from annotate.timeline import format_time

_PLAIN = ("kind", "severity", "body", "heuristic", "segment_id", "x", "y")
_FIELDS = ("t_start_ns", "t_end_ns", "task_run_id", "tag_ids", *_PLAIN)
_OBSERVATIONS = """
SELECT o.id, o.session_id, o.task_run_id, o.t_start_ns, o.t_end_ns, o.kind, o.severity, o.body, o.origin, o.mark_id,
  a.name AS author, o.heuristic, o.segment_id, o.x, o.y, o.t_original_ns
FROM observation o JOIN author a ON a.id = o.author_id JOIN session s ON s.id = o.session_id
"""
COUNTS = (
    "(s.pilot = 0 AND coalesce(o.t_end_ns, o.t_start_ns) >= coalesce(s.trim_start_ns, 0)"
    " AND (s.trim_end_ns IS NULL OR o.t_start_ns <= s.trim_end_ns))"
)
"""Whether an observation `o` of a session `s` that is told counts in figures."""
OBSERVATION_ORDER = f"{SESSION_ORDER}, o.t_start_ns, coalesce(o.t_end_ns, o.t_start_ns), o.created_utc, o.id"


class ObservationsPart(TrashPart):
    """Observations of a study."""

    def observations(self, session_id: str | None = None) -> list[Observation]:
        """Those of a session in the order of time, or (None) those of all sessions, session by session.

        All sessions are those that are told: not in the trash, and of nobody who has withdrawn.
        """
        where, args = ("WHERE o.session_id = ?", (session_id,)) if session_id is not None else ("", ())
        which = where or f"WHERE {TOLD}"
        rows = self._db.all(f"{_OBSERVATIONS} {which} ORDER BY {OBSERVATION_ORDER}", *args)
        tags = self._linked(
            "SELECT l.observation_id, l.tag_id FROM observation_tag l JOIN tag t ON t.id = l.tag_id"
            f" JOIN observation o ON o.id = l.observation_id {where} ORDER BY t.position, t.name, t.id",
            args,
        )
        issues = self._linked(
            "SELECT l.observation_id, l.issue_id FROM issue_observation l JOIN issue i ON i.id = l.issue_id"
            f" JOIN observation o ON o.id = l.observation_id {where} ORDER BY i.number",
            args,
        )
        return [
            Observation(
                **{
                    **dict(row),
                    "kind": ObservationKind(row["kind"]),
                    "severity": None if row["severity"] is None else Severity(row["severity"]),
                    "origin": ObservationOrigin(row["origin"]),
                    "tag_ids": tuple(tags[row["id"]]),
                    "issue_ids": tuple(issues[row["id"]]),
                }
            )
            for row in rows
        ]

    def observation(self, observation_id: str) -> Observation:
        """Raises StudyError(ROW_MISSING)."""
        row = self._db.one("SELECT session_id FROM observation WHERE id = ?", observation_id)
        if row is None:
            raise StudyError(StudyCode.ROW_MISSING, f"observation {observation_id}")
        return next(one for one in self.observations(row["session_id"]) if one.id == observation_id)

    def add_observation(
        self,
        session_id: str,
        *,
        t_start_ns: int,
        t_end_ns: int | None = None,
        kind: ObservationKind = ObservationKind.MARK,
        severity: Severity | int | None = None,
        body: str = "",
        origin: ObservationOrigin = ObservationOrigin.REVIEW,
        tag_ids: Sequence[str] = (),
        mark_id: str | None = None,
        author: str | None = None,
        heuristic: str | None = None,
        segment_id: int | None = None,
        x: int | None = None,
        y: int | None = None,
    ) -> tuple[Observation, ChangeSet]:
        """Add an observation; it belongs to the task run that was going on at its start.

        Args:
            session_id: The session it was seen in.
            t_start_ns: Session time.
            t_end_ns: The end of a range; None, or the start again, for a point.
            kind: What it is about.
            severity: 0 to 4, or not judged.
            body: What was seen.
            origin: Where it comes from.
            tag_ids: Its tags.
            mark_id: The live mark it was made from.
            author: Who saw it, if not the store's author.
            heuristic: The code of the heuristic it offends against.
            segment_id: The line of the transcript that is quoted.
            x: Where in the picture, in its pixels from the left; with `y`.
            y: And from the top.

        Raises:
            StudyError: SESSION_MISSING, ROW_MISSING (a tag), VALUE_INVALID, BEYOND_END.
        """
        observation_id = new_id()
        fields = dict(zip(_PLAIN, (kind, severity, body, heuristic, segment_id, x, y), strict=True))
        with self._db.write() as tx:
            _check_segment(tx, session_id, segment_id)
            start, end = _times(self.session(session_id), t_start_ns, t_end_ns)
            if kind is ObservationKind.QUOTE and segment_id is None and body and origin is ObservationOrigin.REVIEW:
                fields["segment_id"] = _line_at(tx, session_id, start)
            tx.insert(
                "observation",
                {
                    "id": observation_id,
                    "session_id": session_id,
                    "task_run_id": self._run_at(tx, session_id, start),
                    "t_start_ns": start,
                    "t_end_ns": end,
                    "origin": str(ObservationOrigin(origin)),
                    "mark_id": mark_id,
                    "author_id": self._author_id(tx, author),
                    **{name: _field(name, value) for name, value in fields.items()},
                },
            )
            _set_tags(tx, observation_id, tag_ids)
        return self.observation(observation_id), tx.change

    def update_observation(self, observation_id: str, **fields: Any) -> ChangeSet:
        """Set any of `t_start_ns, t_end_ns, kind, severity, body, task_run_id, tag_ids, heuristic, segment_id, x, y`.

        A new start moves it to the task run going on then, unless a run is given too.

        Raises:
            StudyError: ROW_MISSING, VALUE_INVALID, BEYOND_END.
        """
        known("observation", fields, _FIELDS)
        with self._db.write() as tx:
            row = tx.fetch("observation", id_key(observation_id))
            if row is None:
                raise StudyError(StudyCode.ROW_MISSING, f"observation {observation_id}")
            session_id = str(row["session_id"])
            _check_segment(tx, session_id, fields.get("segment_id"))
            values: dict[str, SqlValue] = {name: _field(name, fields[name]) for name in _PLAIN if name in fields}
            if "t_start_ns" in fields or "t_end_ns" in fields:
                start, end = _times(
                    self.session(session_id),
                    fields.get("t_start_ns", row["t_start_ns"]),
                    fields.get("t_end_ns", row["t_end_ns"]),
                )
                values |= {"t_start_ns": start, "t_end_ns": end}
                if start != row["t_start_ns"]:
                    values["task_run_id"] = self._run_at(tx, session_id, start)
            if "task_run_id" in fields:
                values["task_run_id"] = _run_of(tx, session_id, fields["task_run_id"])
            tx.update("observation", id_key(observation_id), values)
            if "tag_ids" in fields:
                _set_tags(tx, observation_id, fields["tag_ids"])
        return tx.change

    def pull_back(self, moments: Mapping[str, int]) -> ChangeSet:
        """Move live marks back to where what they mean began, and keep when they were pressed.

        Args:
            moments: For each observation's id the session time it is moved to.

        Raises:
            StudyError: ROW_MISSING, BEYOND_END, VALUE_INVALID.
        """
        with self._db.write() as tx:
            for observation_id, t_ns in moments.items():
                was = self.observation(observation_id)
                original = was.t_start_ns if was.t_original_ns is None else was.t_original_ns
                self._lay(tx, was, t_ns, original)
        return tx.change

    def put_back(self, observation_id: str) -> ChangeSet:
        """Undo a pulling back, however long ago: the mark lies where it was pressed."""
        with self._db.write() as tx:
            was = self.observation(observation_id)
            if was.t_original_ns is not None:
                self._lay(tx, was, was.t_original_ns, None)
        return tx.change

    def _lay(self, tx: Rows, was: Observation, t_ns: int, original_ns: int | None) -> None:
        start, end = _times(self.session(was.session_id), t_ns, was.t_end_ns)
        run = self._run_at(tx, was.session_id, start)
        values: dict[str, SqlValue] = {
            "t_start_ns": start,
            "t_end_ns": end,
            "t_original_ns": original_ns,
            "task_run_id": run,
        }
        tx.update("observation", id_key(was.id), values)

    def late_marks(self, session_id: str) -> list[Observation]:
        """Live marks that lie where they were pressed, and whose time nobody has ever touched."""
        touched = {
            str(row["row_id"])
            for row in self._db.all(
                "SELECT DISTINCT row_id FROM change WHERE session_id = ? AND table_name = 'observation'"
                " AND before_json IS NOT NULL AND after_json IS NOT NULL"
                " AND json_type(after_json, '$.t_start_ns') IS NOT NULL AND (author_id IS NOT NULL OR undo)",
                session_id,
            )
        }
        return [
            one
            for one in self.observations(session_id)
            if one.origin is ObservationOrigin.LIVE
            and one.mark_id is not None
            and one.t_original_ns is None
            and one.t_end_ns is None
            and one.id not in touched
        ]

    def remove_observation(self, observation_id: str) -> ChangeSet:
        """Remove an observation with its tags and its places in issues; ingesting never brings it back."""
        with self._db.write() as tx:
            tx.delete("observation", id_key(observation_id))
        return tx.change

    def _run_at(self, tx: Rows, session_id: str, t_ns: int) -> str | None:
        """The task run going on at a moment: of several, the one begun last."""
        row = tx.one(
            "SELECT id FROM task_run WHERE session_id = ? AND t_start_ns <= ? AND coalesce(t_end_ns, ?) >= ?"
            " ORDER BY t_start_ns DESC, attempt DESC LIMIT 1",
            session_id,
            t_ns,
            t_ns,
            t_ns,
        )
        return str(row["id"]) if row is not None else None

    def _linked(self, sql: str, args: Iterable[SqlValue]) -> defaultdict[str, list[str]]:
        found: defaultdict[str, list[str]] = defaultdict(list)
        for owner, linked in self._db.all(sql, *args):
            found[owner].append(linked)
        return found


def _times(session: Session, start: object, end: object) -> tuple[int, int | None]:
    t_start_ns = time_ns("t_start_ns", start)
    t_end_ns = None if end is None else time_ns("t_end_ns", end)
    if t_end_ns is not None and t_end_ns < t_start_ns:
        raise invalid("t_end_ns before t_start_ns")
    last = t_start_ns if t_end_ns is None else t_end_ns
    if session.duration_ns is not None and last > session.duration_ns:
        raise StudyError(StudyCode.BEYOND_END, format_time(session.duration_ns))
    return t_start_ns, None if t_end_ns == t_start_ns else t_end_ns


def _field(name: str, value: object) -> SqlValue:
    if name == "severity":
        return severity_value(value)
    if name == "kind" and value in list(ObservationKind):
        return str(value)
    if name == "body" and isinstance(value, str):
        return value
    if name == "heuristic":
        return optional_text(name, value)
    if name in {"segment_id", "x", "y"} and (value is None or type(value) is int):
        return value
    raise invalid(f"{name}: {value!r}")


def _run_of(tx: Rows, session_id: str, run_id: str | None) -> str | None:
    query = "SELECT 1 FROM task_run WHERE id = ? AND session_id = ?"
    if run_id is not None and tx.one(query, run_id, session_id) is None:
        raise StudyError(StudyCode.ROW_MISSING, f"task_run {run_id}")
    return run_id


def _check_segment(tx: Rows, session_id: str, segment_id: int | None) -> None:
    """A quote is of a line of its own session."""
    if segment_id is None:
        return
    query = "SELECT 1 FROM segment s JOIN transcript t ON t.id = s.transcript_id WHERE s.id = ? AND t.session_id = ?"
    if tx.one(query, segment_id, session_id) is None:
        raise StudyError(StudyCode.ROW_MISSING, f"segment {segment_id}")


def _line_at(tx: Rows, session_id: str, t_ns: int) -> int | None:
    """The line of the transcript that is said at a moment: what a quote begins with."""
    row = tx.one(
        "SELECT s.id FROM segment s JOIN transcript t ON t.id = s.transcript_id"
        " WHERE t.session_id = ? AND t.origin <> 'translation' AND s.echo_of IS NULL"
        " AND s.t_start_ns <= ? AND s.t_end_ns > ?"
        " ORDER BY t.state <> 'done', t.created_utc DESC, t.rowid DESC, s.t_start_ns DESC LIMIT 1",
        session_id,
        t_ns,
        t_ns,
    )
    return None if row is None else int(row["id"])


def _set_tags(tx: Rows, observation_id: str, tag_ids: Sequence[str]) -> None:
    wanted = dict.fromkeys(tag_ids)
    rows = tx.all("SELECT tag_id FROM observation_tag WHERE observation_id = ? ORDER BY tag_id", observation_id)
    present = [str(row["tag_id"]) for row in rows]
    for tag_id in present:
        if tag_id not in wanted:
            tx.delete("observation_tag", (("observation_id", observation_id), ("tag_id", tag_id)))
    for tag_id in wanted:
        if tag_id in present:
            continue
        if tx.one("SELECT 1 FROM tag WHERE id = ?", tag_id) is None:
            raise StudyError(StudyCode.ROW_MISSING, f"tag {tag_id}")
        tx.insert("observation_tag", {"observation_id": observation_id, "tag_id": tag_id})
