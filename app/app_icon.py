"""The app's icon in title bars, task bars and switchers."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap

from app.palette import LIGHT, Role

_SIZES = (16, 24, 32, 48, 64, 128, 256)
_GROUND = QColor(LIGHT[Role.ACCENT])
_SIGN = QColor(LIGHT[Role.ACCENT_TEXT])


def app_icon() -> QIcon:
    """A white recording sign on a ground of its own, as the app doesn't know what a title bar is coloured like.

    The same in both themes: the window manager's may be the other one.
    """
    icon = QIcon()
    for size in _SIZES:
        icon.addPixmap(_pixmap(size))
    return icon


def _pixmap(size: int) -> QPixmap:
    pixmap = QPixmap(size, size)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(_GROUND)
    painter.drawRoundedRect(QRectF(0, 0, size, size), size * 0.22, size * 0.22)
    middle = QPointF(size / 2, size / 2)
    painter.setBrush(_SIGN)
    painter.drawEllipse(middle, size * 0.34, size * 0.34)
    painter.setBrush(_GROUND)
    painter.drawEllipse(middle, size * 0.25, size * 0.25)
    painter.setBrush(_SIGN)
    painter.drawEllipse(middle, size * 0.15, size * 0.15)
    painter.end()
    return pixmap
