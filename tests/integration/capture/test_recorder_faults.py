"""The recorder with sources that fail: the others go on, and the bundle tells what was lost."""

from __future__ import annotations

import errno
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from capture.clock import perf_ns
from capture.encode import VideoEncoder
from capture.errors import CaptureCode, CaptureError
from capture.events import Mark, MarkKind, PointerMove
from capture.manifest import BundleState
from capture.protocol import Degraded, Failed, Finalized, Recovered
from capture.recorder import Recorder
from capture.recovery import recover
from capture.streams import Sources
from capture.sync import NS
from tests.integration.capture.fakes import (
    FakeInput,
    FakeMicrophone,
    FakeScreen,
    decode_audio,
    decode_video,
    wait_until,
)
from tests.integration.capture.rig import Rig


@pytest.mark.expect_log
def test_lost_computer_sound_is_not_called_a_microphone(tmp_path: Path) -> None:
    sound = FakeMicrophone(hertz=880)
    rig = Rig(tmp_path, system=sound)
    rig.start()
    sound.is_lost = True
    wait_until(lambda: rig.of(Degraded))
    assert (rig.of(Degraded)[0].stream, rig.of(Degraded)[0].code) == ("system", CaptureCode.NO_SYSTEM_SOUND)
    sound.is_lost = False
    wait_until(lambda: rig.of(Recovered))
    rig.recorder.stop()
    with rig.store() as store:
        assert ("system", "no_system_sound") in [(one.stream, one.reason) for one in store.intervals()]


@pytest.mark.expect_log
def test_an_alarm_ends_with_a_private_pause_and_comes_back_after_it(tmp_path: Path) -> None:
    rig = Rig(tmp_path, microphone=FakeMicrophone(amplitude=0))
    rig.start()

    def told(kind: type[Any]) -> int:
        return sum(event.stream == "mic" for event in rig.of(kind))

    wait_until(lambda: told(Degraded) == 1)
    rig.recorder.pause()
    wait_until(lambda: told(Recovered) == 1)
    rig.recorder.resume()
    wait_until(lambda: told(Degraded) == 2)
    rig.recorder.stop()


@pytest.mark.expect_log
def test_lost_microphone_is_silence_of_the_same_length(rig: Rig) -> None:
    microphone = rig.microphone
    assert microphone is not None
    rig.start()
    time.sleep(1.0)
    microphone.is_lost = True
    wait_until(lambda: rig.of(Degraded))
    assert (rig.of(Degraded)[0].stream, rig.of(Degraded)[0].code) == ("mic", CaptureCode.NO_MICROPHONE)
    frames_then = rig.recorder.status().frames
    assert rig.recorder.status().reasons == (CaptureCode.NO_MICROPHONE,)
    time.sleep(1.5)
    assert rig.recorder.status().frames > frames_then, "the picture goes on"
    microphone.is_lost = False
    wait_until(lambda: rig.of(Recovered))
    time.sleep(1.0)
    summary = rig.recorder.stop()
    with rig.store() as store:
        (gap,) = [interval for interval in store.intervals() if interval.reason == "no_microphone"]
    assert gap.stream == "mic"
    assert gap.t_end_ns is not None
    samples, rate, _ = decode_audio(rig.bundle.screen_path)
    assert abs(len(samples) / rate - summary.duration_ns / NS) < 0.1, "silence has the gap's length"
    begin, end = gap.t_start_ns / NS, gap.t_end_ns / NS
    assert samples[int((begin - 0.9) * rate) : int((begin - 0.6) * rate)].std() > 0.3
    assert np.abs(samples[int((begin + 0.1) * rate) : int((end - 0.3) * rate)]).max() < 1e-3
    assert samples[int((end + 0.4) * rate) : int((end + 0.7) * rate)].std() > 0.3


@pytest.mark.expect_log
def test_microphone_that_says_nothing_any_more_is_noticed(rig: Rig) -> None:
    microphone = rig.microphone
    assert microphone is not None
    rig.start()
    time.sleep(0.5)
    microphone.is_mute = True
    wait_until(lambda: rig.of(Degraded))
    microphone.is_mute = False
    wait_until(lambda: rig.of(Recovered))
    rig.recorder.stop()
    with rig.store() as store:
        (gap,) = [interval for interval in store.intervals() if interval.reason == "no_microphone"]
    assert gap.t_end_ns is not None
    assert gap.t_end_ns - gap.t_start_ns > NS


