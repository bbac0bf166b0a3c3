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

import av
import numpy as np
import pytest

from app.demo.desktop import PrivateDesktop
from capture import recovery
from capture.bundle import SessionBundle
from capture.config import Scope
from capture.devices import probe
from capture.errors import CaptureCode, CaptureError
from capture.events import MarkKind
from capture.manifest import BundleState
from capture.protocol import Degraded, Failed, Finalized, RecorderState, Recovered
from capture.store import CaptureStore
from capture.sync import NS
from tests.integration.capture.clapper import FlashWindow, SoundStage
from tests.integration.capture.fakes import decode_audio, decode_video, wait_until
from tests.integration.capture.live import Live, xdotool
from tests.integration.capture.paper import paper
from tests.integration.capture.sounds import tone


@pytest.mark.timeout(120)
def test_microphone_removed_the_default_one_stands_in_until_it_is_back(live: Live) -> None:
    """The source's module is unloaded: the server moves the stream elsewhere without a word; we notice."""
    with extra_source("mic2") as (load, unload), SoundStage() as stage:
        bundle, client = live.start(mic="mic2")
        time.sleep(0.5)
        removed_ns = client.now_ns()
        unload()
        wait_until(lambda: len(live.of(Degraded)) >= 2)
        assert [event.code for event in live.of(Degraded)[:2]] == [
            CaptureCode.NO_MICROPHONE,
            CaptureCode.MICROPHONE_SWITCHED,
        ]
        assert live.of(Degraded)[1].detail == "Microphone"
        time.sleep(0.6)
        begin_ns = client.now_ns()
        stage.beep()  # is heard by the default microphone now
        time.sleep(0.6)
        end_ns = client.now_ns()
        load()
        wait_until(lambda: (mic := client.status().of("mic")) is not None and mic.code is None, 30)
        summary = client.stop()
    with CaptureStore.open_read(bundle.capture_path) as store:
        gaps = [interval for interval in store.intervals() if interval.reason == "no_microphone"]
        switched = [interval for interval in store.intervals() if interval.reason == "microphone_switched"]
    assert gaps[0].t_start_ns - removed_ns < 3 * NS
    assert len(switched) == 1
    assert switched[0].t_start_ns < begin_ns < end_ns <= (switched[0].t_end_ns or 0)
    samples, rate, _ = decode_audio(bundle.screen_path)
    assert abs(len(samples) / rate - summary.duration_ns / NS) < 0.2
    loud = np.flatnonzero(np.abs(samples) > 0.2)
    assert len(loud), "the beep is there"
    assert begin_ns / NS < loud[0] / rate < end_ns / NS + 0.5


def strength(samples: np.ndarray[Any, np.dtype[np.float32]], rate: int, hertz: int) -> float:
    """How much of a tone is in the samples, as its amplitude; in short pieces, as it may be stretched a little."""
    turn = np.exp(-2j * np.pi * hertz * np.arange(rate // 50) / rate)
    pieces = samples[: len(samples) // len(turn) * len(turn)].reshape(-1, len(turn))
    return float(np.median(2 * abs(np.mean(pieces * turn, axis=1))))


def test_two_tracks_each_hear_their_own(live: Live) -> None:
    """What the computer plays is one track, the microphone another; either may be absent."""
    load = ["pactl", "load-module"]
    sink = subprocess.run(
        [*load, "module-null-sink", "sink_name=far"], check=True, capture_output=True, text=True
    ).stdout.strip()
    try:
        with tone("spk", 1000), tone("far", 400):
            assert "far.monitor" in {sound.id for sound in probe().system_sounds}
            bundle, client = live.start(mic="mic", system="far.monitor")
            wait_until(lambda: client.now_ns() > 3 * NS)
            status = client.status()
            client.stop()
    finally:
        subprocess.run(["pactl", "unload-module", sink], check=True)
    system = status.of("system")
    assert system is not None
    assert system.level is not None
    assert system.level > 0.5
    mic, rate, _ = decode_audio(bundle.screen_path)
    played, _, _ = decode_audio(bundle.screen_path, track=1)
    middle = slice(rate, 2 * rate)
    assert strength(mic[middle], rate, 1000) > 0.3
    assert strength(mic[middle], rate, 400) < 0.02
    assert strength(played[middle], rate, 400) > 0.3
    assert strength(played[middle], rate, 1000) < 0.02
    with CaptureStore.open_read(bundle.capture_path) as store:
        tracks = {stream.kind: stream.track for stream in store.streams()}
    assert (tracks["mic"], tracks["system"]) == (1, 2)
    with av.open(str(bundle.screen_path)) as container:
        titles = [stream.metadata.get("handler_name") for stream in container.streams.audio]
    assert titles == ["Microphone", "Computer sound"]


def test_computer_sound_alone(live: Live) -> None:
    with tone("spk", 1000):
        bundle, client = live.start(mic=None, system="default")
        wait_until(lambda: client.now_ns() > 2 * NS)
        client.stop()
    played, rate, _ = decode_audio(bundle.screen_path)
    assert strength(played[rate : 2 * rate - rate // 4], rate, 1000) > 0.3


def test_voice_without_consent_is_not_recorded(live: Live) -> None:
    bundle, client = live.start(mic="default", system="default", consent=(Scope.SCREEN,))
    wait_until(lambda: client.now_ns() > NS)
    xdotool("key", "a")
    wait_until(lambda: client.now_ns() > 2 * NS)
    assert {stream.kind for stream in client.status().streams}.isdisjoint({"mic", "system", "camera"})
    client.stop()
    with av.open(str(bundle.screen_path)) as container:
        assert not container.streams.audio
    with CaptureStore.open_read(bundle.capture_path) as store:
        assert not any(kind.startswith("key") for kind in store.event_counts())


def test_without_consent_to_the_screen_nothing_begins(live: Live) -> None:
    with pytest.raises(CaptureError) as caught:
        live.start(consent=(Scope.VOICE,))
    assert caught.value.code is CaptureCode.NO_CONSENT
    assert list(live.folder.iterdir()) == []


@pytest.mark.timeout(120)
def test_digital_silence_is_told(live: Live) -> None:
    """Nothing is played: the null sink's microphone is exactly zero."""
    bundle, client = live.start()
    wait_until(lambda: CaptureCode.SOUND_SILENT in client.status().reasons, 30)
    with tone("spk", 500):
        wait_until(lambda: CaptureCode.SOUND_SILENT not in client.status().reasons, 30)
    client.stop()
    with CaptureStore.open_read(bundle.capture_path) as store:
        silent = [interval for interval in store.intervals() if interval.reason == "sound_silent"]
    assert silent[0].t_start_ns <= 5 * NS


@pytest.mark.timeout(120)
def test_black_picture_is_told_and_taken_back(live: Live) -> None:
    """Something black covers the whole screen, whatever else is on it."""
    with paper("Night", "black", whole_screen=True):
        bundle, client = live.start(mic=None)
        wait_until(lambda: CaptureCode.PICTURE_BLACK in client.status().reasons, 30)
        with paper("Something"):
            wait_until(lambda: CaptureCode.PICTURE_BLACK not in client.status().reasons, 30)
        client.stop()
    with CaptureStore.open_read(bundle.capture_path) as store:
        black = [interval for interval in store.intervals() if interval.reason == "picture_black"]
    assert black[0].t_start_ns <= 5 * NS


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
        wait_until(lambda: "mic" in {event.stream for event in live.of(Recovered)}, 40)
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
            bundle, client = live.start(windows=False)
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
