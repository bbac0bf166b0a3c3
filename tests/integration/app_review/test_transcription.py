"""A session is transcribed from the review desk: real speech, the real model, its own process."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton

from app.controllers.transcription import ModelChoice
from app.settings import settings
from app.views import transcript_pane
from app.views.review import ReviewPage
from app.widgets.transcript_view import TranscriptState
from tests.helpers.review_data import Recorded, add_session
from tests.helpers.spoken import needs_model, spoken_session
from tests.integration.app_review.conftest import Desk

PATIENCE_MS = 100_000


def opened(desk: Desk, recorded: Recorded) -> ReviewPage:
    page = desk.review(recorded.session.id)
    assert page.transcript.view.state is TranscriptState.EMPTY
    return page


@needs_model
@pytest.mark.timeout(240)
def test_speech_becomes_a_transcript_that_can_be_clicked(desk: Desk, tmp_path: Path) -> None:
    page = opened(desk, spoken_session(desk.store, tmp_path))
    view = page.transcript.view
    desk.qtbot.waitUntil(view.models_button.isEnabled, timeout=PATIENCE_MS)
    settings().model = "tiny.en"
    seen: list[TranscriptState] = []
    page._transcription.progressed.connect(lambda _id: seen.append(view.state))
    desk.qtbot.mouseClick(view.transcribe_button, Qt.MouseButton.LeftButton)
    assert view.state is TranscriptState.BUSY
    desk.qtbot.waitUntil(lambda: view.state is TranscriptState.FULL, timeout=PATIENCE_MS)
    text = " ".join(line.text for line in view.model.lines()).lower()
    assert "shopping cart" in text
    assert "settings menu" in text
    assert TranscriptState.BUSY in seen
    stored = desk.store.transcript(page.controller.session_id or "")
    assert stored is not None
    assert (stored.state, stored.model) == ("done", "tiny.en")
    word = view.model.lines()[0].words[-1]
    desk.qtbot.mouseClick(
        view.list.viewport(),
        Qt.MouseButton.LeftButton,
        pos=view.list.word_point(0, len(view.model.lines()[0].words) - 1),
    )
    assert page.playback.position_ns == word.t_start_ns
    assert len(page.tracks.data.speech[0].start) >= 1
    assert not desk.context.undo.canUndo()
    view.more_menu.aboutToShow.emit()
    assert view.models_menu.menuAction() in view.more_menu.actions(), "another model or vocabulary may hear it better"
    next(action for action in view.models_menu.actions() if action.text().startswith("tiny.en")).trigger()
    desk.qtbot.waitUntil(lambda: view.state is TranscriptState.BUSY, timeout=PATIENCE_MS)
    view.more_menu.aboutToShow.emit()
    assert view.models_menu.menuAction() not in view.more_menu.actions(), "it is at it"
    desk.qtbot.waitUntil(lambda: view.state is TranscriptState.FULL, timeout=PATIENCE_MS)
    assert len(page.transcript.edits.versions()) == 2


@needs_model
@pytest.mark.timeout(240)
def test_a_stopped_run_keeps_what_was_heard(desk: Desk, tmp_path: Path) -> None:
    recorded = spoken_session(desk.store, tmp_path, times=14)
    page = opened(desk, recorded)
    view = page.transcript.view
    settings().model = "tiny.en"
    view.transcribe_button.click()
    desk.qtbot.waitUntil(lambda: view.model.rowCount() >= 2, timeout=PATIENCE_MS)
    heard = [line.text for line in view.model.lines()]
    page._transcription.start(recorded.session.id, recorded.bundle)  # a second run is not begun
    assert len(page._transcription.queue.runs()) == 1
    desk.qtbot.mouseClick(view.cancel_button, Qt.MouseButton.LeftButton)
    desk.qtbot.waitUntil(lambda: page._transcription.run_of(recorded.session.id) is None, timeout=PATIENCE_MS)
    desk.qtbot.waitUntil(lambda: view.state is TranscriptState.FULL, timeout=PATIENCE_MS)
    kept = [segment.text.strip() for segment in desk.store.segments(recorded.session.id)]
    assert kept[: len(heard)] == heard
    stored = desk.store.transcript(recorded.session.id)
    assert stored is not None
    assert stored.state == "partial"
    desk.qtbot.waitUntil(view.rest_button.isVisible, timeout=PATIENCE_MS)
    view.rest_button.setFocus()
    desk.qtbot.mouseClick(view.rest_button, Qt.MouseButton.LeftButton)
    desk.qtbot.waitUntil(lambda: view.state is TranscriptState.BUSY, timeout=PATIENCE_MS)
    assert not isinstance(view.window().focusWidget(), QAbstractButton), "an Enter now must press nothing"
    desk.qtbot.waitUntil(lambda: view.state is TranscriptState.FULL, timeout=PATIENCE_MS)
    whole = desk.store.transcript(recorded.session.id)
    assert whole is not None
    assert (whole.state, whole.model) == ("done", stored.model)
    desk.qtbot.waitUntil(lambda: not view.rest_button.isVisible(), timeout=PATIENCE_MS)
    assert [segment.text.strip() for segment in desk.store.segments(recorded.session.id)][: len(heard)] == heard


def test_a_folder_that_is_no_model_is_said_and_can_be_tried_again(desk: Desk, tmp_path: Path) -> None:
    recorded = add_session(desk.store, "P03", frames=60)
    page = opened(desk, recorded)
    settings().model = str(tmp_path)
    page.transcript.view.transcribe_button.click()
    desk.qtbot.waitUntil(lambda: page.transcript.view.state is TranscriptState.BROKEN, timeout=PATIENCE_MS)
    assert "not complete" in page.transcript.view._notice.words
    assert page.transcript.view.transcribe_button.isVisible()
    assert desk.store.transcript(recorded.session.id) is None


def test_a_missing_voice_model_is_said_where_speakers_would_be_told_apart(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    recorded = add_session(desk.store, "P03", frames=60)
    page = opened(desk, recorded)
    view = page.transcript.view
    monkeypatch.setattr(transcript_pane, "weights_file", lambda: None)
    page.transcript.show_session(page.transcript._loaded)
    assert "voice model is missing" in view.voices_words
    assert "resemblyzer 0.1.4" in view.voices_words
    monkeypatch.setattr(transcript_pane, "weights_file", lambda: tmp_path)
    page.transcript.show_session(page.transcript._loaded)
    assert view.voices_words == ""
    monkeypatch.setattr(transcript_pane, "weights_file", lambda: None)
    page.transcript.show_session(None)
    assert view.voices_words == "", "nothing is open that could be transcribed"


def test_a_model_that_is_not_here_is_offered_with_its_size(desk: Desk) -> None:
    page = opened(desk, add_session(desk.store, "P03", frames=60))
    page._transcription.models_found.emit([ModelChoice("tiny.en", 0), ModelChoice("base", 148_000_000)], "base")
    view = page.transcript.view
    assert view.transcribe_button.text() == "Download “base” (148 MB) and transcribe"
    assert [a.text() for a in view.models_menu.actions()] == [
        "tiny.en  ·  on this computer",
        "base  ·  148 MB to download",
        "",
        "Speech models…",
    ]
    asked: list[str] = []
    view.transcribe_requested.disconnect()
    view.transcribe_requested.connect(asked.append)
    view.models_menu.actions()[0].trigger()
    assert asked == ["tiny.en"]


def test_a_silent_session_offers_nothing(desk: Desk) -> None:
    page = desk.review(add_session(desk.store, "P03", frames=60, sound=False).session.id)
    assert page.transcript.view.state is TranscriptState.SILENT
    assert not page.transcript.view.transcribe_button.isVisible()
    assert "without sound" in page.transcript.view._notice.words
