"""Small pictures of a recording for its timeline, each with the moment from which on it was shown."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from annotate.timeline import SECOND
from transcribe.cancel import CancelToken

if TYPE_CHECKING:
    from av.video.codeccontext import VideoCodecContext

HEIGHT = 72
_WIDEST = 160
_MOST = 1_200
_LEAST_STEP_NS = 2 * SECOND
_NS = 1_000_000_000


@dataclass(frozen=True, slots=True, eq=False)
class Thumbs:
    """JPEG pictures in order of time; number i is `jpegs[ends[i - 1]:ends[i]]` (from 0 for the first)."""

    t_ns: NDArray[np.int64]
    ends: NDArray[np.int64]
    jpegs: NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.t_ns)

    def at(self, t_ns: int) -> int:
        """The number of the last one that begins by `t_ns`; the first before all of them."""
        return max(0, int(np.searchsorted(self.t_ns, t_ns, side="right")) - 1)

    def jpeg(self, number: int) -> bytes:
        """One picture's file."""
        start = int(self.ends[number - 1]) if number else 0
        return self.jpegs[start : int(self.ends[number])].tobytes()


def compute_thumbs(
    media: Path, duration_ns: int, cancel: CancelToken, progress: Callable[[float], object] = lambda _share: None
) -> Thumbs:
    """Pictures of the file's keyframes, no nearer to each other than 2 s and about 1200 at most.

    Only keyframes are decoded, about 10 ms each at full HD, so each picture is exactly that of its moment.

    Raises:
        TranscribeError: CANCELLED.
        OSError (av.error.FFmpegError among them): the file cannot be read.
    """
    import av
    from av.video.reformatter import VideoReformatter

    step_ns = max(_LEAST_STEP_NS, duration_ns // _MOST)
    times: list[int] = []
    jpegs: list[bytes] = []
    with av.open(str(media)) as container:
        stream = container.streams.video[0]
        stream.codec_context.skip_frame = "NONKEY"
        width = min(_WIDEST, round(stream.width * HEIGHT / max(1, stream.height)) & ~1)
        scaler, encoder = VideoReformatter(), None
        wanted_ns = 0
        for packet in container.demux(stream):
            cancel.check()
            if packet.pts is None or not packet.is_keyframe:
                continue
            at_ns = int(packet.pts * packet.time_base * _NS)
            if at_ns < wanted_ns:
                continue
            try:
                frames = packet.decode()
            except av.error.FFmpegError:
                continue
            # Frames come out late, or all at once: each has its own time.
            for frame in frames:
                if frame.pts is None:
                    continue
                small = scaler.reformat(frame, width=width, height=HEIGHT, format="yuvj420p", interpolation="AREA")
                if encoder is None:
                    encoder = _encoder(width, packet.time_base)
                small.pts, small.time_base = len(jpegs), packet.time_base
                data = b"".join(bytes(one) for one in encoder.encode(small))
                if data:
                    times.append(int(frame.pts * packet.time_base * _NS))
                    jpegs.append(data)
            wanted_ns = at_ns + step_ns
            progress(min(1.0, at_ns / max(1, duration_ns)))
    return Thumbs(
        np.array(times, np.int64),
        np.cumsum([len(data) for data in jpegs], dtype=np.int64),
        np.frombuffer(b"".join(jpegs), np.uint8),
    )


def _encoder(width: int, time_base: Fraction) -> VideoCodecContext:
    from av.codec.context import CodecContext
    from av.video.codeccontext import VideoCodecContext

    encoder = CodecContext.create("mjpeg", "w")
    assert isinstance(encoder, VideoCodecContext)
    encoder.width, encoder.height, encoder.pix_fmt = width, HEIGHT, "yuvj420p"
    encoder.time_base = time_base
    encoder.options = {"q": "4"}
    return encoder
