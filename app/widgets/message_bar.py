"""One line at the foot of the window: what happened, what is safe, and one thing to do about it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QWidget

from app.palette import Role
from app.theme import SPACE, theme
from app.widgets.basics import announce, button, icon_label, label, set_tone

_GOES_AFTER_MS = 12_000
_ICONS = {"info": "ph.info", "success": "ph.check-circle", "warning": "ph.warning", "danger": "ph.warning-octagon"}
_ROLES = {"info": Role.ACCENT, "success": Role.SUCCESS, "warning": Role.WARNING, "danger": Role.DANGER}


class MessageBar(QWidget):
    """Shows the newest message. Good news goes by itself; a warning stays until it is closed."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("messageBar")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._icon = icon_label(_ICONS["info"], Role.ACCENT, 20)
        self.words = label(wrap=True)
        self.words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.action = button("")
        self.action.clicked.connect(self._act)
        self.other = button("", look="quiet")
        self.other.clicked.connect(self._act_other)
        close = QToolButton()
        close.setProperty("look", "quiet")
        close.setIcon(theme().icon("ph.x", Role.TEXT_MUTED))
        close.setAccessibleName(self.tr("Close this message"))
        close.setToolTip(self.tr("Close this message"))
        close.clicked.connect(self.clear)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(SPACE[3], SPACE[1], SPACE[2], SPACE[1])
        layout.setSpacing(SPACE[2])
        layout.addWidget(self._icon)
        layout.addWidget(self.words, 1)
        layout.addWidget(self.other)
        layout.addWidget(self.action)
        layout.addWidget(close)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_GOES_AFTER_MS)
        self._timer.timeout.connect(self.clear)
        self._on_action: Callable[[], object] | None = None
        self._on_other: Callable[[], object] | None = None
        self.hide()

    def say(
        self,
        words: str,
        tone: str = "info",
        action: tuple[str, Callable[[], object]] | None = None,
        other: tuple[str, Callable[[], object]] | None = None,
    ) -> None:
        """Shows a sentence. `tone`: info, success, warning, danger. `action`, `other`: a button's text and its call."""
        self.words.setText(words)
        self._icon.set_icon(_ICONS[tone], _ROLES[tone])
        set_tone(self, tone)
        self._on_action = action[1] if action else None
        self._on_other = other[1] if other else None
        self.action.setText(action[0] if action else "")
        self.action.setVisible(action is not None)
        self.other.setText(other[0] if other else "")
        self.other.setVisible(other is not None)
        self.show()
        announce(self, words)
        self._timer.stop()
        if tone in {"info", "success"} and action is None:
            self._timer.start()

    def clear(self) -> None:
        """Takes the message away."""
        self._timer.stop()
        self._on_action = self._on_other = None
        self.hide()

    def _act(self) -> None:
        call = self._on_action
        self.clear()
        if call is not None:
            call()

    def _act_other(self) -> None:
        call = self._on_other
        self.clear()
        if call is not None:
            call()
