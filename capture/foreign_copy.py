"""A recording made elsewhere as `screen.mp4`: picture and sound on one clock that begins at 0.

What can be copied is copied as it is; what a player or a cut to the frame couldn't rely on is encoded anew.
`foreign_scan` decides which, `foreign_lanes` carries each stream over.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import av  # noqa: TID253
from av.audio.stream import AudioStream  # noqa: TID253
from av.container import OutputContainer  # noqa: TID253
from av.video.stream import VideoStream  # noqa: TID253

from capture.errors import CaptureCode, CaptureError
from capture.fileio import open_private, storage_error
from capture.foreign import ForeignStream, opened
from capture.foreign_lanes import CopiedPicture, CopiedSound, Lane, NewPicture, NewSound, Written
from capture.foreign_scan import Plan, Progress, largest, packets_of, scan_packets, zero_of
from capture.sync import NS, PTS_RATE

_COPIED_PIXELS = frozenset({"yuv420p", "yuvj420p"})
_SCANNED = 0.1
_UNREAD_S = Fraction(1, 5)
"""Less than that is no word: a codec may stumble over the first packet, or over the last one."""


@dataclass(frozen=True, slots=True)
class ConvertedSound:
    """One sound track: its index in the new file, the file's it came from, and whether it was copied as it was."""

    track: int
    source: ForeignStream
    copied: bool


@dataclass(frozen=True, slots=True)
class Converted:
    """What was written.

    Attributes:
        pts: of each picture, in 1/90000 s, increasing; `keys`: which of them stand alone.
        end_ns: end of the last picture or sound.
        picture_copied: whether the picture is the file's own, bit by bit.
        breaks_off_ns: where the file could not be read any further, None if it is whole.
        unread_ns: how much of a sound track that was encoded anew could not be decoded, 0 for next to nothing.
    """

    width: int
    height: int
    pts: tuple[int, ...]
    keys: frozenset[int]
    end_ns: int
    picture_copied: bool
    sounds: tuple[ConvertedSound, ...]
    breaks_off_ns: int | None
    unread_ns: int = 0


def convert(
    source: Path, target: Path, picture: ForeignStream, sounds: Sequence[ForeignStream], progress: Progress
) -> Converted:
    """Writes `target`, which must not exist, from the chosen streams of `source`.

    Raises:
        CaptureError: as `opened`; MEDIA_BROKEN when nothing can be decoded; DISK_FULL, FOLDER_UNWRITABLE. What
            `progress` raises passes through. A target that was begun is removed.
    """
    try:
        scans, whole = scan_packets(source, [picture, *sounds], lambda part: progress(part * _SCANNED))
        zero = zero_of(scans, picture, sounds)
        plan = Plan(source, target, picture, tuple(sounds), zero, scans, whole)

        def show(part: float) -> None:
            progress(_SCANNED + part * (1 - _SCANNED))

        if plan.copies_picture:
            made = _write(plan, show, copy=True)
            if made is not None:
                return made
            target.unlink(missing_ok=True)
        made = _write(replace(plan, picture=largest(source, picture)), show, copy=False)
    except BaseException:
        target.unlink(missing_ok=True)
        raise
    if made is None:
        target.unlink(missing_ok=True)
        raise CaptureError(CaptureCode.MEDIA_BROKEN, source.name)
    return made


def _write(plan: Plan, progress: Progress, *, copy: bool) -> Converted | None:
    """One pass over the file; None when a copied picture isn't what it was, or nothing could be decoded."""
    done = Written()
    try:
        os.close(open_private(plan.target, os.O_RDWR | os.O_CREAT | os.O_EXCL))
        shape = _pass(plan, progress, done, copy=copy)
        if not done.pts or (copy and not _is_whole(plan.target, done)):
            return None
    except av.FFmpegError as error:
        if isinstance(error, OSError) and error.errno is not None and 0 < error.errno < 200:
            raise storage_error(error, plan.target) from error
        if copy:
            return None
        raise CaptureError(CaptureCode.MEDIA_BROKEN, plan.source.name) from error
    except OSError as error:
        raise storage_error(error, plan.target) from error
    progress(1.0)
    end_ns = round(done.end * NS)
    sounds = (ConvertedSound(at, one, plan.copies_sound(one)) for at, one in enumerate(plan.sounds, start=1))
    return Converted(
        *shape,
        tuple(sorted(done.pts)),
        frozenset(done.keys),
        end_ns,
        copy,
        tuple(sounds),
        None if plan.whole else end_ns,
        round(done.unread * NS) if done.unread >= _UNREAD_S else 0,
    )


def _pass(plan: Plan, progress: Progress, done: Written, *, copy: bool) -> tuple[int, int]:
    """Everything from the source to the target; returns the picture's size."""
    size = max(1, plan.source.stat().st_size)
    with opened(plan.source) as reader, _output(plan.target) as writer:
        stream = reader.streams[plan.picture.index]
        assert isinstance(stream, VideoStream)
        picture = CopiedPicture(writer, stream, plan, done) if copy else NewPicture(writer, stream, plan, done)
        lanes: dict[int, Lane] = {plan.picture.index: picture}
        for one in plan.sounds:
            sound = reader.streams[one.index]
            assert isinstance(sound, AudioStream)
            make = CopiedSound if plan.copies_sound(one) else NewSound
            lanes[one.index] = make(writer, sound, plan.zero, done)
        for packet in packets_of(reader, list(lanes), plan.source):
            if packet.size:
                lanes[packet.stream_index].feed(packet)
                if packet.pos is not None and packet.pos >= 0:
                    progress(min(0.98, packet.pos / size))
        for lane in lanes.values():
            lane.flush()
    return picture.shape


def _output(target: Path) -> OutputContainer:
    # One tick of the picture's clock in the file is one in the frame index: the two never differ by rounding.
    return av.open(str(target), "w", format="mp4", options={"video_track_timescale": str(PTS_RATE)})


def _is_whole(target: Path, done: Written) -> bool:
    """Whether a copied picture has every frame at its time, and can be decoded at its start and at its end."""
    wanted = sorted(done.pts)
    try:
        with av.open(str(target)) as copy:
            stream = copy.streams.video[0]
            base = stream.time_base or Fraction(1, PTS_RATE)
            found = sorted(
                round(packet.pts * base * PTS_RATE)
                for packet in copy.demux(stream)
                if packet.size and packet.pts is not None
            )
            if found != wanted:
                return False
            copy.seek(0, stream=stream)
            first = next(copy.decode(stream), None)
            copy.seek(wanted[-1], stream=stream)
            last = next(copy.decode(stream), None)
    except (av.FFmpegError, ValueError, StopIteration, IndexError):
        return False
    return first is not None and last is not None and first.format.name in _COPIED_PIXELS
