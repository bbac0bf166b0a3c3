"""The Wayland screen source, run on X11: the child, Qt's capture and the messages are the same, the portal isn't."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from capture.errors import CaptureCode, CaptureError
from capture.imaging import planes
from capture.protocol import Degraded, Recovered
from capture.screen import Frame, qt_source
from capture.screen.qt_source import QtSource
from capture.sync import NS
from tests.integration.capture.clapper import FlashWindow
from tests.integration.capture.fakes import decode_video, wait_until
from tests.integration.capture.rig import Rig
from tests.integration.capture.test_x11_source import start_server

INSIDE = (slice(210, 290), slice(210, 290))


@pytest.fixture(autouse=True)
def qt_on_x11(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QT_QPA_PLATFORM", "xcb")


@pytest.fixture
def source() -> Iterator[QtSource]:
    made = QtSource()
    yield made
    made.close()


@pytest.fixture
def window() -> Iterator[FlashWindow]:
    made = FlashWindow(200, 200, 100, 100)
    yield made
    made.close()


def shows(frame: Frame, level: int) -> bool:
    inside = planes(frame.picture)[0][INSIDE]
    return bool(abs(int(inside.min()) - level) < 8 and abs(int(inside.max()) - level) < 8)


def grab_until(source: QtSource, level: int) -> Frame:
    end = time.monotonic() + 20
    while time.monotonic() < end:
        source.wait(0.1)
        if shows(frame := source.grab(), level):
            return frame
    raise AssertionError("the picture never came")


def test_what_is_drawn_is_in_the_picture_with_the_box_that_changed(source: QtSource, window: FlashWindow) -> None:
    info = source.open()
    assert (info.width, info.height) == (1920, 1080)
    window.paint(white=False)
    before = grab_until(source, 16).picture
    window.paint(white=True)
    frame = grab_until(source, 235)
    assert frame.base is before
    assert frame.box == (200, 200, 100, 100)
    while (frame := source.grab()).box is not None:
        source.wait(0.1)
    assert source.grab().picture is frame.picture, "what stands still is the same picture"
    layout = source.take_layout()
    assert layout is not None
    assert (layout[1].recorded.width, layout[1].recorded.height) == (1920, 1080)


def test_a_picture_drawn_in_a_pause_does_not_come_after_it(source: QtSource, window: FlashWindow) -> None:
    source.open()
    window.paint(white=False)
    grab_until(source, 16)
    for _ in range(5):
        window.paint(white=True)  # seen in the pause …
        time.sleep(0.1)
        source.refresh()
        window.paint(white=False)  # … and gone when it ends
        assert shows(source.grab(), 16)


def test_a_whole_recording(tmp_path: Path, window: FlashWindow, source: QtSource) -> None:
    window.paint(white=False)
    rig = Rig(tmp_path, screen=source)
    rig.start()
    time.sleep(0.7)
    window.paint(white=True)
    wait_until(lambda: rig.recorder._session.now_ns() > 2 * NS)
    rig.recorder.stop()
    pictures = decode_video(rig.bundle.screen_path)
    assert pictures[0][1][INSIDE].max() < 40
    assert pictures[-1][1][INSIDE].min() > 215
    with rig.store() as store:
        rows = store.frames()
    assert [200, 200, 100, 100] in rows.box.tolist()


@pytest.mark.expect_log
def test_a_desktop_that_goes_leaves_the_sound(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: QtSource
) -> None:
    """Qt ends its program with the server: that must not be the recorder."""
    server, number = start_server()
    monkeypatch.setenv("DISPLAY", f":{number}")
    try:
        rig = Rig(tmp_path, screen=source)
        rig.start()
        time.sleep(0.5)
        server.kill()
        server.wait()
        wait_until(lambda: CaptureCode.NO_DISPLAY in {event.code for event in rig.of(Degraded)}, 20)
        time.sleep(0.5)
        server, _ = start_server(number)
        wait_until(lambda: bool(rig.of(Recovered)), 40)
        rig.recorder.stop()
    finally:
        server.kill()
        server.wait()
    with rig.store() as store:
        assert "slate" in store.frames().kind
        assert any(interval.stream == "screen" for interval in store.intervals())


def test_another_size_lies_in_the_corner(source: QtSource) -> None:
    """What the user shares may grow and shrink; the file's size can't."""
    source.open()
    source._size = (640, 480)  # as if a smaller window had been shared at first
    source._shape = (0, 0)
    end = time.monotonic() + 20
    while (frame := source.grab()).picture.shape != (480 * 3 // 2, 640):
        assert time.monotonic() < end
        source.wait(0.1)
    assert frame.base is None, "nothing to compare it with"


def test_no_answer_is_a_no_and_is_not_asked_again_at_once(monkeypatch: pytest.MonkeyPatch, source: QtSource) -> None:
    monkeypatch.setattr(qt_source, "ASK_S", 0.0)
    codes = []
    asked: list[object] = []
    real = subprocess.Popen
    monkeypatch.setattr(subprocess, "Popen", lambda *args, **rest: asked.append(args) or real(*args, **rest))  # type: ignore[func-returns-value]
    for _ in range(2):
        with pytest.raises(CaptureError) as caught:
            source.open()
        codes.append(caught.value.code)
    assert codes == [CaptureCode.SCREEN_REFUSED] * 2
    assert len(asked) == 1


def test_without_a_display_it_is_told(monkeypatch: pytest.MonkeyPatch, source: QtSource) -> None:
    monkeypatch.setenv("DISPLAY", ":9999")
    with pytest.raises(CaptureError) as caught:
        source.open()
    assert caught.value.code is CaptureCode.NO_DISPLAY
