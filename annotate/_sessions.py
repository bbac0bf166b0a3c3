"""The store's part for sessions: their state, their bundle, their media and task runs."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from annotate._part import id_key, invalid, known, new_id, required_text, time_ns
from annotate._rows import Rows
from annotate._runs import TaskRunsPart
from annotate.changes import ChangeSet, SqlValue
from annotate.errors import StudyCode, StudyError
from annotate.models import Media, Outcome, Session, SessionState, TaskRun
from annotate.timeline import format_time
from capture.config import Scope

_SESSIONS = """
SELECT s.id, s.participant_id, p.code AS participant_code, s.state, s.bundle_path, s.started_utc, s.duration_ns,
  s.origin, s.pilot, s.trim_start_ns, s.trim_end_ns, s.trashed_utc, p.status = 'withdrawn' AS withdrawn,
  (SELECT count(*) FROM observation o WHERE o.session_id = s.id) AS observation_count,
  (SELECT t.state FROM transcript t WHERE t.session_id = s.id
   ORDER BY t.state <> 'done', t.created_utc DESC, t.rowid DESC LIMIT 1) AS transcript_state,
  (SELECT max(f.version) FROM consent c JOIN consent_form f ON f.id = c.form_id
   WHERE c.session_id = s.id AND c.withdrawn_utc IS NULL) AS consent_version,
  (SELECT group_concat(CASE WHEN a.agreed THEN i.scope ELSE '' END, ',')
   FROM consent_answer a JOIN consent_item i ON i.id = a.item_id
   WHERE a.consent_id = (SELECT c.id FROM consent c JOIN consent_form f ON f.id = c.form_id
    WHERE c.session_id = s.id AND c.withdrawn_utc IS NULL
    ORDER BY f.version DESC, c.given_utc DESC, c.rowid DESC LIMIT 1)) AS consent_scopes
FROM session s JOIN participant p ON p.id = s.participant_id
"""
UNFINISHED = frozenset({SessionState.PLANNED, SessionState.RECORDING, SessionState.FAILED})
WITHDRAWN = "(s.participant_id IN (SELECT id FROM participant WHERE status = 'withdrawn'))"
"""Whether the participant of a session `s` has withdrawn consent."""
TOLD = f"(s.trashed_utc IS NULL AND NOT {WITHDRAWN})"
"""Whether anything of a session `s` is told: it isn't in the trash, and its participant has not withdrawn."""
SESSION_ORDER = "coalesce(s.started_utc, s.created_utc), s.created_utc, s.id"


