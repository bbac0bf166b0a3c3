"""The command line as a user runs it: a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
Moderato = Callable[..., "subprocess.CompletedProcess[str]"]


def command(*arguments: str | os.PathLike[str]) -> list[str]:
    return [sys.executable, "-m", "app", *(str(argument) for argument in arguments)]


@pytest.fixture
def moderato(tmp_path: Path) -> Moderato:
    """Runs one command with settings, logs and models of its own; never with a terminal."""

    def run(
        *arguments: str | os.PathLike[str], timeout: float = 110, **environ: str
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command("--temp-basedir", tmp_path / "base", *arguments),
            cwd=ROOT,
            env=os.environ | environ,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )

    return run


def assert_told_in_one_line(done: subprocess.CompletedProcess[str], *, code: int = 1) -> str:
    """A failure: the code, one line on standard error, no traceback; returns the line."""
    assert done.returncode == code, done
    lines = [line for line in done.stderr.splitlines() if line.strip()]
    assert len(lines) == 1, done.stderr
    assert "Traceback" not in done.stderr
    assert lines[0].startswith("moderato: ")
    return lines[0]
