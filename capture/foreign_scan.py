"""What the packets of a recording made elsewhere say, read once without decoding, and what can be copied of it."""

from __future__ import annotations

import errno
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av  # noqa: TID253
from av.container import InputContainer  # noqa: TID253
from av.packet import Packet  # noqa: TID253
from av.stream import Stream  # noqa: TID253
from av.video.stream import VideoStream  # noqa: TID253

from capture.errors import CaptureCode, CaptureError
from capture.foreign import ForeignStream, opened
from capture.riff import ends_early
from capture.sync import NS, PTS_RATE

Progress = Callable[[float], None]
"""Told how far the work is, 0..1; may raise, to give up."""
_LATE_S = Fraction(1, 20)
"""A copied sound track begins no later than this after the picture's zero; a later one gets silence before it."""
_EARLY_S = Fraction(1, 10)
"""Encoders put their run-in before zero; it isn't sound that was there before the picture."""
_HOLE_S = Fraction(1, 20)
_SHORT_S = 1
"""So much less than a file says that it has, and it was cut off; encoders round by less."""
_SAYS_ITS_LENGTH = frozenset({"mov", "mp4", "matroska", "webm", "flv"})
"""Formats whose files say how long they are; of others libav guesses from their size."""


@dataclass(slots=True)
class Scan:
    """What the packets of one stream say, read once without decoding."""

    first: Fraction | None = None
    last: Fraction = Fraction(0)
    packets: int = 0
    copyable: bool = True  # nothing speaks against it so far
    order: list[int] = field(default_factory=list)  # a picture's times in 1/90000 s, as they are decoded
    first_key: bool = False
    due: Fraction | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be done with which streams. `zero`: the moment of the file's clock that becomes session time 0;
    `whole`: the file could be read to its end.
    """

    source: Path
    target: Path
    picture: ForeignStream
    sounds: tuple[ForeignStream, ...]
    zero: Fraction
    scans: dict[int, Scan]
    whole: bool

    @property
    def copies_picture(self) -> bool:
        """Whether the picture may stay bit by bit: upright H.264 of an even size whose packets are in order."""
        one, scan = self.picture, self.scans[self.picture.index]
        return (
            one.codec == "h264"
            and one.rotation == 0
            and scan.copyable
            and scan.first_key
            and in_order(scan.order)
            and not (one.width | one.height) & 1
        )

    def copies_sound(self, one: ForeignStream) -> bool:
        """Whether a sound track may: AAC without holes that begins with the picture."""
        scan = self.scans[one.index]
        late = (scan.first or Fraction(0)) - self.zero
        return one.codec == "aac" and scan.copyable and -_EARLY_S <= late <= _LATE_S


def packets_of(
    container: InputContainer, indexes: Sequence[int], source: Path
) -> Generator[Packet[Stream], None, bool]:
    """Packets up to the end, or to where the file is torn: then the generator returns False."""
    packets = container.demux([container.streams[index] for index in indexes])
    while True:
        try:
            packet = next(packets)
        except StopIteration:
            return True
        except (av.InvalidDataError, av.EOFError):
            return False
        except (av.FFmpegError, OSError) as error:
            if isinstance(error, OSError) and error.errno == errno.EIO:
                raise CaptureError(CaptureCode.IMPORT_UNREADABLE, source.name) from error
            return False
        yield packet


def scan_packets(source: Path, streams: Sequence[ForeignStream], progress: Progress) -> tuple[dict[int, Scan], bool]:
    """Scans each stream; False besides when the file is torn, or ends before it says that it does."""
    scans = {one.index: Scan() for one in streams}
    size = max(1, source.stat().st_size)
    pictures = {one.index for one in streams if one.width}
    whole = True
    with opened(source) as container:
        reader = packets_of(container, list(scans), source)
        while True:
            try:
                packet = next(reader)
            except StopIteration as ended:
                whole = bool(ended.value)
                break
            if not packet.size:
                continue
            _note(scans[packet.stream_index], packet, is_picture=packet.stream_index in pictures)
            if packet.pos is not None and packet.pos >= 0:
                progress(min(1.0, packet.pos / size))
        return scans, whole and not _is_short(container, streams, scans) and not ends_early(source)


def _is_short(container: InputContainer, streams: Sequence[ForeignStream], scans: dict[int, Scan]) -> bool:
    """Whether a file lacks its end. libav says nothing of it where the index is in front or packets need none."""
    if not _SAYS_ITS_LENGTH & set(container.format.name.split(",")):
        return False
    lengths = [(one, one.duration_ns) for one in streams if one.duration_ns is not None]
    if lengths:
        return any(
            scans[one.index].last < Fraction(one.start_ns + length_ns, NS) - _SHORT_S for one, length_ns in lengths
        )
    if container.duration is None:
        return False
    says = Fraction(container.duration + max(0, container.start_time), av.time_base)
    return max(scan.last for scan in scans.values()) < says - _SHORT_S


def _note(scan: Scan, packet: Packet[Stream], *, is_picture: bool) -> None:
    scan.packets += 1
    if scan.packets == 1:
        scan.first_key = packet.is_keyframe
    if packet.pts is None or packet.is_corrupt:
        scan.copyable = False
        return
    base = packet.time_base
    t = packet.pts * base
    if is_picture:
        scan.order.append(round(t * PTS_RATE))
        scan.copyable = scan.copyable and not packet.is_discard
    else:
        if scan.due is not None and abs(t - scan.due) > _HOLE_S:
            scan.copyable = False
        scan.due = t + (packet.duration or 0) * base
        scan.copyable = scan.copyable and bool(packet.duration)
    if not packet.is_discard:
        scan.first = t if scan.first is None else min(scan.first, t)
    scan.last = max(scan.last, t + (packet.duration or 0) * base)


def in_order(order: Sequence[int]) -> bool:
    """Whether pictures are decoded in the order in which they are shown, each at a time of its own.

    Where they aren't, and times are uneven, Qt's player shows the neighbour of the picture asked for (seen with
    B-frames): such a picture is encoded anew.
    """
    return all(one < other for one, other in pairwise(order))


def zero_of(scans: dict[int, Scan], picture: ForeignStream, sounds: Sequence[ForeignStream]) -> Fraction:
    """The moment of the file's clock that becomes session time 0: where the first picture or sound is due."""
    first = scans[picture.index].first
    heard = [start for one in sounds if (start := scans[one.index].first) is not None]
    if first is None:
        return min(heard, default=Fraction(0))
    return min([first, *(start for start in heard if start < first - _EARLY_S)])


def largest(source: Path, picture: ForeignStream) -> ForeignStream:
    """The picture with the largest size it ever has: a call begins small and grows as the line allows.

    Sizes change where a picture stands alone, so only those are decoded.
    """
    with opened(source) as container:
        stream = container.streams[picture.index]
        assert isinstance(stream, VideoStream)
        stream.codec_context.skip_frame = "NONKEY"
        size = (picture.width, picture.height)
        for packet in packets_of(container, [picture.index], source):
            if not packet.is_keyframe:
                continue
            try:
                frames = packet.decode()
            except av.FFmpegError:
                continue
            for frame in frames:
                if isinstance(frame, av.VideoFrame):
                    size = max(size, (frame.width, frame.height), key=lambda one: one[0] * one[1])
    return replace(picture, width=size[0], height=size[1])
