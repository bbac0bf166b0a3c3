"""What of the screen is recorded: all displays, one that moves, a window that is dragged; and which is in front."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.cli.doctor import _windows
from capture.config import Region
from capture.devices import probe
from capture.errors import CaptureCode, CaptureError
from capture.protocol import Degraded
from capture.screen.x11_source import X11Source
from capture.store import CaptureStore
from capture.sync import NS
from tests.integration.capture.fakes import decode_video, wait_until
from tests.integration.capture.live import Live, xdotool
from tests.integration.capture.paper import paper


def monitors(*commands: str) -> None:
    for command in commands:
        subprocess.run(["xrandr", *command.split()], check=True, timeout=20)


def wait_for(client: object, t_ns: int) -> None:
    wait_until(lambda: client.now_ns() > t_ns)  # type: ignore[attr-defined]


@pytest.fixture
def two_displays() -> Iterator[None]:
    monitors("--setmonitor LEFT 960/250x1080/280+0+0 screen", "--setmonitor RIGHT 960/250x1080/280+960+0 none")
    try:
        yield
    finally:
        monitors("--delmonitor LEFT", "--delmonitor RIGHT")


@pytest.mark.usefixtures("two_displays")
def test_all_displays_are_one_picture(live: Live) -> None:
    assert [(display.x, display.width) for display in probe().displays] == [(0, 960), (960, 960)]
    bundle, client = live.start(display=None, all_displays=True, mic=None)
    wait_for(client, NS)
    client.stop()
    assert decode_video(bundle.screen_path)[-1][1].shape == (1080, 1920)


@pytest.mark.usefixtures("two_displays")
def test_display_that_moves_is_followed_and_the_change_is_a_row(live: Live, tmp_path: Path) -> None:
    del tmp_path
    with paper("Moved"):
        xdotool("search", "--name", "Moved", "windowmove", "--sync", 1100, 200)
        bundle, client = live.start(display=0, mic=None)
        wait_for(client, NS)
        monitors("--delmonitor LEFT", "--setmonitor LEFT 800/250x1080/280+1000+0 screen")
        with CaptureStore.open_read(bundle.capture_path) as store:
            wait_until(lambda: any(value.recorded.x == 1000 for _, value in store.layouts()))
        wait_for(client, client.now_ns() + NS)
        client.stop()
    frames = decode_video(bundle.screen_path)
    assert {picture.shape for _, picture in frames} == {(1080, 960)}
    first, last = frames[1][1], frames[-1][1]
    assert first[350, 150] < 200, "another part of the screen"
    assert last[350, 150] > 200, "the window is seen where it is in the display that was moved"
    with CaptureStore.open_read(bundle.capture_path) as store:
        rows = store.layouts()
    assert rows[0][0] == 0
    assert rows[-1][1].recorded.x == 1000


def test_window_is_recorded_and_followed(live: Live) -> None:
    with paper("Followed") as number:
        window = next(one for one in probe().windows if one.title == "Followed")
        assert int(window.id, 16) == int(number)
        bundle, client = live.start(display=None, window=window.id, mic=None)
        wait_for(client, NS)
        xdotool("windowmove", "--sync", number, 1200, 600)
        wait_for(client, client.now_ns() + 2 * NS)
        client.stop()
    frames = decode_video(bundle.screen_path)
    assert frames[-1][1].shape == (300, 400)
    assert frames[1][1][20:-20, 20:-20].min() > 180
    assert frames[-1][1][20:-20, 20:-20].min() > 180, "still the window, at its new place"
    with CaptureStore.open_read(bundle.capture_path) as store:
        places = [(value.recorded.x, value.recorded.y) for _, value in store.layouts()]
    assert len(set(places)) >= 2


@pytest.mark.expect_log
def test_a_pointer_that_stands_still_stands_still_when_what_is_recorded_moves() -> None:
    """Else it is taken for one that moves while no event arrives, and an alarm is raised."""
    with paper("Wanders") as number:
        xdotool("mousemove", 700, 500, "windowmove", "--sync", number, 400, 300)
        source = X11Source(display=None, region=None, window=hex(int(number)))
        source.open()
        try:

            def at(x: int) -> bool:
                source.wait(0.1)
                source.grab()
                found = source.take_layout()
                return found is not None and found[1].recorded.x == x

            wait_until(lambda: at(400))
            assert source.pointer() == (700, 500)
            xdotool("windowmove", "--sync", number, 600, 450)
            wait_until(lambda: at(600))
            source.grab()
            assert source.pointer() == (700, 500)
        finally:
            source.close()


def test_the_window_is_known_by_either_way_of_writing_its_number(live: Live) -> None:
    """`moderato doctor` writes it as hexadecimal, xdotool and xwininfo -int as decimal."""
    with paper("Numbered") as number:
        (listed,) = [one for one in _windows(probe())[0].items if one["title"] == "Numbered"]
        for name in (listed["id"], str(int(number))):
            bundle, client = live.start(display=None, window=name, mic=None)
            client.stop()
            assert bundle.manifest().streams[0].format["width"] < 1920


def test_window_that_is_hidden_is_a_slate_until_it_is_back(live: Live) -> None:
    with paper("Hidden") as number:
        bundle, client = live.start(display=None, window=hex(int(number)), mic=None)
        wait_for(client, NS)
        xdotool("windowminimize", "--sync", number)
        wait_until(lambda: [event for event in live.of(Degraded) if event.code is CaptureCode.WINDOW_GONE])
        xdotool("windowmap", "--sync", number)
        wait_until(lambda: CaptureCode.WINDOW_GONE not in client.status().reasons)
        wait_for(client, client.now_ns() + NS)
        client.stop()
    assert decode_video(bundle.screen_path)[-1][1][20:-20, 20:-20].min() > 180
    with CaptureStore.open_read(bundle.capture_path) as store:
        assert [interval.reason for interval in store.intervals()] == ["window_gone"]


def test_window_is_still_the_window_when_the_displays_change(live: Live) -> None:
    """The place of a window that stays put must not become the place of a display."""
    with paper("Stays") as number:
        xdotool("windowmove", "--sync", number, 1200, 600)
        bundle, client = live.start(display=None, window=hex(int(number)), mic=None)
        wait_for(client, NS)
        try:
            monitors("--setmonitor LEFT 960/250x1080/280+960+0 screen")
            wait_for(client, client.now_ns() + 3 * NS)
        finally:
            monitors("--delmonitor LEFT")
        client.stop()
    assert all(picture[20:-20, 20:-20].min() > 180 for _, picture in decode_video(bundle.screen_path))


def test_window_that_is_not_there_is_refused(live: Live) -> None:
    with pytest.raises(CaptureError) as caught:
        live.start(display=None, window="0x7fffff1", mic=None)
    assert caught.value.code is CaptureCode.WINDOW_GONE
    with pytest.raises(CaptureError) as caught:
        live.start(display=None, window="notepad", mic=None)
    assert caught.value.code is CaptureCode.WINDOW_UNKNOWN


def test_window_in_front_is_told_with_its_title(live: Live) -> None:
    with paper("First page"):
        bundle, client = live.start(display=None, region=Region(0, 0, 320, 240), mic=None)
        wait_for(client, NS)
        with paper("Second page"):
            wait_for(client, client.now_ns() + 2 * NS)
        client.stop()
    with CaptureStore.open_read(bundle.capture_path) as store:
        rows = store.windows()
    titles = [row.title for row in rows if row.title]
    assert rows[0].t_ns == 0
    assert "First page" in titles
    assert "Second page" in titles
    seen = next(row for row in rows if row.title == "Second page")
    assert (seen.width, seen.height) == (400, 300)
    assert seen.t_ns > NS // 2


def test_titles_can_be_left_out(live: Live) -> None:
    with paper("Confidential report"):
        bundle, client = live.start(mic=None, window_titles=False)
        wait_for(client, 2 * NS)
        client.stop()
    with CaptureStore.open_read(bundle.capture_path) as store:
        rows = store.windows()
    assert any(row.app for row in rows)
    assert {row.title for row in rows} == {None}
    for file in bundle.path.rglob("*"):
        assert not file.is_file() or b"Confidential" not in file.read_bytes(), file.name


def test_windows_of_a_pause_are_not_kept(live: Live) -> None:
    with paper("Before it"):
        bundle, client = live.start(mic=None)
        wait_for(client, NS)
        client.pause()
        with paper("Private matter"):
            time.sleep(1)
        with paper("Left open"):
            time.sleep(0.7)
            resumed_ns = client.now_ns()
            client.resume()
            wait_for(client, client.now_ns() + NS)
            client.stop()
    with CaptureStore.open_read(bundle.capture_path) as store:
        rows = store.windows()
    assert "Private matter" not in {row.title for row in rows}
    assert [row.t_ns >= resumed_ns for row in rows if row.title == "Left open"] == [True]
    for file in bundle.path.rglob("*"):
        assert not file.is_file() or b"Private matter" not in file.read_bytes(), file.name
