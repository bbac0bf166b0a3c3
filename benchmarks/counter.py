"""A number that programs can read off a picture: a row of black and white cells, most significant bit first."""

from __future__ import annotations

from typing import Any

CELL = 32
BITS = 16
LEFT, TOP = 64, 32
WIDTH = CELL * BITS * 2
"""Each bit is followed by its opposite, so that a blurred or torn counter is seen to be one."""


def cells(number: int) -> list[bool]:
    """Which cells are white, from left to right."""
    bits = [bool(number >> (BITS - 1 - place) & 1) for place in range(BITS)]
    return [white for bit in bits for white in (bit, not bit)]


def read(grey: Any) -> int | None:
    """The number shown in a grey picture (height, width), or `None` where there is none."""
    row = grey[TOP + CELL // 4 : TOP + CELL - CELL // 4, LEFT : LEFT + WIDTH]
    levels = row.reshape(row.shape[0], BITS * 2, CELL)[:, :, CELL // 4 : -CELL // 4].mean(axis=(0, 2))
    number = 0
    for place in range(BITS):
        bit, opposite = levels[place * 2], levels[place * 2 + 1]
        if abs(bit - opposite) < 100:
            return None
        number = number << 1 | int(bit > opposite)
    return number
