"""The store's part for who speaks, and for the words of the study's trade."""

from __future__ import annotations

import json
from collections.abc import Sequence

from annotate._part import id_key, invalid, new_id, optional_text, required_text, same_text
from annotate._rows import Rows
from annotate._transcripts import TranscriptsPart
from annotate.changes import ChangeSet
from annotate.models import Speaker, Term, Wishes
from transcribe.models import Role

MAX_TERMS = 500
"""More than a study's trade has; the model hears the first that fit into what it may be told (some 200 letters)."""


class SpeakersPart(TranscriptsPart):
    """Speakers of a study's sessions, and its vocabulary."""

    def speakers(self, session_id: str) -> list[Speaker]:
        """Who speaks in a session: the moderator, the participant, the others; each by age."""
        rows = self._db.all(
            "SELECT id, session_id, role, name FROM speaker WHERE session_id = ?"
            " ORDER BY CASE role WHEN 'moderator' THEN 0 WHEN 'participant' THEN 1 ELSE 2 END, created_utc, rowid",
            session_id,
        )
        return [Speaker(str(row["id"]), str(row["session_id"]), Role(row["role"]), row["name"]) for row in rows]

    def add_speaker(self, session_id: str, role: Role, name: str | None = None) -> tuple[Speaker, ChangeSet]:
        """Another one who speaks.

        Raises:
            StudyError: SESSION_MISSING.
        """
        speaker = Speaker(new_id(), self.session(session_id).id, role, optional_text("name", name))
        with self._db.write() as tx:
            row = {"id": speaker.id, "session_id": session_id, "role": str(role), "name": speaker.name}
            tx.insert("speaker", row)
        return speaker, tx.change

    def update_speaker(self, speaker_id: str, *, role: Role | None = None, name: str | None = None) -> ChangeSet:
        """Set role and name; what isn't given stays. An empty name takes it away."""
        with self._db.write() as tx:
            if role is not None:
                tx.update("speaker", id_key(speaker_id), {"role": str(role)})
            if name is not None:
                tx.update("speaker", id_key(speaker_id), {"name": optional_text("name", name)})
        return tx.change

    def set_speaker(self, segment_ids: Sequence[int], speaker_id: str | None) -> ChangeSet:
        """Say who speaks, as a person does: no model changes it any more. None: it is open who.

        Raises:
            StudyError: ROW_MISSING; VALUE_INVALID when the speaker belongs to another session.
        """
        with self._db.write() as tx:
            for segment_id in segment_ids:
                _check(tx, segment_id, speaker_id)
                fields = {"speaker_id": speaker_id, "speaker_fixed": 1}
                tx.update("segment", (("id", segment_id),), fields)
        return tx.change

    def wishes(self) -> Wishes:
        """How this study's sessions are to be transcribed."""
        row = self._db.one("SELECT language, settings_json FROM study")
        assert row is not None
        language = row["language"]
        settings = json.loads(row["settings_json"] or "{}")
        terms = tuple(one.term for one in self.vocabulary() if one.language in (None, language))
        return Wishes(language, terms, settings.get("translate") is True)

    def set_translate(self, wanted: bool) -> ChangeSet:
        """Whether sessions in another language get an English translation too."""
        with self._db.write() as tx:
            row = tx.one("SELECT id, settings_json FROM study")
            assert row is not None
            settings = {**json.loads(row["settings_json"] or "{}"), "translate": wanted}
            tx.update("study", id_key(str(row["id"])), {"settings_json": json.dumps(settings)})
        return tx.change

    def vocabulary(self) -> list[Term]:
        """The words of the study's trade that the model is to expect, in the order in which they were said."""
        return [Term(**dict(row)) for row in self._db.all("SELECT term, language FROM vocabulary ORDER BY rowid")]

    def set_vocabulary(self, terms: Sequence[str], *, language: str | None = None) -> ChangeSet:
        """The whole list anew; the same word twice (capitals aside) counts once.

        Raises:
            StudyError: VALUE_INVALID: a term that is empty or longer than 80 letters, or more than 500 of them.
        """
        wanted: list[str] = []
        for term in terms:
            text = " ".join(required_text("term", term).split())
            if len(text) > 80:
                raise invalid(f"term: {text[:80]}…")
            if not any(same_text(text, other) for other in wanted):
                wanted.append(text)
        if len(wanted) > MAX_TERMS:
            raise invalid(f"vocabulary: {len(wanted)}")
        if [Term(term, language) for term in wanted] == self.vocabulary():
            return ChangeSet()
        with self._db.write() as tx:
            for one in self.vocabulary():
                tx.delete("vocabulary", (("term", one.term),))
            for term in wanted:
                tx.insert("vocabulary", {"term": term, "language": language})
        return tx.change


def _check(tx: Rows, segment_id: int, speaker_id: str | None) -> None:
    """Refuse a speaker of another session."""
    if speaker_id is None:
        return
    row = tx.one(
        "SELECT p.session_id = t.session_id AS same FROM segment s JOIN transcript t ON t.id = s.transcript_id,"
        " speaker p WHERE s.id = ? AND p.id = ?",
        segment_id,
        speaker_id,
    )
    if row is not None and not row["same"]:
        raise invalid(f"speaker {speaker_id}")
