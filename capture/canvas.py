"""The picture as it was last seen, and boxes in it: what changed, what covers what. Works in I420 throughout."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from capture.imaging import Box, Pixels, is_same, planes, to_i420
from capture.pictures import PictureRoom

_BAND = 64
_BLANK, _NO_COLOUR = 48, 128
"""Luminance and colour of what lies outside the recorded part of the screen."""
_COARSE_PART = 8
"""Boxes larger than one part in this of the picture are only asked whether anything in them changed, not what."""
_FETCH_PIXELS = 10_000
"""What one more fetch costs, in pixels."""
_UNITS = (1, 2, 2)
"""Pixels of the picture a sample of Y, U, V stands for, each way."""


def join(boxes: Sequence[Box]) -> Box:
    """The smallest box around all of at least one."""
    left, top = min(box[0] for box in boxes), min(box[1] for box in boxes)
    right, bottom = max(box[0] + box[2] for box in boxes), max(box[1] + box[3] for box in boxes)
    return left, top, right - left, bottom - top


def clip(box: Box, width: int, height: int) -> Box | None:
    """The part of a box inside a picture with even sides, grown to even pixels; `None` when there is none."""
    left, top = max(0, box[0]) & ~1, max(0, box[1]) & ~1
    right, bottom = min(width, (box[0] + box[2] + 1) & ~1), min(height, (box[1] + box[3] + 1) & ~1)
    return (left, top, right - left, bottom - top) if right > left and bottom > top else None


def covers(boxes: Sequence[Box], box: Box) -> bool:
    """Whether the box around `boxes` holds `box`."""
    return bool(boxes) and join([*boxes, box]) == join(boxes)


def merge(boxes: Sequence[Box]) -> list[Box]:
    """Fewer boxes that cover the same: two become one where that costs little more to fetch."""
    left = list(boxes)
    result: list[Box] = []
    while left:
        box = left.pop()
        for other in left:
            both = join([box, other])
            if both[2] * both[3] <= box[2] * box[3] + other[2] * other[3] + _FETCH_PIXELS:
                left.remove(other)
                left.append(both)
                break
        else:
            result.append(box)
    return result


def blend_pointer(pixels: Pixels, box: Box, pointer: Pixels, at: Box) -> None:
    """Draws a pointer (BGRA, alpha multiplied in) that lies at `at` into the BGRA pixels of `box`."""
    left, top = max(box[0], at[0]), max(box[1], at[1])
    right, bottom = min(box[0] + box[2], at[0] + at[2]), min(box[1] + box[3], at[1] + at[3])
    if right <= left or bottom <= top:
        return
    under = pixels[top - box[1] : bottom - box[1], left - box[0] : right - box[0], :3]
    over = pointer[top - at[1] : bottom - at[1], left - at[0] : right - at[0]]
    rest = 255 - over[..., 3:].astype(np.uint16)
    under[...] = np.minimum(over[..., :3] + (under * rest + 127) // 255, 255).astype(np.uint8)


def changed_box(before: Pixels, after: Pixels) -> Box | None:
    """The smallest box around every sample that differs between two I420 pictures of one shape, or `None`."""
    width, height = after.shape[1], after.shape[0] * 2 // 3
    return _difference(planes(before), planes(after), (0, 0, width, height))


class Canvas:
    """The picture as it was last seen; boxes of it are replaced by newer ones. One thread."""

    def __init__(self, width: int, height: int) -> None:
        """Both even. Grey, until something is put on it."""
        self._picture: Pixels = np.full((height * 3 // 2, width), _NO_COLOUR, np.uint8)
        self._picture[:height] = _BLANK
        self._planes = planes(self._picture)
        self._coarse_from = width * height // _COARSE_PART
        self._room = PictureRoom(self._picture.shape)
        self._scratch: Pixels = np.empty(self._picture.size, np.uint8)

    def copy(self) -> Pixels:
        """The picture as it is now; it stays so."""
        return self._room.copy(self._picture)

    def patch(self, box: Box, pixels: Pixels, *, exact: bool = False) -> Box | None:
        """Replaces a box by BGRA pixels, and returns a box around all that differs, `None` if nothing does.

        Args:
            box: even in all four.
            pixels: of that size.
            exact: also in a large box look for the smallest box of what differs; else `box` is good enough.
        """
        x, y, width, height = box
        room = self._scratch[: width * height * 3 // 2].reshape(height * 3 // 2, width)
        fresh = planes(to_i420(pixels, room))
        olds = [
            plane[y // unit : (y + height) // unit, x // unit : (x + width) // unit]
            for plane, unit in zip(self._planes, _UNITS, strict=True)
        ]
        if exact or width * height <= self._coarse_from:
            found = _difference(olds, fresh, box)
        else:
            found = box if _differ(olds, fresh) else None
        if found is not None:
            for old, new in zip(olds, fresh, strict=True):
                old[...] = new
        return found


def _differ(olds: Sequence[Pixels], news: Sequence[Pixels]) -> bool:
    """In bands: a picture that moves is told by its first lines."""
    return any(
        not is_same(old[top : top + _BAND], new[top : top + _BAND])
        for old, new in zip(olds, news, strict=True)
        for top in range(0, len(new), _BAND)
    )


def _difference(olds: Sequence[Pixels], news: Sequence[Pixels], box: Box) -> Box | None:
    found: list[Box] = []
    for old, new, unit in zip(olds, news, _UNITS, strict=True):
        bands = [
            top for top in range(0, len(new), _BAND) if not is_same(old[top : top + _BAND], new[top : top + _BAND])
        ]
        if not bands:
            continue
        first, end = bands[0], bands[-1] + _BAND
        apart = old[first:end] != new[first:end]
        rows, columns = np.flatnonzero(apart.any(axis=1)), np.flatnonzero(apart.any(axis=0))
        x, y = box[0] + int(columns[0]) * unit, box[1] + (first + int(rows[0])) * unit
        found.append((x, y, int(columns[-1] - columns[0] + 1) * unit, int(rows[-1] - rows[0] + 1) * unit))
    return join(found) if found else None
