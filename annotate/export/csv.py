"""The findings of a study as one table for spreadsheets. `docs/csv.md` tells what each column holds."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from annotate.export.cells import safe_cell
from annotate.export.files import write_export
from annotate.models import Issue, Observation, Session, SessionState, Severity
from annotate.quotes import Quotes
from annotate.store import StudyStore
from annotate.timeline import SECOND, format_full

QUOTE_WITHIN_NS = 5 * SECOND
_HEARD = frozenset({SessionState.RECORDED, SessionState.RECOVERED, SessionState.REVIEWED})


@dataclass(frozen=True, slots=True)
class ExportReport:
    """What was written. `rows` leaves out the heading."""

    path: Path
    rows: int
    observations: int
    issues: int


_Value = str | int | None
COLUMNS = (
    "issue_number",
    "issue_title",
    "issue_severity",
    "issue_severity_word",
    "issue_status",
    "issue_frequency",
    "issue_description",
    "issue_recommendation",
    "participant",
    "session_started_utc",
    "task",
    "task_outcome",
    "start",
    "end",
    "start_ns",
    "end_ns",
    "kind",
    "severity",
    "severity_word",
    "tags",
    "observation",
    "quote",
    "origin",
    "author",
    "bundle",
    "observation_id",
    "issue_id",
    "pilot",
    "heuristic",
    "x",
    "y",
    "pressed_at",
)


def export_csv(store: StudyStore, out: Path) -> ExportReport:
    """Write the findings: for each issue the observations in it, then the observations in none.

    An observation in two issues gets two rows, an issue without observations one. What is trimmed off a session is left
    out, and so are sessions in the trash and of people who withdrew; pilots are in it, marked as such, and aren't
    counted. The same study gives the same bytes. UTF-8 with a byte order mark, RFC 4180, mode 0600; `out` is replaced
    as a whole or not at all.

    Raises:
        StudyError: EXPORT_UNWRITABLE, DISK_FULL, and as `StudyStore` says.
    """
    with store.snapshot():
        rows = list(_rows(store))
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    writer.writerows([_cell(row.get(name)) for name in COLUMNS] for row in rows)
    write_export(out, text.getvalue().encode("utf-8-sig", errors="replace"), ".csv")
    return ExportReport(out, len(rows), _distinct(rows, "observation_id"), _distinct(rows, "issue_id"))


def _distinct(rows: list[dict[str, _Value]], column: str) -> int:
    return len({row[column] for row in rows if column in row})


def _rows(store: StudyStore) -> Iterator[dict[str, _Value]]:
    sessions = store.told_sessions()
    by_id = {session.id: session for session in sessions}
    observations = [
        one
        for one in store.observations()
        if one.session_id in by_id and by_id[one.session_id].uses(one.t_start_ns, one.t_end_ns)
    ]
    people = {
        session.participant_id
        for session in sessions
        if not session.pilot and (session.state in _HEARD or session.observation_count)  # "2 of 1" would be nonsense
    }
    of_session = {session.id: _SessionCells(store, session) for session in sessions if session.observation_count}
    tag_names = {tag.id: tag.name for tag in store.tags()}
    cells = {one.id: of_session[one.session_id].of(one, tag_names) for one in observations}
    for issue in store.issues():
        if issue.withdrawn:
            continue
        about_issue = _issue_cells(issue, len(people))
        shown = [observation_id for observation_id in issue.observation_ids if observation_id in cells]
        for observation_id in shown:
            yield about_issue | cells[observation_id]
        if not shown:
            yield about_issue
    for one in observations:
        if not one.issue_ids:
            yield cells[one.id]


def _issue_cells(issue: Issue, people: int) -> dict[str, _Value]:
    return {
        "issue_number": issue.number,
        "issue_title": issue.title,
        "issue_severity": issue.severity,
        "issue_severity_word": _word(issue.severity),
        "issue_status": issue.status,
        "issue_frequency": f"{issue.frequency} of {people}",
        "issue_description": issue.description,
        "issue_recommendation": issue.recommendation,
        "issue_id": issue.id,
    }


class _SessionCells:
    """What the rows of one session's observations have in common, read once."""

    def __init__(self, store: StudyStore, session: Session) -> None:
        self._session = session
        self._runs = {run.id: run for run in store.task_runs(session.id)}
        self._quotes = Quotes(store)

    def of(self, one: Observation, tag_names: dict[str, str]) -> dict[str, _Value]:
        end_ns = one.t_start_ns if one.t_end_ns is None else one.t_end_ns
        run = None if one.task_run_id is None else self._runs[one.task_run_id]
        return {
            "participant": self._session.participant_code,
            "session_started_utc": self._session.started_utc,
            "task": None if run is None else run.task_title,
            "task_outcome": None if run is None else run.outcome,
            "start": format_full(one.t_start_ns),
            "end": format_full(end_ns),
            "start_ns": one.t_start_ns,
            "end_ns": end_ns,
            "kind": one.kind,
            "severity": one.severity,
            "severity_word": _word(one.severity),
            "tags": "; ".join(tag_names[tag_id] for tag_id in one.tag_ids),
            "observation": one.body,
            "quote": self._quotes.said(one),
            "origin": one.origin,
            "author": one.author,
            "bundle": self._session.bundle_path,
            "observation_id": one.id,
            "pilot": "yes" if self._session.pilot else None,
            "heuristic": one.heuristic,
            "x": one.x,
            "y": one.y,
            "pressed_at": None if one.t_original_ns is None else format_full(one.t_original_ns),
        }


def _word(severity: Severity | None) -> str | None:
    return None if severity is None else severity.name.lower().replace("_", " ")


def _cell(value: _Value) -> str | int:
    """A value as a spreadsheet takes it."""
    if value is None:
        return ""
    if isinstance(value, int):
        return int(value)
    return safe_cell(value)