@pytest.mark.expect_log
def test_lost_screen_is_a_slate_and_the_sound_goes_on(rig: Rig) -> None:
    rig.start()
    time.sleep(0.6)
    rig.screen.is_lost = True
    wait_until(lambda: rig.of(Degraded))
    assert (rig.of(Degraded)[0].stream, rig.of(Degraded)[0].code) == ("screen", CaptureCode.NO_DISPLAY)
    time.sleep(1.2)
    rig.screen.is_lost = False
    rig.screen.paint(200)
    wait_until(lambda: rig.of(Recovered))
    time.sleep(0.4)
    summary = rig.recorder.stop()
    with rig.store() as store:
        (gap,) = store.intervals()
        frames = store.frames()
    assert (gap.kind, gap.stream, gap.reason) == ("gap", "screen", "no_display")
    assert gap.t_end_ns is not None
    for kind, t_ns in zip(frames.kind, frames.t_ns.tolist(), strict=True):
        if gap.t_start_ns + NS // 10 < t_ns < gap.t_end_ns - NS // 10:
            assert kind == "slate"
    assert frames.kind[-1] in {"new", "repeat"}
    assert abs(decode_video(rig.bundle.screen_path)[-1][1].mean() - 200) < 3
    samples, rate, _ = decode_audio(rig.bundle.screen_path)
    middle = (gap.t_start_ns + gap.t_end_ns) / 2 / NS
    assert samples[int((middle - 0.2) * rate) : int((middle + 0.2) * rate)].std() > 0.3
    assert abs(len(samples) / rate - summary.duration_ns / NS) < 0.1


@pytest.mark.expect_log
def test_screen_of_another_size_is_never_put_into_the_file_as_it_is(rig: Rig) -> None:
    rig.start()
    rig.screen.is_lost = True
    wait_until(lambda: rig.of(Degraded))
    rig.screen.size_after_loss = (640, 480)
    rig.screen.is_lost = False
    time.sleep(3)
    assert not rig.of(Recovered)
    rig.recorder.stop()
    assert {picture.shape for _, picture in decode_video(rig.bundle.screen_path)} == {(240, 320)}


@pytest.mark.expect_log
def test_missing_input_does_not_stop_a_recording(tmp_path: Path) -> None:
    rig = Rig(tmp_path, input=FakeInput(is_missing=True))
    rig.start()
    assert rig.of(Degraded) == [Degraded("input", CaptureCode.NO_INPUT, "fake")]
    rig.input.is_missing = False
    wait_until(lambda: rig.of(Recovered))
    rig.input.sink(PointerMove(perf_ns(), 3, 3))
    rig.recorder.stop()
    with rig.store() as store:
        assert store.event_counts() == {"move": 1}
        assert [interval.stream for interval in store.intervals()] == ["input"]


