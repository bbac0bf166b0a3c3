"""Progress never goes back, and the time left is right within a quarter after two minutes of simulated sessions."""

from __future__ import annotations

import random
import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transcribe.progress import ProgressMeter

RATE = 16_000


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_time_left_follows_the_pace_of_this_run() -> None:
    clock = Clock()
    pieces = [20 * RATE] * 8
    meter = ProgressMeter(pieces[2:], clock, before=pieces[:2])
    begun = meter.start()
    assert (begun.fraction, begun.remaining_s) == (pytest.approx(0.25), None)
    clock.now += 0.5
    assert meter.heard([20 * RATE]).remaining_s is None  # too early to tell
    clock.now += 0.5
    progress = meter.heard([20 * RATE])
    assert progress.fraction == pytest.approx(0.5)
    assert progress.remaining_s == pytest.approx(2.0, rel=0.01)
    for _ in range(4):
        progress = meter.heard([20 * RATE])
    assert (progress.fraction, progress.remaining_s) == (1.0, 0.0)


def test_nothing_to_hear_is_done_at_once() -> None:
    assert ProgressMeter([], Clock()).start().fraction == 1.0


@given(st.lists(st.tuples(st.integers(0, 28 * RATE), st.floats(0, 1000)), min_size=1, max_size=20))
def test_monotone_and_within_bounds(steps: list[tuple[int, float]]) -> None:
    clock = Clock()
    meter = ProgressMeter([samples for samples, _ in steps], clock)
    last = 0.0
    for samples, passed_s in steps:
        clock.now += passed_s
        progress = meter.heard([samples])
        assert last <= progress.fraction <= 1.0
        assert progress.remaining_s is None or progress.remaining_s >= 0.0
        last = progress.fraction
    assert last == 1.0


def simulated(chance: random.Random) -> tuple[list[int], list[float]]:
    """A session's pieces (samples), and what each takes (seconds).

    It goes through stretches in which much or little is said. A piece costs its window and its speech, in a proportion
    that depends on the model (`transcribe.catalogue`), with a spread of a fifth; one in ten is heard twice.
    """
    pieces: list[int] = []
    while len(pieces) < 100:
        fullest = chance.choice([28, 28, 22, 12, 6])
        pieces += [round(chance.uniform(0.3, 1.0) * fullest * RATE) for _ in range(chance.randint(3, 15))]
    window_s = chance.uniform(20, 60)
    speed = chance.uniform(3, 12) / (window_s + 28)  # a full piece takes 3 to 12 s
    costs = [
        speed * (window_s + samples / RATE) * chance.lognormvariate(0, 0.2) * (2 if chance.random() < 0.1 else 1)
        for samples in pieces
    ]
    return pieces, costs


def test_time_left_is_right_within_a_quarter_after_two_minutes() -> None:
    at_two_minutes: list[float] = []
    later: list[float] = []
    for seed in range(200):
        pieces, costs = simulated(random.Random(seed))
        clock = Clock()
        meter = ProgressMeter(pieces, clock)
        begun_s, first = clock.now, True
        for place, (samples, cost) in enumerate(zip(pieces, costs, strict=True)):
            clock.now += cost
            progress = meter.heard([samples])
            truth = sum(costs[place + 1 :])
            if clock.now - begun_s < 120 or truth < 60:
                continue
            assert progress.remaining_s is not None
            error = abs(progress.remaining_s / truth - 1)
            if first:
                at_two_minutes.append(error)
                first = False
            later.append(error)
    assert len(at_two_minutes) > 180
    assert sum(error <= 0.25 for error in at_two_minutes) / len(at_two_minutes) >= 0.95
    assert sum(error <= 0.25 for error in later) / len(later) >= 0.97
    assert statistics.median(later) < 0.07


def test_a_computer_that_becomes_slower_is_followed() -> None:
    clock = Clock()
    pieces = [25 * RATE] * 400
    meter = ProgressMeter(pieces, clock)
    for place, samples in enumerate(pieces):
        clock.now += 5.0 if place < 200 else 10.0  # unplugged half-way
        progress = meter.heard([samples])
        if place == 320:  # twenty minutes later
            break
    assert progress.remaining_s == pytest.approx(79 * 10.0, rel=0.15)
