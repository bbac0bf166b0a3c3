"""Effectiveness against time. `annotate.figures.methods` names the sources."""

from __future__ import annotations

from collections.abc import Sequence


def completion_per_minute(share: float, mean_seconds: float) -> float:
    """Completion rate over the mean time, in percent per minute: the core measure of the Common Industry Format."""
    return 100 * share / (mean_seconds / 60)


def time_based_efficiency(runs: Sequence[tuple[bool, float]]) -> float | None:
    """Goals reached per second: the mean of `n/t` over all runs of all participants; None without runs.

    Args:
        runs: whether the goal was reached, and the seconds it took or was tried for.
    """
    return sum(done / seconds for done, seconds in runs) / len(runs) if runs else None


def relative_efficiency(runs: Sequence[tuple[bool, float]]) -> float | None:
    """The share of all time spent that led to a goal, 0 to 1; None without runs. `runs` as above."""
    spent = sum(seconds for _done, seconds in runs)
    return sum(seconds for done, seconds in runs if done) / spent if runs else None
