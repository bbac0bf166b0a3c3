"""The webcam's film beside the picture: the same moment in both, wherever the playhead goes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QWidget

from annotate.frames import FrameIndex
from app.controllers.camera_film import CameraFilm
from app.controllers.camera_playback import OFF_NS, CameraPlayback
from app.controllers.playback import MediaState
from app.settings import settings
from app.views.review import ReviewPage
from capture.manifest import StreamInfo
from tests.helpers.review_data import SECOND, barcode, write_video
from tests.integration.app_review.conftest import Desk

PERIOD = 6_000
"""Fifteen pictures a second, in 1/90000 s."""
COUNT = 15 * 28


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("camera") / "camera.mp4"
    write_video(
        path, [n * PERIOD for n in range(COUNT)], lambda n, t: barcode(n, t, width=640, height=480), sound=False
    )
    return path


@pytest.fixture
def page(desk: Desk, film: Path) -> ReviewPage:
    """The desk with a session that has a webcam, its first picture on the screen."""
    desk.recorded.bundle.camera_path.write_bytes(film.read_bytes())
    page = desk.review()
    desk.wait(lambda: page.camera.playback.state is MediaState.READY)
    desk.wait(page.camera.inset.has_frame)
    return page


def number_in_inset(page: ReviewPage) -> int:
    """What the screen really shows: the widget's pixels, of which the bars are read as of a picture of 640x480."""
    return read_bars(page.camera.inset.grab().toImage())


def read_bars(image: QImage) -> int:
    """The number of the frame, for a picture whose bars were painted 640 wide."""
    number = 0
    bar = (640 - 40) // 24
    scale = image.width() / 640
    for bit in range(20):  # the last four lie under the button that hides it
        pixel = image.pixelColor(round((20 + bit * bar + bar / 2) * scale), round(70 * scale))
        if pixel.lightness() > 128:
            number |= 1 << bit
    return number


