"""The frame shown is the frame asked for: read from the picture that the real widget has on the screen."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QSize
from PySide6.QtMultimedia import QMediaDevices
from pytestqt.qtbot import QtBot

from annotate.frames import FrameIndex
from app.controllers.playback import MediaState, PlaybackController
from app.widgets.video_view import VideoView
from tests.helpers.review_data import SECOND, read_barcode, uneven_pts, write_video

_PTS = uneven_pts(220)
_PTS_NS = [at * 100_000 // 9 for at in _PTS]
_DURATION_NS = _PTS_NS[-1] + SECOND // 2


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("film") / "screen.mp4"
    write_video(path, _PTS)
    return path


@pytest.fixture
def shown(qtbot: QtBot, film: Path) -> Iterator[tuple[PlaybackController, VideoView]]:
    view = VideoView()
    qtbot.addWidget(view)
    view.resize(800, 450)
    playback = PlaybackController()
    playback.frame_changed.connect(view.set_frame)
    view.show()
    qtbot.waitExposed(view)
    with qtbot.waitSignal(playback.state_changed, timeout=20_000, check_params_cb=lambda s: s is MediaState.READY):
        playback.load(film, FrameIndex(_PTS_NS), _DURATION_NS)
    qtbot.waitUntil(view.has_frame, timeout=20_000)
    yield playback, view
    playback.close()


def number_on_screen(view: VideoView) -> int:
    """What the window really shows: its pixels, not the player's word."""
    grabbed = view.grab().toImage()
    rect = view.picture_rect()
    return read_barcode(grabbed.copy(rect))


def frame_at(t_ns: int) -> int:
    return max(i for i, at in enumerate(_PTS_NS) if at <= t_ns or i == 0)


def test_each_seek_shows_exactly_the_frame_of_that_moment(
    qtbot: QtBot, shown: tuple[PlaybackController, VideoView]
) -> None:
    playback, view = shown
    chance = random.Random(11)
    moments = chance.sample(_PTS_NS, 20)  # marks on a frame's own start
    moments += [chance.randrange(0, _DURATION_NS) for _ in range(40)]
    moments += [0, _PTS_NS[-1], _DURATION_NS]
    for t_ns in moments:
        playback.seek(t_ns)
        assert playback.position_ns == t_ns
        qtbot.waitUntil(lambda t=t_ns: number_on_screen(view) == frame_at(t), timeout=5_000)
        # It stays so: no later frame comes in behind it.
        qtbot.wait(15)
        assert number_on_screen(view) == frame_at(t_ns)


def test_steps_go_one_frame_either_way(qtbot: QtBot, shown: tuple[PlaybackController, VideoView]) -> None:
    playback, view = shown
    start = 95  # within a stretch of stills and moving frames
    playback.seek(_PTS_NS[start] + 1)
    expected = start
    for step in [1, 1, 1, -1, -1, 1, -1, -1, -1, -1, 1]:
        playback.step(step)
        expected += step
        qtbot.waitUntil(lambda n=expected: number_on_screen(view) == n, timeout=5_000)
    playback.seek(0)
    playback.step(-1)
    qtbot.waitUntil(lambda: number_on_screen(view) == 0, timeout=5_000)


def test_a_storm_of_seeks_ends_at_the_last(qtbot: QtBot, shown: tuple[PlaybackController, VideoView]) -> None:
    playback, view = shown
    for number in range(0, 200, 3):
        playback.seek(_PTS_NS[number] + 5_000_000)
        qtbot.wait(1)
    playback.seek(_PTS_NS[57])
    qtbot.waitUntil(lambda: number_on_screen(view) == 57, timeout=5_000)


