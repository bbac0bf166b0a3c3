"""What to fix first, and how sure that order is. `annotate.figures.methods` names the sources.

An order made from five to eight participants is partly chance. So the participants are drawn again many times, each
time as many as there are and anyone as often as it happens (bootstrap), and every issue gets the band in which its
rank then lies.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from annotate.figures.intervals import LEVEL, Interval
from annotate.figures.matrix import Matrix, MatrixRow
from annotate.models import IssueStatus, Severity, Task

T = TypeVar("T", int, float)

DRAWS = 2000
"""How often the participants are drawn again."""
SEED = 1
"""Where the drawing starts: the same study always gives the same bands."""
PERSISTENCE_UNSAID = 2
CRITICALITY_UNSAID = 3
_TO_FIX = frozenset({IssueStatus.OPEN, IssueStatus.ACCEPTED})
_IMPACT = {4: 3.0, 3: 2.0, 2: 1.0, 1: 0.5, 0: 0.25}  # severity to the steps of RICE, where no impact was given
_ROUNDS = 9
"""Values that differ only in the ninth digit are equal: no rank hangs on how a sum was rounded."""


class RankBy(StrEnum):
    """What the order is by."""

    VALUE = "value"
    VALUE_PER_EFFORT = "value_per_effort"
    RICE = "rice"


class Assumed(StrEnum):
    """A part of a priority that nobody said, and that was assumed."""

    SEVERITY = "severity"
    PERSISTENCE = "persistence"
    CRITICALITY = "criticality"
    REACH = "reach"
    IMPACT = "impact"
    CONFIDENCE = "confidence"


@dataclass(frozen=True, slots=True)
class Rank:
    """A place in the order, from 1, and the band in which it lies when participants are drawn again."""

    rank: int
    low: int
    high: int


@dataclass(frozen=True, slots=True)
class Priority:
    """What an issue is worth.

    Attributes:
        customer, business, value: 0 to 100; None while nobody rated the severity.
        value_band: of `value`, when participants are drawn again; None where no draw differs, as everybody met it.
        per_effort: `value` per person-day; None without an effort.
        rice: people reached × impact × confidence / effort; None without effort or reach.
        ranks: by what there is a value for.
        assumed: what nobody said.
        raters: severity by rater.
    """

    row: MatrixRow
    persistence: int
    criticality: int
    reach_share: float
    impact: float | None
    confidence: float
    customer: float | None
    business: float
    value: float | None
    value_band: Interval | None
    per_effort: float | None
    rice: float | None
    ranks: Mapping[RankBy, Rank]
    assumed: frozenset[Assumed]
    raters: Mapping[str, Severity]

    @property
    def raters_differ(self) -> bool:
        """Two raters are more than one step apart: talk about it before you go by it."""
        return bool(self.raters) and max(self.raters.values()) - min(self.raters.values()) > 1

    @property
    def raters_mean(self) -> float | None:
        return statistics.fmean(self.raters.values()) if self.raters else None


def customer_value(severity: int, frequency: float, persistence: int) -> float:
    """`100 · severity/4 · frequency · persistence/3`, 0 to 100."""
    return 100 * severity / 4 * frequency * persistence / 3


def business_value(criticality: int, reach_share: float) -> float:
    """`100 · criticality/5 · reach`, 0 to 100; reach as a share of the largest one in the study."""
    return 100 * criticality / 5 * reach_share


def rice(reach: float, impact: float, confidence: float, effort: float) -> float:
    """`reach · impact · confidence / effort`."""
    return reach * impact * confidence / effort


def priorities_of(
    matrix: Matrix, tasks: Sequence[Task], ratings: Mapping[str, Mapping[str, Severity]]
) -> tuple[Priority, ...]:
    """Every issue that is still to be fixed, with its priority, by value."""
    matrix = _still_open(matrix)
    if not matrix.rows:
        return ()
    by_task = {task.id: task for task in tasks}
    reaches = [row.issue.reach for row in matrix.rows if row.issue.reach]
    most, usual = max(reaches, default=0.0), statistics.median(reaches) if reaches else 0.0
    parts = [_Parts(row, by_task, most, usual) for row in matrix.rows]
    drawn = _frequencies(matrix)
    now = np.array([[row.found.share or 0.0 for row in matrix.rows]])
    ranks: dict[RankBy, list[Rank | None]] = {}
    columns: dict[RankBy, NDArray[np.float64]] = {}
    for by in RankBy:
        weights = np.array([part.weight(by) for part in parts])
        columns[by] = _scores(by, now, weights)[0]
        ranks[by] = _ranks(columns[by], _scores(by, drawn, weights), np.isnan(weights))
    value_draws = _scores(RankBy.VALUE, drawn, np.array([part.weight(RankBy.VALUE) for part in parts]))
    tail = (1 - LEVEL) / 2
    low, high = np.quantile(value_draws, (tail, 1 - tail), axis=0)
    made = []
    for number, (row, part) in enumerate(zip(matrix.rows, parts, strict=True)):
        worth = {by: None if np.isnan(columns[by][number]) else float(columns[by][number]) for by in RankBy}
        value = worth[RankBy.VALUE]
        made.append(
            Priority(
                row,
                part.persistence,
                part.criticality,
                part.reach_share,
                part.impact,
                part.confidence,
                None if row.severity is None else customer_value(row.severity, row.found.share or 0, part.persistence),
                part.business,
                value,
                None if value is None else _band(float(low[number]), float(high[number])),
                worth[RankBy.VALUE_PER_EFFORT],
                worth[RankBy.RICE],
                {by: rank for by in RankBy if (rank := ranks[by][number]) is not None},
                frozenset(part.assumed),
                ratings.get(row.issue.id, {}),
            )
        )
    made.sort(key=lambda one: (-1.0 if one.value is None else -one.value, one.row.issue.number))
    return tuple(sorted(made, key=lambda one: one.value is None))


def _band(low: float, high: float) -> Interval | None:
    """None where no draw differs: a band without width would look certain."""
    return None if math.isclose(low, high, rel_tol=1e-9, abs_tol=1e-9) else Interval(low, high)


def _still_open(matrix: Matrix) -> Matrix:
    wanted = [number for number, row in enumerate(matrix.rows) if row.issue.status in _TO_FIX]
    rows = tuple(matrix.rows[number] for number in wanted)
    return Matrix(matrix.people, rows, matrix.met[wanted], matrix.could_meet[wanted])


class _Parts:
    """What an issue's priority is made of beside its frequency: said, or assumed."""

    def __init__(self, row: MatrixRow, tasks: Mapping[str, Task], most: float, usual: float) -> None:
        issue = row.issue
        self.assumed: set[Assumed] = set()
        self._severity = row.severity
        if issue.severity is None:
            self.assumed.add(Assumed.SEVERITY)
        self.persistence = issue.persistence or self._assume(Assumed.PERSISTENCE, PERSISTENCE_UNSAID)
        said = [tasks[one].criticality for one in row.task_ids if one in tasks]
        critical = max((one for one in said if one is not None), default=None)
        self.criticality = critical or self._assume(Assumed.CRITICALITY, CRITICALITY_UNSAID)
        self._reach = issue.reach
        if issue.reach is not None and most:
            self.reach_share = issue.reach / most
        else:
            self.assumed.add(Assumed.REACH)
            self.reach_share = usual / most if most else 1.0
        self.impact = issue.impact
        if self.impact is None and row.severity is not None:
            self.impact = self._assume(Assumed.IMPACT, _IMPACT[int(row.severity)])
        self.confidence = issue.confidence or self._assume(Assumed.CONFIDENCE, _confidence(row))
        self._effort = issue.effort
        self.business = business_value(self.criticality, self.reach_share)

    def weight(self, by: RankBy) -> float:
        """What the frequency (or its root, see `_scores`) is multiplied with; NaN where something is lacking."""
        if self._severity is None:
            return float("nan")
        if by is RankBy.RICE:
            if self._effort is None or self._reach is None or self.impact is None:
                return float("nan")
            return rice(self._reach, self.impact, self.confidence, self._effort)
        at_all = customer_value(self._severity, 1.0, self.persistence)
        value = float(np.sqrt(at_all * self.business))
        if by is RankBy.VALUE:
            return value
        return float("nan") if self._effort is None else value / self._effort

    def _assume(self, what: Assumed, value: T) -> T:
        self.assumed.add(what)
        return value


