"""What the figures of a study are made of, read from its file in one go."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from annotate.figures.speech import moderator_speech, uncovered_ns
from annotate.models import (
    Issue,
    IssueStatus,
    Observation,
    ObservationKind,
    Outcome,
    Session,
    SessionState,
    Severity,
    Task,
    TaskRun,
)
from annotate.questionnaires import Instrument
from annotate.store import StudyStore
from annotate.timeline import TimeRange
from capture.bundle import SessionBundle
from capture.errors import CaptureError
from capture.events import IntervalKind
from capture.store import CaptureStore

_HEARD = frozenset({SessionState.RECORDED, SessionState.RECOVERED, SessionState.REVIEWED})


@dataclass(frozen=True, slots=True)
class Person:
    """A participant with at least one session that counts."""

    id: str
    code: str


@dataclass(frozen=True, slots=True)
class Run:
    """A participant's first try at a task: the one that figures are made of.

    Attributes:
        outcome: None: it was never said how it ended.
        gross_ns: how long it took, without private pauses; None while it has no end, or no length.
        net_ns: the same without what the moderator said; None too where nobody knows who speaks.
        assists: help that was noted; at least 1 where the outcome says that there was some.
        errors: problems that were noted.
        ease: the answer to the SEQ, 1 to 7.
    """

    id: str
    session_id: str
    person_id: str
    task_id: str
    t_start_ns: int
    outcome: Outcome | None
    gross_ns: int | None
    net_ns: int | None
    assists: int
    errors: int
    ease: int | None

    @property
    def tried(self) -> bool:
        """Whether it says something about the task: it ended, and not by being skipped."""
        return self.outcome is not None and self.outcome is not Outcome.SKIPPED

    @property
    def done(self) -> bool:
        """Done without help."""
        return self.outcome is Outcome.SUCCESS


@dataclass(frozen=True, slots=True)
class Moment:
    """An observation that is linked to an issue: where to look."""

    observation_id: str
    session_id: str
    person_id: str
    task_id: str | None
    t_start_ns: int
    severity: Severity | None
    speaks_for: bool
    body: str


@dataclass(frozen=True, slots=True)
class StudyData:
    """A study at one moment, without the sessions that don't count."""

    study_name: str
    people: tuple[Person, ...]
    tasks: tuple[Task, ...]
    runs: tuple[Run, ...]
    repeats: int
    issues: tuple[Issue, ...]
    moments: Mapping[str, tuple[Moment, ...]]
    ratings: Mapping[str, Mapping[str, Severity]]
    sus: tuple[tuple[str, tuple[int, ...]], ...]
    left_out: int


def counting_sessions(store: StudyStore) -> list[Session]:
    """The sessions that figures are made of: recorded to the end, no pilots, of people who have not withdrawn.

    Sessions in the trash are no sessions at all. Every figure, matrix and chart asks here.
    """
    return [session for session in store.told_sessions() if session.state in _HEARD and not session.pilot]


def read_study(store: StudyStore) -> StudyData:
    """Everything at once; takes some time for a large study, so do it in a job.

    Raises:
        StudyError: as `StudyStore` says.
    """
    with store.snapshot():
        sessions = counting_sessions(store)
        by_id = {session.id: session for session in sessions}
        people = {one.participant_id: Person(one.participant_id, one.participant_code) for one in sessions}
        observations = [
            one
            for one in store.observations()
            if one.session_id in by_id and by_id[one.session_id].uses(one.t_start_ns, one.t_end_ns)
        ]
        ease, sus = _answers(store, by_id)
        runs = _Runs(store, observations, ease)
        for session in sessions:
            runs.add(session)
        return StudyData(
            study_name=store.study().name,
            people=tuple(sorted(people.values(), key=lambda one: (one.code, one.id))),
            tasks=tuple(store.tasks()),
            runs=tuple(runs.first.values()),
            repeats=runs.repeats,
            issues=tuple(
                one for one in store.issues() if one.status is not IssueStatus.DUPLICATE and not one.withdrawn
            ),
            moments=_moments(store, observations, by_id, runs.task_of),
            ratings=store.ratings(),
            sus=tuple(sus.items()),
            left_out=len(store.sessions()) - len(sessions),
        )


