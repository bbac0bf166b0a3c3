"""The recorder's own process on a real display, a real sound server and real input."""

from __future__ import annotations

import subprocess
import sys
import time
from typing import Any

import av
import pytest

from capture import devices
from capture.client import RecorderClient, recorder_environment, running_bundles
from capture.config import KeyPrivacy, RecorderConfig, Region
from capture.errors import CaptureCode, CaptureError
from capture.events import KeyEvent, KeyState, MarkKind
from capture.manifest import BundleState
from capture.protocol import Degraded, Finalized, Gone, Preview, RecorderState, Status
from capture.store import CaptureStore
from capture.sync import NS
from tests.integration.capture.clapper import FlashWindow, SoundStage
from tests.integration.capture.fakes import decode_video, wait_until
from tests.integration.capture.live import LIMITS, Live, xdotool


def test_real_session(live: Live) -> None:
    """Screen, microphone, pointer and keys of a real desktop, told live and found in the bundle."""
    context = {"participant": "P01", "tasks": [{"id": "t1", "title": "Pay"}], "app_version": "9"}
    bundle, client = live.spawn(context=context)
    assert client.now_ns() == 0
    assert client.status().state is RecorderState.READY
    assert running_bundles() == [bundle.path]
    wait_until(lambda: live.of(Preview))
    client.start()
    time.sleep(0.3)
    xdotool("mousemove", 300, 200, "click", 1, "mousemove", 310, 205, "click", 4)
    xdotool("key", "h", "7", "Return", "Left", "F5", "ctrl+s")
    mark = client.add_mark(MarkKind.MARK, body="got lost", payload={"kind": "problem", "severity": 3})
    client.add_mark(MarkKind.NOTE, ref=mark.id, body="again")
    assert abs(mark.t_ns - client.now_ns()) < 5 * NS
    client.pause()
    assert client.status().state is RecorderState.PAUSED
    xdotool("key", "s", "e", "c", "r", "e", "t")
    time.sleep(0.6)
    client.resume()
    time.sleep(0.5)
    summary = client.stop()
    assert live.of(Finalized) == [Finalized(summary)]
    assert not live.of(Gone), "an end that was asked for is no loss"
    assert not live.of(Degraded)
    assert running_bundles() == []
    statuses = live.of(Status)
    assert len(statuses) >= 2 * summary.duration_ns / NS

    manifest = bundle.manifest()
    assert manifest.state is BundleState.FINALIZED
    assert manifest.context["participant"] == "P01"
    assert manifest.app_version == "9"
    assert {stream.kind for stream in manifest.streams} == {"screen", "mic", "input", "window"}
    with CaptureStore.open_read(bundle.path) as store:
        assert [item.body for item in store.marks()] == ["got lost", "again"]
        counts = store.event_counts()
        presses = [event for event in store.events() if isinstance(event, KeyEvent) and event.state is KeyState.DOWN]
        (pause,) = store.intervals()
    assert counts["button_down"] == counts["button_up"] == 1
    assert counts["wheel"] == 1
    assert counts["move"] >= 2
    assert {"char", "digit", "editing", "navigation", "function", "modifier", "shortcut:Ctrl+S"} == {
        event.key for event in presses
    }
    assert len(presses) == 7, "nothing of what was typed in the pause"
    assert pause.kind == "pause"
    everything = b"".join(path.read_bytes() for path in bundle.path.rglob("*") if path.is_file())
    assert b"secret" not in everything
    log = (bundle.logs_dir / "recorder.log").read_text()
    assert "got lost" not in log
    assert "Traceback" not in log
    with av.open(str(bundle.screen_path)) as container:
        stream = container.streams.video[0]
        assert (stream.width, stream.height) == (1920, 1080)
        context_ = stream.codec_context
        assert (context_.color_range, context_.colorspace) == (1, 6), "limited range, BT.601"
        assert not context_.has_b_frames


@pytest.mark.parametrize(
    ("region", "size"),
    [(Region(10, 20, 301, 203), (300, 202)), (Region(1919 - 99, 1080 - 51, 100, 51), (100, 50))],
)
def test_region_with_odd_sides(live: Live, region: Region, size: tuple[int, int]) -> None:
    window = FlashWindow(region.x + 20, region.y + 10, 10, 10)
    window.paint(white=True)
    bundle, client = live.start(region=region, display=None, mic=None)
    time.sleep(0.6)
    client.stop()
    window.close()
    pictures = decode_video(bundle.screen_path)
    width, height = size
    assert pictures[-1][1].shape == (height, width)
    assert pictures[-1][1][14, 24] > 200, "the picture begins where the region does"
    geometry = bundle.manifest().streams[0].format
    assert (geometry["x"], geometry["y"], geometry["width"], geometry["height"]) == (region.x, region.y, *size)


