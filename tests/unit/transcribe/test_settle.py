"""Once all is heard: echoes are found, segments come apart where speakers change, and roles are given."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from transcribe.echo import find_echoes
from transcribe.journal import JournalWriter, read_journal, read_prints
from transcribe.models import Role, Segment, Word
from transcribe.parts import Part, apart
from transcribe.settle import settle
from transcribe.voice_print import SIZE, VoicePrint
from transcribe.voice_sample import forget_sample, likeness, mean_vector, read_sample, write_sample

S = 1_000_000_000


def said(track: str, at_s: float, text: str, *, word_s: float = 0.4) -> Segment:
    words = tuple(
        Word(round((at_s + n * word_s) * S), round((at_s + (n + 0.9) * word_s) * S), word, 0.9)
        for n, word in enumerate(text.split())
    )
    return Segment(words[0].t_start_ns, words[-1].t_end_ns, text, words, track=track)


def voice(kind: int, at_s: float, track: str = "mixed", *, noise: int = 0) -> VoicePrint:
    """A stretch of 1.6 s that sounds like the `kind`th of some voices that have nothing in common."""
    levels = np.random.default_rng(noise).integers(0, 40, SIZE).astype(np.uint8)
    levels[kind * 20 : kind * 20 + 20] = 250
    return VoicePrint(track, round(at_s * S), round((at_s + 1.6) * S), levels.tobytes())


def voices(kind: int, start_s: float, end_s: float, track: str = "mixed") -> list[VoicePrint]:
    return [voice(kind, float(at), track, noise=n) for n, at in enumerate(np.arange(start_s, end_s - 1.6, 0.8))]


def test_the_microphone_hears_the_call_from_the_speakers() -> None:
    segments = [
        said("system", 10, "I can not find the button for the invoice anywhere"),
        said("mic", 10.2, "I cannot find the button for the envoys anywhere"),
        said("mic", 20, "take your time please"),
    ]
    (repeat,) = find_echoes(segments)
    assert (repeat.segment, repeat.first, repeat.last, repeat.of) == (1, 0, 9, 0)
    assert repeat.likeness > 0.7


def test_what_the_moderator_says_around_an_echo_stays() -> None:
    segments = [
        said("system", 4, "it is on the left side of the page"),
        said("mic", 0.2, "please tell me what you see here now well it is on the left side of the page"),
    ]
    (repeat,) = find_echoes(segments)
    assert (repeat.first, repeat.last) == (9, 18)
    _, parts = settle(segments, (), None)
    assert [(part.segment, part.first, part.echo_of) for part in parts] == [(0, 0, None), (1, 0, None), (1, 9, 0)]


def test_two_who_say_the_same_at_different_times_are_no_echo() -> None:
    assert find_echoes([said("system", 4, "yes it is on the left"), said("mic", 9, "yes it is on the left")]) == []
    assert find_echoes([said("system", 4, "yes I see that"), said("mic", 4.5, "yes go on then please")]) == []
    assert len(find_echoes([said("system", 4, "yes"), said("mic", 4.2, "Yes.")])) == 1


def test_in_a_call_the_computer_plays_the_participant() -> None:
    segments = [said("system", 4, "I would click on that one there"), said("mic", 9, "and why is that?")]
    found, parts = settle(segments, (), None)
    assert [one.role for one in found] == [Role.PARTICIPANT, Role.MODERATOR] or [one.role for one in found] == [
        Role.MODERATOR,
        Role.PARTICIPANT,
    ]
    assert [found[part.voice].role for part in parts if part.voice is not None] == [Role.PARTICIPANT, Role.MODERATOR]


def test_without_a_voice_model_one_track_has_no_speakers() -> None:
    assert settle([said("mixed", 0, "hello")], (), None) == ([], [Part(0, 0)])


def test_a_segment_of_two_voices_comes_apart_between_their_words(tmp_path: Path) -> None:
    dialogue = said("mixed", 0, " ".join(["ready?"] * 15 + ["yes"] * 30))
    prints = voices(0, 0, 6) + voices(1, 6, 18)
    found, parts = settle([dialogue], prints, None)
    assert [one.role for one in found] == [Role.PARTICIPANT, Role.MODERATOR]
    assert [part.first for part in parts] == pytest.approx([0, 15], abs=1)
    assert [found[part.voice].role for part in parts if part.voice is not None] == [Role.MODERATOR, Role.PARTICIPANT]

    journal = JournalWriter(tmp_path / "j.jsonl", transcript_id="t", track="mixed", model="m")
    journal.segment(dialogue)
    for one in prints:
        journal.voice(one)
    journal.piece(18 * S)
    journal.settle(found, parts)
    journal.end(done=True)
    read = read_journal(tmp_path / "j.jsonl")
    assert [segment.source for segment in read.segments] == [0, 0]
    assert sum((segment.words for segment in read.segments), ()) == dialogue.words
    assert " ".join(segment.text for segment in read.segments) == dialogue.text
    assert read_prints(tmp_path / "j.jsonl") == tuple(prints)


def roles(segments: Sequence[Segment], prints: Sequence[VoicePrint], sample: list[float] | None) -> list[Role]:
    found, parts = settle(segments, prints, sample)
    return [found[part.voice].role for part in parts if part.voice is not None]


def test_the_kept_sample_says_who_the_moderator_is(tmp_path: Path) -> None:
    segments = [said("mixed", 0, " ".join(["what?"] * 20)), said("mixed", 10, " ".join(["well"] * 20))]
    prints = voices(0, 0, 8) + voices(1, 10, 18)
    assert roles(segments, prints, None) == [Role.MODERATOR, Role.PARTICIPANT]
    path = tmp_path / "voices" / "moderator.json"
    write_sample(path, mean_vector(voices(1, 0, 8)))
    assert path.stat().st_mode & 0o777 == 0o600
    assert roles(segments, prints, read_sample(path)) == [Role.PARTICIPANT, Role.MODERATOR]
    stranger = mean_vector(voices(3, 0, 8))
    assert likeness(stranger, mean_vector(prints)) < 0.7
    assert roles(segments, prints, stranger) == [Role.MODERATOR, Role.PARTICIPANT]
    forget_sample(path)
    assert read_sample(path) is None
    path.write_text("{}")
    assert read_sample(path) is None


def test_one_voice_alone_thinks_aloud_and_three_are_three() -> None:
    alone = [said("mixed", 0, " ".join(["hm"] * 40))]
    assert roles(alone, voices(0, 0, 16), None) == [Role.PARTICIPANT]
    three = [said("mixed", 20 * n, " ".join([word] * 40)) for n, word in enumerate(("what?", "this", "that"))]
    prints = voices(0, 0, 16) + voices(1, 20, 36) + voices(2, 40, 56)
    assert sorted(roles(three, prints, None)) == [Role.MODERATOR, Role.OTHER, Role.PARTICIPANT]


@pytest.mark.parametrize(
    "settled",
    [
        {"voices": [["king", ""]], "parts": [[0, 0, 0, None, None]]},
        {"voices": [["other", ""]], "parts": [[0, 0, 4, None, None]]},
        {"voices": [["other", ""]], "parts": [[0]]},
        {"voices": 3},
    ],
)
def test_what_cannot_be_understood_leaves_the_segments_whole(settled: dict[str, object]) -> None:
    segment = said("mic", 0, "one two")
    found, segments = apart([segment], settled)
    assert found == ()
    assert [dataclasses.replace(one, source=None) for one in segments] == [segment]
