"""Subtitles made elsewhere as a session's transcript."""

from __future__ import annotations

from pathlib import Path

import pytest

from annotate.errors import StudyCode, StudyError
from annotate.export.transcript import TranscriptFormat, export_transcript, passages
from annotate.import_transcript import import_transcript
from annotate.store import StudyStore
from transcribe.models import Role, Segment, Transcript

CALL = """WEBVTT

00:01.000 --> 00:02.000
<v Interviewer>What &amp; where?

00:03.000 --> 00:04.000
<v p01>Hm &lt;b&gt;.

00:05.000 --> 00:06.000
<v Bo Lee>I only watch.
"""


def test_what_a_file_says_is_shown_with_who_says_it_and_goes_out_again(tmp_path: Path) -> None:
    file = tmp_path / "call.vtt"
    file.write_text(CALL)
    with StudyStore.create(tmp_path / "S", "S", author="Ada") as store:
        session = store.register_recording("P01", store.sessions_dir / "s")
        heard = Transcript("t", "mic", "tiny.en", "en", (Segment(0, 10**9, " Heard."),), True, 10**9)
        store.put_transcript(session.id, heard)
        report = import_transcript(store, session.id, file)
        assert (report.segments, report.speakers) == (3, 3)
        assert [(one.speaker, one.role, one.text.strip()) for one in passages(store, session.id)] == [
            ("Interviewer", "moderator", "What & where?"),
            ("P01", "participant", "Hm <b>."),
            ("Bo Lee", "other", "I only watch."),
        ]
        out = tmp_path / "out.vtt"
        export_transcript(store, session.id, out, TranscriptFormat.VTT)
        assert "<v Bo Lee>I only watch.\n" in out.read_text()
        assert "Hm &lt;b&gt;." in out.read_text()
        assert [version.origin for version in store.transcript_versions(session.id)] == ["import", "whisper"]
        store.put_transcript(session.id, Transcript("t2", "mic", "base", "en", (), True, 0))
        assert store.segments(session.id)[0].text == " What & where?", "a model never takes its place by itself"
        store.remove_import(report.transcript_id)
        with pytest.raises(StudyError):
            store.remove_import("t")
        assert {one.role for one in store.speakers(session.id)} == {Role.MODERATOR, Role.PARTICIPANT, Role.OTHER}


@pytest.mark.parametrize("content", [b"", b"just text", b"\x00\xff" * 100, None])
def test_what_is_no_subtitle_is_told_and_changes_nothing(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "x.srt"
    if content is not None:
        file.write_bytes(content)
    with StudyStore.create(tmp_path / "S", "S", author="Ada") as store:
        session = store.register_recording("P01", store.sessions_dir / "s")
        with pytest.raises(StudyError) as refused:
            import_transcript(store, session.id, file)
        assert refused.value.code is StudyCode.SUBTITLES_UNREADABLE
        assert store.transcript(session.id) is None


def test_the_translation_stands_beside_what_it_translates(tmp_path: Path) -> None:
    second = 10**9
    with StudyStore.create(tmp_path / "S", "S", author="Ada") as store:
        session = store.register_recording("P01", store.sessions_dir / "s")
        german = tuple(Segment(n * 10 * second, (n * 10 + 8) * second, f" Satz {n}") for n in range(4))
        english = tuple(Segment(n * 10 * second + second, (n * 10 + 9) * second, f" Sentence {n}") for n in (0, 2, 3))
        store.put_transcript(session.id, Transcript("de", "mic", "base", "de", german, True, 0))
        store.put_transcript(session.id, Transcript("en", "mic", "base", "en", english, True, 0, origin="translation"))
        assert [one.translation for one in passages(store, session.id)] == [
            "Sentence 0",
            None,
            "Sentence 2",
            "Sentence 3",
        ]
