"""History in words: what a change did, to what. No Qt: the command line words with it too."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from annotate.models import Change, ObservationKind, Outcome, SessionState, Severity
from annotate.store import StudyStore
from annotate.timeline import format_time
from app.wording import kind_words, outcome_words, session_state_words, severity_words

_TEXT_MAX = 60
_TYPING_S = 300
_NOBODY = "Moderato"

_THINGS = {
    "observation": "observation",
    "observation_tag": "tag",
    "issue_observation": "issue",
    "tag": "tag",
    "issue": "issue",
    "task": "task",
    "task_run": "task run",
    "session": "session",
    "participant": "participant",
    "study": "study",
    "segment": "line of the transcript",
    "transcript": "transcript",
    "speaker": "speaker",
    "consent": "consent",
    "consent_form": "consent form",
    "evidence": "evidence",
    "reel": "reel",
    "reel_item": "part of a reel",
}
_COLUMNS = {
    "t_start_ns": "start",
    "t_end_ns": "end",
    "kind": "kind",
    "severity": "severity",
    "body": "text",
    "text": "text",
    "heuristic": "heuristic",
    "segment_id": "quoted line",
    "task_run_id": "task",
    "t_original_ns": "pressed at",
    "x": "place in the picture",
    "name": "name",
    "title": "title",
    "colour": "colour",
    "key": "key",
    "parent_id": "place in the tree",
    "position": "position",
    "description": "description",
    "recommendation": "recommendation",
    "status": "status",
    "state": "state",
    "participant_id": "participant",
    "duration_ns": "length",
    "expected_ns": "expected time",
    "scenario": "scenario",
    "outcome": "outcome",
    "flags": "doubts",
    "verified_by": "verified by",
    "path": "file",
    "code": "code",
    "notes": "notes",
}
_SILENT = {"y", "id", "done_until_ns", "sha256", "utc_offset_min", "bundle_path", "original_json", "spec_json"}


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """One line as it is shown. `what` names the thing, `how` says what was done to it."""

    change: Change
    when: datetime  # local
    who: str
    what: str
    how: str


class HistoryWords:
    """Words changes with the names that the study has now; what is gone is named by what history itself tells."""

    def __init__(self, store: StudyStore) -> None:
        sessions = store.sessions()
        self._names: dict[str, dict[str, str]] = {
            "tag": {tag.id: tag.name for tag in store.tags()},
            "issue": {issue.id: f"#{issue.number} {issue.title}" for issue in store.issues()},
            "session": {session.id: session.participant_code for session in sessions},
            "participant": {one.id: one.code for one in store.participants()},
            "task": {task.id: task.title for task in store.tasks()},
            "task_run": {run.id: run.task_title for one in sessions for run in store.task_runs(one.id)},
            "reel": {reel.id: reel.title for reel in store.reels()},
            "observation": {one.id: f"at {format_time(one.t_start_ns)}" for one in store.observations()},
            "evidence": {one.id: f"{one.kind} at {format_time(one.t_start_ns)}" for one in store.evidence()},
        }

    def lines(self, changes: Sequence[Change]) -> list[HistoryLine]:
        """Newest first, as given; what was typed in one go is one line, and what says nothing is left out."""
        self._learn(changes)
        lines = [self._line(change) for change in _in_one_go(changes)]
        return [line for line in lines if line.how]

    def _learn(self, changes: Sequence[Change]) -> None:
        """Names of what is gone: the row that made it or removed it tells them."""
        for change in changes:
            names, row = self._names.get(change.table), change.after or change.before or {}
            name = row.get("name") or row.get("title") or row.get("code")
            t_ns = row.get("t_start_ns")
            if names is not None and isinstance(name, str):
                names.setdefault(change.row_id, f"#{row['number']} {name}" if "number" in row else name)
            elif names is not None and isinstance(t_ns, int) and change.table == "observation":
                names.setdefault(change.row_id, f"at {format_time(t_ns)}")

    def _line(self, change: Change) -> HistoryLine:
        how = self._how(change)
        if change.undo and how:
            how = f"undone: {how}"
        when = datetime.fromisoformat(change.at_utc).astimezone()
        return HistoryLine(change, when, change.author or _NOBODY, self._what(change), how)

    def _what(self, change: Change) -> str:
        owner, _, linked = change.row_id.partition("/")
        table, row_id = {
            "observation_tag": ("observation", owner),
            "issue_observation": ("observation", linked),
            "reel_item": ("reel", owner),
        }.get(change.table, (change.table, owner))
        name = self._names.get(table, {}).get(row_id, "")
        if table == "evidence" and name:
            return name
        thing = _THINGS.get(table, table.replace("_", " "))
        return f"{thing} {name}".strip()

    def _how(self, change: Change) -> str:
        if change.row_id == "*":
            return f"{(change.after or {}).get('rows')} taken in at once"
        if change.table == "reel_item":
            return ""  # the whole list is written anew for each change of it
        if change.table in {"observation_tag", "issue_observation"}:
            return self._linked(change)
        if change.before is None:
            return "removed" if change.after is None else self._made(change)
        if change.after is None:
            return f"removed {_said(change.before)}".strip()
        return "; ".join(
            f"{_COLUMNS.get(name, name.replace('_', ' '))} {self._value(name, change.before)} → "
            f"{self._value(name, change.after)}"
            for name in change.after
            if name not in _SILENT
        )

    def _linked(self, change: Change) -> str:
        owner, _, linked = change.row_id.partition("/")
        came = change.before is None
        if change.table == "observation_tag":
            tag = self._names["tag"].get(linked, "a tag that is gone")
            return f"tagged {tag}" if came else f"tag removed: {tag}"
        issue = self._names["issue"].get(owner, "an issue that is gone")
        return f"assigned to {issue}" if came else f"taken out of {issue}"

    def _made(self, change: Change) -> str:
        row = change.after or {}
        parts = ["made"]
        if change.table == "observation":
            parts.append(self._value("kind", row))
            if row.get("severity") is not None:
                parts.append(f"severity {self._value('severity', row)}")
        parts.append(_said(row))
        return ", ".join(part for part in parts if part).replace("made, ", "made ", 1)

    def _value(self, name: str, row: Mapping[str, object]) -> str:
        value = row.get(name)
        if value is None or value == "":
            return "none"
        if isinstance(value, int):
            return _number(name, value, row)
        text = str(value)
        if name in {"task_run_id", "participant_id", "parent_id"}:
            table = "tag" if name == "parent_id" else name.removesuffix("_id")
            return self._names[table].get(text, "one that is gone")
        words: Mapping[str, str] = {
            "kind": {str(kind): kind_words(kind) for kind in ObservationKind},
            "outcome": {str(outcome): outcome_words(outcome) for outcome in Outcome},
            "state": {str(state): session_state_words(state) for state in SessionState},
        }.get(name, {})
        return words.get(text) or _quoted(text)


def _number(name: str, value: int, row: Mapping[str, object]) -> str:
    if name.endswith("_ns"):
        return format_time(value, tenths=True)
    if name == "severity" and value in list(Severity):
        return severity_words(Severity(value))
    if name == "x" and "y" in row:
        return f"{value}, {row['y']}"
    return str(value)


def _said(row: Mapping[str, object]) -> str:
    text = row.get("body") or row.get("text")
    return _quoted(str(text)) if text else ""


def _quoted(text: str) -> str:
    line = " ".join(text.split())
    return f"“{line if len(line) <= _TEXT_MAX else line[: _TEXT_MAX - 1] + '…'}”"


def _in_one_go(changes: Sequence[Change]) -> list[Change]:
    """Joins changes of the same columns of a row by one author within minutes: typing is saved at every pause."""
    found: list[Change] = []
    for change in changes:  # newest first
        newer = found[-1] if found else None
        if newer is not None and _is_more_of(change, newer):
            found[-1] = replace(newer, before=change.before)
        else:
            found.append(change)
    return found


def _is_more_of(older: Change, newer: Change) -> bool:
    if older.before is None or older.after is None or newer.before is None or newer.after is None:
        return False
    apart = datetime.fromisoformat(newer.at_utc) - datetime.fromisoformat(older.at_utc)
    return (
        (older.table, older.row_id, older.author, older.undo, set(older.after))
        == (newer.table, newer.row_id, newer.author, newer.undo, set(newer.after))
        and older.step != newer.step
        and set(older.after) <= {"body", "text", "title", "description", "recommendation", "notes", "name"}
        and 0 <= apart.total_seconds() < _TYPING_S
    )
