"""Recorders that no test leaves behind."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.capture.live import Live, xdotool
from tests.integration.capture.rig import Rig


@pytest.fixture(autouse=True)
def pointer_out_of_the_way() -> None:
    """The pointer is in the picture: where the test before left it, it may stand over what this one looks at."""
    xdotool("mousemove", 1900, 1060)


@pytest.fixture
def live(tmp_path: Path) -> Iterator[Live]:
    live = Live(tmp_path)
    yield live
    live.close()


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    rig = Rig(tmp_path)
    yield rig
    if not rig.recorder.ended.is_set():
        rig.recorder.stop()
