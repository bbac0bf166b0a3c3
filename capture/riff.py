"""Whether an AVI has all that it says that it has: libav takes its length from the file's size and finds nothing amiss.

RIFF (Multimedia Programming Interface and Data Specifications 1.0, IBM and Microsoft, 1991): chunks of a name, a length
in four bytes (the lowest first) and that many bytes, filled up to an even number. A large AVI is several RIFF chunks in
a row (OpenDML AVI File Format Extensions 1.02, 1996).
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import BinaryIO

_UNKNOWN = frozenset({0, 0xFFFFFFFF})
"""Lengths in a file that whoever wrote it never went back to."""
_MOST = 10_000
"""Chunks outside of those that hold the pictures and the sound; a file made to waste time has more."""


def ends_early(path: Path) -> bool:
    """Whether an AVI ends within its pictures and sound. What comes behind them, an index, isn't needed.

    False for files of any other kind.

    Raises:
        OSError: it can't be read.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        place = 0
        for _ in range(_MOST):
            name, length, kind = _chunk(file, place)
            if name == b"RIFF" and kind in {b"AVI ", b"AVIX"}:
                place += 12  # into it
                continue
            if place == 0 or not name:
                return False
            if name == b"LIST" and kind == b"movi" and (length in _UNKNOWN or place + 8 + length > size):
                return length not in _UNKNOWN
            place += 8 + length + (length & 1)
    return False


def _chunk(file: BinaryIO, place: int) -> tuple[bytes, int, bytes]:
    """Name and length of the chunk there, and the kind that a RIFF or LIST begins with; no name at the end."""
    file.seek(place)
    head = file.read(12)
    if len(head) < 12:
        return b"", 0, b""
    name, length, kind = struct.unpack("<4sI4s", head)
    return name, length, kind
