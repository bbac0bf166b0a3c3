"""Pictures by change, on a real X server: what is in the file is what was on the screen, whatever happened between."""

from __future__ import annotations

import contextlib
import os
import random
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from numpy.typing import NDArray
from Xlib import X
from Xlib.display import Display

from capture import screen
from capture.config import RecorderConfig, Region
from capture.encode import VideoEncoder
from capture.errors import CaptureCode, CaptureError
from capture.imaging import planes, to_i420
from capture.protocol import Degraded, Recovered
from capture.screen import x11_source
from capture.screen.mss_source import MssSource
from capture.screen.shots import Shots
from capture.screen.x11_source import X11Source
from capture.store import CaptureStore
from capture.sync import NS
from tests.integration.capture.clapper import FlashWindow
from tests.integration.capture.fakes import decode_video, wait_until
from tests.integration.capture.live import Live, xdotool
from tests.integration.capture.rig import Rig


class Painter:
    """A window above all others into which rectangles are painted."""

    def __init__(self, width: int = 1920, height: int = 1080) -> None:
        self._display = Display()
        here = self._display.screen()
        self._window = here.root.create_window(
            0, 0, width, height, 0, here.root_depth, X.InputOutput, X.CopyFromParent,
            background_pixel=0x808080, override_redirect=True,
        )  # fmt: skip
        self._gc = self._window.create_gc()
        self._window.map()
        self._display.sync()

    def paint(self, x: int, y: int, width: int, height: int, colour: int) -> None:
        self._gc.change(foreground=colour)
        self._window.fill_rectangle(self._gc, x, y, width, height)
        self._display.sync()

    def close(self) -> None:
        with contextlib.suppress(Exception):
            self._window.destroy()
            self._display.close()


@pytest.fixture
def painter() -> Iterator[Painter]:
    xdotool("mousemove", 1900, 1060)
    painter = Painter()
    yield painter
    painter.close()


@pytest.fixture
def source() -> Iterator[X11Source]:
    source = X11Source(display=0, region=None)
    yield source
    source.close()


def whole_screen(region: Region | None = None) -> NDArray[np.uint8]:
    """What is on the screen without the pointer, taken another way, as I420."""
    shots = Shots(0, region, adds_pointer=False)
    shots.open()
    try:
        return to_i420(shots.take())
    finally:
        shots.close()


