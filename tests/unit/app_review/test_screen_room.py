"""A window on a screen that is smaller than what it is drawn for."""

from __future__ import annotations

from PySide6.QtWidgets import QDialog
from pytestqt.qtbot import QtBot

from app.widgets.screen_room import open_at


def test_a_window_is_never_larger_than_its_screen(qtbot: QtBot) -> None:
    window = QDialog()
    qtbot.addWidget(window)
    room = window.screen().availableGeometry()
    open_at(window, 400, 300)
    assert (window.width(), window.height()) == (400, 300)
    open_at(window, 2 * room.width(), 2 * room.height())
    assert window.width() < room.width()
    assert window.height() < room.height()
