"""Where what people say and what they do part: easy but failed, hard but done. Polite participants are many."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from annotate.figures.data import Run
from annotate.models import Outcome

EASY_FROM = 6
"""A SEQ answer from here on says "easy"."""
HARD_TO = 2
"""A SEQ answer up to here says "hard"."""


class ContradictionKind(StrEnum):
    """What parts."""

    EASY_BUT_FAILED = "easy_but_failed"
    EASY_BUT_HELPED = "easy_but_helped"
    HARD_BUT_DONE = "hard_but_done"


@dataclass(frozen=True, slots=True)
class Contradiction:
    """One run whose SEQ answer and outcome contradict each other."""

    kind: ContradictionKind
    run: Run


def contradictions_of(runs: Iterable[Run]) -> tuple[Contradiction, ...]:
    """All of them: rated 6 or 7 though failed, given up or helped; rated 1 or 2 though done without any help."""
    found = []
    for run in runs:
        kind = _kind(run)
        if kind is not None:
            found.append(Contradiction(kind, run))
    order = list(ContradictionKind)
    return tuple(sorted(found, key=lambda one: order.index(one.kind)))


def _kind(run: Run) -> ContradictionKind | None:
    if run.ease is None or not run.tried:
        return None
    if run.ease >= EASY_FROM:
        if run.outcome in {Outcome.FAILED, Outcome.GAVE_UP}:
            return ContradictionKind.EASY_BUT_FAILED
        return ContradictionKind.EASY_BUT_HELPED if run.assists else None
    if run.ease <= HARD_TO and run.done and not run.assists:
        return ContradictionKind.HARD_BUT_DONE
    return None
