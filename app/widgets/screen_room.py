"""How large a window may open: never larger than its screen, so that its buttons can be reached on a small one."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QWidget

_FRAME = QSize(24, 64)
"""What the window manager's frame may take of the screen."""


def open_at(window: QWidget, width: int, height: int) -> None:
    """Gives a window the size it is drawn for, or what there is of it on the screen that its parent is on."""
    room = (window.parentWidget() or window).screen().availableGeometry().size() - _FRAME
    window.resize(QSize(width, height).boundedTo(room))
