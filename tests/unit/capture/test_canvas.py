"""The canvas: patched boxes make the very picture that the whole would make, and boxes hold every change."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from capture.canvas import Canvas, blend_pointer, changed_box, clip, covers, join, merge
from capture.imaging import Box, Pixels, to_i420

boxes = st.tuples(st.integers(-40, 300), st.integers(-40, 300), st.integers(1, 200), st.integers(1, 200))


def inside(box: Box, whole: Box) -> bool:
    return join([box, whole]) == whole


@settings(deadline=None)
@given(
    width=st.integers(1, 75),
    height=st.integers(1, 100),
    points=st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 10**6)), max_size=6),
)
def test_changed_box_is_the_smallest_that_holds_all(width: int, height: int, points: list[tuple[int, int]]) -> None:
    before = np.full((height * 3, width * 2), 128, np.uint8)
    after = before.copy()
    for x, y in points:
        after[y % (height * 2), x % (width * 2)] = 1
    rows, columns = np.nonzero(before[: height * 2] != after[: height * 2])
    if len(rows) == 0:
        assert changed_box(before, after) is None
    else:
        x, y = columns.min(), rows.min()
        assert changed_box(before, after) == (x, y, columns.max() - x + 1, rows.max() - y + 1)


def test_a_change_of_colour_alone_is_one() -> None:
    before = np.full((30, 20), 128, np.uint8)
    after = before.copy()
    after[-1, -1] = 129
    assert changed_box(before, after) == (18, 18, 2, 2)


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 2**32 - 1), st.lists(st.tuples(boxes, st.booleans()), min_size=1, max_size=6))
def test_patched_boxes_are_what_the_whole_would_be(seed: int, drawn: list[tuple[Box, bool]]) -> None:
    """To the bit, wherever a box begins: else each look at the whole would find changes that are none."""
    generator = np.random.default_rng(seed)
    screen = generator.integers(0, 256, (180, 262, 4), np.uint8)
    canvas = Canvas(262, 180)
    assert canvas.patch((0, 0, 262, 180), screen.copy()) is not None
    for box, exact in drawn:
        part = clip(box, 262, 180)
        if part is None:
            continue
        x, y, width, height = part
        before = canvas.copy()
        screen[y : y + height, x : x + width] = generator.integers(0, 256, 4, np.uint8)
        found = canvas.patch(part, screen[y : y + height, x : x + width].copy(), exact=exact)
        smallest = changed_box(before, canvas.copy())
        if smallest is None:
            assert found is None
        else:
            assert found is not None
            assert inside(smallest, found)
            assert inside(found, part)
            assert not exact or found == smallest
    assert np.array_equal(canvas.copy(), to_i420(screen))


def test_copies_are_never_written_again() -> None:
    canvas = Canvas(64, 64)
    copy = canvas.copy()
    canvas.patch((0, 0, 64, 64), np.full((64, 64, 4), 255, np.uint8))
    assert copy[:64].max() < 100


@given(boxes)
def test_clipped_boxes_are_even_and_hold_the_part_inside(box: Box) -> None:
    found = clip(box, 200, 100)
    x, y, width, height = box
    left, top, right, bottom = max(0, x), max(0, y), min(200, x + width), min(100, y + height)
    if right <= left or bottom <= top:
        assert found is None
    else:
        assert found is not None
        assert not any(value & 1 for value in found)
        assert inside((left, top, right - left, bottom - top), found)
        assert inside(found, (0, 0, 200, 100))


@given(st.lists(boxes, max_size=8))
def test_merged_boxes_cover_the_same(drawn: list[Box]) -> None:
    merged = merge(drawn)
    assert len(merged) <= len(drawn)
    assert all(any(inside(box, one) for one in merged) for box in drawn)


def test_what_boxes_cover() -> None:
    assert not covers([], (0, 0, 1, 1))
    assert covers([(0, 0, 4, 4)], (1, 1, 2, 2))
    assert not covers([(0, 0, 4, 4)], (1, 1, 4, 2))


def test_pointer_is_blended_where_it_meets_the_box() -> None:
    pointer: Pixels = np.zeros((4, 4, 4), np.uint8)
    pointer[0, 0] = (255, 255, 255, 255)
    pointer[1, 1] = (100, 0, 0, 128)  # half, its alpha multiplied in
    for box, shift in (((8, 8, 8, 8), 2), ((10, 10, 2, 2), 0), ((0, 0, 8, 8), None)):
        pixels = np.full((box[3], box[2], 4), 100, np.uint8)
        blend_pointer(pixels, box, pointer, (10, 10, 4, 4))
        if shift is None:
            assert (pixels == 100).all()
            continue
        assert pixels[shift, shift].tolist()[:3] == [255, 255, 255]
        assert pixels[shift + 1, shift + 1].tolist()[:3] == [150, 50, 50]
        pixels[shift, shift] = pixels[shift + 1, shift + 1] = 100
        assert (pixels == 100).all()
