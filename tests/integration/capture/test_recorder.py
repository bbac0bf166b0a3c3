"""The recorder with sources whose truth is known: what they show, say and do is what the bundle tells."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from capture.clock import perf_ns
from capture.encode import AudioEncoder
from capture.errors import CaptureCode, CaptureError
from capture.events import Button, ButtonState, Mark, MarkKind, PointerMove
from capture.manifest import BundleState
from capture.mux import LIVE_OPTIONS
from capture.protocol import Finalized, RecorderState, Status
from capture.sync import NS
from tests.integration.capture.fakes import (
    decode_audio,
    decode_video,
)
from tests.integration.capture.rig import Rig


def test_a_session_is_whole(rig: Rig) -> None:
    rig.recorder.prepare()
    assert rig.recorder.state is RecorderState.READY
    assert not rig.bundle.has_data(), "nothing is written before the start"
    rig.recorder.start()
    assert rig.bundle.is_recording()
    assert rig.bundle.manifest().state is BundleState.RECORDING
    for grey in (60, 90, 120):
        time.sleep(0.3)
        rig.screen.paint(grey)
    time.sleep(0.3)
    summary = rig.recorder.stop()
    assert rig.recorder.stop() == summary, "asking again is fine"
    assert rig.of(Finalized) == [Finalized(summary)]
    assert not rig.bundle.is_recording()

    manifest = rig.bundle.manifest()
    assert manifest.state is BundleState.FINALIZED
    assert manifest.duration_ns == summary.duration_ns
    assert {info.name for info in manifest.files} == {"screen.mp4", "capture.sqlite3"}
    assert all(info.size == (rig.bundle.path / info.name).stat().st_size for info in manifest.files)

    pictures = decode_video(rig.bundle.screen_path)
    with rig.store() as store:
        frames = store.frames()
    assert [pts for pts, _ in pictures] == frames.pts.tolist(), "the table names exactly the frames of the file"
    assert frames.pts[0] == 0
    assert len(frames) == summary.frames
    shown = [int(picture.mean()) for _, picture in pictures]
    assert np.abs(np.diff(shown)).astype(bool).sum() == 3
    # A frame is found by its time: what was painted shows in the first picture taken after it.
    clock = rig.recorder.clock
    assert clock is not None
    for stamp, grey in rig.screen.painted:
        index = int(np.searchsorted(frames.t_ns, clock.of_perf_ns(stamp)))
        assert frames.kind[index] == "new"
        assert abs(shown[index] - grey) <= 2
        assert frames.box[index].tolist() == [0, 0, 320, 240]
    samples, rate, _ = decode_audio(rig.bundle.screen_path)
    assert abs(len(samples) / rate - summary.duration_ns / NS) < 0.05
    assert np.sqrt(np.mean(samples[rate // 10 :] ** 2)) == pytest.approx(0.5 / 2**0.5, rel=0.1)


def test_files_are_private_and_nothing_else_is_left(rig: Rig) -> None:
    rig.start()
    time.sleep(0.3)
    rig.recorder.stop()
    files = {path.name: path.stat().st_mode & 0o777 for path in rig.bundle.path.iterdir() if path.is_file()}
    assert files == dict.fromkeys(["manifest.json", "capture.sqlite3", "screen.mp4", "recorder.lock"], 0o600)
    folders = {path.name: path.stat().st_mode & 0o777 for path in rig.bundle.path.iterdir() if path.is_dir()}
    assert folders == dict.fromkeys(["logs", "transcripts", "derived", "evidence"], 0o700)


def test_pause_keeps_nothing(rig: Rig) -> None:
    """Before and after are there; of the pause itself there is a slate, silence, and no event."""
    rig.screen.paint(60)
    rig.start()
    time.sleep(0.8)
    rig.input.sink(PointerMove(perf_ns(), 1, 1))
    paused = rig.recorder.pause()
    rig.screen.paint(255)
    late = PointerMove(perf_ns(), 7, 7)
    for number in range(10):
        rig.input.sink(Button(perf_ns(), number, 7, "left", ButtonState.DOWN))
        time.sleep(0.1)
    note = rig.recorder.add_mark(Mark("", -1, -1, MarkKind.NOTE, body="what the moderator writes is kept"))
    rig.screen.paint(90)
    resumed = rig.recorder.resume()
    rig.input.sink(late)
    time.sleep(0.8)
    rig.input.sink(PointerMove(perf_ns(), 2, 2))
    time.sleep(0.1)
    rig.recorder.stop()

    with rig.store() as store:
        (interval,) = store.intervals()
        assert (interval.kind, interval.t_start_ns, interval.t_end_ns) == ("pause", paused, resumed)
        assert [event.x for event in store.events() if isinstance(event, PointerMove)] == [1, 2]
        assert store.event_counts() == {"move": 2}
        assert [mark.id for mark in store.marks()] == [note.id]
        frames = store.frames()
    pictures = decode_video(rig.bundle.screen_path)
    slate_level = int(pictures[int(np.searchsorted(frames.t_ns, paused))][1][0, 0])
    in_pause = 0
    for (_, picture), kind, t_ns in zip(pictures, frames.kind, frames.t_ns.tolist(), strict=True):
        assert picture.max() < 200, "what was shown in the pause is nowhere in the file"
        if paused <= t_ns < resumed:
            in_pause += 1
            assert kind == "slate"
            assert abs(int(picture[0, 0]) - slate_level) <= 2
        else:
            assert kind != "slate"
    assert in_pause >= 2
    first_slate = frames.t_ns[list(frames.kind).index("slate")]
    assert first_slate - paused < NS // 2, "the picture before is not left standing"
    samples, rate, _ = decode_audio(rig.bundle.screen_path)
    inside = samples[int(paused / NS * rate) : int(resumed / NS * rate)]
    assert np.abs(inside).max() < 0.02, "in the first AAC frame the sound before rings out"
    assert np.abs(inside[rate // 20 :]).max() < 1e-3
    before = samples[int((paused / NS - 0.4) * rate) : int((paused / NS - 0.1) * rate)]
    after = samples[int((resumed / NS + 0.15) * rate) : int((resumed / NS + 0.5) * rate)]
    assert before.std() > 0.3
    assert after.std() > 0.3


def test_still_picture_is_repeated_so_that_a_crash_loses_little(rig: Rig) -> None:
    rig.start()
    time.sleep(2.6)
    rig.recorder.stop()
    with rig.store() as store:
        frames = store.frames()
    assert set(frames.kind[2:]) == {"repeat"}
    assert np.diff(frames.t_ns).max() < 0.8 * NS
    assert 4 <= len(frames) <= 10, "and no more than that"


def test_commands_in_the_wrong_state_are_refused(rig: Rig) -> None:
    def code(command: Any) -> CaptureCode:
        with pytest.raises(CaptureError) as caught:
            command()
        return caught.value.code

    recorder = rig.recorder
    assert code(recorder.start) is CaptureCode.RECORDER_REFUSED
    recorder.prepare()
    assert code(recorder.prepare) is CaptureCode.RECORDER_REFUSED
    assert code(recorder.pause) is CaptureCode.RECORDER_REFUSED
    assert code(lambda: recorder.add_mark(Mark("", 0, 0, MarkKind.MARK))) is CaptureCode.RECORDER_REFUSED
    recorder.start()
    assert code(recorder.resume) is CaptureCode.RECORDER_REFUSED
    recorder.pause()
    assert code(recorder.pause) is CaptureCode.RECORDER_REFUSED
    recorder.stop()
    assert code(recorder.start) is CaptureCode.RECORDER_REFUSED


def test_stop_in_a_pause_ends_it(rig: Rig) -> None:
    rig.start()
    time.sleep(0.3)
    rig.recorder.pause()
    summary = rig.recorder.stop()
    with rig.store() as store:
        assert [interval.t_end_ns for interval in store.intervals()] == [summary.duration_ns]


def test_marks_get_the_moment_that_is_meant(rig: Rig) -> None:
    rig.start()
    time.sleep(0.5)
    earlier = rig.recorder.add_mark(Mark("", 100, -1, MarkKind.MARK))
    future = rig.recorder.add_mark(Mark("", 10**15, 10**15, MarkKind.MARK))
    now = rig.recorder.status().t_ns
    assert earlier.t_ns == 100
    assert 0 < earlier.t_pressed_ns <= now
    assert future.t_ns <= now, "nothing lies after now"
    assert earlier.id
    assert earlier.id != future.id


def test_status_tells_how_it_goes(rig: Rig) -> None:
    rig.start()
    rig.screen.before_grab = lambda: rig.screen.paint(40 + rig.screen.grabs % 100)
    time.sleep(2.5)
    status = rig.recorder.status()
    told = [event for event in rig.of(Status) if event.state is RecorderState.RECORDING]
    assert len(told) >= 10
    assert status.fps > 10
    assert status.frames > 20
    mic, screen = status.of("mic"), status.of("screen")
    assert mic is not None
    assert mic.level is not None
    assert 0.8 < mic.level < 1
    assert mic.peak is not None
    assert mic.peak >= mic.level
    assert mic.age_ns is not None
    assert mic.age_ns < NS
    assert screen is not None
    assert screen.age_ns is not None
    assert screen.age_ns < NS
    assert status.bytes_written > 0
    assert status.reasons == ()


def test_recording_without_a_microphone(tmp_path: Path) -> None:
    rig = Rig(tmp_path, microphone=None)
    rig.start()
    time.sleep(0.5)
    assert rig.recorder.status().of("mic") is None
    rig.recorder.stop()
    with av.open(str(rig.bundle.screen_path)) as container:
        assert [stream.type for stream in container.streams] == ["video"]


@pytest.mark.timeout(900)
@pytest.mark.parametrize("ppm", [-300, 300])
@pytest.mark.parametrize("minutes", [5, pytest.param(120, marks=pytest.mark.long)])
def test_drifting_sound_clock_stays_in_step(
    tmp_path: Path, ppm: int, minutes: int, record_property: Callable[[str, object], None]
) -> None:
    """Ticks every 10 s from a clock 300 ppm off, for simulated minutes: each within 10 ms of its moment to the end."""
    from capture.sync import AudioTimestamper

    rate = 48_000
    path = tmp_path / "a.mp4"
    with av.open(str(path), "w", format="mp4", options=LIVE_OPTIONS) as container:
        encoder = AudioEncoder(container, "mic")
        container.start_encoding()
        stamper = AudioTimestamper(rate)
        block = 4800
        real_rate = rate * (1 + ppm / 1e6)
        for number in range(int(minutes * 60 * real_rate / block)):
            index = np.arange(number * block, (number + 1) * block)
            moment = index / real_rate
            samples = np.where(np.mod(moment, 10) < 0.02, 0.8 * np.sin(moment * 2 * np.pi * 1000), 0)
            begin = round(number * block / real_rate * NS)
            end = round((number + 1) * block / real_rate * NS)
            stamped = stamper.stamp(begin, end, block)
            container.mux(encoder.encode(samples.astype(np.float32), rate, max(0, stamped.t_ns)))
        container.mux(encoder.flush())
    samples, _, _ = decode_audio(path)
    worst = 0.0
    for tick in range(10, minutes * 60 - 10, 10):
        window = np.abs(samples[int((tick - 0.5) * rate) : int((tick + 0.5) * rate)])
        onset = tick - 0.5 + int(np.flatnonzero(window > 0.2)[0]) / rate
        assert abs(onset - tick) < 0.010, f"{(onset - tick) * 1000:.1f} ms off at {tick} s"
        worst = max(worst, abs(onset - tick))
    record_property("seen", f"{ppm:+d} ppm over {minutes} min: {worst * 1000:.1f} ms off at most")


def test_wall_clock_set_back_leaves_one_time_line(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    """NTP or the user sets the clock back an hour: session time goes on, and the anchors show the step."""
    real, shift = time.time_ns, [0]
    monkeypatch.setattr("time.time_ns", lambda: real() + shift[0])
    rig.start()
    time.sleep(1.3)
    shift[0] = -3600 * NS
    time.sleep(1.5)
    summary = rig.recorder.stop()
    assert 2 * NS < summary.duration_ns < 30 * NS
    with rig.store() as store:
        times = store.frames().t_ns
        anchors = store._connection.execute("SELECT t_ns, utc_ns FROM clock_anchor ORDER BY rowid").fetchall()
    assert (np.diff(times) > 0).all()
    offsets = [utc - t for t, utc in anchors]
    assert 3599 * NS < offsets[0] - offsets[-1] < 3601 * NS
    started = datetime.fromisoformat(rig.bundle.manifest().started_utc)
    assert abs(started.timestamp() - offsets[0] / NS) < 1
