"""Transcripts taken in again and again, while people work on them; speakers; the study's vocabulary."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from annotate import _open, migrations
from annotate.errors import StudyError
from annotate.models import Session, Term
from annotate.store import StudyStore
from tests.unit.annotate.conftest import SECOND
from transcribe.models import Echo, Flag, Role, Segment, Transcript, Voice, Word


def said(number: int, text: str, *, track: str = "", **more: object) -> Segment:
    """A segment of two seconds that is the journal's `number`th."""
    start = 2 * number * SECOND
    words = text.split()
    length = 2 * SECOND // len(words)
    parts = tuple(Word(start + n * length, start + (n + 1) * length, word, 0.9) for n, word in enumerate(words))
    return replace(Segment(start, start + 2 * SECOND, text, parts, track=track, source=number), **more)


def transcript(*segments: Segment, done: bool = False, voices: Sequence[Voice] = (), **more: object) -> Transcript:
    made = Transcript("t1", "mic", "base", "en", segments, done, 100 * SECOND, voices=tuple(voices))
    return replace(made, **more)


TWO = (Voice(Role.MODERATOR), Voice(Role.PARTICIPANT))


def texts(store: StudyStore, session: Session) -> list[str]:
    return [segment.text for segment in store.segments(session.id)]


def touch(store: StudyStore, segment_id: int, text: str) -> None:
    """What editing does to a row."""
    with store._db.write() as tx:
        row = tx.fetch("segment", (("id", segment_id),))
        assert row is not None
        tx.update(
            "segment",
            (("id", segment_id),),
            {"text": text, "original_json": json.dumps({"text": row["text"], "words": []})},
        )


def test_a_growing_transcript_leaves_alone_what_people_did(store: StudyStore, session: Session) -> None:
    store.put_transcript(session.id, transcript(said(0, "one two"), said(1, "three four"), said(2, "five six")))
    first, second, third = store.segments(session.id)
    touch(store, first.id, "won too")
    with store._db.write() as tx:
        tx.delete("segment", (("id", second.id),))
    grown = transcript(
        said(0, "one two"), said(1, "three four"), said(2, "five seven"), said(3, "eight"), done=True, voices=TWO
    )
    store.put_transcript(session.id, grown)
    assert texts(store, session) == ["won too", "five seven", "eight"]
    kept = store.segments(session.id)
    assert (kept[0].id, kept[0].original, kept[1].id) == (first.id, "one two", third.id)
    assert [word.text for word in store.words(session.id)][2:] == ["five", "seven", "eight"]
    assert store.put_transcript(session.id, grown).empty


def test_what_was_heard_again_after_a_cut_is_not_there_twice(store: StudyStore, session: Session) -> None:
    store.put_transcript(session.id, transcript(said(0, "one"), said(1, "two"), said(2, "three")))
    store.put_transcript(session.id, transcript(said(0, "one"), said(1, "two and three")))
    assert texts(store, session) == ["one", "two and three"]
    store.put_transcript(session.id, transcript(said(0, "one"), said(1, "two and three"), said(2, "four")))
    assert texts(store, session) == ["one", "two and three", "four"]


def test_a_segment_of_two_speakers_becomes_two_and_one_that_was_touched_stays_whole(
    store: StudyStore, session: Session
) -> None:
    store.put_transcript(session.id, transcript(said(0, "ready yes"), said(1, "ready no")))
    ready, other = store.segments(session.id)
    touch(store, other.id, "ready, no")
    parts = [
        replace(said(n, text), t_start_ns=2 * n * SECOND + at, t_end_ns=2 * n * SECOND + at + SECOND, voice=voice)
        for n in (0, 1)
        for text, at, voice in (("ready", 0, 0), ("yes", SECOND, 1))
    ]
    store.put_transcript(session.id, transcript(*parts, done=True, voices=TWO))
    assert texts(store, session) == ["ready", "yes", "ready, no"]
    moderator, participant = store.speakers(session.id)
    assert (moderator.role, participant.role) == (Role.MODERATOR, Role.PARTICIPANT)
    spoken = [segment.speaker_id for segment in store.segments(session.id)]
    assert spoken == [moderator.id, participant.id, moderator.id]
    assert store.segments(session.id)[0].id == ready.id


def test_a_speaker_that_somebody_named_outlives_a_second_transcription(store: StudyStore, session: Session) -> None:
    heard = transcript(said(0, "one", voice=0), said(1, "two", voice=1), done=True, voices=TWO)
    store.put_transcript(session.id, heard)
    moderator, participant = store.speakers(session.id)
    store.update_speaker(participant.id, name="Kim")
    store.set_speaker([store.segments(session.id)[0].id], participant.id)
    assert store.segments(session.id)[0].speaker_fixed
    store.put_transcript(session.id, replace(heard, id="t2"))
    assert [(one.id, one.name) for one in store.speakers(session.id)] == [
        (moderator.id, None),
        (participant.id, "Kim"),
    ]
    assert [segment.speaker_id for segment in store.segments(session.id)] == [moderator.id, participant.id]


