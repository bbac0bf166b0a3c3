"""How many of the problems there are have been found, and what more participants would add.

`annotate.figures.methods` names the sources.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

ADJUST_BELOW = 20
"""With this many participants or more the adjustment for small samples corrects too much."""
MORE = 2
"""How many more participants the outlook is for."""


@dataclass(frozen=True, slots=True)
class Discovery:
    """What a participants × problems matrix says about the problems nobody met yet.

    Attributes:
        participants, problems: the size of the matrix; problems that were met at least once.
        once: problems that exactly one participant met.
        p: the share of the problems that a participant meets, on the average.
        deflated, good_turing, adjusted: the same, corrected for what so few participants can't show.
        used: the one that the outlook goes by.
        is_adjusted: whether that is `adjusted`.
        found_share: the expected share of all problems that has been found, 0 to 1.
        expected_total: how many problems there would be in all.
        more: how many participants the outlook is for.
        share_with_more: the expected share after them.
        new_with_more: how many new problems they would show.
    """

    participants: int
    problems: int
    once: int
    p: float
    deflated: float
    good_turing: float
    adjusted: float
    used: float
    is_adjusted: bool
    found_share: float
    expected_total: float
    more: int
    share_with_more: float
    new_with_more: float


def found_share(p: float, n: int) -> float:
    """`1 − (1 − p)ⁿ`: the share of problems found by n participants who each meet a share p of them."""
    return 1 - (1 - p) ** n


def participants_needed(p: float, wanted: float) -> float:
    """`ln(1 − wanted)/ln(1 − p)`: how many participants find the share `wanted`; to be rounded up."""
    return math.log(1 - wanted) / math.log(1 - p)


def discovery(participants_per_problem: Sequence[int], participants: int, more: int = MORE) -> Discovery | None:
    """From the number of participants who met each problem; None with fewer than two participants or no problem.

    Args:
        participants_per_problem: problems that nobody met are left out.
        participants: how many took part.
        more: how many more the outlook is for.
    """
    met = [one for one in participants_per_problem if one > 0]
    n = participants
    if n < 2 or not met:
        return None
    p = sum(met) / (n * len(met))
    once = sum(one == 1 for one in met)
    deflated = max(0.0, (p - 1 / n) * (1 - 1 / n))
    good_turing = p / (1 + once / len(met))
    adjusted = (deflated + good_turing) / 2
    is_adjusted = n < ADJUST_BELOW
    used = adjusted if is_adjusted else p
    share = found_share(used, n)
    total = len(met) / share
    later = found_share(used, n + more)
    return Discovery(
        n,
        len(met),
        once,
        p,
        deflated,
        good_turing,
        adjusted,
        used,
        is_adjusted,
        share,
        total,
        more,
        later,
        total * (later - share),
    )
