"""Giving a film whose index (`moov`) is damaged another one, from what else there is of it.

The recorder writes an MP4 in fragments, which have tables of their own. When it ends, one index for all is added at the
end, and the first one, with the fragments' tables, is hidden in an `mdat` (see `mp4index`). So a finished film whose
index is damaged becomes one of fragments again by uncovering them. One that never ended has its only index in front;
it says nothing of what was shown, only how it was encoded, and a film made in the same way begins with the same one.

Boxes as in ISO/IEC 14496-12, sections 8.2 to 8.8.
"""

from __future__ import annotations

import mmap
import os
import struct
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from capture.errors import CaptureError
from capture.fileio import open_private
from capture.filmtail import torn_table
from capture.jsonvalue import JsonValue
from capture.manifest import StreamInfo

_HEADER, _LONG_HEADER = 8, 16
_MOST = 1 << 20
"""Of an index without samples; ours has some 2 kB."""
_MOVIE_HEADER = b"mvhd"
_MOVIE_HEADER_SIZE = 108
_SOUNDS = ("mic", "system")
_STEP_S = 0.1


@dataclass(frozen=True, slots=True)
class FilmForm:
    """How a film was encoded.

    Attributes:
        sounds: names of its sound tracks, in their order.
        is_camera: cameras are encoded in another way than screens.
    """

    width: int
    height: int
    fps: int
    sounds: tuple[str, ...]
    is_camera: bool


def form_of(streams: Sequence[StreamInfo], file: str) -> FilmForm | None:
    """How a file of a bundle was encoded, as its streams tell; `None` if they don't."""
    inside = sorted((one for one in streams if one.file == file), key=lambda one: one.track or 0)
    pictures = next((one for one in inside if one.kind in ("screen", "camera")), None)
    if pictures is None:
        return None
    sides = [_number(pictures.format, name) for name in ("width", "height", "fps")]
    if not all(0 < side < 1 << 16 for side in sides):
        return None
    sounds = tuple(one.kind for one in inside if one.kind in _SOUNDS)
    return FilmForm(sides[0], sides[1], sides[2], sounds, pictures.kind == "camera")


def _number(form: Mapping[str, JsonValue], name: str) -> int:
    value = form.get(name)
    return value if isinstance(value, int) else 0


def restore_index(source: Path, target: Path, form: FilmForm | None) -> bool:
    """Copies a film to `target`, which must not exist, as one of fragments with an index in front.

    False, and nothing written, if there are no fragments, or if the index is gone and `form` doesn't tell of it.

    Raises:
        OSError: it can't be read or written; what was written of `target` stays.
    """
    if source.stat().st_size < _LONG_HEADER:
        return False
    with source.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as film:
        first = film.find(b"moof") - 4
        if first < _HEADER:
            return False
        head, end = _uncovered(film, first)
        if head is None:
            fresh = None if form is None else _head_like(form)
            head = None if fresh is None else _as_long_as(fresh, first)
        if head is None:
            return False
        with os.fdopen(open_private(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL), "wb") as copy:
            copy.write(head)
            for start in range(first, end, _MOST):
                copy.write(film[start : min(end, start + _MOST)])
    torn = torn_table(target)
    if torn is not None:
        os.truncate(target, torn)
    return True


def _uncovered(film: mmap.mmap | bytes, first: int) -> tuple[bytes | None, int]:
    """What stands before the first fragment of a finished film as it was before it was finished, and where they end.

    `None` if the film isn't a finished one.
    """
    length = len(film)
    named = film.find(_MOVIE_HEADER, 0, first)
    start = film.find(b"mdat", 0, first) - 4
    if start < _HEADER:
        return None, length
    size, _ = struct.unpack_from(">I4s", film, start)
    children = bytes(film[start + _HEADER : first])
    if size == 1:  # the cover was so long that it hides the first child's header as well
        (size,) = struct.unpack_from(">Q", film, start + _HEADER)
        children = struct.pack(">I4s", _MOVIE_HEADER_SIZE, _MOVIE_HEADER) + children[_HEADER:]
    elif named != start + _HEADER + 4:
        return None, length
    moov = struct.pack(">I4s", _HEADER + len(children), b"moov") + children
    end = start + size
    return bytes(film[:start]) + moov, end if first < end <= length else length


def _head_like(form: FilmForm) -> bytes | None:
    """What stands before the first fragment of a film that is encoded in this way; `None` if none can be made."""
    from capture.encode import AUDIO_RATE, CAMERA_TUNING, SCREEN_TUNING
    from capture.mux import Muxer, QueueClosedError
    from capture.sync import NS, PTS_RATE

    failures: list[CaptureError] = []
    with tempfile.TemporaryDirectory(prefix="moderato-") as place:
        path = Path(place) / "like.mp4"
        tuning = CAMERA_TUNING if form.is_camera else SCREEN_TUNING
        try:
            made = Muxer(
                path,
                width=form.width,
                height=form.height,
                fps=form.fps,
                sounds=form.sounds,
                tuning=tuning,
                on_error=failures.append,
            )
            made.start()
            picture = np.full((form.height * 3 // 2, form.width), 128, np.uint8)
            silence = np.zeros(round(AUDIO_RATE * _STEP_S), np.float32)
            for step in range(3):
                made.put(made.video.encode(picture, round(step * _STEP_S * PTS_RATE), key=step == 0))
                for sound in made.audio.values():
                    made.put(sound.encode(silence, AUDIO_RATE, round(step * _STEP_S * NS)))
            made.put(made.video.flush())
            for sound in made.audio.values():
                made.put(sound.flush())
            made.close()
        except (CaptureError, QueueClosedError, ValueError):
            return None
        data = path.read_bytes()
    first = data.find(b"moof") - 4
    return None if first < _HEADER else _uncovered(data, first)[0]


def _as_long_as(head: bytes, length: int) -> bytes | None:
    """The fragments name places in the file: they must stay where they are. `None` if the head is too long."""
    gap = length - len(head)
    if gap == 0:
        return head
    return head + struct.pack(">I4s", gap, b"free") + bytes(gap - _HEADER) if gap >= _HEADER else None
