"""How a session is listened to and looked at: what is heard, what is passed over, what is drawn over the picture."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor
from pytestqt.qtbot import QtBot

from annotate.frames import FrameIndex
from annotate.timeline import TimeRange
from app.controllers.play_modes import PlayModes
from app.controllers.playback import MediaState, PlaybackController
from app.controllers.session_tracks import PointerPath
from app.demo.desktop import SINK
from app.palette import LIGHT, Role
from app.widgets.pointer_overlay import RING_NS, PointerOverlay
from app.widgets.video_view import MAX_ZOOM, VideoView
from tests.helpers.review_data import BITS, SECOND, read_barcode, uneven_pts, write_video
from tests.integration.app_review.conftest import Desk

PATIENCE_MS = 30_000
RATE = 16_000
TONES_HZ = (440, 1_300)


def write_two_tones(path: Path, seconds: int) -> list[int]:
    """A dark film with two sound tracks, each a tone of its own; returns the frames' times in ns."""
    times = [number * SECOND // 10 for number in range(seconds * 10)]
    with av.open(str(path), "w") as container:
        video = container.add_stream("libx264", rate=10, options={"preset": "ultrafast", "g": "10"})
        video.width, video.height, video.pix_fmt = 320, 180, "yuv420p"
        sounds = [container.add_stream("aac", rate=RATE, layout="mono") for _ in TONES_HZ]
        picture = np.full((270, 320), 128, np.uint8)
        for number in range(seconds * 10):
            frame = av.VideoFrame.from_ndarray(picture, format="yuv420p")
            frame.pts, frame.time_base = number, Fraction(1, 10)
            container.mux(video.encode(frame))
        for tone, sound in zip(TONES_HZ, sounds, strict=True):
            wave = (np.sin(np.arange(seconds * RATE) * 2 * np.pi * tone / RATE) * 9_000).astype(np.int16)
            for first in range(0, len(wave), 1024):
                block = av.AudioFrame.from_ndarray(wave[None, first : first + 1024].copy(), format="s16", layout="mono")
                block.sample_rate, block.pts, block.time_base = RATE, first, Fraction(1, RATE)
                container.mux(sound.encode(block))
            container.mux(sound.encode(None))
        container.mux(video.encode(None))
    return times


def heard(qtbot: QtBot) -> list[bool]:
    """Which of the tones really come out of the loudspeaker just now, by the sound server's own ear."""
    listen = [
        "parec",
        f"--device={SINK}.monitor",
        "--format=s16le",
        f"--rate={RATE}",
        "--channels=1",
        "--latency-msec=20",
    ]
    with subprocess.Popen(listen, stdout=subprocess.PIPE) as ear:
        got = b""
        assert ear.stdout is not None
        os.set_blocking(ear.stdout.fileno(), False)

        def enough() -> bool:
            nonlocal got
            assert ear.stdout is not None
            got += ear.stdout.read() or b""
            return len(got) > RATE  # half a second

        qtbot.waitUntil(enough, timeout=PATIENCE_MS)
        ear.terminate()
    wave = np.frombuffer(got[: len(got) & ~1], np.int16).astype(float)
    power = np.abs(np.fft.rfft(wave * np.hanning(len(wave))))
    hertz = np.fft.rfftfreq(len(wave), 1 / RATE)
    loud = [power[(hertz > tone - 15) & (hertz < tone + 15)].max() for tone in TONES_HZ]
    return [bool(one > 20 * np.median(power) and one > 0.05 * max(loud) and one > 1e5) for one in loud]


@pytest.fixture
def playback(qtbot: QtBot) -> Iterator[PlaybackController]:
    made = PlaybackController()
    yield made
    made.close()


def opened(qtbot: QtBot, playback: PlaybackController, film: Path, times: list[int], sounds: int = 1) -> None:
    playback.load(film, FrameIndex(times), times[-1] + SECOND // 10, sounds)
    qtbot.waitUntil(lambda: playback.state is MediaState.READY, timeout=PATIENCE_MS)


def test_each_sound_track_can_be_heard_alone_and_both_together(
    qtbot: QtBot, playback: PlaybackController, tmp_path: Path
) -> None:
    times = write_two_tones(tmp_path / "film.mp4", 60)
    opened(qtbot, playback, tmp_path / "film.mp4", times, sounds=2)
    assert playback.sound.tracks == (True, True)
    playback.play()
    qtbot.waitUntil(lambda: heard(qtbot) == [True, True], timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: abs(playback.sound.off_ns()[1]) < SECOND // 10, timeout=PATIENCE_MS)
    playback.sound.set_on(0, False)
    qtbot.waitUntil(lambda: heard(qtbot) == [False, True], timeout=PATIENCE_MS)
    playback.sound.set_on(0, True)
    playback.sound.set_on(1, False)
    qtbot.waitUntil(lambda: heard(qtbot) == [True, False], timeout=PATIENCE_MS)
    playback.sound.set_on(0, False)
    qtbot.waitUntil(lambda: heard(qtbot) == [False, False], timeout=PATIENCE_MS)
    playback.sound.set_on(1, True)
    qtbot.waitUntil(lambda: heard(qtbot) == [False, True], timeout=PATIENCE_MS)
    playback.pause()
    qtbot.waitUntil(lambda: heard(qtbot) == [False, False], timeout=PATIENCE_MS)


def test_loop_silence_and_lead_in(qtbot: QtBot, playback: PlaybackController, tmp_path: Path) -> None:
    pts = uneven_pts(220)
    times = [at * 100_000 // 9 for at in pts]
    write_video(tmp_path / "film.mp4", pts)
    opened(qtbot, playback, tmp_path / "film.mp4", times)
    wanted: list[TimeRange] = [TimeRange(2 * SECOND, 3 * SECOND)]
    modes = PlayModes(playback, lambda: wanted[0] if wanted else None)
    turns: list[TimeRange] = []
    seen: list[int] = []
    modes.looped.connect(turns.append)
    playback.position_changed.connect(seen.append)
    modes.loops = True
    modes.start_loop()
    assert playback.position_ns == 2 * SECOND
    playback.play()
    qtbot.waitUntil(lambda: len(turns) >= 2, timeout=PATIENCE_MS)
    assert all(2 * SECOND <= at < 3.5 * SECOND for at in seen)
    playback.pause()
    # A range that reaches the end turns as well, before the player stops there.
    wanted[0] = TimeRange(playback.media_end_ns - SECOND, playback.duration_ns)
    modes.start_loop()
    playback.play()
    qtbot.waitUntil(lambda: len(turns) >= 4, timeout=PATIENCE_MS)
    assert playback.playing
    playback.pause()
    modes.loops = False
    modes.set_silence([TimeRange(4 * SECOND, 9 * SECOND), TimeRange(11 * SECOND, 11 * SECOND + SECOND // 2)])
    passed: list[TimeRange] = []
    modes.skipped.connect(passed.append)
    modes.skips = True
    playback.seek(3 * SECOND + SECOND // 2)
    seen.clear()
    playback.play()
    qtbot.waitUntil(lambda: playback.position_ns > 9 * SECOND, timeout=PATIENCE_MS)
    playback.pause()
    assert len(passed) == 1
    assert passed[0].start_ns >= 4 * SECOND
    assert not [at for at in seen if 5 * SECOND < at < 8.8 * SECOND]
    playback.seek(6 * SECOND)  # by hand one gets anywhere
    assert playback.position_ns == 6 * SECOND
    modes.lead_ns = 2 * SECOND
    modes.jump(10 * SECOND)
    assert playback.position_ns == 10 * SECOND  # standing still: exactly the frame
    modes.skips = False
    modes.play_from(10 * SECOND)
    assert 8 * SECOND <= playback.position_ns < 9 * SECOND
    modes.jump(15 * SECOND)
    assert 13 * SECOND <= playback.position_ns < 14 * SECOND
    playback.pause()


def test_three_times_as_fast(qtbot: QtBot, playback: PlaybackController, tmp_path: Path) -> None:
    pts = uneven_pts(220)
    write_video(tmp_path / "film.mp4", pts)
    opened(qtbot, playback, tmp_path / "film.mp4", [at * 100_000 // 9 for at in pts])
    for _ in range(4):
        playback.shuttle(1)
    assert playback.rate == 3.0
    qtbot.waitUntil(lambda: playback.position_ns > 4 * SECOND, timeout=PATIENCE_MS)
    playback.shuttle(0)
    assert playback.rate == 1.0


@pytest.fixture
def view(qtbot: QtBot, playback: PlaybackController, tmp_path: Path) -> VideoView:
    pts = uneven_pts(90)
    write_video(tmp_path / "film.mp4", pts)
    made = VideoView()
    qtbot.addWidget(made)
    made.resize(800, 450)
    playback.frame_changed.connect(made.set_frame)
    playback.position_changed.connect(made.set_time)
    made.show()
    qtbot.waitExposed(made)
    opened(qtbot, playback, tmp_path / "film.mp4", [at * 100_000 // 9 for at in pts])
    playback.seek(int(pts[77] * 100_000 // 9))
    qtbot.waitUntil(lambda: made.has_frame() and read_barcode(_seen(made)) == 77, timeout=PATIENCE_MS)
    return made


def _seen(view: VideoView):  # type: ignore[no-untyped-def]
    return view.grab().toImage().copy(view.picture_rect())


def bar_on_screen(view: VideoView, bit: int) -> bool:
    """Whether a bar of the frame's number is light, where the widget says that it is."""
    bar = (1280 - 40) // BITS
    at = view.place_of(20 + bit * bar + bar / 2, 70).toPoint()
    assert view.rect().contains(at)
    return view.grab().toImage().pixelColor(at).lightness() > 128


def test_the_picture_is_zoomed_about_the_pointer_and_stays_exact(qtbot: QtBot, view: VideoView) -> None:
    first = view.place_of(100, 70)
    pixel = view.pixel_at(first)
    assert pixel == QPoint(100, 70)
    for _ in range(4):
        view.zoom_by(1.5, first)
        assert view.pixel_at(first) is not None
        assert abs(view.pixel_at(first).x() - 100) <= 2  # type: ignore[union-attr]
        for bit in (1, 2, 3):
            assert bar_on_screen(view, bit) == bool(77 >> bit & 1)
    assert view.zoom == pytest.approx(1.5**4)
    assert view.picture_rect().contains(view.rect())
    # Dragging moves it, and doesn't count as a click; it never leaves an empty edge.
    clicks: list[None] = []
    view.clicked.connect(lambda: clicks.append(None))
    before = view.picture_rect().topLeft()
    qtbot.mousePress(view, Qt.MouseButton.LeftButton, pos=QPoint(500, 300))
    for step in range(1, 6):
        qtbot.mouseMove(view, QPoint(500 - 20 * step, 300 - 10 * step))
    qtbot.mouseRelease(view, Qt.MouseButton.LeftButton, pos=QPoint(400, 250))
    moved = view.picture_rect().topLeft() - before
    assert (moved.x(), moved.y()) == (pytest.approx(-100, abs=3), pytest.approx(-50, abs=3))
    assert clicks == []
    view.zoom_by(1000)
    assert view.zoom == MAX_ZOOM
    assert view.picture_rect().contains(view.rect())
    view.show_whole()
    assert view.rect().contains(view.picture_rect())
    assert read_barcode(_seen(view)) == 77
    qtbot.mouseClick(view, Qt.MouseButton.LeftButton, pos=QPoint(400, 200))
    assert len(clicks) == 1


def test_clicks_and_trail_lie_where_they_were_at_any_zoom(
    qtbot: QtBot, view: VideoView, playback: PlaybackController
) -> None:
    at_ns = playback.position_ns
    path = PointerPath(
        np.array([at_ns - SECOND // 2, at_ns - SECOND // 4], np.int64),
        np.array([[200, 500], [640, 500]], np.int64),
        np.array([at_ns - RING_NS // 4, at_ns + SECOND], np.int64),
        np.array([[900, 400], [10, 10]], np.int64),
        np.array([0, 0], np.int64),
    )
    bare = view.grab().toImage()
    view.overlay.set_path(path)
    view.update()

    def colour(x: int, y: int) -> QColor:
        return view.grab().toImage().pixelColor(view.place_of(x, y).toPoint())

    danger, accent = QColor(LIGHT[Role.DANGER]), QColor(LIGHT[Role.ACCENT])
    for zoom in (1.0, 2.0):
        view.zoom_by(zoom, QPointF(view.place_of(760, 450)))
        assert _near(colour(900, 400), danger)  # the click's dot
        assert zoom > 1 or not _near(colour(10, 10), danger)  # that one is still to come
        assert _near(colour(420, 500), accent, 90)  # on the way from one place to the other
    view.overlay.shows_clicks = view.overlay.shows_trail = False
    view.show_whole()
    assert view.grab().toImage() == bare


def test_a_moment_has_its_clicks_and_no_others() -> None:
    path = PointerPath(
        click_ns=np.array([SECOND, 3 * SECOND], np.int64),
        click_xy=np.array([[1, 2], [3, 4]], np.int64),
        click_button=np.array([0, 2], np.int64),
    )
    overlay = PointerOverlay()
    overlay.set_path(path)
    assert overlay.clicks_at(SECOND - 1) == []
    assert overlay.clicks_at(SECOND) == [(1, 2, 0, 0.0)]
    assert overlay.clicks_at(SECOND + RING_NS) == []
    assert overlay.clicks_at(3 * SECOND + RING_NS // 2) == [(3, 4, 2, 0.5)]


def _near(one: QColor, other: QColor, within: int = 40) -> bool:
    pairs = ((one.red(), other.red()), (one.green(), other.green()), (one.blue(), other.blue()))
    return all(abs(a - b) <= within for a, b in pairs)


def test_keys_of_playing(desk: Desk) -> None:
    page = desk.review()
    modes = page.playing.modes
    made = page.controller.add_observation(8 * SECOND, 10 * SECOND)
    assert made is not None
    page.table.choose(made.id)
    page._show_selected(made.id)
    page.table.setFocus()
    desk.key(page, Qt.Key.Key_R)
    assert modes.loops
    assert page.playing.range_to_loop() == TimeRange(8 * SECOND, 10 * SECOND)
    desk.key(page, Qt.Key.Key_R)
    desk.wait(lambda: modes._silence != [])
    desk.key(page, Qt.Key.Key_W)
    assert modes.skips
    assert any(getattr(track, "shows_silence", False) for track in page.timeline.view.all_tracks())
    desk.key(page, Qt.Key.Key_W)
    desk.key(page, Qt.Key.Key_Z)
    assert page.video.zoom == 1.5
    page.playback.seek(9 * SECOND)
    desk.qtbot.keyClick(page.table, Qt.Key.Key_I, Qt.KeyboardModifier.ShiftModifier)
    stored = desk.store.observation(made.id)
    assert (stored.t_start_ns, stored.t_end_ns) == (9 * SECOND, 10 * SECOND)
    page.playback.seek(11 * SECOND)
    desk.qtbot.keyClick(page.table, Qt.Key.Key_O, Qt.KeyboardModifier.ShiftModifier)
    assert desk.store.observation(made.id).t_end_ns == 11 * SECOND
    desk.key(page, Qt.Key.Key_B)
    assert page.playback.playing
    assert page.playback.position_ns < 8 * SECOND
    desk.key(page, Qt.Key.Key_K)
    assert [button.isVisible() for button in page.transport.sounds] == [False, False]  # one track: the loudspeaker does
    assert desk.failures == []
