"""What a model invents is told from what was said."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from transcribe.models import Flag, Segment, Word
from transcribe.pieces import RATE
from transcribe.trust import clipped, doubts, loops

S = 1_000_000_000
SPEECH = [(0, 60 * RATE)]


def _said(text: str, seconds: float, *, probability: float = 0.9, start_s: float = 0) -> Segment:
    texts = text.split()
    step = seconds / len(texts)
    words = tuple(
        Word(round((start_s + i * step) * S), round((start_s + (i + 1) * step) * S), word, probability)
        for i, word in enumerate(texts)
    )
    return Segment(words[0].t_start_ns, words[-1].t_end_ns, text, words, avg_logprob=-0.3, compression=1.2)


def test_ordinary_speech_is_trusted() -> None:
    assert doubts(_said("I would look for it under the settings I think", 4), SPEECH, 0) == ()
    assert doubts(_said("no no no that is wrong", 2), SPEECH, 0) == (), "people do repeat themselves"


@pytest.mark.parametrize(
    "text",
    [
        "you you you you",
        "Thank you. Thank you. Thank you. Thank you.",
        "so and then so and then so And then, so and then",
    ],
)
def test_loops_are_seen(text: str) -> None:
    assert loops(text.split())
    assert Flag.LOOP in doubts(_said(text, 6), SPEECH, 0)


def test_text_that_compresses_too_well_is_a_loop() -> None:
    assert doubts(dataclasses.replace(_said("a b c", 2), compression=2.5), SPEECH, 0) == (Flag.LOOP,)


def test_forty_words_in_two_seconds_are_not_speech() -> None:
    text = " ".join(f"word{i}" for i in range(40))
    assert doubts(_said(text, 2), SPEECH, 0) == (Flag.SPEED,)


def test_words_where_nobody_spoke() -> None:
    assert doubts(_said("thanks for watching", 2, start_s=30), [(0, 10 * RATE)], 0) == (Flag.NO_SPEECH,)
    assert doubts(_said("thanks for watching", 2, start_s=30), [(0, 10 * RATE)], 25 * S) == ()


def test_low_probability_of_words_or_of_the_whole() -> None:
    assert doubts(_said("mumble bumble", 2, probability=0.2), SPEECH, 0) == (Flag.LOW_PROBABILITY,)
    assert doubts(dataclasses.replace(_said("a b", 2), avg_logprob=-1.2), SPEECH, 0) == (Flag.LOW_PROBABILITY,)


def test_clipping_is_told_from_loud() -> None:
    wave = np.sin(np.arange(RATE) / 9).astype(np.float32)
    assert not clipped(0.9 * wave)
    assert clipped(np.clip(3 * wave, -1, 1))
    assert not clipped(wave[:0])
