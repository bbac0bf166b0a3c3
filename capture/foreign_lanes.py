"""The streams of a recording made elsewhere on their way into `screen.mp4`, each copied as it is or encoded anew."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import av  # noqa: TID253
import numpy as np
from av.audio.stream import AudioStream  # noqa: TID253
from av.container import OutputContainer  # noqa: TID253
from av.packet import Packet  # noqa: TID253
from av.stream import Stream  # noqa: TID253
from av.video.stream import VideoStream  # noqa: TID253

from capture.encode import AudioEncoder, KeyframePolicy, Tuning, VideoEncoder
from capture.foreign_scan import Plan
from capture.imaging import Pixels
from capture.sync import NS, PTS_RATE

_TUNING = Tuning("19", "me=umh:merange=64")
_LONGEST_JUMP_S = Fraction(12 * 3600)


class Written:
    """What went into the file so far. `unread`: seconds of the sound track that lost the most to damage."""

    def __init__(self) -> None:
        self.pts: list[int] = []
        self.keys: set[int] = set()
        self.end = Fraction(0)
        self.unread = Fraction(0)

    def picture(self, pts: int, duration: Fraction, *, key: bool) -> None:
        """Notes a picture at `pts`, in 1/90000 s."""
        self.pts.append(pts)
        if key:
            self.keys.add(pts)
        self.end = max(self.end, Fraction(pts, PTS_RATE) + duration)


class Lane:
    """One stream on its way into the new file."""

    def __init__(self, writer: OutputContainer, zero: Fraction, done: Written) -> None:
        self._writer = writer
        self._zero = zero
        self._done = done

    shape: tuple[int, int] = (0, 0)

    def feed(self, packet: Packet[Stream]) -> None:
        """Takes the stream's next packet."""
        raise NotImplementedError

    def flush(self) -> None:
        """Ends the stream."""


def _decoded(packet: Packet[Stream]) -> Sequence[object] | None:
    """What comes out of a packet; None if it is damaged, for which decoders have many names."""
    try:
        return packet.decode()
    except av.FFmpegError as error:
        if isinstance(error, MemoryError):
            raise
        return None


class CopiedPicture(Lane):
    """Bit by bit, at its times after the zero."""

    def __init__(self, writer: OutputContainer, stream: VideoStream, plan: Plan, done: Written) -> None:
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


class NewPicture(Lane):
    """Decoded and encoded again: even sizes, square pixels, upright, increasing times."""

    def __init__(self, writer: OutputContainer, stream: VideoStream, plan: Plan, done: Written) -> None:
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
        self._take(_decoded(packet) or ())

    def flush(self) -> None:
        try:
            frames = list(self._stream.codec_context.decode(None))
        except av.FFmpegError:
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


class CopiedSound(Lane):
    """Bit by bit, at its times after the zero."""

    def __init__(self, writer: OutputContainer, stream: AudioStream, zero: Fraction, done: Written) -> None:
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


class NewSound(Lane):
    """Decoded and encoded again: silence before a late start and in holes, one clock."""

    def __init__(self, writer: OutputContainer, stream: AudioStream, zero: Fraction, done: Written) -> None:
        super().__init__(writer, zero, done)
        self._stream = stream
        self._encoder = AudioEncoder(writer, str(stream.metadata.get("title") or "sound"))
        self._mono: av.AudioResampler | None = None
        self._shape: tuple[str, str, int] | None = None
        self._due = Fraction(0)
        self._shift = Fraction(0)
        self._unread = Fraction(0)
        self._begun = False

    def feed(self, packet: Packet[Stream]) -> None:
        frames = _decoded(packet)
        if frames is None:
            self._unread += (packet.duration or 0) * packet.time_base
        for frame in frames or ():
            if isinstance(frame, av.AudioFrame):
                self._take(frame)

    def flush(self) -> None:
        try:
            for frame in self._stream.codec_context.decode(None):
                if isinstance(frame, av.AudioFrame):
                    self._take(frame)
        except av.FFmpegError:
            pass
        if self._begun:
            self._writer.mux(self._encoder.flush())
        self._done.end = max(self._done.end, self._due)
        self._done.unread = max(self._done.unread, self._unread)

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
