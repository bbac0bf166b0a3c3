"""What a report says, as plain values that every form of it is written from; quotes only where they can be trusted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from annotate.backlog.proof import Proof
from annotate.figures.data import counting_sessions
from annotate.figures.matrix import MatrixRow
from annotate.figures.priority import Priority, RankBy
from annotate.figures.study import StudyFigures, TaskFigures, study_figures
from annotate.figures.words import (
    contradiction_words,
    mean_words,
    outcome_words,
    percent,
    rank_words,
    severity_words,
    share_words,
    study_completion_words,
    times_of_words,
    times_words,
)
from annotate.models import Issue, IssueStatus, Observation, ObservationKind, Session, Severity
from annotate.quotes import Quotes
from annotate.store import StudyStore
from annotate.timeline import format_time

_OPEN = frozenset({IssueStatus.OPEN, IssueStatus.ACCEPTED})
TOP = 5
"""Issues that the summary names."""


@dataclass(frozen=True, slots=True)
class ReportQuote:
    """What somebody said, whose words, and when."""

    participant: str
    time: str
    text: str


@dataclass(frozen=True, slots=True)
class ReportMoment:
    """One observation: whose, when, what was seen, and what was said where that may be quoted."""

    participant: str
    time: str
    kind: str
    text: str
    quote: str


@dataclass(frozen=True, slots=True)
class ReportFile:
    """A still or a clip. `source` is where it lies now; a report that carries it copies it under `name`."""

    source: str
    name: str
    kind: str  # 'still' | 'clip'
    caption: str


@dataclass(frozen=True, slots=True)
class ReportIssue:
    """An issue with its evidence. Figures are in words already; `severity_level` is 0 to 4 or None."""

    number: int
    title: str
    severity_level: int | None
    severity: str
    status: str
    found: str
    rank: str
    tasks: tuple[str, ...]
    heuristic: str
    description: str
    recommendation: str
    moments: tuple[ReportMoment, ...]
    counter_evidence: tuple[str, ...]
    files: tuple[ReportFile, ...]
    raters_differ: bool


@dataclass(frozen=True, slots=True)
class ReportTask:
    """A task and its figures in words."""

    title: str
    scenario: str
    completion: str
    completion_helped: str
    time: str
    time_net: str
    time_n: int
    assists: int
    errors: int
    seq: str
    efficiency: str
    outcomes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """All of it, in the order in which it is read."""

    study: str
    product: str
    about: str
    made: str
    """The day it was made, ISO 8601."""
    summary: tuple[str, ...]
    top: tuple[ReportIssue, ...]
    method: tuple[str, ...]
    participants: tuple[str, ...]
    tasks: tuple[ReportTask, ...]
    times_of: str
    overall: tuple[tuple[str, str], ...]
    issues: tuple[ReportIssue, ...]
    closed: tuple[ReportIssue, ...]
    positives: tuple[ReportMoment, ...]
    quotes: tuple[ReportQuote, ...]
    contradictions: tuple[str, ...]
    next_steps: tuple[str, ...]


def report_of(store: StudyStore, figures: StudyFigures | None = None, *, today: datetime | None = None) -> Report:
    """Reads a study, all of it from one state.

    Args:
        store: the study.
        figures: where the caller has them already.
        today: when it is made; None: now.
    """
    with store.snapshot():
        return _Reading(store, figures or study_figures(store)).report(today or datetime.now(UTC))


class _Reading:
    def __init__(self, store: StudyStore, figures: StudyFigures) -> None:
        self._store = store
        self._figures = figures
        # The rest is not there for a report, not even as evidence: whoever withdrew is told nowhere.
        self._sessions: dict[str, Session] = {one.id: one for one in counting_sessions(store)}
        self._observations = [
            one
            for session in self._sessions.values()
            for one in store.observations(session.id)
            if session.uses(one.t_start_ns, one.t_end_ns)
        ]
        self._by_id = {one.id: one for one in self._observations}
        self._quotes = Quotes(store)
        self._proof = Proof(store, self._sessions)

    def report(self, today: datetime) -> Report:
        figures, study = self._figures, self._store.study()
        ranked = self._ranked()
        issues = [self._issue(row, priority) for row, priority in ranked]
        open_issues = [one for (row, _), one in zip(ranked, issues, strict=True) if row.issue.status in _OPEN]
        closed = [one for (row, _), one in zip(ranked, issues, strict=True) if row.issue.status not in _OPEN]
        return Report(
            study=study.name,
            product=study.product or "",
            about=study.description or "",
            made=today.date().isoformat(),
            summary=tuple(self._summary(open_issues)),
            top=tuple(open_issues[:TOP]),
            method=tuple(self._method()),
            participants=tuple(person.code for person in figures.people),
            tasks=tuple(_task(one) for one in figures.tasks),
            times_of=times_of_words(figures.times_of),
            overall=tuple(self._overall()),
            issues=tuple(open_issues),
            closed=tuple(closed),
            positives=tuple(self._moments(ObservationKind.POSITIVE)),
            quotes=tuple(
                ReportQuote(one.participant, one.time, one.text)
                for one in self._moments(ObservationKind.QUOTE)
                if one.text
            ),
            contradictions=tuple(self._contradictions()),
            next_steps=tuple(self._next_steps(open_issues)),
        )

    # -- parts ----------------------------------------------------------------------------------------------------

    def _ranked(self) -> list[tuple[MatrixRow, Priority | None]]:
        """Issues by rank, those without one after them by severity and by how many met them."""
        by_issue = {one.row.issue.id: one for one in self._figures.priorities}

        def key(row: MatrixRow) -> tuple[float, int, int, int]:
            priority = by_issue.get(row.issue.id)
            rank = priority.ranks[RankBy.VALUE].rank if priority and RankBy.VALUE in priority.ranks else 1e9
            return rank, -(row.severity if row.severity is not None else -1), -row.found.count, row.issue.number

        return [(row, by_issue.get(row.issue.id)) for row in sorted(self._figures.matrix.rows, key=key)]

    def _issue(self, row: MatrixRow, priority: Priority | None) -> ReportIssue:
        issue = row.issue
        files, _ = self._proof.of(issue)
        return ReportIssue(
            number=issue.number,
            title=issue.title,
            severity_level=None if row.severity is None else int(row.severity),
            severity=severity_words(row.severity),
            status=issue.status.value.replace("_", " "),
            found=share_words(row.found),
            rank=rank_words(priority.ranks.get(RankBy.VALUE)) if priority is not None else "–",
            tasks=tuple(self._figures.task_title(task_id) for task_id in row.task_ids),
            heuristic=issue.heuristic or "",
            description=issue.description or "",
            recommendation=issue.recommendation or "",
            moments=tuple(self._moment(one) for one in self._of(issue)),
            counter_evidence=tuple(sorted(cell.person.code for cell in row.counter_evidence())),
            files=tuple(
                ReportFile(
                    str(one.path),
                    one.name,
                    "clip" if one.media_type.startswith("video/") else "still",
                    f"Issue {issue.number}, {one.name.partition('_')[0]}",
                )
                for one in files
                if one.media_type.startswith(("image/", "video/"))
            ),
            raters_differ=priority is not None and priority.raters_differ,
        )

    def _of(self, issue: Issue) -> list[Observation]:
        return [self._by_id[one] for one in issue.observation_ids if one in self._by_id]

    def _moments(self, kind: ObservationKind) -> list[ReportMoment]:
        return [self._moment(one) for one in self._observations if one.kind is kind]

    def _moment(self, one: Observation) -> ReportMoment:
        return ReportMoment(
            self._sessions[one.session_id].participant_code,
            format_time(one.t_start_ns),
            one.kind.value,
            self._quotes.body(one).strip(),
            self._quotes.at(one),
        )

    def _summary(self, open_issues: list[ReportIssue]) -> list[str]:
        figures = self._figures
        people, tasks = len(figures.people), len(figures.tasks)
        lines = [f"{_count(people, 'participant')} worked on {_count(tasks, 'task')}."]
        if figures.completion.share is not None:
            done = figures.completion
            lines.append(
                f"{done.count} of {done.n} tries were done without help ({percent(figures.completion.share)})."
            )
        severe = [one for one in open_issues if (one.severity_level or 0) >= Severity.MAJOR]
        if open_issues:
            lines.append(f"{_count(len(open_issues), 'open issue')}, {len(severe)} of them major or worse.")
        else:
            lines.append("No open issue.")
        if figures.sus.mean.mean is not None:
            grade = f", grade {figures.sus.grade.grade}" if figures.sus.grade is not None else ""
            lines.append(f"SUS {mean_words(figures.sus.mean, 0)}{grade}.")
        found = figures.discovery
        if found is not None:
            lines.append(
                f"About {percent(found.found_share)} of the problems that such people meet in such tasks were seen; "
                f"{found.more} more participants would bring it to about {percent(found.share_with_more)}."
            )
        return lines

    def _method(self) -> list[str]:
        figures = self._figures
        lines = [
            "Moderated usability test; screen, sound and input were recorded on one clock and reviewed afterwards.",
            f"Participants: {', '.join(person.code for person in figures.people) or 'none'}.",
            "Intervals are for 95 % confidence. Completion: adjusted Wald; that of all "
            "tasks counts participants. Time on task: geometric mean with the t "
            f"interval of the logarithms, {times_of_words(figures.times_of)}. A participant's first try counts.",
            "Severity is Nielsen's scale from 0 (not a problem) to 4 (catastrophe). A rank comes with the band "
            "in which it lies when the participants are drawn again.",
        ]
        if figures.left_out:
            lines.append(f"Left out: {_count(figures.left_out, 'session')} (pilots, unfinished, or withdrawn).")
        return lines

    def _overall(self) -> list[tuple[str, str]]:
        figures = self._figures
        rows = [
            ("Completion without help", study_completion_words(figures.completion_each, figures.completion)),
            ("Time for all tasks", times_words(figures.total)),
            ("Assists", str(figures.assists.total)),
            ("Errors", str(figures.errors.total)),
            ("Ease after a task (SEQ, 1–7)", mean_words(figures.seq)),
            ("SUS (0–100)", mean_words(figures.sus.mean, 0)),
        ]
        return [(name, words) for name, words in rows if words != "–"]

    def _contradictions(self) -> list[str]:
        codes = {person.id: person.code for person in self._figures.people}
        return [
            f"{codes.get(one.run.person_id, '?')}, {self._figures.task_title(one.run.task_id)}: "
            f"{contradiction_words(one.kind)} (SEQ {one.run.ease}, {outcome_words(one.run.outcome)})"
            for one in self._figures.contradictions
        ]

    def _next_steps(self, open_issues: list[ReportIssue]) -> list[str]:
        steps = [
            f"Issue {one.number}, {one.title}: {' '.join(one.recommendation.split())}"
            for one in open_issues[: 2 * TOP]
            if one.recommendation.strip()
        ]
        unanswered = [one for one in open_issues[:TOP] if not one.recommendation.strip()]
        if unanswered:
            steps.append(
                "Decide what to do about: " + "; ".join(f"{one.number} {one.title}" for one in unanswered) + "."
            )
        if any(one.raters_differ for one in open_issues):
            numbers = ", ".join(str(one.number) for one in open_issues if one.raters_differ)
            steps.append(f"Talk about the severity of {numbers}: raters are more than one step apart.")
        found = self._figures.discovery
        if found is not None and found.new_with_more >= 1:
            steps.append(
                f"Test with {found.more} more participants: about {found.new_with_more:.0f} problems that nobody met "
                "yet would show."
            )
        return steps


def _task(one: TaskFigures) -> ReportTask:
    return ReportTask(
        title=one.task.title,
        scenario=one.task.scenario or "",
        completion=share_words(one.completion),
        completion_helped=share_words(one.completion_helped),
        time=times_words(one.gross),
        time_net=times_words(one.net),
        time_n=one.gross.n,
        assists=one.assists.total,
        errors=one.errors.total,
        seq=mean_words(one.seq),
        efficiency="–" if one.efficiency is None else f"{one.efficiency:.0f} %/min",
        outcomes=tuple(outcome_words(run.outcome) for run in one.runs),
    )


def _count(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"