def _answers(store: StudyStore, sessions: Mapping[str, Session]) -> tuple[dict[str, int], dict[str, tuple[int, ...]]]:
    """The SEQ by task run and the SUS by participant (their last one), of forms that are filled in whole."""
    ease: dict[str, int] = {}
    sus: dict[str, tuple[int, ...]] = {}
    whole = {(one.session_id, one.task_run_id): one for one in store.responses() if one.complete}
    for (session_id, run_id), response in whole.items():
        if session_id in sessions and run_id is not None and response.instrument is Instrument.SEQ:
            ease[run_id] = response.values()[0]
    for session in sessions.values():
        response_at_end = whole.get((session.id, None))
        if response_at_end is not None and response_at_end.instrument is Instrument.SUS:
            sus[session.participant_id] = response_at_end.values()
    return ease, sus


def _moments(
    store: StudyStore,
    observations: Sequence[Observation],
    sessions: Mapping[str, Session],
    task_of: Mapping[str, str],
) -> dict[str, tuple[Moment, ...]]:
    """By issue, the observations that are linked to it."""
    seen = {one.id: one for one in observations}
    moments: defaultdict[str, list[Moment]] = defaultdict(list)
    for link in store.issue_links():
        o = seen.get(link.observation_id)
        if o is not None:
            person_id = sessions[o.session_id].participant_id
            task_id = None if o.task_run_id is None else task_of.get(o.task_run_id)
            moments[link.issue_id].append(
                Moment(o.id, o.session_id, person_id, task_id, o.t_start_ns, o.severity, link.speaks_for, o.body)
            )
    return {issue_id: tuple(found) for issue_id, found in moments.items()}


class _Runs:
    """Of each participant and task the first run that was tried; else the first."""

    def __init__(self, store: StudyStore, observations: Sequence[Observation], ease: Mapping[str, int]) -> None:
        self._store = store
        self._ease = ease
        self._noted = Counter((one.task_run_id, one.kind) for one in observations)
        self.first: dict[tuple[str, str], Run] = {}
        self.task_of: dict[str, str] = {}
        self.repeats = 0

    def add(self, session: Session) -> None:
        """Takes in the runs of a session; sessions come in the order of time."""
        spans = _Spans(self._store, session)
        for run in self._store.task_runs(session.id, used=True):
            self.task_of[run.id] = run.task_id
            key = (session.participant_id, run.task_id)
            gross_ns, net_ns = spans.of(run)
            helps = self._noted[run.id, ObservationKind.HELP]
            made = Run(
                run.id,
                session.id,
                session.participant_id,
                run.task_id,
                run.t_start_ns,
                run.outcome,
                gross_ns,
                net_ns,
                max(helps, 1) if run.outcome is Outcome.WITH_HELP else helps,
                self._noted[run.id, ObservationKind.PROBLEM],
                self._ease.get(run.id),
            )
            if key not in self.first or (made.tried and not self.first[key].tried):
                self.first[key] = made
            else:
                self.repeats += made.tried


class _Spans:
    """The stretches of one session that a time on task must do without."""

    def __init__(self, store: StudyStore, session: Session) -> None:
        self._pauses = _pauses(store, session)
        self._speech = moderator_speech(store, session.id)

    def of(self, run: TaskRun) -> tuple[int | None, int | None]:
        """A run's gross and net time; None where there is none."""
        if run.t_end_ns is None or run.t_end_ns <= run.t_start_ns:
            return None, None
        span = TimeRange(run.t_start_ns, run.t_end_ns)
        gross = uncovered_ns(span, self._pauses) or None
        if gross is None or self._speech is None:
            return gross, None
        return gross, uncovered_ns(span, (*self._pauses, *self._speech)) or None


def _pauses(store: StudyStore, session: Session) -> Sequence[TimeRange]:
    """When a session was paused or the machine slept; nothing is known of it where the bundle is gone."""
    if session.bundle_path is None:
        return ()
    try:
        capture = CaptureStore.open_read(SessionBundle(store.bundle_dir(session)).capture_path)
    except CaptureError:
        return ()
    try:
        return [
            TimeRange(one.t_start_ns, one.t_end_ns)
            for one in capture.intervals()
            if one.kind in {IntervalKind.PAUSE, IntervalKind.SUSPEND} and one.t_end_ns is not None
        ]
    except CaptureError:
        return ()
    finally:
        capture.close()
