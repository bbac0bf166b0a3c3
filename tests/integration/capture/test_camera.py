"""The webcam beside the screen: a file of its own on the same clock, and nothing else suffers from it."""

from __future__ import annotations

import errno
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from capture.camera.stage import LATE_NS
from capture.errors import CaptureCode, CaptureError
from capture.manifest import BundleState
from capture.protocol import Degraded, Failed, Finalized, Recovered
from capture.recorder import Recorder
from capture.sync import NS
from tests.integration.capture.fakes import FakeCamera, FakeInput, FakeScreen, decode_video, wait_until
from tests.integration.capture.rig import Rig

TICKS = 90_000


@pytest.fixture
def camera() -> Iterator[FakeCamera]:
    camera = FakeCamera()
    yield camera
    camera.free.set()


@pytest.fixture
def filmed(tmp_path: Path, camera: FakeCamera) -> Iterator[Rig]:
    rig = Rig(tmp_path, camera=camera, microphone=None)
    yield rig
    camera.free.set()
    if not rig.recorder.ended.is_set():
        rig.recorder.stop()


def session_time(rig: Rig) -> int:
    return rig.recorder.status().t_ns


def run_on(rig: Rig, seconds: float) -> None:
    """Lets session time pass, however slow the machine."""
    end = session_time(rig) + round(seconds * NS)
    wait_until(lambda: session_time(rig) >= end)


