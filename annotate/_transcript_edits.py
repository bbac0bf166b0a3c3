"""The store's part for what people do to a transcript: correct it, cut it, join it, say that it is right.

Whatever was heard first is kept beside (`segment.original_json`: `text`; `root`, the segment it began with; and
`pieces`, what there was) for as long as anything differs from it, so that it can be shown, and put back.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from annotate._part import id_key, invalid
from annotate._realign import TimedWord, cut_at, realigned
from annotate._rows import Rows, utc_now
from annotate._speakers import SpeakersPart
from annotate.changes import ChangeSet, SqlValue
from annotate.errors import StudyCode, StudyError
from annotate.models import TranscriptVersion
from annotate.transcript_text import find_pattern

Row = Mapping[str, Any]
MAX_TEXT = 20_000
"""Half an hour of talk; no segment is that long."""


class TranscriptEditsPart(SpeakersPart):
    """Editing of transcripts. Each mutator is one step of undo.

    Raises:
        StudyError: from every one: ROW_MISSING when a segment is gone.
    """

    def set_text(self, segment_id: int, text: str) -> ChangeSet:
        """Correct what is said. Words that stay keep their times; who corrects it has listened to it.

        An empty text takes the segment out of what is shown and quoted; it can be put back.
        """
        with self._db.write() as tx:
            self._correct(tx, _segment(tx, segment_id), text)
        return tx.change

    def replace_text(
        self, session_id: str, find: str, by: str, *, match_case: bool = False, whole_words: bool = False
    ) -> tuple[int, ChangeSet]:
        """Replace a text wherever it is said in the transcript that is shown; also: how many times it was."""
        pattern = find_pattern(find, match_case=match_case, whole_words=whole_words)
        places = 0
        with self._db.write() as tx:
            for one in self.segments(session_id):
                text, count = pattern.subn(lambda _match: by, one.text)
                if count and text != one.text:
                    self._correct(tx, _segment(tx, one.id), text)
                    places += count
        return places, tx.change

    def split_segment(self, segment_id: int, place: int) -> tuple[int, ChangeSet]:
        """Cut a segment in two before the character `place` of its text (spaces around it left out).

        Returns:
            The id of the second one, which is said by the same speaker.

        Raises:
            StudyError: VALUE_INVALID when nothing would be left on one side.
        """
        with self._db.write() as tx:
            row = _segment(tx, segment_id)
            text = str(row["text"]).strip()
            left, right = text[:place].strip(), text[place:].strip()
            if not left or not right:
                raise invalid(f"split: {place}")
            words = _words(tx, segment_id)
            count = cut_at(words, text, place)
            first, second = words[:count], words[count:]
            cut_ns = _cut_ns(row, first, second, len(left), len(text))
            self._keep_original(tx, [row])
            row = _segment(tx, segment_id)
            new_id = _next_id(tx)
            added = {**row, "id": new_id, "t_start_ns": cut_ns, "text": f" {right}", "source": None}
            added.update(dict.fromkeys(("created_utc", "updated_utc"), utc_now()))
            tx.insert("segment", added)
            tx.update("segment", id_key_of(row), {"t_end_ns": cut_ns, "text": f" {left}"})
            _put_words(tx, segment_id, first)
            _put_words(tx, new_id, second)
        return new_id, tx.change

    def join_segments(self, segment_ids: Sequence[int]) -> ChangeSet:
        """Make one segment of several that follow each other; the first one's speaker says it.

        Raises:
            StudyError: VALUE_INVALID for less than two, or for segments of different transcripts.
        """
        with self._db.write() as tx:
            rows = sorted((_segment(tx, one) for one in dict.fromkeys(segment_ids)), key=_place)
            if len(rows) < 2 or len({row["transcript_id"] for row in rows}) != 1:
                raise invalid(f"join: {len(rows)}")
            self._keep_original(tx, rows)
            first, words = rows[0], [word for row in rows for word in _words(tx, row["id"])]
            text = " ".join(said for row in rows if (said := str(row["text"]).strip()))
            flags = dict.fromkeys(flag for row in rows for flag in str(row["flags"] or "").split(",") if flag)
            doubtful = [row for row in rows if row["flags"]]
            heard = all(row["verified_by"] for row in doubtful)
            for row in rows[1:]:
                tx.delete("segment", id_key_of(row))
            fields: dict[str, SqlValue] = {
                "text": f" {text}",
                "t_end_ns": max(int(row["t_end_ns"]) for row in rows),
                "flags": ",".join(flags) or None,
                "verified_by": doubtful[0]["verified_by"] if doubtful and heard else None,
            }
            tx.update("segment", id_key_of(first), fields)
            _put_words(tx, int(first["id"]), words)
        return tx.change

    def verify_segments(self, segment_ids: Iterable[int], *, right: bool = True) -> ChangeSet:
        """Say that somebody has listened and that the text is right (or take it back)."""
        with self._db.write() as tx:
            author = self._author_id(tx) if right else None
            for one in segment_ids:
                row = _segment(tx, one)
                tx.update("segment", id_key_of(row), {"verified_by": author})
                self._keep_shown(tx, str(row["transcript_id"]))
        return tx.change

    def restore_original(self, segment_id: int) -> ChangeSet:
        """Put back what was heard first, in place of all that was made of it; who speaks stays as it is."""
        with self._db.write() as tx:
            row = _segment(tx, segment_id)
            if row["original_json"] is None:
                return tx.change
            original = json.loads(row["original_json"])
            members = _members(tx, str(row["transcript_id"]), int(original["root"]))
            pieces = original["pieces"]
            for member in members[len(pieces) :]:
                tx.delete("segment", id_key_of(member))
            for number, piece in enumerate(pieces):
                fields: dict[str, SqlValue] = {
                    **{name: piece[name] for name in ("t_start_ns", "t_end_ns", "text", "flags", "source")},
                    "original_json": None,
                    "verified_by": None,
                }
                if number < len(members):
                    target = int(members[number]["id"])
                    tx.update("segment", (("id", target),), fields)
                else:
                    target = _next_id(tx)
                    now = dict.fromkeys(("created_utc", "updated_utc"), utc_now())
                    tx.insert("segment", {**members[0], **fields, **now, "id": target})
                _put_words(tx, target, [TimedWord(*word) for word in piece["words"]])
        return tx.change

    # -- versions ----------------------------------------------------------------------------------------------

    def transcript_versions(self, session_id: str) -> list[TranscriptVersion]:
        """The transcripts of a session, newest first: each run of a model, each import."""
        shown = self.transcript(session_id)
        rows = self._db.all(
            "SELECT t.id, t.origin, nullif(t.model, '') AS model, nullif(t.language, '') AS language, t.state,"
            " t.created_utc, (SELECT count(*) FROM segment s WHERE s.transcript_id = t.id AND"
            "  (s.original_json IS NOT NULL OR s.verified_by IS NOT NULL OR s.speaker_fixed)) AS touched"
            " FROM transcript t WHERE t.session_id = ? AND t.origin <> 'translation'"
            " ORDER BY t.created_utc DESC, t.rowid DESC",
            session_id,
        )
        return [TranscriptVersion(**dict(row), shown=shown is not None and row["id"] == shown.id) for row in rows]

    def show_version(self, transcript_id: str) -> ChangeSet:
        """Show another transcript of its session; the others are kept."""
        with self._db.write() as tx:
            tx.update("transcript", id_key(transcript_id), {"shown_utc": utc_now()})
        return tx.change

    def remove_import(self, transcript_id: str) -> ChangeSet:
        """Remove a transcript that was brought in from a file.

        Raises:
            StudyError: ROW_MISSING; ROW_IN_USE for one that was heard here: it lies in the recording too.
        """
        with self._db.write() as tx:
            row = tx.fetch("transcript", id_key(transcript_id))
            if row is not None and row["origin"] != "import":
                raise StudyError(StudyCode.ROW_IN_USE, f"transcript {transcript_id}")
            tx.delete("transcript", id_key(transcript_id))
        return tx.change

    # -- inside ------------------------------------------------------------------------------------------------

    def _correct(self, tx: Rows, row: Row, text: str) -> None:
        said = " ".join(text.split())
        if len(said) > MAX_TEXT:
            raise invalid(f"text: {len(said)} letters")
        if said == str(row["text"]).strip():
            return
        segment_id = int(row["id"])
        self._keep_original(tx, [row])
        words = realigned(_words(tx, segment_id), said, int(row["t_start_ns"]), int(row["t_end_ns"]))
        fields: dict[str, SqlValue] = {"text": f" {said}" if said else "", "verified_by": self._author_id(tx)}
        tx.update("segment", id_key_of(row), fields)
        _put_words(tx, segment_id, words)

    def _keep_original(self, tx: Rows, rows: Sequence[Row]) -> None:
        """Note on rows what they were before anybody changed them; several become of one origin."""
        known = [json.loads(row["original_json"]) if row["original_json"] is not None else None for row in rows]
        originals: dict[int, dict[str, Any]] = {}
        for row, found in zip(rows, known, strict=True):
            one = found or {"root": int(row["id"]), "text": row["text"], "pieces": [_piece(tx, row)]}
            originals[int(one["root"])] = one
        root = next(iter(originals))
        pieces = sorted((p for one in originals.values() for p in one["pieces"]), key=lambda p: p["t_start_ns"])
        text = " ".join(str(piece["text"]).strip() for piece in pieces)
        kept = json.dumps({"text": text, "root": root, "pieces": pieces}, ensure_ascii=False)
        transcript_id = str(rows[0]["transcript_id"])
        others = [member for one in originals for member in _members(tx, transcript_id, one)]
        for key in dict.fromkeys([*(int(row["id"]) for row in rows), *(int(member["id"]) for member in others)]):
            tx.update("segment", (("id", key),), {"original_json": kept})
        self._keep_shown(tx, transcript_id)

    def _keep_shown(self, tx: Rows, transcript_id: str) -> None:
        """What somebody has worked on stays in view when a model has made another transcript."""
        row = tx.fetch("transcript", id_key(transcript_id))
        if row is not None and row["shown_utc"] is None:
            tx.update("transcript", id_key(transcript_id), {"shown_utc": utc_now()})


def id_key_of(row: Row) -> tuple[tuple[str, SqlValue], ...]:
    return (("id", row["id"]),)


def _place(row: Row) -> tuple[int, int]:
    return int(row["t_start_ns"]), int(row["id"])


def _segment(tx: Rows, segment_id: int) -> dict[str, Any]:
    row = tx.fetch("segment", (("id", segment_id),))
    if row is None:
        raise StudyError(StudyCode.ROW_MISSING, f"segment {segment_id}")
    return row


def _members(tx: Rows, transcript_id: str, root: int) -> list[dict[str, Any]]:
    """The segments that come from one origin, in the order of time."""
    rows = tx.all(
        "SELECT * FROM segment WHERE transcript_id = ? AND original_json IS NOT NULL"
        " AND json_extract(original_json, '$.root') = ? ORDER BY t_start_ns, id",
        transcript_id,
        root,
    )
    return [dict(row) for row in rows]


def _piece(tx: Rows, row: Row) -> dict[str, Any]:
    words = [[w.t_start_ns, w.t_end_ns, w.text, w.probability] for w in _words(tx, int(row["id"]))]
    return {**{name: row[name] for name in ("t_start_ns", "t_end_ns", "text", "flags", "source")}, "words": words}


def _words(tx: Rows, segment_id: int) -> list[TimedWord]:
    rows = tx.all(
        "SELECT t_start_ns, t_end_ns, text, probability FROM word WHERE segment_id = ? ORDER BY idx", segment_id
    )
    return [TimedWord(*row) for row in rows]


def _put_words(tx: Rows, segment_id: int, words: Sequence[TimedWord]) -> None:
    """The segment's words are these from now on; rows that stay as they are aren't touched."""
    stored = tx.all("SELECT * FROM word WHERE segment_id = ? ORDER BY idx", segment_id)
    for row in stored[len(words) :]:
        tx.delete("word", (("segment_id", segment_id), ("idx", row["idx"])))
    added = []
    for idx, word in enumerate(words):
        fields: dict[str, SqlValue] = {
            "t_start_ns": word.t_start_ns,
            "t_end_ns": word.t_end_ns,
            "text": word.text,
            "probability": word.probability,
        }
        if idx < len(stored):
            tx.update("word", (("segment_id", segment_id), ("idx", stored[idx]["idx"])), fields)
        else:
            added.append({"segment_id": segment_id, "idx": idx, **fields})
    tx.insert_whole("word", added)


def _cut_ns(row: Row, first: Sequence[TimedWord], second: Sequence[TimedWord], left: int, whole: int) -> int:
    """Where a segment is cut: where its second half's first word begins, else by its letters."""
    start, end = int(row["t_start_ns"]), int(row["t_end_ns"])
    if first and second:
        return max(start, min(end, second[0].t_start_ns))
    return start + (end - start) * left // whole


def _next_id(tx: Rows) -> int:
    row = tx.one("SELECT coalesce(max(id), 0) + 1 AS id FROM segment")
    assert row is not None
    return int(row["id"])
