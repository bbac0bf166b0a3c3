"""Sound of a media file as Whisper wants it: 16 kHz, mono, float32, each sample where its time stamp puts it.

The owner of PyAV in this package; imported in the transcriber process only.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av  # noqa: TID253
import numpy as np
from av.audio.frame import AudioFrame  # noqa: TID253
from av.audio.stream import AudioStream  # noqa: TID253
from av.container import InputContainer  # noqa: TID253
from numpy.typing import NDArray

from transcribe.cancel import CancelToken
from transcribe.errors import TranscribeCode, TranscribeError
from transcribe.wholeness import Wholeness

SAMPLE_RATE = 16_000
_TOLERANCE = SAMPLE_RATE // 50  # 20 ms: time stamps rounded by a container must not tear sound apart
_DISCONTINUITY = 2 * SAMPLE_RATE  # further back than that, the clock of the file began anew
_LONGEST = 48 * 3600 * SAMPLE_RATE
_TS_DISCONT = 0x0200  # libavformat's AVFMT_TS_DISCONT
_RUN_UP_S = 0.5  # decoded and thrown away: a codec's first frame leans on the one before
_BLOCK = SAMPLE_RATE  # samples handed out at a time, about

log = logging.getLogger("transcribe.audio")


@dataclass(frozen=True, slots=True)
class AudioBlock:
    """Sound without a hole in it. `start` counts samples of 16 kHz from the media's zero."""

    start: int
    samples: NDArray[np.float32]


def iter_audio(
    media: Path,
    stream_index: int | None = None,
    *,
    start_s: float = 0.0,
    cancel: CancelToken | None = None,
    wholeness: Wholeness | None = None,
) -> Iterator[AudioBlock]:
    """Decode one sound stream, about a second at a time, in rising order and without overlap.

    What lies between two blocks, and before the first, is silence: a track that starts late starts late here.
    Packets that cannot be decoded are left out (and logged), so that a damaged file gives what it has.

    Args:
        media: any file that FFmpeg reads.
        stream_index: index of the stream in its container; None takes the first with sound.
        start_s: seconds from the media's zero; what lies before isn't decoded.
        cancel: looked at between packets.
        wholeness: is told what is missing.

    Raises:
        TranscribeError: MEDIA_MISSING, MEDIA_BROKEN, NO_SOUND, CANCELLED.
    """
    with _open(media) as container:
        stream = _pick(container, media, stream_index)
        placer = _Placer()
        zero = _zero_of(container)
        zero_place, first = int(zero * SAMPLE_RATE), round(start_s * SAMPLE_RATE)
        bad = good = 0
        wholeness = wholeness or Wholeness()
        wholeness.began(container, stream, zero)
        last = None
        for packet in _demux(container, stream, media):
            if cancel is not None:
                cancel.check()
            if packet.size:
                last = packet
            if start_s and _is_before(packet, start_s - _RUN_UP_S, zero):
                good += 1
                continue
            try:
                frames = packet.decode()
            except av.error.FFmpegError as error:  # decoders have many names for what they can't make sense of
                if isinstance(error, MemoryError):
                    raise
                bad += 1
                wholeness.lost(packet)
                continue
            for frame in frames:
                good += 1
                yield from _cut(placer.feed(frame, _place(frame, zero_place)), first)
        wholeness.ended(last)
        yield from _cut(placer.flush(), first)
    if bad:
        log.warning("%d packets of sound could not be decoded", bad)
    if not good:
        code = TranscribeCode.MEDIA_BROKEN if bad else TranscribeCode.NO_SOUND
        raise TranscribeError(code, str(media))


def _is_before(packet: av.Packet[AudioStream], seconds: float, zero: Fraction) -> bool:
    if packet.pts is None or packet.time_base is None:
        return False
    return (packet.pts + (packet.duration or 0)) * packet.time_base - zero < seconds


def _cut(blocks: Iterator[AudioBlock], first: int) -> Iterator[AudioBlock]:
    """Without what lies before a place."""
    for block in blocks:
        early = max(0, first - block.start)
        if not early:
            yield block
        elif early < len(block.samples):
            yield AudioBlock(first, block.samples[early:])


def load_audio(
    media: Path, stream_index: int | None = None, *, cancel: CancelToken | None = None
) -> NDArray[np.float32]:
    """The whole stream as one array (3.7 MB a minute) that begins at the media's zero; holes are zeros.

    Raises:
        TranscribeError: as `iter_audio`; OUT_OF_MEMORY.
    """
    blocks = list(iter_audio(media, stream_index, cancel=cancel))
    try:
        audio = np.zeros(max((b.start + len(b.samples) for b in blocks), default=0), np.float32)
    except MemoryError as error:
        raise TranscribeError(TranscribeCode.OUT_OF_MEMORY, str(media)) from error
    blocks.reverse()
    while blocks:  # freed one by one: never two copies of the sound
        block = blocks.pop()
        audio[block.start : block.start + len(block.samples)] = block.samples
    return audio


