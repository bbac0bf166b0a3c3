"""All figures of a study, from its data. Same data, same figures."""

from __future__ import annotations

import math
import statistics
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from annotate.figures.contradictions import Contradiction, contradictions_of
from annotate.figures.data import Person, Run, StudyData, read_study
from annotate.figures.discovery import Discovery, discovery
from annotate.figures.efficiency import completion_per_minute, relative_efficiency, time_based_efficiency
from annotate.figures.intervals import Mean, Share, Times, mean_of, mean_share_of, share, times_of
from annotate.figures.matrix import Matrix, matrix_of
from annotate.figures.priority import Priority, priorities_of
from annotate.figures.satisfaction import SusGrade, sus_grade, sus_learnability, sus_score
from annotate.models import Outcome, Task
from annotate.store import StudyStore
from annotate.timeline import SECOND

SEQ_RANGE = (1.0, 7.0)
SUS_RANGE = (0.0, 100.0)


class TimesOf(StrEnum):
    """Which runs a time on task is made of."""

    SUCCESSFUL = "successful"  # done without help: how long it takes those who can
    ALL = "all"  # every run that was tried: how long people try


@dataclass(frozen=True, slots=True)
class Counts:
    """How often something was noted, run by run."""

    values: tuple[int, ...]
    with_any: Share

    @property
    def total(self) -> int:
        return sum(self.values)

    @property
    def mean(self) -> float | None:
        return statistics.fmean(self.values) if self.values else None


@dataclass(frozen=True, slots=True)
class TaskFigures:
    """One task.

    Attributes:
        runs: the runs that count, one a participant, in the order of the participants' codes.
        skipped, unsaid: how many were skipped, or have no outcome; they count nowhere.
        completion: done without help. `completion_helped`: done, with help or without.
        gross, net: times of the runs that `times_of` says; net without what the moderator said.
        efficiency: completion without help over the mean gross time of all runs, in percent per minute.
    """

    task: Task
    runs: tuple[Run, ...]
    skipped: int
    unsaid: int
    completion: Share
    completion_helped: Share
    times_of: TimesOf
    gross: Times
    net: Times
    assists: Counts
    errors: Counts
    efficiency: float | None
    seq: Mean


@dataclass(frozen=True, slots=True)
class SusFigures:
    """The SUS of a study. `scores`: participant and score, lowest first; `grade` is that of the mean."""

    scores: tuple[tuple[Person, float], ...]
    mean: Mean
    learnability: float | None
    grade: SusGrade | None


@dataclass(frozen=True, slots=True)
class StudyFigures:
    """All figures of a study.

    Attributes:
        left_out: sessions that don't count: pilots, unfinished ones, those of people who withdrew.
        repeats: second and later tries at a task; only the first one counts.
        completion: of all runs, done without help; a participant's runs are not independent, so it has no
            interval; `completion_each` has.
        completion_each: by participant, the share of their tasks that was done without help; 0 to 1.
        total: by participant who tried every task, the gross time of all together.
        goals_per_minute: time-based efficiency. `time_well_spent`: relative efficiency, 0 to 1.
        seq: by participant, the mean of their answers.
    """

    study_name: str
    people: tuple[Person, ...]
    left_out: int
    repeats: int
    times_of: TimesOf
    tasks: tuple[TaskFigures, ...]
    completion: Share
    completion_each: Mean
    total: Times
    assists: Counts
    errors: Counts
    goals_per_minute: float | None
    time_well_spent: float | None
    seq: Mean
    sus: SusFigures
    matrix: Matrix
    discovery: Discovery | None
    priorities: tuple[Priority, ...]
    contradictions: tuple[Contradiction, ...]

    def task_title(self, task_id: str | None) -> str:
        return next((one.task.title for one in self.tasks if one.task.id == task_id), "")

    def person(self, person_id: str) -> Person | None:
        return next((one for one in self.people if one.id == person_id), None)


def study_figures(store: StudyStore, times_of: TimesOf = TimesOf.SUCCESSFUL) -> StudyFigures:
    """Reads a study and works everything out; takes some time for a large study, so do it in a job.

    Raises:
        StudyError: as `StudyStore` says.
    """
    return figures_of(read_study(store), times_of)