def test_both_tracks_are_one_transcript_and_an_echo_is_kept_but_not_shown(store: StudyStore, session: Session) -> None:
    call = said(0, "can you hear me", track="system")
    echo = replace(said(1, "can you hear me", track="mic"), t_start_ns=1, echo=Echo(0, 0.96))
    store.put_transcript(session.id, transcript(call, echo, said(2, "yes", track="mic"), done=True, track="mixed"))
    assert [(one.track, one.text) for one in store.segments(session.id)] == [
        ("system", "can you hear me"),
        ("mic", "yes"),
    ]
    assert len(store.words(session.id)) == 5
    shown, dropped, _ = store.segments(session.id, echoes=True)
    assert (dropped.echo_of, dropped.echo_likeness, dropped.track) == (shown.id, 0.96, "mic")
    with store._db.write() as tx:
        tx.delete("segment", (("id", shown.id),))
    assert texts(store, session) == ["can you hear me", "yes"], "an echo of nothing is shown"


def test_what_is_in_doubt_may_be_quoted_once_somebody_has_listened(store: StudyStore, session: Session) -> None:
    doubtful = said(1, "two", flags=(Flag.LOOP,))
    store.put_transcript(session.id, transcript(said(0, "one"), doubtful, replace(doubtful, source=2)))
    assert [segment.quotable for segment in store.segments(session.id)] == [True, False, False]
    store.set_text(store.segments(session.id)[1].id, "too")
    with store._db.write() as tx:
        author = store._author_id(tx)
        tx.update("segment", (("id", store.segments(session.id)[2].id),), {"verified_by": author})
    assert [segment.quotable for segment in store.segments(session.id)] == [True, True, True]
    assert store.segments(session.id)[2].verified_by == "Ada"


def test_a_translation_stands_beside_what_is_shown(store: StudyStore, session: Session) -> None:
    store.put_transcript(session.id, transcript(said(0, "guten Tag"), done=True, language="de"))
    english = transcript(said(0, "good day"), done=True, id="t1-en", origin="translation", language="en")
    store.put_transcript(session.id, english)
    assert texts(store, session) == ["guten Tag"]
    beside = store.translation(session.id)
    assert beside is not None
    assert [segment.text for segment in store.segments_of(beside.id)] == ["good day"]


def test_a_speaker_of_another_session_is_refused(store: StudyStore, session: Session) -> None:
    store.put_transcript(session.id, transcript(said(0, "one")))
    other = store.register_recording("P02", store.sessions_dir / "two")
    speaker, _ = store.add_speaker(other.id, Role.OTHER, "Sam")
    with pytest.raises(StudyError):
        store.set_speaker([store.segments(session.id)[0].id], speaker.id)
    assert store.segments(session.id)[0].speaker_id is None


def test_the_vocabulary_is_one_list_that_can_be_undone(store: StudyStore) -> None:
    store.set_vocabulary(["Moderato", "  SUS  score ", "moderato"])
    assert store.vocabulary() == [Term("Moderato", None), Term("SUS score", None)]
    assert store.set_vocabulary(["Moderato", "SUS score"]).empty
    change = store.set_vocabulary(["Jira"])
    store.apply_inverse(change)
    assert sorted(term.term for term in store.vocabulary()) == ["Moderato", "SUS score"]
    with pytest.raises(StudyError):
        store.set_vocabulary([" "])


def test_an_older_study_keeps_its_transcripts(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as older:
        older.setattr(migrations, "MIGRATIONS", migrations.MIGRATIONS[:2])
        older.setattr(migrations, "NAMES", migrations.NAMES[:2])
        folder.mkdir()
        conn = _open.make_file(folder)
        conn.executescript("""
        INSERT INTO study(id, name, task_order, created_utc, updated_utc) VALUES('s', 'S', 'fixed', '', '');
        INSERT INTO participant(id, code, status, created_utc, updated_utc) VALUES('p', 'P1', 'recorded', '', '');
        INSERT INTO session(id, participant_id, origin, state, created_utc, updated_utc)
          VALUES('one', 'p', 'recorded', 'recorded', '', '');
        INSERT INTO transcript(id, session_id, track, origin, state, created_utc, updated_utc)
          VALUES('t1', 'one', 'mic', 'whisper', 'partial', '', '');
        INSERT INTO segment(id, transcript_id, t_start_ns, t_end_ns, text, created_utc, updated_utc)
          VALUES(7, 't1', 0, 2000000000, 'one', '', ''), (9, 't1', 2000000000, 4000000000, 'two', '', '');
        """)
        _open.publish(folder)
        conn.close()
    with StudyStore.open(folder, author="Ada") as store:
        assert [(one.id, one.text, one.track) for one in store.segments("one")] == [
            (7, "one", "mic"),
            (9, "two", "mic"),
        ]
        store.put_transcript("one", transcript(said(0, "one"), said(1, "two"), said(2, "three"), done=True))
        assert [one.text for one in store.segments("one")] == ["one", "two", "three"]
        assert [one.id for one in store.segments("one")][:2] == [7, 9]
