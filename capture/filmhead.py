"""Giving a film whose first box is damaged a head by which it is known as a film again.

The first box of an MP4 (`ftyp`, ISO/IEC 14496-12 section 4.3) holds nothing of what was recorded, and its size follows
from where the next one begins. Without it a film is no film to most players, and with a wrong size nothing is found.
"""

from __future__ import annotations

import os
import shutil
import struct
from pathlib import Path

from capture.fileio import open_private

_LONGEST = 256
"""Of an `ftyp`; ours has 36 bytes."""
_NEXT = (b"moov", b"mdat", b"moof", b"free", b"skip", b"wide")
"""What may come after it."""
_KIND = b"ftyp"


def begins_as_film(path: Path) -> bool:
    """Whether the first box is what a film begins with. Raises `OSError`."""
    with path.open("rb") as film:
        return film.read(8)[4:] == _KIND


def restore_head(source: Path, target: Path) -> bool:
    """Copies a film to `target`, which must not exist, with its first box restored.

    False, and nothing written, if that box is whole, or if none that may follow it is found near.

    Raises:
        OSError: it can't be read or written; what was written of `target` stays.
    """
    with source.open("rb") as film:
        head = film.read(_LONGEST + 8)
        size = next((at for at in range(8, len(head) - 7) if head[at + 4 : at + 8] in _NEXT), None)
        if size is None:
            return False
        restored = struct.pack(">I4s", size, _KIND)
        if head.startswith(restored):
            return False
        film.seek(len(restored))
        descriptor = open_private(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
        with os.fdopen(descriptor, "wb") as copy:
            copy.write(restored)
            shutil.copyfileobj(film, copy, 1 << 20)
    return True
