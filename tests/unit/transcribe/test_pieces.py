"""Speech is cut into pieces that the model holds, nothing lost or doubled, and words find their way back."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from transcribe.audio import AudioBlock
from transcribe.models import Segment, Word
from transcribe.pieces import LONGEST, RATE, Piece, Span, on_clock, plan, sounds
from transcribe.speech import dense

S = 1_000_000_000


@st.composite
def spans(draw: st.DrawFn) -> list[Span]:
    result: list[Span] = []
    at = 0
    for gap, length in draw(st.lists(st.tuples(st.integers(0, 40 * RATE), st.integers(1, 70 * RATE)), max_size=12)):
        result.append((at + gap, at + gap + length))
        at += gap + length
    return result


@given(spans())
def test_every_sample_of_speech_is_in_one_piece(found: list[Span]) -> None:
    pieces = plan(found)
    assert all(0 < piece.samples <= LONGEST for piece in pieces)
    flat = [span for piece in pieces for span in piece.spans]
    assert all(a[1] <= b[0] for a, b in pairwise(flat))
    for start, end in found:
        assert sum(max(0, min(end, b) - max(start, a)) for a, b in flat) == end - start
    silences = [(a[1], b[0]) for a, b in pairwise(found) if b[0] - a[1] >= 2 * RATE // 5]
    assert not any(min(end, b) > max(start, a) for start, end in silences for a, b in flat), "a silence isn't heard"


def test_short_turns_are_heard_together_and_a_long_silence_parts_them() -> None:
    turns = [(i * 4 * RATE, i * 4 * RATE + 2 * RATE) for i in range(10)]
    assert [len(piece.spans) for piece in plan(turns)] == [10]
    later = [(start + 100 * RATE, end + 100 * RATE) for start, end in turns]
    assert [len(piece.spans) for piece in plan(turns + later)] == [10, 10]


def test_a_short_pause_stays_in_its_piece_and_may_end_one() -> None:
    talk = [(i * 4 * RATE, i * 4 * RATE + 4 * RATE - RATE // 5) for i in range(9)]
    assert [piece.spans for piece in plan(talk)] == [((0, talk[6][1]),), ((talk[7][0], talk[8][1]),)]


@given(spans(), st.integers(1, 30))
def test_a_piece_has_the_sound_of_its_stretches(found: list[Span], seconds: int) -> None:
    found = [(start // 100, max(end // 100, start // 100 + 1)) for start, end in found]
    found = [b for a, b in zip([(0, 0), *found], found, strict=False) if a[1] <= b[0]]
    pieces = plan(found)
    sound = np.arange(found[-1][1] if found else 1, dtype=np.float32)
    blocks = dense([AudioBlock(0, sound)], size=seconds * 777)
    heard = list(sounds(pieces, blocks))
    assert [piece for piece, _ in heard] == pieces
    for piece, audio in heard:
        assert np.array_equal(audio, np.concatenate([sound[start:end] for start, end in piece.spans]))


def test_sound_that_ends_sooner_than_it_did_is_heard_as_far_as_it_goes() -> None:
    piece = Piece(((0, 100), (200, 300)))
    [(_, audio)] = sounds([piece, Piece(((400, 500),))], [AudioBlock(0, np.ones(250, np.float32))])
    assert audio.sum() == 150


def test_words_after_a_silence_are_timed_behind_it() -> None:
    piece = Piece(((10 * RATE, 12 * RATE), (20 * RATE, 25 * RATE)))
    words = (
        Word(0, S, "one", 0.9),
        Word(int(1.9 * S), int(2.1 * S), "edge", 0.9),
        Word(3 * S, 4 * S, "two", 0.9),
        Word(int(6.5 * S), 9 * S, "end", 0.9),
    )
    placed = on_clock(Segment(0, 9 * S, "one edge two end", words), piece, 100 * S)
    assert [(word.t_start_ns / S, word.t_end_ns / S) for word in placed.words] == [
        (110, 111),
        (120, 120.1),
        (121, 122),
        (124.5, 125),
    ]
    assert (placed.t_start_ns, placed.t_end_ns) == (110 * S, 125 * S)


@given(spans().filter(bool), st.lists(st.tuples(st.floats(0, 28), st.floats(0, 2)), min_size=1, max_size=9))
def test_times_stay_in_order_and_within_speech(found: list[Span], said: list[tuple[float, float]]) -> None:
    [piece, *_] = plan(found)
    words = tuple(
        Word(round(at * S), round((at + length) * S), "x", 1.0) for at, length in sorted(said) if length is not None
    )
    placed = on_clock(Segment(words[0].t_start_ns, words[-1].t_end_ns, "x", words), piece, 0)
    ends = [t for word in placed.words for t in (word.t_start_ns, word.t_end_ns)]
    assert ends == sorted(ends)
    for word in placed.words:
        assert any(a * S // RATE <= word.t_start_ns <= word.t_end_ns <= -(-b * S // RATE) for a, b in piece.spans)


def test_holes_and_pauses_are_silence() -> None:
    blocks = [AudioBlock(5, np.ones(10, np.float32)), AudioBlock(40, np.ones(3, np.float32))]
    whole = np.concatenate([block.samples for block in dense(blocks, [(8, 12)], size=16)])
    expected = np.zeros(43, np.float32)
    expected[5:8] = expected[12:15] = expected[40:43] = 1
    assert np.array_equal(whole, expected)
