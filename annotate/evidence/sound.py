"""All sound tracks of a recording, mixed into one: both people of a conversation are heard in a clip."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Self

import av  # noqa: TID253
import numpy as np
from av.audio.frame import AudioFrame  # noqa: TID253
from av.audio.stream import AudioStream  # noqa: TID253
from numpy.typing import NDArray

from annotate.timeline import SECOND, TimeRange

RATE = 48_000
_TOLERANCE = RATE // 50  # time stamps rounded by a container must not tear sound apart
_SEEK_BEFORE_NS = SECOND // 2  # a decoder needs a packet or two to get going

Samples = NDArray[np.float32]


class Mixer:
    """The tracks of a file from a moment on, as one. Read in order, in pieces of any length; holes are silence."""

    def __init__(self, path: Path, start_ns: int, silent: Sequence[TimeRange] = ()) -> None:
        """Args:
            path: the file; one without sound is all silence.
            start_ns: session time of the first sample that `read` gives.
            silent: stretches of session time that are silenced whatever the file holds.

        Raises:
            OSError, av.FFmpegError: the file cannot be opened.
        """
        self._start_ns = start_ns
        self._silent = silent
        self._done = 0
        with av.open(str(path)) as container:
            indexes = [stream.index for stream in container.streams.audio]
        self._tracks = [_Track(path, index, start_ns) for index in indexes]

    @property
    def tracks(self) -> int:
        return len(self._tracks)

    def read(self, count: int) -> Samples:
        """The next samples, mono, within -1..1: tracks are added up, and what is too loud is bent, not cut."""
        mixed = np.zeros(count, np.float32)
        for track in self._tracks:
            mixed += track.read(count)
        for pause in self._silent:
            first, last = (
                round((t_ns - self._start_ns) * RATE / SECOND) - self._done for t_ns in (pause.start_ns, pause.end_ns)
            )
            mixed[max(0, first) : max(0, last)] = 0
        self._done += count
        return _bent(mixed)

    def close(self) -> None:
        for track in self._tracks:
            track.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class _Track:
    """One track, resampled and placed by its time stamps."""

    def __init__(self, path: Path, index: int, start_ns: int) -> None:
        self._container = av.open(str(path))
        self._stream = self._container.streams[index]
        assert isinstance(self._stream, AudioStream)
        self._start = Fraction(start_ns, SECOND)
        base = self._stream.time_base or Fraction(1, RATE)
        with contextlib.suppress(av.FFmpegError):  # a track that ends before is silent from here on
            self._container.seek(
                int(max(0, start_ns - _SEEK_BEFORE_NS) / SECOND / base), stream=self._stream, backward=True
            )
        self._frames = self._decode()
        self._resampler = av.AudioResampler(format="flt", layout="mono", rate=RATE)
        self._held = np.zeros(0, np.float32)
        self._at = 0  # place of the first sample of `_held`, from the start on
        self._over = False

    def read(self, count: int) -> Samples:
        """The next `count` samples."""
        while len(self._held) < count and not self._over:
            self._fill()
        taken = self._held[:count]
        self._held = self._held[count:]
        self._at += count
        return taken if len(taken) == count else np.pad(taken, (0, count - len(taken)))

    def close(self) -> None:
        self._container.close()

    def _fill(self) -> None:
        frame = next(self._frames, None)
        if frame is None:
            self._over = True
            return
        place = None
        if frame.pts is not None and frame.time_base is not None:
            place = round((frame.pts * frame.time_base - self._start) * RATE)
        frame.pts = None  # places are kept here; the resampler's own book-keeping would object to jumps
        for piece in self._resampler.resample(frame):
            samples = piece.to_ndarray().reshape(-1).astype(np.float32, copy=False)
            self._put(samples, place)
            place = None

    def _put(self, samples: Samples, place: int | None) -> None:
        """Append samples at their place: after a gap there is silence, and what lies before the start is dropped."""
        end = self._at + len(self._held)
        if place is None or (end > 0 and abs(place - end) <= _TOLERANCE):
            place = end
        if place > end:
            self._held = np.concatenate([self._held, np.zeros(place - end, np.float32), samples])
        elif place == end:
            self._held = np.concatenate([self._held, samples])
        else:
            self._held = np.concatenate([self._held, samples[end - place :]])

    def _decode(self) -> Iterator[AudioFrame]:
        packets = self._container.demux(self._stream)
        while True:
            try:
                packet = next(packets, None)
            except av.error.InvalidDataError:
                continue
            except (av.error.FFmpegError, OSError):
                return  # the file breaks off: silence from here on
            if packet is None:
                return
            try:
                frames = packet.decode()
            except av.error.FFmpegError:
                continue  # damaged, for which decoders have many names: silence in its place
            yield from (frame for frame in frames if isinstance(frame, AudioFrame))


def _bent(samples: Samples) -> Samples:
    """Soft limit: straight up to 0.8, then towards 1."""
    over = np.abs(samples) > 0.8
    if over.any():
        loud = samples[over]
        samples[over] = np.sign(loud) * (0.8 + 0.2 * np.tanh((np.abs(loud) - 0.8) / 0.2))
    return samples
