"""Room for pictures, used again once nobody holds the last one in it: megabytes taken anew are mapped and cleared."""

from __future__ import annotations

import sys

import numpy as np

from capture.imaging import Pixels

_MOST = 16
"""So many are kept: as wait in queues, are shown and are encoded at a time. More than that are made and freed."""


class PictureRoom:
    """Copies of I420 pictures of one size. One thread takes them; any may hold them, and parts of them."""

    def __init__(self, shape: tuple[int, ...]) -> None:
        self._shape = shape
        self._blocks: list[Pixels] = []
        self._idle = _holders([np.empty(1, np.uint8)], 0)

    def copy(self, picture: Pixels) -> Pixels:
        """A copy that stays as it is for as long as anything refers to it, a slice or an encoder's frame too.

        numpy lets every part of an array refer to the array that has the memory, so that its count of references tells
        whether any of it is still in use.
        """
        place = next((n for n in range(len(self._blocks)) if _holders(self._blocks, n) == self._idle), None)
        if place is not None:
            block = self._blocks[place]
        else:
            block = np.empty(self._shape, np.uint8)
            if len(self._blocks) < _MOST:
                self._blocks.append(block)
        block[...] = picture
        return block[:]


def _holders(blocks: list[Pixels], place: int) -> int:
    return sys.getrefcount(blocks[place])
