"""Where a film that was torn off ends, and what of its end keeps all before it from being read.

A film of fragments (ISO/IEC 14496-12, section 8.8) may end in the midst of pictures or sound: what is there is read.
When it ends in the midst of a fragment's table (`moof`), libav doesn't open it at all; without those bytes, which tell
of nothing that is in the file, it does.
"""

from __future__ import annotations

import os
import shutil
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from capture.fileio import open_private

_WRITTEN = (b"ftyp", b"moov", b"mdat", b"moof", b"free", b"skip", b"wide", b"mfra")
"""What a film of ours is made of."""
_TABLE = b"moof"
_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class _Box:
    kind: bytes
    start: int
    end: int
    """Where it says that it ends; may lie beyond the film's own end."""


def is_only_torn(path: Path) -> bool:
    """Whether a film's boxes follow one another up to its end, which may lie in the midst of one.

    Raises:
        OSError: it can't be read.
    """
    return all(box.kind in _WRITTEN for box in _boxes(path))


def torn_table(path: Path) -> int | None:
    """Where the fragment's table begins in the midst of which a film ends; `None` if it ends otherwise.

    Raises:
        OSError: it can't be read.
    """
    last = [None, *_boxes(path)][-1]
    if last is None or last.kind != _TABLE or last.end <= path.stat().st_size:
        return None
    return last.start


def restore_tail(source: Path, target: Path) -> bool:
    """Copies a film to `target`, which must not exist, without the table in the midst of which it ends.

    False, and nothing written, if it ends otherwise.

    Raises:
        OSError: it can't be read or written; what was written of `target` stays.
    """
    left = torn_table(source)
    if left is None:
        return False
    descriptor = open_private(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
    with source.open("rb") as film, os.fdopen(descriptor, "wb") as copy:
        shutil.copyfileobj(film, copy, _BLOCK)
        copy.truncate(left)
    return True


def _boxes(path: Path) -> Iterator[_Box]:
    """The boxes that stand one after the other; the last one is the first that can't be one of a film."""
    position, length = 0, path.stat().st_size
    with path.open("rb") as film:
        while position + 8 <= length:
            film.seek(position)
            head = film.read(16)
            size, kind = struct.unpack_from(">I4s", head)
            if size == 1 and len(head) == 16:
                (size,) = struct.unpack_from(">Q", head, 8)
            if size < 8:
                yield _Box(b"", position, position)
                return
            yield _Box(kind, position, position + size)
            if kind not in _WRITTEN:
                return
            position += size
