"""Subtitles made elsewhere, brought in as a transcript of a session."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from annotate._part import new_id
from annotate.changes import ChangeSet
from annotate.errors import StudyCode, StudyError
from annotate.store import StudyStore
from transcribe.models import Role, Segment, Transcript, Voice
from transcribe.subtitles import MAX_BYTES, Said, read_subtitles

_MODERATORS = frozenset({"moderator", "interviewer", "facilitator", "host", "researcher", "moderatorin", "m", "i"})
_PARTICIPANTS = frozenset({"participant", "interviewee", "respondent", "user", "tester", "customer", "teilnehmer", "p"})


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What came in."""

    transcript_id: str
    segments: int
    speakers: int
    change: ChangeSet


def import_transcript(store: StudyStore, session_id: str, path: Path) -> ImportReport:
    """Read SubRip or WebVTT and show it as the session's transcript; the others are kept (`transcript_versions`).

    The file's times are taken for session time: from the start of the recording. What it says of speakers is taken
    over; who of them moderates is told by words such as "Moderator", or by the participant's code. Some seconds for
    a day of talk: from a job.

    Raises:
        StudyError: SESSION_MISSING; SUBTITLES_UNREADABLE when the file can't be read, or nothing in it is a subtitle.
    """
    session = store.session(session_id)
    said = read_subtitles(_read(path))
    if not said:
        raise StudyError(StudyCode.SUBTITLES_UNREADABLE, str(path))
    names = list(dict.fromkeys(one.speaker for one in said if one.speaker))
    segments = tuple(_segment(one, names) for one in said)
    voices = tuple(Voice(_role(name, session.participant_code), "file") for name in names)
    end_ns = max(one.t_end_ns for one in said)
    transcript = Transcript(new_id(), "mixed", "", "", segments, True, end_ns, origin="import", voices=voices)
    with store.batch() as batch:
        store.put_transcript(session_id, transcript)
        store.show_version(transcript.id)
        shown = store.segments(session_id)
        for one, name in {row.speaker_id: said[n].speaker for n, row in enumerate(shown)}.items():
            if one is not None and name and not _says_only_the_role(name, session.participant_code):
                store.update_speaker(one, name=name)
    return ImportReport(transcript.id, len(segments), len(names), batch.change)


def _read(path: Path) -> bytes:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise StudyError(StudyCode.SUBTITLES_UNREADABLE, str(path))
        return path.read_bytes()
    except OSError as exc:
        raise StudyError(StudyCode.SUBTITLES_UNREADABLE, f"{path}: {exc.strerror}") from exc


def _segment(one: Said, names: list[str]) -> Segment:
    voice = names.index(one.speaker) if one.speaker else None
    return Segment(one.t_start_ns, one.t_end_ns, f" {one.text}", voice=voice)


def _role(name: str, participant_code: str) -> Role:
    plain = name.casefold().strip()
    if plain in _MODERATORS:
        return Role.MODERATOR
    if plain in _PARTICIPANTS or plain == participant_code.casefold():
        return Role.PARTICIPANT
    return Role.OTHER


def _says_only_the_role(name: str, participant_code: str) -> bool:
    return name.casefold() in {*(role.value for role in Role), participant_code.casefold()}
