"""What a pane shows when it has nothing to list: an icon, a sentence, a button."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app.palette import Role
from app.theme import SPACE, Text, theme

_ICON = 28


class Notice(QWidget):
    """Centred; wraps its words."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._icon_name = ""
        self._icon = QLabel(self)
        self._icon.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._title = QLabel(self)
        self._title.setFont(theme().font(Text.BODY, strong=True))
        self._detail = QLabel(self)
        self._detail.setProperty("tone", "muted")
        for label in (self._title, self._detail):
            label.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
        self._buttons = QHBoxLayout()
        self._buttons.setSpacing(SPACE[1])
        self._buttons.addStretch(1)
        self._buttons.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(SPACE[4], SPACE[3], SPACE[4], SPACE[3])
        column.setSpacing(SPACE[0])
        column.addStretch(2)
        column.addWidget(self._icon)
        column.addSpacing(SPACE[0])
        column.addWidget(self._title)
        column.addWidget(self._detail)
        column.addSpacing(SPACE[1])
        column.addLayout(self._buttons)
        column.addStretch(3)
        theme().changed.connect(self._dress)

    def say(self, icon: str, title: str, detail: str) -> None:
        """Changes icon and words."""
        self._icon_name = icon
        self._title.setText(title)
        self._detail.setText(detail)
        self._detail.setVisible(bool(detail))
        self._dress()

    @property
    def words(self) -> str:
        return f"{self._title.text()} {self._detail.text()}".strip()

    def add_button(self, text: str, *, primary: bool = False, quiet: bool = False) -> QPushButton:
        """Adds a button below the words."""
        button = QPushButton(text, self)
        if primary or quiet:
            button.setProperty("look", "primary" if primary else "quiet")
        self._buttons.insertWidget(self._buttons.count() - 1, button)
        return button

    def _dress(self) -> None:
        if self._icon_name:
            icon = theme().icon(self._icon_name, Role.TEXT_MUTED, _ICON)
            self._icon.setPixmap(icon.pixmap(QSize(_ICON, _ICON), self.devicePixelRatioF()))
