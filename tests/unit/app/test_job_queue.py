"""The queue of transcriptions: order, pause, recordings, restarts, other windows. Real studies; the work only waits."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from annotate.models import JobState
from annotate.store import StudyStore
from app.controllers.job_queue import JobQueue, Run, Standing
from app.jobs import JobHandle, Jobs
from app.transcription_words import short_words
from tests.helpers.review_data import add_session, make_study
from tests.helpers.shell import own_base, wait_for
from transcribe.errors import TranscribeCode, TranscribeError

PARAMS = {"model": "tiny.en", "language": None}


@dataclass
class Office:
    """A queue whose work is to wait until it is let go or stopped."""

    qtbot: QtBot
    jobs: Jobs = field(default_factory=Jobs)
    recording: bool = False
    error: Exception | None = None
    begun: list[str] = field(default_factory=list)
    over: list[tuple[str, Exception | None]] = field(default_factory=list)
    failed: list[Exception] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.release = threading.Event()  # of the work that began last
        self.queue = JobQueue(self._begin, recording=lambda: self.recording)
        self.queue.over.connect(lambda run, error: self.over.append((run.participant, error)))
        self.queue.failed.connect(self.failed.append)

    def _begin(self, run: Run) -> JobHandle:
        self.begun.append(run.participant)
        failure, self.error = self.error, None
        caught: list[Exception] = []
        release = self.release = threading.Event()

        def work(cancel: object, progress: object) -> None:
            if failure is not None:
                caught.append(failure)
                return
            while not release.wait(0.01) and not cancel.cancelled:  # type: ignore[attr-defined]
                pass

        handle = self.jobs.run("", work, quiet=True)
        handle.finished.connect(lambda: self.queue.ended(run, caught[0] if caught else None))
        return handle

    def finish(self) -> None:
        """Lets the run that is at work come to its end."""
        [run] = [run for run in self.queue.runs() if run.handle is not None]
        self.release.set()
        self.until(lambda: run not in self.queue.runs())

    def until(self, holds: Callable[[], bool]) -> None:
        wait_for(self.qtbot, holds)

    def names(self) -> list[tuple[str, Standing]]:
        return [(run.participant, run.standing) for run in self.queue.runs()]

    def run(self, code: str) -> Run:
        return next(run for run in self.queue.runs() if run.participant == code)

    def close(self) -> None:
        self.queue.close()
        self.jobs.shutdown()


@pytest.fixture
def study(tmp_path: Path) -> Iterator[StudyStore]:
    with own_base(tmp_path / "base"), make_study(tmp_path) as store:
        for code in ("P01", "P02", "P03"):
            add_session(store, code, frames=30, video=False)
        yield store


@pytest.fixture
def offices(qtbot: QtBot, study: StudyStore) -> Iterator[Callable[[], Office]]:
    made: list[Office] = []

    def make() -> Office:
        made.append(Office(qtbot))
        return made[-1]

    yield make
    for office in made:
        office.close()


def fill(office: Office, study: StudyStore) -> None:
    for session in study.sessions():
        office.queue.add(study.folder, session.id, PARAMS)


def states(study: StudyStore) -> list[JobState]:
    return [job.state for job in study.jobs()]


def test_one_after_the_other_in_their_order(offices: Callable[[], Office], study: StudyStore) -> None:
    office = offices()
    fill(office, study)
    assert office.names() == [
        ("P01", Standing.RUNNING),
        ("P02", Standing.QUEUED),
        ("P03", Standing.QUEUED),
    ]
    office.queue.move(office.run("P03"), -1)
    office.queue.move(office.run("P03"), -1)  # not before what is at work
    assert [name for name, _ in office.names()] == ["P01", "P03", "P02"]
    fill(office, study)  # what is in the queue stays where it is
    assert len(office.names()) == 3
    office.finish()
    office.finish()
    assert office.begun == ["P01", "P03", "P02"]
    assert office.over == [("P01", None), ("P03", None)]
    assert sorted(states(study)) == sorted([JobState.DONE, JobState.DONE, JobState.RUNNING])
    office.finish()
    assert office.queue.runs() == []


def test_a_paused_run_lets_the_next_go_first_and_goes_on_when_asked(
    offices: Callable[[], Office], study: StudyStore
) -> None:
    office = offices()
    fill(office, study)
    first = office.run("P01")
    office.queue.tell(first, 0.42, "42 %")
    office.queue.pause(first)
    office.until(lambda: office.begun == ["P01", "P02"])
    assert first.standing is Standing.PAUSED
    assert short_words(first) == "Paused · 42 %"
    assert [job.state for job in study.jobs() if job.fraction == 0.42] == [JobState.PAUSED]
    office.queue.resume(first)
    assert short_words(first) == "Queued · 42 %"
    office.finish()
    assert office.begun == ["P01", "P02", "P01"], "it keeps its place in the order"
    office.queue.pause_all()
    office.until(lambda: all(standing is Standing.PAUSED for _, standing in office.names()))
    office.queue.resume_all()
    office.until(lambda: office.begun == ["P01", "P02", "P01", "P01"])


def test_a_cancelled_run_is_over_whether_it_runs_or_waits(offices: Callable[[], Office], study: StudyStore) -> None:
    office = offices()
    fill(office, study)
    office.queue.cancel(office.run("P02"))
    office.queue.cancel(office.run("P01"))
    office.until(lambda: office.names() == [("P03", Standing.RUNNING)])
    assert states(study).count(JobState.CANCELLED) == 2
    assert office.over == [("P02", None), ("P01", None)]


def test_nothing_runs_while_anything_is_recorded(offices: Callable[[], Office], study: StudyStore) -> None:
    office = offices()
    office.recording = True
    fill(office, study)
    assert {standing for _, standing in office.names()} == {Standing.RECORDING}
    assert office.run("P01").text == "Waits: a recording is running"
    assert office.begun == []
    office.recording = False
    office.until(lambda: office.begun == ["P01"])
    office.queue.tell(office.run("P01"), 0.5, "")
    office.recording = True
    office.until(lambda: office.run("P01").standing is Standing.RECORDING)
    assert office.run("P01").text == "Waits: a recording is running · 50 % done"
    assert short_words(office.run("P01")) == "Waits for the recording"
    assert office.begun == ["P01"], "the others don't begin either"
    office.recording = False
    office.until(lambda: office.begun == ["P01", "P01"])


def test_what_ran_and_waited_is_found_again_after_the_end_of_the_app(
    offices: Callable[[], Office], study: StudyStore, tmp_path: Path
) -> None:
    office = offices()
    fill(office, study)
    office.queue.tell(office.run("P01"), 0.25, "")
    office.queue.pause(office.run("P03"))
    office.close()
    assert states(study) == [JobState.QUEUED, JobState.QUEUED, JobState.PAUSED]
    study.set_job(study.jobs()[0].id, JobState.RUNNING)  # as a kill leaves it
    again = offices()
    again.queue.find(again.jobs, [tmp_path / "gone", study.folder])
    again.until(lambda: again.begun == ["P01"])
    assert again.names() == [("P01", Standing.RUNNING), ("P02", Standing.QUEUED), ("P03", Standing.PAUSED)]
    assert again.run("P01").fraction == 0.25


def test_two_studies_share_one_queue(offices: Callable[[], Office], study: StudyStore, tmp_path: Path) -> None:
    office = offices()
    with make_study(tmp_path, "Other") as other:
        add_session(other, "P09", frames=30, video=False)
        fill(office, study)
        fill(office, other)
        office.queue.move(office.run("P09"), -1)
        office.queue.move(office.run("P09"), -1)
        office.finish()
        assert office.begun == ["P01", "P09"]
        office.finish()
        assert states(other) == [JobState.DONE]
    assert office.begun == ["P01", "P09", "P02"]


def test_another_window_follows_and_does_not_do_it_twice(offices: Callable[[], Office], study: StudyStore) -> None:
    first, second = offices(), offices()
    fill(first, study)
    second.error = TranscribeError(TranscribeCode.BUSY, "P01")  # what `claimed` says there
    second.queue.watch(study.folder)
    second.until(lambda: ("P01", Standing.ELSEWHERE) in second.names())
    assert short_words(second.run("P01")) == "Transcribed elsewhere"
    assert second.begun == ["P01"], "P02 waits: never two at once"
    second.queue.pause(second.run("P02"))
    first.until(lambda: first.run("P02").standing is Standing.PAUSED)
    second.queue.cancel(second.run("P01"))
    first.until(lambda: first.begun == ["P01", "P03"])
    assert states(study) == [JobState.CANCELLED, JobState.PAUSED, JobState.RUNNING]


@pytest.mark.expect_log
def test_a_kill_is_gone_on_with_but_a_failure_is_told(offices: Callable[[], Office], study: StudyStore) -> None:
    office = offices()
    office.queue.add(study.folder, study.sessions()[0].id, PARAMS)
    run = office.run("P01")
    office.queue.tell(run, 0.3, "")
    killed = TranscribeError(TranscribeCode.PROCESS_GONE, "signal 9")
    run.handle.finished.disconnect()  # type: ignore[union-attr]
    office.release.set()
    office.until(lambda: not office.jobs.running())
    office.queue.ended(run, killed)
    assert office.begun == ["P01", "P01"]
    run.handle.finished.disconnect()  # type: ignore[union-attr]
    office.release.set()
    office.until(lambda: not office.jobs.running())
    office.queue.ended(run, killed)  # no further than before: it would go on for ever
    assert office.over == [("P01", killed)]
    assert states(study) == [JobState.FAILED]
    assert study.jobs()[0].error_code == "process_gone"
