"""A transcript as files: golden ones, and what the store makes of them."""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest

from annotate.errors import StudyCode, StudyError
from annotate.export.transcript import TranscriptFormat, export_transcript
from annotate.export.transcript_docx import DocxHead, to_docx
from annotate.store import StudyStore
from transcribe.formats import Passage, to_json, to_srt, to_txt, to_vtt
from transcribe.models import Flag, Segment, Transcript, Word

GOLDEN = Path(__file__).parents[2] / "data" / "export"
SECOND = 1_000_000_000

TALK = (
    Passage(
        1_500_000_000,
        3 * SECOND,
        " Where is <the> & “cart”?",
        tuple(
            Word(1_500_000_000 + n * 300_000_000, 1_800_000_000 + n * 300_000_000, f" {text}", 0.9)
            for n, text in enumerate(["Where", "is", "<the>", "&", "“cart”?"])
        ),
        speaker="Moderator",
        role="moderator",
    ),
    Passage(4 * SECOND, 6 * SECOND, " Hm.", speaker="P03", role="participant", flags=(Flag.LOW_PROBABILITY,)),
    Passage(
        6 * SECOND,
        16 * SECOND,
        " I would expect it at the top right, beside my name, as in every other shop that I have been to."
        " There isn’t one.",
        speaker="P03",
        role="participant",
        flags=(Flag.SPEED,),
        verified=True,
    ),
    Passage(3_723 * SECOND, 3_724 * SECOND, " Hier.", speaker="P03", role="participant", translation="Here."),
)


def document() -> bytes:
    head = DocxHead(
        "Shop, P03", ("2026-09-01 · tiny.en · en",), "Nobody has listened yet.", datetime(2026, 9, 1, tzinfo=UTC)
    )
    return to_docx(TALK, head)


def as_text(data: bytes) -> str:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return archive.read("word/document.xml").decode().replace("<w:p>", "\n<w:p>") + "\n"


FILES = {
    "transcript.srt": lambda: to_srt(TALK),
    "transcript.vtt": lambda: to_vtt(TALK),
    "transcript.txt": lambda: to_txt(TALK, times=True),
    "transcript.json": lambda: to_json(TALK, language="en", model="tiny.en"),
    "transcript.docx.xml": lambda: as_text(document()),
}


@pytest.mark.parametrize("name", FILES)
def test_file_is_as_it_was(name: str) -> None:
    assert FILES[name]() == (GOLDEN / name).read_bytes().decode()


def test_document_tells_of_nobody_and_can_be_opened() -> None:
    import docx

    opened = docx.Document(io.BytesIO(document()))
    facts = opened.core_properties
    assert (facts.author, facts.last_modified_by, facts.comments) == ("", "", "")
    texts = [paragraph.text for paragraph in opened.paragraphs]
    assert texts[0] == "Shop, P03"
    assert "00:01  Moderator: Where is <the> & “cart”?" in texts
    assert sum(text.startswith("00:04  P03: [?] Hm. I would") for text in texts) == 1


def test_document_takes_text_that_xml_has_no_place_for() -> None:
    odd = Passage(0, SECOND, "a\x00b\x0bc\ufffe\ud800d", speaker="\x1bP")
    assert "abcd" in as_text(to_docx([odd], DocxHead("\x07T")))


@pytest.mark.parametrize("form", TranscriptFormat)
def test_session_is_written_in_every_form(tmp_path: Path, form: TranscriptFormat) -> None:
    with StudyStore.create(tmp_path / "S", "S", author="Ada") as store:
        session = store.register_recording("P03", store.sessions_dir / "s")
        out = tmp_path / f"t.{form}"
        with pytest.raises(StudyError) as missing:
            export_transcript(store, session.id, out, form)
        assert missing.value.code is StudyCode.TRANSCRIPT_MISSING
        segment = Segment(0, SECOND, " Hello", flags=(Flag.LOOP,))
        store.put_transcript(session.id, Transcript("t", "mic", "tiny.en", "en", (segment,), True, SECOND))
        report = export_transcript(store, session.id, out, form, times=True, doubt="listen")
        assert (report.segments, report.in_doubt) == (1, 1)
        data = out.read_bytes()
        assert b"Hello" in (as_text(data).encode() if form is TranscriptFormat.DOCX else data)
