"""Every icon that a module of the app names is in the icon font: a wrong name would only show when it is painted."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

import app
from app.theme import theme

_NAME = re.compile(r'"(ph\.[a-z0-9-]+)"')
_FOLDER = Path(app.__file__).parent


@pytest.mark.usefixtures("qapp")
def test_every_icon_is_in_the_font(qtbot: QtBot) -> None:
    import qtawesome

    wrong = []
    for path in sorted(_FOLDER.rglob("*.py")):
        for name in sorted(set(_NAME.findall(path.read_text(encoding="utf-8")))):
            try:
                qtawesome.charmap(name)
            except KeyError:
                wrong.append(f"{path.relative_to(_FOLDER)}: {name}")
    assert not wrong


def test_an_icon_has_its_font_before_it_is_painted(qapp: QApplication, monkeypatch: pytest.MonkeyPatch) -> None:
    """Qt crashes now and then when a font is loaded amid painting."""
    icon = theme().icon("ph.play")
    monkeypatch.setattr("app.theme._glyph", lambda name: pytest.fail(f"{name} is looked up amid painting"))
    assert not icon.pixmap(16, 16).isNull()
    image = icon.pixmap(16, 16).toImage()
    assert any(image.pixelColor(x, y).alpha() for x in range(image.width()) for y in range(image.height()))
