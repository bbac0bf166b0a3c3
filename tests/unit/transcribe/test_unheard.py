"""Where somebody spoke and nothing was heard, and how what is heard there afterwards finds its place."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from transcribe.models import Segment, Word
from transcribe.pieces import RATE, Piece
from transcribe.unheard import around, filled, unheard

MS = 1_000_000
PAD = 3 * RATE // 10


def piece(*seconds: tuple[float, float]) -> Piece:
    return Piece(tuple((round(a * RATE), round(b * RATE)) for a, b in seconds))


def said(*words: tuple[int, int, str], logprob: float = -0.3) -> Segment:
    made = tuple(Word(a * MS, b * MS, text, 0.9) for a, b, text in words)
    text = " ".join(word.text for word in made)
    return Segment(made[0].t_start_ns, made[-1].t_end_ns, text, made, avg_logprob=logprob)


def text_of(segments: list[Segment]) -> str:
    return " ".join(word.text for segment in segments for word in segment.words)


def test_speech_that_is_heard_throughout_has_no_hole() -> None:
    words = said((400, 700, "one"), (1900, 2300, "two."), (3500, 4400, "three"))
    assert unheard(piece((0, 5)), [words], PAD) == [], "sentences may be a second apart"


def test_a_hole_in_the_middle_at_the_beginning_and_at_the_end_is_found() -> None:
    found = unheard(piece((10, 20)), [said((1300, 1600, "one"), (4000, 4300, "two"), (8700, 9000, "three"))], PAD)
    assert found == [(300 * MS, 1300 * MS), (1600 * MS, 4000 * MS), (4300 * MS, 8700 * MS), (9000 * MS, 9700 * MS)]


def test_a_silence_that_was_taken_out_is_no_hole() -> None:
    words = [said((400, 1600, "indisputably")), said((2400, 3500, "established"))]
    assert unheard(piece((0, 2), (60, 62)), words, PAD) == []


def test_a_word_stretched_over_seconds_hides_no_hole() -> None:
    (hole,) = unheard(piece((0, 5)), [said((400, 700, "and"), (700, 4600, "I"))], PAD)
    assert hole == (990 * MS, 4700 * MS)


def test_nothing_heard_at_all_is_one_hole() -> None:
    assert unheard(piece((0, 2), (5, 8)), [], PAD) == [(300 * MS, 4700 * MS)]
    assert unheard(piece((0, 0.4)), [], PAD) == [], "so short that it is all margin"


def test_whole_words_around_a_hole_are_heard_with_it() -> None:
    words = [said((0, 500, "far"), (900, 1300, "near"), (1300, 1700, "it")), said((4000, 4400, "then"))]
    assert around((1700 * MS, 4000 * MS), words, PAD) == (900 * MS, 4400 * MS)
    assert around((1700 * MS, 9000 * MS), words, PAD) == (900 * MS, 9300 * MS)


def test_what_is_heard_again_comes_between_and_nothing_twice() -> None:
    before = said((400, 700, "I"), (700, 1000, "came."), (5000, 5300, "And"), (5300, 5600, "left."))
    again = [said((690, 1000, "came."), (1200, 1500, "I"), (1500, 2000, "saw."), (4990, 5300, "And"))]
    result = filled([before], (1000 * MS, 5000 * MS), again)
    assert text_of(result) == "I came. I saw. And left."
    assert [segment.text for segment in result] == ["I came.", "I saw.", "And left."]


def test_a_stretched_word_is_shortened_when_something_is_heard_in_it() -> None:
    hidden = said((400, 700, "and"), (700, 4600, "I"))
    result = filled([hidden], (990 * MS, 4700 * MS), [said((1100, 1500, "slept"), (1500, 2000, "well."))])
    assert text_of(result) == "and I slept well."
    assert [word.t_end_ns for word in result[0].words] == [700 * MS, 990 * MS]
    assert filled([hidden], (990 * MS, 4700 * MS), []) == [hidden], "nothing heard: it stays as it was"


def test_a_breath_is_not_believed_to_be_a_word_but_a_sentence_is_kept_whatever_the_doubt() -> None:
    heard = said((400, 1000, "good"))
    doubtful = said((1300, 1800, "Thank"), (1800, 2000, "you."), logprob=-0.9)
    assert filled([heard], (1200 * MS, 2000 * MS), [doubtful]) == [heard]
    assert text_of(filled([heard], (1200 * MS, 4000 * MS), [doubtful])) == "good Thank you."


times = st.lists(st.integers(0, 9000), min_size=2, max_size=24, unique=True).map(sorted)


@given(times, st.integers(0, 9000), st.integers(600, 9000), times)
def test_no_word_is_lost_and_all_stay_in_order(own: list[int], start: int, length: int, new: list[int]) -> None:
    heard = [said(*((a, b, f"w{a}") for a, b in zip(own[::2], own[1::2], strict=False)))]
    again = [said(*((a, b, f"n{a}") for a, b in zip(new[::2], new[1::2], strict=False)))]
    result = filled(heard, (start * MS, (start + length) * MS), again)
    texts = text_of(result).split()
    assert [text for text in texts if text.startswith("w")] == [word.text for word in heard[0].words]
    starts = [segment.t_start_ns for segment in result]
    assert starts == sorted(starts)
    for segment in result:
        assert segment.text == " ".join(word.text for word in segment.words)
