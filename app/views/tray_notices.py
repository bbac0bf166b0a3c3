"""A notice through the desktop when something is done and nobody looks at the window."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QApplication, QSystemTrayIcon, QWidget

from app.theme import theme

_SHOWN_MS = 10_000


class TrayNotices(QObject):
    """Shows a notice from an icon in the tray that is there only as long; else the window asks for attention."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._act: Callable[[], object] | None = None
        self.icon = QSystemTrayIcon(theme().icon("ph.text-t"), self)
        self.icon.setToolTip("Moderato")
        self.icon.messageClicked.connect(self._clicked)
        self.icon.activated.connect(lambda _reason: self._clicked())
        self._away = QTimer(self)
        self._away.setSingleShot(True)
        self._away.setInterval(_SHOWN_MS)
        self._away.timeout.connect(self.icon.hide)

    def say(self, words: str, act: Callable[[], object]) -> None:
        """Shows `words`; a click on them calls `act`."""
        self._act = act
        QApplication.alert(self._window)
        if QSystemTrayIcon.isSystemTrayAvailable():
            self.icon.show()
            self.icon.showMessage("Moderato", words, theme().icon("ph.text-t"), _SHOWN_MS)
            self._away.start()

    def close(self) -> None:
        """Takes the icon away."""
        self._away.stop()
        self.icon.hide()

    def _clicked(self) -> None:
        act, self._act = self._act, None
        self.icon.hide()
        if act is not None:
            act()
