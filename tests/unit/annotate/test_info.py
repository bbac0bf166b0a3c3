"""What `moderato info` prints."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from annotate.errors import StudyCode, StudyError
from annotate.info import bundle_info, study_info
from annotate.ingest import ingest
from annotate.store import StudyStore
from capture.errors import CaptureCode, CaptureError
from capture.events import Button, ButtonState, MarkKind, PointerMove
from tests.helpers.bundles import SECOND, RecordedBundle, make_mark
from transcribe.journal import JournalWriter
from transcribe.models import Segment, Word


@pytest.fixture
def recorded(store: StudyStore) -> RecordedBundle:
    made = RecordedBundle(store.sessions_dir, context={"participant": "P01"})
    begun = make_mark(MarkKind.TASK_START, 1, ref=store.tasks()[0].id)
    gone = make_mark(MarkKind.MARK, 2, body="gone", payload={"kind": "problem"})
    made.add(begun, gone, make_mark(MarkKind.UNDO, 3, ref=gone.id))
    made.add(make_mark(MarkKind.MARK, 4, body="hides", payload={"kind": "problem", "severity": 2}))
    moves = [PointerMove(n, n, n) for n in range(3)]
    made.add_events([*moves, Button(5, 1, 1, "left", ButtonState.DOWN)])
    return made


def test_a_bundle_tells_what_is_in_it(recorded: RecordedBundle) -> None:
    bundle = recorded.finish(12.5)
    for name, done in (("a", True), ("b", False)):
        writer = JournalWriter(bundle.transcripts_dir / f"{name}.jsonl", transcript_id=name, track="mic", model=name)
        writer.language("en")
        writer.segment(Segment(0, SECOND, " Hello there.", (Word(0, 1, "Hello", 1), Word(1, 2, "there.", 1))))
        writer.segment(Segment(SECOND, 2 * SECOND, " Yes."))
        writer.end(done=done) if done else writer.close()
    info = json.loads(json.dumps(bundle_info(bundle.path)))
    assert set(info) == {"id", "state", "duration_s", "streams", "files", "events", "marks", "transcript"}
    assert (info["state"], info["duration_s"]) == ("finalized", 12.5)
    assert info["id"] == bundle.manifest().id
    assert [stream["kind"] for stream in info["streams"]] == ["screen", "mic"]
    assert info["files"] == [{"name": "screen.mp4", "size": 3, "sha256": "ab" * 32}]
    assert info["events"] == {"button_down": 1, "move": 3}
    assert [(mark["kind"], mark["t_s"], mark["body"]) for mark in info["marks"]] == [
        ("task_start", 1.0, None),
        ("mark", 4.0, "hides"),
    ]
    assert info["transcript"] == {
        "model": "a",  # finished, so it goes before the newer one that isn't
        "language": "en",
        "state": "done",
        "segments": 2,
        "words": 2,
        "text": "Hello there. Yes.",
    }


def test_a_bundle_that_is_being_recorded_tells_what_there_is(recorded: RecordedBundle) -> None:
    info = bundle_info(recorded.bundle.path)
    assert (info["state"], info["duration_s"], info["transcript"]) == ("recording", None, None)
    assert "capture.sqlite3" in [file["name"] for file in info["files"]]
    assert len(info["marks"]) == 2
    recorded.close()


def test_half_a_bundle_tells_what_is_left(recorded: RecordedBundle, tmp_path: Path) -> None:
    bundle = recorded.finish()
    bundle.capture_path.unlink()
    info = bundle_info(bundle.path)
    assert (info["events"], info["marks"]) == ({}, [])
    for path, code in (
        (tmp_path / "nowhere", CaptureCode.BUNDLE_MISSING),
        (tmp_path, CaptureCode.BUNDLE_NO_MANIFEST),
    ):
        with pytest.raises(CaptureError) as caught:
            bundle_info(path)
        assert caught.value.code is code


def test_a_study_tells_what_is_in_it(store: StudyStore, recorded: RecordedBundle) -> None:
    session = ingest(store, recorded.finish(60)).session
    (one,) = store.observations()
    store.add_issue("It hides", severity=3, observation_ids=[one.id])
    info = json.loads(json.dumps(study_info(store.folder)))
    assert set(info) == {"id", "name", "sessions", "issues", "tasks", "tags", "participants"}
    assert (info["name"], info["participants"]) == ("Shop", ["P01"])
    assert [task["title"] for task in info["tasks"]] == ["Find the invoice", "Pay"]
    assert "Navigation" in info["tags"]
    assert info["sessions"] == [
        {
            "id": session.id,
            "participant": "P01",
            "state": "recorded",
            "started_utc": "2026-09-03T14:05:00+00:00",
            "duration_s": 60.0,
            "bundle": session.bundle_path,
            "origin": "recorded",
            "pilot": False,
            "withdrawn": False,
            "trim_start_s": None,
            "trim_end_s": None,
            "consent_version": None,
            "consent_scopes": None,
            "observations": 1,
            "transcript": None,
            "task_runs": [
                {
                    "task": "Find the invoice",
                    "attempt": 1,
                    "start_s": 1.0,
                    "end_s": 60.0,
                    "net_s": None,
                    "outcome": None,
                }
            ],
        }
    ]
    (issue,) = info["issues"]
    assert (issue["number"], issue["title"], issue["severity"], issue["frequency"]) == (1, "It hides", 3, 1)
    assert issue["observations"] == [
        {
            "id": one.id,
            "session": session.id,
            "participant": "P01",
            "start_s": 4.0,
            "end_s": None,
            "kind": "problem",
            "severity": 2,
            "text": "hides",
        }
    ]


def test_asking_a_study_writes_nothing_into_it(store: StudyStore) -> None:
    before = store.data_version()
    study_info(store.folder)
    assert store.data_version() == before
    with pytest.raises(StudyError) as caught:
        study_info(store.folder / "nowhere")
    assert caught.value.code is StudyCode.STUDY_MISSING


def test_a_task_is_told_with_its_net_time() -> None:
    from app.cli.info import _run_words

    run = {"task": "Buy", "attempt": 2, "start_s": 10.0, "end_s": 70.4, "net_s": 48.2, "outcome": "gave_up"}
    assert _run_words(run) == "Buy (2), 60 s, 48 s without the moderator, gave up"
    assert _run_words({**run, "attempt": 1, "end_s": None, "net_s": None, "outcome": None}) == "Buy"
