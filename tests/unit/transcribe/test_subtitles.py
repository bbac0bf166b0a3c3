"""Subtitles made elsewhere: what is in them comes in, whatever they look like."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transcribe.formats import Passage, cues, to_srt, to_vtt
from transcribe.subtitles import Said, read_subtitles

SECOND = 1_000_000_000


def said(text: str) -> list[tuple[float, float, str, str | None]]:
    found = read_subtitles(text.encode())
    return [(one.t_start_ns / SECOND, one.t_end_ns / SECOND, one.text, one.speaker) for one in found]


def file(*lines: str, end: str = "\n") -> str:
    return "".join(line + end for line in lines)


def test_subrip() -> None:
    text = file("1", "00:00:01,500 --> 00:00:03,000", "Where is", "the cart?", "", "2", end="\r\n")
    text += file("01:02:03,004 --> 01:02:04,000", "- Here.", end="\r\n")
    assert said(text) == [(1.5, 3, "Where is the cart?", None), (3723.004, 3724, "- Here.", None)]


def test_webvtt_with_header_notes_styles_settings_and_voices() -> None:
    text = (
        "WEBVTT - made by others\n\nNOTE\nnot said\n\nSTYLE\n::cue { color: red }\n\n"
        "intro\n00:01.000 --> 00:02.000 align:start position:0%\n<v.loud Ada &amp; Bo>Hello <i>there</i> &lt;b&gt;\n\n"
        "00:03.000 --> 00:05.000\n<v Ada>One.</v>\n<v P1>Two."
    )
    assert said(text) == [(1, 2, "Hello there <b>", "Ada & Bo"), (3, 4, "One.", "Ada"), (4, 5, "Two.", "P1")]


def test_names_before_the_text_are_speakers_if_the_file_does_so_throughout() -> None:
    call = file("WEBVTT", "", "1", "00:01.000 --> 00:02.000", "Ada Lee: What now?", "")
    call += file("2", "00:03.000 --> 00:04.000", "P3: Hm.", "", "3", "00:05.000 --> 00:06.000", "No idea.")
    expected = [("What now?", "Ada Lee"), ("Hm.", "P3"), ("No idea.", "P3")]
    assert [(text, speaker) for _, _, text, speaker in said(call)] == expected
    once = file("1", "00:00:01,000 --> 00:00:02,000", "Note: closed.", "")
    once += "".join(f"{n}\n00:00:0{n},000 --> 00:00:0{n},900\nNo.\n\n" for n in range(2, 8))
    assert {speaker for *_, speaker in said(once)} == {None}


def test_overlapping_and_unordered_cues_are_put_in_order_and_all_kept() -> None:
    text = file("1", "00:00:09,000 --> 00:00:12,000", "Later.", "", "2", "00:00:01,000 --> 00:00:10,000", "First.", "")
    text += file("3", "00:00:05,000 --> 00:00:02,000", "Backwards.")
    assert said(text) == [(1, 10, "First.", None), (5, 5, "Backwards.", None), (9, 12, "Later.", None)]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["1", "100:00:01,000 --> 1000:00:02,000", "Long."], [(360_001, 3_600_002, "Long.", None)]),
        (
            ["1", "00:00:01.5 -> 00:00:02", "Loose.", "2", "00:00:03,000-->00:00:04,000", "Tight."],
            [(1.5, 2, "Loose.", None), (3, 4, "Tight.", None)],
        ),
        (
            ["00:00:01,000 --> 00:00:02,000", "<font color='red'>Red</font> {\\an8}<b>bold</b> <the> a<b"],
            [(1, 2, "Red bold <the> a<b", None)],
        ),
        (
            ["1", "00:00:01,000 --> 00:00:02,000", "", "2", "00:00:03,000 --> 00:00:04,000", "A", "", "blank within"],
            [(3, 4, "A blank within", None)],
        ),
        ([], []),
        (['{"json": true}'], []),
        (["1", "9" * 5000 + ":00:00,000 --> 00:00:02,000", "No."], []),
    ],
)
def test_what_is_found_in_the_wild(lines: list[str], expected: list[object]) -> None:
    assert said(file(*lines)) == expected


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"])
def test_encodings(encoding: str) -> None:
    text = "1\n00:00:01,000 --> 00:00:02,000\nÄußerst schön – für 5 €\n"
    assert [one.text for one in read_subtitles(text.encode(encoding))] == ["Äußerst schön – für 5 €"]


A_CUE = "WEBVTT\n\n00:01.000 --> 00:02.000\n"


@given(st.binary(max_size=400) | st.text(max_size=400).map(lambda text: (A_CUE + text).encode(errors="replace")))
def test_nothing_makes_it_fail_or_lets_unprinted_letters_through(data: bytes) -> None:
    for one in read_subtitles(data):
        assert 0 <= one.t_start_ns <= one.t_end_ns
        assert one.text == " ".join(one.text.split()) != ""
        assert not any(ord(letter) < 32 for letter in one.text)


words = st.text(st.characters(categories=["Lu", "Ll", "Nd"], include_characters="<>&-'"), min_size=1, max_size=12)


@st.composite
def passages(draw: st.DrawFn) -> list[Passage]:
    at, result = 0, []
    for _ in range(draw(st.integers(0, 5))):
        at += draw(st.integers(0, 3000)) * 1_000_000
        end = at + draw(st.integers(1, 9000)) * 1_000_000
        name = draw(st.sampled_from(["Ada <x> & Co", "P1", "Moderator"]))
        result.append(Passage(at, end, " ".join(draw(st.lists(words, min_size=1, max_size=30))), speaker=name))
        at = end
    return result


def ms(t_ns: int) -> int:
    return t_ns // 10**6 * 10**6


@given(passages())
def test_webvtt_that_was_written_here_is_read_back_as_it_was(written: list[Passage]) -> None:
    expected = [Said(ms(cue.t_start_ns), ms(cue.t_end_ns), " ".join(cue.lines), cue.speaker) for cue in cues(written)]
    assert read_subtitles(to_vtt(written).encode()) == sorted(expected, key=lambda s: (s.t_start_ns, s.t_end_ns))


@given(passages())
def test_subrip_that_was_written_here_keeps_times_and_letters(written: list[Passage]) -> None:
    plain = [
        Passage(one.t_start_ns, one.t_end_ns, one.text.replace("<", "").replace(">", "") or "x") for one in written
    ]
    back = read_subtitles(to_srt(plain).encode())
    assert " ".join(one.text for one in back).split() == " ".join(one.text for one in plain).split()
    assert [one.t_start_ns for one in back] == sorted(ms(cue.t_start_ns) for cue in cues(plain))