def due(t_ns: int) -> int:
    return min(t_ns * 15 // SECOND, COUNT - 1)


def test_it_shows_the_moment_that_is_sought(desk: Desk, page: ReviewPage) -> None:
    page.camera.inset.set_size("large")
    for t_ns in (0, 5 * SECOND, 20 * SECOND + 123_000_000, 7 * SECOND, 26 * SECOND):
        page.playback.seek(t_ns)
        desk.wait(lambda t=t_ns: number_in_inset(page) == due(t))
    page.playback.step(1)
    desk.wait(lambda: number_in_inset(page) == due(page.playback.position_ns))


def test_it_plays_along_at_any_speed(desk: Desk, page: ReviewPage) -> None:
    for rate, start in ((1.0, 2 * SECOND), (2.0, 8 * SECOND), (0.5, 18 * SECOND)):
        page.playback.seek(start)
        page.playback.set_rate(rate)
        page.playback.play()
        desk.wait(lambda t=start: page.playback.position_ns > t + SECOND)
        desk.wait(lambda: abs(page.camera.playback.off_ns or 0) <= OFF_NS)
        page.playback.pause()
        desk.wait(lambda: number_in_inset(page) == due(page.playback.position_ns))


def test_a_seek_while_playing_takes_it_along(desk: Desk, page: ReviewPage) -> None:
    page.playback.play()
    desk.wait(lambda: page.playback.position_ns > SECOND)
    for target in (15 * SECOND, 4 * SECOND):
        page.playback.seek(target)
        desk.wait(lambda t=target: t <= page.playback.position_ns < t + 8 * SECOND)
        desk.wait(lambda t=target: due(t) <= number_in_inset(page) < due(t) + 15 * 8)
        desk.wait(lambda: abs(page.camera.playback.off_ns or SECOND) <= OFF_NS or page.camera.playback.off_ns == 0)
    page.playback.pause()
    desk.wait(lambda: number_in_inset(page) == due(page.playback.position_ns))


def test_a_film_that_has_run_off_is_set_right(desk: Desk, page: ReviewPage) -> None:
    camera = page.camera.playback
    page.playback.play()
    desk.wait(lambda: page.playback.position_ns > SECOND)
    assert camera._player is not None
    camera._player.setPosition(20_000)
    desk.wait(lambda: (camera.off_ns or 0) < -5 * SECOND)
    desk.wait(lambda: camera.off_ns is not None and abs(camera.off_ns) <= OFF_NS)
    assert page.playback.position_ns < 15 * SECOND


def test_running_back_takes_it_along(desk: Desk, page: ReviewPage) -> None:
    page.playback.seek(12 * SECOND)
    page.playback.shuttle(-1)
    desk.wait(lambda: page.playback.position_ns < 11 * SECOND)
    page.playback.shuttle(0)
    desk.wait(lambda: number_in_inset(page) == due(page.playback.position_ns))


def test_a_film_that_is_shorter_holds_its_last_picture(desk: Desk, page: ReviewPage) -> None:
    page.playback.seek(27 * SECOND)
    page.playback.set_rate(2.0)
    page.playback.play()
    desk.wait(lambda: page.playback.position_ns > page.playback.duration_ns - SECOND)
    page.playback.pause()
    page.playback.seek(page.playback.duration_ns)
    desk.wait(lambda: number_in_inset(page) == COUNT - 1)
    page.playback.seek(3 * SECOND)
    desk.wait(lambda: number_in_inset(page) == due(3 * SECOND))
    page.playback.play()
    desk.wait(lambda: number_in_inset(page) > due(4 * SECOND))


def test_hidden_and_shown_by_key_and_button(desk: Desk, page: ReviewPage) -> None:
    camera = page.camera
    assert camera.inset.isVisible()
    assert desk.commands.action("review.webcam").isChecked()
    desk.qtbot.keyClick(page, Qt.Key.Key_W, Qt.KeyboardModifier.ShiftModifier)
    desk.wait(lambda: not camera.inset.isVisible())
    assert not desk.commands.action("review.webcam").isChecked()
    assert not desk.commands.action("review.webcam_size").isEnabled()
    page.playback.seek(9 * SECOND)
    desk.qtbot.keyClick(page, Qt.Key.Key_W, Qt.KeyboardModifier.ShiftModifier)
    desk.wait(camera.inset.isVisible)
    desk.wait(lambda: number_in_inset(page) == due(9 * SECOND))
    desk.qtbot.mouseClick(camera.inset.close_button, Qt.MouseButton.LeftButton)
    assert not camera.inset.isVisible()
    assert settings().camera_shown is False


def test_dragged_resized_and_remembered(desk: Desk, page: ReviewPage) -> None:
    inset, view = page.camera.inset, page.video
    assert view.rect().bottomRight().x() - inset.geometry().right() < 16
    drag(desk, inset, QPoint(-3000, -3000))
    assert inset.geometry().topLeft().manhattanLength() <= 16, "it stays within the picture"
    assert settings().camera_place == [0, 0]
    assert not page.playback.playing, "a drag is no click on the picture"
    drag(desk, inset, QPoint(100, 80))
    x, y = settings().camera_place
    assert 0 < x < 1000
    assert 0 < y < 1000
    width = inset.width()
    desk.qtbot.keyClick(page, Qt.Key.Key_S, Qt.KeyboardModifier.ShiftModifier)
    assert settings().camera_size == "large"
    assert inset.width() > width
    assert view.rect().contains(inset.geometry())
    desk.qtbot.mouseDClick(inset, Qt.MouseButton.LeftButton)
    assert settings().camera_size == "small"
    assert inset.width() < width
    desk.qtbot.keyClick(page, Qt.Key.Key_C, Qt.KeyboardModifier.ShiftModifier)
    assert settings().camera_place == [1000, 1000]
    desk.qtbot.keyClick(page, Qt.Key.Key_C, Qt.KeyboardModifier.ShiftModifier)
    assert settings().camera_place == [0, 1000]
    for size in ((900, 600), (1400, 900)):
        desk.window.resize(*size)
        desk.wait(lambda: inset.x() <= 16 and view.height() - inset.geometry().bottom() <= 16)


def drag(desk: Desk, widget: QWidget, by: QPoint) -> None:
    """Press, move, let go; each position is told relative to where the widget is then."""
    desk.qtbot.mousePress(widget, Qt.MouseButton.LeftButton, pos=QPoint(40, 40))
    desk.qtbot.mouseMove(widget, QPoint(40, 40) + by)
    desk.qtbot.mouseRelease(widget, Qt.MouseButton.LeftButton, pos=QPoint(40, 40))


def test_place_and_size_come_back(desk: Desk, film: Path) -> None:
    settings().camera_place = [0, 500]
    settings().camera_size = "small"
    desk.recorded.bundle.camera_path.write_bytes(film.read_bytes())
    page = desk.review()
    desk.wait(page.camera.inset.has_frame)
    assert page.camera.inset.place == (0, 500)
    assert page.camera.inset.x() <= 16
    assert page.camera.inset.width() < page.video.width() * 0.2


def test_accessible_names_and_the_palette(page: ReviewPage) -> None:
    inset = page.camera.inset
    assert inset.accessibleName() == "Webcam"
    assert inset.close_button.accessibleName() == "Hide webcam"
    assert "Shift+W" in inset.close_button.toolTip()
    texts = {command.id: command.text for command in page._commands.commands()}
    assert texts["review.webcam"] == "Show webcam"


def test_without_a_webcam_there_is_none(desk: Desk) -> None:
    page = desk.review()
    assert not page.camera.inset.isVisible()
    assert not desk.commands.action("review.webcam").isEnabled()
    assert page.head.warning == ""


def was_filmed(desk: Desk) -> None:
    bundle = desk.recorded.bundle
    manifest = bundle.manifest()
    camera = StreamInfo(5, "camera", "camera.mp4", 0, "cam", {})
    bundle.write_manifest(replace(manifest, streams=(*manifest.streams, camera)))


def test_a_missing_film_is_told_calmly(desk: Desk) -> None:
    was_filmed(desk)
    page = desk.review()
    assert page.camera.inset.isVisible()
    assert "is not there" in page.camera.inset.words
    assert page.camera.inset.accessibleDescription() == page.camera.inset.words
    assert page.head.warning == "no webcam picture"
    page.playback.seek(5 * SECOND)
    assert page.playback.position_ns == 5 * SECOND


@pytest.mark.parametrize("content", [b"", b"not a film" * 400])
def test_a_broken_film_is_told_calmly(desk: Desk, content: bytes) -> None:
    was_filmed(desk)
    desk.recorded.bundle.camera_path.write_bytes(content)
    page = desk.review()
    assert "cannot be read" in page.camera.inset.words
    assert page.can_play()


def test_another_session_takes_the_film_away(desk: Desk, page: ReviewPage) -> None:
    from tests.integration.app_review.conftest import add_full_session

    other = add_full_session(desk.store, "P02")
    page.open_session(other.session.id)
    desk.wait(lambda: page.controller.session_id == other.session.id and page.has_session())
    assert not page.camera.inset.isVisible()
    assert page.camera.playback.state is MediaState.EMPTY


def test_the_film_is_let_go_with_the_controller(desk: Desk, film: Path) -> None:
    page = desk.review()
    camera = CameraPlayback(page.playback)
    camera.load(CameraFilm(film, FrameIndex([n * SECOND // 15 for n in range(COUNT)]), False))
    desk.wait(lambda: camera.state is MediaState.READY)
    camera.close()
    assert camera.state is MediaState.EMPTY
    assert camera._player is None
