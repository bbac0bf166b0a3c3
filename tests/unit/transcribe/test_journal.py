"""The journal survives whatever may happen to its end."""

from __future__ import annotations

import dataclasses
import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.transcribe.small_disk import files_at_most
from transcribe.errors import TranscribeCode, TranscribeError
from transcribe.journal import JournalWriter, read_journal, unfinished
from transcribe.models import Flag, Segment, Word

SEGMENTS = tuple(
    Segment(
        t_start_ns=n * 1_000_000_000,
        t_end_ns=n * 1_000_000_000 + 700_000_000,
        text=f"Größe {n}: „wo?“ 探す\n",
        words=(Word(n * 1_000_000_000, n * 1_000_000_000 + 5, "Größe", 0.5),),
        avg_logprob=-0.25,
        no_speech_prob=0.125,
        compression=1.5,
        flags=(Flag.LOOP, Flag.CLIPPED) if n == 2 else (),
    )
    for n in range(6)
)


def _write(path: Path, *, end: bool = True) -> JournalWriter:
    journal = JournalWriter(path, transcript_id="an-id", track="mic", model="tiny.en")
    journal.language("en")
    for segment in SEGMENTS:
        journal.segment(segment)
    if end:
        journal.end(done=True, done_until_ns=9_000_000_000)
    else:
        journal.close()
    return journal


def test_what_is_written_is_read(tmp_path: Path) -> None:
    path = tmp_path / "transcripts" / "mic.jsonl"
    mask = os.umask(0)
    try:
        _write(path)
    finally:
        os.umask(mask)
    transcript = read_journal(path)
    assert transcript.segments == SEGMENTS
    assert (transcript.id, transcript.track, transcript.model) == ("an-id", "mic", "tiny.en")
    assert (transcript.language, transcript.done, transcript.done_until_ns) == ("en", True, 9_000_000_000)
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_each_segment_is_there_as_soon_as_it_was_added(tmp_path: Path) -> None:
    path = tmp_path / "mic.jsonl"
    journal = JournalWriter(path, transcript_id="an-id", track="mic", model="tiny.en")
    for number, segment in enumerate(SEGMENTS, 1):
        journal.segment(segment)
        partial = read_journal(path)
        assert partial.segments == SEGMENTS[:number]
        assert not partial.done
        assert partial.done_until_ns == segment.t_end_ns
    journal.close()


