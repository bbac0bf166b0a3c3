"""One session's transcript as a file that other programs read. The formats are told in docs/transcripts.md."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import groupby
from pathlib import Path

from annotate.errors import StudyCode, StudyError
from annotate.export.files import write_export
from annotate.export.transcript_docx import DocxHead, to_docx
from annotate.models import Session, StoredSegment, StoredTranscript
from annotate.store import StudyStore
from transcribe.formats import Passage, to_json, to_srt, to_txt, to_vtt
from transcribe.models import Word

_NEAR = 8
"""So many segments before the end of a translated line are asked whether they are what it translates."""


class TranscriptFormat(StrEnum):
    """Also the file's suffix."""

    SRT = "srt"
    VTT = "vtt"
    TXT = "txt"
    JSON = "json"
    DOCX = "docx"


@dataclass(frozen=True, slots=True)
class TranscriptReport:
    """What was written; `in_doubt` of the segments are flagged and nobody has listened to them."""

    path: Path
    segments: int
    in_doubt: int


def export_transcript(
    store: StudyStore,
    session_id: str,
    out: Path,
    form: TranscriptFormat,
    *,
    times: bool = False,
    speakers: bool = True,
    doubt: str = "",
) -> TranscriptReport:
    """Writes the transcript that is shown for a session. UTF-8, mode 0600, whole or not.

    Args:
        store: The study.
        session_id: Whose transcript.
        out: The file.
        form: What it is written as.
        times: TXT and DOCX: with the time that each line or turn begins at.
        speakers: Who says it, where that is known. JSON always has both.
        doubt: DOCX: what the mark for text in doubt means, in words.

    What is trimmed off the session is left out; the times stay those of the recording.

    Raises:
        StudyError: SESSION_MISSING, CONSENT_WITHDRAWN, TRANSCRIPT_MISSING, EXPORT_UNWRITABLE, DISK_FULL.
    """
    with store.snapshot():
        session = store.check_told(session_id)
        head = store.transcript(session_id)
        if head is None:
            raise StudyError(StudyCode.TRANSCRIPT_MISSING, session.participant_code)
        said = [one for one in passages(store, session_id) if session.uses(one.t_start_ns, one.t_end_ns)]
        study = store.study().name
    match form:
        case TranscriptFormat.SRT:
            data = to_srt(said, speakers=speakers).encode(errors="replace")
        case TranscriptFormat.VTT:
            data = to_vtt(said, speakers=speakers).encode(errors="replace")
        case TranscriptFormat.TXT:
            data = to_txt(said, times=times, speakers=speakers).encode(errors="replace")
        case TranscriptFormat.JSON:
            data = to_json(said, language=head.language, model=head.model).encode(errors="replace")
        case TranscriptFormat.DOCX:
            data = to_docx(said, _docx_head(study, session, head, doubt), times=times, speakers=speakers)
    write_export(out, data, f".{form.value}")
    return TranscriptReport(out, len(said), sum(one.in_doubt for one in said))


def passages(store: StudyStore, session_id: str) -> list[Passage]:
    """The transcript that is shown for a session, as files tell it."""
    session = store.session(session_id)
    words = {number: tuple(group) for number, group in groupby(store.words(session_id), lambda word: word.segment_id)}
    speakers = {one.id: one for one in store.speakers(session_id)}
    said = [one for one in store.segments(session_id) if one.text.strip()]
    meant = translated(said, store, session_id)
    result = []
    for one in said:
        speaker = speakers.get(one.speaker_id or "")
        result.append(
            Passage(
                one.t_start_ns,
                one.t_end_ns,
                one.text,
                tuple(
                    Word(word.t_start_ns, word.t_end_ns, word.text, word.probability or 0.0)
                    for word in words.get(one.id, ())
                ),
                speaker=None if speaker is None else speaker.label(session.participant_code),
                role=None if speaker is None else speaker.role.value,
                flags=one.flags,
                verified=one.verified_by is not None,
                translation=meant.get(one.id),
            )
        )
    return result


def translated(said: Sequence[StoredSegment], store: StudyStore, session_id: str) -> dict[int, str]:
    """By segment, what it means in English: each line of the translation goes to the segment it has most time with."""
    translation = store.translation(session_id)
    if translation is None or not said:
        return {}
    starts = [one.t_start_ns for one in said]
    found: dict[int, list[str]] = {}
    for line in store.segments_of(translation.id):
        last = bisect_left(starts, max(line.t_end_ns, line.t_start_ns + 1))
        near = said[max(0, last - _NEAR) : max(1, last)]
        best = max(near, key=lambda one: _common_ns(one, line))
        found.setdefault(best.id, []).append(line.text.strip())
    return {segment_id: " ".join(filter(None, texts)) for segment_id, texts in found.items()}


def _common_ns(one: StoredSegment, other: StoredSegment) -> int:
    return min(one.t_end_ns, other.t_end_ns) - max(one.t_start_ns, other.t_start_ns)


def _docx_head(study: str, session: Session, transcript: StoredTranscript, doubt: str) -> DocxHead:
    started = datetime.fromisoformat(session.started_utc) if session.started_utc is not None else None
    about = [
        started.strftime("%Y-%m-%d") if started is not None else "",
        transcript.model or "",
        transcript.language or "",
    ]
    line = " · ".join(part for part in about if part)
    return DocxHead(f"{study}, {session.participant_code}", (line,) if line else (), doubt, started)