def grey_at(pictures: list[tuple[int, NDArray[np.uint8]]], t_ns: int) -> float:
    """The grey shown at a moment."""
    shown = [picture for pts, picture in pictures if pts * NS // TICKS <= t_ns]
    return float(shown[-1].mean())


def camera_file(rig: Rig) -> list[tuple[int, NDArray[np.uint8]]]:
    return decode_video(rig.bundle.camera_path)


def boxes(path: Path) -> list[str]:
    """The outermost parts of an MP4."""
    data, at, found = path.read_bytes(), 0, []
    while at + 8 <= len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        found.append(data[at + 4 : at + 8].decode())
        if size == 1:
            size = int.from_bytes(data[at + 8 : at + 16], "big")
        at += max(size, 8)
    return found


def test_the_camera_is_a_file_of_its_own_on_the_same_clock(filmed: Rig, camera: FakeCamera) -> None:
    filmed.start()
    run_on(filmed, 2.5)
    status = filmed.recorder.status().of("camera")
    assert status is not None
    assert status.code is None
    assert status.age_ns is not None
    assert status.age_ns < NS
    assert status.fps
    assert "moof" in boxes(filmed.bundle.camera_path), "fragmented while it is written"
    summary = filmed.recorder.stop()

    with av.open(str(filmed.bundle.camera_path)) as container:
        assert [stream.type for stream in container.streams] == ["video"]
    assert "moof" not in boxes(filmed.bundle.camera_path), "an ordinary MP4, no longer fragmented"
    assert filmed.bundle.camera_path.stat().st_mode & 0o777 == 0o600
    manifest = filmed.bundle.manifest()
    assert {info.name for info in manifest.files} == {"screen.mp4", "camera.mp4", "capture.sqlite3"}
    (stream,) = [stream for stream in manifest.streams if stream.kind == "camera"]
    assert (stream.id, stream.file, stream.format["width"], stream.format["height"]) == (5, "camera.mp4", 160, 120)
    with filmed.store() as store:
        frames, screen = store.frames(stream.id), store.frames()
    pictures = camera_file(filmed)
    assert [pts for pts, _ in pictures] == frames.pts.tolist(), "the table names exactly the frames of the file"
    assert frames.pts[0] == 0
    assert abs(frames.t_ns[-1] - summary.duration_ns) < NS // 1000, "it shows to the very end"
    assert np.abs(frames.pts * NS // TICKS - frames.t_ns).max() < 20_000
    assert summary.frames == len(screen), "the screen's frames are what is counted"
    assert len(camera.threads) == 1, "a camera is only ever touched by one thread"


def test_a_flash_is_at_one_moment_in_both_files(filmed: Rig, camera: FakeCamera) -> None:
    filmed.start()
    run_on(filmed, 1)
    for grey in (220, 40, 220):
        filmed.screen.paint(grey)
        camera.paint(grey)
        run_on(filmed, 0.8)
    filmed.recorder.stop()

    def changes(path: Path) -> list[int]:
        pictures = decode_video(path)
        bright = [picture.mean() > 120 for _, picture in pictures]
        return [pictures[i][0] for i in range(1, len(pictures)) if bright[i] != bright[i - 1]]

    on_screen, on_camera = changes(filmed.bundle.screen_path), changes(filmed.bundle.camera_path)
    assert len(on_screen) == len(on_camera) == 3
    with filmed.store() as store:
        longest = int(max(np.diff(store.frames(5).pts).max(), np.diff(store.frames().pts).max()))
    for one, other in zip(on_screen, on_camera, strict=True):
        assert abs(one - other) <= max(longest, TICKS // 15), "within one frame of each other"


def test_no_more_than_fifteen_a_second_is_asked_of_the_real_back_end(tmp_path: Path) -> None:
    source = make_film(tmp_path / "film.mp4", seconds=3)
    from capture.camera.opencv_source import OpenCvCamera

    camera = OpenCvCamera(str(source))
    info = camera.open()
    stamps = [camera.grab().perf_ns for _ in range(12)]
    camera.close()
    assert (info.width, info.height) == (160, 120)
    assert (stamps[-1] - stamps[0]) / 11 > 0.9 * NS / 15


def test_a_pause_shows_a_slate_and_keeps_nothing(filmed: Rig, camera: FakeCamera) -> None:
    camera.paint(60)
    filmed.start()
    run_on(filmed, 0.8)
    paused = filmed.recorder.pause()
    camera.paint(255)
    run_on(filmed, 1)
    camera.paint(60)
    resumed = filmed.recorder.resume()
    run_on(filmed, 1)
    filmed.recorder.stop()
    with filmed.store() as store:
        frames = store.frames(5)
    pictures = camera_file(filmed)
    in_pause = 0
    for (_, picture), kind, t_ns in zip(pictures, frames.kind, frames.t_ns.tolist(), strict=True):
        assert picture.max() < 200, "what the camera saw in the pause is nowhere in the file"
        if paused <= t_ns < resumed:
            in_pause += 1
            assert kind == "slate"
        elif t_ns < paused:
            assert kind != "slate"
    assert in_pause >= 2
    assert frames.kind[-2] == "new", "afterwards it goes on"


def test_a_picture_just_after_a_pause_may_show_the_pause(filmed: Rig, camera: FakeCamera) -> None:
    """A camera hands over what it saw a moment ago."""
    filmed.start()
    run_on(filmed, 0.5)
    filmed.recorder.pause()
    camera.paint(255)
    run_on(filmed, 0.5)
    resumed = filmed.recorder.resume()
    time.sleep(0.1)  # what a camera may be late
    camera.paint(60)
    run_on(filmed, 0.8)
    filmed.recorder.stop()
    assert max(picture.max() for _, picture in camera_file(filmed)) < 200
    assert abs(grey_at(camera_file(filmed), resumed + 7 * NS // 10) - 60) < 4


@pytest.mark.parametrize("code", [CaptureCode.NO_CAMERA, CaptureCode.CAMERA_UNKNOWN, CaptureCode.CAMERA_BUSY])
def test_a_camera_that_is_refused_refuses_the_recording(filmed: Rig, camera: FakeCamera, code: CaptureCode) -> None:
    camera.refusal = code
    with pytest.raises(CaptureError) as caught:
        filmed.recorder.prepare()
    assert caught.value.code is code
    assert not filmed.bundle.path.exists()


@pytest.mark.expect_log
def test_a_camera_that_gives_no_first_picture_refuses_the_recording(
    filmed: Rig, camera: FakeCamera, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("capture.streams.FIRST_DATA_TIMEOUT_S", 1.0)
    camera.free.clear()
    with pytest.raises(CaptureError) as caught:
        filmed.recorder.prepare()
    assert caught.value.code is CaptureCode.NO_CAMERA
    assert not filmed.bundle.path.exists()


@pytest.mark.expect_log
def test_an_unplugged_camera_is_a_slate_until_it_is_back(filmed: Rig, camera: FakeCamera) -> None:
    filmed.start()
    run_on(filmed, 0.6)
    camera.is_lost = True
    wait_until(lambda: filmed.of(Degraded))
    assert (filmed.of(Degraded)[0].stream, filmed.of(Degraded)[0].code) == ("camera", CaptureCode.NO_CAMERA)
    status = filmed.recorder.status()
    told = status.of("camera")
    assert told is not None
    assert told.code is CaptureCode.NO_CAMERA
    frames_then = status.frames
    run_on(filmed, 1.2)
    assert filmed.recorder.status().frames > frames_then, "the screen goes on"
    camera.is_lost = False
    camera.paint(200)
    wait_until(lambda: filmed.of(Recovered))
    run_on(filmed, 0.6)
    filmed.recorder.stop()
    assert camera.opens == 2
    with filmed.store() as store:
        (gap,) = store.intervals()
        frames = store.frames(5)
    assert (gap.kind, gap.stream, gap.reason) == ("gap", "camera", "no_camera")
    assert gap.t_end_ns is not None
    inside = [
        kind
        for kind, t_ns in zip(frames.kind, frames.t_ns.tolist(), strict=True)
        if gap.t_start_ns + NS // 10 < t_ns < gap.t_end_ns - NS // 10
    ]
    assert set(inside) == {"slate"}
    assert len(inside) >= 2
    assert abs(camera_file(filmed)[-1][1].mean() - 200) < 4


@pytest.mark.expect_log
def test_a_hanging_camera_holds_up_nothing(filmed: Rig, camera: FakeCamera) -> None:
    filmed.start()
    run_on(filmed, 0.5)
    camera.free.clear()
    hung_ns = session_time(filmed)
    wait_until(lambda: filmed.of(Degraded))
    with filmed.store() as store:
        (gap,) = store.intervals()
    assert gap.t_start_ns >= hung_ns + LATE_NS - NS // 2
    filmed.screen.before_grab = lambda: filmed.screen.paint(40 + filmed.screen.grabs % 100)
    run_on(filmed, 1)
    status = filmed.recorder.status()
    assert status.fps > 5
    summary = filmed.recorder.stop()  # with the read still hanging
    assert "camera-grab" in {thread.name for thread in threading.enumerate()}
    assert filmed.bundle.manifest().state is BundleState.FINALIZED
    pictures = camera_file(filmed)
    assert abs(pictures[-1][0] * NS // TICKS - summary.duration_ns) < NS // 100
    camera.free.set()


@pytest.mark.expect_log
def test_a_camera_back_from_a_hang_goes_on(filmed: Rig, camera: FakeCamera) -> None:
    filmed.start()
    camera.free.clear()
    wait_until(lambda: filmed.of(Degraded))
    camera.free.set()
    wait_until(lambda: filmed.of(Recovered))
    run_on(filmed, 0.3)
    filmed.recorder.stop()
    with filmed.store() as store:
        assert store.frames(5).kind[-2] == "new"


class _Failing:
    """A container whose disk says no."""

    def __init__(self, container: Any, code: int) -> None:
        self.container, self.code = container, code

    def mux(self, packet: object) -> None:
        raise OSError(self.code, "no")

    def close(self) -> None:
        raise OSError(self.code, "no")


def break_camera_file(rig: Rig, code: int, monkeypatch: pytest.MonkeyPatch) -> None:
    streams = rig.recorder._streams
    assert streams is not None
    assert streams.camera is not None
    mux = streams.camera._mux
    assert mux is not None
    monkeypatch.setattr(mux, "_container", _Failing(mux._container, code))


@pytest.mark.expect_log
def test_a_broken_camera_file_leaves_the_screen(filmed: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    filmed.start()
    run_on(filmed, 0.5)
    break_camera_file(filmed, errno.EIO, monkeypatch)
    wait_until(lambda: filmed.of(Degraded))
    assert filmed.of(Degraded)[0].stream == "camera"
    run_on(filmed, 2.5)
    assert not filmed.recorder.ended.is_set()
    assert not filmed.of(Recovered), "a file that fails doesn't come back"
    filmed.screen.paint(200)
    run_on(filmed, 0.4)
    summary = filmed.recorder.stop()
    assert len(filmed.of(Finalized)) == 1
    assert filmed.bundle.manifest().state is BundleState.FINALIZED
    pictures = decode_video(filmed.bundle.screen_path)
    assert abs(pictures[-1][1].mean() - 200) < 4
    assert abs(pictures[-1][0] * NS // TICKS - summary.duration_ns) < NS // 100
    with filmed.store() as store:
        (gap,) = store.intervals()
    assert (gap.stream, gap.t_end_ns) == ("camera", summary.duration_ns)


@pytest.mark.expect_log
def test_a_full_disk_ends_the_recording(filmed: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    filmed.start()
    run_on(filmed, 0.5)
    break_camera_file(filmed, errno.ENOSPC, monkeypatch)
    assert filmed.recorder.ended.wait(30)
    assert [event.code for event in filmed.of(Failed)] == [CaptureCode.DISK_FULL]


def test_the_real_back_end_reads_what_opencv_can_open(tmp_path: Path) -> None:
    """A film stands for the camera, which this machine lacks: OpenCV opens it by the same call."""
    film = make_film(tmp_path / "film.mp4", seconds=20)
    rig = real_rig(tmp_path, str(film))
    rig.recorder.prepare()
    rig.recorder.start()
    run_on(rig, 2)
    rig.recorder.stop()
    pictures = decode_video(rig.bundle.camera_path)
    shown = [picture.mean() for _, picture in pictures]
    assert max(shown) - min(shown) > 20, "the film's own pictures"
    assert len(pictures) > 10
    with rig.store() as store:
        (camera,) = [stream for stream in store.streams() if stream.kind == "camera"]
    assert (camera.format["width"], camera.format["height"]) == (160, 120)


@pytest.mark.expect_log
def test_the_real_back_end_tells_of_the_end_and_opens_again(tmp_path: Path) -> None:
    film = make_film(tmp_path / "film.mp4", seconds=2)
    rig = real_rig(tmp_path, str(film))
    rig.recorder.prepare()
    rig.recorder.start()
    wait_until(lambda: rig.of(Degraded))
    assert rig.of(Degraded)[0].code is CaptureCode.NO_CAMERA
    wait_until(lambda: rig.of(Recovered))
    rig.recorder.stop()


@pytest.mark.parametrize(
    ("camera", "code"),
    [
        ("/dev/video97", CaptureCode.NO_CAMERA),
        ("97", CaptureCode.NO_CAMERA),
        ("no-such-film.mp4", CaptureCode.CAMERA_UNKNOWN),
    ],
)
def test_the_real_back_end_tells_why_it_cannot(tmp_path: Path, camera: str, code: CaptureCode) -> None:
    rig = real_rig(tmp_path, camera)
    with pytest.raises(CaptureError) as caught:
        rig.recorder.prepare()
    assert (caught.value.code, caught.value.detail) == (code, camera)


def test_another_camera_of_another_size_is_fitted_in() -> None:
    from capture.camera.opencv_source import _fitted

    fitted = _fitted(np.full((100, 100, 3), 200, np.uint8), 160, 120)
    assert fitted.shape == (120, 160, 3)
    assert fitted[60, 80].tolist() == [200, 200, 200]
    assert fitted[60, 5].tolist() == [38, 38, 38]


def real_rig(folder: Path, camera: str) -> Rig:
    """Screen and input are fakes, the camera is opened by the back-end for this system."""
    from capture import camera as cameras

    rig = Rig(folder, microphone=None, screen=FakeScreen(), input=FakeInput())
    sources = rig.recorder._sources
    assert sources is not None
    rig.recorder = Recorder(
        rig.bundle, rig.config, rig.events.append, sources=replace(sources, camera=cameras.create(camera))
    )
    return rig


def make_film(path: Path, *, seconds: float) -> Path:
    """A film that grows brighter and starts over each second."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=30, options={"preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = 160, 120, "yuv420p"
        for number in range(round(seconds * 30)):
            picture = np.full((180, 160), 128, np.uint8)
            picture[:120] = 40 + number % 30 * 6
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="yuv420p")))
        container.mux(stream.encode(None))
    return path