@pytest.mark.expect_log
def test_slow_encoder_drops_pictures_but_no_sound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rig = Rig(tmp_path)
    real = VideoEncoder.encode

    def slow(*arguments: Any, **options: Any) -> Any:
        time.sleep(0.25)
        return real(*arguments, **options)

    monkeypatch.setattr(VideoEncoder, "encode", slow)
    rig.screen.before_grab = lambda: rig.screen.paint(40 + rig.screen.grabs % 100)
    rig.start()
    time.sleep(3)
    status = rig.recorder.status()
    summary = rig.recorder.stop()
    assert status.dropped > 0
    assert summary.dropped >= status.dropped
    assert status.fps < 25, "it slows down"
    assert ("screen", CaptureCode.ENCODER_SLOW) in {(event.stream, event.code) for event in rig.of(Degraded)}
    samples, rate, _ = decode_audio(rig.bundle.screen_path)
    body = samples[rate // 5 : int((summary.duration_ns / NS - 0.2) * rate)]
    loud = np.abs(body).reshape(-1)[: len(body) // 480 * 480].reshape(-1, 480).max(axis=1)
    assert loud.min() > 0.3, "every hundredth of a second is there"


@pytest.mark.expect_log
def test_broken_encoder_leaves_the_sound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rig = Rig(tmp_path)
    rig.start()
    time.sleep(0.6)

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("defect")

    monkeypatch.setattr(VideoEncoder, "encode", broken)
    wait_until(lambda: rig.of(Degraded))
    assert rig.of(Degraded)[0].stream == "screen"
    time.sleep(1)
    monkeypatch.undo()
    summary = rig.recorder.stop()
    samples, rate, _ = decode_audio(rig.bundle.screen_path)
    assert abs(len(samples) / rate - summary.duration_ns / NS) < 0.1


@pytest.mark.expect_log
def test_no_space_ends_the_recording_and_loses_nothing_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rig = Rig(tmp_path)
    rig.start()
    time.sleep(1.5)
    rig.recorder.add_mark(Mark("m1", -1, -1, MarkKind.MARK))
    mux = rig.recorder._mux
    assert mux is not None

    class Full:
        """A container on a disk without space."""

        def __init__(self, container: Any) -> None:
            self.container = container

        def mux(self, packet: object) -> None:
            raise OSError(errno.ENOSPC, "No space left on device")

        def close(self) -> None:
            raise AssertionError("a broken file must not be ended as if it were whole")

    container = mux._container
    monkeypatch.setattr(mux, "_container", Full(container))
    assert rig.recorder.ended.wait(30)
    assert [event.code for event in rig.of(Failed)] == [CaptureCode.DISK_FULL]
    assert rig.bundle.manifest().state is BundleState.FAILED
    with pytest.raises(CaptureError) as caught:
        rig.recorder.stop()
    assert caught.value.code is CaptureCode.DISK_FULL
    monkeypatch.undo()
    del container, mux  # libav would only now end the file; what lies on the disk is what a full disk leaves
    with pytest.raises(CaptureError) as refused:
        rig.recorder.add_mark(Mark("m2", -1, -1, MarkKind.MARK))
    assert refused.value.code is CaptureCode.RECORDER_REFUSED
    report = recover(rig.bundle)
    assert report.marks == 1
    assert report.notes == ()
    assert report.frames > 2
    assert rig.bundle.manifest().state is BundleState.RECOVERED


@pytest.mark.expect_log
def test_little_space_ends_the_recording_cleanly(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rig = Rig(tmp_path, limits={"min_free_bytes": 1000, "warn_free_bytes": 2000})
    free = [10_000]
    monkeypatch.setattr("capture.supervisor.free_bytes", lambda _path: free[0])
    monkeypatch.setattr("capture.recorder.free_bytes", lambda _path: free[0])
    rig.start()
    time.sleep(0.5)
    free[0] = 1500
    wait_until(lambda: rig.of(Degraded))
    assert rig.of(Degraded)[0].stream == "disk"
    assert not rig.recorder.ended.is_set(), "it warns ahead"
    free[0] = 500
    assert rig.recorder.ended.wait(30)
    assert len(rig.of(Finalized)) == 1
    assert rig.bundle.manifest().state is BundleState.FINALIZED
    assert len(decode_video(rig.bundle.screen_path)) > 0


@pytest.mark.parametrize("free", [0, 999])
def test_start_on_a_full_disk_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free: int) -> None:
    monkeypatch.setattr("capture.recorder.free_bytes", lambda _path: free)
    rig = Rig(tmp_path, limits={"min_free_bytes": 1000})
    with pytest.raises(CaptureError) as caught:
        rig.recorder.prepare()
    assert caught.value.code is CaptureCode.DISK_FULL
    assert not rig.bundle.path.exists()


def test_refused_source_leaves_no_bundle(tmp_path: Path) -> None:
    rig = Rig(tmp_path)
    assert rig.microphone is not None
    rig.microphone.is_lost = True
    with pytest.raises(CaptureError) as caught:
        rig.recorder.prepare()
    assert caught.value.code is CaptureCode.NO_MICROPHONE
    assert not rig.bundle.path.exists()
    assert rig.recorder.ended.is_set()


def test_stop_before_the_start_leaves_no_bundle(tmp_path: Path) -> None:
    rig = Rig(tmp_path)
    rig.recorder.prepare()
    assert rig.recorder.stop().duration_ns == 0
    assert not rig.bundle.path.exists()


def test_bundle_with_a_session_is_never_recorded_over(tmp_path: Path) -> None:
    rig = Rig(tmp_path)
    rig.start()
    time.sleep(0.3)
    rig.recorder.stop()
    before = rig.bundle.screen_path.read_bytes()
    again = Recorder(
        rig.bundle,
        rig.config,
        lambda _event: None,
        sources=Sources(FakeScreen(), FakeMicrophone(), FakeInput()),
    )
    with pytest.raises(CaptureError) as caught:
        again.prepare()
    assert caught.value.code is CaptureCode.BUNDLE_EXISTS
    assert rig.bundle.screen_path.read_bytes() == before
