"""The recorders that are compared: Moderato's own process, and ffmpeg's screen grabber; picture only, same encoder."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path
from typing import Protocol

from capture.bundle import SessionBundle
from capture.client import RecorderClient
from capture.config import KeyPrivacy, RecorderConfig
from capture.encode import CRF, PRESET
from capture.runtime import all_runtimes

FPS = 30


class Recorder(Protocol):
    """Records the display named by `DISPLAY` into a folder."""

    name: str

    def start(self, folder: Path, size: tuple[int, int]) -> int:
        """Records from now on; returns the process id."""

    def stop(self) -> tuple[Path, int]:
        """Ends it; returns the file, and how many frames it says it dropped."""


class Moderato:
    """The real recorder process, with a client attached as the app has one; no microphone, no keys."""

    name = "moderato"

    def __init__(self) -> None:
        self._client: RecorderClient | None = None
        self._bundle: SessionBundle | None = None

    def start(self, folder: Path, size: tuple[int, int]) -> int:
        del size  # display 0 is the whole of it
        self._bundle = SessionBundle.create(folder, label="benchmark")
        config = RecorderConfig(fps=FPS, mic=None, keys=KeyPrivacy.OFF, min_free_bytes=0, warn_free_bytes=0)
        self._client = RecorderClient.spawn(self._bundle, config, lambda _event: None)
        self._client.start()
        return all_runtimes(self._bundle.path)[0][1].pid

    def stop(self) -> tuple[Path, int]:
        assert self._client is not None
        assert self._bundle is not None
        summary = self._client.stop(60)
        return self._bundle.screen_path, summary.dropped


class Ffmpeg:
    """`ffmpeg -f x11grab` as its documentation has it, everything else at its defaults."""

    name = "ffmpeg"

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._path = Path()

    def start(self, folder: Path, size: tuple[int, int]) -> int:
        self._path = folder / "ffmpeg.mp4"
        self._path.unlink(missing_ok=True)
        command = ffmpeg_command(os.environ["DISPLAY"], size, self._path)
        self._process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=self._path.with_suffix(".progress").open("wb")
        )
        return self._process.pid

    def stop(self) -> tuple[Path, int]:
        assert self._process is not None
        self._process.send_signal(signal.SIGINT)
        self._process.wait(60)
        dropped = 0
        for line in self._path.with_suffix(".progress").read_text().splitlines():
            key, _, value = line.partition("=")
            if key == "drop_frames":
                dropped = int(value)
        return self._path, dropped


def ffmpeg_command(display: str, size: tuple[int, int], path: Path) -> list[str]:
    """The command line that is compared with."""
    return [
        "ffmpeg", "-nostdin", "-y", "-loglevel", "error", "-progress", "pipe:1",
        "-f", "x11grab", "-framerate", str(FPS), "-video_size", f"{size[0]}x{size[1]}", "-i", display,
        "-c:v", "libx264", "-preset", PRESET, "-crf", CRF, "-pix_fmt", "yuv420p", str(path),
    ]  # fmt: skip
