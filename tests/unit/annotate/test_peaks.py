"""The waveform shows the loudest sample of each pixel at every zoom; silence is where nobody is heard."""

from __future__ import annotations

import itertools

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from annotate.peaks import LEAST_SILENCE_NS, STEP_NS, PeakPyramid, silent_spans

SECOND = 1_000_000_000


@given(st.lists(st.integers(0, 255), min_size=1, max_size=2_000), st.integers(1, 300), st.integers(-20, 200))
def test_each_pixel_has_the_loudest_of_its_stretch(values: list[int], width_steps: int, first: int) -> None:
    peaks = np.array(values, np.uint8)
    width = width_steps * STEP_NS
    edges = (np.arange(first, first + 12) * width).astype(np.int64)
    found = PeakPyramid(peaks).between(edges)
    for (left, right), seen in zip(itertools.pairwise(edges.tolist()), found.tolist(), strict=True):
        inside = values[max(0, left // STEP_NS) : max(0, right // STEP_NS)]
        loudest = max(inside, default=0)
        # A coarse level may take a little of the neighbours with it; nothing loud is ever left out.
        around = values[max(0, left // STEP_NS - width_steps) : max(0, right // STEP_NS + width_steps)]
        assert loudest <= seen <= max(around, default=0)


def voice(*loud: tuple[float, float], seconds: float = 30.0, floor: int = 2) -> np.ndarray:
    peaks = np.full(int(seconds * 100), floor, np.uint8)
    for start, end in loud:
        peaks[int(start * 100) : int(end * 100)] = 120
    return peaks


def seconds_of(tracks: list[np.ndarray], seconds: float = 30.0) -> list[tuple[float, float]]:
    return [(s.start_ns / SECOND, s.end_ns / SECOND) for s in silent_spans(tracks, int(seconds * SECOND))]


def test_silence_leaves_grace_around_speech_and_passes_over_short_pauses() -> None:
    assert seconds_of([voice((5, 8), (8.5, 10), (20, 21))]) == [(0, 4.75), (10.25, 19.75), (21.25, 30)]


def test_silence_is_where_no_track_is_loud() -> None:
    mic, computer = voice((5, 10)), voice((12, 29))
    assert seconds_of([mic, computer]) == [(0, 4.75), (10.25, 11.75)]


def test_a_noisy_room_is_silent_too_and_a_session_without_sound_has_no_silence() -> None:
    assert seconds_of([voice((5, 10), floor=7)]) == [(0, 4.75), (10.25, 30)]
    assert seconds_of([voice()]) == [(0, 30)]
    assert silent_spans([], 30 * SECOND) == []
    assert seconds_of([voice(seconds=1)], 1) == []


@given(st.lists(st.integers(0, 255), min_size=1, max_size=3_000))
def test_silences_are_long_enough_in_order_and_apart(values: list[int]) -> None:
    spans = silent_spans([np.array(values, np.uint8)], len(values) * STEP_NS)
    assert all(span.duration_ns >= LEAST_SILENCE_NS for span in spans)
    assert all(a.end_ns < b.start_ns for a, b in itertools.pairwise(spans))
