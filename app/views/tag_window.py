"""The tree of tags: add, rename, recolour, give keys, move, delete. All of it can be undone."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QColor, QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QAbstractItemView,
    QColorDialog,
    QDialog,
    QHeaderView,
    QLineEdit,
    QMenu,
    QToolButton,
    QTreeView,
    QVBoxLayout,
    QWidget,
)

from app.commands import CommandRegistry
from app.models.tag_tree import KEY, NAME, USED, TagTreeModel
from app.study_context import StudyContext
from app.theme import SPACE, Text
from app.widgets.basics import announce, label, row
from app.widgets.observation_editor import icon_button
from app.widgets.screen_room import open_at
from app.widgets.swatch import swatch

COLOURS = (
    *("#4c6ef5", "#1c7ed6", "#0c8599", "#2f9e44", "#74a30f", "#e8890c"),
    *("#e8590c", "#e03131", "#c2255c", "#ae3ec9", "#7048e8", "#868e96"),
)
_MOVES = {Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Left, Qt.Key.Key_Right}


def undo_buttons(window: QDialog, commands: CommandRegistry) -> list[QToolButton]:
    """Undo and redo for a window beside the main one, whose keys don't reach it."""
    made = []
    for command_id in ("edit.undo", "edit.redo"):
        if not commands.has(command_id):
            continue
        button = QToolButton(window)
        button.setProperty("look", "quiet")
        made.append(commands.bind(button, command_id, icon_only=True))
        for key in commands.command(command_id).keys:
            shortcut = QShortcut(QKeySequence(key), window)
            shortcut.activated.connect(partial(commands.trigger, command_id))
    return made


