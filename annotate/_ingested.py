"""The store's part that takes in what a bundle says: the session's facts and what was said live."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from annotate._consent import give_consent, put_answers
from annotate._part import id_key, new_id, same_text
from annotate._rows import Rows
from annotate._sessions import UNFINISHED, mark_recorded, utc_text
from annotate._speakers import SpeakersPart
from annotate._tags import TagsPart
from annotate.changes import SqlValue
from annotate.models import ObservationKind, ObservationOrigin, Outcome, Session, SessionState, Severity
from capture.bundle import BundleState, Manifest
from capture.events import Mark, MarkKind

UNKNOWN_PARTICIPANT = "P?"
_STATES = {
    BundleState.RECORDING: SessionState.RECORDING,
    BundleState.FINALIZED: SessionState.RECORDED,
    BundleState.RECOVERED: SessionState.RECOVERED,
    BundleState.FAILED: SessionState.FAILED,
}
_MEDIA_KINDS = {"screen", "camera", "mic", "system", "mixed"}
# Task runs come first, so that observations find the run they belong to; a note needs the mark it belongs to.
_ORDER = {
    kind: place
    for place, kind in enumerate(
        (
            MarkKind.TASK_START,
            MarkKind.TASK_END,
            MarkKind.OUTCOME,
            MarkKind.CONSENT,
            MarkKind.MARK,
            MarkKind.ASSIST,
            MarkKind.NOTE,
        )
    )
}


@dataclass(slots=True)
class Taken:
    """What came of a bundle's marks this time.

    `passed_over` names what could not be used, as "kind: why".
    """

    observations: int = 0
    task_runs: int = 0
    passed_over: list[str] = field(default_factory=list)


class IngestedPart(SpeakersPart, TagsPart):
    """What comes from bundles. Each mark acts once: `ingested_mark` knows those that did.

    So what a researcher changed or removed since stays so when the bundle is taken in again.
    """

    def put_recording(self, path: Path, manifest: Manifest) -> Session:
        """Make or complete the session of a bundle. Facts of a finished one stay as people have put them."""
        state = _STATES[manifest.state]
        facts: dict[str, SqlValue] = {
            "state": str(state),
            "started_utc": utc_text(datetime.fromisoformat(manifest.started_utc)),
            "utc_offset_min": manifest.utc_offset_min,
            "duration_ns": manifest.duration_ns,
        }
        bundle_path = self._relative(path)
        with self._db.write() as tx:
            found = tx.one("SELECT id, state FROM session WHERE bundle_path = ?", bundle_path) or tx.one(
                "SELECT id, state FROM session WHERE id = ?", manifest.id
            )
            if found is None:
                session_id = manifest.id
                code = manifest.context.get("participant")
                moderator = manifest.context.get("moderator")
                participant, _ = self.ensure_participant(
                    code if isinstance(code, str) and code.strip() else UNKNOWN_PARTICIPANT
                )
                tx.insert(
                    "session",
                    {
                        "id": session_id,
                        "participant_id": participant.id,
                        "moderator_id": self._author_id(tx, moderator if isinstance(moderator, str) else None),
                        "origin": "imported" if manifest.context.get("origin") == "imported" else "recorded",
                        "bundle_path": bundle_path,
                        **facts,
                    },
                )
            else:
                session_id = str(found["id"])
                new = facts if SessionState(found["state"]) in UNFINISHED else {}
                tx.update("session", id_key(session_id), {"bundle_path": bundle_path, **new})
            session = self.session(session_id)
            completed = found is None or SessionState(found["state"]) in UNFINISHED
            if completed and session.state not in UNFINISHED:
                mark_recorded(tx, session.participant_id)
            _put_media(tx, session_id, manifest)
        return session

    def take_marks(self, session: Session, marks: Sequence[Mark], in_force: Iterable[str], manifest: Manifest) -> Taken:
        """Turn marks into observations, task runs and consents.

        Args:
            session: As `put_recording` returned it.
            marks: All marks of the bundle, those undone among them, in the order of time.
            in_force: The ids of those that nobody has undone.
            manifest: The bundle's.
        """
        taken = Taken()
        valid = set(in_force)
        usable = [mark for mark in marks if mark.kind in _ORDER]
        with self._db.write() as tx:
            rows = tx.all("SELECT mark_id FROM ingested_mark WHERE session_id = ?", session.id)
            done = {str(row["mark_id"]) for row in rows}
            for mark in usable:
                if mark.id in done and mark.id not in valid:
                    self._take_back(tx, session, mark)
                    tx.delete("ingested_mark", (("session_id", session.id), ("mark_id", mark.id)))
                elif mark.id in done and mark.kind is MarkKind.CONSENT:
                    put_answers(tx, mark)
            new = [mark for mark in usable if mark.id in valid and mark.id not in done]
            new.sort(key=lambda mark: _ORDER[mark.kind])
            about_runs = [mark for mark in new if _ORDER[mark.kind] <= _ORDER[MarkKind.OUTCOME]]
            for mark in about_runs:
                self._take(tx, session, mark, manifest, taken)
            if session.state not in UNFINISHED and session.duration_ns is not None:
                _close_runs(tx, session.id, session.duration_ns)
            if about_runs:
                self._assign_runs(tx, session.id)
            for mark in new[len(about_runs) :]:
                self._take(tx, session, mark, manifest, taken)
        return taken

    def _take(self, tx: Rows, session: Session, mark: Mark, manifest: Manifest, taken: Taken) -> None:
        why = ""
        match mark.kind:
            case MarkKind.TASK_START:
                self._start_run(tx, session, mark, manifest)
                taken.task_runs += 1
            case MarkKind.TASK_END | MarkKind.OUTCOME:
                why = _end_run(tx, session, mark)
            case MarkKind.CONSENT:
                why = give_consent(tx, session, mark, manifest)
            case MarkKind.NOTE if self._append_note(tx, session, mark):
                pass
            case _ if _observation_of(tx, session, mark.id) is None:
                self._observe(session, mark)
                taken.observations += 1
            case _:
                pass  # undone once, kept since somebody had worked on it, and now in force again
        if why:
            taken.passed_over.append(f"{mark.kind}: {why}")
        else:
            tx.insert("ingested_mark", {"session_id": session.id, "mark_id": mark.id})

    def _start_run(self, tx: Rows, session: Session, mark: Mark, manifest: Manifest) -> None:
        task_id = self._task_of(tx, mark, manifest)
        row = tx.one(
            "SELECT coalesce(max(attempt), 0) + 1 AS next FROM task_run WHERE session_id = ? AND task_id = ?",
            session.id,
            task_id,
        )
        assert row is not None
        run: dict[str, SqlValue] = {
            "id": mark.id,  # the mark that began it: its end and its outcome name it by this
            "session_id": session.id,
            "task_id": task_id,
            "attempt": int(row["next"]),
            "t_start_ns": _within(session, mark.t_ns),
        }
        tx.insert("task_run", run)

    def _task_of(self, tx: Rows, mark: Mark, manifest: Manifest) -> str:
        """The study's task that a run is of: by id, else by title, else a new one."""
        tasks = self.tasks()
        if mark.ref is not None and any(task.id == mark.ref for task in tasks):
            return mark.ref
        title = (mark.body or "").strip() or _title_in(manifest.context, mark.ref) or "Task"
        for task in tasks:
            if same_text(task.title, title):
                return task.id
        task_id = mark.ref or new_id()
        tx.insert("task", {"id": task_id, "position": len(tasks), "title": title})
        return task_id

    def _append_note(self, tx: Rows, session: Session, mark: Mark) -> bool:
        """Write a note into the observation it was said to; False if that isn't there."""
        row = _observation_of(tx, session, mark.ref)
        if row is None:
            return False
        text = "\n".join(part for part in (str(row["body"]), mark.body or "") if part)
        return tx.update("observation", id_key(str(row["id"])), {"body": text}) or True

    def _observe(self, session: Session, mark: Mark) -> None:
        kind, severity, tag = _judged(mark)
        tags = (self.ensure_tag(tag)[0].id,) if tag else ()
        self.add_observation(
            session.id,
            t_start_ns=_within(session, mark.t_ns),
            kind=kind,
            severity=severity,
            body=mark.body or "",
            origin=ObservationOrigin.LIVE,
            tag_ids=tags,
            mark_id=mark.id,
            author=mark.author,
        )

    def _take_back(self, tx: Rows, session: Session, mark: Mark) -> None:
        """A mark that was taken in while it was recorded has been undone since. What people made of it stays."""
        run = tx.fetch("task_run", id_key(mark.id if mark.kind is MarkKind.TASK_START else mark.ref or ""))
        match mark.kind:
            case MarkKind.TASK_START if run is not None:
                tx.delete("task_run", id_key(mark.id))
            case MarkKind.TASK_END if run is not None and run["t_end_ns"] == _within(session, mark.t_ns):
                tx.update("task_run", id_key(str(run["id"])), {"t_end_ns": None})
            case MarkKind.OUTCOME if run is not None and run["outcome"] == mark.payload.get("outcome"):
                tx.update("task_run", id_key(str(run["id"])), {"outcome": None})
            case MarkKind.CONSENT if tx.fetch("consent", id_key(mark.id)) is not None:
                tx.delete("consent", id_key(mark.id))
            case MarkKind.MARK | MarkKind.ASSIST | MarkKind.NOTE:
                self._take_back_observation(tx, session, mark)

    def _take_back_observation(self, tx: Rows, session: Session, mark: Mark) -> None:
        row = _observation_of(tx, session, mark.id)
        if row is not None:
            observation = self.observation(str(row["id"]))
            kind, severity, _ = _judged(mark)
            as_it_was = (kind, severity, mark.body or "", _within(session, mark.t_ns))
            is_now = (observation.kind, observation.severity, observation.body, observation.t_start_ns)
            if as_it_was == is_now and not observation.issue_ids:
                tx.delete("observation", id_key(observation.id))
        elif mark.kind is MarkKind.NOTE:
            row = _observation_of(tx, session, mark.ref)
            text = mark.body or ""
            if row is not None and text and str(row["body"]).endswith(text):
                body = str(row["body"]).removesuffix(text).removesuffix("\n")
                tx.update("observation", id_key(str(row["id"])), {"body": body})

    def _assign_runs(self, tx: Rows, session_id: str) -> None:
        """Give observations that were made before the runs were known the run they fall into."""
        for row in tx.all(
            "SELECT id, t_start_ns FROM observation WHERE session_id = ? AND task_run_id IS NULL", session_id
        ):
            run_id = self._run_at(tx, session_id, int(row["t_start_ns"]))
            if run_id is not None:
                tx.update("observation", id_key(row["id"]), {"task_run_id": run_id})


