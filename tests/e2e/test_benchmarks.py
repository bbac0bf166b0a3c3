"""The benchmarks of the docs run; what they measure is theirs to say."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import faults

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.long
@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    "arguments",
    [
        ["benchmarks.recording", "--rounds", "1", "--seconds", "5", "--workload", "idle"],
        ["benchmarks.soak", "--minutes", "0.6"],
        ["benchmarks.picture", "--seconds", "5"],
        ["benchmarks.review", "--hours", "0.1", "--events", "5000", "--words", "600", "--observations", "50"],
        ["benchmarks.findings", "--participants", "6", "--issues", "10", "--observations", "60", "--rounds", "1"],
    ],
    ids=lambda arguments: arguments[0],
)
def test_benchmark_runs(arguments: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", *arguments], cwd=ROOT, capture_output=True, text=True, timeout=500, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_fault_of_the_table_is_a_test_that_there_is() -> None:
    """Run whole it takes minutes; that each name is one that pytest finds, seconds."""
    tests = [test for _, names in faults.FAULTS for test in names]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "--collect-only", "-q", "--all", *tests],
        cwd=ROOT, capture_output=True, text=True, timeout=100, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    for test in tests:
        assert any(line.startswith(test) for line in done.stdout.splitlines()), test


def test_the_table_says_what_was_lost(tmp_path: Path) -> None:
    report = tmp_path / "report.xml"
    report.write_text(
        """<testsuites><testsuite>
        <testcase classname="tests.integration.capture.test_kills" name="test_killed_at_random_moments[10]" time="30">
          <properties><property name="seen" value="10 kills, the worst: 0.50 s"/></properties></testcase>
        <testcase classname="tests.integration.capture.test_kills" name="test_killed_at_random_moments[100]" time="0">
          <skipped message="long: runs under `python3 installer/dev.py test --all`"/></testcase>
        <testcase classname="tests.integration.capture.test_survival"
          name="test_killed_app_leaves_the_recording_running" time="2"><failure message="lost"/></testcase>
        <testcase classname="tests.integration.capture.test_faults" name="test_full_disk_ends_cleanly" time="0">
          <skipped message="no small disk"/></testcase>
        </testsuite></testsuites>"""
    )
    killed, app, *rest = faults.table(faults.read_results(report))
    assert "held" in killed
    assert "10 kills, the worst: 0.50 s" in killed
    assert "not tried here" not in killed
    assert "MISSED" in app
    (disk,) = [line for line in rest if "disk full" in line]
    assert "not tried" in disk
    assert "no small disk" in disk
