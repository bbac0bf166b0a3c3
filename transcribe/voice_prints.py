"""How each stretch of a piece of speech sounds. Imported in the transcriber process only."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from transcribe.pieces import RATE, Piece, to_ns
from transcribe.speech import PAD
from transcribe.voice_encoder import STRETCH, VoiceEncoder
from transcribe.voice_print import VoicePrint

_STEP = 3 * STRETCH // 4
_SHORTEST = RATE // 4
"""Less than that says nothing about who it is."""

Heard = tuple[Piece, NDArray[np.float32], str, int]
"""A piece, its sound, its track, and the session time (ns) of the track's zero."""


class VoicePrinter:
    """Holds the voice model.

    Raises:
        TranscribeError: MODEL_BROKEN.
    """

    def __init__(self, weights: Path) -> None:
        self._encoder = VoiceEncoder(weights)

    def of(self, heard: Sequence[Heard]) -> list[list[VoicePrint]]:
        """Those of each piece: one each 1.2 s of speech, none over a silence: who speaks before and after may be two.

        Several pieces in one go take less time than one by one.
        """
        cut: list[NDArray[np.float32]] = []
        times: list[list[tuple[int, int]]] = []
        for piece, audio, _, t0_ns in heard:
            times.append([])
            for place, samples in _stretches(piece, audio):
                times[-1].append((t0_ns + to_ns(place), t0_ns + to_ns(place + len(samples))))
                cut.append(np.resize(samples, STRETCH))  # a shorter one again and again
        if not cut:
            return [[] for _ in heard]
        vectors = iter(self._encoder.vectors(np.concatenate(cut), np.arange(len(cut), dtype=np.int64) * STRETCH))
        return [
            [VoicePrint(track, start_ns, end_ns, _levels(next(vectors))) for start_ns, end_ns in own]
            for (_, _, track, _), own in zip(heard, times, strict=True)
        ]


def _stretches(piece: Piece, audio: NDArray[np.float32]) -> Iterator[tuple[int, NDArray[np.float32]]]:
    """Where on the track each begins (samples), and its sound."""
    at = 0
    for first, last in piece.spans:
        start, end = at + PAD, at + last - first - PAD
        if end - start >= _SHORTEST:
            for begin in _begins(start, end):
                yield first + begin - at, audio[begin : min(begin + STRETCH, end)]
        at += last - first


def _begins(start: int, end: int) -> Iterator[int]:
    """Where stretches begin, so that they cover all from `start` to `end`; the last ends with it."""
    begin = start
    while begin + STRETCH < end:
        yield begin
        begin += _STEP
    yield max(start, end - STRETCH)


def _levels(vector: NDArray[np.float32]) -> bytes:
    top = float(vector.max())
    return np.round(vector * (255.0 / top if top > 0 else 0.0)).astype(np.uint8).tobytes()
