"""An imported call on the review desk: the exact picture at every moment, and all that needs no events works."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtGui import QColor

from annotate.importing import ImportRequest, import_recording
from app.views.review import ReviewPage
from capture.foreign import probe_media
from tests.helpers.foreign_media import Film, Sound, write_film
from tests.helpers.review_data import SECOND
from tests.integration.app_review.conftest import Desk

UNEVEN = (0.0, 0.1, 0.5, 0.534, 2.0, 2.04, 3.9)
CALLS = {
    "call.webm": Film(codec="libvpx", times=UNEVEN, sounds=(Sound("libopus"),), ticks=1000),
    "reordered.mkv": Film(times=UNEVEN, reordered=True, sounds=(Sound(start_s=1.5, beeps=(2.0,)),)),
    "call.mp4": Film(times=UNEVEN),
}


def shown_number(page: ReviewPage) -> int:
    picture = page.video.grab().toImage().copy(page.video.picture_rect())
    middle, width = picture.height() // 2, picture.width()
    lights = [QColor(picture.pixel(bit * width // 8 + width // 16, middle)).lightness() > 120 for bit in range(8)]
    return sum(1 << bit for bit, light in enumerate(lights) if light)


@pytest.mark.parametrize("name", CALLS)
def test_every_seek_shows_its_own_picture(desk: Desk, tmp_path: Path, name: str) -> None:
    path = write_film(tmp_path / name, CALLS[name])
    session = import_recording(desk.store, ImportRequest(probe_media(path), "P08")).session
    page = desk.review(session.id)
    assert page.head.warning == ""
    for number in (6, 0, 3, 2, 5):
        page.playback.seek(round(UNEVEN[number] * SECOND) + 2_000_000)
        desk.wait(lambda number=number: shown_number(page) == number)
    page.playback.step(-1)
    desk.wait(lambda: shown_number(page) == 4)
    page.mark()
    [row] = page.table.observations.rows()
    assert row.observation.t_start_ns == pytest.approx(2 * SECOND, abs=45_000_000)
    assert desk.failures == []
