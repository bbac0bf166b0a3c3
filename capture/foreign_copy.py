"""A recording made elsewhere as `screen.mp4`: picture and sound on one clock that begins at 0.

What can be copied is copied as it is; what a player or a cut to the frame couldn't rely on is encoded anew.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av  # noqa: TID253
import numpy as np
from av.audio.stream import AudioStream  # noqa: TID253
from av.container import InputContainer, OutputContainer  # noqa: TID253
from av.packet import Packet  # noqa: TID253
from av.stream import Stream  # noqa: TID253
from av.video.stream import VideoStream  # noqa: TID253

from capture.encode import AudioEncoder, KeyframePolicy, Tuning, VideoEncoder
from capture.errors import CaptureCode, CaptureError
from capture.fileio import open_private, storage_error
from capture.foreign import ForeignStream, opened
from capture.imaging import Pixels
from capture.sync import NS, PTS_RATE

Progress = Callable[[float], None]
"""Told how far the work is, 0..1; may raise, to give up."""
_TUNING = Tuning("19", "me=umh:merange=64")
_COPIED_PIXELS = frozenset({"yuv420p", "yuvj420p"})
_LATE_S = Fraction(1, 20)
"""A copied sound track begins no later than this after the picture's zero; a later one gets silence before it."""
_EARLY_S = Fraction(1, 10)
"""Encoders put their run-in before zero; it isn't sound that was there before the picture."""
_HOLE_S = Fraction(1, 20)
_LONGEST_JUMP_S = Fraction(12 * 3600)
_SCANNED = 0.1


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
    """

    width: int
    height: int
    pts: tuple[int, ...]
    keys: frozenset[int]
    end_ns: int
    picture_copied: bool
    sounds: tuple[ConvertedSound, ...]
    breaks_off_ns: int | None


@dataclass(slots=True)
class _Scan:
    """What the packets of one stream say, read once without decoding."""

    first: Fraction | None = None
    last: Fraction = Fraction(0)
    packets: int = 0
    copyable: bool = True  # nothing speaks against it so far
    order: list[int] = field(default_factory=list)  # a picture's times in 1/90000 s, as they are decoded
    first_key: bool = False
    due: Fraction | None = None


def convert(
    source: Path, target: Path, picture: ForeignStream, sounds: Sequence[ForeignStream], progress: Progress
) -> Converted:
    """Writes `target`, which must not exist, from the chosen streams of `source`.

    Raises:
        CaptureError: as `opened`; MEDIA_BROKEN when nothing can be decoded; DISK_FULL, FOLDER_UNWRITABLE. What
            `progress` raises passes through. A target that was begun is removed.
    """
    try:
        scans, whole = _scan(source, [picture, *sounds], lambda part: progress(part * _SCANNED))
        zero = _zero(scans, picture, sounds)
        plan = _Plan(source, target, picture, tuple(sounds), zero, scans, whole)

        def show(part: float) -> None:
            progress(_SCANNED + part * (1 - _SCANNED))

        if plan.copies_picture:
            made = _write(plan, show, copy=True)
            if made is not None:
                return made
            target.unlink(missing_ok=True)
        made = _write(replace(plan, picture=_largest(source, picture)), show, copy=False)
    except BaseException:
        target.unlink(missing_ok=True)
        raise
    if made is None:
        target.unlink(missing_ok=True)
        raise CaptureError(CaptureCode.MEDIA_BROKEN, source.name)
    return made


def _largest(source: Path, picture: ForeignStream) -> ForeignStream:
    """The picture with the largest size it ever has: a call begins small and grows as the line allows.

    Sizes change where a picture stands alone, so only those are decoded.
    """
    with opened(source) as container:
        stream = container.streams[picture.index]
        assert isinstance(stream, VideoStream)
        stream.codec_context.skip_frame = "NONKEY"
        size = (picture.width, picture.height)
        for packet in _packets(container, [picture.index], source):
            if not packet.is_keyframe:
                continue
            try:
                frames = packet.decode()
            except av.InvalidDataError:
                continue
            for frame in frames:
                if isinstance(frame, av.VideoFrame):
                    size = max(size, (frame.width, frame.height), key=lambda one: one[0] * one[1])
    return replace(picture, width=size[0], height=size[1])


@dataclass(frozen=True, slots=True)
class _Plan:
    source: Path
    target: Path
    picture: ForeignStream
    sounds: tuple[ForeignStream, ...]
    zero: Fraction
    scans: dict[int, _Scan]
    whole: bool

    @property
    def copies_picture(self) -> bool:
        one, scan = self.picture, self.scans[self.picture.index]
        return (
            one.codec == "h264"
            and one.rotation == 0
            and scan.copyable
            and scan.first_key
            and not (one.width | one.height) & 1
        )

    def copies_sound(self, one: ForeignStream) -> bool:
        scan = self.scans[one.index]
        late = (scan.first or Fraction(0)) - self.zero
        return one.codec == "aac" and scan.copyable and -_EARLY_S <= late <= _LATE_S


def _packets(container: InputContainer, indexes: Sequence[int], source: Path) -> Generator[Packet[Stream], None, bool]:
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


def _scan(source: Path, streams: Sequence[ForeignStream], progress: Progress) -> tuple[dict[int, _Scan], bool]:
    scans = {one.index: _Scan() for one in streams}
    size = max(1, source.stat().st_size)
    pictures = {one.index for one in streams if one.width}
    whole = True
    with opened(source) as container:
        reader = _packets(container, list(scans), source)
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
    return scans, whole


def _note(scan: _Scan, packet: Packet[Stream], *, is_picture: bool) -> None:
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


def _zero(scans: dict[int, _Scan], picture: ForeignStream, sounds: Sequence[ForeignStream]) -> Fraction:
    """The moment of the file's clock that becomes session time 0: where the first picture or sound is due."""
    first = scans[picture.index].first
    heard = [start for one in sounds if (start := scans[one.index].first) is not None]
    if first is None:
        return min(heard, default=Fraction(0))
    return min([first, *(start for start in heard if start < first - _EARLY_S)])


