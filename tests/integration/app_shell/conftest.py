from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from app.application import Application
from tests.helpers.shell import shell


@pytest.fixture
def app(qapp: QApplication, tmp_path: Path) -> Iterator[Application]:
    """The whole app, with settings and studies of its own."""
    with shell(qapp, tmp_path / "base") as made:
        yield made
