"""Encoders: H.264 for pictures, AAC for sound. Each is used by one thread."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, TypeAlias

import av  # noqa: TID253
import numpy as np
from av.audio.stream import AudioStream  # noqa: TID253
from av.container import OutputContainer  # noqa: TID253
from av.filter import Graph  # noqa: TID253
from av.packet import Packet  # noqa: TID253
from av.stream import Stream  # noqa: TID253
from av.video.frame import PictureType  # noqa: TID253
from av.video.stream import VideoStream  # noqa: TID253
from numpy.typing import NDArray

from capture.sync import NS, PTS_RATE

if TYPE_CHECKING:  # it brings OpenCV along
    from capture.imaging import Pixels

AnyPacket: TypeAlias = "Packet[Stream]"

AUDIO_RATE = 48_000
AUDIO_BIT_RATE = 96_000
TRACK_TITLES = {"mic": "Microphone", "system": "Computer sound"}
CRF = "23"
PRESET = "superfast"
KEY_AFTER_CHANGES = 150
KEY_AFTER_NS = 20 * NS
KEY_AFTER_FRAMES = 240
"""Repeats cost little, but not nothing: 240 of them are two minutes, and a fraction of a second of decoding."""
_ONE_THREAD_FPS = 20

_BT601_LIMITED = {"color_range": 1, "colorspace": 6, "color_primaries": 1, "color_trc": 13}


@dataclass(frozen=True, slots=True)
class Tuning:
    """What differs between kinds of picture: x264's quality (lower is better) and how it looks for movement."""

    crf: str
    search: str


SCREEN_TUNING = Tuning(CRF, "me=umh:merange=64")
"""A page that the wheel has scrolled is found again; such frames become a third as large."""
CAMERA_TUNING = Tuning("26", "me=hex:merange=16")


class KeyframePolicy:
    """A keyframe after 150 changed frames or 20 s of change, whichever comes first; a still picture makes none.

    Each keyframe of a page of text costs as much as minutes of work on it, but seeking has to decode from the last
    one. `KEY_AFTER_FRAMES` bounds that where nothing changes.
    """

    def __init__(self) -> None:
        self._changes = 0
        self._frames = 0
        self._key_ns: int | None = None

    def wants_key(self, t_ns: int, *, is_change: bool) -> bool:
        """Whether the frame at `t_ns` must be a keyframe; to be called once for each frame in order."""
        self._frames += 1
        self._changes += is_change
        is_key = (
            self._key_ns is None
            or self._changes >= KEY_AFTER_CHANGES
            or (is_change and t_ns - self._key_ns >= KEY_AFTER_NS)
            or self._frames >= KEY_AFTER_FRAMES
        )
        if is_key:
            self._key_ns, self._changes, self._frames = t_ns, 0, 0
        return is_key


class VideoEncoder:
    """libx264 without delay: each frame's packet comes out at once, so a crash loses none that waits inside."""

    def __init__(
        self, container: OutputContainer, width: int, height: int, fps: int, tuning: Tuning = SCREEN_TUNING
    ) -> None:
        """Adds the picture's stream to a container that has not begun. Width and height must be even."""
        options = {
            "preset": PRESET,
            "crf": tuning.crf,
            "bf": "0",
            "g": "100000",  # keyframes are ours to place
            "sc_threshold": "0",
            "forced-idr": "1",
            # force-cfr: without it x264 holds each frame back until it knows the next one's time. The times themselves
            # pass through untouched; they only no longer weigh in the rate control.
            "x264-params": f"force-cfr=1:sliced-threads=1:sync-lookahead=0:rc-lookahead=0:{tuning.search}",
        }
        self.stream: VideoStream = container.add_stream("libx264", rate=fps, options=options)
        context = self.stream.codec_context
        context.width, context.height, context.pix_fmt = width, height, "yuv420p"
        context.time_base = self.stream.time_base = Fraction(1, PTS_RATE)
        # Slices on two threads take a fifth more CPU; worth it only where one thread might not do.
        context.thread_count = 1 if fps <= _ONE_THREAD_FPS else 2
        for name, value in _BT601_LIMITED.items():
            setattr(context, name, value)

    def encode(self, i420: Pixels, pts: int, *, key: bool) -> list[AnyPacket]:
        """Encodes one picture of shape (height * 3 / 2, width), which must not be written any more: it isn't copied."""
        frame = av.VideoFrame.from_numpy_buffer(i420, format="yuv420p")
        frame.pts = pts
        frame.time_base = Fraction(1, PTS_RATE)
        frame.pict_type = PictureType.I if key else PictureType.NONE
        return list(self.stream.encode(frame))

    def flush(self) -> list[AnyPacket]:
        """What is still inside; the encoder can't be used after it."""
        return list(self.stream.encode(None))


class AudioEncoder:
    """AAC, mono. Blocks are placed by their time: small differences are stretched away, holes become silence.

    The soft compensation of libswresample moves the sound by at most 2 %, only while it is more than 1 ms off.
    """

    def __init__(self, container: OutputContainer, name: str) -> None:
        """Adds a named track to a container that has not begun."""
        self.stream: AudioStream = container.add_stream("aac", rate=AUDIO_RATE, layout="mono")
        self.stream.metadata["title"] = self.stream.metadata["handler_name"] = TRACK_TITLES.get(name, name)
        self.stream.codec_context.bit_rate = AUDIO_BIT_RATE
        self.stream.codec_context.time_base = self.stream.time_base = Fraction(1, AUDIO_RATE)
        self._graph: Graph | None = None
        self._rate = 0

    def encode(self, samples: NDArray[np.float32], rate: int, t_ns: int) -> list[AnyPacket]:
        """Encodes mono samples (n,) of a device with `rate` whose first one belongs at session time `t_ns` >= 0."""
        packets: list[AnyPacket] = []
        if self._graph is None or rate != self._rate:
            packets += self._drain(end=True)
            self._graph, self._rate = _align_graph(rate), rate
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(samples).reshape(1, -1), format="flt", layout="mono")
        frame.sample_rate = rate
        frame.time_base = Fraction(1, 1_000_000)
        frame.pts = t_ns // 1000
        self._graph.push(frame)
        return packets + self._drain(end=False)

    def flush(self) -> list[AnyPacket]:
        """What is still inside; the encoder can't be used after it."""
        return self._drain(end=True) + list(self.stream.encode(None))

    def _drain(self, *, end: bool) -> list[AnyPacket]:
        if self._graph is None:
            return []
        if end:
            self._graph.push(None)
        packets: list[AnyPacket] = []
        while True:
            try:
                frame = self._graph.pull()
            except (av.BlockingIOError, av.EOFError):
                return packets
            assert isinstance(frame, av.AudioFrame)
            packets += self.stream.encode(frame)


def _align_graph(rate: int) -> Graph:
    graph = Graph()
    source = graph.add_abuffer(
        sample_rate=rate, format="flt", layout="mono", channels=1, time_base=Fraction(1, 1_000_000)
    )
    align = graph.add("aresample", f"{AUDIO_RATE}:async=1000:min_comp=0.001:min_hard_comp=0.07:first_pts=0")
    shape = graph.add("aformat", f"sample_fmts=fltp:sample_rates={AUDIO_RATE}:channel_layouts=mono")
    sink = graph.add("abuffersink")
    source.link_to(align)
    align.link_to(shape)
    shape.link_to(sink)
    graph.configure()
    return graph
