"""Formulas against the worked examples of their sources, to the digits that those give."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from annotate.figures.discovery import discovery, found_share, participants_needed
from annotate.figures.efficiency import completion_per_minute, relative_efficiency, time_based_efficiency
from annotate.figures.intervals import Middle, adjusted_wald, mean_of, mean_share_of, median_interval, share, times_of
from annotate.figures.priority import business_value, customer_value, rice
from annotate.figures.satisfaction import sus_grade, sus_learnability, sus_score
from annotate.figures.words import mean_words, times_words


@pytest.mark.parametrize(
    ("count", "n", "low", "high", "digit"),
    [
        (4, 5, 0.3596, 0.9796, 1e-4),  # Tullis, step by step, cut off after the fourth digit
        (9, 10, 0.574, 1.000, 5e-4),
        (24, 30, 0.6233, 0.9086, 5e-5),  # measuringu.com/problem-matrix: 62 to 91 %
        (5, 5, 0.511, 1.000, 5e-4),
        # statsmodels 0.14, proportion_confint(method="agresti_coull")
        (0, 8, 0.0, 0.3721679443769287, 1e-12),
        (3, 8, 0.13485835156724024, 0.6962435396537299, 1e-12),
        (1, 60, 0.0, 0.09700305963001915, 1e-12),
    ],
)
def test_adjusted_wald(count: int, n: int, low: float, high: float, digit: float) -> None:
    interval = adjusted_wald(count, n)
    assert interval.low == pytest.approx(low, abs=digit)
    assert interval.high == pytest.approx(high, abs=digit)


def test_adjusted_wald_is_not_wilsons() -> None:
    wilson = binomtest(56, 100).proportion_ci(method="wilson")
    assert (round(wilson.low, 10), round(wilson.high, 10)) == (0.4622810465, 0.6532797337)
    problem_matrix = binomtest(24, 30).proportion_ci(method="wilson")
    assert (round(problem_matrix.low, 3), round(problem_matrix.high, 3)) == (0.627, 0.905)
    assert round(adjusted_wald(24, 30).low, 3) == 0.623


@given(st.integers(1, 200).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_an_interval_holds_its_share_and_narrows(counted: tuple[int, int]) -> None:
    count, n = counted
    interval = adjusted_wald(count, n)
    assert 0 <= interval.low <= count / n <= interval.high <= 1
    more = adjusted_wald(4 * count, 4 * n)
    assert more.high - more.low < interval.high - interval.low
    other = adjusted_wald(n - count, n)
    assert interval.low == pytest.approx(1 - other.high, abs=1e-12)


@pytest.mark.parametrize(("count", "n"), [(-1, 5), (6, 5), (0, 0)])
def test_a_share_that_cannot_be(count: int, n: int) -> None:
    with pytest.raises(ValueError, match=f"{count} of {n}"):
        adjusted_wald(count, n)
    assert share(0, 0).interval is None
    assert share(0, 0).share is None


def test_time_on_task() -> None:
    times = times_of([55, 65, 75, 62, 45, 135])
    assert times.interval is not None
    assert times.centre is not None
    assert (round(times.centre), round(times.interval.low), round(times.interval.high)) == (68, 46, 101)
    assert times.centre == pytest.approx(68.241, abs=5e-4)
    assert times.interval.low == pytest.approx(46.005, abs=5e-4)
    assert times.interval.high == pytest.approx(101.225, abs=5e-4)
    assert times.mean == pytest.approx(72.83, abs=5e-3)
    assert times.median == 63.5
    assert times.middle is Middle.GEOMETRIC_MEAN
    skewed = times_of([100, 101, 102, 103, 104, 200])
    assert skewed.mean == pytest.approx(118.33, abs=5e-3)
    assert skewed.median == 102.5
    assert skewed.centre == pytest.approx(114.10, abs=5e-3)


def test_with_few_times_no_interval_and_with_many_the_median() -> None:
    assert times_of([]).centre is None
    assert times_of([61.0]).interval is None
    assert times_of([61.0]).centre == pytest.approx(61.0)
    many = times_of(range(1, 26))
    assert (many.middle, many.centre) == (Middle.MEDIAN, 13)
    # The binomial interval of the median of 25: the 8th and the 18th value (two-sided 95 %; Conover 1999, table A3).
    assert many.interval is not None
    assert (many.interval.low, many.interval.high) == (8, 18)
    assert median_interval([1, 2, 3]) is None
    with pytest.raises(ValueError, match="above 0"):
        times_of([3, 0])


@given(st.lists(st.floats(0.5, 5000), min_size=2, max_size=24))
def test_the_middle_of_times_lies_among_them(seconds: list[float]) -> None:
    times = times_of(seconds)
    assert times.centre is not None
    if times.interval is None:  # an interval without width would be a false certainty
        assert times.alike
        assert min(seconds) == pytest.approx(max(seconds), rel=1e-6)
        return
    assert times.interval.low < times.interval.high
    assert times.interval.low <= times.centre * (1 + 1e-9)
    assert times.centre <= times.interval.high * (1 + 1e-9)
    assert min(seconds) * (1 - 1e-9) <= times.centre <= max(seconds) * (1 + 1e-9)


@pytest.mark.parametrize(
    ("completed", "minutes", "expected"),
    [
        (65, 1.5, 43),
        (67, 1.4, 48),
        (40, 2.1, 19),
        (74, 1.7, 44),
        (85, 1.2, 71),
        (90, 1.4, 64),
        (49, 2.1, 23),
        (33, 1.3, 25),
    ],
)
def test_completion_per_minute(completed: int, minutes: float, expected: int) -> None:
    """Tullis & Albert, table 4.3."""
    assert round(completion_per_minute(completed / 100, minutes * 60)) == expected


def test_efficiency_over_time() -> None:
    runs = [(True, 1.0), (True, 2.0), (True, 3.0), (False, 6.0)]
    goals = time_based_efficiency(runs)
    assert goals is not None
    assert round(goals, 3) == 0.458
    assert relative_efficiency(runs) == 0.5
    assert time_based_efficiency([]) is None
    assert relative_efficiency([]) is None


def test_problem_discovery() -> None:
    assert found_share(0.31, 5) == pytest.approx(0.8436, abs=5e-5)
    assert found_share(0.31, 15) == pytest.approx(0.9962, abs=5e-5)
    needed = participants_needed(0.10, 0.90)
    assert needed == pytest.approx(21.85, abs=5e-3)
    assert math.ceil(needed) == 22


def test_discovery_of_a_small_study() -> None:
    """Sauro & Lewis, table 7.5: four participants, seven problems. The book rounds p to .71 on the way."""
    columns = ["1111", "1111", "1111", "0010", "1110", "1001", "1100"]
    found = discovery([column.count("1") for column in columns], 4)
    assert found is not None
    assert found.p == pytest.approx(0.714, abs=5e-4)
    assert (found.deflated, found.good_turing, found.adjusted) == pytest.approx((0.345, 0.621, 0.483), abs=0.01)
    assert found.deflated == pytest.approx(0.3482, abs=5e-5)
    assert found.good_turing == pytest.approx(0.6250, abs=5e-5)
    assert found.adjusted == pytest.approx(0.4866, abs=5e-5)
    assert found.is_adjusted
    assert found.found_share == pytest.approx(1 - (1 - found.adjusted) ** 4)
    assert found.new_with_more == pytest.approx(found.expected_total * (found.share_with_more - found.found_share))
    assert found.expected_total * found.found_share == pytest.approx(7)


def test_discovery_of_a_large_study() -> None:
    """The sums of Lewis 2001 (15 × 145): 354 occurrences, 76 problems that were met once."""
    met = [1] * 76 + [4] * 68 + [6]
    assert (sum(met), len(met)) == (354, 145)
    found = discovery(met, 15)
    assert found is not None
    shown = (found.p, found.good_turing, found.deflated, found.adjusted)
    assert tuple(round(one, 4) for one in shown) == (0.1628, 0.1068, 0.0897, 0.0982)


def test_discovery_needs_two_participants_and_a_problem() -> None:
    assert discovery([1, 1], 1) is None
    assert discovery([0, 0], 5) is None
    large = discovery([3, 20, 1], 20)
    assert large is not None
    assert not large.is_adjusted
    assert large.used == large.p


@pytest.mark.parametrize(
    ("answers", "score"),
    [
        ((5, 4, 2, 1, 2, 3, 2, 4, 5, 2), 55),  # contributions 4,1,1,4,1,2,1,1,4,3: Brooke 1996
        ((4, 1, 5, 2, 5, 1, 4, 2, 3, 1), 85),
        ((2, 1, 4, 1, 4, 3, 4, 2, 3, 3), 67.5),
        ((3,) * 10, 50),
    ],
)
def test_sus(answers: tuple[int, ...], score: float) -> None:
    assert sus_score(answers) == score


def test_sus_refuses_half_a_form() -> None:
    for wrong in ((3,) * 9, (3,) * 9 + (6,)):
        with pytest.raises(ValueError, match="ten answers"):
            sus_score(wrong)
    assert sus_learnability((3, 3, 3, 1, 3, 3, 3, 3, 3, 1)) == 100


@pytest.mark.parametrize(
    ("score", "grade"),
    [
        (100, "A+"), (84.1, "A+"), (84.0, "A"), (80.8, "A"), (80.7, "A−"), (78.9, "A−"), (78.8, "B+"), (77.2, "B+"),
        (77.1, "B"), (74.1, "B"), (74.0, "B−"), (72.6, "B−"), (72.5, "C+"), (71.1, "C+"), (71.0, "C"), (65.0, "C"),
        (64.9, "C−"), (62.7, "C−"), (62.6, "D"), (51.7, "D"), (51.6, "F"), (0, "F"),
    ],
)  # fmt: skip
def test_sus_grades(score: float, grade: str) -> None:
    assert sus_grade(score).grade == grade


@pytest.mark.parametrize(("score", "percentile"), [(68, 50), (75, 73), (52, 15), (74, 70)])
def test_sus_percentiles(score: float, percentile: int) -> None:
    """Anchors of measuringu.com; between the edges of a grade it is a line, so within one."""
    assert sus_grade(score).percentile == pytest.approx(percentile, abs=1)


@pytest.mark.parametrize(
    ("score", "word"),
    [(12.5, "worst imaginable"), (20.3, "awful"), (35.7, "poor"), (50.9, "OK"), (71.4, "good"), (85.5, "excellent"),
     (90.9, "best imaginable"), (100, "best imaginable"), (60, "OK"), (62, "good")],
)  # fmt: skip
def test_sus_adjectives(score: float, word: str) -> None:
    assert sus_grade(score).adjective == word


@given(st.floats(0, 100), st.floats(0, 100))
def test_a_higher_score_never_gets_a_lower_percentile(one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert sus_grade(low).percentile <= sus_grade(high).percentile
    assert 0 <= sus_grade(one).percentile <= 100


def test_seq_is_a_mean_on_its_scale() -> None:
    easy = mean_of([7, 7, 6], within=(1, 7))
    assert easy.interval is not None
    assert easy.interval.high == 7
    assert mean_of([5]).interval is None
    assert mean_of([]).mean is None
    # t with 4 degrees of freedom is 2.776; the mean of 1..5 is 3, s is √2.5.
    spread = mean_of([1, 2, 3, 4, 5]).interval
    assert spread is not None
    assert spread.high - 3 == pytest.approx(2.776 * math.sqrt(2.5 / 5), abs=5e-4)


def test_priorities_as_their_sources_count_them() -> None:
    assert rice(2000, 2, 0.8, 4) == 800
    assert customer_value(4, 1.0, 3) == 100
    assert customer_value(2, 0.5, 3) == 25
    assert customer_value(0, 1.0, 3) == 0
    assert business_value(5, 1.0) == 100
    assert business_value(2, 0.5) == 20


def test_values_that_do_not_differ_look_certain_nowhere() -> None:
    for same in (
        mean_of([7, 7, 7], within=(1, 7)),
        mean_of([85.0, 85.0]),
        times_of([61.0, 61.0]),
        times_of([9.0] * 30),
    ):
        assert same.interval is None
        assert same.alike
    for other in (mean_of([7]), mean_of([]), mean_of([6, 7]), times_of([61.0]), times_of([60.0, 61.0])):
        assert not other.alike
    assert mean_words(mean_of([7, 7])) == "7.0 (no interval, as they are all alike)"
    assert times_words(times_of([61.0, 61.0])) == "1:01 (no interval, as they are all alike)"
    assert (mean_words(mean_of([7])), times_words(times_of([61.0]))) == ("7.0", "1:01")


def test_completion_of_participants_who_did_equally_well() -> None:
    half = mean_share_of([0.5, 0.5])
    assert half.mean == 0.5
    assert half.interval == adjusted_wald(1, 2)
    assert (round(half.interval.low, 2), round(half.interval.high, 2)) == (0.09, 0.91)
    assert mean_share_of([1, 1, 1, 1, 1]).interval == adjusted_wald(5, 5)
    assert mean_share_of([0.25]).interval == adjusted_wald(0.25, 1)
    assert mean_share_of([1, 0, 0.5]) == mean_of([1, 0, 0.5], within=(0, 1))
    assert mean_share_of([]).interval is None


@given(st.lists(st.sampled_from([0, 1 / 3, 0.5, 2 / 3, 1]), min_size=1, max_size=12))
def test_the_completion_of_a_study_always_has_an_interval_with_width(shares: list[float]) -> None:
    found = mean_share_of(shares)
    assert found.interval is not None
    assert found.mean is not None
    assert 0 <= found.interval.low < found.interval.high <= 1
    assert found.interval.low - 1e-9 <= found.mean <= found.interval.high + 1e-9
