"""The store's part for transcripts: what was said, by segment and by word."""

from __future__ import annotations

from typing import Any

from annotate._issues import IssuesPart
from annotate._part import id_key, invalid
from annotate._rows import Rows, utc_now
from annotate.changes import ChangeSet, SqlValue
from annotate.models import StoredSegment, StoredTranscript, StoredWord
from transcribe.models import Flag, Segment, Transcript


class TranscriptsPart(IssuesPart):
    """Transcripts of a study's sessions."""

    def transcript(self, session_id: str) -> StoredTranscript | None:
        """The transcript that is shown for a session: the newest finished one, else the newest."""
        row = self._db.one(
            "SELECT id, track, model, language, state, coalesce(done_until_ns, 0) AS done_until_ns FROM transcript"
            " WHERE session_id = ? ORDER BY state <> 'done', created_utc DESC, rowid DESC LIMIT 1",
            session_id,
        )
        return StoredTranscript(**dict(row)) if row is not None else None

    def segments(self, session_id: str) -> list[StoredSegment]:
        """The segments of the transcript that is shown, in the order of time."""
        shown = self.transcript(session_id)
        if shown is None:
            return []
        rows = self._db.all(
            "SELECT id, transcript_id, t_start_ns, t_end_ns, text, avg_logprob, no_speech_prob, flags FROM segment"
            " WHERE transcript_id = ? ORDER BY t_start_ns, id",
            shown.id,
        )
        return [StoredSegment(**{**dict(row), "flags": _flags(row["flags"])}) for row in rows]

    def words(self, session_id: str) -> list[StoredWord]:
        """The words of the transcript that is shown, in the order of its segments."""
        shown = self.transcript(session_id)
        if shown is None:
            return []
        rows = self._db.all(
            "SELECT w.segment_id, w.t_start_ns, w.t_end_ns, w.text, w.probability"
            " FROM word w JOIN segment s ON s.id = w.segment_id"
            " WHERE s.transcript_id = ? ORDER BY s.t_start_ns, s.id, w.idx",
            shown.id,
        )
        return [StoredWord(**dict(row)) for row in rows]

    def put_transcript(self, session_id: str, transcript: Transcript) -> ChangeSet:
        """Store a transcript, or what there is of it so far, under its own id.

        Segments that are stored already stay as they are, so the growing transcript of a running job can be
        put again and again, and nothing is written twice. A partial one never replaces its finished self.

        Raises:
            StudyError: SESSION_MISSING; VALUE_INVALID when the id belongs to another session's transcript.
        """
        head: dict[str, SqlValue] = {
            "session_id": session_id,
            "track": transcript.track,
            "origin": "whisper",
            "model": transcript.model,
            "language": transcript.language,
            "state": "done" if transcript.done else "partial",
            "done_until_ns": transcript.done_until_ns,
        }
        with self._db.write() as tx:
            self.session(session_id)
            row = tx.fetch("transcript", id_key(transcript.id))
            if row is None:
                tx.insert("transcript", {"id": transcript.id, **head})
            elif row["session_id"] != session_id:
                raise invalid(f"transcript {transcript.id}")
            elif row["state"] == "done" and not transcript.done:
                return tx.change
            else:
                tx.update("transcript", id_key(transcript.id), head)
            _put_segments(tx, transcript)
        return tx.change


def _put_segments(tx: Rows, transcript: Transcript) -> None:
    stored = tx.all(
        "SELECT id, t_start_ns, t_end_ns, text FROM segment WHERE transcript_id = ? ORDER BY id", transcript.id
    )
    same = 0
    for row, segment in zip(stored, transcript.segments, strict=False):
        if (row["t_start_ns"], row["t_end_ns"], row["text"]) != _identity(segment):
            break
        same += 1
    for row in stored[same:]:
        tx.delete("segment", (("id", row["id"]),))
    new = transcript.segments[same:]
    last = tx.one("SELECT coalesce(max(id), 0) AS id FROM segment")
    assert last is not None
    segments: list[dict[str, SqlValue]] = []
    words: list[dict[str, SqlValue]] = []
    now = utc_now()
    for segment_id, segment in enumerate(new, int(last["id"]) + 1):
        segments.append(_segment_row(segment_id, transcript.id, segment, now))
        words.extend(
            {
                "segment_id": segment_id,
                "idx": idx,
                "t_start_ns": word.t_start_ns,
                "t_end_ns": word.t_end_ns,
                "text": word.text,
                "probability": word.probability,
            }
            for idx, word in enumerate(segment.words)
        )
    tx.insert_whole("segment", segments)
    tx.insert_whole("word", words)


def _flags(stored: str | None) -> tuple[Flag, ...]:
    """Flags that this version doesn't know are left out: the text stands all the same."""
    known = {flag.value: flag for flag in Flag}
    return tuple(known[value] for value in (stored or "").split(",") if value in known)


def _identity(segment: Segment) -> tuple[int, int, str]:
    return segment.t_start_ns, segment.t_end_ns, segment.text


def _segment_row(segment_id: int, transcript_id: str, segment: Segment, now: str) -> dict[str, Any]:
    return {
        "id": segment_id,
        "transcript_id": transcript_id,
        "t_start_ns": segment.t_start_ns,
        "t_end_ns": segment.t_end_ns,
        "text": segment.text,
        "avg_logprob": segment.avg_logprob,
        "no_speech_prob": segment.no_speech_prob,
        "compression": segment.compression,
        "flags": ",".join(segment.flags) or None,
        "created_utc": now,
        "updated_utc": now,
    }
