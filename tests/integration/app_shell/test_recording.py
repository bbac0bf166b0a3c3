"""Real windows, recorder, screen and microphone: set-up, marks, stop; death of the app and of the recorder."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from annotate.models import ObservationKind, Outcome, SessionState
from annotate.store import StudyStore
from app import paths
from app.application import Application
from app.controllers.recording import RecordingState
from app.main_window import Place
from app.settings import settings
from app.views.home import HomePage
from app.views.new_session import NewSessionDialog
from app.views.recording_bar import RecordingBar
from app.views.sessions import SessionsPage
from capture.bundle import SessionBundle
from capture.client import RecorderClient, running_bundles
from capture.config import RecorderConfig, Scope
from capture.errors import CaptureCode, CaptureError
from capture.store import CaptureStore
from tests.helpers.shell import PATIENCE_MS, make_study, opened, settle, wait_for
from tests.integration.app_shell.test_study import check_accessible
from tests.integration.capture.sounds import tone

pytestmark = pytest.mark.timeout(240)
ROOT = Path(__file__).resolve().parents[3]
S = 1_000_000_000


def set_up(app: Application, qtbot: QtBot) -> NewSessionDialog:
    """Opens the set-up of a session and waits until it shows a picture."""
    app.desk.new_session()
    dialog = app.desk.dialog
    assert dialog is not None
    qtbot.waitExposed(dialog).__enter__()
    wait_for(qtbot, lambda: dialog._capabilities is not None and dialog.picture.preview.has_picture())
    return dialog


def start(app: Application, qtbot: QtBot) -> RecordingBar:
    """Starts a recording through the set-up; returns the bar, which has the focus."""
    dialog = set_up(app, qtbot)
    dialog.agreed.click()
    dialog.start.click()
    wait_for(qtbot, lambda: app.recording.state is RecordingState.RECORDING or bool(dialog._start_problem))
    bar = app.bar
    qtbot.waitExposed(bar).__enter__()
    bar.activateWindow()
    wait_for(qtbot, bar.isActiveWindow)
    bar.setFocus()
    return bar


def press(qtbot: QtBot, app: Application, key: str) -> None:
    """Presses a key on the bar and waits for the acknowledgement."""
    qtbot.keyClick(app.bar, key)
    wait_for(qtbot, lambda: app.recording.pending == 0)


def stop(app: Application, qtbot: QtBot) -> str:
    with qtbot.waitSignal(app.recording.finished, timeout=PATIENCE_MS) as blocker:
        app.commands.trigger("bar.stop")
    return str(blocker.args[0])


def test_from_set_up_to_a_listed_session(app: Application, qtbot: QtBot) -> None:
    context = opened(qtbot, app, make_study(paths.studies_dir() / "x", "Find the invoice", "Change the address"))
    dialog = set_up(app, qtbot)
    check_accessible(dialog)
    assert dialog.code.text() == "P01"
    assert not dialog.start.isEnabled()
    assert "consent" in dialog._problem.text()
    qtbot.keyClicks(dialog.code, "P07")
    qtbot.keyClick(dialog.agreed, Qt.Key.Key_Space)
    wait_for(qtbot, dialog.start.isEnabled)
    qtbot.mouseClick(dialog.start, Qt.MouseButton.LeftButton)
    wait_for(qtbot, lambda: app.recording.state is RecordingState.RECORDING)
    bar = app.bar
    assert bar.isVisible()
    assert not app.commands.action("session.new").isEnabled(), "one recording at a time"
    [listed] = context.store.sessions()
    assert (listed.state, listed.participant_code) == (SessionState.RECORDING, "P07")
    bar.activateWindow()
    wait_for(qtbot, bar.isActiveWindow)
    bar.setFocus()
    press(qtbot, app, "t")
    press(qtbot, app, "p")
    qtbot.keyClick(bar, "n")
    qtbot.keyClicks(bar.note, "no filter")
    qtbot.keyClick(bar.note, Qt.Key.Key_Return)
    press(qtbot, app, "v")
    press(qtbot, app, "1")
    wait_for(qtbot, lambda: "lost" in bar.health.figures.text())
    app.commands.trigger("bar.private")
    wait_for(qtbot, lambda: app.recording.state is RecordingState.PAUSED)
    app.commands.trigger("bar.private")
    wait_for(qtbot, lambda: app.recording.state is RecordingState.RECORDING)
    other = make_study(paths.studies_dir() / "other")
    app.open_study(other)
    app.studies.close()
    settle(qtbot)
    assert app.studies.context is context, "the study stays open while it is recorded for"
    assert "Stop it" in app.window.messages.words.text()
    session_id = stop(app, qtbot)
    assert not bar.isVisible()
    session = context.store.session(session_id)
    assert (session.id, session.state, session.consent_version) == (listed.id, SessionState.RECORDED, 1)
    assert session.observation_count == 2
    problem, coded = context.store.observations(session_id)
    assert (problem.kind, problem.body) == (ObservationKind.PROBLEM, "no filter")
    assert len(coded.tag_ids) == 1
    [run] = context.store.task_runs(session_id)
    assert (run.task_title, run.outcome) == ("Find the invoice", Outcome.SUCCESS)
    page = app.window.page(Place.SESSIONS)
    assert isinstance(page, SessionsPage)
    chosen = page.chosen()
    assert chosen is not None
    assert chosen.id == session_id
    assert "P07" in app.window.messages.words.text()
    assert app.window.messages.words.text().endswith("2 observations.")
    assert app.window.messages.action.text() == "Open in review"


def test_the_microphone_is_heard_before_it_is_recorded(app: Application, qtbot: QtBot, tmp_path: Path) -> None:
    opened(qtbot, app, make_study(paths.studies_dir() / "x"))
    dialog = set_up(app, qtbot)
    speech = tmp_path / "speech.wav"
    subprocess.run(["espeak-ng", "-w", str(speech), "I would look for the filter here. " * 6], check=True)
    player = subprocess.Popen(["paplay", "--device=spk", str(speech)])
    try:
        wait_for(qtbot, lambda: dialog.sound.meter.level > 0.2)
    finally:
        player.kill()
        player.wait()
    assert dialog.sound.meter.words() != "off"
    none = dialog.sound.microphone.findData(None)
    dialog.sound.microphone.setCurrentIndex(none)
    assert dialog.config().mic is None
    settle(qtbot, 200)
    assert dialog.sound.meter.words() == "off"
    dialog.reject()
    wait_for(qtbot, lambda: app.desk.dialog is None and not app.jobs.running())


def test_each_sound_has_a_meter_of_its_own(app: Application, qtbot: QtBot) -> None:
    """A tone goes into a sink of its own: the meter of the computer's sound hears it, the microphone's doesn't."""
    load = ["pactl", "load-module", "module-null-sink", "sink_name=far"]
    sink = subprocess.run(load, check=True, capture_output=True, text=True).stdout.strip()
    try:
        opened(qtbot, app, make_study(paths.studies_dir() / "x"))
        sound = set_up(app, qtbot).sound
        assert sound.system_meter.words() == "off", "not chosen yet"
        with tone("far", 440):
            sound.system.setCurrentIndex(sound.system.findData("far.monitor"))
            wait_for(qtbot, lambda: sound.system_meter.level > 0.5)
            wait_for(qtbot, lambda: sound.meter.words() != "off")
            assert sound.meter.level < 0.04
            assert sound.system_words.text() == "Sound is heard"
            assert sound.words.text() == "Silent: say something"
        wait_for(qtbot, lambda: sound.system_meter.level < 0.04)
        sound.system.setCurrentIndex(0)
        assert sound.system_meter.words() == "off"
        assert app.desk.dialog is not None
        app.desk.dialog.reject()
        wait_for(qtbot, lambda: app.desk.dialog is None and not app.jobs.running())
    finally:
        subprocess.run(["pactl", "unload-module", sink], check=True)


