"""A recorder on sources whose truth is known."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from capture.bundle import SessionBundle
from capture.config import RecorderConfig
from capture.protocol import RecorderEvent
from capture.recorder import Recorder
from capture.store import CaptureStore
from capture.streams import Sources
from tests.integration.capture.fakes import (
    FakeCamera,
    FakeInput,
    FakeMicrophone,
    FakeScreen,
)


class Rig:
    """A recorder on fakes, and what it told."""

    def __init__(self, folder: Path, config: RecorderConfig | None = None, **changes: Any) -> None:
        self.bundle = SessionBundle.create(folder, label="P01")
        self.screen = changes.get("screen") or FakeScreen()
        self.microphone: FakeMicrophone | None = changes.get("microphone", FakeMicrophone())
        self.input = changes.get("input") or FakeInput()
        self.camera: FakeCamera | None = changes.get("camera")
        self.events: list[RecorderEvent] = []
        limits = {"min_free_bytes": 0, "warn_free_bytes": 0}
        self.config = config or RecorderConfig(
            fps=30,
            mic="default" if self.microphone else None,
            system="default" if changes.get("system") else None,
            camera="fake" if self.camera else None,
            **(limits | changes.get("limits", {})),
        )
        sources = Sources(self.screen, self.microphone, self.input, camera=self.camera, system=changes.get("system"))
        self.recorder = Recorder(self.bundle, self.config, self.events.append, sources=sources)

    def start(self) -> None:
        self.recorder.prepare()
        self.recorder.start()

    def of(self, kind: type[Any]) -> list[Any]:
        return [event for event in self.events if isinstance(event, kind)]

    def store(self) -> CaptureStore:
        return CaptureStore.open_read(self.bundle.capture_path)
