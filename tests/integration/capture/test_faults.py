"""Microphone, sound server, display and disk go away while it records."""

from __future__ import annotations

import contextlib
import os
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.demo.desktop import PrivateDesktop
from capture import recovery
from capture.bundle import SessionBundle
from capture.errors import CaptureCode
from capture.events import MarkKind
from capture.manifest import BundleState
from capture.protocol import Degraded, Failed, Finalized, RecorderState, Recovered
from capture.store import CaptureStore
from capture.sync import NS
from tests.integration.capture.clapper import FlashWindow, SoundStage
from tests.integration.capture.fakes import decode_audio, decode_video, wait_until
from tests.integration.capture.live import Live


def test_microphone_removed_and_back(live: Live) -> None:
    """The source's module is unloaded: the server moves the stream elsewhere without a word; we notice."""
    with extra_source("mic2") as (load, unload), SoundStage() as stage:
        bundle, client = live.start(mic="mic2")
        time.sleep(0.5)
        unload()
        wait_until(lambda: live.of(Degraded))
        stage.beep()  # is heard by another source now, and must not be kept
        time.sleep(0.5)
        begin_ns = client.now_ns()
        assert client.status().frames > 0
        load()
        wait_until(lambda: live.of(Recovered), 30)
        time.sleep(0.6)
        stage.beep()
        time.sleep(0.6)
        summary = client.stop()
    with CaptureStore.open_read(bundle.capture_path) as store:
        gaps = [interval for interval in store.intervals() if interval.reason == "no_microphone"]
    assert len(gaps) == 1
    assert gaps[0].t_start_ns < begin_ns < (gaps[0].t_end_ns or 0)
    samples, rate, _ = decode_audio(bundle.screen_path)
    assert abs(len(samples) / rate - summary.duration_ns / NS) < 0.2
    loud = np.flatnonzero(np.abs(samples) > 0.2)
    assert len(loud), "the second beep is there"
    assert loud[0] / rate > begin_ns / NS, "the first one is not"


