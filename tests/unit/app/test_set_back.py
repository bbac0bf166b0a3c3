"""A graphics card that can't be used is told once, in words, and the work goes on."""

from __future__ import annotations

from pytestqt.qtbot import QtBot

from app.bridges.transcriber import TranscriberBridge
from app.controllers.transcription import TranscriptionController
from app.wording import setback_words
from transcribe.protocol import Started


def test_it_is_told_once_however_many_sessions_are_heard(qtbot: QtBot) -> None:
    controller = TranscriptionController()
    told: list[str] = []
    controller.set_back.connect(told.append)
    bridge = TranscriberBridge(controller)
    bridge.set_back.connect(controller._set_back)
    languages: list[str] = []
    bridge.started.connect(languages.append)
    bridge.deliver(Started(1, "en"))
    bridge.deliver(Started(1, "en", "no CUDA driver"))
    bridge.deliver(Started(1, "de", "no CUDA driver"))
    qtbot.waitUntil(lambda: languages == ["en", "en", "de"], timeout=10_000)
    assert told == ["no CUDA driver"]
    assert "no CUDA driver" in setback_words(told[0])
    controller.queue.close()
    controller.deleteLater()
