"""Intervals around shares, means and times. Quantiles come from SciPy; `annotate.figures.methods` names the sources.

Its import takes a third of a second, so it is done where it is first needed (a job, or the command line).
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

LEVEL = 0.95
"""Confidence of every interval."""
MEDIAN_FROM = 25
"""From this many times on the median is the better middle (Sauro & Lewis, Quantifying the User Experience, ch. 3)."""


@dataclass(frozen=True, slots=True)
class Interval:
    """Both ends belong to it; in the unit of what it is around."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Share:
    """`count` of `n`, with the adjusted-Wald interval of the share (0 to 1); None while n is 0, or when the
    cases depend on each other, so that it would be too narrow.
    """

    count: int
    n: int
    interval: Interval | None

    @property
    def share(self) -> float | None:
        return self.count / self.n if self.n else None


@dataclass(frozen=True, slots=True)
class Mean:
    """A mean with its t interval; None from one value or values that are all alike (no interval), or none (no mean)."""

    values: tuple[float, ...]
    mean: float | None
    interval: Interval | None

    @property
    def n(self) -> int:
        return len(self.values)

    @property
    def alike(self) -> bool:
        """Whether there are several values, but no interval, as they do not differ."""
        return self.n > 1 and self.interval is None


class Middle(StrEnum):
    """How the middle of times is told."""

    GEOMETRIC_MEAN = "geometric_mean"
    MEDIAN = "median"


@dataclass(frozen=True, slots=True)
class Times:
    """Times in seconds, each above 0, and their middle with its interval.

    `centre` is the geometric mean, or from `MEDIAN_FROM` times on the median; `mean` and `median` are there to be
    compared with. No interval from one time, or from times that are all alike.
    """

    seconds: tuple[float, ...]
    middle: Middle
    centre: float | None
    interval: Interval | None
    mean: float | None
    median: float | None

    @property
    def n(self) -> int:
        return len(self.seconds)

    @property
    def alike(self) -> bool:
        """As that of `Mean`."""
        return self.n > 1 and self.interval is None


def share(count: int, n: int) -> Share:
    """A share with its interval."""
    return Share(count, n, adjusted_wald(count, n) if n else None)


def adjusted_wald(count: float, n: int, level: float = LEVEL) -> Interval:
    """Interval of a share after Agresti & Coull: `p' ± z·√(p'(1−p')/n')`, n' = n + z², p' = (count + z²/2)/n'.

    Cut off at 0 and 1. A count needn't be whole: see `mean_share_of`.

    Raises:
        ValueError: n is 0, or count lies outside 0..n.
    """
    if not 0 <= count <= n or n == 0:
        raise ValueError(f"{count} of {n}")
    z = _normal(level)
    adjusted_n = n + z * z
    middle = (count + z * z / 2) / adjusted_n
    reach = z * math.sqrt(middle * (1 - middle) / adjusted_n)
    return Interval(max(0.0, middle - reach), min(1.0, middle + reach))


def mean_of(values: Sequence[float], *, within: tuple[float, float] | None = None, level: float = LEVEL) -> Mean:
    """The mean with `mean ± t·s/√n`, cut off at the ends of the scale the values are on."""
    shown = tuple(map(float, values))
    if not shown:
        return Mean((), None, None)
    middle = statistics.fmean(shown)
    interval = _t_interval(shown, level)
    if interval is not None and within is not None:
        interval = Interval(max(within[0], interval.low), min(within[1], interval.high))
    return Mean(shown, middle, interval)


def mean_share_of(shares: Sequence[float], level: float = LEVEL) -> Mean:
    """The mean of participants' shares (0 to 1), with `mean ± t·s/√n`, cut off at 0 and 1.

    Where the shares do not differ, s = 0 says nothing about those who come: two participants with half of their tasks
    each are not 50 % for sure. Then it is the adjusted Wald interval with x = the sum of the shares and n = the
    participants. So much is known at least: the runs of one participant count as one, however many they are (the
    effective sample where they agree wholly, a design effect as large as the cluster: Kish 1965).
    """
    plain = mean_of(shares, within=(0.0, 1.0), level=level)
    if not shares or plain.interval is not None:
        return plain
    return Mean(plain.values, plain.mean, adjusted_wald(min(sum(plain.values), plain.n), plain.n, level))


def times_of(seconds: Sequence[float], level: float = LEVEL) -> Times:
    """The middle of times: `exp(mean(ln t) ± t·s/√n)`, or the median with its binomial interval when there are many.

    Raises:
        ValueError: a time that isn't above 0.
    """
    shown = tuple(map(float, seconds))
    if any(not one > 0 for one in shown):
        raise ValueError("times must be above 0")
    if not shown:
        return Times((), Middle.GEOMETRIC_MEAN, None, None, None, None)
    mean, median = statistics.fmean(shown), statistics.median(shown)
    if len(shown) >= MEDIAN_FROM:
        return Times(shown, Middle.MEDIAN, median, median_interval(shown, level), mean, median)
    logs = [math.log(one) for one in shown]
    around = _t_interval(logs, level)
    interval = None if around is None else Interval(math.exp(around.low), math.exp(around.high))
    return Times(shown, Middle.GEOMETRIC_MEAN, math.exp(statistics.fmean(logs)), interval, mean, median)


def median_interval(values: Sequence[float], level: float = LEVEL) -> Interval | None:
    """Between which two of the values the median lies, by the binomial distribution; None when there are too few.

    None too when the two are the same, for an interval without width would look certain.
    """
    from scipy.stats import quantile_test

    found = quantile_test(list(values), q=0, p=0.5).confidence_interval(confidence_level=level)
    low, high = float(found.low), float(found.high)
    return Interval(low, high) if math.isfinite(low) and math.isfinite(high) and low < high else None


def _t_interval(values: Sequence[float], level: float) -> Interval | None:
    # Values all alike would make an interval without width: certainty that a handful of people can't give.
    if len(values) < 2 or math.isclose(min(values), max(values), rel_tol=1e-9, abs_tol=1e-9):
        return None
    from scipy.special import stdtrit

    middle = statistics.fmean(values)
    t = float(stdtrit(len(values) - 1, (1 + level) / 2))
    reach = t * statistics.stdev(values) / math.sqrt(len(values))
    return Interval(middle - reach, middle + reach)


def _normal(level: float) -> float:
    from scipy.special import ndtri

    return float(ndtri((1 + level) / 2))
