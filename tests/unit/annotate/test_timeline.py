"""The arithmetic of the timeline."""

from __future__ import annotations

from contextlib import suppress
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotate.errors import StudyCode, StudyError
from annotate.timeline import (
    HOUR,
    MAX_NS_PER_PX,
    MIN_NS_PER_PX,
    MINUTE,
    MS,
    SECOND,
    TimeRange,
    TimeScale,
    format_full,
    format_time,
    nearest_of,
    parse_time,
    stack_lanes,
    ticks,
)

TIMES = st.integers(0, 24 * HOUR)
SCALES = st.builds(TimeScale, TIMES, st.floats(MIN_NS_PER_PX, MAX_NS_PER_PX), st.floats(1, 10_000))
RANGES = st.tuples(TIMES, st.integers(0, HOUR)).map(lambda pair: TimeRange(pair[0], pair[0] + pair[1]))
SHORT = st.tuples(st.integers(0, 20), st.integers(0, 5)).map(lambda pair: TimeRange(pair[0], pair[0] + pair[1]))


@given(SCALES, TIMES)
def test_time_survives_the_way_to_pixels_and_back(scale: TimeScale, t_ns: int) -> None:
    assert scale.t_of(scale.x_of(t_ns)) == t_ns


@given(SCALES, TIMES, TIMES)
def test_later_is_further_right(scale: TimeScale, a: int, b: int) -> None:
    assert (scale.x_of(a) < scale.x_of(b)) == (a < b)


@given(SCALES, st.floats(0.01, 100), st.floats(0, 10_000))
def test_zooming_keeps_the_moment_under_the_pointer(scale: TimeScale, factor: float, x: float) -> None:
    zoomed = scale.zoomed(factor, x)
    assert abs(zoomed.t_of(x) - scale.t_of(x)) <= 2
    assert MIN_NS_PER_PX <= zoomed.ns_per_px <= MAX_NS_PER_PX
    assert zoomed.width_px == scale.width_px


@given(SCALES, st.floats(-5_000, 5_000), st.floats(0, 10_000))
def test_panning_moves_everything_alike(scale: TimeScale, dx: float, x: float) -> None:
    assert abs(scale.panned(dx).t_of(x - dx) - scale.t_of(x)) <= 2


@given(RANGES.filter(lambda one: one.duration_ns > SECOND), st.floats(100, 4_000))
def test_fit_shows_the_range_from_edge_to_edge(shown: TimeRange, width: float) -> None:
    scale = TimeScale.fit(shown, width)
    assert scale.x_of(shown.start_ns) == 0
    if scale.ns_per_px > MIN_NS_PER_PX:
        assert scale.x_of(shown.end_ns) == pytest.approx(width)


def test_fit_of_nothing_still_is_a_scale() -> None:
    scale = TimeScale.fit(TimeRange(5, 5), 0)
    assert scale.ns_per_px == MIN_NS_PER_PX
    assert scale.visible.duration_ns > 0


@pytest.mark.parametrize("factor", [0.0, -1.0, float("inf"), float("nan")])
def test_a_zoom_that_makes_no_sense_is_refused(factor: float) -> None:
    with pytest.raises(StudyError):
        TimeScale(0, MIN_NS_PER_PX, 100).zoomed(factor, 0)


@given(SCALES)
def test_ticks_lie_within_the_width_and_labels_have_room(scale: TimeScale) -> None:
    found = ticks(scale)
    assert all(-0.001 <= tick.x <= scale.width_px + 1 for tick in found)
    assert [tick.t_ns for tick in found] == sorted({tick.t_ns for tick in found})
    labelled = [tick.x for tick in found if tick.label]
    assert all(b - a >= 80 - 0.001 for a, b in pairwise(labelled))
    assert len({tick.label for tick in found if tick.label}) == len(labelled), "no label twice"
    assert len(found) <= scale.width_px / 80 * 6 + 7


def test_ticks_are_at_times_people_count_in() -> None:
    minute = ticks(TimeScale.fit(TimeRange(0, 10 * MINUTE), 800))
    assert [tick.label for tick in minute if tick.label] == [
        "00:00", "01:00", "02:00", "03:00", "04:00", "05:00", "06:00", "07:00", "08:00", "09:00", "10:00"
    ]  # fmt: skip
    fine = ticks(TimeScale.fit(TimeRange(SECOND, 2 * SECOND), 500))
    assert [tick.label for tick in fine if tick.label] == [
        "00:01.0",
        "00:01.2",
        "00:01.4",
        "00:01.6",
        "00:01.8",
        "00:02.0",
    ]
    finest = ticks(TimeScale(61 * SECOND, MIN_NS_PER_PX, 200))
    assert [tick.label for tick in finest if tick.label] == ["01:01.00", "01:01.01", "01:01.02"]


