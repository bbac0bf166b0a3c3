"""What may be imported without a display, without Qt and without the heavy libraries."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
HEAVY = ("PySide6", "av", "cv2", "faster_whisper", "mss", "pynput", "sounddevice", "huggingface_hub", "sqlite_utils")


def loaded_after(code: str) -> set[str]:
    """Top-level modules that a fresh interpreter without a display holds after `code`."""
    environ = {name: value for name, value in os.environ.items() if name not in {"DISPLAY", "PULSE_SERVER"}}
    code += "\nimport sys; print(' '.join({name.partition('.')[0] for name in sys.modules}))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environ, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


@pytest.mark.parametrize(
    "package", ["app", "app.cli", "app.cli.parser", "annotate.store", "capture.client", "transcribe.client"]
)
def test_core_loads_nothing_heavy(package: str) -> None:
    assert loaded_after(f"import {package}").isdisjoint(HEAVY)


@pytest.mark.parametrize("command", ["record", "transcribe", "annotate", "export", "info", "recover", "doctor"])
def test_commands_never_load_qt(command: str) -> None:
    loaded = loaded_after(f"import app.cli.{command}")
    assert "PySide6" not in loaded
    assert "cv2" not in loaded