def silence(audio: NDArray[np.float32], spans: Sequence[tuple[int, int]], t0_ns: int) -> None:
    """Overwrite `spans` (session time, ns) of `audio` (whose first sample is at `t0_ns`) with zeros, in place."""
    for start_ns, end_ns in spans:
        first = max(0, (start_ns - t0_ns) * SAMPLE_RATE // 1_000_000_000)
        last = max(0, -((t0_ns - end_ns) * SAMPLE_RATE // 1_000_000_000))
        audio[first:last] = 0.0


class _Placer:
    """Resamples frames in runs without a hole, and says where each run lies."""

    def __init__(self) -> None:
        self._resampler: av.AudioResampler | None = None
        self._shape: tuple[str, str, int] | None = None
        self._run_start = 0  # place of the run's first sample
        self._fed = 0  # samples of source sound in this run
        self._shift = 0  # added to places after the file's clock began anew
        self._position = 0  # first place not yet handed out
        self._write = 0  # place of the next resampled sample
        self._pending: list[NDArray[np.float32]] = []
        self._pending_samples = 0

    def feed(self, frame: AudioFrame, place: int | None) -> Iterator[AudioBlock]:
        """Take one decoded frame that starts at `place` (samples of 16 kHz), or right after the last (None)."""
        shape = (frame.format.name, frame.layout.name, frame.sample_rate)
        rate = self._shape[2] if self._shape is not None else SAMPLE_RATE
        expected = self._run_start + (2 * self._fed * SAMPLE_RATE + rate) // (2 * rate)
        place = expected if place is None else place + self._shift
        if place < expected - _DISCONTINUITY and self._resampler is not None:
            self._shift += expected - place
            place = expected
        if place > _LONGEST:
            raise TranscribeError(TranscribeCode.MEDIA_BROKEN, "time stamps beyond two days")
        if self._resampler is None or shape != self._shape or abs(place - expected) > _TOLERANCE:
            yield from self.flush()
            self._resampler = av.AudioResampler(format="flt", layout="mono", rate=SAMPLE_RATE)
            self._shape = shape
            self._run_start = self._write = place
            self._fed = 0
        self._fed += frame.samples
        frame.pts = None  # places are kept here; the resampler's own book-keeping would object to jumps
        self._take(self._resampler.resample(frame))
        if self._pending_samples >= _BLOCK:
            yield from self._emit()

    def flush(self) -> Iterator[AudioBlock]:
        """End the run: hand out what the resampler and this object still hold."""
        if self._resampler is not None:
            self._take(self._resampler.resample(None))
            self._resampler = None
        yield from self._emit()

    def _take(self, frames: Sequence[AudioFrame]) -> None:
        for frame in frames:
            samples = np.frombuffer(memoryview(frame.planes[0]), np.float32, frame.samples)
            self._pending.append(samples)
            self._pending_samples += len(samples)

    def _emit(self) -> Iterator[AudioBlock]:
        if not self._pending_samples:
            return
        samples = np.concatenate(self._pending)
        start = self._write
        self._write += len(samples)
        self._pending.clear()
        self._pending_samples = 0
        late = max(0, self._position - start)  # overlaps what was handed out, or lies before zero
        if late < len(samples):
            self._position = start + len(samples)
            yield AudioBlock(start + late, samples[late:])


def _open(media: Path) -> InputContainer:
    try:
        return av.open(str(media), metadata_errors="replace")
    except FileNotFoundError as error:
        raise TranscribeError(TranscribeCode.MEDIA_MISSING, str(media)) from error
    except (av.error.FFmpegError, OSError, ValueError) as error:
        raise TranscribeError(TranscribeCode.MEDIA_BROKEN, f"{media}: {_reason(error)}") from error


def _pick(container: InputContainer, media: Path, index: int | None) -> AudioStream:
    streams = container.streams.audio
    if index is None and streams:
        return streams[0]
    for stream in streams:
        if stream.index == index:
            return stream
    raise TranscribeError(TranscribeCode.NO_SOUND, str(media) if index is None else f"{media}: stream {index}")


def _zero_of(container: InputContainer) -> Fraction:
    """Where a player starts to count: broadcast formats begin anywhere, all others at zero."""
    if container.format.flags & _TS_DISCONT and container.start_time is not None:
        return Fraction(container.start_time, av.time_base)
    return Fraction(0)


def _demux(container: InputContainer, stream: AudioStream, media: Path) -> Iterator[av.Packet[AudioStream]]:
    packets = container.demux(stream)
    while True:
        try:
            packet = next(packets, None)
        except (av.error.InvalidDataError, av.error.EOFError):
            log.warning("the file breaks off; taking what came before")
            return
        except (av.error.FFmpegError, OSError) as error:
            raise TranscribeError(TranscribeCode.MEDIA_BROKEN, f"{media}: {_reason(error)}") from error
        if packet is None:
            return
        yield packet


def _place(frame: AudioFrame, zero: int) -> int | None:
    """Where a frame starts, in samples of 16 kHz from `zero`; None where the file doesn't say."""
    base = frame.time_base
    if frame.pts is None or base is None:
        return None
    # In whole numbers: a file has many frames, and fractions would take a third of the time of reading it.
    return (frame.pts * base.numerator * SAMPLE_RATE) // base.denominator - zero


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)
