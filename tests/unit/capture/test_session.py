"""Pauses, clocks, levels, the runtime folder, and what importing costs."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from capture import runtime
from capture.audio.microphones import parse_pulse_sources
from capture.client import recorder_command, recorder_environment
from capture.clock import SessionClock
from capture.encode import KEY_AFTER_CHANGES, KEY_AFTER_FRAMES, KeyframePolicy
from capture.errors import CaptureCode, CaptureError
from capture.levels import LevelMeter, level_of
from capture.session import PAUSE_MARGIN_NS, PauseGate
from capture.sync import NS

ROOT = Path(__file__).parents[3]


def test_two_processes_have_one_session_time() -> None:
    clock = SessionClock.start()
    code = (
        "import sys; from capture.clock import SessionClock\n"
        "clock = SessionClock(int(sys.argv[1]), 0); sys.stdin.readline(); print(clock.now_ns(), flush=True)"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", code, str(clock.epoch_perf_ns)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    with child:
        assert child.stdin is not None
        assert child.stdout is not None
        before = clock.now_ns()
        child.stdin.write("\n")
        child.stdin.flush()
        theirs = int(child.stdout.readline())
        assert before <= theirs <= clock.now_ns()
    assert clock.bracket_ns >= 0


@given(
    pauses=st.lists(st.integers(1, 10 * NS), min_size=2, max_size=8, unique=True).map(sorted),
    t0=st.integers(0, 12 * NS),
    length=st.integers(1, NS),
)
def test_silenced_ranges_hold_every_paused_moment(pauses: list[int], t0: int, length: int) -> None:
    gate = PauseGate()
    for start, end in zip(pauses[::2], pauses[1::2], strict=False):
        gate.begin(start)
        gate.end(end)
    if len(pauses) % 2:
        gate.begin(pauses[-1])
    ranges = gate.overlaps(t0, t0 + length)
    for moment in range(t0, t0 + length, max(1, length // 17)):
        if gate.covers(moment):
            assert any(start <= moment < end for start, end in ranges)
    assert all(t0 <= start < end <= t0 + length for start, end in ranges)
    assert (gate.current is not None) == (len(pauses) % 2 == 1)


def test_a_margin_is_silenced_on_both_sides() -> None:
    gate = PauseGate()
    gate.begin(NS)
    gate.end(2 * NS)
    assert gate.overlaps(0, 3 * NS) == [(NS - PAUSE_MARGIN_NS, 2 * NS + PAUSE_MARGIN_NS)]


def test_levels() -> None:
    assert level_of(0) == 0
    assert level_of(1) == 1
    assert level_of(0.001) == pytest.approx(0)
    assert level_of(10 ** (-30 / 20)) == pytest.approx(0.5)
    meter = LevelMeter()
    assert meter.read() is None
    meter.add(np.full(480, 0.1, np.float32))
    meter.add(np.array([-1.0], np.float32))
    level, peak = meter.read() or (0.0, 0.0)
    assert peak == 1
    assert 0.6 < level < 0.8
    assert meter.read() is None


def test_keyframes_follow_change_not_time() -> None:
    policy = KeyframePolicy()
    assert policy.wants_key(0, is_change=True)
    still = [policy.wants_key(number * NS // 2, is_change=False) for number in range(1, KEY_AFTER_FRAMES)]
    assert not any(still), "a picture that stands still makes none for two minutes"
    assert policy.wants_key(200 * NS, is_change=False)
    moving = [policy.wants_key(200 * NS + n * NS // 30, is_change=True) for n in range(1, KEY_AFTER_CHANGES + 1)]
    assert moving.index(True) == KEY_AFTER_CHANGES - 1
    slow = [policy.wants_key(300 * NS + n * NS, is_change=True) for n in range(3)]
    assert slow[0], "long after the last one"


@pytest.fixture
def short() -> Iterator[Path]:
    """A folder whose path leaves room for a socket's name, however deep the run's own folder lies."""
    folder = Path(tempfile.mkdtemp(prefix="m-"))
    yield folder
    shutil.rmtree(folder)


def test_runtime_folder_is_private_and_ours(short: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(short))
    (short / "moderato").mkdir(mode=0o755)
    folder = runtime.runtime_dir()
    assert folder == short / "moderato"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert len(runtime.new_address(folder)) < runtime.MAX_ADDRESS or len(str(short)) > 60


def test_runtime_folder_elsewhere_when_the_path_is_long_or_not_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    short = Path(tempfile.mkdtemp(prefix="m-"))
    request.addfinalizer(lambda: shutil.rmtree(short))
    monkeypatch.setattr("tempfile.gettempdir", lambda: str(short))
    long = tmp_path / ("x" * 90)
    long.mkdir()
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(long))
    assert runtime.runtime_dir() == short / f"moderato-{os.getuid()}"
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "nowhere"))
    assert runtime.runtime_dir() == short / f"moderato-{os.getuid()}"
    assert len(runtime.new_address(runtime.runtime_dir())) < runtime.MAX_ADDRESS


def test_link_in_place_of_the_runtime_folder_is_refused(short: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(short))
    (short / "elsewhere").mkdir()
    (short / "moderato").symlink_to(short / "elsewhere")
    with pytest.raises(CaptureError) as caught:
        runtime.runtime_dir()
    assert caught.value.code is CaptureCode.RECORDER_START_FAILED


def test_command_of_a_frozen_build(monkeypatch: pytest.MonkeyPatch) -> None:
    assert recorder_command()[0] == sys.executable
    assert recorder_command()[-2:] == ["-m", "capture.process"]
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert recorder_command() == [sys.executable, "--recorder"]


def test_process_is_found_from_anywhere(tmp_path: Path) -> None:
    (tmp_path / "capture.py").write_text("raise SystemExit(99)")  # a participant's folder may hold anything
    done = subprocess.run(
        recorder_command(), input=b"no order\n", cwd=tmp_path, env=recorder_environment(), check=False, timeout=60
    )
    assert done.returncode == 2


def test_importing_needs_no_devices_and_no_heavy_library() -> None:
    code = (
        "import sys, capture, capture.bundle, capture.client, capture.store, capture.recovery, capture.devices\n"
        "import capture.config, capture.events, capture.process, capture.permissions\n"
        "heavy = {'av', 'cv2', 'mss', 'pynput', 'sounddevice', 'sqlite_utils', 'faster_whisper', 'PySide6'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    environment = {"PYTHONPATH": str(ROOT), "PATH": ""}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "[]", done.stderr


def test_monitors_are_no_microphones() -> None:
    listed = [
        {
            "name": "alsa_output.monitor",
            "description": "Monitor",
            "monitor_source": "alsa_output",
            "sample_specification": "s16le 2ch 44100Hz",
        },
        {
            "name": "usb",
            "description": "USB",
            "monitor_source": "",
            "sample_specification": "s16le 1ch 44100Hz",
            "properties": {"device.class": "sound"},
        },
        {"name": "odd", "description": None},
    ]
    found = parse_pulse_sources(json.dumps(listed), "odd")
    assert [(mic.id, mic.name, mic.default, mic.rate) for mic in found] == [
        ("usb", "USB", False, 44_100),
        ("odd", "odd", True, 48_000),
    ]