def _confidence(row: MatrixRow) -> float:
    """How sure the evidence is, on the steps of RICE: one participant is a hint, half of five or more is certain."""
    if row.found.count < 2:
        return 0.5
    return 1.0 if row.found.n >= 5 and row.found.count * 2 >= row.found.n else 0.8


def _scores(by: RankBy, frequency: NDArray[np.float64], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Draws × issues. The value is `√(customer · business)`, so it goes with the root of the frequency."""
    return (frequency if by is RankBy.RICE else np.sqrt(frequency)) * weights


def _frequencies(matrix: Matrix) -> NDArray[np.float64]:
    """How often each issue is met by those who could, in each draw: draws × issues."""
    people = len(matrix.people)
    if not people:
        return np.zeros((DRAWS, len(matrix.rows)))
    times = np.random.default_rng(SEED).multinomial(people, np.full(people, 1 / people), size=DRAWS).astype(float)
    met: NDArray[np.float64] = times @ matrix.met.T.astype(float)
    could: NDArray[np.float64] = times @ matrix.could_meet.T.astype(float)
    met[could > 0] /= could[could > 0]  # nobody met it whom nobody drew
    return met


def _ranks(now: NDArray[np.float64], drawn: NDArray[np.float64], missing: NDArray[np.bool_]) -> list[Rank | None]:
    """Places by score, the highest first; equal scores share the best of their places, and the middle in a draw."""
    there = np.flatnonzero(~missing)
    found: list[Rank | None] = [None] * len(missing)
    if not there.size:
        return found
    places = _places(np.round(drawn[:, there], _ROUNDS))
    tail = (1 - LEVEL) / 2
    low, high = np.quantile(places, (tail, 1 - tail), axis=0)
    scores = np.round(now[there], _ROUNDS)
    for place, number in enumerate(there):
        rank = 1 + int(np.count_nonzero(scores > scores[place]))
        found[number] = Rank(rank, min(rank, int(np.floor(low[place]))), max(rank, int(np.ceil(high[place]))))
    return found


def _places(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Draws × issues: places from 1 within each draw, the highest score first; equal ones share the middle.

    The same as SciPy's `rankdata`, without half a second for the import of `scipy.stats`.
    """
    order = np.argsort(-scores, axis=1)
    ordered = np.take_along_axis(scores, order, axis=1)
    edge = np.ones((scores.shape[0], scores.shape[1] + 1), dtype=bool)  # between one score and another
    edge[:, 1:-1] = ordered[:, 1:] != ordered[:, :-1]
    number = np.arange(scores.shape[1])
    first = np.maximum.accumulate(np.where(edge[:, :-1], number, 0), axis=1)
    last = np.minimum.accumulate(np.where(edge[:, 1:], number, scores.shape[1])[:, ::-1], axis=1)[:, ::-1]
    places = np.empty_like(scores)
    np.put_along_axis(places, order, (first + last) / 2 + 1, axis=1)
    return places
