"""Observations and issues with the names of what they point to, read from the store in one go. No Qt."""

from __future__ import annotations

from collections import defaultdict

from annotate.figures.data import counting_sessions
from annotate.models import Evidence, TaskRun
from annotate.quotes import Quotes
from annotate.store import StudyStore
from app.models.issues import IssueRow
from app.models.observations import ObservationRow


def observation_rows(store: StudyStore, session_id: str | None = None) -> list[ObservationRow]:
    """Rows of one session, or of all. A few ms for a session; a study's many belong into a job."""
    observations = store.observations(session_id)
    tags = {tag.id: tag for tag in store.tags()}
    issues = {issue.id: issue for issue in store.issues()}
    sessions = {session.id: session for session in store.sessions()}
    evidence: defaultdict[str | None, list[Evidence]] = defaultdict(list)
    for item in store.evidence(session_id):
        evidence[item.observation_id].append(item)
    runs: dict[str, TaskRun] = {}
    for one in {observation.session_id for observation in observations}:
        runs |= {run.id: run for run in store.task_runs(one)}
    quotes = Quotes(store)
    rows = []
    for observation in observations:
        run = runs.get(observation.task_run_id) if observation.task_run_id else None
        rows.append(
            ObservationRow(
                observation,
                sessions[observation.session_id].participant_code,
                run.task_title if run else "",
                tuple(tags[i] for i in observation.tag_ids if i in tags),
                tuple(issues[i] for i in observation.issue_ids if i in issues),
                tuple(evidence[observation.id]),
                quotes.in_doubt(observation),
            )
        )
    return rows


def issue_rows(store: StudyStore) -> list[IssueRow]:
    """Issues by number, with the number of participants that figures count."""
    participants = len({session.participant_id for session in counting_sessions(store)})
    return [IssueRow(issue, participants) for issue in store.issues()]
