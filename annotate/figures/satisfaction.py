"""Scores of questionnaires. `annotate.figures.methods` names the sources."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

SEQ_USUAL = 5.5
"""The mean of many tasks in many studies (Sauro, https://measuringu.com/seq10/)."""
_GRADES = (  # grade, from, to, percentiles from, to: Sauro & Lewis 2016, curved grading scale
    ("A+", 84.1, 100.0, 96, 100),
    ("A", 80.8, 84.0, 90, 95),
    ("A−", 78.9, 80.7, 85, 89),
    ("B+", 77.2, 78.8, 80, 84),
    ("B", 74.1, 77.1, 70, 79),
    ("B−", 72.6, 74.0, 65, 69),
    ("C+", 71.1, 72.5, 60, 64),
    ("C", 65.0, 71.0, 41, 59),
    ("C−", 62.7, 64.9, 35, 40),
    ("D", 51.7, 62.6, 15, 34),
    ("F", 0.0, 51.6, 0, 14),
)
_ADJECTIVES = (  # mean score of those who used the word: Bangor, Kortum & Miller 2009
    ("worst imaginable", 12.5),
    ("awful", 20.3),
    ("poor", 35.7),
    ("OK", 50.9),
    ("good", 71.4),
    ("excellent", 85.5),
    ("best imaginable", 90.9),
)


@dataclass(frozen=True, slots=True)
class SusGrade:
    """What a SUS score means beside those of other products.

    Attributes:
        grade: A+ to F.
        percentile: the share of products that score lower, 0 to 100; approximate, drawn between the edges of a grade.
        adjective: the word of those whose mean score is nearest.
    """

    grade: str
    percentile: float
    adjective: str


def sus_score(answers: Sequence[int]) -> float:
    """0 to 100 from ten answers of 1 to 5: odd items count r − 1, even ones 5 − r, the sum times 2.5.

    Raises:
        ValueError: not ten answers, or one outside 1 to 5.
    """
    if len(answers) != 10 or any(not 1 <= one <= 5 for one in answers):
        raise ValueError("ten answers of 1 to 5")
    return 2.5 * sum(one - 1 if number % 2 else 5 - one for number, one in enumerate(answers, 1))


def sus_learnability(answers: Sequence[int]) -> float:
    """The part of items 4 and 10 alone, on 0 to 100 (Lewis & Sauro 2009)."""
    return 12.5 * ((5 - answers[3]) + (5 - answers[9]))


def sus_grade(score: float) -> SusGrade:
    """Grade, percentile and adjective of a score of 0 to 100."""
    shown = round(score, 1)
    grade, low, high, first, last = next(one for one in _GRADES if shown >= one[1])
    percentile = first + (min(shown, high) - low) / (high - low) * (last - first)
    adjective, _mean = min(_ADJECTIVES, key=lambda one: abs(one[1] - score))
    return SusGrade(grade, percentile, adjective)