class SessionsPart(TaskRunsPart):
    """Sessions of a study."""

    @property
    def sessions_dir(self) -> Path:
        """Where the bundles of this study's sessions are made."""
        return self.folder / "sessions"

    def sessions(self) -> list[Session]:
        """Oldest first; those in the trash are left out."""
        return [
            _session(row) for row in self._db.all(f"{_SESSIONS} WHERE s.trashed_utc IS NULL ORDER BY {SESSION_ORDER}")
        ]

    def told_sessions(self) -> list[Session]:
        """Those of people who have not withdrawn: what is shown of findings, worked out, found and sent asks here, or
        for `TOLD`. The others are still listed, with all they have.
        """
        return [one for one in self.sessions() if not one.withdrawn]

    def check_told(self, session_id: str) -> Session:
        """The session, where something of it may be given away.

        Raises:
            StudyError: SESSION_MISSING; CONSENT_WITHDRAWN when its participant has withdrawn.
        """
        session = self.session(session_id)
        if session.withdrawn:
            raise StudyError(StudyCode.CONSENT_WITHDRAWN, session.participant_code)
        return session

    def set_withdrawn(self, participant_id: str, withdrawn: bool) -> ChangeSet:
        """Note that a participant has withdrawn consent, or take that back. It is about all their sessions.

        Nothing is deleted: their sessions stay listed, and what came from them is told nowhere (`TOLD`).

        Raises:
            StudyError: ROW_MISSING.
        """
        with self._db.write() as tx:
            row = tx.fetch("participant", id_key(participant_id))
            if row is None:
                raise StudyError(StudyCode.ROW_MISSING, f"participant {participant_id}")
            if withdrawn:
                tx.update("participant", id_key(participant_id), {"status": "withdrawn"})
            elif row["status"] == "withdrawn":
                theirs = [one for one in self.sessions() if one.participant_id == participant_id]
                has_been = any(one.state not in UNFINISHED for one in theirs)
                tx.update("participant", id_key(participant_id), {"status": "recorded" if has_been else "invited"})
        return tx.change

    def trashed_sessions(self) -> list[Session]:
        """Those in the trash, the last one put there first."""
        return [
            _session(row)
            for row in self._db.all(f"{_SESSIONS} WHERE s.trashed_utc IS NOT NULL ORDER BY s.trashed_utc DESC, s.id")
        ]

    def session(self, session_id: str) -> Session:
        """Raises StudyError(SESSION_MISSING)."""
        row = self._db.one(f"{_SESSIONS} WHERE s.id = ?", session_id)
        if row is None:
            raise StudyError(StudyCode.SESSION_MISSING, session_id)
        return _session(row)

    def session_for_bundle(self, path: Path | str) -> Session | None:
        """The session recorded into a bundle's folder."""
        row = self._db.one(f"{_SESSIONS} WHERE s.bundle_path = ?", self._relative(path))
        return _session(row) if row is not None else None

    def bundle_dir(self, session: Session) -> Path:
        """The folder of a session's bundle; it may be missing.

        Raises:
            StudyError: SESSION_MISSING for a session that was never recorded.
        """
        if session.bundle_path is None:
            raise StudyError(StudyCode.SESSION_MISSING, session.id)
        return self.folder / session.bundle_path

    def register_recording(
        self,
        participant_code: str,
        bundle_path: Path | str,
        *,
        session_id: str | None = None,
        started_utc: str | None = None,
        utc_offset_min: int | None = None,
    ) -> Session:
        """List a session while it is being recorded; `ingest` completes it. Asked again, it finds the same one.

        There is no undo for a recording, so no change set.

        Args:
            participant_code: Made a participant if the study has none of that code.
            bundle_path: The bundle's folder, within the study's.
            session_id: The id from the bundle's manifest, where it is known already.
            started_utc: ISO 8601 with an offset; now if not given.
            utc_offset_min: The local time's distance from UTC.
        """
        started = datetime.now().astimezone() if started_utc is None else _moment(started_utc)
        with self._db.write() as tx:
            found = self.session_for_bundle(bundle_path)
            if found is not None:
                return found
            participant, _ = self.ensure_participant(participant_code)
            row_id = session_id or new_id()
            tx.insert(
                "session",
                {
                    "id": row_id,
                    "participant_id": participant.id,
                    "moderator_id": self._author_id(tx),
                    "origin": "recorded",
                    "state": SessionState.RECORDING,
                    "bundle_path": self._relative(bundle_path),
                    "started_utc": utc_text(started),
                    "utc_offset_min": _offset_min(started) if utc_offset_min is None else utc_offset_min,
                },
            )
        return self.session(row_id)

    def update_session(self, session_id: str, **fields: Any) -> ChangeSet:
        """Set any of `state, participant_code, started_utc, duration_ns, pilot`."""
        known("session", fields, ("state", "participant_code", "started_utc", "duration_ns", "pilot"))
        with self._db.write() as tx:
            session = self.session(session_id)
            values: dict[str, SqlValue] = {}
            for name, value in fields.items():
                if name == "state":
                    if value not in list(SessionState):
                        raise invalid(f"state: {value!r}")
                    values[name] = str(value)
                elif name == "participant_code":
                    participant, _ = self.ensure_participant(required_text(name, value))
                    values["participant_id"] = participant.id
                    if session.state not in UNFINISHED:
                        mark_recorded(tx, participant.id)
                elif name == "pilot":
                    values[name] = int(bool(value))
                elif name == "started_utc":
                    values[name] = None if value is None else utc_text(_moment(value))
                else:
                    values[name] = None if value is None else time_ns(name, value)
            tx.update("session", id_key(session_id), values)
        return tx.change

    def trim_session(self, session_id: str, start_ns: int | None, end_ns: int | None) -> ChangeSet:
        """Say where a session begins and ends for figures and exports; nothing is cut from its files.

        Args:
            session_id: The session.
            start_ns: Session time; None, or 0, for its start.
            end_ns: Session time; None, or its length, for its end.

        Raises:
            StudyError: SESSION_MISSING, VALUE_INVALID (nothing would be left), BEYOND_END.
        """
        with self._db.write() as tx:
            session = self.session(session_id)
            start = (time_ns("start", start_ns) or None) if start_ns is not None else None
            end = time_ns("end", end_ns) if end_ns is not None else None
            length = session.duration_ns
            if length is not None and max(start or 0, end or 0) > length:
                raise StudyError(StudyCode.BEYOND_END, format_time(length))
            end = None if end == length else end
            last = end if end is not None else length
            if last is not None and (start or 0) >= last:
                raise invalid("the start lies behind the end")
            tx.update("session", id_key(session_id), {"trim_start_ns": start, "trim_end_ns": end})
        return tx.change

    def task_runs(self, session_id: str, *, used: bool = False) -> list[TaskRun]:
        """In the order of time.

        Args:
            session_id: The session.
            used: For figures: runs, and parts of runs, that are trimmed off are left out.
        """
        runs = self._task_runs(session_id)
        if not used:
            return runs
        session = self.session(session_id)
        first, last = session.trim_start_ns or 0, session.trim_end_ns
        return [
            replace(
                run,
                t_start_ns=max(run.t_start_ns, first),
                t_end_ns=run.t_end_ns if last is None or run.t_end_ns is None else min(run.t_end_ns, last),
            )
            for run in runs
            if session.uses(run.t_start_ns, run.t_end_ns if run.t_end_ns is not None else last)
        ]

    def _task_runs(self, session_id: str) -> list[TaskRun]:
        rows = self._db.all(
            "SELECT r.id, r.session_id, r.task_id, t.title AS task_title, r.attempt, r.t_start_ns, r.t_end_ns,"
            " r.outcome FROM task_run r JOIN task t ON t.id = r.task_id"
            " WHERE r.session_id = ? ORDER BY r.t_start_ns, r.attempt, r.id",
            session_id,
        )
        return [
            TaskRun(**{**dict(row), "outcome": Outcome(row["outcome"]) if row["outcome"] else None}) for row in rows
        ]

    def media(self, session_id: str) -> list[Media]:
        """The tracks of a session's media files, as the manifest listed them."""
        rows = self._db.all(
            "SELECT id, session_id, kind, path, track, t0_ns, sha256 FROM media"
            " WHERE session_id = ? ORDER BY path, track, id",
            session_id,
        )
        return [Media(**dict(row)) for row in rows]

    def _relative(self, bundle: Path | str) -> str:
        """A bundle's path as the study keeps it: relative with '/', so that the folder can be moved."""
        home = self.folder.resolve()
        within = home / bundle  # the bundle itself where that is absolute
        full = within if within.is_dir() else Path(bundle).resolve()
        full = full.resolve()
        return full.relative_to(home).as_posix() if full.is_relative_to(home) else full.as_posix()


