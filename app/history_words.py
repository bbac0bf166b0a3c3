"""History in words: what a change did, to what. No Qt: the command line words with it too."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from annotate.models import Change, IssueStatus, ObservationKind, Outcome, SessionState, Severity
from annotate.store import StudyStore
from annotate.timeline import format_time
from app.heuristic_words import heuristic
from app.wording import kind_words, outcome_words, session_state_words, severity_words

_TEXT_MAX = 60
_TYPING_S = 300
_NOBODY = "Moderato"

_THINGS = {
    "observation": "observation",
    "observation_tag": "tag",
    "issue_observation": "issue",
    "issue_apart": "issue",
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
    "scenario": "scenario",
    "outcome": "outcome",
    "flags": "doubts",
    "verified_by": "verified by",
    "path": "file",
    "code": "code",
    "notes": "notes",
    "persistence": "persistence",
    "reach": "people a month",
    "impact": "impact",
    "confidence": "confidence",
    "effort": "effort",
    "merged_into": "merged into",
    "task_id": "task",
    "trim_start_ns": "used from",
    "trim_end_ns": "used until",
    "expected_ns": "expected time",
    "pilot": "pilot",
}
_STATUSES = {IssueStatus.WONT_FIX: "won’t fix"}
_YES_NO = {0: "no", 1: "yes"}
_REFERENCES = {
    "task_run_id": "task_run",
    "participant_id": "participant",
    "parent_id": "tag",
    "task_id": "task",
    "merged_into": "issue",
}
"""Columns that hold the id of a row, and whose names tell it."""
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
            "rating": ("issue", owner),
            "issue_apart": ("issue", owner),
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
        if change.table in {"observation_tag", "issue_observation", "issue_apart", "rating"}:
            return self._linked(change)
        if change.before is None:
            return "removed" if change.after is None else self._made(change)
        if change.after is None:
            return f"removed {_said(change.before)}".strip()
        return self._changed(change.before, change.after)

    def _changed(self, before: Mapping[str, object], after: Mapping[str, object]) -> str:
        if "trashed_utc" in after:
            return "brought back from the trash" if after["trashed_utc"] is None else "put into the trash"
        if after.get("status") == "withdrawn":
            return "has withdrawn consent"
        if before.get("status") == "withdrawn":
            return "has not withdrawn consent after all"
        return "; ".join(
            f"{_COLUMNS.get(name, name.replace('_', ' '))} {self._value(name, before)} → {self._value(name, after)}"
            for name in after
            if name not in _SILENT
        )

    def _linked(self, change: Change) -> str:
        if change.table == "rating":
            return _rated(change)
        owner, _, linked = change.row_id.partition("/")
        came = change.before is None
        if change.table == "observation_tag":
            tag = self._names["tag"].get(linked, "a tag that is gone")
            return f"tagged {tag}" if came else f"tag removed: {tag}"
        if change.table == "issue_apart":
            other = self._names["issue"].get(linked, "an issue that is gone")
            return f"not the same as {other}" if came else f"may be the same as {other} after all"
        issue = self._names["issue"].get(owner, "an issue that is gone")
        stance = None if change.after is None else change.after.get("stance")
        if not came and stance is not None:
            return f"speaks {stance} {issue} now"
        if stance == "against":
            return f"speaks against {issue}"
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
        if isinstance(value, float):
            return f"{100 * value:.0f} %" if name == "confidence" else f"{value:,.10g}"
        if isinstance(value, int):
            return _number(name, value, row)
        text = str(value)
        if name in _REFERENCES:
            return self._names[_REFERENCES[name]].get(text, "one that is gone")
        if name == "heuristic" and (known := heuristic(text)) is not None:
            return known.title
        words: Mapping[str, str] = {
            "kind": {str(kind): kind_words(kind) for kind in ObservationKind},
            "outcome": {str(outcome): outcome_words(outcome) for outcome in Outcome},
            "state": {str(state): session_state_words(state) for state in SessionState},
            "status": {str(status): _STATUSES.get(status, str(status)) for status in IssueStatus},
        }.get(name, {})
        return words.get(text) or _quoted(text)


def _rated(change: Change) -> str:
    """What a rater gives an issue; who that is, the line's author tells."""
    gave, took = (change.after or {}).get("severity"), (change.before or {}).get("severity")
    if not isinstance(gave, int):
        return "rating taken back"
    words = severity_words(Severity(gave))
    return f"rated {words}" if not isinstance(took, int) else f"rated {words}, before {severity_words(Severity(took))}"


def _number(name: str, value: int, row: Mapping[str, object]) -> str:
    if name == "pilot":
        return _YES_NO.get(value, str(value))
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
