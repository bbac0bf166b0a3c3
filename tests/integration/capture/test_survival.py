"""The recorder killed, its owner killed, signals: what is lost, and what goes on."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from capture import recovery
from capture.bundle import SessionBundle
from capture.client import recorder_environment, running_bundles
from capture.errors import CaptureCode, CaptureError
from capture.events import MarkKind
from capture.manifest import BundleState
from capture.protocol import Finalized, RecorderState, Status
from capture.store import CaptureStore
from capture.sync import NS
from tests.integration.capture.clapper import FlashWindow, SoundStage
from tests.integration.capture.fakes import decode_audio, decode_video, wait_until
from tests.integration.capture.live import Live, kill, pid_of, xdotool


@pytest.mark.parametrize("seconds", [1.0, 1.7, 2.6, 3.4])
def test_killed_recorder_loses_a_second_at_most_and_no_mark(live: Live, seconds: float) -> None:
    bundle, client = live.start(mic="default" if seconds != 1.7 else None)
    acknowledged = []
    rng = random.Random(seconds)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        xdotool("mousemove", rng.randint(0, 1900), rng.randint(0, 1000))
        acknowledged.append(client.add_mark(MarkKind.MARK, body="x").id)
        time.sleep(0.05)
    killed_ns = client.now_ns()
    kill(live, client)
    assert recovery.find_incomplete(live.folder) == [bundle]
    report = recovery.recover(bundle)
    assert report.notes == ()
    with CaptureStore.open_read(bundle.capture_path) as store:
        assert {mark.id for mark in store.marks()} >= set(acknowledged)
        assert store.event_counts()["move"] == report.events > 0
        frames = store.frames()
    pictures = decode_video(bundle.screen_path)
    assert [pts for pts, _ in pictures] == frames.pts.tolist()
    lost = killed_ns / NS - pictures[-1][0] / 90_000
    assert lost <= 1.0, f"{lost:.2f} s of picture lost"
    if seconds != 1.7:
        samples, rate, _ = decode_audio(bundle.screen_path)
        assert killed_ns / NS - len(samples) / rate <= 1.0
    manifest = bundle.manifest()
    assert manifest.state is BundleState.RECOVERED
    assert manifest.duration_ns == report.duration_ns >= int(0.9 * pictures[-1][0] / 90_000 * NS)
    assert not list(bundle.path.glob("*.part"))
    assert not list(bundle.path.glob("capture.sqlite3-*"))
    assert recovery.find_incomplete(live.folder) == []
    with pytest.raises(CaptureError) as caught:
        recovery.recover(bundle)
    assert caught.value.code is CaptureCode.NOTHING_TO_RECOVER


def test_idle_screen_loses_no_more(live: Live) -> None:
    bundle, client = live.start(mic=None)
    time.sleep(3.3)
    killed_ns = client.now_ns()
    kill(live, client)
    recovery.recover(bundle)
    assert killed_ns / NS - decode_video(bundle.screen_path)[-1][0] / 90_000 <= 1.0


def test_recovered_file_keeps_its_times(live: Live) -> None:
    """Sound and picture of a recovered file lie where they were: the copy shifts neither."""
    window = FlashWindow()
    with SoundStage() as stage:
        time.sleep(0.5)
        bundle, client = live.start(fps=30)
        clock = client._clock
        assert clock is not None
        time.sleep(1)
        stage.beep()
        time.sleep(0.02)
        flashed = window.paint(white=True)
        time.sleep(1.5)
        kill(live, client)
        heard = list(stage.heard)
    window.close()
    recovery.recover(bundle)
    x, y, *_ = window.box
    flash = next(pts for pts, picture in decode_video(bundle.screen_path) if picture[y + 50, x + 50] > 180)
    samples, rate, _ = decode_audio(bundle.screen_path)
    onset = int(np.flatnonzero(np.abs(samples) > 0.2)[0]) / rate
    assert abs(onset - (heard[0] - clock.epoch_perf_ns / NS)) <= 0.02
    assert -0.002 <= flash / 90_000 - (flashed - clock.epoch_perf_ns / NS) <= 1 / 30 + 0.02


OWNER = """
import sys, time, pathlib
from capture.bundle import SessionBundle
from capture.client import RecorderClient
from capture.config import RecorderConfig
from capture.events import MarkKind
bundle = SessionBundle.create(pathlib.Path(sys.argv[1]), label="P01")
grace = float(sys.argv[2])
config = RecorderConfig(mic=None, min_free_bytes=0, warn_free_bytes=0, orphan_grace_s=grace)
client = RecorderClient.spawn(bundle, config, lambda event: None)
client.start()
mark = client.add_mark(MarkKind.MARK, body="before")
print(bundle.path, mark.id, flush=True)
time.sleep(120)
"""


@contextlib.contextmanager
def owner(folder: Path, grace_s: float) -> Iterator[tuple[subprocess.Popen[str], SessionBundle, str]]:
    """Another process that has started a recorder."""
    process = subprocess.Popen(
        [sys.executable, "-c", OWNER, str(folder), str(grace_s)],
        stdout=subprocess.PIPE,
        text=True,
        env=recorder_environment(),
    )
    assert process.stdout is not None
    with process:
        path, mark = process.stdout.readline().split()
        try:
            yield process, SessionBundle(Path(path)), mark
        finally:
            process.kill()


def test_killed_app_leaves_the_recording_running(live: Live) -> None:
    with owner(live.folder, 300) as (process, bundle, first):
        process.kill()
        process.wait()
        assert running_bundles() == [bundle.path]
        client = live.attach(bundle)
        before = client.status()
        assert before.state is RecorderState.RECORDING
        assert abs(client.now_ns() - before.t_ns) < 2 * NS, "the same session time"
        second = client.add_mark(MarkKind.MARK, body="after")
        wait_until(lambda: client.status().frames > before.frames)
        wait_until(lambda: live.of(Status))  # events come to the new client too
        summary = client.stop()
    assert summary.marks == 2
    with CaptureStore.open_read(bundle.capture_path) as store:
        assert [mark.id for mark in store.marks()] == [first, second.id]
    assert bundle.manifest().state is BundleState.FINALIZED


def test_recording_that_nobody_watches_ends_by_itself(live: Live) -> None:
    with owner(live.folder, 1.5) as (process, bundle, _):
        process.kill()
        process.wait()
        wait_until(lambda: not bundle.is_recording())
        wait_until(lambda: not running_bundles())
    assert bundle.manifest().state is BundleState.FINALIZED
    with pytest.raises(CaptureError) as caught:
        live.attach(bundle)
    assert caught.value.code is CaptureCode.RECORDER_GONE


def test_several_clients_see_and_do_the_same(live: Live) -> None:
    bundle, first = live.start(mic=None)
    second = live.attach(bundle)
    first.pause()
    assert second.status().state is RecorderState.PAUSED
    with pytest.raises(CaptureError) as caught:
        second.pause()
    assert caught.value.code is CaptureCode.RECORDER_REFUSED
    second.resume()
    first.close()
    first.close()
    with pytest.raises(CaptureError) as gone:
        first.status()
    assert gone.value.code is CaptureCode.RECORDER_GONE
    assert second.stop().frames > 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_signals_end_cleanly(live: Live, number: signal.Signals) -> None:
    bundle, client = live.start(mic=None)
    time.sleep(0.5)
    os.kill(pid_of(client), number)
    wait_until(lambda: live.of(Finalized))
    wait_until(lambda: not bundle.is_recording())
    client.close()
    assert client._process is not None
    assert client._process.returncode == 0
    assert bundle.manifest().state is BundleState.FINALIZED
    assert len(decode_video(bundle.screen_path)) > 0


def test_abandoned_before_the_start_leaves_nothing(live: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    bundle, client = live.spawn(mic=None)
    assert client.stop().duration_ns == 0
    assert not bundle.path.exists()
    bundle, client = live.spawn(mic=None)
    os.kill(pid_of(client), signal.SIGTERM)
    wait_until(lambda: not bundle.path.exists())
    client.close()