def mark_recorded(tx: Rows, participant_id: str) -> None:
    """Note that a participant has been; one who withdrew stays withdrawn."""
    row = tx.fetch("participant", id_key(participant_id))
    if row is not None and row["status"] in {"invited", "confirmed"}:
        tx.update("participant", id_key(participant_id), {"status": "recorded"})


def _session(row: Any) -> Session:
    return Session(
        **{
            **dict(row),
            "state": SessionState(row["state"]),
            "pilot": bool(row["pilot"]),
            "withdrawn": bool(row["withdrawn"]),
            "consent_scopes": _scopes(row["consent_scopes"]),
        }
    )


def _scopes(text: str | None) -> tuple[Scope, ...] | None:
    """The scopes agreed to, as the query gives them: a blank for each that was refused, None without answers."""
    if text is None:
        return None
    agreed = text.split(",")
    return tuple(scope for scope in Scope if scope.value in agreed)


def _moment(text: object) -> datetime:
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError as exc:
        raise invalid(f"started_utc: {text!r}") from exc
    if moment.tzinfo is None:
        raise invalid(f"started_utc: {text!r}")
    return moment


def utc_text(moment: datetime) -> str:
    """A moment as the study keeps it, so that texts sort as times do."""
    return moment.astimezone(UTC).isoformat(timespec="seconds")


def _offset_min(moment: datetime) -> int:
    offset = moment.utcoffset()
    return round(offset.total_seconds() / 60) if offset is not None else 0
