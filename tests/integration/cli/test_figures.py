"""A study's figures on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from app.cli import run
from benchmarks.findings_study import make_findings_study


def test_figures_for_people_and_for_programs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with make_findings_study(tmp_path, participants=6, issues=8) as store:
        folder = store.folder
    base = ["--temp-basedir", str(tmp_path / "base")]
    assert run([*base, "figures", str(folder), "--json"]) == 0
    made = json.loads(capsys.readouterr().out)
    assert (made["version"], made["times_of"], len(made["participants"])) == (1, "successful", 6)
    assert run([*base, "figures", str(folder), "--json", "--times", "all"]) == 0
    every = json.loads(capsys.readouterr().out)
    assert every["tasks"][2]["time_gross"]["n"] > made["tasks"][2]["time_gross"]["n"]
    assert run([*base, "figures", str(folder)]) == 0
    shown = capsys.readouterr().out
    assert "Web shop, round 1: 6 participants, 0 sessions left out" in shown
    assert "successful runs only" in shown
    for task in made["tasks"]:
        assert task["task"] in shown
        done = task["completion"]
        assert f"{done['count']} of {done['n']} · {100 * done['share']:.0f} %" in shown
    assert all(f"#{issue['number']} " in shown for issue in made["priorities"]["issues"])


def test_a_study_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--temp-basedir", str(tmp_path / "base"), "figures", str(tmp_path / "none"), "--json"]) == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert "There is no study at" in told.err
