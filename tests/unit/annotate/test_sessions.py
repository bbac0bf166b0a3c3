"""What a researcher says of a session as a whole: trimmed, a pilot, in the trash, its task runs set by hand."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from annotate.errors import StudyCode, StudyError
from annotate.export.csv import export_csv
from annotate.export.transcript import TranscriptFormat, export_transcript
from annotate.models import Outcome
from annotate.store import StudyStore
from tests.helpers.review_data import SECOND, add_session, make_study, transcript_of


@pytest.fixture
def study(tmp_path: Path) -> StudyStore:
    return make_study(tmp_path, tasks=["Find the invoice", "Pay it"])


def session_of(study: StudyStore, code: str = "P01", frames: int = 120) -> str:
    return add_session(study, code, frames=frames, video=False).session.id


def rows_of(study: StudyStore, out: Path) -> list[dict[str, str]]:
    export_csv(study, out)
    with out.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_what_is_trimmed_off_is_in_no_figure_and_no_export(study: StudyStore, tmp_path: Path) -> None:
    session_id = session_of(study)
    early, _ = study.add_observation(session_id, t_start_ns=1 * SECOND, body="hello")
    kept, _ = study.add_observation(session_id, t_start_ns=4 * SECOND, body="stuck")
    study.add_issue("Greeting", observation_ids=[early.id])
    study.add_issue("Stuck", observation_ids=[kept.id])
    run_id, _ = study.add_task_run(session_id, study.tasks()[0].id, t_start_ns=1 * SECOND, t_end_ns=5 * SECOND)
    study.put_transcript(session_id, transcript_of([(0.5, "Hello there."), (3.5, "I am stuck.")]))
    change = study.trim_session(session_id, 3 * SECOND, 6 * SECOND)

    session = study.session(session_id)
    assert session.used_ns == 3 * SECOND
    assert [issue.frequency for issue in study.issues()] == [0, 1]
    assert [row["observation"] for row in rows_of(study, tmp_path / "f.csv")] == ["", "stuck"]
    [run] = study.task_runs(session_id, used=True)
    assert (run.id, run.t_start_ns, run.t_end_ns) == (run_id, 3 * SECOND, 5 * SECOND)
    assert study.task_runs(session_id)[0].t_start_ns == 1 * SECOND, "nothing is changed but what is counted"
    text = tmp_path / "t.txt"
    export_transcript(study, session_id, text, TranscriptFormat.TXT)
    assert text.read_text() == "I am stuck.\n"

    study.apply_inverse(change)
    assert study.session(session_id).used_ns == session.duration_ns
    assert [issue.frequency for issue in study.issues()] == [1, 1]


@pytest.mark.parametrize(
    ("start", "end", "code"),
    [
        (5 * SECOND, 5 * SECOND, StudyCode.VALUE_INVALID),
        (5 * SECOND, 2 * SECOND, StudyCode.VALUE_INVALID),
        (-1, None, StudyCode.VALUE_INVALID),
        (0, 10**15, StudyCode.BEYOND_END),
    ],
)
def test_a_trim_that_leaves_nothing_is_refused(
    study: StudyStore, start: int | None, end: int | None, code: StudyCode
) -> None:
    session_id = session_of(study)
    with pytest.raises(StudyError) as caught:
        study.trim_session(session_id, start, end)
    assert caught.value.code is code
    assert study.session(session_id).trim_start_ns is None


def test_the_whole_session_is_no_trim(study: StudyStore) -> None:
    session_id = session_of(study)
    assert study.trim_session(session_id, 0, study.session(session_id).duration_ns).empty


def test_a_pilot_is_listed_but_not_counted(study: StudyStore, tmp_path: Path) -> None:
    pilot, real = session_of(study, "P00"), session_of(study, "P01")
    for session_id in (pilot, real):
        observation, _ = study.add_observation(session_id, t_start_ns=0, body=session_id)
        study.link(study.ensure_issue("Stuck")[0].id, [observation.id])
    change = study.update_session(pilot, pilot=True)
    assert study.issues()[0].frequency == 1
    rows = rows_of(study, tmp_path / "f.csv")
    assert [(row["observation"], row["pilot"], row["issue_frequency"]) for row in rows] == [
        (pilot, "yes", "1 of 1"),
        (real, "", "1 of 1"),
    ]
    study.apply_inverse(change)
    assert study.issues()[0].frequency == 2


def test_the_trash_takes_a_session_out_of_everything_and_gives_it_back(study: StudyStore, tmp_path: Path) -> None:
    session_id = session_of(study)
    observation, _ = study.add_observation(session_id, t_start_ns=0, body="stuck")
    study.add_issue("Stuck", observation_ids=[observation.id])
    change = study.trash_session(session_id)
    assert study.sessions() == []
    assert [session.id for session in study.trashed_sessions()] == [session_id]
    assert study.observations() == []
    [issue] = study.issues()
    assert (issue.frequency, issue.observation_ids) == (0, ())
    assert [row["observation"] for row in rows_of(study, tmp_path / "f.csv")] == [""]
    assert study.bundle_dir(study.session(session_id)).is_dir(), "nothing is deleted by putting it into the trash"
    study.apply_inverse(change)
    assert [session.id for session in study.sessions()] == [session_id]
    assert study.issues()[0].observation_ids == (observation.id,)


def test_emptying_the_trash_removes_rows_and_recording(study: StudyStore) -> None:
    gone, kept = session_of(study, "P01"), session_of(study, "P02")
    study.add_observation(gone, t_start_ns=0, body="stuck")
    folder = study.bundle_dir(study.session(gone))
    loss = study.loss_of([gone])
    assert (loss.sessions, loss.observations) == (1, 1)
    assert loss.size_bytes > 1000
    study.remove_trashed([gone])
    assert folder.is_dir(), "only what lies in the trash is removed"
    study.trash_session(gone)
    study.remove_trashed([gone, kept])
    assert not folder.exists()
    assert sorted(path.name for path in study.folder.iterdir() if path.is_dir()) == ["backups", "sessions"]
    assert [session.id for session in study.sessions()] == [kept]
    with pytest.raises(StudyError):
        study.session(gone)


def test_a_recording_outside_the_study_is_never_deleted(study: StudyStore, tmp_path: Path) -> None:
    session_id = session_of(study)
    elsewhere = tmp_path / "elsewhere"
    study.bundle_dir(study.session(session_id)).rename(elsewhere)
    assert study.missing_recordings() == {session_id}
    study.find_recording(session_id, elsewhere)
    assert study.missing_recordings() == frozenset()
    study.trash_session(session_id)
    study.remove_trashed([session_id])
    assert elsewhere.is_dir()


def test_another_recording_is_not_taken_for_the_missing_one(study: StudyStore, tmp_path: Path) -> None:
    first, second = session_of(study, "P01"), session_of(study, "P02")
    for folder in (study.bundle_dir(study.session(second)), tmp_path):
        with pytest.raises(StudyError) as caught:
            study.find_recording(first, folder)
        assert caught.value.code is StudyCode.OTHER_RECORDING


def test_task_runs_are_set_by_hand_and_observations_follow(study: StudyStore) -> None:
    session_id = session_of(study)
    find, pay = (task.id for task in study.tasks())
    early, _ = study.add_observation(session_id, t_start_ns=2 * SECOND)
    late, _ = study.add_observation(session_id, t_start_ns=6 * SECOND)
    second, _ = study.add_task_run(session_id, pay, t_start_ns=5 * SECOND)
    first, _ = study.add_task_run(session_id, find, t_start_ns=1 * SECOND)
    runs = {run.id: run for run in study.task_runs(session_id)}
    assert runs[first].t_end_ns == 5 * SECOND, "up to where the next one begins"
    assert runs[second].t_end_ns == study.session(session_id).duration_ns
    assert study.observation(early.id).task_run_id == first
    assert study.observation(late.id).task_run_id == second
    change = study.update_task_run(second, t_start_ns=7 * SECOND, outcome=Outcome.FAILED)
    assert study.observation(late.id).task_run_id is None
    study.apply_inverse(change)
    assert study.observation(late.id).task_run_id == second
    change = study.remove_task_run(first)
    assert study.observation(early.id).task_run_id is None
    study.apply_inverse(change)
    assert study.observation(early.id).task_run_id == first
    again, _ = study.add_task_run(session_id, find, t_start_ns=4 * SECOND, t_end_ns=4 * SECOND)
    assert {run.id: run.attempt for run in study.task_runs(session_id)}[again] == 2


@given(st.lists(st.tuples(st.integers(0, 9000), st.integers(0, 9000)), max_size=6), st.integers(0, 9000))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_used_runs_lie_within_what_is_used(
    tmp_path_factory: pytest.TempPathFactory, spans: list[tuple[int, int]], start: int
) -> None:
    with make_study(tmp_path_factory.mktemp("s"), tasks=["T"]) as study:
        session_id = session_of(study, frames=150)
        length = study.session(session_id).duration_ns or 0
        for one, other in spans:
            ends = sorted((one * 1_000_000, other * 1_000_000))
            study.add_task_run(session_id, study.tasks()[0].id, t_start_ns=ends[0], t_end_ns=min(length, ends[1]))
        study.trim_session(session_id, start * 1_000_000, length - 1)
        for run in study.task_runs(session_id, used=True):
            assert start * 1_000_000 <= run.t_start_ns <= (run.t_end_ns or 0) <= length - 1
