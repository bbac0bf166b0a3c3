"""Joining clips, stills and title cards to one highlight reel."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import av  # noqa: TID253
import numpy as np
from av.video.frame import VideoFrame  # noqa: TID253

from annotate.errors import StudyCode, StudyError
from annotate.evidence import paint
from annotate.evidence.clip import STILL_NS, Progress
from annotate.evidence.paint import Pixels
from annotate.evidence.sound import RATE, Mixer
from annotate.evidence.source import as_i420, pictures
from annotate.evidence.writer import ClipWriter
from annotate.timeline import SECOND, TimeRange
from transcribe.cancel import CancelToken

CARD_NS = 3 * SECOND
STILL_SHOWN_NS = 4 * SECOND
MAX_WIDTH, MAX_HEIGHT = 1920, 1080
"""What every device can play; larger clips are made smaller."""


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a reel: the file of a clip or a still, and the card shown before it; or a card alone."""

    path: Path | None
    card: str | None


@dataclass(frozen=True, slots=True)
class _Shown:
    """A part, measured."""

    part: Part
    width: int
    height: int
    length_ns: int
    is_clip: bool


def render_reel(title: str, parts: Sequence[Part], target: Path, cancel: CancelToken, progress: Progress) -> None:
    """Write the reel to `target`: its title, then the parts. Clips of other sizes are fitted into the largest one's.

    Raises:
        StudyError: NO_MEDIA when a part's file is not there or cannot be read.
        TranscribeError: CANCELLED.
        OSError, av.FFmpegError: the file cannot be written.
    """
    shown = [_measured(part) for part in parts if part.path is not None]
    width = min(MAX_WIDTH, max((one.width for one in shown), default=1280)) // 2 * 2
    height = min(MAX_HEIGHT, max((one.height for one in shown), default=720)) // 2 * 2
    cards = 1 + sum(1 for part in parts if part.card)
    whole_ns = cards * CARD_NS + sum(one.length_ns for one in shown)
    waiting = iter(shown)
    with ClipWriter(target, width, height, sound=True) as writer:
        at_ns = _card(writer, paint.black_card(width, height, title), 0, CARD_NS)
        for part in parts:
            if part.card:
                at_ns = _card(writer, paint.black_card(width, height, part.card), at_ns, CARD_NS)
            if part.path is None:
                continue
            one = next(waiting)
            if one.is_clip:
                for done_ns in _clip(writer, one, (width, height), at_ns):
                    cancel.check()
                    progress((at_ns + done_ns) / whole_ns)
            else:
                _card(writer, _fitted(_picture(part.path), width, height), at_ns, one.length_ns)
            at_ns += one.length_ns
            cancel.check()
            progress(at_ns / whole_ns)
        writer.finish(at_ns)


def _measured(part: Part) -> _Shown:
    assert part.path is not None
    try:
        with av.open(str(part.path)) as container:
            stream = container.streams.video[0]
            is_clip = part.path.suffix.lower() == ".mp4"
            length_ns = int((container.duration or 0) * 1000) if is_clip else STILL_SHOWN_NS
            return _Shown(part, stream.width, stream.height, length_ns, is_clip)
    except (av.error.FFmpegError, OSError, IndexError) as exc:
        raise StudyError(StudyCode.NO_MEDIA, str(part.path)) from exc


def _card(writer: ClipWriter, picture: Pixels, at_ns: int, length_ns: int) -> int:
    """Show a picture for a while, in silence; returns when it ends."""
    for t_ns in range(0, length_ns, STILL_NS):
        writer.picture(picture, at_ns + t_ns)
    _silence_until(writer, at_ns + length_ns)
    return at_ns + length_ns


def _clip(writer: ClipWriter, one: _Shown, size: tuple[int, int], at_ns: int) -> Iterator[int]:
    """Write a clip into the reel; yields how far it is."""
    path = one.part.path
    assert path is not None
    with Mixer(path, 0) as mixer:
        for t_ns, frame in pictures(path, TimeRange(0, one.length_ns)):
            writer.picture(_fitted(frame, *size), at_ns + t_ns)
            due = (at_ns + t_ns) * RATE // SECOND - writer.samples
            writer.sound(mixer.read(max(0, due)))
            yield t_ns
        writer.sound(mixer.read(max(0, (at_ns + one.length_ns) * RATE // SECOND - writer.samples)))


def _silence_until(writer: ClipWriter, t_ns: int) -> None:
    writer.sound(np.zeros(max(0, t_ns * RATE // SECOND - writer.samples), np.float32))


def _picture(path: Path) -> VideoFrame:
    with av.open(str(path)) as container:
        return next(container.decode(video=0))


def _fitted(frame: VideoFrame, width: int, height: int) -> Pixels:
    """The picture as large as fits, on black."""
    scale = min(1.0, width / frame.width, height / frame.height)
    inner = int(frame.width * scale) // 2 * 2, int(frame.height * scale) // 2 * 2
    small = as_i420(frame, *inner)
    if inner == (width, height):
        return small
    left, top = (width - inner[0]) // 4 * 2, (height - inner[1]) // 4 * 2
    picture = np.empty((height * 3 // 2, width), np.uint8)
    picture[:height], picture[height:] = 16, 128
    picture[top : top + inner[1], left : left + inner[0]] = small[: inner[1]]
    to = picture[height:].reshape(2, height // 2, width // 2)
    of = small[inner[1] :].reshape(2, inner[1] // 2, inner[0] // 2)
    to[:, top // 2 : (top + inner[1]) // 2, left // 2 : (left + inner[0]) // 2] = of
    return picture
