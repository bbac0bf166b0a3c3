"""The store's part for transcripts: what was said, by segment and by word."""

from __future__ import annotations

import json
from typing import Any

from annotate._issues import IssuesPart
from annotate._part import id_key, invalid
from annotate._taking import put_segments, put_voices
from annotate.changes import ChangeSet, SqlValue
from annotate.models import StoredSegment, StoredTranscript, StoredWord
from transcribe.models import Flag, Lack, Transcript
from transcribe.wire import lacks_from_json, lacks_to_json

_FLAGS = {flag.value: flag for flag in Flag}


class TranscriptsPart(IssuesPart):
    """Transcripts of a study's sessions.

    The transcript that is **shown** is one run of a model over all tracks of a session (or one import): the newest
    finished one, else the newest. Its segments come from both tracks and are in the order of the session's clock; what
    was heard on both is shown once, from the track it was clearer on (`StoredSegment.echo_of` of the other).
    """

    def transcript(self, session_id: str) -> StoredTranscript | None:
        """The transcript that is shown for a session."""
        return self._newest(session_id, translated=False)

    def translation(self, session_id: str) -> StoredTranscript | None:
        """The English translation that was made of what is shown; its segments have the same times, about."""
        return self._newest(session_id, translated=True)

    def segments(self, session_id: str, *, echoes: bool = False) -> list[StoredSegment]:
        """The segments of the transcript that is shown, in the order of time.

        Args:
            echoes: with those that only repeat what another track has.
        """
        shown = self.transcript(session_id)
        return [] if shown is None else self.segments_of(shown.id, echoes=echoes)

    def doubtful_segments(self, session_id: str) -> list[StoredSegment]:
        """As `segments`, those only that may not be quoted."""
        shown = self.transcript(session_id)
        found = [] if shown is None else self.segments_of(shown.id, flagged=True)
        return [one for one in found if not one.quotable]

    def segments_of(self, transcript_id: str, *, echoes: bool = False, flagged: bool = False) -> list[StoredSegment]:
        """As `segments`, of any transcript. `flagged`: those only that something is wrong with."""
        rows = self._db.all(
            "SELECT s.id, s.transcript_id, s.t_start_ns, s.t_end_ns, s.text, s.avg_logprob, s.no_speech_prob, s.flags,"
            " s.track, s.speaker_id, s.speaker_fixed, a.name AS verified_by, s.original_json AS original, s.echo_of,"
            " s.echo_likeness FROM segment s LEFT JOIN author a ON a.id = s.verified_by"
            " WHERE s.transcript_id = ? AND (? OR s.echo_of IS NULL) AND (NOT ? OR s.flags <> '')"
            " ORDER BY s.t_start_ns, s.id",
            transcript_id,
            int(echoes),
            int(flagged),
        )
        return [_segment(dict(row)) for row in rows]

    def words(self, session_id: str) -> list[StoredWord]:
        """The words of the transcript that is shown, in the order of its segments."""
        shown = self.transcript(session_id)
        if shown is None:
            return []
        rows = self._db.all(
            "SELECT w.segment_id, w.t_start_ns, w.t_end_ns, w.text, w.probability"
            " FROM word w JOIN segment s ON s.id = w.segment_id"
            " WHERE s.transcript_id = ? AND s.echo_of IS NULL ORDER BY s.t_start_ns, s.id, w.idx",
            shown.id,
        )
        return list(map(StoredWord._make, rows))  # tens of thousands

    def put_transcript(self, session_id: str, transcript: Transcript) -> ChangeSet:
        """Store a transcript, or what there is of it so far, under its own id.

        The growing transcript of a running job can be put again and again: what came since is added, what nobody has
        touched follows the journal, what a person has changed, verified, given a speaker or removed stays as it is. A
        finished one is put once; a partial one never replaces its finished self.

        Raises:
            StudyError: SESSION_MISSING; VALUE_INVALID when the id belongs to another session's transcript.
        """
        head: dict[str, SqlValue] = {
            "session_id": session_id,
            "track": transcript.track,
            "origin": transcript.origin,
            "model": transcript.model,
            "language": transcript.language,
            "params_json": _params(transcript),
            "state": "done" if transcript.done else "partial",
            "done_until_ns": transcript.done_until_ns,
        }
        with self._db.write() as tx:
            tx.is_automatic = True  # what was heard is nobody's doing
            self.session(session_id)
            row = tx.fetch("transcript", id_key(transcript.id))
            if row is None:
                tx.insert("transcript", {"id": transcript.id, **head})
            elif row["session_id"] != session_id:
                raise invalid(f"transcript {transcript.id}")
            elif row["state"] == "done":
                return tx.change
            else:
                tx.update("transcript", id_key(transcript.id), head)
            speakers = put_voices(tx, session_id, transcript.voices)
            put_segments(tx, transcript, speakers)
        return tx.change

    def _newest(self, session_id: str, *, translated: bool) -> StoredTranscript | None:
        row = self._db.one(
            "SELECT id, track, model, language, state, params_json, coalesce(done_until_ns, 0) AS done_until_ns"
            " FROM transcript WHERE session_id = ? AND (origin = 'translation') = ?"
            " ORDER BY state <> 'done', shown_utc IS NULL, shown_utc DESC, created_utc DESC, rowid DESC LIMIT 1",
            session_id,
            int(translated),
        )
        if row is None:
            return None
        head = dict(row)
        lacks = _lacks(head.pop("params_json"))
        return StoredTranscript(**head, lacks=lacks)


def _params(transcript: Transcript) -> str | None:
    """What is known of how a transcript was made: the sound that was missing."""
    return json.dumps({"lacks": lacks_to_json(transcript.lacks)}) if transcript.lacks else None


def _lacks(params: str | None) -> tuple[Lack, ...]:
    try:
        return lacks_from_json(json.loads(params or "{}").get("lacks", ()))
    except (ValueError, AttributeError):  # of a newer version: the text stands all the same
        return ()


def _segment(row: dict[str, Any]) -> StoredSegment:
    original = None if row["original"] is None else str(json.loads(row["original"])["text"])
    fixed = bool(row["speaker_fixed"])
    return StoredSegment(**{**row, "flags": _flags(row["flags"]), "speaker_fixed": fixed, "original": original})


def _flags(stored: str | None) -> tuple[Flag, ...]:
    """Flags that this version doesn't know are left out: the text stands all the same."""
    return tuple(_FLAGS[value] for value in stored.split(",") if value in _FLAGS) if stored else ()
