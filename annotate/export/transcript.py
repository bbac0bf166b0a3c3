"""One session's transcript as a file that other programs read."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby
from pathlib import Path

from annotate.errors import StudyCode, StudyError
from annotate.export.files import write_export
from annotate.store import StudyStore
from transcribe.formats import to_json, to_srt, to_txt, to_vtt
from transcribe.models import Segment, Word


class TranscriptFormat(StrEnum):
    """Also the file's suffix."""

    SRT = "srt"
    VTT = "vtt"
    TXT = "txt"
    JSON = "json"


@dataclass(frozen=True, slots=True)
class TranscriptReport:
    """What was written."""

    path: Path
    segments: int


def export_transcript(
    store: StudyStore, session_id: str, out: Path, form: TranscriptFormat, *, times: bool = False
) -> TranscriptReport:
    """Writes the transcript that is shown for a session. `times` is for TXT alone. UTF-8, mode 0600, whole or not.

    Raises:
        StudyError: SESSION_MISSING, TRANSCRIPT_MISSING, EXPORT_UNWRITABLE, DISK_FULL.
    """
    with store.snapshot():
        session = store.session(session_id)
        head = store.transcript(session_id)
        if head is None:
            raise StudyError(StudyCode.TRANSCRIPT_MISSING, session.participant_code)
        segments = _segments(store, session_id)
    match form:
        case TranscriptFormat.SRT:
            text = to_srt(segments)
        case TranscriptFormat.VTT:
            text = to_vtt(segments)
        case TranscriptFormat.TXT:
            text = to_txt(segments, times=times)
        case TranscriptFormat.JSON:
            text = to_json(segments, language=head.language, model=head.model)
    write_export(out, text.encode("utf-8", errors="replace"), f".{form.value}")
    return TranscriptReport(out, len(segments))


def _segments(store: StudyStore, session_id: str) -> list[Segment]:
    words = {number: tuple(group) for number, group in groupby(store.words(session_id), lambda word: word.segment_id)}
    return [
        Segment(
            one.t_start_ns,
            one.t_end_ns,
            one.text,
            tuple(
                Word(word.t_start_ns, word.t_end_ns, word.text, word.probability or 0.0)
                for word in words.get(one.id, ())
            ),
            flags=one.flags,
        )
        for one in store.segments(session_id)
    ]
