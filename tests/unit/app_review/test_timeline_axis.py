"""The arithmetic behind the timeline's view."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.widgets.timeline.axis import MIN_SPAN_NS, TimeAxis
from app.widgets.timeline.data import counts, covered, spans_in_pixels

pytestmark = pytest.mark.usefixtures("qapp")
S = 1_000_000_000
MINUTE = 60 * S


def axis_of(duration_ns: int = 20 * MINUTE, width: float = 1000) -> TimeAxis:
    axis = TimeAxis()
    axis.set_duration(duration_ns)
    axis.set_width(width)
    return axis


def test_a_session_is_shown_whole_at_first() -> None:
    axis = axis_of()
    assert (axis.start_ns, axis.end_ns) == (0, 20 * MINUTE)
    assert axis.x_of(10 * MINUTE) == pytest.approx(500)


@given(
    st.lists(st.tuples(st.sampled_from(["zoom", "pan", "show", "width"]), st.floats(0.01, 50), st.floats(-3000, 3000))),
    st.integers(1, 4 * 60 * MINUTE),
)
def test_whatever_is_done_the_view_stays_within_the_session(
    steps: list[tuple[str, float, float]], duration_ns: int
) -> None:
    axis = axis_of(duration_ns)
    for what, factor, x in steps:
        if what == "zoom":
            axis.zoom(factor, abs(x) % axis.width)
        elif what == "pan":
            axis.pan_pixels(x)
        elif what == "show":
            axis.show(int(x * S), int(x * S + factor * S))
        else:
            axis.set_width(50 + abs(x))
        assert axis.start_ns >= 0
        slack = round(axis.scale.ns_per_px) + 2
        assert axis.end_ns <= max(duration_ns, MIN_SPAN_NS // 4, round(axis.width * 100_000)) + slack
        assert 0 <= axis.t_of(-10) <= axis.t_of(axis.width + 10) <= duration_ns


@given(st.floats(1.05, 8), st.floats(100, 900))
def test_zooming_in_keeps_the_moment_under_the_pointer(factor: float, x: float) -> None:
    axis = axis_of()
    axis.zoom(4, 500)
    before = axis.t_of(x)
    axis.zoom(factor, x)
    assert abs(axis.x_of(before) - x) < 0.01


def test_the_page_turns_only_when_the_playhead_leaves_it() -> None:
    axis = axis_of()
    axis.show(0, 2 * MINUTE)
    axis.turn_page(MINUTE)
    assert axis.start_ns == 0
    axis.turn_page(2 * MINUTE + S)
    assert 0 < axis.x_of(2 * MINUTE + S) < axis.width / 4


def test_another_session_forgets_the_marked_range() -> None:
    axis = axis_of()
    axis.set_range(S, 2 * S)
    axis.set_duration(MINUTE)
    assert axis.in_ns is None
    assert axis.out_ns is None


@given(st.lists(st.tuples(st.floats(0, 500), st.floats(0, 20)), max_size=30))
def test_merged_spans_cover_the_same_pixels(spans: list[tuple[float, float]]) -> None:
    spans.sort()
    lefts = np.array([left for left, _ in spans])
    rights = np.array([left + length for left, length in spans])
    merged = spans_in_pixels(lefts, rights)
    for left, length in spans:
        assert any(a <= left and left + length <= b for a, b in merged)
    for (_, end), (start, _) in itertools.pairwise(merged):
        assert start > end + 1


@given(st.lists(st.integers(0, 1000)), st.lists(st.integers(0, 1000), min_size=2, unique=True))
def test_counts_are_those_of_the_buckets(times: list[int], edges: list[int]) -> None:
    times.sort()
    edges.sort()
    found = counts(np.array(times, np.int64), np.array(edges, np.int64))
    expected = [sum(a <= t < b for t in times) for a, b in itertools.pairwise(edges)]
    assert list(found) == expected


@given(st.lists(st.tuples(st.integers(0, 500), st.integers(1, 40)), max_size=30), st.integers(1, 60))
def test_a_column_is_covered_where_a_span_reaches_into_it(spans: list[tuple[int, int]], width: int) -> None:
    spans.sort()
    starts = np.array([start for start, _ in spans], np.int64)
    ends = np.array([start + length for start, length in spans], np.int64)
    edges = np.arange(0, 600, width, dtype=np.int64)
    found = covered(starts, ends, edges)
    for (left, right), seen in zip(itertools.pairwise(edges.tolist()), found.tolist(), strict=True):
        wanted = any(start < right and start + length > left for start, length in spans)
        assert seen or not wanted  # nothing is ever left out
        near = any(start < right and max(s + n for s, n in spans if s <= start) > left for start, _ in spans)
        assert near or not seen