class _Written:
    """What went into the file so far."""

    def __init__(self) -> None:
        self.pts: list[int] = []
        self.keys: set[int] = set()
        self.end = Fraction(0)

    def picture(self, pts: int, duration: Fraction, *, key: bool) -> None:
        self.pts.append(pts)
        if key:
            self.keys.add(pts)
        self.end = max(self.end, Fraction(pts, PTS_RATE) + duration)


def _write(plan: _Plan, progress: Progress, *, copy: bool) -> Converted | None:
    """One pass over the file; None when a copied picture isn't what it was, or nothing could be decoded."""
    done = _Written()
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
    )


def _pass(plan: _Plan, progress: Progress, done: _Written, *, copy: bool) -> tuple[int, int]:
    """Everything from the source to the target; returns the picture's size."""
    size = max(1, plan.source.stat().st_size)
    with opened(plan.source) as reader, _output(plan.target) as writer:
        stream = reader.streams[plan.picture.index]
        assert isinstance(stream, VideoStream)
        picture = _CopiedPicture(writer, stream, plan, done) if copy else _NewPicture(writer, stream, plan, done)
        lanes: dict[int, _Lane] = {plan.picture.index: picture}
        for one in plan.sounds:
            sound = reader.streams[one.index]
            assert isinstance(sound, AudioStream)
            make = _CopiedSound if plan.copies_sound(one) else _NewSound
            lanes[one.index] = make(writer, sound, plan.zero, done)
        for packet in _packets(reader, list(lanes), plan.source):
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


class _Lane:
    """One stream on its way into the new file."""

    def __init__(self, writer: OutputContainer, zero: Fraction, done: _Written) -> None:
        self._writer = writer
        self._zero = zero
        self._done = done

    shape: tuple[int, int] = (0, 0)

    def feed(self, packet: Packet[Stream]) -> None:
        raise NotImplementedError

    def flush(self) -> None:
        """Ends the stream."""


