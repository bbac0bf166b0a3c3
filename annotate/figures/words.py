"""Figures as people read them, in the app, on the command line, in charts and reports alike."""

from __future__ import annotations

from annotate.figures.contradictions import ContradictionKind
from annotate.figures.intervals import Interval, Mean, Middle, Share, Times
from annotate.figures.matrix import CellKind
from annotate.figures.methods import METHODS, Figure
from annotate.figures.priority import Assumed, Rank, RankBy
from annotate.figures.study import TimesOf
from annotate.models import Outcome, Severity

DASH = "–"
NO_INTERVAL = "no interval"
"""Beside several values that are all alike; `ALIKE` says why."""
ALIKE = "no interval, as they are all alike"


def percent(share: float) -> str:
    """A share as whole percent."""
    return f"{100 * share:.0f} %"


def percent_range(interval: Interval) -> str:
    return f"{100 * interval.low:.0f}{DASH}{100 * interval.high:.0f} %"


def share_words(share: Share) -> str:
    """ "6 of 8 · 75 % (40–93 %)"; a dash where there is nothing."""
    if share.share is None or share.interval is None:
        return DASH
    return f"{share.count} of {share.n} · {percent(share.share)} ({percent_range(share.interval)})"


def study_completion_words(each: Mean, runs: Share) -> str:
    """ "75 % (31–100 %) by participant, 3 of 4 runs": the interval counts participants, not their runs."""
    if each.mean is None or each.interval is None:
        return DASH
    return f"{percent(each.mean)} ({percent_range(each.interval)}) by participant, {runs.count} of {runs.n} runs"


def seconds_words(seconds: float) -> str:
    """ "1:42"; below ten seconds with a tenth: "7.4 s"."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    hours, rest = divmod(whole, 3600)
    return f"{hours}:{rest // 60:02}:{rest % 60:02}" if hours else f"{rest // 60}:{rest % 60:02}"


def times_words(times: Times) -> str:
    """ "1:42 (1:10–2:28)"; a dash where there is nothing."""
    if times.centre is None:
        return DASH
    middle = seconds_words(times.centre)
    if times.interval is None:
        return f"{middle} ({ALIKE})" if times.alike else middle
    return f"{middle} ({seconds_words(times.interval.low)}{DASH}{seconds_words(times.interval.high)})"


def middle_words(middle: Middle) -> str:
    return {Middle.GEOMETRIC_MEAN: "geometric mean", Middle.MEDIAN: "median"}[middle]


def mean_words(mean: Mean, digits: int = 1) -> str:
    """ "5.3 (4.1–6.4)"; a dash where there is nothing."""
    if mean.mean is None:
        return DASH
    if mean.interval is None:
        alone = f"{mean.mean:.{digits}f}"
        return f"{alone} ({ALIKE})" if mean.alike else alone
    return f"{mean.mean:.{digits}f} ({mean.interval.low:.{digits}f}{DASH}{mean.interval.high:.{digits}f})"


def rank_words(rank: Rank | None) -> str:
    """ "2 (1–4)"; a dash for what has no rank."""
    if rank is None:
        return DASH
    return str(rank.rank) if rank.low == rank.high else f"{rank.rank} ({rank.low}{DASH}{rank.high})"


def severity_words(severity: Severity | None) -> str:
    """Nielsen's word for a severity."""
    return "not rated" if severity is None else severity.name.replace("_", " ").lower()


def outcome_words(outcome: Outcome | None) -> str:
    return "no outcome" if outcome is None else outcome.value.replace("_", " ")


def times_of_words(chosen: TimesOf) -> str:
    return {TimesOf.SUCCESSFUL: "successful runs only", TimesOf.ALL: "all runs"}[chosen]


def cell_words(kind: CellKind) -> str:
    """What a cell of the matrix says."""
    return {
        CellKind.FOUND: "met it",
        CellKind.AGAINST: "speaks against it",
        CellKind.PASSED: "did the task without it",
        CellKind.UNSEEN: "nothing noted",
        CellKind.NOT_GIVEN: "did not try the task",
    }[kind]


def contradiction_words(kind: ContradictionKind) -> str:
    return {
        ContradictionKind.EASY_BUT_FAILED: "rated easy, but not done",
        ContradictionKind.EASY_BUT_HELPED: "rated easy, but helped",
        ContradictionKind.HARD_BUT_DONE: "rated hard, but done without help",
    }[kind]


def rank_by_words(by: RankBy) -> str:
    return {RankBy.VALUE: "value", RankBy.VALUE_PER_EFFORT: "value per day", RankBy.RICE: "RICE"}[by]


def assumed_words(what: Assumed) -> str:
    return {
        Assumed.SEVERITY: "severity is not agreed yet",
        Assumed.PERSISTENCE: "persistence: now and then",
        Assumed.CRITICALITY: "criticality of the task: 3",
        Assumed.REACH: "reach: as the others’",
        Assumed.IMPACT: "impact by severity",
        Assumed.CONFIDENCE: "confidence by how many met it",
    }[what]


def method_words(figure: Figure, n: int | None = None) -> str:
    """What a figure's tooltip says: name and n, formula, what it takes for granted, source."""
    method = METHODS[figure]
    head = method.name if n is None else f"{method.name}, n = {n}"
    return f"{head}\n{method.formula}\n{method.assumption}\nSource: {method.source}"
