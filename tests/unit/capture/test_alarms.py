"""What looks as if it were recorded and isn't."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capture.alarms import Alarms, Seen
from capture.errors import CaptureCode
from capture.sync import NS

LOOK_NS = 3 * NS // 10
WITHIN_NS = 5 * NS


def looks(until_ns: int, **what: object) -> Iterator[Seen]:
    for t_ns in range(0, until_ns, LOOK_NS):
        yield Seen(t_ns=t_ns, **what)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("what", "code"),
    [
        ({"luma": 16}, CaptureCode.PICTURE_BLACK),
        ({"amplitude": 0.0}, CaptureCode.SOUND_SILENT),
        ({"amplitude": 0.0001}, CaptureCode.SOUND_FLAT),
    ],
)
def test_alarm_within_five_seconds_and_not_at_once(what: dict[str, object], code: CaptureCode) -> None:
    alarms = Alarms()
    seen = [(look.t_ns, alarms.look(look)) for look in looks(WITHIN_NS, **what)]
    assert seen[3][1] == {}
    assert list(seen[-1][1]) == [code]
    assert alarms.look(Seen(WITHIN_NS, luma=200, amplitude=0.2)) == {}


def test_dead_input_is_a_pointer_that_moves_without_events() -> None:
    alarms = Alarms()
    alarms.look(Seen(0, pointer=(10, 10), events=5))
    found = [alarms.look(Seen(t, pointer=(10 + t // LOOK_NS * 9, 10), events=5)) for t in range(0, WITHIN_NS, LOOK_NS)]
    assert CaptureCode.INPUT_DEAD in found[-1]
    assert alarms.look(Seen(WITHIN_NS, pointer=(400, 10), events=6)) == {}


@given(st.lists(st.tuples(st.integers(21, 255), st.floats(0.001, 1)), min_size=30, max_size=80))
def test_working_streams_on_a_still_desktop_raise_nothing(seen: list[tuple[int, float]]) -> None:
    alarms = Alarms()
    for number, (luma, amplitude) in enumerate(seen):
        look = Seen(number * LOOK_NS, luma=luma, amplitude=amplitude, pointer=(5, 5), events=3)
        assert alarms.look(look) == {}


def test_dropped_pictures_are_told_for_a_while() -> None:
    alarms = Alarms()
    assert alarms.look(Seen(0)) == {}
    assert alarms.look(Seen(NS, dropped=4)) == {CaptureCode.ENCODER_SLOW: "4"}
    assert alarms.look(Seen(9 * NS, dropped=4)) == {CaptureCode.ENCODER_SLOW: "4"}
    assert alarms.look(Seen(12 * NS, dropped=4)) == {}
