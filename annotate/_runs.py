"""The store's part for task runs that people set by hand: added, moved, ended and removed in review."""

from __future__ import annotations

from typing import Any

from annotate._part import id_key, invalid, known, new_id, time_ns
from annotate._rows import Rows
from annotate._study import StudyPart
from annotate.changes import ChangeSet, SqlValue
from annotate.errors import StudyCode, StudyError
from annotate.models import Outcome
from annotate.timeline import format_time


class TaskRunsPart(StudyPart):
    """Task runs of a study's sessions. Observations follow: each belongs to the run going on at its start."""

    def add_task_run(
        self,
        session_id: str,
        task_id: str,
        *,
        t_start_ns: int,
        t_end_ns: int | None = None,
        outcome: Outcome | None = None,
    ) -> tuple[str, ChangeSet]:
        """Say that a task was worked on. Returns the run's id.

        Args:
            session_id: The session.
            task_id: A task of the study's plan.
            t_start_ns: Session time.
            t_end_ns: None: up to the next run's start, else to the session's end.
            outcome: How it ended, or not judged.

        Raises:
            StudyError: SESSION_MISSING, ROW_MISSING (the task), VALUE_INVALID, BEYOND_END.
        """
        run_id = new_id()
        with self._db.write() as tx:
            length = _length(tx, session_id)
            if tx.fetch("task", id_key(task_id)) is None:
                raise StudyError(StudyCode.ROW_MISSING, f"task {task_id}")
            start = time_ns("t_start_ns", t_start_ns)
            if t_end_ns is None:
                following = tx.one(
                    "SELECT min(t_start_ns) AS t FROM task_run WHERE session_id = ? AND t_start_ns > ?",
                    session_id,
                    start,
                )
                later = following["t"] if following is not None else None
                t_end_ns = int(later) if later is not None else length
            _check(start, t_end_ns, length)
            attempt = tx.one(
                "SELECT coalesce(max(attempt), 0) + 1 AS next FROM task_run WHERE session_id = ? AND task_id = ?",
                session_id,
                task_id,
            )
            assert attempt is not None
            tx.insert(
                "task_run",
                {
                    "id": run_id,
                    "session_id": session_id,
                    "task_id": task_id,
                    "attempt": int(attempt["next"]),
                    "t_start_ns": start,
                    "t_end_ns": t_end_ns,
                    "outcome": None if outcome is None else str(Outcome(outcome)),
                },
            )
            _reassign(tx, session_id)
        return run_id, tx.change

    def update_task_run(self, run_id: str, **fields: Any) -> ChangeSet:
        """Set any of `t_start_ns, t_end_ns, outcome`.

        Raises:
            StudyError: ROW_MISSING, VALUE_INVALID (it would end before it starts), BEYOND_END.
        """
        known("task_run", fields, ("t_start_ns", "t_end_ns", "outcome"))
        with self._db.write() as tx:
            row = _run(tx, run_id)
            values: dict[str, SqlValue] = {}
            if "outcome" in fields:
                outcome = fields["outcome"]
                if outcome is not None and outcome not in list(Outcome):
                    raise invalid(f"outcome: {outcome!r}")
                values["outcome"] = None if outcome is None else str(outcome)
            if "t_start_ns" in fields or "t_end_ns" in fields:
                start = time_ns("t_start_ns", fields.get("t_start_ns", row["t_start_ns"]))
                end = fields.get("t_end_ns", row["t_end_ns"])
                _check(start, end, _length(tx, str(row["session_id"])))
                values |= {"t_start_ns": start, "t_end_ns": end}
            if tx.update("task_run", id_key(run_id), values) and "t_start_ns" in values:
                _reassign(tx, str(row["session_id"]))
        return tx.change

    def remove_task_run(self, run_id: str) -> ChangeSet:
        """Take a run out; its observations stay. Ingesting never brings it back."""
        with self._db.write() as tx:
            session_id = str(_run(tx, run_id)["session_id"])
            tx.delete("task_run", id_key(run_id))
            _reassign(tx, session_id)
        return tx.change


def _run(tx: Rows, run_id: str) -> dict[str, SqlValue]:
    row = tx.fetch("task_run", id_key(run_id))
    if row is None:
        raise StudyError(StudyCode.ROW_MISSING, f"task_run {run_id}")
    return row


def _length(tx: Rows, session_id: str) -> int | None:
    row = tx.fetch("session", id_key(session_id))
    if row is None:
        raise StudyError(StudyCode.SESSION_MISSING, session_id)
    length = row["duration_ns"]
    return int(length) if length is not None else None


def _check(start: int, end: object, length: int | None) -> None:
    last = start if end is None else time_ns("t_end_ns", end)
    if last < start:
        raise invalid("the task would end before it starts")
    if length is not None and last > length:
        raise StudyError(StudyCode.BEYOND_END, format_time(length))


def _reassign(tx: Rows, session_id: str) -> None:
    """Give each observation the run that goes on at its start: of several, the one begun last."""
    for row in tx.all(
        "SELECT o.id, o.task_run_id, (SELECT r.id FROM task_run r WHERE r.session_id = o.session_id"
        " AND r.t_start_ns <= o.t_start_ns AND coalesce(r.t_end_ns, o.t_start_ns) >= o.t_start_ns"
        " ORDER BY r.t_start_ns DESC, r.attempt DESC LIMIT 1) AS run_id FROM observation o WHERE o.session_id = ?",
        session_id,
    ):
        if row["task_run_id"] != row["run_id"]:
            tx.update("observation", id_key(str(row["id"])), {"task_run_id": row["run_id"]})