def test_sound_server_killed_and_started_again(live: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    with PrivateDesktop(width=640, height=480) as own:
        for name, value in own.environ.items():
            monkeypatch.setenv(name, value)
        bundle, client = live.start()
        time.sleep(0.5)
        own.kill_sound()
        wait_until(lambda: live.of(Degraded))
        assert live.of(Degraded)[0].stream == "mic"
        frames = client.status().frames
        wait_until(lambda: client.status().frames > frames)
        own.start_sound()
        wait_until(lambda: live.of(Recovered), 40)
        with SoundStage() as stage:
            time.sleep(0.5)
            stage.beep()
            time.sleep(0.6)
        summary = client.stop()
    samples, rate, _ = decode_audio(bundle.screen_path)
    assert np.abs(samples[-2 * rate :]).max() > 0.2, "it is heard again"
    assert abs(len(samples) / rate - summary.duration_ns / NS) < 0.2


@contextlib.contextmanager
def extra_source(name: str) -> Iterator[tuple[Callable[[], None], Callable[[], None]]]:
    """A second microphone that hears the sink; to be unloaded and loaded at will."""
    modules: list[str] = []

    def load() -> None:
        command = ["pactl", "load-module", "module-remap-source", "master=spk.monitor", f"source_name={name}"]
        modules.append(subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip())

    def unload() -> None:
        subprocess.run(["pactl", "unload-module", modules.pop()], check=True)

    load()
    try:
        yield load, unload
    finally:
        while modules:
            unload()


def test_display_gone_leaves_the_sound(live: Live, monkeypatch: pytest.MonkeyPatch, desktop: PrivateDesktop) -> None:
    """The X server is killed: a slate from then on, and the sound to the end."""
    read_end, write_end = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(write_end), "-screen", "0", "640x480x24", "-nolisten", "tcp", "-noreset"],
        pass_fds=(write_end,),
        stderr=subprocess.DEVNULL,
    )
    os.close(write_end)
    with os.fdopen(read_end) as pipe:
        number = pipe.readline().strip()
    monkeypatch.setenv("DISPLAY", f":{number}")
    try:
        with SoundStage() as stage:
            bundle, client = live.start()
            time.sleep(1)
            server.kill()
            server.wait()
            wait_until(lambda: {event.stream for event in live.of(Degraded)} == {"screen", "input"})
            codes = {event.stream: event.code for event in live.of(Degraded)}
            assert codes == {"screen": CaptureCode.NO_DISPLAY, "input": CaptureCode.NO_INPUT}
            gone_ns = client.now_ns()
            stage.beep()
            mark = client.add_mark(MarkKind.MARK)
            time.sleep(1)
            summary = client.stop()
    finally:
        server.kill()
        server.wait()
    with CaptureStore.open_read(bundle.capture_path) as store:
        assert [item.id for item in store.marks()] == [mark.id]
        assert {interval.stream for interval in store.intervals()} == {"screen", "input"}
        assert store.frames().kind[-1] == "slate"
    samples, rate, _ = decode_audio(bundle.screen_path)
    assert np.flatnonzero(np.abs(samples) > 0.2)[0] / rate > gone_ns / NS - 0.1
    assert abs(len(samples) / rate - summary.duration_ns / NS) < 0.2


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "small"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", str(folder)], capture_output=True, check=False
    )
    if mounted.returncode != 0:
        pytest.skip("a small disk can't be mounted here; the injected error stands for it")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def test_full_disk_ends_cleanly(small_disk: Path) -> None:
    live = Live(small_disk)
    bundle, client = live.start(mic=None, min_free_bytes=6_000_000, warn_free_bytes=12_000_000)
    time.sleep(0.5)
    mark = client.add_mark(MarkKind.MARK)
    (small_disk / "other").write_bytes(bytes(9_000_000))
    wait_until(lambda: [event for event in live.of(Degraded) if event.stream == "disk"])
    assert live.of(Degraded)[0].code is CaptureCode.DISK_FULL
    assert client.status().state is RecorderState.RECORDING, "warned ahead"
    with contextlib.suppress(OSError):
        (small_disk / "more").write_bytes(bytes(8_000_000))
    wait_until(lambda: live.of(Finalized))
    client.close()
    assert bundle.manifest().state is BundleState.FINALIZED
    assert len(decode_video(bundle.screen_path)) == len(_frames(bundle))
    with CaptureStore.open_read(bundle.capture_path) as store:
        assert [item.id for item in store.marks()] == [mark.id]


def test_disk_filled_at_once_leaves_what_can_be_recovered(small_disk: Path) -> None:
    """Something else takes the last byte, and the reserve too: what was written until then is kept."""
    live = Live(small_disk)
    bundle, client = live.start(mic=None)
    time.sleep(1.5)
    mark = client.add_mark(MarkKind.MARK)
    stop = threading.Event()
    window = FlashWindow(0, 0, 800, 800)

    def move() -> None:
        is_white = False
        while not stop.wait(0.05):
            is_white = not is_white
            window.paint(white=is_white)

    def eat() -> None:
        with (small_disk / "other").open("wb", buffering=0) as file:
            while not stop.is_set():
                with contextlib.suppress(OSError):
                    file.write(bytes(100_000))
                    continue
                time.sleep(0.0005)

    threads = [threading.Thread(target=move), threading.Thread(target=eat)]
    for thread in threads:
        thread.start()
    try:
        wait_until(lambda: not bundle.is_recording(), 60)
    finally:
        stop.set()
        for thread in threads:
            thread.join()
        window.close()
    client.close()
    (small_disk / "other").unlink()
    assert len(live.of(Finalized)) + len(live.of(Failed)) == 1
    assert "Traceback" not in (bundle.logs_dir / "recorder.log").read_text()
    if recovery.is_incomplete(bundle):  # unless the recorder was the quicker one
        assert [event.code for event in live.of(Failed)] == [CaptureCode.DISK_FULL]
        assert recovery.recover(bundle).notes == ()
    assert decode_video(bundle.screen_path)[-1][0] / 90_000 > 0.9
    with CaptureStore.open_read(bundle.capture_path) as store:
        assert [item.id for item in store.marks()] == [mark.id]


def _frames(bundle: SessionBundle) -> Any:
    with CaptureStore.open_read(bundle.capture_path) as store:
        return store.frames()