def _judged(mark: Mark) -> tuple[ObservationKind, Severity | None, str | None]:
    """What a live mark says about itself; what it says wrongly is as good as not said."""
    kind = mark.payload.get("kind")
    severity = mark.payload.get("severity")
    tag = mark.payload.get("tag")
    default = ObservationKind.HELP if mark.kind is MarkKind.ASSIST else ObservationKind.MARK
    return (
        ObservationKind(kind) if isinstance(kind, str) and kind in list(ObservationKind) else default,
        Severity(severity) if type(severity) is int and severity in list(Severity) else None,
        tag.strip() if isinstance(tag, str) and tag.strip() else None,
    )


def _within(session: Session, t_ns: int) -> int:
    """A moment of the session: a key may be pressed just after the last frame."""
    return max(0, t_ns if session.duration_ns is None else min(t_ns, session.duration_ns))


def _observation_of(tx: Rows, session: Session, mark_id: str | None) -> Mapping[str, SqlValue] | None:
    row = tx.one("SELECT * FROM observation WHERE session_id = ? AND mark_id = ?", session.id, mark_id)
    return dict(row) if row is not None else None


def _end_run(tx: Rows, session: Session, mark: Mark) -> str:
    run = tx.one("SELECT * FROM task_run WHERE session_id = ? AND id = ?", session.id, mark.ref)
    if run is None:
        return "no such task start"
    if mark.kind is MarkKind.TASK_END:
        end = max(int(run["t_start_ns"]), _within(session, mark.t_ns))
        tx.update("task_run", id_key(run["id"]), {"t_end_ns": end})
        return ""
    outcome = mark.payload.get("outcome")
    if not isinstance(outcome, str) or outcome not in list(Outcome):
        return "unknown outcome"
    tx.update("task_run", id_key(run["id"]), {"outcome": outcome})
    return ""


