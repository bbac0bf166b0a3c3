"""`moderato demo` does the main job, and what it makes is right."""

from __future__ import annotations

import csv
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from annotate.store import StudyStore
from app.demo.script import FINDINGS, MISC, NO_FEEDBACK, SESSIONS, STUDY

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.timeout(400)
def test_demo_finds_the_planted_problems(tmp_path: Path) -> None:
    environ = {name: value for name, value in os.environ.items() if name not in {"DISPLAY", "WAYLAND_DISPLAY"}}
    done = subprocess.run(
        [sys.executable, "-m", "app", "--temp-basedir", str(tmp_path / "base"), "demo", "--out", str(tmp_path / "out")],
        cwd=ROOT, env=environ, capture_output=True, text=True, timeout=380, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Done in" in done.stdout
    assert "Traceback" not in done.stderr

    with (tmp_path / "out" / "findings.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    found = {row["issue_title"]: row["issue_frequency"] for row in rows if row["issue_title"]}
    assert set(found) == {finding.issue for finding in FINDINGS}
    assert found[NO_FEEDBACK] == found[MISC] == "2 of 2"
    assert {row["task"] for row in rows} == {"Buy two tickets for Saturday", "Find your last invoice"}

    with StudyStore.open(tmp_path / "out" / f"{STUDY}.moderato", author="test") as store:
        sessions = store.sessions()
        assert [session.participant_code for session in sessions] == list(SESSIONS)
        for session in sessions:
            assert session.transcript_state == "done"
            spoken = " ".join(segment.text for segment in store.segments(session.id)).lower()
            assert "ticket" in spoken
    assert len(list((tmp_path / "out" / "screenshots").glob("*.png"))) >= 5


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM], ids=["ctrl-c", "terminate"])
def test_a_demo_that_is_stopped_leaves_nothing_running_and_says_so(tmp_path: Path, how: signal.Signals) -> None:
    short = Path(tempfile.mkdtemp(prefix="d-"))  # sockets lie below it, and their paths end at 108 characters
    environ = os.environ | {"TMPDIR": str(short)}
    demo = subprocess.Popen(
        # What a shell starts with `&` doesn't hear Ctrl-C, and we may be started so.
        ["env", "--default-signal=INT", sys.executable, "-m", "app",
         "--temp-basedir", str(tmp_path / "base"), "demo", "--out", str(tmp_path / "out")],
        cwd=ROOT, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert demo.stdout is not None
        assert any("task 1" in line for line in demo.stdout), "the first participant is being recorded"
        demo.send_signal(how)
        _, said = demo.communicate(timeout=90)
    finally:
        if demo.poll() is None:
            demo.kill()
    assert demo.returncode == 130
    assert said.splitlines()[-1] == "moderato: Stopped."
    assert "Traceback" not in said
    assert not list(short.glob("mod-*")), "the display's folder goes with its servers"
    shutil.rmtree(short)
