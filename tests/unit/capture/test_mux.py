"""The film while it is being written."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest

from capture.errors import CaptureError
from capture.mux import FRAGMENT_BYTES, FRAGMENT_US, Muxer
from tests.integration.capture.fakes import wait_until

STEP_NS = 20_000_000


def _fail(error: CaptureError) -> None:
    raise error


def _shows_a_picture(path: Path) -> bool:
    try:
        with av.open(str(path)) as film:
            return next(film.decode(video=0), None) is not None
    except (av.FFmpegError, IndexError):
        return False


@pytest.mark.parametrize("sounds", [(), ("mic",), ("mic", "system")], ids=["silent", "one sound", "two"])
def test_the_first_picture_is_in_the_file_long_before_its_fragment_would_end(
    tmp_path: Path, sounds: tuple[str, ...]
) -> None:
    """A recorder that is killed in its first half second leaves a film."""
    path = tmp_path / "film.mp4"
    made = Muxer(path, width=640, height=480, fps=30, sounds=sounds, on_error=_fail)
    made.start()
    picture = np.random.default_rng(1).integers(0, 255, (720, 640), np.uint8)
    silence = np.zeros(48_000 * STEP_NS // 10**9, np.float32)
    try:
        for step in range(10):
            packets = made.video.encode(picture, step * STEP_NS * 90 // 1_000_000, key=step == 0)
            assert step or packets[0].size > FRAGMENT_BYTES
            made.put(packets)
            for sound in made.audio.values():
                made.put(sound.encode(silence, 48_000, step * STEP_NS))
        assert 10 * STEP_NS < FRAGMENT_US * 1000
        wait_until(lambda: _shows_a_picture(path))
    finally:
        made.abandon()
