"""Who else sounds like this: corrections for all turns of a voice at once, and the kept voice of the moderator.

How turns sound is in the journals of a session's bundle (`transcribe.voice_print`), not in the study.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Sequence
from operator import attrgetter
from pathlib import Path

from annotate.errors import StudyCode, StudyError
from annotate.models import Session, StoredSegment
from annotate.store import StudyStore
from capture.bundle import SessionBundle
from capture.errors import CaptureError
from transcribe.errors import TranscribeError
from transcribe.journal import read_journal, read_prints
from transcribe.voice_print import VoicePrint
from transcribe.voice_sample import ENOUGH_NS, Vector, likeness, mean_vector, write_sample

ALIKE = 0.8
"""Turns whose voices are nearer than that (cosine) are taken for the same person's; measured in docs/benchmarks.md."""


def alike(store: StudyStore, session_id: str, segment_id: int) -> list[int]:
    """The segments of the transcript that is shown which sound like one of them, itself among them.

    Where no voice was kept (no voice model was there, an import), those that have the same track and speaker. Reads the
    bundle: from a job.

    Raises:
        StudyError: SESSION_MISSING; ROW_MISSING when the segment isn't shown.
    """
    segments = store.segments(session_id)
    chosen = next((one for one in segments if one.id == segment_id), None)
    if chosen is None:
        raise StudyError(StudyCode.ROW_MISSING, f"segment {segment_id}")
    voices = _Sounds(_prints(store, store.session(session_id), chosen.transcript_id))
    like = voices.of(chosen)
    if like is None:
        return [one.id for one in segments if (one.track, one.speaker_id) == (chosen.track, chosen.speaker_id)]
    found = [(one, voices.of(one)) for one in segments]
    return [one.id for one, voice in found if one is chosen or (voice is not None and likeness(voice, like) >= ALIKE)]


def alike_to_label(store: StudyStore, session_id: str, segment_id: int) -> list[int]:
    """As `alike`, without those of which a person has said who speaks; the segment itself is always among them.

    Raises:
        StudyError: as `alike`.
    """
    fixed = {one.id for one in store.segments(session_id) if one.speaker_fixed}
    return [one for one in alike(store, session_id, segment_id) if one == segment_id or one not in fixed]


def keep_voice(store: StudyStore, session_id: str, speaker_id: str, path: Path) -> None:
    """Keep how a speaker of a session sounds in `path` (in the app's own data), to be known again as the moderator.

    Raises:
        StudyError: SESSION_MISSING; VOICE_TOO_SHORT when too little of it was heard, or no voice model was there.
        TranscribeError: FOLDER_UNWRITABLE, DISK_FULL.
    """
    shown = store.transcript(session_id)
    said = [one for one in store.segments(session_id) if one.speaker_id == speaker_id]
    sounds = _Sounds(() if shown is None else _prints(store, store.session(session_id), shown.id))
    spoken = [one for segment in said for one in sounds.within(segment)]
    if sum(one.t_end_ns - one.t_start_ns for one in spoken) < ENOUGH_NS:
        raise StudyError(StudyCode.VOICE_TOO_SHORT)
    write_sample(path, mean_vector(spoken))


class _Sounds:
    """How each segment sounds. Holds the stretches by track and time: a day of speech has tens of thousands."""

    def __init__(self, prints: Sequence[VoicePrint]) -> None:
        self._tracks: defaultdict[str, list[VoicePrint]] = defaultdict(list)
        for one in sorted(prints, key=_start):
            self._tracks[one.track].append(one)
        self._longest = max((one.t_end_ns - one.t_start_ns for one in prints), default=0)

    def of(self, segment: StoredSegment) -> Vector | None:
        within = self.within(segment)
        return mean_vector(within) if within else None

    def within(self, segment: StoredSegment) -> list[VoicePrint]:
        """The stretches of the segment's track that lie in it for the most part."""
        track = self._tracks[segment.track]
        first = bisect_left(track, segment.t_start_ns - self._longest, key=_start)
        return [
            one
            for one in track[first : bisect_right(track, segment.t_end_ns, key=_start)]
            if 2 * (min(one.t_end_ns, segment.t_end_ns) - max(one.t_start_ns, segment.t_start_ns))
            > min(one.t_end_ns - one.t_start_ns, segment.t_end_ns - segment.t_start_ns)
        ]


_start = attrgetter("t_start_ns")


def _prints(store: StudyStore, session: Session, transcript_id: str) -> tuple[VoicePrint, ...]:
    """Of the journal that a transcript came from; none where it isn't there any more."""
    try:
        folder = SessionBundle.open(store.bundle_dir(session)).transcripts_dir
    except (CaptureError, StudyError):
        return ()
    for path in sorted(folder.glob("*.jsonl")):
        try:
            if read_journal(path).id == transcript_id:
                return read_prints(path)
        except TranscribeError:
            continue
    return ()