class TagWindow(QDialog):
    """A window of its own; it stays in step with the study."""

    def __init__(
        self, context: StudyContext, commands: CommandRegistry, parent: QWidget | None = None, tag_id: str = ""
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Tags"))
        open_at(self, 460, 560)
        self._context = context
        self.model = TagTreeModel(context, self)
        self.tree = QTreeView()
        self.tree.setModel(self.model)
        self.tree.setAccessibleName(self.tr("Tags"))
        self.tree.setDragDropMode(QAbstractItemView.DragDropMode.InternalMove)
        self.tree.setDefaultDropAction(Qt.DropAction.MoveAction)
        triggers = QAbstractItemView.EditTrigger
        self.tree.setEditTriggers(triggers.DoubleClicked | triggers.EditKeyPressed)
        self.tree.setTabKeyNavigation(False)
        self.tree.installEventFilter(self)
        header = self.tree.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(NAME, QHeaderView.ResizeMode.Stretch)
        for column in (KEY, USED):
            header.resizeSection(column, 56)
        self.new = QLineEdit()
        self.new.setPlaceholderText(self.tr("Add a tag, for example: Navigation"))
        self.new.setAccessibleName(self.tr("Add a tag"))
        self.new.setToolTip(self.tr("Enter adds it beside the selected tag, Shift+Enter below it"))
        self.new.installEventFilter(self)
        self._says = label("", tone="warning", wrap=True)
        self._says.hide()
        hint = label(
            self.tr(
                "Drag to move, or Alt with an arrow; F2 renames. A tag's key, or Shift with it, tags what is selected."
            ),
            Text.CAPTION,
            tone="muted",
            wrap=True,
        )
        self.colour = icon_button("ph.palette", self.tr("Another colour"))
        self.colour.setMenu(self._colours())
        self.colour.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.remove = icon_button("ph.trash", self.tr("Delete the tag"), "Del")
        self.remove.clicked.connect(self._remove)
        buttons = [self.colour, self.remove, *undo_buttons(self, commands)]
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE[3], SPACE[3], SPACE[3], SPACE[3])
        layout.setSpacing(SPACE[2])
        head = row(self.new, *buttons)
        head.setStretch(0, 1)
        layout.addLayout(head)
        layout.addWidget(self._says)
        layout.addWidget(self.tree, 1)
        layout.addWidget(hint)
        self.model.refused.connect(self.say)
        self.model.rebuilt.connect(self._restore)
        context.failed.connect(self._on_failed)
        self.tree.selectionModel().currentChanged.connect(self._on_current)
        self._current = tag_id
        self._restore()
        self.tree.setFocus()

    @property
    def current_id(self) -> str:
        """The selected tag, or ""."""
        tag = self.model.tag(self.tree.currentIndex())
        return tag.id if tag is not None else ""

    def say(self, words: str) -> None:
        """Says what could not be done, until something else is."""
        self._says.setText(words)
        self._says.setVisible(bool(words))
        announce(self, words)

    def add(self, *, below: bool) -> None:
        """Adds what is typed, beside the selected tag or below it."""
        name = self.new.text().strip()
        if not name:
            return
        self.say("")
        chosen = self.model.tag(self.tree.currentIndex())
        parent_id = None if chosen is None else chosen.id if below else chosen.parent_id
        used = {tag.colour for tag in self._context.store.tags()}
        colour = next((one for one in COLOURS if one not in used), COLOURS[0])
        made = self.model.add(name, parent_id, chosen.colour if below and chosen is not None else colour)
        if made:
            self.new.clear()
            if not below:
                self._choose(made)
            else:
                self._restore()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() is QEvent.Type.KeyPress:
            key, modifiers = event.key(), event.modifiers()
            if watched is self.new and key in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
                self.add(below=bool(modifiers & Qt.KeyboardModifier.ShiftModifier))
                return True
            if watched is self.tree and self.current_id:
                if modifiers & Qt.KeyboardModifier.AltModifier and Qt.Key(key) in _MOVES:
                    self.say("")
                    self.model.step(self.current_id, Qt.Key(key))
                    return True
                if key == Qt.Key.Key_Delete:
                    self._remove()
                    return True
        return super().eventFilter(watched, event)

    def _colours(self) -> QMenu:
        menu = QMenu(self)
        for colour in COLOURS:
            menu.addAction(swatch(colour), colour, self._paint(colour))
        menu.addSeparator()
        menu.addAction(self.tr("Another colour…"), self._ask_colour)
        return menu

    def _paint(self, colour: str) -> Callable[[], None]:
        return lambda: self.model.set_colour(self.current_id, colour) if self.current_id else None

    def _ask_colour(self) -> None:
        tag = self.model.tag(self.tree.currentIndex())
        if tag is not None:
            chosen = QColorDialog.getColor(QColor(tag.colour or COLOURS[0]), self, self.tr("Colour of the tag"))
            if chosen.isValid():
                self.model.set_colour(tag.id, chosen.name())

    def _remove(self) -> None:
        tag_id = self.current_id
        if not tag_id:
            return
        tags, uses = self.model.branch(tag_id)
        self.model.remove(tag_id)
        parts = []
        if tags:
            parts.append(self.tr("%n tag(s) below it went, too.", "", tags))
        if uses:
            parts.append(self.tr("It was on %n observation(s).", "", uses))
        if parts:
            self.say(self.tr("{what} Ctrl+Z brings all back.").format(what=" ".join(parts)))

    def _on_failed(self, _error: Exception) -> None:
        if self.isActiveWindow():
            self.say(self.tr("That name is taken, or cannot be used."))

    def _on_current(self, *_indexes: object) -> None:
        self._current = self.current_id or self._current
        there = bool(self.current_id)
        self.colour.setEnabled(there)
        self.remove.setEnabled(there)

    def _choose(self, tag_id: str) -> None:
        self._current = tag_id
        self._restore()

    def _restore(self) -> None:
        self.tree.expandAll()
        index = self.model.index_of(self._current)
        if not index.isValid():
            index = self.model.index(0, 0)
        self.tree.setCurrentIndex(index)
        self._on_current()
