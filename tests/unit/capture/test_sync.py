"""Time arithmetic: what must hold for any device and any jitter."""

from __future__ import annotations

import itertools
import random

from hypothesis import given, settings
from hypothesis import strategies as st

from capture.sync import (
    NS,
    RESYNC_NS,
    AudioTimestamper,
    PtsLine,
    VideoPacer,
    ns_of_pts,
    pts_of_ns,
)

RATE = 48_000
BLOCK = 600


@given(st.integers(0, 100 * 3600 * NS))
def test_presentation_time_is_never_later_than_the_picture(t_ns: int) -> None:
    pts = pts_of_ns(t_ns)
    assert 0 <= t_ns - pts * NS // 90_000 <= NS // 90_000 + 1
    assert pts_of_ns(ns_of_pts(pts)) == pts


@given(st.lists(st.integers(0, 10 * NS), min_size=1))
def test_presentation_times_strictly_increase_whatever_comes(times: list[int]) -> None:
    line = PtsLine()
    pts = [line.next(t_ns) for t_ns in times]
    assert all(later > earlier for earlier, later in itertools.pairwise(pts))
    assert all(value >= pts_of_ns(t_ns) for value, t_ns in zip(pts, times, strict=True))


def run_blocks(
    stamper: AudioTimestamper,
    *,
    ppm: float,
    seconds: float,
    jitter_ns: int = 0,
    lag_ns: int = 0,
    word_error_ns: int = 0,
    seed: int = 0,
) -> list[tuple[int, int, int]]:
    """(true start, stamped start, jump) of each block of a device whose clock is `ppm` fast."""
    rng = random.Random(seed)
    block_ns = BLOCK / (RATE * (1 + ppm / 1e6)) * NS
    rows = []
    for number in range(int(seconds * RATE / BLOCK)):
        begin = 7 * NS + round(number * block_ns)
        arrived = begin + round(block_ns) + lag_ns + rng.randint(0, jitter_ns)
        measured = begin + rng.randint(-word_error_ns, word_error_ns)
        stamped = stamper.stamp(measured, arrived, BLOCK)
        rows.append((begin, stamped.t_ns, stamped.jump_ns))
    return rows


@settings(max_examples=25, deadline=None)
@given(
    ppm=st.floats(-500, 500),
    jitter_ns=st.integers(0, 20_000_000),
    lag_ns=st.integers(0, 60_000_000),
    word_error_ns=st.integers(0, 5_000_000),
    seed=st.integers(0, 99),
)
def test_line_stays_true_for_any_drift_jitter_and_latency(
    ppm: float, jitter_ns: int, lag_ns: int, word_error_ns: int, seed: int
) -> None:
    rows = run_blocks(
        AudioTimestamper(RATE),
        ppm=ppm,
        seconds=120,
        jitter_ns=jitter_ns,
        lag_ns=lag_ns,
        word_error_ns=word_error_ns,
        seed=seed,
    )
    settled = rows[int(10 * RATE / BLOCK) :]
    assert all(jump == 0 for _, _, jump in rows)
    assert max(abs(stamped - true) for true, stamped, _ in settled) < 10_000_000
    starts = [stamped for _, stamped, _ in settled]
    assert all(later > earlier for earlier, later in itertools.pairwise(starts))


def test_device_rate_is_learned() -> None:
    stamper = AudioTimestamper(RATE)
    run_blocks(stamper, ppm=300, seconds=120, jitter_ns=2_000_000)
    assert abs(stamper.rate_ppm - 300) < 60


