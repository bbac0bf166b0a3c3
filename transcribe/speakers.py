"""Who speaks, by voice: stretches of speech are put together by how they sound, words go to the nearest voice.

Two voices unless all sounds alike (one) or a third stands apart. Numpy, imported in the transcriber process only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from transcribe.models import Word
from transcribe.voice_print import VoicePrint

Floats = NDArray[np.float32]

MOST = 6
"""Voices that are told apart at most."""
_ALIKE, _ALIKE_THIRD = 0.885, 0.78
"""Two groups whose middles are nearer than that (cosine) are one voice; a third has to stand further apart. Five
readers cut in two lie at 0.90 to 0.97, two people in a talk at 0.51 to 0.88."""
_MANY, _FEWER = 18, 0.016
"""Of fewer stretches than that a group's middle is itself uncertain: one voice cut in two lies lower for each that is
missing (five readers, 5 % of the cuts: below 0.85 of 16 stretches, 0.72 of 8)."""
_LEAST = 3
"""Stretches that make a voice; fewer are somebody's odd moment."""
_SHARP = 10.0
"""How strongly a stretch that sounds like a voice speaks for it."""
_STAY = 4.0
"""How much it takes to believe that the speaker changes between two words."""
_PAUSE_NS = 400_000_000
_AT_PAUSE, _AT_STOP = 0.35, 0.5
"""Shares of that after a pause, and after the end of a sentence, where speakers do change."""


@dataclass(frozen=True, slots=True)
class Voices:
    """The middles of the groups (unit vectors, one a row), the largest first."""

    middles: Floats

    @property
    def count(self) -> int:
        return len(self.middles)


def vectors_of(prints: Sequence[VoicePrint]) -> Floats:
    """Unit vectors, one a row."""
    levels = np.frombuffer(b"".join(one.levels for one in prints), np.uint8).reshape(len(prints), -1)
    return _unit(levels.astype(np.float32))


def find_voices(prints: Sequence[VoicePrint]) -> Voices:
    """The voices among stretches of one track."""
    vectors = vectors_of(prints)
    if len(vectors) < 2 * _LEAST:
        return Voices(_unit(vectors.mean(axis=0, keepdims=True)) if len(vectors) else vectors)
    middles = _divided(vectors)
    for _ in range(8):
        nearest = (vectors @ middles.T).argmax(axis=1)
        sizes = np.bincount(nearest, minlength=len(middles))
        kept = [n for n in range(len(middles)) if sizes[n] >= _LEAST] or [int(sizes.argmax())]
        moved = _unit(np.stack([vectors[nearest == n].mean(axis=0) for n in kept]))
        if moved.shape == middles.shape and np.allclose(moved, middles, atol=1e-4):
            break
        middles = moved
    nearest = (vectors @ middles.T).argmax(axis=1)
    return Voices(middles[np.argsort(-np.bincount(nearest, minlength=len(middles)), kind="stable")])


def _divided(vectors: Floats) -> Floats:
    """The middles of groups: all is cut in two where that parts voices, and the parts again."""
    groups = [vectors]
    while len(groups) < MOST:
        cuts = [(_cut_in_two(group), n) for n, group in enumerate(groups)]
        (likeness, first, second), n = min(cuts, key=lambda cut: cut[0][0])
        alike = _ALIKE - _FEWER * max(0, _MANY - len(vectors)) if len(groups) == 1 else _ALIKE_THIRD
        if likeness >= alike:
            break
        groups[n : n + 1] = [first, second]
    return _unit(np.stack([group.mean(axis=0) for group in groups]))


def _cut_in_two(vectors: Floats) -> tuple[float, Floats, Floats]:
    """Two groups by two-means, begun along the direction in which the vectors differ most, and how alike they are."""
    whole = (1.0, vectors, vectors[:0])
    if len(vectors) < 2 * _LEAST:
        return whole
    centred = vectors - vectors.mean(axis=0)
    _, directions = np.linalg.eigh(centred.T @ centred)
    side = centred @ directions[:, -1] > 0
    for _ in range(20):
        if min(side.sum(), (~side).sum()) < _LEAST:
            return whole
        middles = _unit(np.stack([vectors[~side].mean(axis=0), vectors[side].mean(axis=0)]))
        new = (vectors @ middles.T).argmax(axis=1) == 1
        if (new == side).all():
            return float(middles[0] @ middles[1]), vectors[~side], vectors[side]
        side = new
    return float(middles[0] @ middles[1]), vectors[~side], vectors[side]


def speakers_of(words: Sequence[Word], prints: Sequence[VoicePrint], voices: Voices) -> list[int]:
    """For each word (in the order of time, of one track) the voice that says it.

    The likeliest way through all words, with a price on each change of speaker (Viterbi 1967): a stretch of 1.6 s
    may hold the end of one turn and the beginning of the next.
    """
    if not words:
        return []
    if voices.count < 2 or not prints:
        return [0] * len(words)
    scores = _scores(words, prints, voices) * _SHARP
    best = scores[0].copy()
    came: list[NDArray[np.int64]] = []
    for n in range(1, len(words)):
        price = _STAY * _ease(words[n - 1], words[n])
        jump = best.max() - price
        stay = best >= jump
        came.append(np.where(stay, np.arange(voices.count), int(best.argmax())))
        best = np.where(stay, best, jump) + scores[n]
    path = [int(best.argmax())]
    for back in reversed(came):
        path.append(int(back[path[-1]]))
    return path[::-1]


def _scores(words: Sequence[Word], prints: Sequence[VoicePrint], voices: Voices) -> Floats:
    """How like each voice the stretches around each word are; the nearer a stretch's middle, the more it counts."""
    likeness = vectors_of(prints) @ voices.middles.T
    likeness = likeness - likeness.max(axis=1, keepdims=True)
    starts = np.array([one.t_start_ns for one in prints], np.float64)
    ends = np.array([one.t_end_ns for one in prints], np.float64)
    middles, halves = (starts + ends) / 2, np.maximum((ends - starts) / 2, 1.0)
    result = np.zeros((len(words), voices.count), np.float32)
    order = np.argsort(middles)
    for n, word in enumerate(words):
        t_ns = (word.t_start_ns + word.t_end_ns) / 2
        near = np.abs(middles - t_ns) / halves
        weights = np.maximum(0.0, 1.05 - near)
        if not weights.any():
            weights = np.zeros(len(prints))
            weights[order[np.abs(middles[order] - t_ns).argmin()]] = 1.0
        result[n] = weights @ likeness / weights.sum()
    return result


def _ease(before: Word, after: Word) -> float:
    gap_ns = after.t_start_ns - before.t_end_ns
    ease = _AT_PAUSE if gap_ns >= _PAUSE_NS else 1.0
    return ease * (_AT_STOP if before.text.rstrip("\"'”’»").endswith((".", "?", "!", "…")) else 1.0)


def _unit(vectors: NDArray[np.floating]) -> Floats:
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    unit: Floats = (vectors / np.maximum(lengths, 1e-9)).astype(np.float32)
    return unit
