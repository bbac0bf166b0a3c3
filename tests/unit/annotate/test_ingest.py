"""Taking a bundle into the study: once, again, and after people have worked on it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from annotate.ingest import ingest
from annotate.models import ObservationKind, ObservationOrigin, Outcome, SessionState, Severity
from annotate.store import StudyStore
from capture.bundle import BundleState, SessionBundle
from capture.config import Scope
from capture.errors import CaptureCode, CaptureError
from capture.events import Mark, MarkKind, MarkOrigin
from tests.helpers.bundles import SECOND, RecordedBundle, make_mark
from transcribe.journal import JournalWriter
from transcribe.models import Segment, Word


@pytest.fixture
def recorded(store: StudyStore) -> Iterator[RecordedBundle]:
    context = {
        "participant": "P07",
        "moderator": "Mo",
        "tasks": [{"id": task.id, "title": task.title} for task in store.tasks()],
    }
    made = RecordedBundle(store.sessions_dir, context=context)
    yield made
    made.close()


def live(kind: str, t_s: float, body: str = "", **payload: str | int) -> Mark:
    return make_mark(MarkKind.MARK, t_s, body=body, payload={"kind": kind, **payload}, author="Mo")


def test_a_recording_becomes_a_session_with_all_that_was_said(store: StudyStore, recorded: RecordedBundle) -> None:
    task = store.tasks()[1]
    begun = make_mark(MarkKind.TASK_START, 5, ref=task.id, body=task.title)
    problem = live("problem", 12, "Can't find it", tag="wording", severity=3)
    recorded.add(
        make_mark(MarkKind.CONSENT, 1, payload={"version": 1, "method": "screen"}),
        begun,
        problem,
        make_mark(MarkKind.NOTE, 14, ref=problem.id, body="looks at the footer"),
        make_mark(MarkKind.NOTE, 16, body="a note of its own"),
        make_mark(MarkKind.ASSIST, 18, body="told where"),
        make_mark(MarkKind.OUTCOME, 20, ref=begun.id, payload={"outcome": "with_help"}),
        make_mark(MarkKind.TASK_END, 21, ref=begun.id),
        live("positive", 30, tag="Delight"),
    )
    bundle = recorded.finish(60)
    report = ingest(store, bundle)
    session = store.session_for_bundle(bundle.path)
    assert session is not None
    assert report.session == session
    assert (report.observations, report.task_runs, report.notes) == (4, 1, ())
    assert session.id == bundle.manifest().id
    assert (session.participant_code, session.state) == ("P07", SessionState.RECORDED)
    assert (session.duration_ns, session.consent_version) == (60 * SECOND, 1)
    assert session.started_utc == "2026-09-03T14:05:00+00:00"
    assert [each.status for each in store.participants()] == ["recorded"]
    (run,) = store.task_runs(session.id)
    assert (run.task_id, run.t_start_ns, run.t_end_ns) == (task.id, 5 * SECOND, 21 * SECOND)
    assert (run.outcome, run.attempt) == (Outcome.WITH_HELP, 1)
    first, note, help_, positive = store.observations(session.id)
    assert (first.kind, first.severity, first.t_start_ns) == (ObservationKind.PROBLEM, Severity.MAJOR, 12 * SECOND)
    assert first.body == "Can't find it\nlooks at the footer"
    assert (first.origin, first.mark_id, first.author) == (ObservationOrigin.LIVE, problem.id, "Mo")
    assert (first.task_run_id, positive.task_run_id) == (run.id, None)
    names = {tag.id: tag.name for tag in store.tags()}
    assert [names[tag] for tag in first.tag_ids] == ["Wording"], "capitals make no new tag"
    assert [names[tag] for tag in positive.tag_ids] == ["Delight"]
    assert (note.kind, note.body) == (ObservationKind.MARK, "a note of its own")
    assert (help_.kind, help_.body) == (ObservationKind.HELP, "told where")
    kinds = [(media.kind, media.path, media.track, media.sha256) for media in store.media(session.id)]
    assert kinds == [("screen", "screen.mp4", 0, "ab" * 32), ("mic", "screen.mp4", 1, "ab" * 32)]


def test_ingesting_again_changes_nothing(store: StudyStore, recorded: RecordedBundle) -> None:
    begun = make_mark(MarkKind.TASK_START, 5, body="A new task")
    recorded.add(live("problem", 3, "x", tag="New"), begun, make_mark(MarkKind.NOTE, 6, ref=begun.id, body="n"))
    bundle = recorded.finish()
    first = ingest(store, bundle)
    assert not first.change.empty
    version = store.data_version()
    again = ingest(store, bundle)
    assert again.change.empty
    assert (again.observations, again.task_runs) == (0, 0)
    assert again.session == first.session
    assert store.data_version() == version


def test_ingesting_again_keeps_what_people_did(store: StudyStore, recorded: RecordedBundle) -> None:
    marks = [live("problem", t, f"{t}") for t in (1, 2, 3)]
    recorded.add(*marks)
    bundle = recorded.finish()
    session = ingest(store, bundle).session
    edited, removed, linked = store.observations(session.id)
    store.update_observation(edited.id, body="mine", severity=1, t_start_ns=0)
    change = store.remove_observation(removed.id)
    store.add_issue("A", observation_ids=[linked.id])
    store.update_session(session.id, participant_code="P99", state="reviewed")
    now = store.observations()
    assert ingest(store, bundle).change.empty
    assert store.observations() == now, "a removed observation never comes back"
    assert store.session(session.id).participant_code == "P99"
    assert store.session(session.id).state is SessionState.REVIEWED
    store.apply_inverse(change)
    assert len(store.observations()) == 3
    assert ingest(store, bundle).change.empty


def test_undone_marks_leave_no_trace(store: StudyStore, recorded: RecordedBundle) -> None:
    gone, back = live("problem", 1, "gone"), live("problem", 2, "back")
    undo = make_mark(MarkKind.UNDO, 3, ref=back.id)
    recorded.add(gone, back, make_mark(MarkKind.UNDO, 2, ref=gone.id), undo, make_mark(MarkKind.UNDO, 4, ref=undo.id))
    ingest(store, recorded.finish())
    assert [one.body for one in store.observations()] == ["back"]


def test_a_session_can_be_taken_in_while_it_is_recorded(store: StudyStore, recorded: RecordedBundle) -> None:
    bundle = recorded.bundle
    early = store.register_recording("P07", bundle.path)
    first, second, third = (live("problem", t, f"{t}") for t in (1, 2, 3))
    begun = make_mark(MarkKind.TASK_START, 1, body="Pay")
    recorded.add(first, second, third, begun, make_mark(MarkKind.NOTE, 4, ref=third.id, body="n1"))
    session = ingest(store, bundle).session
    assert session.id == early.id, "it stays the session that was registered"
    assert session.state is SessionState.RECORDING
    assert store.task_runs(session.id)[0].t_end_ns is None, "it may still go on"
    assert store.observations()[2].body == "3\nn1"
    worked_on = store.observations()[1]
    store.add_issue("A", observation_ids=[worked_on.id])

    note = make_mark(MarkKind.NOTE, 6, ref=third.id, body="n2")
    recorded.add(*(make_mark(MarkKind.UNDO, 5, ref=mark.id) for mark in (first, second, begun)), note)
    ingest(store, bundle)
    assert [one.body for one in store.observations()] == ["2", "3\nn1\nn2"], "what is in an issue is kept"
    assert store.task_runs(session.id) == []

    recorded.add(make_mark(MarkKind.UNDO, 7, ref=note.id))
    report = ingest(store, recorded.finish(60))
    assert [one.body for one in store.observations()] == ["2", "3\nn1"]
    assert (report.session.state, report.session.duration_ns) == (SessionState.RECORDED, 60 * SECOND)
    assert len(store.sessions()) == 1


def test_an_end_an_outcome_and_a_consent_can_be_taken_back_live(store: StudyStore, recorded: RecordedBundle) -> None:
    begun = make_mark(MarkKind.TASK_START, 1, body="Pay")
    end = make_mark(MarkKind.TASK_END, 2, ref=begun.id)
    outcome = make_mark(MarkKind.OUTCOME, 2, ref=begun.id, payload={"outcome": "failed"})
    consent = make_mark(MarkKind.CONSENT, 0, payload={"version": 1})
    recorded.add(begun, end, outcome, consent)
    session = ingest(store, recorded.bundle).session
    assert session.consent_version == 1
    recorded.add(*(make_mark(MarkKind.UNDO, 3, ref=mark.id) for mark in (end, outcome, consent)))
    session = ingest(store, recorded.bundle).session
    (run,) = store.task_runs(session.id)
    assert (run.t_end_ns, run.outcome, session.consent_version) == (None, None, None)
    recorded.add(make_mark(MarkKind.TASK_END, 9, ref=begun.id))
    ingest(store, recorded.finish())
    assert store.task_runs(session.id)[0].t_end_ns == 9 * SECOND


def test_runs_nobody_ended_end_with_the_next_one_or_the_session(store: StudyStore, recorded: RecordedBundle) -> None:
    one, two = store.tasks()
    recorded.add(
        make_mark(MarkKind.TASK_START, 5, ref=one.id),
        make_mark(MarkKind.TASK_START, 20, ref=two.id),
        make_mark(MarkKind.TASK_START, 40, ref=one.id),
    )
    session = ingest(store, recorded.finish(50)).session
    runs = store.task_runs(session.id)
    assert [(run.task_id, run.attempt) for run in runs] == [(one.id, 1), (two.id, 1), (one.id, 2)]
    assert [run.t_end_ns for run in runs] == [20 * SECOND, 40 * SECOND, 50 * SECOND]


def test_what_lies_beyond_the_end_is_moved_to_the_end(store: StudyStore, recorded: RecordedBundle) -> None:
    begun = make_mark(MarkKind.TASK_START, 5, body="Pay")
    recorded.add(begun, make_mark(MarkKind.TASK_END, 70, ref=begun.id), live("problem", 61), live("idea", -1))
    session = ingest(store, recorded.finish(60)).session
    assert [one.t_start_ns for one in store.observations()] == [0, 60 * SECOND]
    assert store.task_runs(session.id)[0].t_end_ns == 60 * SECOND


def test_a_task_the_study_does_not_know_is_found_by_title_or_added(store: StudyStore, tmp_path: Path) -> None:
    context = {"participant": "P1", "tasks": [{"id": "t-9", "title": "From the manifest"}]}
    recorded = RecordedBundle(store.sessions_dir, context=context)
    recorded.add(
        make_mark(MarkKind.TASK_START, 1, ref="elsewhere", body=" pay "),
        make_mark(MarkKind.TASK_START, 2, ref="t-9"),
        make_mark(MarkKind.TASK_START, 3, ref=None, body="Unheard of"),
    )
    session = ingest(store, recorded.finish()).session
    assert [run.task_title for run in store.task_runs(session.id)] == ["Pay", "From the manifest", "Unheard of"]
    assert len(store.tasks()) == 4


def test_marks_that_make_no_sense_are_told_and_do_no_harm(store: StudyStore, recorded: RecordedBundle) -> None:
    begun = make_mark(MarkKind.TASK_START, 1, body="Pay")
    recorded.add(
        begun,
        make_mark(MarkKind.TASK_END, 2, ref="nobody"),
        make_mark(MarkKind.OUTCOME, 2, ref=begun.id, payload={"outcome": "glorious"}),
        make_mark(MarkKind.CONSENT, 2, payload={"version": 9}, origin=MarkOrigin.CLI),
        make_mark(MarkKind.MARK, 3, payload={"kind": "nonsense", "severity": 17, "tag": 5}),
        make_mark(MarkKind.NOTE, 4, ref="nobody", body="kept"),
        make_mark(MarkKind.ANSWER, 5, payload={"item": "seq", "number": 5}),
    )
    report = ingest(store, recorded.finish())
    assert sorted(report.notes) == [
        "consent: no version 9",
        "outcome: unknown outcome",
        "task_end: no such task start",
    ]
    plain, note = store.observations()
    assert (plain.kind, plain.severity, plain.tag_ids) == (ObservationKind.MARK, None, ())
    assert note.body == "kept"


def test_observations_typed_before_the_runs_were_known_find_their_run(
    store: StudyStore, recorded: RecordedBundle
) -> None:
    session = store.register_recording("P07", recorded.bundle.path)
    store.add_observation(session.id, t_start_ns=7 * SECOND)
    recorded.add(make_mark(MarkKind.TASK_START, 5, body="Pay"))
    ingest(store, recorded.finish())
    assert store.observations()[0].task_run_id == store.task_runs(session.id)[0].id


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (BundleState.FINALIZED, SessionState.RECORDED),
        (BundleState.RECOVERED, SessionState.RECOVERED),
        (BundleState.FAILED, SessionState.FAILED),
        (BundleState.RECORDING, SessionState.RECORDING),
    ],
)
def test_the_session_s_state_follows_the_bundle_s(
    store: StudyStore, recorded: RecordedBundle, state: BundleState, expected: SessionState
) -> None:
    assert ingest(store, recorded.finish(state=state)).session.state is expected


def test_a_recovered_bundle_completes_its_failed_session(store: StudyStore, recorded: RecordedBundle) -> None:
    ingest(store, recorded.bundle)
    session = ingest(store, recorded.finish(33, state=BundleState.RECOVERED)).session
    assert (session.state, session.duration_ns) == (SessionState.RECOVERED, 33 * SECOND)


def test_a_bundle_that_knows_no_participant_still_becomes_a_session(store: StudyStore) -> None:
    recorded = RecordedBundle(store.sessions_dir)
    session = ingest(store, recorded.finish()).session
    assert session.participant_code == "P?"


def test_a_bundle_that_was_renamed_is_the_same_session(store: StudyStore, recorded: RecordedBundle) -> None:
    recorded.add(live("problem", 1))
    bundle = recorded.finish()
    session = ingest(store, bundle).session
    moved = SessionBundle(bundle.path.rename(store.sessions_dir / "renamed"))
    again = ingest(store, moved).session
    assert again.id == session.id
    assert again.bundle_path == "sessions/renamed"
    assert len(store.observations()) == 1


def test_half_a_bundle_gives_its_session(store: StudyStore, recorded: RecordedBundle) -> None:
    bundle = recorded.finish()
    bundle.capture_path.unlink()
    report = ingest(store, bundle)
    assert report.session.state is SessionState.RECORDED
    assert report.notes == ("capture.sqlite3: bundle_missing",)
    bundle.capture_path.write_bytes(b"no database" * 100)
    assert ingest(store, bundle).notes == ("capture.sqlite3: bundle_broken",)


def test_a_folder_without_manifest_is_refused(store: StudyStore, recorded: RecordedBundle) -> None:
    bundle = recorded.finish()
    (bundle.path / "manifest.json").unlink()
    with pytest.raises(CaptureError) as caught:
        ingest(store, bundle)
    assert caught.value.code is CaptureCode.BUNDLE_NO_MANIFEST
    assert store.sessions() == []


def segment(n: int) -> Segment:
    start, end = n * SECOND, (n + 1) * SECOND
    return Segment(start, end, f" word {n}", (Word(start, end, f" word{n}", 0.9),), -0.3, 0.01, 1.1)


def test_transcripts_come_from_their_journals(store: StudyStore, recorded: RecordedBundle) -> None:
    bundle = recorded.finish()
    writer = JournalWriter(bundle.transcripts_dir / "a.jsonl", transcript_id="t1", track="mic", model="tiny.en")
    writer.language("en")
    writer.segment(segment(0))
    session = ingest(store, bundle).session
    assert session.transcript_state == "partial"
    kept = store.segments(session.id)
    writer.segment(segment(1))
    writer.end(done=True)
    (bundle.transcripts_dir / "b.jsonl").write_text(json.dumps({"type": "header", "v": 99}) + "\n")
    report = ingest(store, bundle)
    assert report.notes == ("b.jsonl: journal_too_new",)
    assert report.session.transcript_state == "done"
    transcript = store.transcript(session.id)
    assert transcript is not None
    assert (transcript.model, transcript.language, transcript.done_until_ns) == ("tiny.en", "en", 2 * SECOND)
    assert [one.text for one in store.segments(session.id)] == [" word 0", " word 1"]
    assert store.segments(session.id)[0] == kept[0], "what was there keeps its id"
    assert [word.text for word in store.words(session.id)] == [" word0", " word1"]
    assert ingest(store, bundle).change.empty


def agreed_to(*scopes: str, t_s: float = 0) -> Mark:
    return make_mark(MarkKind.CONSENT, t_s, payload={"version": 1, "method": "screen", "scopes": list(scopes)})


def test_what_was_agreed_to_is_kept_one_by_one(store: StudyStore, recorded: RecordedBundle) -> None:
    recorded.add(agreed_to("screen", "keys", "the moon"))
    bundle = recorded.finish()
    session = ingest(store, bundle).session
    assert session.consent_scopes == (Scope.SCREEN, Scope.KEYS)
    rows = store._db.all(
        "SELECT i.scope, a.agreed FROM consent_answer a JOIN consent_item i ON i.id = a.item_id ORDER BY i.rowid"
    )
    assert [tuple(row) for row in rows] == [("screen", 1), ("voice", 0), ("face", 0), ("keys", 1)]
    assert store.session(session.id) == session
    assert ingest(store, bundle).change.empty


def test_a_form_agreed_to_as_a_whole_has_no_answers(store: StudyStore, recorded: RecordedBundle) -> None:
    recorded.add(make_mark(MarkKind.CONSENT, 0, payload={"version": 1}))
    session = ingest(store, recorded.finish()).session
    assert (session.consent_version, session.consent_scopes) == (1, None)


def test_answers_go_with_their_consent_and_come_back_with_it(store: StudyStore, recorded: RecordedBundle) -> None:
    first = agreed_to("screen")
    recorded.add(first)
    before = ingest(store, recorded.bundle)
    assert before.session.consent_scopes == (Scope.SCREEN,)
    again = agreed_to("screen", "voice", t_s=2)
    recorded.add(make_mark(MarkKind.UNDO, 1, ref=first.id), again)
    after = ingest(store, recorded.finish())
    assert after.session.consent_scopes == (Scope.SCREEN, Scope.VOICE)
    assert len(store._db.all("SELECT 1 FROM consent_answer")) == 4, "those of the first are gone"
    store.apply_inverse(after.change)
    assert store.session(before.session.id).consent_scopes == (Scope.SCREEN,), "undo brings the answers back too"
