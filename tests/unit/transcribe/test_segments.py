"""From faster-whisper's seconds to the session's clock, and cuts at long pauses."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transcribe.errors import TranscribeCode, TranscribeError
from transcribe.faster_whisper_engine import convert, filled_with_silence, memory_errors
from transcribe.models import Segment, Word
from transcribe.pauses import split_at_pauses

S = 1_000_000_000


def _raw(words: list[tuple[float, float, str]], text: str | None = None) -> Any:
    heard = [SimpleNamespace(start=a, end=b, word=w, probability=0.5) for a, b, w in words]
    joined = "".join(w for _, _, w in words) if text is None else text
    return SimpleNamespace(
        start=1.0, end=2.0, text=joined, words=heard, avg_logprob=-0.5, no_speech_prob=0.1, compression_ratio=1.2
    )


def _segment(*words: tuple[int, int, str], joint: str = " ") -> Segment:
    made = tuple(Word(a * S, b * S, w, 1.0) for a, b, w in words)
    return Segment(made[0].t_start_ns, made[-1].t_end_ns, joint.join(w for _, _, w in words), made, avg_logprob=-1.0)


def test_times_are_session_time_and_texts_are_stripped() -> None:
    segment = convert(_raw([(0.5, 0.75, " Where"), (0.75, 1.0, " is?")]), 10 * S, 20 * S)
    assert segment.text == "Where is?"
    assert [(w.t_start_ns, w.t_end_ns, w.text) for w in segment.words] == [
        (10_500_000_000, 10_750_000_000, "Where"),
        (10_750_000_000, 11 * S, "is?"),
    ]
    assert (segment.t_start_ns, segment.t_end_ns) == (10_500_000_000, 11 * S)


def test_a_segment_without_words_keeps_its_own_times() -> None:
    segment = convert(_raw([], "Hm."), 0, 20 * S)
    assert (segment.t_start_ns, segment.t_end_ns, segment.text, segment.words) == (S, 2 * S, "Hm.", ())


seconds = st.floats(-5, 40, allow_nan=False)


@given(st.lists(st.tuples(seconds, seconds, st.sampled_from([" a", "b", " ", ""])), max_size=8))
def test_words_are_in_order_and_within_the_sound(words: list[tuple[float, float, str]]) -> None:
    segment = convert(_raw(words), 5 * S, 35 * S)
    times = [t for w in segment.words for t in (w.t_start_ns, w.t_end_ns)]
    assert times == sorted(times)
    assert all(5 * S <= t <= 35 * S for t in (*times, segment.t_start_ns, segment.t_end_ns))
    assert segment.t_start_ns <= segment.t_end_ns


def test_a_long_pause_cuts() -> None:
    whole = _segment((0, 1, "I"), (1, 2, "press."), (60, 61, "Nothing"), (61, 62, "happens."))
    first, second = split_at_pauses(whole, 2 * S)
    assert (first.text, first.t_start_ns, first.t_end_ns) == ("I press.", 0, 2 * S)
    assert (second.text, second.t_start_ns, second.t_end_ns) == ("Nothing happens.", 60 * S, 62 * S)
    assert second.avg_logprob == whole.avg_logprob


def test_scripts_without_spaces_are_cut_too() -> None:
    first, second = split_at_pauses(_segment((0, 1, "検索"), (9, 10, "検索"), joint=""), 2 * S)
    assert (first.text, second.text) == ("検索", "検索")


def test_short_pauses_and_texts_that_do_not_fit_stay_whole() -> None:
    short = _segment((0, 1, "a"), (2, 3, "b"))
    assert list(split_at_pauses(short, 2 * S)) == [short]
    odd = Segment(0, 10 * S, "else", (Word(0, 1, "a", 1.0), Word(9 * S, 10 * S, "b", 1.0)))
    assert list(split_at_pauses(odd, 2 * S)) == [odd]


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        RuntimeError("mkl_malloc: failed to allocate memory"),  # seen with too small an address space
        RuntimeError("std::bad_alloc"),
    ],
)
def test_the_libraries_ways_to_say_no_memory(error: Exception) -> None:
    with pytest.raises(TranscribeError) as caught, memory_errors("base"):
        raise error
    assert (caught.value.code, caught.value.detail) == (TranscribeCode.OUT_OF_MEMORY, "base")


def test_other_failures_are_left_alone() -> None:
    with pytest.raises(RuntimeError, match="dimension"), memory_errors():
        raise RuntimeError("invalid dimension")


def test_what_is_short_of_the_window_is_filled_up_with_silence() -> None:
    speech = np.linspace(-0.6, 1.4, 80 * 500, dtype=np.float32).reshape(80, 500)
    window = np.pad(speech, ((0, 0), (0, 2500)))
    batch = np.stack([window, np.full((80, 3000), 0.25, np.float32), np.zeros((80, 3000), np.float32)])
    short, full, empty = filled_with_silence(batch)
    assert (short[:, :500] == speech).all()
    assert (short[:, 500:] == np.float32(-0.6)).all()
    assert (full == 0.25).all()
    assert not empty.any()
    assert (filled_with_silence(window) == short).all()
    assert not window[:, 500:].any(), "what was given stays as it was"