def _close_runs(tx: Rows, session_id: str, duration_ns: int) -> None:
    """Give runs that nobody ended an end: where the next one began, else where the session ended."""
    runs = tx.all(
        "SELECT id, t_start_ns, t_end_ns FROM task_run WHERE session_id = ? ORDER BY t_start_ns, attempt", session_id
    )
    ends = [*(int(run["t_start_ns"]) for run in runs[1:]), duration_ns]
    for run, latest in zip(runs, ends, strict=False):
        if run["t_end_ns"] is None:
            end = max(int(run["t_start_ns"]), min(latest, duration_ns))
            tx.update("task_run", id_key(run["id"]), {"t_end_ns": end})


def _title_in(context: Mapping[str, object], task_id: str | None) -> str | None:
    """The title that the manifest gives a task: the study may have lost it since."""
    tasks = context.get("tasks")
    for task in tasks if isinstance(tasks, Sequence) else ():
        if isinstance(task, Mapping) and task.get("id") == task_id:
            title = task.get("title")
            return title.strip() if isinstance(title, str) else None
    return None


def _put_media(tx: Rows, session_id: str, manifest: Manifest) -> None:
    sums = {file.name: file.sha256 for file in manifest.files}
    for stream in manifest.streams:
        if stream.file is None or stream.kind not in _MEDIA_KINDS:
            continue
        name = f"{session_id}/{stream.kind}/{stream.file}/{stream.track}"
        media_id = str(uuid.uuid5(uuid.NAMESPACE_URL, name))
        row: dict[str, SqlValue] = {
            "session_id": session_id,
            "kind": stream.kind,
            "path": stream.file,
            "track": stream.track,
            "t0_ns": 0,  # presentation times are session times
            "sha256": sums.get(stream.file),
        }
        if tx.fetch("media", id_key(media_id)) is None:
            tx.insert("media", {"id": media_id, **row})
        else:
            tx.update("media", id_key(media_id), row)
