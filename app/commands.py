"""Every command of the app, in one registry: menus, buttons, keys, tooltips and the palette all come from here."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QAbstractButton, QToolButton, QWidget

from app.palette import Role
from app.theme import theme

ButtonT = TypeVar("ButtonT", bound=QAbstractButton)

APP = "app"
"""The scope whose keys work everywhere in the main window; other scopes work within the widget that owns them."""
OWN_WINDOWS = frozenset({"recording"})
"""Scopes whose keys can't meet those of the main window."""


@dataclass(frozen=True, slots=True)
class Command:
    """What a command is called and how it is reached.

    Attributes:
        id: e.g. "study.new"; never shown.
        text: as a menu, a button and the palette show it.
        shortcut: one key sequence or several, in Qt's portable text ("Ctrl+K"); the first is the one that is shown.
        icon: Phosphor name ("ph.plus") or "".
        scope: "app", or the place whose keys these are ("study", "review", "recording"…).
        tip: what it does, when the text alone doesn't say it.
        checkable: it is a state that is on or off.
        repeat: holding the key down repeats it.
        role: colour of the icon.
    """

    id: str
    text: str
    shortcut: str | tuple[str, ...] = ()
    icon: str = ""
    scope: str = APP
    tip: str = ""
    checkable: bool = False
    repeat: bool = False
    role: Role = Role.TEXT

    @property
    def keys(self) -> tuple[str, ...]:
        """All key sequences, in portable text."""
        keys = (self.shortcut,) if isinstance(self.shortcut, str) else self.shortcut
        return tuple(key for key in keys if key)


@dataclass(slots=True)
class _Entry:
    command: Command
    action: QAction
    enabled: Callable[[], bool] | None
    place: QWidget


class _Follower(QObject):
    """Keeps a button as its action is. Lives and ends with the button."""

    def __init__(self, button: QAbstractButton, action: QAction) -> None:
        super().__init__(button)
        self._button = button
        self._action = action
        action.changed.connect(self._follow)
        button.clicked.connect(self._clicked)
        self._follow()

    def _follow(self) -> None:
        self._button.setEnabled(self._action.isEnabled())
        self._button.setChecked(self._action.isChecked())

    def _clicked(self) -> None:
        self._action.trigger()


class CommandRegistry(QObject):
    """The registry. Main thread only.

    Signals:
        changed: a command came or went.
    """

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._entries: dict[str, _Entry] = {}

    def add(
        self,
        command: Command,
        handler: Callable[[], object],
        parent_widget: QWidget,
        enabled: Callable[[], bool] | None = None,
    ) -> QAction:
        """Makes the command's action, within whose `parent_widget` its keys work.

        `enabled` is asked by `refresh`, and just before the command runs. Adding an id again replaces the command.
        A key that another command of the same reach has is a defect: ValueError.
        """
        self.remove(command.id)
        self._refuse_clash(command)
        action = QAction(command.text, parent_widget)
        action.setObjectName(command.id)
        if command.icon:
            action.setIcon(theme().icon(command.icon, command.role))
        action.setShortcuts([QKeySequence(key) for key in command.keys])
        action.setShortcutContext(
            Qt.ShortcutContext.WindowShortcut if command.scope == APP else Qt.ShortcutContext.WidgetWithChildrenShortcut
        )
        action.setAutoRepeat(command.repeat)
        action.setCheckable(command.checkable)
        action.setToolTip(self.tooltip(command))
        action.setStatusTip(command.tip or command.text)
        entry = _Entry(command, action, enabled, parent_widget)
        self._entries[command.id] = entry

        def run() -> None:
            if enabled is None or enabled():
                handler()

        action.triggered.connect(run)
        parent_widget.addAction(action)
        # A page that is destroyed takes its actions with it; the registry must not hold dead ones.
        action.destroyed.connect(lambda _=None, entry=entry: self._forget(entry))
        if enabled is not None:
            action.setEnabled(enabled())
        self.changed.emit()
        return action

    def remove(self, command_id: str) -> None:
        """Takes a command out; unknown ids are fine."""
        entry = self._entries.pop(command_id, None)
        if entry is not None:
            with contextlib.suppress(RuntimeError):  # Qt may have destroyed it with its widget
                entry.action.setShortcuts([])
                entry.action.deleteLater()
            self.changed.emit()

    def action(self, command_id: str) -> QAction:
        """The action of a command; an unknown id is a defect: KeyError."""
        return self._entries[command_id].action

    def command(self, command_id: str) -> Command:
        return self._entries[command_id].command

    def has(self, command_id: str) -> bool:
        return command_id in self._entries

    def commands(self) -> list[Command]:
        """All commands, in the order they came."""
        return [entry.command for entry in self._entries.values()]

    def trigger(self, command_id: str) -> None:
        """Runs a command, if it is enabled just now."""
        self.refresh(command_id)
        self.action(command_id).trigger()

    def refresh(self, command_id: str | None = None) -> None:
        """Asks the commands (or one) whether they are enabled, and shows it."""
        for entry in [self._entries[command_id]] if command_id else list(self._entries.values()):
            if entry.enabled is not None:
                entry.action.setEnabled(entry.enabled())

    def within_reach(self, command_id: str) -> bool:
        """Whether the place whose command it is can be seen just now; those of the app always can."""
        entry = self._entries[command_id]
        return entry.command.scope == APP or entry.place.isVisible()

    def bind(self, button: ButtonT, command_id: str, *, icon_only: bool = False) -> ButtonT:
        """Makes `button` the command's: text, icon, tooltip with the key, accessible name, state. Returns it."""
        command, action = self.command(command_id), self.action(command_id)
        button.setText("" if icon_only else command.text)
        button.setAccessibleName(command.text)
        button.setAccessibleDescription(command.tip)
        button.setToolTip(self.tooltip(command))
        button.setCheckable(command.checkable)
        if command.icon:
            button.setIcon(action.icon())
        if isinstance(button, QToolButton) and not icon_only:
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)

        _Follower(button, action)
        return button

    @staticmethod
    def tooltip(command: Command) -> str:
        """What the command does, with its key: "Undo (Ctrl+Z)"."""
        words = command.tip or command.text
        key = CommandRegistry.key_text(command)
        return f"{words} ({key})" if key else words

    @staticmethod
    def key_text(command: Command) -> str:
        """The command's first key as the system writes it, or ""."""
        return QKeySequence(command.keys[0]).toString(QKeySequence.SequenceFormat.NativeText) if command.keys else ""

    def _forget(self, entry: _Entry) -> None:
        if self._entries.get(entry.command.id) is entry:
            del self._entries[entry.command.id]

    def _refuse_clash(self, command: Command) -> None:
        wanted = {QKeySequence(key).toString() for key in command.keys}
        for entry in self._entries.values():
            other = entry.command
            scopes = {command.scope, other.scope}
            if len(scopes) > 1 and (APP not in scopes or scopes & OWN_WINDOWS):
                continue
            shared = wanted & {QKeySequence(key).toString() for key in other.keys}
            if shared:
                raise ValueError(f"{command.id} and {other.id} both want {sorted(shared)}")
