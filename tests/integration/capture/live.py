"""Recorder processes of a test, and what they told."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from pathlib import Path
from typing import Any

from capture.bundle import SessionBundle
from capture.client import RecorderClient
from capture.config import RecorderConfig
from capture.errors import CaptureCode, CaptureError
from capture.protocol import Degraded, Gone, RecorderEvent
from tests.integration.capture.fakes import wait_until

LIMITS: dict[str, Any] = {"min_free_bytes": 0, "warn_free_bytes": 0}


class Live:
    """Recorders of one test: none is left behind."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.events: list[RecorderEvent] = []
        self.clients: list[RecorderClient] = []

    def spawn(self, **changes: Any) -> tuple[SessionBundle, RecorderClient]:
        bundle = SessionBundle.create(self.folder, label="P01")
        client = RecorderClient.spawn(bundle, RecorderConfig(**(LIMITS | changes)), self.events.append)
        self.clients.append(client)
        return bundle, client

    def start(self, **changes: Any) -> tuple[SessionBundle, RecorderClient]:
        bundle, client = self.spawn(**changes)
        client.start()
        return bundle, client

    def attach(self, bundle: SessionBundle) -> RecorderClient:
        client = RecorderClient.attach(bundle, self.events.append)
        self.clients.append(client)
        return client

    def of(self, kind: type[Any]) -> list[Any]:
        """The events of a kind; not that a busy machine left pictures out, which is no fault that a test made."""
        slow = CaptureCode.ENCODER_SLOW
        return [
            event
            for event in self.events
            if isinstance(event, kind) and not (isinstance(event, Degraded) and event.code is slow)
        ]

    def close(self) -> None:
        for client in self.clients:
            with contextlib.suppress(CaptureError):
                client.stop()
            client.close()


def pid_of(client: RecorderClient) -> int:
    assert client._process is not None
    return client._process.pid


def kill(live: Live, client: RecorderClient) -> None:
    os.kill(pid_of(client), signal.SIGKILL)
    wait_until(lambda: live.of(Gone))
    client.close()


def xdotool(*arguments: object) -> None:
    subprocess.run(["xdotool", *map(str, arguments)], check=True, timeout=20)
