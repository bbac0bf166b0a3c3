"""How a transcript's segments become rows, and stay what people have made of them when it is taken in again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from annotate._part import id_key, new_id
from annotate._rows import Rows, utc_now
from annotate.changes import SqlValue
from transcribe.models import Segment, Transcript, Voice

Row = Mapping[str, Any]


def put_voices(tx: Rows, session_id: str, voices: Sequence[Voice]) -> list[str]:
    """The speakers that stand for `voices`, one for each: those of the same role that the session has, else new ones.

    So a name that somebody gave outlives a second transcription.
    """
    rows = tx.all("SELECT id, role FROM speaker WHERE session_id = ? ORDER BY created_utc, rowid", session_id)
    free = [(str(row["id"]), str(row["role"])) for row in rows]
    result: list[str] = []
    for voice in voices:
        found = next((one for one in free if one[1] == voice.role), None)
        if found is not None:
            free.remove(found)
            result.append(found[0])
        else:
            result.append(new_id())
            tx.insert("speaker", {"id": result[-1], "session_id": session_id, "role": str(voice.role), "name": None})
    return result


def put_segments(tx: Rows, transcript: Transcript, speakers: Sequence[str]) -> None:
    """Bring a transcript's rows to what it says now, but for those that a person has touched or removed.

    A segment is known again by its place in the journal (`source`), whatever became of its text and times; once all
    is heard it may come in several parts, one for each speaker.
    """
    taking = _Taking(tx, transcript, speakers)
    for source, parts in taking.wanted.items():
        rows = taking.stored.get(source, [])
        if not rows and source >= taking.taken:
            for place, segment in parts:
                taking.insert(place, segment, source)
        elif rows and not any(_touched(row) for row in rows):
            taking.follow(rows, parts, source)
        elif rows:
            taking.assign(rows, parts)
    for source, rows in taking.stored.items():
        if source not in taking.wanted and not any(_touched(row) for row in rows):
            for row in rows:  # heard again after a cut, and there was less of it
                tx.delete("segment", id_key(row["id"]))
    taking.finish()


class _Taking:
    """One transcript on its way into the store.

    Attributes:
        taken: how many of the journal's segments were taken in before; of those, what isn't there any more was removed.
        wanted: by source, the places and segments that it should have.
        stored: by source, the rows that it has.
    """

    def __init__(self, tx: Rows, transcript: Transcript, speakers: Sequence[str]) -> None:
        self._tx = tx
        self._transcript = transcript
        self._speakers = speakers
        self._ids: dict[int, int] = {}
        self._new: list[dict[str, SqlValue]] = []
        self._new_words: list[dict[str, SqlValue]] = []
        self._now = utc_now()
        head = tx.one("SELECT taken FROM transcript WHERE id = ?", transcript.id)
        last = tx.one("SELECT coalesce(max(id), 0) AS id FROM segment")
        assert head is not None
        assert last is not None
        self.taken = int(head["taken"])
        self._next_id = int(last["id"]) + 1
        self.wanted: dict[int, list[tuple[int, Segment]]] = {}
        for place, segment in enumerate(transcript.segments):
            source = place if segment.source is None else segment.source
            self.wanted.setdefault(source, []).append((place, segment))
        self.stored: dict[int, list[Row]] = {}
        for row in tx.all(
            "SELECT * FROM segment WHERE transcript_id = ? AND source IS NOT NULL ORDER BY t_start_ns, id",
            transcript.id,
        ):
            self.stored.setdefault(int(row["source"]), []).append(dict(row))

    def insert(self, place: int, segment: Segment, source: int) -> None:
        """A row that wasn't there; written by `finish`."""
        row_id = self._next_id
        self._next_id += 1
        self._ids[place] = row_id
        row = self._values(segment)
        row.update(id=row_id, transcript_id=self._transcript.id, source=source, speaker_id=self._speaker(segment))
        row.update(created_utc=self._now, updated_utc=self._now)
        self._new.append(row)
        self._new_words += _word_rows(row_id, segment)

    def follow(self, rows: Sequence[Row], parts: Sequence[tuple[int, Segment]], source: int) -> None:
        """Rows that nobody has touched say what the journal says."""
        for row, (place, segment) in zip(rows, parts, strict=False):
            row_id = int(row["id"])
            self._ids[place] = row_id
            values = self._values(segment)
            if any(row[name] != value for name, value in values.items()):
                self._tx.update("segment", id_key(row["id"]), values)
                self._replace_words(row_id, segment)
            self._set(row, "speaker_id", self._speaker(segment))
        for place, segment in parts[len(rows) :]:
            self.insert(place, segment, source)
        for row in rows[len(parts) :]:
            self._tx.delete("segment", id_key(row["id"]))

    def assign(self, rows: Sequence[Row], parts: Sequence[tuple[int, Segment]]) -> None:
        """Rows that somebody has touched only learn who says them, unless somebody has said that too."""
        for row in rows:
            place, segment = max(parts, key=lambda part: _common_ns(row, part[1]))
            self._ids[place] = int(row["id"])
            if not row["speaker_fixed"]:
                self._set(row, "speaker_id", self._speaker(segment))

    def finish(self) -> None:
        """Writes what is new, and which segments only repeat others."""
        self._tx.insert_whole("segment", self._new)
        self._tx.insert_whole("word", self._new_words)
        touched = {int(row["id"]) for rows in self.stored.values() for row in rows if _touched(row)}
        was_echo = {int(row["id"]) for rows in self.stored.values() for row in rows if row["echo_of"] is not None}
        for place, segment in enumerate(self._transcript.segments):
            row_id = self._ids.get(place)
            if row_id is None or row_id in touched or (segment.echo is None and row_id not in was_echo):
                continue
            of = None if segment.echo is None else self._ids.get(segment.echo.of)
            likeness = None if segment.echo is None or of is None else segment.echo.likeness
            self._tx.update("segment", (("id", row_id),), {"echo_of": of, "echo_likeness": likeness})
        taken = max((source + 1 for source in self.wanted), default=0)
        self._tx.update("transcript", id_key(self._transcript.id), {"taken": taken})

    def _values(self, segment: Segment) -> dict[str, SqlValue]:
        return {
            "t_start_ns": segment.t_start_ns,
            "t_end_ns": segment.t_end_ns,
            "text": segment.text,
            "avg_logprob": segment.avg_logprob,
            "no_speech_prob": segment.no_speech_prob,
            "compression": segment.compression,
            "flags": ",".join(segment.flags) or None,
            "track": segment.track or self._transcript.track,
        }

    def _speaker(self, segment: Segment) -> str | None:
        return None if segment.voice is None else self._speakers[segment.voice]

    def _set(self, row: Row, column: str, value: SqlValue) -> None:
        if row[column] != value:
            self._tx.update("segment", id_key(row["id"]), {column: value})

    def _replace_words(self, segment_id: int, segment: Segment) -> None:
        for row in self._tx.all("SELECT idx FROM word WHERE segment_id = ?", segment_id):
            self._tx.delete("word", (("segment_id", segment_id), ("idx", row["idx"])))
        self._tx.insert_whole("word", _word_rows(segment_id, segment))


def _touched(row: Row) -> bool:
    """Whether a person has changed the text, listened, or said who speaks."""
    return row["original_json"] is not None or row["verified_by"] is not None or bool(row["speaker_fixed"])


def _common_ns(row: Row, segment: Segment) -> int:
    return min(int(row["t_end_ns"]), segment.t_end_ns) - max(int(row["t_start_ns"]), segment.t_start_ns)


def _word_rows(segment_id: int, segment: Segment) -> list[dict[str, SqlValue]]:
    return [
        {
            "segment_id": segment_id,
            "idx": idx,
            "t_start_ns": word.t_start_ns,
            "t_end_ns": word.t_end_ns,
            "text": word.text,
            "probability": word.probability,
        }
        for idx, word in enumerate(segment.words)
    ]