def test_after_playing_the_frame_is_that_of_the_position(
    qtbot: QtBot, shown: tuple[PlaybackController, VideoView]
) -> None:
    playback, view = shown
    for start, rate in ((10, 1.0), (100, 2.0), (60, 0.5)):
        playback.seek(_PTS_NS[start])
        playback.set_rate(rate)
        before = playback.position_ns
        playback.play()
        qtbot.waitUntil(lambda b=before: playback.position_ns > b + SECOND // 3, timeout=10_000)
        playback.pause()
        at = playback.position_ns
        assert not playback.playing
        qtbot.waitUntil(lambda t=at: number_on_screen(view) == frame_at(t), timeout=5_000)
        qtbot.wait(80)
        assert playback.position_ns == at
        assert number_on_screen(view) == frame_at(at)


def test_the_position_moves_evenly_and_in_real_time(qtbot: QtBot, shown: tuple[PlaybackController, VideoView]) -> None:
    playback, _view = shown
    seen: list[int] = []
    playback.position_changed.connect(seen.append)
    playback.play()
    qtbot.waitUntil(lambda: playback.position_ns > SECOND, timeout=15_000)
    playback.pause()
    steps = [b - a for a, b in itertools.pairwise(seen)]
    assert len(seen) > 10
    assert min(steps) >= -120_000_000  # a late report of the player may pull back by a tenth of a second, no more


def test_j_k_and_l(qtbot: QtBot, shown: tuple[PlaybackController, VideoView]) -> None:
    playback, view = shown
    playback.shuttle(1)
    assert playback.playing
    playback.shuttle(1)
    assert playback.rate == 1.5
    playback.shuttle(0)
    assert not playback.playing
    assert playback.rate == 1.0
    playback.seek(6 * SECOND)
    playback.shuttle(-1)
    qtbot.waitUntil(lambda: playback.position_ns < 5_600_000_000, timeout=10_000)
    assert playback.playing
    playback.shuttle(0)
    at = playback.position_ns
    qtbot.waitUntil(lambda: number_on_screen(view) == frame_at(at), timeout=5_000)
    playback.seek(SECOND // 4)
    playback.shuttle(-1)
    qtbot.waitUntil(lambda: not playback.playing, timeout=10_000)  # it stops at the start
    assert playback.position_ns == 0


def test_the_end_stops_playing_and_playing_again_starts_over(
    qtbot: QtBot, shown: tuple[PlaybackController, VideoView]
) -> None:
    playback, view = shown
    playback.set_rate(2.0)
    playback.seek(_PTS_NS[-1] - SECOND // 2)
    playback.play()
    qtbot.waitUntil(lambda: not playback.playing, timeout=15_000)
    qtbot.waitUntil(lambda: number_on_screen(view) == len(_PTS_NS) - 1, timeout=5_000)
    playback.play()
    qtbot.waitUntil(lambda: playback.playing and playback.position_ns < SECOND, timeout=10_000)


def test_no_loudspeaker_is_no_fault(qtbot: QtBot, film: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class _Nothing:
        def isNull(self) -> bool:
            return True

    monkeypatch.setattr(QMediaDevices, "defaultAudioOutput", staticmethod(_Nothing))
    playback = PlaybackController()
    playback.load(film, FrameIndex(_PTS_NS), _DURATION_NS)
    qtbot.waitUntil(lambda: playback.state is MediaState.READY, timeout=20_000)
    playback.play()
    qtbot.waitUntil(lambda: playback.position_ns > SECOND // 2, timeout=15_000)
    playback.close()
    assert playback.state is MediaState.EMPTY


def test_without_a_file_the_position_still_moves(qtbot: QtBot) -> None:
    playback = PlaybackController()
    playback.load_without_media(MediaState.MISSING, 60 * SECOND)
    playback.seek(12 * SECOND)
    playback.play()
    assert not playback.playing
    playback.seek_by(5 * SECOND)
    assert playback.position_ns == 17 * SECOND
    playback.seek(99 * SECOND)
    assert playback.position_ns == 60 * SECOND


def test_the_picture_is_letterboxed_and_sharp_at_every_size(
    qtbot: QtBot, shown: tuple[PlaybackController, VideoView]
) -> None:
    playback, view = shown
    playback.seek(_PTS_NS[33])
    for size in (QSize(400, 600), QSize(1600, 500), QSize(1280, 720)):
        view.resize(size)
        qtbot.waitUntil(lambda: number_on_screen(view) == 33, timeout=5_000)
        rect = view.picture_rect()
        assert abs(rect.width() / rect.height() - 16 / 9) < 0.02
        assert view.rect().contains(rect)
    assert view.frame_image().size() == QSize(1280, 720)
