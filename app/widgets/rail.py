"""The rail on the left: the places of the app, each with icon, name and key."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QButtonGroup, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from app.commands import CommandRegistry
from app.palette import Role
from app.theme import SPACE, Text, theme

WIDTH = 88


class Rail(QWidget):
    """Places on top, tools at the foot. The buttons only trigger commands; `choose` says where we are."""

    def __init__(self, commands: CommandRegistry, places: list[str], tools: list[str]) -> None:
        super().__init__()
        self.setObjectName("rail")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedWidth(WIDTH)
        self.setAccessibleName(self.tr("Places"))
        self._group = QButtonGroup(self)
        self._group.setExclusive(True)
        self._buttons: dict[str, QToolButton] = {}
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE[1], SPACE[2], SPACE[1], SPACE[2])
        layout.setSpacing(SPACE[0])
        for command_id in places:
            made = self._button(commands, command_id)
            made.setCheckable(True)
            self._group.addButton(made)
            self._buttons[command_id] = made
            layout.addWidget(made)
        layout.addStretch(1)
        for command_id in tools:
            layout.addWidget(self._button(commands, command_id))

    def choose(self, command_id: str) -> None:
        """Shows that this place is open."""
        self._buttons[command_id].setChecked(True)

    def _button(self, commands: CommandRegistry, command_id: str) -> QToolButton:
        command, action = commands.command(command_id), commands.action(command_id)
        made = QToolButton()
        made.setText(command.text)
        made.setIcon(theme().icon(command.icon, Role.TEXT_MUTED, 20))
        made.setIconSize(QSize(20, 20))
        made.setFont(theme().font(Text.CAPTION))
        made.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextUnderIcon)
        made.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        made.setToolTip(commands.tooltip(command))
        made.setAccessibleName(command.text)
        made.setCursor(Qt.CursorShape.PointingHandCursor)
        made.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        made.clicked.connect(action.trigger)
        return made