@given(st.lists(SHORT, max_size=30))
def test_lanes_keep_ranges_apart_and_are_as_few_as_can_be(ranges: list[TimeRange]) -> None:
    lanes = stack_lanes(ranges)
    for i, one in enumerate(ranges):
        for j in range(i):
            if lanes[i] == lanes[j]:
                assert not one.overlaps(ranges[j]), (one, ranges[j])
    crowd = max((sum(one.contains(t) for one in ranges) for t in range(30)), default=0)
    assert len(set(lanes)) == crowd
    assert set(lanes) == set(range(crowd))


def test_lanes_leave_a_gap_for_labels() -> None:
    ranges = [TimeRange(0, 10), TimeRange(12, 20), TimeRange(30, 30)]
    assert stack_lanes(ranges) == [0, 0, 0]
    assert stack_lanes(ranges, gap_ns=5) == [0, 1, 0]


def test_a_range_ends_after_it_starts() -> None:
    with pytest.raises(StudyError) as caught:
        TimeRange(2, 1)
    assert caught.value.code is StudyCode.VALUE_INVALID


@given(SHORT, SHORT)
def test_ranges_overlap_when_they_share_a_moment(a: TimeRange, b: TimeRange) -> None:
    shared = any(a.contains(t) and b.contains(t) for t in range(30))
    assert a.overlaps(b) == b.overlaps(a) == shared
    if shared:
        assert a.distance_ns(b) == 0


def test_the_nearest_range_counts_only_when_near_enough() -> None:
    said = [TimeRange(0, 10), TimeRange(10, 20), TimeRange(40, 50)]
    assert nearest_of(TimeRange(5, 15), said, within_ns=5) == [0, 1]
    assert nearest_of(TimeRange(10, 10), said, within_ns=5) == [1]
    assert nearest_of(TimeRange(24, 24), said, within_ns=5) == [1]
    assert nearest_of(TimeRange(30, 30), said, within_ns=5) == []
    assert nearest_of(TimeRange(30, 30), [], within_ns=5) == []


@pytest.mark.parametrize(
    ("t_ns", "text", "tenths", "full"),
    [
        (0, "00:00", "00:00.0", "00:00:00.000"),
        (59_999_999_999, "00:59", "00:59.9", "00:00:59.999"),
        (7 * MINUTE + 5 * SECOND + 300 * MS, "07:05", "07:05.3", "00:07:05.300"),
        (HOUR + 7 * SECOND, "1:00:07", "1:00:07.0", "01:00:07.000"),
        (100 * HOUR, "100:00:00", "100:00:00.0", "100:00:00.000"),
    ],
)
def test_times_as_text(t_ns: int, text: str, tenths: str, full: str) -> None:
    assert format_time(t_ns) == text
    assert format_time(t_ns, tenths=True) == tenths
    assert format_full(t_ns) == full
    if t_ns:
        assert format_time(-t_ns) == f"-{text}"


@given(st.integers(0, 200 * HOUR))
def test_a_time_as_text_is_read_back(t_ns: int) -> None:
    assert parse_time(format_time(t_ns)) == t_ns // SECOND * SECOND
    assert parse_time(format_time(t_ns, tenths=True)) == t_ns // (100 * MS) * (100 * MS)
    assert parse_time(format_full(t_ns)) == t_ns // MS * MS
    assert parse_time(f"{t_ns // SECOND}.{t_ns % SECOND:09}") == t_ns


@pytest.mark.parametrize(
    ("text", "t_ns"),
    [
        (" 7:05 ", 425 * SECOND),
        ("90:00", 90 * MINUTE),
        ("1:00:00,5", HOUR + 500 * MS),
        ("425", 425 * SECOND),
        ("0.1 s", 100 * MS),
        ("3s", 3 * SECOND),
        ("1.", SECOND),
    ],
)
def test_times_as_people_type_them(text: str, t_ns: int) -> None:
    assert parse_time(text) == t_ns


@pytest.mark.parametrize("text", ["", "-1", "1:60", "1:60:00", "a", "1:2:3:4", "1e3", "inf", "٣", ":30", "1 2"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(StudyError) as caught:
        parse_time(text)
    assert caught.value.code is StudyCode.VALUE_INVALID


@given(st.text(max_size=12))
def test_any_text_is_read_or_refused(text: str) -> None:
    with suppress(StudyError):
        assert parse_time(text) >= 0
