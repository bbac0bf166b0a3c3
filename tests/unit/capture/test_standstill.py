"""A machine that slept is told from one that is busy."""

from __future__ import annotations

from capture.standstill import Standstill, StandstillWatch, asleep_ns
from capture.sync import NS


def test_looks_in_time_are_no_standstill() -> None:
    watch = StandstillWatch()
    assert [watch.look(t * NS // 10, 7 * NS) for t in range(50)] == [None] * 50
    assert watch.look(5 * NS + 4 * NS, 7 * NS) is None, "four seconds late: busy"


def test_sleep_that_the_clock_does_not_count() -> None:
    watch = StandstillWatch()
    watch.look(10 * NS, 100 * NS)
    assert watch.look(10 * NS + 1, 700 * NS) == Standstill(10 * NS, 10 * NS + 1, 600 * NS)
    assert watch.look(11 * NS, 700 * NS) is None


def test_sleep_or_a_stop_that_the_clock_counts() -> None:
    watch = StandstillWatch()
    watch.look(10 * NS, 0)
    assert watch.look(70 * NS, 0) == Standstill(10 * NS, 70 * NS, 0)


def test_sleep_before_the_recording_is_not_its_affair() -> None:
    assert StandstillWatch().look(0, 3600 * NS) is None


def test_the_machines_own_word_never_goes_back() -> None:
    first = asleep_ns()
    assert 0 <= first <= asleep_ns() + 10_000_000, "two clocks are read one after the other"