def figures_of(data: StudyData, chosen: TimesOf = TimesOf.SUCCESSFUL) -> StudyFigures:
    """The figures of what was read."""
    place = {person.id: number for number, person in enumerate(data.people)}
    by_task: defaultdict[str, list[Run]] = defaultdict(list)
    for run in sorted(data.runs, key=lambda run: place[run.person_id]):
        by_task[run.task_id].append(run)
    tried = [run for runs in by_task.values() for run in runs if run.tried]
    timed = _timed(tried)
    matrix = matrix_of(data)
    goals = time_based_efficiency(timed)
    return StudyFigures(
        study_name=data.study_name,
        people=data.people,
        left_out=data.left_out,
        repeats=data.repeats,
        times_of=chosen,
        tasks=tuple(_task(task, by_task[task.id], chosen) for task in data.tasks),
        completion=Share(sum(run.done for run in tried), len(tried), None),
        completion_each=mean_share_of(_by_person(data.people, tried, lambda run: float(run.done))),
        total=times_of(_totals(data, tried)),
        assists=_counts([run.assists for run in tried]),
        errors=_counts([run.errors for run in tried]),
        goals_per_minute=None if goals is None else 60 * goals,
        time_well_spent=relative_efficiency(timed),
        seq=mean_of(_by_person(data.people, [r for r in tried if r.ease is not None], _ease), within=SEQ_RANGE),
        sus=_sus(data),
        matrix=matrix,
        discovery=discovery([row.found.count for row in matrix.rows], len(data.people)),
        priorities=priorities_of(matrix, data.tasks, data.ratings),
        contradictions=contradictions_of(tried),
    )


def _task(task: Task, all_runs: Sequence[Run], chosen: TimesOf) -> TaskFigures:
    runs = [run for run in all_runs if run.tried]
    done = sum(run.done for run in runs)
    helped = sum(run.outcome in {Outcome.SUCCESS, Outcome.WITH_HELP} for run in runs)
    measured = [run for run in runs if run.done or chosen is TimesOf.ALL]
    spent = [run.gross_ns / SECOND for run in runs if run.gross_ns is not None]
    return TaskFigures(
        task=task,
        runs=tuple(runs),
        skipped=sum(run.outcome is Outcome.SKIPPED for run in all_runs),
        unsaid=sum(run.outcome is None for run in all_runs),
        completion=share(done, len(runs)),
        completion_helped=share(helped, len(runs)),
        times_of=chosen,
        gross=times_of([run.gross_ns / SECOND for run in measured if run.gross_ns is not None]),
        net=times_of([run.net_ns / SECOND for run in measured if run.net_ns is not None]),
        assists=_counts([run.assists for run in runs]),
        errors=_counts([run.errors for run in runs]),
        efficiency=completion_per_minute(done / len(runs), statistics.fmean(spent)) if spent else None,
        seq=mean_of([run.ease for run in runs if run.ease is not None], within=SEQ_RANGE),
    )


def _counts(values: Sequence[int]) -> Counts:
    return Counts(tuple(values), share(sum(one > 0 for one in values), len(values)))


def _timed(runs: Sequence[Run]) -> list[tuple[bool, float]]:
    return [(run.done, run.gross_ns / SECOND) for run in runs if run.gross_ns is not None]


def _ease(run: Run) -> float:
    return math.nan if run.ease is None else float(run.ease)


def _by_person(people: Sequence[Person], runs: Sequence[Run], value: Callable[[Run], float]) -> list[float]:
    """The mean of each participant who has any, in the order of the participants."""
    of_person: defaultdict[str, list[float]] = defaultdict(list)
    for run in runs:
        of_person[run.person_id].append(value(run))
    return [statistics.fmean(of_person[one.id]) for one in people if of_person[one.id]]


def _totals(data: StudyData, tried: Sequence[Run]) -> list[float]:
    spent: defaultdict[str, list[int]] = defaultdict(list)
    for run in tried:
        if run.gross_ns is not None:
            spent[run.person_id].append(run.gross_ns)
    return [sum(spent[one.id]) / SECOND for one in data.people if data.tasks and len(spent[one.id]) == len(data.tasks)]


def _sus(data: StudyData) -> SusFigures:
    people = {person.id: person for person in data.people}
    scored = [(people[person_id], answers) for person_id, answers in data.sus]
    scores = sorted(((person, sus_score(answers)) for person, answers in scored), key=lambda one: (one[1], one[0].code))
    mean = mean_of([score for _person, score in scores], within=SUS_RANGE)
    return SusFigures(
        tuple(scores),
        mean,
        statistics.fmean(sus_learnability(answers) for _person, answers in scored) if scored else None,
        None if mean.mean is None else sus_grade(mean.mean),
    )