def luma(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return picture[: picture.shape[0] * 2 // 3]


def settle(source: X11Source) -> screen.Frame:
    """Pictures until nothing new is in them."""
    deadline = time.monotonic() + 20
    while True:
        source.wait(0.2)
        frame = source.grab()
        if frame.box is None and frame.base is not None:
            return frame
        assert time.monotonic() < deadline


def test_system_source_goes_by_change_and_falls_back(monkeypatch: pytest.MonkeyPatch) -> None:
    assert isinstance(screen.create(RecorderConfig()), X11Source)
    monkeypatch.setattr(x11_source, "_EXTENSIONS", ("DAMAGE", "NO-SUCH-EXTENSION"))
    assert isinstance(screen.create(RecorderConfig()), MssSource)
    monkeypatch.undo()

    def refuse() -> None:
        raise OSError

    monkeypatch.setattr("Xlib.display.Display", refuse)
    assert isinstance(screen.create(RecorderConfig()), MssSource)


def test_looking_again_and_again_finds_changes_too(painter: Painter) -> None:
    source = MssSource(display=0, region=None)
    source.open()
    try:
        source.wait(10)
        first = source.grab()
        assert first.base is None
        again = source.grab()
        assert again.picture is first.picture
        assert again.box is None
        painter.paint(301, 200, 3, 5, 0xFFFFFF)
        changed = source.grab()
        assert changed.base is first.picture
        assert changed.box is not None
        x, y, width, height = changed.box
        assert 300 <= x <= 301
        assert y == 200
        assert width <= 4
        assert height <= 6
    finally:
        source.close()


@pytest.mark.parametrize("size", ["400x320", "800x600"], ids=["smaller", "larger"])
def test_a_display_looked_at_comes_back_in_another_size(monkeypatch: pytest.MonkeyPatch, size: str) -> None:
    """The file's size can't change: the new display lies in the upper left corner, and what is over is cut off."""
    server, number = start_server()
    monkeypatch.setenv("DISPLAY", f":{number}")
    source = MssSource(display=0, region=None)
    try:
        first = source.open()
        server.kill()
        server.wait()
        with pytest.raises(CaptureError):
            source.grab()
        source.close()
        server, _ = start_server(number, size)
        assert source.open() == first
        window = FlashWindow(200, 200, 100, 100)
        window.paint(white=True)
        picture = source.grab().picture
        window.close()
    finally:
        source.close()
        server.kill()
        server.wait()
    assert picture.shape == (480 * 3 // 2, 640)
    assert planes(picture)[0][210:290, 210:290].min() > 200


def test_few_pixels_are_in_the_file(live: Live, painter: Painter) -> None:
    bundle, client = live.start(mic=None)
    time.sleep(0.6)
    begun = client.now_ns()
    painter.paint(701, 301, 3, 2, 0xFFFFFF)
    time.sleep(0.8)
    client.stop()
    pictures = decode_video(bundle.screen_path)
    assert pictures[0][1][301:303, 701:704].max() < 150
    assert pictures[-1][1][301:303, 701:704].min() > 200
    with CaptureStore.open_read(bundle.capture_path) as store:
        frames = store.frames()
    (index,) = [i for i, kind in enumerate(frames.kind) if kind == "new" and frames.t_ns[i] >= begun]
    x, y, width, height = frames.box[index].tolist()
    assert x <= 701 < 704 <= x + width <= 706
    assert y <= 301 < 303 <= y + height <= 305


@pytest.mark.parametrize("region", [None, Region(101, 53, 601, 403)])
def test_random_drawing_is_in_the_pictures_to_the_bit(painter: Painter, region: Region | None) -> None:
    generator = random.Random(7)
    source = X11Source(display=0, region=region)
    try:
        info = source.open()
        shown = source.grab().picture
        for _ in range(40):
            for _ in range(generator.randrange(1, 5)):
                x, y = generator.randrange(-20, 1900), generator.randrange(-20, 1040)
                side = generator.choice((1, 2, 7, 60, 900))
                painter.paint(x, y, side, generator.choice((1, 3, side)), generator.randrange(1 << 24))
            source.wait(0.05)
            frame = source.grab()
            assert frame.base is shown
            if frame.box is None:
                assert frame.picture is shown
            else:
                x, y, width, height = frame.box
                left = luma(frame.picture) != luma(shown)
                left[y : y + height, x : x + width] = False
                assert not left.any(), "all that differs is in the box"
            shown = frame.picture
        picture = settle(source).picture
    finally:
        source.close()
    assert picture.shape == (info.height * 3 // 2, info.width)
    expected = whole_screen(region)
    if region is None:  # the pointer is in the corner of the display
        luma(picture)[1040:, 1880:] = luma(expected)[1040:, 1880:]
        assert np.array_equal(luma(picture), luma(expected))
    else:
        assert np.array_equal(picture, expected)


def test_recorded_picture_is_the_screen(live: Live, painter: Painter) -> None:
    generator = random.Random(3)
    bundle, client = live.start(mic=None, fps=30)
    for _ in range(60):
        x, y, side = generator.randrange(1800), generator.randrange(1000), generator.choice((2, 11, 80, 400))
        painter.paint(x, y, side, side, generator.randrange(1 << 24))
        time.sleep(0.02)
    time.sleep(0.8)
    expected = planes(whole_screen())
    client.stop()
    with av.open(str(bundle.screen_path)) as container:
        *_, last = container.decode(video=0)
        recorded = planes(last.to_ndarray(format="yuv420p"))
    for unit, wanted, found in zip((1, 2, 2), expected, recorded, strict=True):
        rows = slice(0, 1040 // unit)  # the pointer is below
        error = float(np.mean((wanted[rows].astype(float) - found[rows]) ** 2))
        assert 10 * np.log10(255**2 / max(error, 1e-9)) > 40


@pytest.mark.expect_log
def test_changes_dropped_under_load_are_shown_afterwards(
    tmp_path: Path, painter: Painter, monkeypatch: pytest.MonkeyPatch, source: X11Source
) -> None:
    real = VideoEncoder.encode

    def slow(*arguments: Any, **options: Any) -> Any:
        time.sleep(0.3)
        return real(*arguments, **options)

    rig = Rig(tmp_path, screen=source, microphone=None)
    monkeypatch.setattr(VideoEncoder, "encode", slow)
    rig.start()
    for number in range(60):  # each square once: what is lost with a picture would never be told again
        painter.paint(40 + number % 10 * 150, 40 + number // 10 * 150, 100, 100, 0xFFFFFF)
        time.sleep(0.04)
    time.sleep(3)
    assert rig.recorder.status().dropped > 0
    rig.recorder.stop()
    pictures = decode_video(rig.bundle.screen_path)
    with rig.store() as store:
        frames = store.frames()
    for number in range(60):
        x, y = 40 + number % 10 * 150, 40 + number // 10 * 150
        assert pictures[-1][1][y : y + 100, x : x + 100].mean() > 225
    for index in range(1, len(pictures)):
        apart = np.abs(pictures[index][1].astype(int) - pictures[index - 1][1]) > 40
        x, y, width, height = frames.box[index].tolist()
        if width > 0:
            apart[max(0, y - 2) : y + height + 2, max(0, x - 2) : x + width + 2] = False
        assert not apart.any(), "the row's box holds what the dropped pictures had changed too"


def test_pause_with_changes_in_it(tmp_path: Path, painter: Painter, source: X11Source) -> None:
    rig = Rig(tmp_path, screen=source, microphone=None)
    rig.start()
    time.sleep(0.8)
    for length in (0.0, 1.0):
        paused = rig.recorder.pause()
        painter.paint(100, 100, 300, 300, 0xFFFFFF)  # secret
        time.sleep(length)
        painter.paint(100, 100, 300, 300, 0x808080)
        painter.paint(600, 100, 300, 300, 0xF0F0F0 if length else 0xE0E0E0)
        resumed = rig.recorder.resume()
        time.sleep(0.8)
    rig.recorder.stop()
    with rig.store() as store:
        frames = store.frames()
    after = 0
    for (_, picture), kind, t_ns in zip(
        decode_video(rig.bundle.screen_path), frames.kind, frames.t_ns.tolist(), strict=True
    ):
        assert picture[110:390, 110:390].max() < 200, "nothing of the pause"
        assert (kind == "slate") <= (t_ns < resumed)
        if paused <= t_ns < resumed:
            assert kind == "slate"
        elif t_ns >= resumed:
            after += 1
            assert picture[110:390, 610:890].min() > 210, "what is on the screen after it"
    assert after


def test_pointer_alone_is_recorded(live: Live, painter: Painter) -> None:
    bundle, client = live.start(mic=None)
    time.sleep(0.6)
    xdotool("mousemove", 400, 300)
    time.sleep(0.6)
    xdotool("mousemove", 800, 600)
    time.sleep(0.8)
    client.stop()
    pictures = [picture for _, picture in decode_video(bundle.screen_path)]

    def has_pointer(picture: NDArray[np.uint8], x: int, y: int) -> bool:
        return bool(picture[y - 12 : y + 24, x - 12 : x + 24].std() > 3)

    assert not has_pointer(pictures[0], 400, 300)
    assert any(has_pointer(picture, 400, 300) for picture in pictures)
    assert has_pointer(pictures[-1], 800, 600)
    assert not has_pointer(pictures[-1], 400, 300), "it leaves no trace"


def test_pointer_of_another_shape_is_drawn_anew(source: X11Source, painter: Painter) -> None:
    xdotool("mousemove", 400, 300)
    source.open()
    before = settle(source).picture
    font = painter._display.open_font("cursor")
    cursor = font.create_glyph_cursor(font, 52, 53, (0, 0, 0), (65535, 0, 0))
    painter._window.change_attributes(cursor=cursor)
    painter._display.sync()
    after = settle(source).picture
    assert (luma(before)[280:330, 380:430] != luma(after)[280:330, 380:430]).any()


@pytest.mark.expect_log
def test_what_is_drawn_in_silence_shows_within_five_seconds(source: X11Source, painter: Painter) -> None:
    """A server that tells of nothing is looked at all the time from then on."""
    source.open()
    settle(source)
    source._x.damage_destroy(source._damage)
    source._x.sync()
    for colour, level in ((0xFFFFFF, 235), (0x000000, 16)):
        painter.paint(300, 300, 200, 100, colour)
        painted = time.monotonic()
        while luma(source.grab().picture)[350, 350] != level:
            source.wait(0.1)
            assert time.monotonic() - painted < 5.5
    painter.paint(300, 300, 200, 100, 0x808080)
    source.wait(10)
    assert 20 < luma(source.grab().picture)[350, 350] < 230, "at once"


def test_waiting_ends_by_a_change_by_waking_and_in_time(source: X11Source, painter: Painter) -> None:
    source.open()
    settle(source)
    threading.Timer(0.2, painter.paint, (5, 5, 1, 1, 0xFFFFFF)).start()
    started = time.monotonic()
    source.wait(30)
    assert time.monotonic() - started < 15
    settle(source)
    threading.Timer(0.2, source.wake).start()
    source.wait(30)
    assert time.monotonic() - started < 25
    source.wait(0.1)
    assert settle(source).box is None


def test_waking_a_source_that_is_being_closed(source: X11Source) -> None:
    stop = threading.Event()
    errors: list[BaseException] = []

    def wake() -> None:
        try:
            while not stop.is_set():
                source.wake()
        except BaseException as error:
            errors.append(error)
            raise

    source.wake()
    thread = threading.Thread(target=wake)
    thread.start()
    try:
        for _ in range(15):
            source.open()
            source.close()
            source.close()
    finally:
        stop.set()
        thread.join()
    assert not errors
    source.wake()
    with pytest.raises(CaptureError) as caught:
        source.wait(0.1)
    assert caught.value.code is CaptureCode.NO_DISPLAY


def start_server(number: int | None = None, size: str = "640x480") -> tuple[subprocess.Popen[bytes], int]:
    """A server of a number that nobody else is given meanwhile: servers that choose for themselves begin at 0."""
    for wanted in random.sample(range(1000, 30000), 20) if number is None else [number]:
        read_end, write_end = os.pipe()
        server = subprocess.Popen(
            ["Xvfb", f":{wanted}", "-displayfd", str(write_end), "-screen", "0", f"{size}x24", "-nolisten", "tcp",
             "-noreset"],
            pass_fds=(write_end,),
            stderr=subprocess.DEVNULL,
        )  # fmt: skip
        os.close(write_end)
        with os.fdopen(read_end) as pipe:
            if pipe.readline().strip():
                return server, wanted
        server.kill()
        server.wait()
    pytest.fail("Xvfb doesn't start")


@pytest.mark.parametrize("size", ["640x480", "400x320"], ids=["as it was", "smaller"])
def test_server_gone_and_back(live: Live, monkeypatch: pytest.MonkeyPatch, size: str) -> None:
    server, number = start_server()
    monkeypatch.setenv("DISPLAY", f":{number}")
    try:
        bundle, client = live.start(mic=None)
        time.sleep(0.8)
        server.kill()
        server.wait()
        wait_until(lambda: "screen" in {event.stream for event in live.of(Degraded)})
        time.sleep(0.6)
        server, _ = start_server(number, size)
        wait_until(lambda: "screen" in {event.stream for event in live.of(Recovered)}, 40)
        window = FlashWindow(200, 200, 100, 100)
        window.paint(white=True)
        time.sleep(1)
        summary = client.stop()
        window.close()
    finally:
        server.kill()
        server.wait()
    with CaptureStore.open_read(bundle.capture_path) as store:
        frames = store.frames()
        (gap,) = [interval for interval in store.intervals() if interval.stream == "screen"]
    assert gap.t_end_ns is not None
    assert summary.duration_ns - gap.t_end_ns > NS // 2
    assert "slate" in frames.kind
    assert frames.kind[-1] in {"new", "repeat"}
    last = decode_video(bundle.screen_path)[-1][1]
    assert last[210:290, 210:290].min() > 200