def test_first_words_of_a_sound_server_are_not_believed() -> None:
    # PulseAudio, seen: 0.7 s of latency said for a second, then in steps down to the true 6 ms.
    stamper = AudioTimestamper(RATE)
    errors = []
    for number in range(400):
        begin = number * BLOCK * NS // RATE
        arrived = begin + (BLOCK * NS // RATE) + 2_000_000
        said = [720_000_000, 720_000_000, 350_000_000, 90_000_000, 14_000_000][min(4, number // 25)]
        errors.append(stamper.stamp(arrived - said, arrived, BLOCK).t_ns - begin)
    assert max(map(abs, errors)) < 15_000_000


def test_blocks_that_come_late_in_a_burst_are_no_gap() -> None:
    stamper = AudioTimestamper(RATE)
    for number in range(400):
        begin = number * BLOCK * NS // RATE
        end = begin + BLOCK * NS // RATE
        # The machine stalls for 300 ms, then everything comes at once.
        arrived = 300 * BLOCK * NS // RATE if 276 <= number < 300 else end
        stamped = stamper.stamp(begin, max(arrived, end), BLOCK)
        assert stamped.jump_ns == 0
        assert abs(stamped.t_ns - begin) < 5_000_000


@given(gap_ms=st.integers(600, 60_000))
@settings(max_examples=20, deadline=None)
def test_lost_samples_are_a_jump_of_their_length(gap_ms: int) -> None:
    stamper = AudioTimestamper(RATE)
    shift = 0
    for number in range(200):
        if number == 100:
            shift = gap_ms * 1_000_000
        begin = number * BLOCK * NS // RATE + shift
        stamped = stamper.stamp(begin, begin + BLOCK * NS // RATE, BLOCK)
        assert abs(stamped.t_ns - begin) < 1_000_000
        if number == 100:
            assert abs(stamped.jump_ns - shift) < 1_000_000
        else:
            assert stamped.jump_ns == 0


def test_a_short_loss_is_seen_when_it_stays() -> None:
    stamper = AudioTimestamper(RATE)
    lost = RESYNC_NS + 30_000_000
    stamped_ns = begin = 0
    jumps = []
    for number in range(200):
        begin = number * BLOCK * NS // RATE + (lost if number >= 100 else 0)
        stamped = stamper.stamp(begin, begin + BLOCK * NS // RATE, BLOCK)
        stamped_ns = stamped.t_ns
        if stamped.jump_ns:
            jumps.append(stamped.jump_ns)
    assert len(jumps) == 1
    assert abs(stamped_ns - begin) < 1_000_000


@given(
    fps=st.integers(1, 60),
    delays=st.lists(st.integers(0, 400_000_000), min_size=5, max_size=200),
)
def test_pictures_are_never_due_in_the_past_nor_far_away(fps: int, delays: list[int]) -> None:
    pacer = VideoPacer(fps)
    now = 0
    for delay in delays:
        due = pacer.due_ns(now)
        assert now <= due <= now + NS // fps + 1
        now = due + delay
        pacer.taken(now)


def test_pace_is_kept_on_average() -> None:
    pacer = VideoPacer(15)
    now, taken = 0, 0
    rng = random.Random(1)
    while now < 20 * NS:
        now = pacer.due_ns(now) + rng.randint(0, 20_000_000)
        pacer.taken(now)
        taken += 1
    assert abs(taken - 300) <= 2


def test_pace_falls_with_a_full_queue_and_rises_after_calm() -> None:
    pacer = VideoPacer(15)
    pacer.observe(3, 0)
    assert pacer.fps == 10
    pacer.observe(4, NS // 2)
    assert pacer.fps == 10, "a step must be given time to work"
    pacer.observe(4, 2 * NS)
    assert pacer.fps == 5
    pacer.observe(4, 4 * NS)
    assert pacer.fps == 5
    for tick in range(40):
        pacer.observe(0, 5 * NS + tick * NS // 10)
    assert pacer.fps == 5, "not before five calm seconds"
    pacer.observe(0, 11 * NS)
    assert pacer.fps == 10
    pacer.observe(2, 12 * NS)
    pacer.observe(0, 13 * NS)
    pacer.observe(0, 17 * NS)
    assert pacer.fps == 10
    pacer.observe(0, 18 * NS)
    assert pacer.fps == 15
