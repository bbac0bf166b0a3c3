"""Transcriptions in the background, with the real model: kills, a recording, another study, the next start."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from annotate.models import JobState
from annotate.store import StudyStore
from app import paths
from app.application import Application
from app.controllers.job_queue import Standing
from app.main_window import Place
from app.models.sessions import TRANSCRIPT
from app.settings import settings
from app.views.sessions import SessionsPage
from capture.bundle import SessionBundle
from capture.client import RecorderClient
from capture.config import RecorderConfig
from tests.helpers.review_data import make_study
from tests.helpers.shell import opened, wait_for
from tests.helpers.spoken import needs_model, spoken_session

pytestmark = [needs_model, pytest.mark.timeout(400)]
ROOT = Path(__file__).resolve().parents[3]
PATIENCE_S = 150


def journal_lines(folder: Path, kind: str) -> list[dict[str, object]]:
    lines = []
    for path in (folder / "transcripts").glob("*.jsonl"):
        for raw in path.read_bytes().split(b"\n"):
            try:
                line = json.loads(raw)
            except ValueError:
                continue
            if line["type"] == kind:
                lines.append(line)
    return lines


def transcribers(of: int) -> list[int]:
    """The transcriber processes that `of` has started."""
    found = []
    for folder in Path("/proc").iterdir():
        try:
            if not folder.name.isdigit() or b"transcribe.process" not in (folder / "cmdline").read_bytes():
                continue
            if int((folder / "stat").read_text().rpartition(")")[2].split()[1]) == of:
                found.append(int(folder.name))
        except OSError:
            continue
    return found


def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def cell(app: Application) -> str:
    page = app.window.page(Place.SESSIONS)
    assert isinstance(page, SessionsPage)
    return str(page.model.index(0, TRANSCRIPT).data())


def assert_whole(store: StudyStore, session_id: str, folder: Path, times: int) -> None:
    """Nothing is lost and nothing is there twice."""
    transcript = store.transcript(session_id)
    assert transcript is not None
    assert transcript.state == "done"
    text = " ".join(segment.text for segment in store.segments(session_id)).lower()
    assert 0.8 * times <= text.count("settings") <= times
    numbers = [line["number"] for line in journal_lines(folder, "piece")]
    assert numbers == list(range(1, len(numbers) + 1))


@pytest.mark.expect_log
def test_a_killed_transcriber_a_recording_and_another_study(app: Application, qtbot: QtBot, tmp_path: Path) -> None:
    settings().model = "tiny.en"
    with make_study(paths.studies_dir(), "Talk") as store:
        recorded = spoken_session(store, tmp_path, times=11)
    context = opened(qtbot, app, store.folder, "sessions")
    session_id, queue = recorded.session.id, app.transcription.queue
    recording = SessionBundle.create(tmp_path / "recording", label="P09")
    client = RecorderClient.spawn(recording, RecorderConfig(mic=None), lambda _event: None)
    try:
        client.start()
        app.transcribe(session_id)
        run = queue.run_of(session_id)
        assert run is not None
        assert run.standing is Standing.RECORDING
        assert cell(app) == "Waits for the recording"
        assert transcribers(os.getpid()) == []
    finally:
        client.stop()
        client.close()
    wait_for(qtbot, lambda: len(journal_lines(recorded.bundle.path, "piece")) >= 1)
    [pid] = transcribers(os.getpid())
    os.kill(pid, signal.SIGKILL)
    # Another study comes onto the desk; the run goes on.
    other = make_study(paths.studies_dir(), "Other")
    other.close()
    app.open_study(other.folder)
    wait_for(qtbot, lambda: app.studies.context is not None and app.studies.context is not context)
    with qtbot.waitSignal(app.transcription.done, timeout=PATIENCE_S * 1000):
        pass
    assert "P03 is ready" in app.window.messages.words.text()
    assert queue.runs() == []
    with StudyStore.open(store.folder, author="tester") as again:
        assert_whole(again, session_id, recorded.bundle.path, 11)
        assert [job.state for job in again.jobs()] == [JobState.DONE]


def test_a_killed_app_goes_on_at_the_next_start(app: Application, qtbot: QtBot, tmp_path: Path) -> None:
    with make_study(paths.studies_dir(), "Talk") as store:
        recorded = spoken_session(store, tmp_path, times=11)
        store.add_job(recorded.session.id, {"model": "tiny.en", "language": None})
    base = paths.base()
    assert base is not None
    command = [sys.executable, "-m", "app", "--temp-basedir", str(base), "open", str(store.folder)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        until(lambda: len(journal_lines(recorded.bundle.path, "piece")) >= 1)
    finally:
        process.kill()
        process.wait()
    heard = journal_lines(recorded.bundle.path, "piece")
    app.open()
    with qtbot.waitSignal(app.transcription.done, timeout=PATIENCE_S * 1000):
        pass
    with StudyStore.open(store.folder, author="tester") as again:
        assert_whole(again, recorded.session.id, recorded.bundle.path, 11)
    assert journal_lines(recorded.bundle.path, "piece")[: len(heard)] == heard, "what was heard isn't heard again"


def test_the_command_line_and_the_app_do_not_both_transcribe(app: Application, qtbot: QtBot, tmp_path: Path) -> None:
    settings().model = "tiny.en"
    with make_study(paths.studies_dir(), "Talk") as store:
        recorded = spoken_session(store, tmp_path, times=4)
    opened(qtbot, app, store.folder, "sessions")
    command = [sys.executable, "-m", "app", "--temp-basedir", str(paths.base()), "transcribe", str(store.folder)]
    command += ["--model", "tiny.en"]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        wait_for(qtbot, lambda: app.transcription.run_of(recorded.session.id) is not None)
        run = app.transcription.run_of(recorded.session.id)
        assert run is not None
        wait_for(qtbot, lambda: run.standing is Standing.ELSEWHERE or not app.transcription.queue.runs())
        with qtbot.waitSignal(app.transcription.ended, timeout=PATIENCE_S * 1000):
            assert process.wait(PATIENCE_S) == 0
        assert "words" in process.communicate()[0]
    finally:
        process.kill()
        process.wait()
    with StudyStore.open(store.folder, author="tester") as again:
        assert_whole(again, recorded.session.id, recorded.bundle.path, 4)
        assert len(list((recorded.bundle.path / "transcripts").glob("*.jsonl"))) == 1
