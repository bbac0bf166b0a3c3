"""`moderato demo` does the main job, and what it makes is right."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
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
