"""History: every change knows who made it."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from annotate.errors import StudyError
from annotate.ingest import ingest
from annotate.models import Session
from annotate.store import StudyStore
from capture.events import MarkKind
from tests.helpers.bundles import RecordedBundle, make_mark
from transcribe.models import Segment, Transcript, Word

SECOND = 1_000_000_000


def test_each_change_knows_its_author_and_what_was_before(store: StudyStore, session: Session) -> None:
    observation, _ = store.add_observation(session.id, t_start_ns=SECOND, body="one")
    with StudyStore.open(store.folder, author="Bo") as other:
        other.update_observation(observation.id, body="two", severity=3)
        change = other.update_observation(observation.id, tag_ids=[store.tags()[0].id])
        other.apply_inverse(change)
    undone, tagged, edited, made = store.history(observation_id=observation.id)
    assert (made.author, made.before, made.after and made.after["body"]) == ("Ada", None, "one")
    assert (edited.author, edited.before, edited.after) == (
        "Bo",
        {"body": "one", "severity": None},
        {"body": "two", "severity": 3},
    )
    assert (tagged.table, tagged.undo, undone.table, undone.undo, undone.after) == (
        "observation_tag",
        False,
        "observation_tag",
        True,
        None,
    )
    assert {one.session_id for one in (undone, tagged, edited, made)} == {session.id}


def test_the_changes_of_one_step_stay_together(store: StudyStore, session: Session) -> None:
    observation, _ = store.add_observation(session.id, t_start_ns=1, tag_ids=[tag.id for tag in store.tags()[:2]])
    issue, _ = store.add_issue("Two lists", observation_ids=[observation.id])
    assert {one.step for one in store.history(limit=2)} == {store.history(limit=1)[0].step}
    newest = store.history(session_id=session.id)
    assert [one.table for one in newest[:4]] == [
        "issue_observation",
        "observation_tag",
        "observation_tag",
        "observation",
    ]
    assert newest[0].row_id == f"{issue.id}/{observation.id}"
    older = store.history(session_id=session.id, before_id=newest[0].id)
    assert older == newest[1:]


def test_a_change_that_fails_leaves_no_history(store: StudyStore, session: Session) -> None:
    before = store.history()

    def add_two() -> None:
        with store.batch():
            store.add_observation(session.id, t_start_ns=1)
            store.add_observation(session.id, t_start_ns=-1)

    with pytest.raises(StudyError):
        add_two()
    assert store.history() == before


def test_taking_in_a_recording_is_nobody_s_doing_and_words_are_not_listed(store: StudyStore) -> None:
    recorded = RecordedBundle(store.sessions_dir, context={"participant": "P01"})
    recorded.add(make_mark(MarkKind.MARK, 5.0, author="Cy"))
    bundle = recorded.finish(60)
    recorded.close()
    session = ingest(store, bundle).session
    words = tuple(Word(n, n + 1, f"w{n}", 0.9) for n in range(2000))
    lines = tuple(Segment(n, n + 1, f"w{n}", (words[n],)) for n in range(2000))
    before = len(store.history())
    with store.automatic():
        store.put_transcript(session.id, Transcript("t", "mic", "tiny.en", "en", lines, True, SECOND))
    added = store.history()[: len(store.history()) - before]
    assert [one.table for one in added] == ["transcript"]
    told = store.history(session_id=session.id)
    assert {one.author for one in told} == {None}
    assert [one.table for one in told if one.table == "observation"] == ["observation"]


def test_what_comes_in_hundreds_is_one_line(store: StudyStore, session: Session) -> None:
    with store.batch():
        for t_ns in range(300):
            store.add_observation(session.id, t_start_ns=t_ns)
    (line,) = store.history(limit=1)
    assert (line.table, line.row_id, line.after) == ("observation", "*", {"rows": 300})
    assert line.session_id == session.id


def test_history_hinders_no_undo_and_goes_with_its_session(store: StudyStore) -> None:
    with store.batch() as batch:
        session = store.register_recording("P09", store.sessions_dir / "nine")
        store.add_observation(session.id, t_start_ns=1, body="what the participant said")
    store.apply_inverse(batch.change)
    with closing(sqlite3.connect(store.path)) as conn:
        left = conn.execute("SELECT * FROM change WHERE session_id IS NOT NULL").fetchall()
        assert left == []
        assert "what the participant said" not in str(conn.execute("SELECT * FROM change").fetchall())
