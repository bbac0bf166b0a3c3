"""Who speaks, by voice alone: how many voices there are among stretches of speech."""

from __future__ import annotations

import numpy as np
import pytest

from transcribe.speakers import find_voices
from transcribe.voice_print import SIZE, VoicePrint

_LIVELY = 0.7


def stretches(count: int, seed: int, voice: int = 0) -> list[VoicePrint]:
    """What one person says in stretches that differ as much as those of real people do, in some few directions."""
    rng = np.random.default_rng(seed)
    person, mood = (
        np.random.default_rng([voice, part]).gamma(0.5, 1.0, (rows, SIZE)) for part, rows in ((0, 1), (1, 4))
    )
    sound = person + _LIVELY * rng.gamma(0.5, 1.0, (count, 4)) @ mood
    levels = sound / np.linalg.norm(sound, axis=1, keepdims=True) * 700
    return [
        VoicePrint("mixed", n * 1_200_000_000, n * 1_200_000_000 + 1_600_000_000, row.tobytes())
        for n, row in enumerate(levels.clip(0, 255).astype(np.uint8))
    ]


@pytest.mark.parametrize("count", [6, 8, 10, 14, 30])
def test_one_who_says_little_stays_one(count: int) -> None:
    alone = [find_voices(stretches(count, seed)).count for seed in range(20)]
    assert alone == [1] * 20


@pytest.mark.parametrize("count", [3, 5, 15, 30])
def test_two_who_say_little_are_two(count: int) -> None:
    both = [find_voices(stretches(count, seed) + stretches(count, seed + 50, voice=1)).count for seed in range(20)]
    assert both == [2] * 20
