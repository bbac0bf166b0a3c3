"""Sleep, a stop, a source that starts late: time stays one line, and what is missing is a row of the same length."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from capture.audio import AudioInfo, AudioSink
from capture.events import IntervalKind
from capture.store import CaptureStore
from capture.sync import NS
from tests.integration.capture.fakes import FakeMicrophone, FakeScreen, decode_audio, decode_video, wait_until
from tests.integration.capture.live import Live, pid_of
from tests.integration.capture.rig import Rig

SLEEP_NS = 60 * NS


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    rig = Rig(tmp_path)
    yield rig
    rig.recorder.stop()


def _shift_clock(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The clock of all stamps, with an offset that the test sets."""
    real, shift = time.perf_counter_ns, [0]
    monkeypatch.setattr("time.perf_counter_ns", lambda: real() + shift[0])
    return shift


@pytest.mark.expect_log
def test_a_sleep_that_the_clock_counts_is_slate_and_silence(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    """As on Windows: the clock goes on, nothing else does."""
    shift = _shift_clock(monkeypatch)
    rig.start()
    wait_until(lambda: rig.recorder.status().t_ns > 2 * NS)
    shift[0] = SLEEP_NS
    wait_until(lambda: rig.recorder.status().t_ns > SLEEP_NS + 4 * NS)
    mark = rig.recorder.status().t_ns
    rig.screen.paint(200)
    wait_until(lambda: rig.recorder.status().t_ns > SLEEP_NS + 6 * NS)
    summary = rig.recorder.stop()
    with rig.store() as store:
        [sleep] = [each for each in store.intervals() if each.kind is IntervalKind.SUSPEND]
        frames = store.frames()
    assert sleep.t_end_ns is not None
    assert 58 * NS < sleep.t_end_ns - sleep.t_start_ns < 62 * NS
    assert (np.diff(frames.t_ns) > 0).all()
    samples, rate, _ = decode_audio(rig.bundle.screen_path)
    assert abs(len(samples) / rate - summary.duration_ns / NS) < 0.1
    start, end = sleep.t_start_ns / NS, sleep.t_end_ns / NS
    assert np.abs(samples[int((start + 1) * rate) : int((end - 1) * rate)]).max() < 1e-3
    assert samples[int((end + 1) * rate) : int((end + 2) * rate)].std() > 0.3, "the sound goes on"
    pictures = decode_video(rig.bundle.screen_path)
    shown = [(pts / 90_000, int(picture[120, 4])) for pts, picture in pictures]
    meanwhile = [t for t, _ in shown if start + 1 < t < end - 1]
    greys = {grey for t, grey in shown if start - 1.5 < t < start}
    slate = {int(picture[120, 4]) for pts, picture in pictures if start + 0.3 < pts / 90_000 < end - 0.3}
    assert len(meanwhile) <= 2
    assert slate
    assert slate.isdisjoint(greys), "a slate, not the last picture"
    white = next(t for t, grey in shown if grey > 150 and t > end)
    assert abs(white - mark / NS) < 1.0


@pytest.mark.expect_log
def test_a_sleep_that_the_clock_does_not_count_is_a_row(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    """As on Linux and macOS: session time and the sound's clock stand, UTC goes on."""
    real, slept = time.time_ns, [0]
    monkeypatch.setattr("time.time_ns", lambda: real() + slept[0])
    monkeypatch.setattr("capture.supervisor.asleep_ns", lambda: slept[0])
    rig.start()
    wait_until(lambda: rig.recorder.status().t_ns > NS)
    slept[0] = SLEEP_NS
    wait_until(lambda: rig.recorder.status().t_ns > 3 * NS)
    summary = rig.recorder.stop()
    assert summary.duration_ns < 30 * NS
    with rig.store() as store:
        [sleep] = [each for each in store.intervals() if each.kind is IntervalKind.SUSPEND]
        anchors = store._connection.execute("SELECT t_ns, utc_ns FROM clock_anchor ORDER BY t_ns").fetchall()
    assert sleep.t_end_ns is not None
    assert sleep.t_end_ns - sleep.t_start_ns < 5 * NS
    steps = [(t, utc - t) for t, utc in anchors]
    before = [offset for t, offset in steps if t <= sleep.t_start_ns]
    after = [offset for t, offset in steps if t >= sleep.t_end_ns]
    assert abs(after[0] - before[-1] - SLEEP_NS) < NS, "the anchor right behind it has the step"
    samples, rate, _ = decode_audio(rig.bundle.screen_path)
    assert abs(len(samples) / rate - summary.duration_ns / NS) < 0.1


@pytest.mark.timeout(120)
def test_a_recorder_that_was_stopped_goes_on_in_step(live: Live) -> None:
    """SIGSTOP for seven seconds, on the real screen and sound."""
    bundle, client = live.start()
    wait_until(lambda: client.status().t_ns > 2 * NS)
    os.kill(pid_of(client), signal.SIGSTOP)
    time.sleep(7)
    os.kill(pid_of(client), signal.SIGCONT)
    wait_until(lambda: client.status().t_ns > 11 * NS, 60)
    summary = client.stop()
    with CaptureStore.open_read(bundle.capture_path) as store:
        [stop] = [each for each in store.intervals() if each.kind is IntervalKind.SUSPEND]
        times = store.frames().t_ns
    assert stop.t_end_ns is not None
    assert stop.t_end_ns - stop.t_start_ns > 6 * NS
    assert (np.diff(times) > 0).all()
    samples, rate, _ = decode_audio(bundle.screen_path)
    assert abs(len(samples) / rate - summary.duration_ns / NS) < 0.2


class Sleeper(FakeMicrophone):
    """Says that it runs, and gives its first sound when it is let: an output that nothing was played on yet."""

    def start(self, sink: AudioSink) -> AudioInfo:
        self.is_mute = True
        return super().start(sink)


@pytest.mark.expect_log
def test_computer_sound_that_starts_late_is_silence_first(tmp_path: Path) -> None:
    microphone = Sleeper()
    rig = Rig(tmp_path, system=microphone)
    try:
        rig.start()
        wait_until(lambda: rig.recorder.status().t_ns > 4 * NS)
        microphone.is_mute = False
        let_ns = rig.recorder.status().t_ns
        wait_until(lambda: rig.recorder.status().t_ns > let_ns + 3 * NS)
    finally:
        summary = rig.recorder.stop()
    with rig.store() as store:
        gaps = [each for each in store.intervals() if each.stream == "system"]
    assert gaps[0].t_start_ns < NS
    assert gaps[0].t_end_ns is not None
    assert abs(gaps[0].t_end_ns - let_ns) < 1.5 * NS
    samples, rate, _ = decode_audio(rig.bundle.screen_path, track=1)
    assert abs(len(samples) / rate - summary.duration_ns / NS) < 0.1
    assert np.abs(samples[: int((let_ns / NS - 0.3) * rate)]).max() < 1e-3
    assert samples[int((let_ns / NS + 1) * rate) : int((let_ns / NS + 2) * rate)].std() > 0.3


class LateMicrophone(FakeMicrophone):
    """Takes two seconds for its first sound."""

    def start(self, sink: AudioSink) -> AudioInfo:
        time.sleep(2)
        return super().start(sink)


class LateScreen(FakeScreen):
    """Takes three seconds for its first picture."""

    def open(self):  # type: ignore[no-untyped-def]
        time.sleep(3)
        return super().open()


@pytest.mark.parametrize(
    "changes", [{"screen": LateScreen()}, {"microphone": LateMicrophone()}], ids=["screen", "microphone"]
)
def test_what_starts_late_delays_the_start_of_all(tmp_path: Path, changes: dict[str, Any]) -> None:
    """Nothing runs before every source has delivered: session zero is the same for all."""
    rig = Rig(tmp_path, **changes)
    try:
        rig.start()
        wait_until(lambda: rig.recorder.status().t_ns > 2 * NS)
    finally:
        summary = rig.recorder.stop()
    assert summary.duration_ns < 20 * NS
    samples, rate, _ = decode_audio(rig.bundle.screen_path)
    assert samples[int(0.3 * rate) : int(0.8 * rate)].std() > 0.3
    assert decode_video(rig.bundle.screen_path)[0][0] == 0
    with rig.store() as store:
        assert list(store.intervals()) == []
