"""Transcripts as files for other programs."""

from __future__ import annotations

import json
import re
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from transcribe.formats import MAX_LINE, Passage, cues, to_json, to_srt, to_txt, to_vtt, turns
from transcribe.models import Flag, Word

SECOND = 1_000_000_000
SAID = (
    Passage(1_500_000_000, 3 * SECOND, " Where is <the> & cart?"),
    Passage(3_723 * SECOND, 3_724 * SECOND, " Here."),
)


def test_srt() -> None:
    assert to_srt(SAID) == (
        "1\r\n00:00:01,500 --> 00:00:03,000\r\nWhere is <the> & cart?\r\n\r\n"
        "2\r\n01:02:03,000 --> 01:02:04,000\r\nHere.\r\n\r\n"
    )


def test_vtt_escapes_what_it_would_take_for_marks() -> None:
    assert to_vtt(SAID) == (
        "WEBVTT\n\n00:00:01.500 --> 00:00:03.000\nWhere is &lt;the&gt; &amp; cart?\n\n"
        "01:02:03.000 --> 01:02:04.000\nHere.\n"
    )
    assert to_vtt([]).startswith("WEBVTT\n")


def test_txt() -> None:
    assert to_txt(SAID) == "Where is <the> & cart?\nHere.\n"
    assert to_txt(SAID, times=True).splitlines()[1] == "[01:02:03.000] Here."


def test_json_keeps_words_and_their_probability() -> None:
    segment = Passage(0, SECOND, " Hi", (Word(0, SECOND, " Hi", 0.5),))
    data = json.loads(to_json([segment], language="en", model="tiny.en"))
    assert data["segments"][0]["words"] == [{"start_ns": 0, "end_ns": SECOND, "text": "Hi", "probability": 0.5}]
    assert (data["language"], data["model"]) == ("en", "tiny.en")


def test_long_segment_is_cut_at_the_words_own_times() -> None:
    texts = [f"word{number:02}" for number in range(30)]
    words = tuple(Word(n * SECOND, n * SECOND + SECOND // 2, f" {text}", 1.0) for n, text in enumerate(texts))
    parts = list(cues([Passage(0, 30 * SECOND, " ".join(texts), words)]))
    assert len(parts) > 1
    for part in parts:
        first, last = " ".join(part.lines).split()[0], " ".join(part.lines).split()[-1]
        assert part.t_start_ns == texts.index(first) * SECOND
        assert part.t_end_ns == texts.index(last) * SECOND + SECOND // 2


def test_no_word_is_left_alone_in_a_cue_that_is_gone_at_once() -> None:
    said = "There's iron, they say, in all our blood, and a grain or two perhaps is good."
    words = tuple(Word(n * SECOND, (n + 1) * SECOND, f" {text}", 1.0) for n, text in enumerate(said.split()))
    first, second = cues([Passage(0, len(words) * SECOND, said, words, speaker="Moderator")], lead=True)
    assert " ".join(first.lines) == "Moderator: There's iron, they say, in all our"
    assert " ".join(second.lines) == "blood, and a grain or two perhaps is good."
    assert (first.t_end_ns, second.t_start_ns) == (7 * SECOND, 7 * SECOND)


letters = st.text(st.characters(whitelist_categories=["Lu", "Ll", "Nd"]), min_size=1, max_size=50)


@st.composite
def passages(draw: st.DrawFn) -> list[Passage]:
    at, result = 0, []
    for _ in range(draw(st.integers(0, 6))):
        at += draw(st.integers(0, 3 * SECOND))
        length = draw(st.integers(0, 9 * SECOND))
        result.append(Passage(at, at + length, " ".join(draw(st.lists(letters, max_size=40)))))
        at += draw(st.integers(0, length))
    return result


@given(passages())
def test_nothing_said_is_left_out_and_no_cue_is_too_large_or_empty(said: list[Passage]) -> None:
    parts = list(cues(said))
    assert [w for part in parts for line in part.lines for w in line.split()] == [
        w for one in said for w in one.text.split()
    ]
    for part in parts:
        assert part.t_end_ns > part.t_start_ns
        assert 1 <= len(part.lines) <= 2 or len(part.lines) == 1
        assert all(len(line) <= MAX_LINE or " " not in line for line in part.lines)


@given(passages())
def test_srt_can_be_read_back(said: list[Passage]) -> None:
    blocks = [block for block in to_srt(said).split("\r\n\r\n") if block]
    assert len(blocks) == len(list(cues(said)))
    for number, block in enumerate(blocks, 1):
        head, times, *_lines = block.split("\r\n")
        assert head == str(number)
        assert re.fullmatch(r"\d\d:\d\d:\d\d,\d{3} --> \d\d:\d\d:\d\d,\d{3}", times)


TALK = (
    Passage(0, SECOND, "What now?", speaker="Ada <3", role="moderator"),
    Passage(SECOND, 2 * SECOND, "Hm.", speaker="P1", role="participant", flags=(Flag.LOW_PROBABILITY,)),
    Passage(2 * SECOND, 3 * SECOND, "The cart.", speaker="P1", role="participant"),
)


def test_speakers_are_named_and_never_become_markup() -> None:
    assert "\n<v Ada &lt;3>What now?\n" in to_vtt(TALK)
    assert [line for line in to_srt(TALK).split("\r\n") if ": " in line] == ["Ada <3: What now?", "P1: Hm."]
    assert to_txt(TALK, times=True).splitlines()[2] == "[00:00:02.000] P1: The cart."
    for text in (to_vtt(TALK, speakers=False), to_srt(TALK, speakers=False), to_txt(TALK, speakers=False)):
        assert "Ada" not in text


def test_what_one_speaker_says_is_one_turn() -> None:
    assert [[one.text for one in turn] for turn in turns(TALK)] == [["What now?"], ["Hm.", "The cart."]]


def test_in_doubt_until_somebody_listened() -> None:
    assert [one.in_doubt for one in TALK] == [False, True, False]
    assert not replace(TALK[1], verified=True).in_doubt
