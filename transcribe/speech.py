"""Where somebody speaks, found in a sound of any length with the memory of a few minutes of it.

The owner of the voice activity detector (Silero, which faster-whisper carries); imported in the transcriber process
only.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from faster_whisper.vad import VadOptions, get_speech_timestamps  # noqa: TID253
from numpy.typing import NDArray

from transcribe.audio import SAMPLE_RATE, AudioBlock
from transcribe.pieces import LONGEST, Span

_LOOK = 240 * SAMPLE_RATE
"""Samples looked at in one go."""
PAD = 3 * SAMPLE_RATE // 10
"""Samples left on either side of speech."""
_OPTIONS = VadOptions(
    min_silence_duration_ms=2 * PAD * 1000 // SAMPLE_RATE,  # each pause may end a piece: the fuller, the fewer
    speech_pad_ms=PAD * 1000 // SAMPLE_RATE,
    max_speech_duration_s=LONGEST / SAMPLE_RATE - 1,
)


def dense(blocks: Iterable[AudioBlock], silent: Sequence[Span] = (), size: int = SAMPLE_RATE) -> Iterator[AudioBlock]:
    """The same sound in blocks of `size` samples without a hole between them; the last one may be shorter.

    Args:
        silent: ranges of samples that are overwritten with zeros, whatever was heard there.
    """
    buffer = np.zeros(size, np.float32)
    start = end = 0
    for block in blocks:
        offset = 0
        while offset < len(block.samples):
            place = block.start + offset
            while place >= start + size:
                yield _made_silent(AudioBlock(start, buffer), silent)
                buffer = np.zeros(size, np.float32)
                start += size
            part = block.samples[offset : offset + start + size - place]
            buffer[place - start : place - start + len(part)] = part
            offset += len(part)
            end = place + len(part)
    if end > start:
        yield _made_silent(AudioBlock(start, buffer[: end - start]), silent)


def _made_silent(block: AudioBlock, silent: Sequence[Span]) -> AudioBlock:
    for first, last in silent:
        block.samples[max(0, first - block.start) : max(0, last - block.start)] = 0.0
    return block


def find_speech(blocks: Iterable[AudioBlock]) -> tuple[list[Span], int]:
    """Ranges of samples in which somebody speaks, none longer than a piece, and how many samples there are.

    Args:
        blocks: as `dense` gives them.
    """
    found: list[Span] = []
    held: list[NDArray[np.float32]] = []
    first = length = 0  # where the held samples begin, and how many they are
    for block in blocks:
        held.append(block.samples)
        length += len(block.samples)
        if length >= _LOOK:
            audio = np.concatenate(held)
            spans = _speech(audio)
            keep = length - SAMPLE_RATE  # so that nothing is cut in two where two looks meet
            if spans and spans[-1][1] >= keep:
                keep = min(keep, max(spans[-1][0], 1))
                spans.pop()
            found += [(first + start, first + end) for start, end in spans]
            held, first, length = [audio[keep:].copy()], first + keep, length - keep
    if length:
        found += [(first + start, first + end) for start, end in _speech(np.concatenate(held))]
    return _apart(found), first + length


def _speech(audio: NDArray[np.float32]) -> list[Span]:
    if not audio.any():
        return []
    return [(each["start"], each["end"]) for each in get_speech_timestamps(audio, _OPTIONS)]


def _apart(spans: Iterable[Span]) -> list[Span]:
    """The same ranges in order, without a sample in two of them."""
    result: list[Span] = []
    for start, end in spans:
        begin = max(start, result[-1][1]) if result else start
        if end > begin:
            result.append((begin, end))
    return result
