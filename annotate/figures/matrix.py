"""Which participant met which issue, and who did not: rows of issues, columns of participants."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from annotate.figures.data import Moment, Person, Run, StudyData
from annotate.figures.intervals import Share, share
from annotate.models import Issue, Severity


class CellKind(StrEnum):
    """What a participant says about an issue."""

    FOUND = "found"  # an observation speaks for it
    AGAINST = "against"  # one speaks against it, none for it
    PASSED = "passed"  # did the task without help, and nothing was noted
    UNSEEN = "unseen"  # tried the task, or there is no task to go by, and nothing was noted
    NOT_GIVEN = "not_given"  # never tried the task


@dataclass(frozen=True, slots=True)
class Cell:
    """One participant and one issue. `severity` is the worst of the observations that speak for it."""

    person: Person
    kind: CellKind
    severity: Severity | None
    moments: tuple[Moment, ...]
    run: Run | None


@dataclass(frozen=True, slots=True)
class MatrixRow:
    """An issue and every participant.

    Attributes:
        task_ids: the tasks it belongs to: the one that was said, else those of its observations.
        cells: in the order of `Matrix.people`.
        found: by how many of those who could meet it: who tried the task, or met it anyway.
    """

    issue: Issue
    severity: Severity | None
    task_ids: tuple[str, ...]
    cells: tuple[Cell, ...]
    found: Share

    def of(self, *kinds: CellKind) -> list[Cell]:
        return [cell for cell in self.cells if cell.kind in kinds]

    def counter_evidence(self) -> list[Cell]:
        """Who passed the same task without the problem, and of whom an observation says that it is none."""
        return self.of(CellKind.PASSED, CellKind.AGAINST)


@dataclass(frozen=True, slots=True)
class Matrix:
    """The issues that most participants met first, the participants who met most of them first.

    Attributes:
        met, could_meet: issues × participants, for arithmetic; in the order of `rows` and `people`.
    """

    people: tuple[Person, ...]
    rows: tuple[MatrixRow, ...]
    met: NDArray[np.bool_]
    could_meet: NDArray[np.bool_]


def issue_severity(issue: Issue, ratings: Mapping[str, Severity], moments: Sequence[Moment]) -> Severity | None:
    """The severity an issue goes by: the agreed one, else the mean of the raters, else the worst observed."""
    if issue.severity is not None:
        return issue.severity
    if ratings:
        return Severity(int(sum(ratings.values()) / len(ratings) + 0.5))
    return max((one.severity for one in moments if one.speaks_for and one.severity is not None), default=None)


def matrix_of(data: StudyData) -> Matrix:
    """The matrix of a study."""
    runs = {(run.person_id, run.task_id): run for run in data.runs}
    met_by: Counter[str] = Counter()
    made: list[MatrixRow] = []
    for issue in data.issues:
        row = _row(issue, data, runs)
        made.append(row)
        met_by.update(cell.person.id for cell in row.of(CellKind.FOUND))
    people = sorted(data.people, key=lambda one: (-met_by[one.id], one.code, one.id))
    place = {one.id: number for number, one in enumerate(data.people)}
    order = [place[one.id] for one in people]
    rows = [
        MatrixRow(row.issue, row.severity, row.task_ids, tuple(row.cells[number] for number in order), row.found)
        for row in sorted(made, key=_most_met_first)
    ]
    shape = (len(rows), len(people))
    met = np.array([[cell.kind is CellKind.FOUND for cell in row.cells] for row in rows], dtype=bool).reshape(shape)
    could = [[cell.kind is not CellKind.NOT_GIVEN for cell in row.cells] for row in rows]
    return Matrix(tuple(people), tuple(rows), met, np.array(could, dtype=bool).reshape(shape))


def _most_met_first(row: MatrixRow) -> tuple[int, int, int]:
    return (-row.found.count, -1 if row.severity is None else -int(row.severity), row.issue.number)


def _row(issue: Issue, data: StudyData, runs: Mapping[tuple[str, str], Run]) -> MatrixRow:
    moments = data.moments.get(issue.id, ())
    by_person: dict[str, list[Moment]] = {}
    for moment in moments:
        by_person.setdefault(moment.person_id, []).append(moment)
    if issue.task_id is not None:
        task_ids: tuple[str, ...] = (issue.task_id,)
    else:
        counted = Counter(one.task_id for one in moments if one.speaks_for and one.task_id is not None)
        task_ids = tuple(task_id for task_id, _count in counted.most_common())
    cells = tuple(_cell(person, by_person.get(person.id, ()), task_ids, runs) for person in data.people)
    found = sum(cell.kind is CellKind.FOUND for cell in cells)
    could = sum(cell.kind is not CellKind.NOT_GIVEN for cell in cells)
    severity = issue_severity(issue, data.ratings.get(issue.id, {}), moments)
    return MatrixRow(issue, severity, task_ids, cells, share(found, could))


def _cell(
    person: Person, moments: Sequence[Moment], task_ids: Sequence[str], runs: Mapping[tuple[str, str], Run]
) -> Cell:
    speaking = [one for one in moments if one.speaks_for]
    tried = [run for task_id in task_ids if (run := runs.get((person.id, task_id))) is not None and run.tried]
    run = tried[0] if tried else None
    if speaking:
        worst = max((one.severity for one in speaking if one.severity is not None), default=None)
        return Cell(person, CellKind.FOUND, worst, tuple(moments), run)
    if moments:
        return Cell(person, CellKind.AGAINST, None, tuple(moments), run)
    if not task_ids:
        return Cell(person, CellKind.UNSEEN, None, (), None)
    if not tried:
        return Cell(person, CellKind.NOT_GIVEN, None, (), None)
    kind = CellKind.PASSED if all(run.done for run in tried) else CellKind.UNSEEN
    return Cell(person, kind, None, (), run)
