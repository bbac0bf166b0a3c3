"""The store's part for jobs: what is to be done in the background, in which order, and how it ended."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from annotate._part import StorePart, id_key, invalid, new_id
from annotate._rows import Rows
from annotate.changes import ChangeSet, SqlValue
from annotate.errors import StudyCode, StudyError
from annotate.models import OPEN_JOB_STATES, Job, JobState

_COLUMNS = "id, kind, session_id, params_json, state, position, checkpoint_json, error_code"
_OPEN = ", ".join(f"'{state.value}'" for state in sorted(OPEN_JOB_STATES))
_KEEP = 100
"""Jobs that are over and still known; older ones go, so that the table stays small."""


class JobsPart(StorePart):
    """Jobs of a study. They are no work of the user's: nothing here is undone."""

    def add_job(
        self,
        session_id: str,
        params: Mapping[str, Any],
        *,
        kind: str = "transcribe",
        state: JobState = JobState.QUEUED,
        position: int | None = None,
    ) -> tuple[Job, ChangeSet]:
        """Put a job at the end of the queue, or at `position`; one that is open for the session is given back instead.

        Raises:
            StudyError: SESSION_MISSING.
        """
        with self._db.write() as tx:
            if tx.one("SELECT 1 FROM session WHERE id = ?", session_id) is None:
                raise StudyError(StudyCode.SESSION_MISSING, session_id)
            there = tx.one(
                f"SELECT {_COLUMNS} FROM job WHERE session_id = ? AND kind = ? AND state IN ({_OPEN})",  # noqa: S608
                session_id,
                kind,
            )
            if there is not None:
                return _job(there), tx.change
            last = tx.one("SELECT coalesce(max(position), 0) AS position FROM job")
            assert last is not None
            row: dict[str, SqlValue] = {
                "id": new_id(),
                "kind": kind,
                "session_id": session_id,
                "params_json": json.dumps(params),
                "state": state.value,
                "position": int(last["position"]) + 1 if position is None else position,
                "checkpoint_json": None,
                "error_code": None,
            }
            tx.insert("job", row)
            _forget_old(tx)
        return _job(row), tx.change

    def jobs(self, states: Sequence[JobState] | None = None) -> list[Job]:
        """The jobs in these states (None: all), in the order of the queue."""
        rows = self._db.all(f"SELECT {_COLUMNS} FROM job ORDER BY position, rowid")  # noqa: S608
        return [job for job in map(_job, rows) if states is None or job.state in states]

    def open_jobs(self) -> list[Job]:
        """The jobs that aren't over, in the order of the queue."""
        return self.jobs(tuple(OPEN_JOB_STATES))

    def set_job(
        self,
        job_id: str,
        state: JobState,
        *,
        fraction: float | None = None,
        error_code: str | None = None,
        position: int | None = None,
    ) -> ChangeSet:
        """Note how a job stands. `fraction` is how far it has come; None leaves what was noted.

        Raises:
            StudyError: ROW_MISSING; VALUE_INVALID for a fraction that is none.
        """
        fields: dict[str, SqlValue] = {"state": state.value, "error_code": error_code}
        if fraction is not None:
            if not 0 <= fraction <= 1:
                raise invalid(f"fraction: {fraction!r}")
            fields["checkpoint_json"] = json.dumps({"fraction": round(fraction, 4)})
        if position is not None:
            fields["position"] = position
        with self._db.write() as tx:
            tx.update("job", id_key(job_id), fields)
        return tx.change

    def place_job(self, job_id: str, position: int) -> ChangeSet:
        """Put a job elsewhere in the queue. Raises ROW_MISSING."""
        with self._db.write() as tx:
            tx.update("job", id_key(job_id), {"position": position})
        return tx.change


def _forget_old(tx: Rows) -> None:
    old = tx.all(
        f"SELECT id FROM job WHERE state NOT IN ({_OPEN}) ORDER BY updated_utc DESC, rowid DESC LIMIT -1 OFFSET {_KEEP}"  # noqa: S608
    )
    for row in old:
        tx.delete("job", id_key(str(row["id"])))


def _job(row: Any) -> Job:
    checkpoint = _object(row["checkpoint_json"])
    fraction = checkpoint.get("fraction")
    return Job(
        id=str(row["id"]),
        kind=str(row["kind"]),
        session_id=str(row["session_id"]),
        params=_object(row["params_json"]),
        state=JobState(row["state"]),
        position=int(row["position"] or 0),
        fraction=float(fraction) if isinstance(fraction, int | float) else None,
        error_code=row["error_code"],
    )


def _object(text: str | None) -> dict[str, Any]:
    try:
        value = json.loads(text or "{}")
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
