"""Eight hours of talk: nothing lost or doubled at the seams, and the memory of a few pieces. The engine is a fake that
hears a number in each beep (real weights would take an hour); sound, pieces, journal and voices are real.
"""

from __future__ import annotations

import tracemalloc
import wave
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

import transcribe.listen
from tests.unit.transcribe.small_disk import files_at_most
from transcribe.audio import SAMPLE_RATE, AudioBlock
from transcribe.cancel import CancelToken
from transcribe.errors import TranscribeCode
from transcribe.job import Job
from transcribe.journal import read_journal
from transcribe.models import Segment, Word
from transcribe.pieces import Span
from transcribe.protocol import Failed, Finished, SegmentDone, Sound, TranscriptionEvent, TranscriptionRequest
from transcribe.word_onset import Onsets

S = 1_000_000_000
RATE = SAMPLE_RATE


class Beeps:
    """Hears one word in each stretch that is not silent: its loudness as a number."""

    only_language = "en"
    can_translate = False
    setback = ""

    def known(self, language: str) -> str:
        return language

    def languages(self, audio: NDArray[np.float32]) -> Mapping[str, float]:
        raise AssertionError("it knows one language only")

    def translate(self, audio: NDArray[np.float32], language: str, *, cancel: CancelToken) -> list[Segment]:
        raise AssertionError("it can't")

    def hear(
        self, audio: NDArray[np.float32], language: str, *, again: bool = False, cancel: CancelToken
    ) -> list[Segment]:
        loud = np.flatnonzero(np.diff(np.concatenate([[0], np.abs(audio) > 0.001, [0]]).astype(int)))
        words = tuple(
            Word(int(start) * S // RATE, int(end) * S // RATE, str(round(float(audio[start:end].max()) * 32768)), 0.9)
            for start, end in zip(loud[::2], loud[1::2], strict=True)
            if end - start > RATE // 10
        )
        text = " ".join(word.text for word in words)
        return [Segment(words[0].t_start_ns, words[-1].t_end_ns, text, words, -0.2, 0.0, 1.0)] if words else []

    def hear_together(
        self, audios: Sequence[NDArray[np.float32]], language: str, *, cancel: CancelToken
    ) -> list[list[Segment]]:
        return [self.hear(audio, language, cancel=cancel) for audio in audios]


def loud_parts(blocks: object) -> tuple[list[Span], int]:
    """In place of the voice activity detector, which knows that a constant is no speech: what isn't silent."""
    spans: list[Span] = []
    length = 0
    for block in blocks:  # type: ignore[attr-defined]
        assert isinstance(block, AudioBlock)
        edges = np.flatnonzero(np.diff(np.concatenate([[0], np.abs(block.samples) > 0.001, [0]]).astype(int)))
        for start, end in zip(edges[::2], edges[1::2], strict=True):
            if spans and spans[-1][1] >= block.start + int(start) - RATE // 2:
                spans[-1] = (spans[-1][0], block.start + int(end))
            else:
                spans.append((block.start + int(start), block.start + int(end)))
        length = block.start + len(block.samples)
    pad = 3 * RATE // 10
    return [(max(0, start - pad), min(length, end + pad)) for start, end in spans], length


@pytest.mark.parametrize("minutes", [20, pytest.param(8 * 60, marks=[pytest.mark.long, pytest.mark.timeout(1200)])])
def test_nothing_is_lost_or_doubled_however_long_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, minutes: int
) -> None:
    monkeypatch.setattr(transcribe.listen, "find_speech", loud_parts)
    path = tmp_path / "long.wav"
    beeps = 0
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        for minute in range(minutes):
            sound = np.zeros(60 * RATE, "<i2")
            for place in range(0, 60 if minute % 3 else 20, 10):
                beeps += 1
                sound[place * RATE : place * RATE + 7 * RATE] = 1000 + beeps
            file.writeframes(sound.tobytes())
    request = TranscriptionRequest(
        (Sound(path, None, 0, "mic"),), _model(tmp_path), "m", None, tmp_path / "t" / "j.jsonl", voices=False
    )
    events: list[TranscriptionEvent] = []
    tracemalloc.start()
    Job(request, events.append, Beeps()).run()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert isinstance(events[-1], Finished)
    words = [word for segment in events[-1].transcript.segments for word in segment.words]
    assert [int(word.text) for word in words] == [1000 + n for n in range(1, beeps + 1)]
    assert all(a.t_end_ns <= b.t_start_ns for a, b in pairwise(words))
    assert words[-1].t_end_ns == (minutes * 60 - 3) * S, "the last minute is a full one"
    assert peak < 40e6, "the sound of twenty minutes alone is 77 MB"


def _model(folder: Path) -> Path:
    """A folder that looks like a model; nothing of it is loaded."""
    model = folder / "model"
    model.mkdir()
    for name in ("tokenizer.json", "config.json", "vocabulary.json"):
        (model / name).write_text("{}")
    (model / "model.bin").write_bytes(b"\x06\0\0\0\x0c\0WhisperSpec\0")
    return model


def test_a_word_after_a_silence_begins_where_its_sound_does() -> None:
    audio = 0.0005 * np.random.default_rng(1).standard_normal(5 * RATE).astype(np.float32)
    for start, end in ((1.0, 2.0), (3.0, 3.5)):
        audio[int(start * RATE) : int(end * RATE)] += 0.3
    words = (
        Word(int(0.6 * S), int(1.5 * S), "early", 0.9),
        Word(int(1.5 * S), 2 * S, "on", 0.9),
        Word(int(3.3 * S), int(3.5 * S), "late", 0.9),
    )
    sharpened = Onsets(audio).sharpened(Segment(words[0].t_start_ns, words[-1].t_end_ns, "early on late", words))
    assert [round(word.t_start_ns / S, 2) for word in sharpened.words] == [1.0, 1.5, 3.0]
    assert sharpened.t_start_ns == sharpened.words[0].t_start_ns
    assert Onsets(np.zeros(0, np.float32)).sharpened(sharpened) == sharpened


@pytest.mark.expect_log
def test_a_disk_that_fills_up_is_told_and_what_was_heard_goes_on_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transcribe.listen, "find_speech", loud_parts)
    path = tmp_path / "talk.wav"
    sound = np.zeros(300 * RATE, "<i2")
    for number in range(30):
        sound[number * 10 * RATE : number * 10 * RATE + 7 * RATE] = 1001 + number
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(sound.tobytes())
    journal = tmp_path / "t" / "j.jsonl"
    request = TranscriptionRequest((Sound(path, None, 0, "mic"),), _model(tmp_path), "m", None, journal, voices=False)
    events: list[TranscriptionEvent] = []
    with files_at_most(2500):
        Job(request, events.append, Beeps()).run()
    assert isinstance(events[-1], Failed)
    assert events[-1].code is TranscribeCode.DISK_FULL
    told = [event.segment for event in events if isinstance(event, SegmentDone)]
    kept = read_journal(journal).segments
    assert kept
    assert list(kept) == told[: len(kept)]
    again: list[TranscriptionEvent] = []
    Job(request, again.append, Beeps()).run()
    assert isinstance(again[-1], Finished)
    words = [word.text for segment in again[-1].transcript.segments for word in segment.words]
    assert words == [str(1001 + number) for number in range(30)]
