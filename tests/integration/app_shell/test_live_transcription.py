"""Transcribing while recording: real recorder, real speech through the microphone, real model; and stepping back."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from app import paths
from app.application import Application
from app.controllers import live_transcription
from app.controllers.recording import RecordingState
from app.demo.speech import Voice
from app.settings import settings
from app.transcription import FALLBACK_MODEL, default_model
from capture.errors import CaptureCode
from capture.protocol import RecorderState, Status
from tests.helpers.shell import make_study, opened, wait_for
from tests.helpers.spoken import FIRST, SECOND, needs_model
from tests.integration.app_shell.test_recording import set_up, start, stop
from transcribe.model_store import ModelStore

pytestmark = pytest.mark.timeout(300)
PRIVATE = "My secret number is seven seven seven."


def pieces(bundle: Path) -> int:
    lines = [line for path in (bundle / "transcripts").glob("*.jsonl") for line in path.read_text().splitlines()]
    return sum(json.loads(line)["type"] == "piece" for line in lines if line.endswith("}"))


@needs_model
@pytest.mark.long
def test_the_text_grows_while_recording_and_is_whole_after_stop(
    app: Application, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_transcription, "_APART_S", 1.0)
    monkeypatch.setattr(live_transcription, "_has_room", lambda: True)  # test machines are at their limit
    app.recording.status.disconnect(app.live._take_status)  # nor may what they leave out end this; see below
    app.live._timer.setInterval(500)
    settings().transcribe_live = True
    context = opened(qtbot, app, make_study(paths.studies_dir() / "x"))
    voice = Voice(tmp_path)
    for text in (FIRST, SECOND, PRIVATE):
        voice.prepare(text)
    start(app, qtbot)
    assert app.live.active
    bundle = app.recording.bundle
    assert bundle is not None
    voice.say(FIRST)
    wait_for(qtbot, lambda: voice._playing is None or voice._playing.poll() is not None)
    app.commands.trigger("bar.private")
    wait_for(qtbot, lambda: app.recording.state is RecordingState.PAUSED)
    voice.say(PRIVATE)
    wait_for(qtbot, lambda: voice._playing is None or voice._playing.poll() is not None)
    app.commands.trigger("bar.private")
    wait_for(qtbot, lambda: app.recording.state is RecordingState.RECORDING)
    wait_for(qtbot, lambda: pieces(bundle.path) >= 1)
    assert app.recording.active, "and that while it was recorded"
    voice.say(SECOND)
    voice.finish()
    with qtbot.waitSignal(app.transcription.done, timeout=120_000):
        session_id = stop(app, qtbot)
    text = " ".join(segment.text for segment in context.store.segments(session_id)).lower()
    assert text.count("shopping cart") == 1
    assert text.count("settings") == 1
    assert "secret" not in text
    assert "seven" not in text
    stored = context.store.transcript(session_id)
    assert stored is not None
    assert (stored.state, stored.model) == ("done", "tiny.en")
    assert len(list((bundle.path / "transcripts").glob("*.jsonl"))) == 1, "one journal, gone on with"


def test_it_is_off_unless_it_is_ticked_and_ends_when_the_recorder_needs_the_computer(
    app: Application, qtbot: QtBot
) -> None:
    opened(qtbot, app, make_study(paths.studies_dir() / "x"))
    dialog = set_up(app, qtbot)
    assert not dialog.live.isChecked()
    dialog.live.setChecked(True)
    dialog.agreed.click()
    dialog.start.click()
    wait_for(qtbot, lambda: app.recording.state is RecordingState.RECORDING)
    assert settings().transcribe_live
    assert app.live.active
    told: list[bool] = []
    app.live.gave_up.connect(lambda: told.append(True))
    fine = Status(0, RecorderState.RECORDING, 15.0, 10, 3, 0, 10**12, 10**6)
    app.live._take_status(fine)
    app.live._take_status(fine)
    assert app.live.active
    slow = Status(0, RecorderState.RECORDING, 15.0, 10, 3, 0, 10**12, 10**6, (CaptureCode.ENCODER_SLOW,))
    app.live._take_status(slow)
    assert not app.live.active
    assert told == [True]
    app.commands.trigger("bar.private")
    wait_for(qtbot, lambda: app.recording.state is RecordingState.PAUSED)
    app.commands.trigger("bar.private")
    wait_for(qtbot, lambda: app.recording.state is RecordingState.RECORDING)
    assert not app.live.active, "for the rest of this recording"
    settings().transcribe_live = False
    stop(app, qtbot)


def test_the_model_is_one_that_keeps_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.integration.transcribe.test_model_import import FILES, bring, folder_with
    from transcribe import model_store

    monkeypatch.setattr(model_store, "_packaged", lambda: None)
    monkeypatch.setattr(model_store, "WEIGHTS", {})  # folders that look like models stand in for gigabytes of weights
    store = ModelStore(tmp_path / "models")
    choose = live_transcription.live_model
    assert choose(store, "", "") is None
    for name in ("tiny", "small", "medium", "base.en"):
        bring(store, folder_with(tmp_path / name, FILES))
    assert choose(store, "", "") == "tiny", "the smallest while nothing was tried"
    assert choose(store, "", "de") == "tiny"
    assert choose(store, "base.en", "en") == "tiny"
    assert choose(store, "base.en", "de") == "tiny", "the study's language goes before the model that was chosen"
    assert default_model(store, "de") == default_model(store) == "medium"
    for name in ("tiny", "small", "medium"):
        store.remove(name)
    assert default_model(store) == default_model(store, "en") == "base.en"
    assert (default_model(store, "de"), choose(store, "", "de")) == (FALLBACK_MODEL, None)
    for name in ("tiny", "small", "medium"):
        bring(store, tmp_path / name)
    store.trials().note("small", 7.0)
    assert choose(store, "", "") == "small", "what was tried and keeps up, and medium would not"
    store.trials().note("small", 2.0)
    assert choose(store, "", "") == "tiny"
    assert choose(store, "base.en", "") == "base.en"
    store.trials().note("tiny", 1.0)
    store.trials().note("base.en", 1.0)
    assert choose(store, "", "") is None
