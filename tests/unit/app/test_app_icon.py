"""The window icon upon title bars that are coloured otherwise than the app."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QApplication

from app.app_icon import app_icon
from app.palette import contrast
from app.theme import theme


@pytest.mark.parametrize("mode", ["light", "dark"])
@pytest.mark.parametrize("title_bar", ["#FFFFFF", "#F0F0F0", "#2B2B2B", "#000000"])
@pytest.mark.parametrize("size", [16, 24, 64])
def test_it_stands_out_upon_any_title_bar(qapp: QApplication, mode: str, title_bar: str, size: int) -> None:
    theme().set_mode(mode)
    theme().apply(qapp)
    seen = QImage(size, size, QImage.Format.Format_RGB32)
    seen.fill(title_bar)
    painter = QPainter(seen)
    painter.drawPixmap(0, 0, app_icon().pixmap(QSize(size, size), 1.0))
    painter.end()
    pixels = [seen.pixelColor(x, y).name() for x in range(size) for y in range(size)]
    clear = sum(contrast(one, title_bar) >= 4.5 for one in pixels)
    assert clear > 0.2 * len(pixels)
