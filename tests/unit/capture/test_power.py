"""How long the battery lasts, and what keeps the machine awake."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from capture.awake import Awake, is_available
from capture.power import battery_minutes, parse_pmset
from tests.integration.capture.fakes import wait_until


def supply(folder: Path, name: str, **values: object) -> None:
    (folder / name).mkdir(parents=True)
    for key, value in values.items():
        (folder / name / key).write_text(f"{value}\n")


linux_only = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="sysfs is Linux's")


@linux_only
def test_battery_by_energy_and_by_charge(tmp_path: Path) -> None:
    supply(tmp_path / "a", "BAT0", type="Battery", status="Discharging", energy_now=30_000_000, power_now=10_000_000)
    assert battery_minutes(tmp_path / "a") == 180
    supply(tmp_path / "b", "BAT1", type="Battery", status="Discharging", charge_now=2_000_000, current_now=-4_000_000)
    assert battery_minutes(tmp_path / "b") == 30


@linux_only
def test_on_mains_or_without_a_battery_nothing_is_told(tmp_path: Path) -> None:
    assert battery_minutes(tmp_path) is None
    supply(tmp_path, "AC", type="Mains", online=1)
    supply(tmp_path, "BAT0", type="Battery", status="Charging", energy_now=5, power_now=5)
    supply(tmp_path, "mouse", type="Battery", scope="Device", status="Discharging", energy_now=1, power_now=60)
    assert battery_minutes(tmp_path) is None


def test_pmset() -> None:
    assert parse_pmset("Now drawing from 'Battery Power'\n -InternalBattery-0 64%; discharging; 3:21 remaining") == 201
    assert parse_pmset("Now drawing from 'AC Power'") is None


def inhibitor(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A stand-in for systemd-inhibit, which this machine has no service for: holds as long as its command runs."""
    log = folder / "log"
    program = folder / "systemd-inhibit"
    lines = [
        "#!/bin/sh",
        f'echo "held $*" >> {log}',
        'while [ "${1#--}" != "$1" ]; do shift; done',
        '"$@"',
        f"echo released >> {log}",
    ]
    program.write_text("\n".join(lines) + "\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    return log


@linux_only
def test_machine_is_held_awake_until_the_release(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = inhibitor(tmp_path, monkeypatch)
    assert is_available()
    awake = Awake()
    awake.hold()
    wait_until(log.exists)
    assert "--what=idle:sleep" in log.read_text()
    assert "released" not in log.read_text()
    awake.release()
    awake.release()
    assert log.read_text().splitlines()[-1] == "released"


@linux_only
def test_killed_recorder_lets_the_machine_sleep(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = inhibitor(tmp_path, monkeypatch)
    code = "import time; from capture.awake import Awake; Awake().hold(); time.sleep(60)"
    process = subprocess.Popen([sys.executable, "-c", code])
    wait_until(log.exists)
    process.kill()
    process.wait()
    wait_until(lambda: "released" in log.read_text())


def test_without_a_way_it_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    awake = Awake()
    awake.hold()
    awake.release()
