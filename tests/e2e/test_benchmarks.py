"""The benchmarks of the docs run; what they measure is theirs to say."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.long
@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    "arguments",
    [
        ["benchmarks.recording", "--rounds", "1", "--seconds", "5", "--workload", "idle"],
        ["benchmarks.soak", "--minutes", "0.6"],
        ["benchmarks.picture", "--seconds", "5"],
    ],
    ids=lambda arguments: arguments[0],
)
def test_benchmark_runs(arguments: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", *arguments], cwd=ROOT, capture_output=True, text=True, timeout=500, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
