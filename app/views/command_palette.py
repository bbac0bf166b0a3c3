"""Ctrl+K: every command by name, found by a few of its letters, with its key."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QAbstractListModel, QEvent, QModelIndex, QObject, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QFontMetrics, QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QFrame,
    QLineEdit,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from app import fuzzy
from app.commands import Command, CommandRegistry
from app.palette import Role
from app.theme import SPACE, Text, theme
from app.widgets.basics import label

_WIDTH, _ROWS, _ROW_HEIGHT = 560, 9, 36
_INVALID = QModelIndex()
Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True, slots=True)
class Hit:
    """A command that fits, and whether it can be run just now."""

    command: Command
    enabled: bool


def search(commands: list[Hit], query: str) -> list[Hit]:
    """The commands that fit `query`, the best first; those that can't be run just now come last."""
    scored = []
    for position, hit in enumerate(commands):
        points = fuzzy.score(query, hit.command.text)
        if points is None and hit.command.tip:
            points = fuzzy.score(query, hit.command.tip)
            points = None if points is None else points - 1000
        if points is not None:
            scored.append((not hit.enabled, -points if query.strip() else 0, position, hit))
    return [entry[3] for entry in sorted(scored, key=lambda entry: entry[:3])]


class PaletteModel(QAbstractListModel):
    """The hits, in order."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._hits: list[Hit] = []

    def show_hits(self, hits: list[Hit]) -> None:
        """Replaces all rows."""
        self.beginResetModel()
        self._hits = hits
        self.endResetModel()

    def hit(self, row: int) -> Hit:
        return self._hits[row]

    def rowCount(self, parent: Index = _INVALID) -> int:
        return 0 if parent.isValid() else len(self._hits)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        hit = self._hits[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return hit.command.text
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{hit.command.text} {CommandRegistry.key_text(hit.command)}".strip()
        if role == Qt.ItemDataRole.ToolTipRole:
            return hit.command.tip or None
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        if not index.isValid():
            return Qt.ItemFlag.NoItemFlags
        flags = Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemNeverHasChildren
        return flags | Qt.ItemFlag.ItemIsEnabled if self._hits[index.row()].enabled else flags


class _Delegate(QStyledItemDelegate):
    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        model = index.model()
        assert isinstance(model, PaletteModel)
        hit = model.hit(index.row())
        colors = theme()
        rect: QRect = option.rect
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        painter.save()
        if chosen:
            painter.fillRect(rect, colors.color(Role.SELECTION))
        room = rect.adjusted(SPACE[3], 0, -SPACE[3], 0)
        ink = Role.TEXT if hit.enabled else Role.TEXT_MUTED
        if hit.command.icon:
            icon = QRect(room.left(), room.center().y() - 8, 16, 16)
            colors.icon(hit.command.icon, Role.TEXT_MUTED).paint(painter, icon)
        room.setLeft(room.left() + 28)
        keys = CommandRegistry.key_text(hit.command)
        caption = theme().font(Text.CAPTION)
        painter.setFont(caption)
        painter.setPen(colors.color(Role.TEXT_MUTED))
        painter.drawText(room, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, keys)
        if keys:
            room.setRight(room.right() - QFontMetrics(caption).horizontalAdvance(keys) - SPACE[2])
        painter.setFont(theme().font())
        painter.setPen(colors.color(ink))
        words = QFontMetrics(theme().font()).elidedText(hit.command.text, Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, words)
        painter.restore()

    def sizeHint(self, _option: QStyleOptionViewItem, _index: Index) -> QSize:
        return QSize(0, _ROW_HEIGHT)


class CommandPalette(QFrame):
    """Floats over the upper middle of its window; Escape, or a click elsewhere, closes it."""

    def __init__(self, commands: CommandRegistry, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("palette")
        self._commands = commands
        self._under = parent
        self._came_from: QWidget | None = None
        self.field = QLineEdit()
        self.field.setPlaceholderText(self.tr("Find a command"))
        self.field.setAccessibleName(self.tr("Find a command"))
        self.field.setFont(theme().font(Text.STRONG))
        self.model = PaletteModel(self)
        self.list = QListView()
        self.list.setModel(self.model)
        self.list.setItemDelegate(_Delegate(self.list))
        self.list.setUniformItemSizes(True)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setAccessibleName(self.tr("Commands"))
        self.list.clicked.connect(self._run)
        self.nothing = label(self.tr("No command has these letters."), tone="muted")
        self.nothing.setContentsMargins(SPACE[3], SPACE[1], SPACE[3], SPACE[3])
        layout = QVBoxLayout(self)
        layout.setContentsMargins(1, 1, 1, SPACE[1])
        layout.setSpacing(0)
        layout.addWidget(self.field)
        layout.addWidget(self.list)
        layout.addWidget(self.nothing)
        self.field.textChanged.connect(self._search)
        self.field.installEventFilter(self)
        parent.installEventFilter(self)
        self.hide()

    def open(self, came_from: QWidget | None) -> None:
        """Shows all commands; the focus goes back to `came_from` afterwards."""
        self._came_from = came_from
        self.field.clear()
        self._search("")
        self.show()
        self.raise_()
        self.field.setFocus()

    def close_palette(self) -> None:
        """Hides it and gives the focus back."""
        if self.isVisible():
            self.hide()
            if self._came_from is not None:
                self._came_from.setFocus()
                self._came_from = None

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.field:
            if event.type() is QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
                return self._key(event.key())
            if event.type() is QEvent.Type.FocusOut:
                self.hide()
        elif event.type() is QEvent.Type.Resize:
            self._place()
        return super().eventFilter(watched, event)

    def _key(self, key: int) -> bool:
        current = self.list.currentIndex().row()
        match key:
            case Qt.Key.Key_Down:
                self._choose(min(current + 1, self.model.rowCount() - 1))
            case Qt.Key.Key_Up:
                self._choose(max(current - 1, 0))
            case Qt.Key.Key_Return | Qt.Key.Key_Enter:
                self._run(self.list.currentIndex())
            case Qt.Key.Key_Escape:
                self.close_palette()
            case _:
                return False
        return True

    def _choose(self, row: int) -> None:
        self.list.setCurrentIndex(self.model.index(row, 0))

    def _search(self, query: str) -> None:
        self._commands.refresh()
        hits = [
            Hit(command, self._commands.action(command.id).isEnabled())
            for command in self._commands.commands()
            if self._commands.within_reach(command.id)
        ]
        found = search(hits, query)
        self.model.show_hits(found)
        self._choose(0)
        self.nothing.setVisible(not found)
        self.list.setVisible(bool(found))
        self.list.setFixedHeight(min(len(found), _ROWS) * _ROW_HEIGHT)
        self._place()

    def _place(self) -> None:
        parent = self._under
        self.setFixedWidth(min(_WIDTH, parent.width() - 2 * SPACE[3]))
        self.adjustSize()
        self.move((parent.width() - self.width()) // 2, min(96, parent.height() // 8))

    def _run(self, index: Index) -> None:
        if not index.isValid():
            return
        hit = self.model.hit(index.row())
        if hit.enabled:
            self.close_palette()
            self._commands.trigger(hit.command.id)
