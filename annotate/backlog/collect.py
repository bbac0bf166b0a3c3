"""From the study to `Finding`s: issues with their observations, quotes that may be quoted, files that may go."""

from __future__ import annotations

from collections.abc import Collection

from annotate.backlog.finding import Finding, Moment
from annotate.backlog.proof import Proof
from annotate.models import Issue, IssueStatus, Observation, Session
from annotate.quotes import Quotes
from annotate.store import StudyStore


def findings(store: StudyStore, issue_ids: Collection[str] | None = None) -> list[Finding]:
    """The study's issues as findings, by number, read as one state of the study.

    Args:
        issue_ids: these alone; None: those that are open or accepted.
    """
    with store.snapshot():
        study = store.study()
        sessions = {one.id: one for one in store.told_sessions()}
        people = {one.participant_id for one in sessions.values() if _counts(one)}
        observations = {one.id: one for session in sessions.values() for one in store.observations(session.id)}
        tags = {tag.id: tag.name for tag in store.tags()}
        tasks = {task.id: task.title for task in store.tasks()}
        runs = {run.id: run.task_title for session in sessions.values() for run in store.task_runs(session.id)}
        quotes, proof = Quotes(store), Proof(store, sessions)
        found = []
        for issue in store.issues():
            if issue_ids is None and issue.status not in {IssueStatus.OPEN, IssueStatus.ACCEPTED}:
                continue
            if issue_ids is not None and issue.id not in issue_ids:
                continue
            mine = [observations[one] for one in issue.observation_ids if one in observations]
            files, withheld = proof.of(issue)
            found.append(
                Finding(
                    issue_id=issue.id,
                    number=issue.number,
                    title=issue.title,
                    severity=issue.severity,
                    study=study.name,
                    task=_task(issue, mine, tasks, runs),
                    heuristic=issue.heuristic,
                    description=issue.description or "",
                    recommendation=issue.recommendation or "",
                    tags=tuple(dict.fromkeys(tags[tag] for one in mine for tag in one.tag_ids if tag in tags)),
                    found_by=issue.frequency,
                    participants=len(people),
                    moments=tuple(
                        Moment(
                            sessions[one.session_id].participant_code,
                            one.t_start_ns,
                            quotes.body(one),
                            quotes.at(one),
                        )
                        for one in mine
                    ),
                    files=files,
                    withheld=withheld,
                    withdrawn=issue.withdrawn,
                )
            )
        return found


def exported_ids(store: StudyStore, target_id: str) -> set[str]:
    """The issues that an export is about when nobody names them: those to be worked on, and those sent before."""
    links = store.links(target_id)
    return {
        issue.id
        for issue in store.issues()
        if issue.status in {IssueStatus.OPEN, IssueStatus.ACCEPTED} or links.link(issue.id) is not None
    }


def _counts(session: Session) -> bool:
    return session.bundle_path is not None and not session.pilot


def _task(issue: Issue, mine: list[Observation], tasks: dict[str, str], runs: dict[str, str]) -> str | None:
    """The task an issue was put to, else the one in which most of its observations were made."""
    if issue.task_id is not None:
        return tasks.get(issue.task_id)
    seen = [runs[one.task_run_id] for one in mine if one.task_run_id in runs]
    return max(seen, key=seen.count) if seen else None