def test_a_microphone_that_cannot_be_heard_is_told_until_another_is_chosen(app: Application, qtbot: QtBot) -> None:
    opened(qtbot, app, make_study(paths.studies_dir() / "x"))
    dialog = set_up(app, qtbot)
    dialog.agreed.click()
    wait_for(qtbot, dialog.start.isEnabled)
    sound = dialog.sound
    sound.microphone.addItem("Pulled out", "pulled-out")
    sound.microphone.setCurrentIndex(sound.microphone.count() - 1)
    wait_for(qtbot, lambda: bool(sound.problem))
    assert dialog._problem.text() == sound.problem
    assert "pulled-out" in sound.problem
    assert not dialog.start.isEnabled()
    sound.microphone.setCurrentIndex(0)
    assert dialog.start.isEnabled()
    wait_for(qtbot, lambda: sound.meter.words() != "off")
    dialog.reject()
    wait_for(qtbot, lambda: app.desk.dialog is None and not app.jobs.running())


def test_sync_is_checked_when_the_recording_has_begun(app: Application, qtbot: QtBot) -> None:
    """The tick in the set-up; it is remembered, and what was measured is kept with the recording."""
    context = opened(qtbot, app, make_study(paths.studies_dir() / "x"))
    dialog = set_up(app, qtbot)
    assert not dialog.check_sync.isChecked()
    dialog.check_sync.click()
    dialog.agreed.click()
    with qtbot.waitSignal(app.recording.sync_checked, timeout=PATIENCE_MS):
        dialog.start.click()
    assert "against the picture" in app.bar.feedback.text()
    session = context.store.session(stop(app, qtbot))
    assert session.consent_scopes == (Scope.SCREEN, Scope.VOICE, Scope.KEYS)
    with CaptureStore.open_read(context.store.bundle_dir(session) / "capture.sqlite3") as store:
        [found] = store.sync_checks()
    assert found.audio_offset_ns is not None
    assert settings().sync_at_start


