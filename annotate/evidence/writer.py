"""An MP4 that plays everywhere: H.264 High, 4:2:0, no reordered frames, AAC, its index in front (faststart).

Each picture keeps its own time, in 1/90 000 s: nothing is rounded to a frame rate, so what is in step in the recording
is in step here.
"""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Self

import av  # noqa: TID253
import numpy as np
from av.packet import Packet  # noqa: TID253
from av.stream import Stream  # noqa: TID253
from av.video.frame import PictureType  # noqa: TID253

from annotate.evidence.paint import Pixels
from annotate.evidence.sound import RATE, Samples
from annotate.timeline import SECOND

TICKS = 90_000
KEY_EVERY_NS = 5 * SECOND
_BT601_LIMITED = {"color_range": 1, "colorspace": 6, "color_primaries": 1, "color_trc": 13}
_CRF, _PRESET = "18", "veryfast"  # text stays text
_AUDIO_BIT_RATE = 128_000
_BLOCK = 1024


class ClipWriter:
    """Writes pictures and sound into one file. One thread.

    Attributes:
        samples: how much sound was written, of 48 kHz.

    Raises (from all methods):
        OSError, av.FFmpegError: the file cannot be written.
    """

    def __init__(self, path: Path, width: int, height: int, *, sound: bool) -> None:
        """Begin a file; `width` and `height` are even, colours BT.601, limited range."""
        self._container = av.open(str(path), "w", format="mp4", options={"movflags": "+faststart"})
        options = {"preset": _PRESET, "crf": _CRF, "bf": "0", "g": "100000", "forced-idr": "1"}
        self._video = self._container.add_stream("libx264", rate=30, options=options)
        context = self._video.codec_context
        context.width, context.height, context.pix_fmt = width, height, "yuv420p"
        context.time_base = self._video.time_base = Fraction(1, TICKS)
        for name, value in _BT601_LIMITED.items():
            setattr(context, name, value)
        self._audio = self._container.add_stream("aac", rate=RATE, layout="mono") if sound else None
        if self._audio is not None:
            self._audio.codec_context.bit_rate = _AUDIO_BIT_RATE
            self._audio.codec_context.time_base = self._audio.time_base = Fraction(1, RATE)
        self._pts: list[int] = []
        self._waiting: list[Packet[Stream]] = []
        self._key_pts: int | None = None
        self.samples = 0

    def picture(self, pixels: Pixels, t_ns: int) -> None:
        """A picture from `t_ns` of the file on. It isn't copied, so it must not be written any more."""
        pts = t_ns * TICKS // SECOND
        if self._pts and pts <= self._pts[-1]:
            return  # shown for less than a tick
        frame = av.VideoFrame.from_numpy_buffer(np.ascontiguousarray(pixels), format="yuv420p")
        frame.pts, frame.time_base = pts, Fraction(1, TICKS)
        if self._key_pts is None or pts - self._key_pts >= KEY_EVERY_NS * TICKS // SECOND:
            frame.pict_type = PictureType.I
            self._key_pts = pts
        self._pts.append(pts)
        self._hold(self._video.encode(frame))

    def sound(self, samples: Samples) -> None:
        """The next sound, mono, 48 kHz."""
        assert self._audio is not None
        for first in range(0, len(samples), _BLOCK):
            block = np.ascontiguousarray(samples[first : first + _BLOCK]).reshape(1, -1)
            frame = av.AudioFrame.from_ndarray(block, format="fltp", layout="mono")
            frame.sample_rate, frame.pts, frame.time_base = RATE, self.samples, Fraction(1, RATE)
            self.samples += block.shape[1]
            self._container.mux(self._audio.encode(frame))

    def finish(self, length_ns: int) -> None:
        """End the file: the last picture is shown until `length_ns`."""
        self._hold(self._video.encode(None), last_pts=length_ns * TICKS // SECOND)
        if self._audio is not None:
            self._container.mux(self._audio.encode(None))
        self._container.close()

    def abandon(self) -> None:
        """Let go of the file, whatever is in it."""
        try:
            self._container.close()
        except (OSError, av.FFmpegError):
            return

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None:
            self.abandon()

    def _hold(self, packets: list[Packet[Stream]], last_pts: int | None = None) -> None:
        """Write packets one behind, each with how long it is shown: until the next one."""
        self._waiting += packets
        while self._waiting and (len(self._waiting) > 1 or last_pts is not None):
            packet = self._waiting.pop(0)
            until = self._waiting[0].pts if self._waiting else last_pts
            if until is not None and packet.pts is not None:
                packet.duration = max(1, until - packet.pts)
            self._container.mux(packet)