@pytest.fixture(scope="module")
def content(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("journal") / "mic.jsonl"
    _write(path)
    return path.read_bytes()


@pytest.fixture(scope="module")
def cut_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("journal") / "cut.jsonl"


@given(data=st.data())
def test_any_cut_of_the_tail_reads_as_a_prefix(content: bytes, cut_path: Path, data: st.DataObject) -> None:
    cut_path.write_bytes(content[: data.draw(st.integers(0, len(content)))])
    transcript = read_journal(cut_path)
    assert transcript.segments == SEGMENTS[: len(transcript.segments)]
    complete = cut_path.stat().st_size >= len(content) - 1  # the last line break says nothing
    assert transcript.done is complete
    lines = cut_path.read_bytes().split(b"\n")
    assert len(transcript.segments) >= sum(b'"segment"' in line for line in lines[:-1])


@given(garbage=st.binary(max_size=200))
def test_garbage_after_a_crash_spoils_nothing(content: bytes, cut_path: Path, garbage: bytes) -> None:
    kept = content[: content.index(b'{"type":"end"')]
    cut_path.write_bytes(kept + garbage)
    assert read_journal(cut_path).segments == SEGMENTS


def test_a_lost_line_in_the_middle_is_not_called_done(content: bytes, cut_path: Path) -> None:
    lines = content.split(b"\n")
    lines[3] = b"\0" * len(lines[3])
    cut_path.write_bytes(b"\n".join(lines))
    transcript = read_journal(cut_path)
    assert len(transcript.segments) == len(SEGMENTS) - 1
    assert not transcript.done


def test_lines_of_later_versions_are_passed_over_and_a_later_version_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "mic.jsonl"
    _write(path)
    with path.open("a") as journal:
        journal.write('{"type":"speaker","name":"P1"}\n[1]\n')
    assert read_journal(path).done
    path.write_text(json.dumps({"type": "header", "v": 2, "id": "x"}) + "\n")
    with pytest.raises(TranscribeError) as caught:
        read_journal(path)
    assert caught.value.code is TranscribeCode.JOURNAL_TOO_NEW


def test_no_journal(tmp_path: Path) -> None:
    with pytest.raises(TranscribeError) as caught:
        read_journal(tmp_path / "absent.jsonl")
    assert caught.value.code is TranscribeCode.MEDIA_MISSING


def test_an_earlier_journal_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "mic.jsonl"
    for _ in range(3):
        _write(path)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["mic.jsonl", "mic.jsonl.1.old", "mic.jsonl.2.old"]


def test_a_discarded_journal_gives_its_name_back(tmp_path: Path) -> None:
    path = tmp_path / "mic.jsonl"
    JournalWriter(path, transcript_id="first", track="mic", model="m").discard()
    assert not path.exists()
    _write(path)
    JournalWriter(path, transcript_id="second", track="mic", model="m").discard()
    assert read_journal(path).id == "an-id"
    assert [p.name for p in tmp_path.iterdir()] == ["mic.jsonl"]


def test_full_disk_keeps_what_was_written(tmp_path: Path) -> None:
    path = tmp_path / "mic.jsonl"
    journal = JournalWriter(path, transcript_id="an-id", track="mic", model="tiny.en")
    long = dataclasses.replace(SEGMENTS[1], text="x" * 1000)
    journal.segment(SEGMENTS[0])
    with files_at_most(800), pytest.raises(TranscribeError) as caught:
        journal.segment(long)
    journal.close()
    assert caught.value.code is TranscribeCode.DISK_FULL
    assert path.stat().st_size == 800  # torn in the middle of the line
    assert read_journal(path).segments == SEGMENTS[:1]


def test_unwritable_folder(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(TranscribeError) as caught:
        JournalWriter(tmp_path / "file" / "mic.jsonl", transcript_id="i", track="mic", model="m")
    assert caught.value.code is TranscribeCode.FOLDER_UNWRITABLE


def _whole(path: Path) -> bytes:
    """A journal of three pieces with two segments each, finished."""
    journal = JournalWriter(path, transcript_id="an-id", track="mic", model="tiny.en")
    journal.language("en")
    for number, segment in enumerate(SEGMENTS):
        journal.segment(segment)
        if number % 2:
            journal.piece(segment.t_end_ns + 1)
    journal.end(done=True)
    return path.read_bytes()


@given(share=st.floats(0, 0.999))
def test_cut_anywhere_it_goes_on_behind_the_last_whole_piece(
    tmp_path_factory: pytest.TempPathFactory, share: float
) -> None:
    path = tmp_path_factory.mktemp("cut") / "job.jsonl"
    content = _whole(path)
    kept = content[: int(len(content) * share)]
    path.write_bytes(kept)
    pieces = kept.count(b'"type":"piece"')
    found = unfinished(path.parent, track="mic", model="tiny.en", language="en")
    journal = JournalWriter(path, transcript_id="new", track="mic", model="tiny.en")
    assert (found == path) == bool(journal.pieces)
    assert journal.pieces in {pieces, pieces - 1}
    assert journal.earlier == SEGMENTS[: 2 * journal.pieces]
    for number, segment in enumerate(SEGMENTS[2 * journal.pieces :]):
        journal.segment(segment)
        if number % 2:
            journal.piece(segment.t_end_ns + 1)
    journal.end(done=True)
    transcript = read_journal(path)
    assert transcript.segments == SEGMENTS
    assert transcript.done
    assert transcript.id == ("an-id" if found else "new")
    assert unfinished(path.parent, track="mic", model="tiny.en", language=None) is None


def test_a_journal_of_another_track_or_model_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "job.jsonl"
    content = _whole(path)
    path.write_bytes(content[: content.rindex(b'{"type":"end"')])
    for track, model in (("system", "tiny.en"), ("mic", "base")):
        assert unfinished(tmp_path, track=track, model=model, language=None) is None
    other = JournalWriter(path, transcript_id="new", track="system", model="tiny.en")
    assert other.pieces == 0
    other.discard()
    assert unfinished(tmp_path, track="mic", model="tiny.en", language=None) == path
