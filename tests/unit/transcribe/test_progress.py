"""Progress never goes back, and speaks of time left only when it can know."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transcribe.progress import ProgressMeter


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_time_left_follows_the_rate_so_far() -> None:
    clock = Clock()
    meter = ProgressMeter(100_000_000_000, clock)
    assert meter.at(0).remaining_s is None
    clock.now += 0.5
    assert meter.at(5_000_000_000).remaining_s is None  # too early to tell
    clock.now += 9.5
    progress = meter.at(25_000_000_000)
    assert progress.fraction == pytest.approx(0.25)
    assert progress.remaining_s == pytest.approx(30.0)
    clock.now += 30
    assert meter.at(100_000_000_000).remaining_s == 0.0


def test_empty_sound_is_done_at_once() -> None:
    assert ProgressMeter(0, Clock()).at(0).fraction == 0.0
    assert ProgressMeter(0, Clock()).at(1).fraction == 1.0


@given(st.lists(st.tuples(st.integers(-(10**12), 10**12), st.floats(0, 1000)), min_size=1, max_size=20))
def test_monotone_and_within_bounds(steps: list[tuple[int, float]]) -> None:
    clock = Clock()
    meter = ProgressMeter(100_000_000_000, clock)
    last = 0.0
    for done_ns, passed_s in steps:
        clock.now += passed_s
        progress = meter.at(done_ns)
        assert last <= progress.fraction <= 1.0
        assert progress.remaining_s is None or progress.remaining_s >= 0.0
        last = progress.fraction