@pytest.mark.expect_log
def test_a_recorder_that_does_not_start_is_told_and_leaves_nothing(
    app: Application, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = opened(qtbot, app, make_study(paths.studies_dir() / "x"))
    dialog = set_up(app, qtbot)
    config = dialog.config()
    monkeypatch.setattr(dialog, "config", lambda: RecorderConfig(display=7, mic=config.mic))
    dialog.agreed.click()
    dialog.start.click()
    wait_for(qtbot, lambda: bool(dialog._start_problem))
    assert "display 7" in dialog._problem.text()
    assert dialog.isVisible()
    assert dialog.start.isEnabled(), "one can try again"
    assert context.store.sessions() == []
    assert list(context.store.sessions_dir.glob("*")) == []
    dialog.reject()
    wait_for(qtbot, lambda: app.desk.dialog is None and not app.jobs.running())


def run_app(base: Path, study: Path) -> subprocess.Popen[bytes]:
    """The app in a process of its own, recording into `study`; it writes `ready.json` when it does."""
    code = """
import sys, json
from pathlib import Path
from PySide6.QtCore import QTimer
from app import paths
paths.use_base(Path(sys.argv[1]))
import app.application as module
from capture.config import RecorderConfig
from app.controllers.live import PlannedTask
class Tested(module.Application):
    def open(self, *args):
        super().open(*args)
        self.studies.context_changed.connect(self.go)
        self.recording.state_changed.connect(self.went)
        self.recording.live_changed.connect(self.told)
    def go(self, context):
        if context is not None:
            self.recording.start(context, "P09", RecorderConfig(), consent_version=1)
    def went(self, state):
        if state.value == "recording":
            QTimer.singleShot(0, lambda: self.recording.start_task(self.recording.live.tasks[1]))
    def told(self):
        if self.recording.live.running is not None:
            path = Path(sys.argv[1]) / "ready.json"
            path.write_text(json.dumps({"started_ns": self.recording.live.running.t_start_ns}))
module.Application = Tested
sys.exit(module.run_app(Path(sys.argv[2])))
"""
    return subprocess.Popen([sys.executable, "-c", code, str(base), str(study)], cwd=ROOT)


def test_the_app_dies_and_the_bar_comes_back(app: Application, qtbot: QtBot, tmp_path: Path) -> None:
    study = make_study(paths.studies_dir() / "x", "Find the invoice", "Change the address")
    settings().remember_study(study)
    process = run_app(tmp_path / "other", study)
    ready = tmp_path / "other" / "ready.json"
    try:
        wait_for(qtbot, lambda: ready.exists() or process.poll() is not None)
        assert process.poll() is None
        started_ns = json.loads(ready.read_text())["started_ns"]
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    killed = time.perf_counter_ns()
    [path] = running_bundles()
    app.open()
    wait_for(qtbot, lambda: app.recording.state is RecordingState.RECORDING)
    qtbot.waitExposed(app.bar).__enter__()
    running = app.recording.live.running
    assert running is not None
    assert (running.title, running.t_start_ns) == ("Change the address", started_ns)
    assert app.recording.participant == "P09"
    epoch = SessionBundle.open(path).manifest().epoch_perf_ns
    assert app.recording.now_ns() >= killed - epoch, "time ran on while nobody watched"
    assert "still running" in app.window.messages.words.text()
    app.bar.activateWindow()
    wait_for(qtbot, app.bar.isActiveWindow)
    app.bar.setFocus()
    press(qtbot, app, "p")
    press(qtbot, app, "3")
    session_id = stop(app, qtbot)
    context = app.studies.context
    assert context is not None
    [run] = context.store.task_runs(session_id)
    assert (run.task_title, run.outcome, run.t_start_ns) == ("Change the address", Outcome.FAILED, started_ns)
    assert context.store.session(session_id).state is SessionState.RECORDED


@pytest.mark.expect_log
def test_the_recorder_dies_and_the_recording_is_mended(app: Application, qtbot: QtBot) -> None:
    context = opened(qtbot, app, make_study(paths.studies_dir() / "x", "Find it"))
    start(app, qtbot)
    press(qtbot, app, "p")
    qtbot.wait(1500)
    client = app.recording._client
    assert client is not None
    assert client._process is not None
    with qtbot.waitSignal(app.recording.cut_off, timeout=PATIENCE_MS):
        os.kill(client._process.pid, signal.SIGKILL)
    assert not app.bar.isVisible()
    assert app.window.isVisible()
    wait_for(qtbot, lambda: len(app.recovery.cut_off) == 1)
    home = app.window.page(Place.HOME)
    assert isinstance(home, HomePage)

    def offered() -> list[QPushButton]:
        return [b for b in home.findChildren(QPushButton) if b.text() == "Mend recording" and b.isVisible()]

    wait_for(qtbot, lambda: len(offered()) == 1)
    [mend] = offered()
    with qtbot.waitSignal(app.recovery.mended, timeout=PATIENCE_MS):
        qtbot.mouseClick(mend, Qt.MouseButton.LeftButton)
    [session] = context.store.sessions()
    assert session.state is SessionState.RECOVERED
    assert session.observation_count == 1
    assert (session.duration_ns or 0) > S
    assert app.recovery.cut_off == []
    settle(qtbot)
    left = [b for b in home.findChildren(QPushButton) if b.text().startswith("Mend") and b.isVisible()]
    assert left == []


def test_closing_while_recording_lets_it_go_on(app: Application, qtbot: QtBot) -> None:
    context = opened(qtbot, app, make_study(paths.studies_dir() / "x"))
    start(app, qtbot)
    bundle = app.recording._bundle
    assert bundle is not None
    app.shutdown()
    assert bundle.is_recording()
    assert bundle.path in running_bundles()
    client = RecorderClient.attach(bundle, lambda event: None)
    assert client.stop().duration_ns > 0
    assert not bundle.is_recording()
    del context
    with StudyStore.open(bundle.path.parent.parent, author="later") as store:
        assert [session.state for session in store.sessions()] == [SessionState.RECORDING]
    with pytest.raises(CaptureError) as caught:
        RecorderClient.attach(bundle, lambda event: None)
    assert caught.value.code is CaptureCode.RECORDER_GONE
    app.recording.detach()