class _CopiedPicture(_Lane):
    def __init__(self, writer: OutputContainer, stream: VideoStream, plan: _Plan, done: _Written) -> None:
        super().__init__(writer, plan.zero, done)
        self._out = writer.add_stream_from_template(stream)
        self._out.time_base = Fraction(1, PTS_RATE)
        self.shape = (stream.codec_context.width, stream.codec_context.height)
        self._times = iter(plan.scans[stream.index].order)
        self._offset = round(plan.zero * PTS_RATE)
        rate = stream.average_rate
        self._usual = max(1, round(PTS_RATE / rate)) if rate else PTS_RATE // 30

    def feed(self, packet: Packet[Stream]) -> None:
        if packet.pts is None:
            return
        pts = next(self._times) - self._offset
        length = round((packet.duration or 0) * packet.time_base * PTS_RATE) or self._usual
        self._done.picture(pts, Fraction(length, PTS_RATE), key=packet.is_keyframe)
        packet.time_base = Fraction(1, PTS_RATE)
        packet.pts, packet.dts, packet.duration = pts, pts, length
        packet.stream = self._out
        self._writer.mux(packet)


class _NewPicture(_Lane):
    """Decoded and encoded again: even sizes, square pixels, upright, increasing times."""

    def __init__(self, writer: OutputContainer, stream: VideoStream, plan: _Plan, done: _Written) -> None:
        super().__init__(writer, plan.zero, done)
        self._stream = stream
        stream.thread_type = "AUTO"
        one = plan.picture
        turned = one.rotation in {90, 270}
        aspect = stream.codec_context.sample_aspect_ratio or Fraction(1)
        wide = round(one.width * aspect) if 0 < aspect < 10 else one.width
        size = (one.height, wide) if turned else (wide, one.height)
        self.shape = (max(2, size[0] & ~1), max(2, size[1] & ~1))
        self._rotation = one.rotation
        self._aspect = float(1 / aspect if turned else aspect) if 0 < aspect < 10 else 1.0
        self._encoder = VideoEncoder(writer, *self.shape, 30, _TUNING)
        self._keys = KeyframePolicy()
        rate = stream.average_rate
        self._usual = max(1, round(PTS_RATE / rate)) if rate and rate < 1000 else PTS_RATE // 30
        self._last: int | None = None
        self._shift = 0

    def feed(self, packet: Packet[Stream]) -> None:
        try:
            frames = packet.decode()
        except av.InvalidDataError:
            return
        self._take(frames)

    def flush(self) -> None:
        try:
            frames = list(self._stream.codec_context.decode(None))
        except (av.InvalidDataError, av.EOFError):
            frames = []
        self._take(frames)
        self._writer.mux(self._encoder.flush())

    def _take(self, frames: Sequence[object]) -> None:
        for frame in frames:
            if isinstance(frame, av.VideoFrame):
                self._encode(frame)

    def _encode(self, frame: av.VideoFrame) -> None:
        pts = self._place(frame)
        key = self._keys.wants_key(pts * NS // PTS_RATE, is_change=True)
        self._done.picture(pts, Fraction(self._usual, PTS_RATE), key=key)
        self._writer.mux(self._encoder.encode(self._picture(frame), pts, key=key))

    def _place(self, frame: av.VideoFrame) -> int:
        """Where a picture belongs. A clock that jumps back began anew: what follows goes on behind what was."""
        last = self._last
        due = 0 if last is None else last + self._usual
        base = frame.time_base or self._stream.time_base  # what a decoder still held comes without one
        if frame.pts is None or base is None:
            pts = due
        else:
            pts = round((frame.pts * base - self._zero) * PTS_RATE) + self._shift
            if last is not None and (pts < last - PTS_RATE or pts > last + _LONGEST_JUMP_S * PTS_RATE):
                self._shift += due - pts
                pts = due
        pts = max(pts, 0) if last is None else max(pts, last + 1)
        self._last = pts
        return pts

    def _picture(self, frame: av.VideoFrame) -> Pixels:
        if self._rotation:
            upright = np.rot90(frame.to_ndarray(format="rgb24"), self._rotation // 90).astype(np.uint8)
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(upright), format="rgb24")
        width, height = self.shape
        wide = frame.width * self._aspect
        scale = min(width / wide, height / frame.height)
        fit = (max(2, round(wide * scale / 2) * 2), max(2, round(frame.height * scale / 2) * 2))
        if abs(fit[0] - width) <= 2 and abs(fit[1] - height) <= 2:
            fit = (width, height)
        form = frame.reformat(*fit, "yuv420p", dst_colorspace="ITU601", dst_color_range="MPEG")
        picture = form.to_ndarray().astype(np.uint8, copy=False)
        return picture if fit == self.shape else _framed(picture, fit, self.shape)


def _framed(picture: Pixels, size: tuple[int, int], canvas: tuple[int, int]) -> Pixels:
    """A smaller I420 picture in the upper left corner of a black one."""
    (width, height), (wide, high) = size, canvas
    framed = np.full((high * 3 // 2, wide), 128, np.uint8)
    framed[:high] = 16
    framed[:height, :width] = picture[:height]
    half = (height // 2, width // 2)
    for plane in range(2):
        small = picture[height:].reshape(2, *half)[plane]
        framed[high:].reshape(2, high // 2, wide // 2)[plane, : half[0], : half[1]] = small
    return framed


class _CopiedSound(_Lane):
    def __init__(self, writer: OutputContainer, stream: AudioStream, zero: Fraction, done: _Written) -> None:
        super().__init__(writer, zero, done)
        self._out = writer.add_stream_from_template(stream)
        assert stream.time_base is not None
        self._base = stream.time_base
        self._out.time_base = self._base
        self._shift = round(zero / self._base)

    def feed(self, packet: Packet[Stream]) -> None:
        if packet.pts is None or packet.dts is None:
            return
        packet.pts, packet.dts = packet.pts - self._shift, packet.dts - self._shift
        self._done.end = max(self._done.end, (packet.pts + (packet.duration or 0)) * self._base)
        packet.stream = self._out
        self._writer.mux(packet)


class _NewSound(_Lane):
    """Decoded and encoded again: silence before a late start and in holes, one clock."""

    def __init__(self, writer: OutputContainer, stream: AudioStream, zero: Fraction, done: _Written) -> None:
        super().__init__(writer, zero, done)
        self._stream = stream
        self._encoder = AudioEncoder(writer, str(stream.metadata.get("title") or "sound"))
        self._mono: av.AudioResampler | None = None
        self._shape: tuple[str, str, int] | None = None
        self._due = Fraction(0)
        self._shift = Fraction(0)
        self._begun = False

    def feed(self, packet: Packet[Stream]) -> None:
        try:
            frames = packet.decode()
        except av.InvalidDataError:
            return
        for frame in frames:
            if isinstance(frame, av.AudioFrame):
                self._take(frame)

    def flush(self) -> None:
        try:
            for frame in self._stream.codec_context.decode(None):
                if isinstance(frame, av.AudioFrame):
                    self._take(frame)
        except (av.InvalidDataError, av.EOFError):
            pass
        if self._begun:
            self._writer.mux(self._encoder.flush())
        self._done.end = max(self._done.end, self._due)

    def _take(self, frame: av.AudioFrame) -> None:
        shape = (frame.format.name, frame.layout.name, frame.sample_rate)
        if self._mono is None or shape != self._shape:
            self._mono = av.AudioResampler(format="flt", layout="mono", rate=frame.sample_rate)
            self._shape = shape
        t = self._due
        base = frame.time_base or self._stream.time_base
        if frame.pts is not None and base is not None:
            t = frame.pts * base - self._zero + self._shift
            if self._begun and (t < self._due - 2 or t > self._due + _LONGEST_JUMP_S):
                self._shift += self._due - t
                t = self._due
        rate, length = frame.sample_rate, Fraction(frame.samples, frame.sample_rate)
        frame.pts = None
        for mono in self._mono.resample(frame):
            samples = mono.to_ndarray().reshape(-1).astype(np.float32, copy=False)
            early = max(0, -round(t * rate))
            if early < len(samples):
                start = max(Fraction(0), t)
                self._writer.mux(self._encoder.encode(samples[early:], rate, round(start * NS)))
                self._begun = True
        self._due = max(self._due, t + length)


def _is_whole(target: Path, done: _Written) -> bool:
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
