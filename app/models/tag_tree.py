"""The study's tags as a tree that can be changed: names, keys, colours, and where each stands."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Sequence

from PySide6.QtCore import (
    QAbstractItemModel,
    QByteArray,
    QMimeData,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QSize,
    Qt,
    Signal,
)

from annotate.changes import ChangeSet
from annotate.models import Tag
from annotate.store import StudyStore
from app.study_context import StudyContext
from app.theme import ROW_DENSE
from app.widgets.swatch import swatch

Index = QModelIndex | QPersistentModelIndex
MIME = "application/x-moderato-tag"
NAME, KEY, USED = 0, 1, 2
_INVALID = QModelIndex()
_DISPLAY, _EDIT = Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.EditRole


class TagTreeModel(QAbstractItemModel):
    """Name, key, and how many observations have it. Each edit is one step of undo.

    Signals:
        refused(words): what was typed can't be taken.
        rebuilt: the rows are others; views expand them and find their selection again.
    """

    refused = Signal(str)
    rebuilt = Signal()

    def __init__(self, context: StudyContext, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._tags: dict[str, Tag] = {}
        self._below: dict[str | None, list[str]] = {}
        self._used: dict[str, int] = {}
        # An index carries a small number, not an object: what it points to may be gone when Qt asks.
        self._numbers: dict[str, int] = {}
        self._ids: list[str] = []
        self.refresh()
        context.changed.connect(self._on_changed)

    def refresh(self) -> None:
        """Reads the tags anew."""
        tags = self._context.store.tags()
        used: defaultdict[str, int] = defaultdict(int)
        for observation in self._context.store.observations():
            for tag_id in observation.tag_ids:
                used[tag_id] += 1
        if tags == list(self._tags.values()) and used == self._used:
            return
        self.beginResetModel()
        self._tags, self._used = {tag.id: tag for tag in tags}, dict(used)
        below: defaultdict[str | None, list[str]] = defaultdict(list)
        for tag in tags:
            below[tag.parent_id].append(tag.id)
            if tag.id not in self._numbers:
                self._numbers[tag.id] = len(self._ids)
                self._ids.append(tag.id)
        self._below = dict(below)
        self.endResetModel()
        self.rebuilt.emit()

    # -- reading -----------------------------------------------------------------------------------------------

    def tag(self, index: Index) -> Tag | None:
        return self._tags.get(self._ids[index.internalId()]) if index.isValid() else None

    def index_of(self, tag_id: str, column: int = NAME) -> QModelIndex:
        tag = self._tags.get(tag_id)
        if tag is None:
            return QModelIndex()
        return self.createIndex(self._below[tag.parent_id].index(tag_id), column, self._numbers[tag_id])

    def index(self, row: int, column: int, parent: Index = _INVALID) -> QModelIndex:
        above = self.tag(parent)
        siblings = self._below.get(above.id if above else None, [])
        if not (0 <= row < len(siblings) and 0 <= column < 3):
            return QModelIndex()
        return self.createIndex(row, column, self._numbers[siblings[row]])

    def parent(self, index: Index = _INVALID) -> QModelIndex:  # type: ignore[override]
        tag = self.tag(index)
        return self.index_of(tag.parent_id) if tag is not None and tag.parent_id is not None else QModelIndex()

    def rowCount(self, parent: Index = _INVALID) -> int:
        if parent.isValid() and parent.column() != NAME:
            return 0
        above = self.tag(parent)
        return len(self._below.get(above.id if above else None, []))

    def columnCount(self, _parent: Index = _INVALID) -> int:
        return 3

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = _DISPLAY) -> object:
        if orientation is Qt.Orientation.Horizontal and role == _DISPLAY:
            return (self.tr("Tag"), self.tr("Key"), self.tr("Used"))[section]
        return None

    def data(self, index: Index, role: int = _DISPLAY) -> object:
        tag = self.tag(index)
        if tag is None:
            return None
        if role in {_DISPLAY, _EDIT}:
            used = self._used.get(tag.id, 0)
            return (tag.name, tag.key or "", str(used) if used else "")[index.column()]
        if role == Qt.ItemDataRole.SizeHintRole:
            return QSize(0, ROW_DENSE)
        if role == Qt.ItemDataRole.DecorationRole and index.column() == NAME:
            return swatch(tag.colour or "#868e96")
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        flag = Qt.ItemFlag
        if not index.isValid():
            return flag.ItemIsDropEnabled
        flags = flag.ItemIsEnabled | flag.ItemIsSelectable | flag.ItemIsDragEnabled | flag.ItemIsDropEnabled
        return flags if index.column() == USED else flags | flag.ItemIsEditable

    # -- changing ----------------------------------------------------------------------------------------------

    def setData(self, index: Index, value: object, role: int = _EDIT) -> bool:
        tag, text = self.tag(index), str(value).strip()
        if tag is None or role != _EDIT:
            return False
        if index.column() == NAME:
            if text and text != tag.name:
                self._do(self.tr("Rename tag"), lambda store: store.update_tag(tag.id, name=text))
            return bool(text)
        key = text.upper() or None
        if key is not None and (len(key) != 1 or not key.isalpha()):
            self.refused.emit(self.tr("A tag's key is one letter."))
        elif key is not None and any(other.key == key and other.id != tag.id for other in self._tags.values()):
            self.refused.emit(self.tr("Another tag has this key. Choose another letter."))
        elif key != tag.key:
            self._do(self.tr("Change a tag's key"), lambda store: store.update_tag(tag.id, key=key))
            return True
        return False

    def add(self, name: str, parent_id: str | None, colour: str | None) -> str:
        """Adds a tag below another one, or at the top; returns its id, "" if it was refused."""
        before = set(self._tags)
        self._do(self.tr("Add tag"), lambda store: store.add_tag(name, parent_id=parent_id, colour=colour))
        return next((tag_id for tag_id in self._tags if tag_id not in before), "")

    def set_colour(self, tag_id: str, colour: str) -> None:
        self._do(self.tr("Change a tag's colour"), lambda store: store.update_tag(tag_id, colour=colour))

    def remove(self, tag_id: str) -> None:
        self._do(self.tr("Remove tag"), lambda store: store.remove_tag(tag_id))

    def move(self, tag_id: str, parent_id: str | None, position: int) -> None:
        self._do(self.tr("Move tag"), lambda store: store.move_tag(tag_id, parent_id, position))

    def step(self, tag_id: str, direction: Qt.Key) -> None:
        """Moves a tag by a key: up and down among its siblings, right below the one before, left beside its parent."""
        tag = self._tags[tag_id]
        siblings = self._below[tag.parent_id]
        at = siblings.index(tag_id)
        above = self._tags.get(tag.parent_id or "")
        if direction == Qt.Key.Key_Up and at > 0:
            self.move(tag_id, tag.parent_id, at - 1)
        elif direction == Qt.Key.Key_Down and at + 1 < len(siblings):
            self.move(tag_id, tag.parent_id, at + 1)
        elif direction == Qt.Key.Key_Right and at > 0:
            self.move(tag_id, siblings[at - 1], len(self._below.get(siblings[at - 1], [])))
        elif direction == Qt.Key.Key_Left and above is not None:
            self.move(tag_id, above.parent_id, self._below[above.parent_id].index(above.id) + 1)

    def branch(self, tag_id: str) -> tuple[int, int]:
        """How many tags hang below one, and on how many observations it and they are."""
        waiting, tags, uses = [tag_id], 0, 0
        while waiting:
            one = waiting.pop()
            uses += self._used.get(one, 0)
            below = self._below.get(one, [])
            tags += len(below)
            waiting += below
        return tags, uses

    # -- drag and drop -----------------------------------------------------------------------------------------

    def supportedDropActions(self) -> Qt.DropAction:
        return Qt.DropAction.MoveAction

    def mimeTypes(self) -> list[str]:
        return [MIME]

    def mimeData(self, indexes: Sequence[QModelIndex]) -> QMimeData:
        tag = self.tag(indexes[0])
        data = QMimeData()
        data.setData(MIME, QByteArray(json.dumps(tag.id if tag else "").encode()))
        return data

    def dropMimeData(self, data: QMimeData, _action: Qt.DropAction, row: int, _column: int, parent: Index) -> bool:
        if not data.hasFormat(MIME):
            return False
        tag = self._tags.get(json.loads(bytes(data.data(MIME).data())))
        above = self.tag(parent)
        parent_id = above.id if above is not None else None
        if tag is None or parent_id == tag.id:
            return False
        siblings = self._below.get(parent_id, [])
        position = row if row >= 0 else len(siblings)
        if tag.parent_id == parent_id and siblings.index(tag.id) < position:
            position -= 1  # taking it out first moves later gaps up by one
        self.move(tag.id, parent_id, position)
        return False  # the store's change refreshes the rows; the view must not remove any by itself

    def _do(self, text: str, fn: Callable[[StudyStore], ChangeSet]) -> None:
        self._context.do(text, fn)

    def _on_changed(self, change: ChangeSet | None, _initiator: object) -> None:
        if change is None or change.tables & {"tag", "observation_tag", "observation"}:
            self.refresh()
