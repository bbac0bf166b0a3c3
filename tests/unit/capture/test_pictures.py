"""Pictures that are held never change, whatever is taken meanwhile; room that nobody holds is used again."""

from __future__ import annotations

import av
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from capture.imaging import Pixels, planes
from capture.pictures import PictureRoom

SHAPE = (48, 64)


def picture(level: int) -> Pixels:
    return np.full(SHAPE, level, np.uint8)


def address(held: Pixels) -> int:
    return int(held.__array_interface__["data"][0])


@given(st.lists(st.tuples(st.sampled_from(["take", "part", "frame", "drop"]), st.integers(0, 40)), max_size=80))
def test_what_is_held_in_whatever_way_stays_as_it_was(steps: list[tuple[str, int]]) -> None:
    room = PictureRoom(SHAPE)
    held: list[tuple[object, Pixels, int]] = []
    for number, (act, which) in enumerate(steps):
        level = number % 250 + 1
        if act == "drop" and held:
            del held[which % len(held)]
        elif act == "take":
            taken = room.copy(picture(level))
            held.append((taken, taken, level))
        elif act == "part":
            _, part, _ = planes(room.copy(picture(level)))
            held.append((part, part, level))
        elif act == "frame":
            frame = av.VideoFrame.from_numpy_buffer(room.copy(picture(level)), format="yuv420p")
            held.append((frame, frame.to_ndarray(), level))
        for keeper, seen, expected in held:
            assert (seen == expected).all()
            if isinstance(keeper, av.VideoFrame):
                assert (keeper.to_ndarray() == expected).all()


def test_room_that_nobody_holds_is_used_again() -> None:
    room = PictureRoom(SHAPE)
    first, second = room.copy(picture(1)), room.copy(picture(2))
    places = {address(first), address(second)}
    assert len(places) == 2
    shown = first[:8]
    del first, second
    third = room.copy(picture(3))
    assert address(third) in places
    assert address(third) != address(shown), "a part of the first one is still looked at"
    del shown
    assert {address(third), address(room.copy(picture(4)))} == places


def test_more_than_are_kept_are_all_of_their_own() -> None:
    room = PictureRoom(SHAPE)
    many = [room.copy(picture(level)) for level in range(40)]
    assert len({address(one) for one in many}) == 40
    assert all((one == level).all() for level, one in enumerate(many))