def test_keys_can_be_left_out(live: Live) -> None:
    bundle, client = live.start(mic=None, keys=KeyPrivacy.OFF)
    time.sleep(0.3)
    xdotool("key", "a", "click", 1)
    time.sleep(0.3)
    client.stop()
    with CaptureStore.open_read(bundle.capture_path) as store:
        assert set(store.event_counts()) <= {"button_down", "button_up", "move"}
        assert store.event_counts()["button_down"] == 1


def test_devices_are_found() -> None:
    found = devices.probe()
    assert [(d.index, d.width, d.height, d.primary) for d in found.displays] == [(0, 1920, 1080, True)]
    assert [(mic.id, mic.name, mic.default) for mic in found.microphones] == [("mic", "Microphone", True)]
    assert (found.screen.ok, found.sound.ok, found.input.ok) == (True, True, True)
    jpeg = devices.screen_preview_jpeg(max_width=320)
    assert jpeg[:2] == b"\xff\xd8"
    with pytest.raises(CaptureError) as caught:
        devices.screen_preview_jpeg(display=7)
    assert caught.value.code is CaptureCode.DISPLAY_UNKNOWN


def test_probe_without_anything_says_why() -> None:
    code = (
        "from capture.devices import probe\nc = probe()\n"
        "print(c.displays, c.screen.reason.value, c.microphones, c.sound.reason.value, c.input.reason.value)"
    )
    environment = recorder_environment() | {"PULSE_SERVER": "unix:/nowhere", "XDG_RUNTIME_DIR": "/nowhere"}
    environment.pop("DISPLAY")
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.stdout.strip() == "() no_display () no_microphone no_input", done.stderr


def test_level_meter_hears_a_beep() -> None:
    levels: list[float] = []
    with SoundStage() as stage:
        meter = devices.MicMeter("default", lambda level, _peak: levels.append(level or 0.0))
        meter.start()
        time.sleep(1)
        stage.beep()
        wait_until(lambda: max(levels, default=0) > 0.5)
        meter.stop()
    assert min(levels) < 0.1


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"mic": "no such"}, CaptureCode.MICROPHONE_UNKNOWN),
        ({"display": 5}, CaptureCode.DISPLAY_UNKNOWN),
        ({"region": Region(0, 0, 5000, 100)}, CaptureCode.REGION_INVALID),
        ({"region": Region(-5, 0, 100, 100)}, CaptureCode.REGION_INVALID),
        ({"region": Region(0, 0, 9, 9)}, CaptureCode.REGION_INVALID),
        ({"min_free_bytes": 2**60}, CaptureCode.DISK_FULL),
    ],
)
def test_refused_start_has_a_code_and_leaves_nothing(live: Live, changes: dict[str, Any], code: CaptureCode) -> None:
    with pytest.raises(CaptureError) as caught:
        live.spawn(**changes)
    assert caught.value.code is code
    assert list(live.folder.iterdir()) == []
    assert running_bundles() == []


@pytest.mark.parametrize(
    ("variable", "value", "code"),
    [
        ("DISPLAY", ":99999", CaptureCode.NO_DISPLAY),
        ("DISPLAY", "", CaptureCode.NO_DISPLAY),
        ("PULSE_SERVER", "unix:/nowhere", CaptureCode.NO_MICROPHONE),
    ],
)
def test_missing_server_has_a_code(
    live: Live, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, code: CaptureCode
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(CaptureError) as caught:
        live.spawn()
    assert caught.value.code is code
    assert list(live.folder.iterdir()) == []


def test_recorder_that_cannot_even_start_is_told(live: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("capture.client.recorder_command", lambda: [sys.executable, "-c", "raise SystemExit(3)"])
    with pytest.raises(CaptureError) as caught:
        live.spawn()
    assert caught.value.code is CaptureCode.RECORDER_START_FAILED
    assert list(live.folder.iterdir()) == []


def test_second_recorder_on_a_bundle_is_refused_and_harms_nothing(live: Live) -> None:
    bundle, client = live.start(mic=None)
    with pytest.raises(CaptureError) as caught:
        RecorderClient.spawn(bundle, RecorderConfig(mic=None, **LIMITS), lambda _event: None)
    assert caught.value.code is CaptureCode.BUNDLE_RECORDING
    assert client.status().state is RecorderState.RECORDING
    client.close()
    again = live.attach(bundle)
    again.stop()
    with pytest.raises(CaptureError) as finished:
        RecorderClient.spawn(bundle, RecorderConfig(mic=None, **LIMITS), lambda _event: None)
    assert finished.value.code is CaptureCode.BUNDLE_EXISTS
    assert bundle.manifest().state is BundleState.FINALIZED
