"""When a word really begins: the model's times are coarse after a silence, the sound itself is not.

Numpy, imported in the transcriber process only.
"""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray

from transcribe.models import Segment, Word
from transcribe.pieces import RATE

_HOP = RATE // 100
_HOP_NS = 10_000_000
_BELOW_DB = 25.0
"""So far below the loudest tenth of a second of what is said is quiet: vowels are loud, but the s before them isn't."""
_ABOVE_DB = 8.0
"""What is louder than the quietest parts by that is no noise of the room."""
_BACK = 60
"""Frames of 10 ms that a beginning may lie before where the model puts it."""
_HOLE = 6
"""Quiet frames within a word (a stop consonant)."""
_STEADY = 3
_SILENCE_NS = 150_000_000
"""Only a word after at least that much silence has a beginning that can be heard."""


class Onsets:
    """The loudness of one piece of sound, each 10 ms."""

    def __init__(self, audio: NDArray[np.float32]) -> None:
        frames = audio[: len(audio) // _HOP * _HOP].reshape(-1, _HOP)
        self._level = 10 * np.log10(np.mean(np.square(frames), axis=1) + 1e-10)
        self._floor = float(np.quantile(self._level, 0.1)) if len(frames) else 0.0

    def sharpened(self, segment: Segment) -> Segment:
        """A segment timed in the piece, whose words after a silence begin where the sound does."""
        if not segment.words or not len(self._level):
            return segment
        limit = self._limit(segment)
        words: list[Word] = []
        for word in segment.words:
            before_ns = words[-1].t_end_ns if words else 0
            start_ns = word.t_start_ns
            if not words or start_ns - before_ns >= _SILENCE_NS:
                start_ns = min(max(before_ns, self._onset(word, limit)), word.t_end_ns)
            words.append(dataclasses.replace(word, t_start_ns=start_ns))
        return dataclasses.replace(segment, words=tuple(words), t_start_ns=words[0].t_start_ns)

    def _limit(self, segment: Segment) -> float:
        first, last = segment.t_start_ns // _HOP_NS, segment.t_end_ns // _HOP_NS + 1
        power = 10 ** (self._level[first:last] / 10)
        if len(power) < 10:
            return self._floor + _ABOVE_DB
        loudest = 10 * np.log10(np.convolve(power, np.full(10, 0.1), "valid").max())
        return float(max(loudest - _BELOW_DB, self._floor + _ABOVE_DB))

    def _onset(self, word: Word, limit: float) -> int:
        """Where the sound around a word's beginning rises above the limit; where the model puts it if it doesn't."""
        at = min(word.t_start_ns // _HOP_NS, len(self._level) - 1)
        end = min(max(word.t_end_ns // _HOP_NS, at + 1), len(self._level))
        loud = self._level >= limit
        steady = next((n for n in range(at, end - _STEADY + 1) if loud[n : n + _STEADY].all()), None)
        if steady is None:
            return word.t_start_ns
        if steady > at:
            return steady * _HOP_NS
        first, quiet = at, 0
        for n in range(at - 1, max(-1, at - _BACK), -1):
            if loud[n]:
                first, quiet = n, 0
            else:
                quiet += 1
                if quiet > _HOLE:
                    break
        return min(first * _HOP_NS, word.t_start_ns)
