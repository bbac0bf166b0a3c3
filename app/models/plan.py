"""The study's tasks and codes as tables. Edits go through `StudyContext.do`, so each is one step of undo."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import (
    QAbstractTableModel,
    QByteArray,
    QMimeData,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Signal,
)

from annotate.changes import ChangeSet
from annotate.models import Tag, Task
from annotate.store import StudyStore
from app.study_context import StudyContext
from app.widgets.swatch import swatch
from app.widgets.times import minutes_of, short_clock

Index = QModelIndex | QPersistentModelIndex
_INVALID = QModelIndex()
_MIME = "application/x-moderato-task"
_DISPLAY, _EDIT = Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.EditRole


class _PlanModel(QAbstractTableModel):
    """Rows of the plan; nothing to show while there is no study.

    Signals:
        refused(str): what was typed can't be taken, in the page's words.
    """

    refused = Signal(str)
    titles: tuple[str, ...] = ()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.context: StudyContext | None = None

    def set_context(self, context: StudyContext | None) -> None:
        """Shows another study, or none."""
        self.context = context
        self.refresh()

    def refresh(self) -> None:
        """Reads the rows anew."""
        raise NotImplementedError

    def columnCount(self, parent: Index = _INVALID) -> int:
        return 0 if parent.isValid() else len(self.titles)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = _DISPLAY) -> object:
        if orientation is Qt.Orientation.Horizontal and role == _DISPLAY:
            return self.tr(self.titles[section])
        return None

    def _do(self, text: str, fn: Callable[[StudyStore], ChangeSet]) -> None:
        if self.context is not None:
            self.context.do(text, fn)


class TasksModel(_PlanModel):
    """Title and expected time of each task, in order; rows can be dragged."""

    titles = ("Task", "Expected")

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._tasks: list[Task] = []

    def refresh(self) -> None:
        tasks = self.context.store.tasks() if self.context is not None else []
        if tasks == self._tasks:
            return
        if [task.id for task in tasks] == [task.id for task in self._tasks]:
            self._tasks = tasks
            self.dataChanged.emit(self.index(0, 0), self.index(len(tasks) - 1, len(self.titles) - 1))
            return
        self.beginResetModel()
        self._tasks = tasks
        self.endResetModel()

    def task(self, row: int) -> Task:
        return self._tasks[row]

    def row_of(self, task_id: str) -> int | None:
        """Where a task stands, or None."""
        return next((row for row, task in enumerate(self._tasks) if task.id == task_id), None)

    def rowCount(self, parent: Index = _INVALID) -> int:
        return 0 if parent.isValid() else len(self._tasks)

    def data(self, index: Index, role: int = _DISPLAY) -> object:
        if not index.isValid():
            return None
        task = self._tasks[index.row()]
        if role in {_DISPLAY, _EDIT}:
            if index.column() == 0:
                return f"{index.row() + 1}  {task.title}" if role == _DISPLAY else task.title
            return "" if task.expected_ns is None else short_clock(task.expected_ns)
        if role == Qt.ItemDataRole.ToolTipRole:
            return task.scenario or None
        return None

    def setData(self, index: Index, value: object, role: int = _EDIT) -> bool:
        if not index.isValid() or role != _EDIT:
            return False
        task, text = self._tasks[index.row()], str(value).strip()
        if index.column() == 0:
            if text and text != task.title:
                self._do(self.tr("Rename task"), lambda store: store.update_task(task.id, title=text))
            return bool(text)
        try:
            expected = minutes_of(text)
        except ValueError:
            self.refused.emit(self.tr("Write the expected time as minutes, like 3 or 3:30."))
            return False
        if expected != task.expected_ns:
            self._do(self.tr("Change expected time"), lambda store: store.update_task(task.id, expected_ns=expected))
        return True

    def flags(self, index: Index) -> Qt.ItemFlag:
        if not index.isValid():
            return Qt.ItemFlag.ItemIsDropEnabled
        return (
            Qt.ItemFlag.ItemIsSelectable
            | Qt.ItemFlag.ItemIsEnabled
            | Qt.ItemFlag.ItemIsEditable
            | Qt.ItemFlag.ItemIsDragEnabled
            | Qt.ItemFlag.ItemNeverHasChildren
        )

    def move(self, row: int, to: int) -> None:
        """Puts the task of `row` at position `to`."""
        if 0 <= row < len(self._tasks) and 0 <= to < len(self._tasks) and row != to:
            task_id = self._tasks[row].id
            self._do(self.tr("Move task"), lambda store: store.move_task(task_id, to))

    def supportedDropActions(self) -> Qt.DropAction:
        return Qt.DropAction.MoveAction

    def mimeTypes(self) -> list[str]:
        return [_MIME]

    def mimeData(self, indexes: Sequence[QModelIndex]) -> QMimeData:
        data = QMimeData()
        data.setData(_MIME, QByteArray(str(indexes[0].row()).encode()))
        return data

    def dropMimeData(self, data: QMimeData, _action: Qt.DropAction, row: int, _column: int, parent: Index) -> bool:
        if not data.hasFormat(_MIME):
            return False
        source = int(bytes(data.data(_MIME).data()))
        target = row if row >= 0 else (parent.row() if parent.isValid() else len(self._tasks))
        # `row` is the gap that the task is dropped into; taking it out first moves later gaps up by one.
        self.move(source, min(target - 1 if target > source else target, len(self._tasks) - 1))
        return False  # the store's change refreshes the rows; the view must not remove any by itself


class TagsModel(_PlanModel):
    """Name and key of each code, with its colour."""

    titles = ("Tag", "Key")

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._tags: list[Tag] = []

    def refresh(self) -> None:
        tags = self.context.store.tags() if self.context is not None else []
        if tags != self._tags:
            self.beginResetModel()
            self._tags = tags
            self.endResetModel()

    def tag(self, row: int) -> Tag:
        return self._tags[row]

    def rowCount(self, parent: Index = _INVALID) -> int:
        return 0 if parent.isValid() else len(self._tags)

    def data(self, index: Index, role: int = _DISPLAY) -> object:
        if not index.isValid():
            return None
        tag = self._tags[index.row()]
        if role in {_DISPLAY, _EDIT}:
            return tag.name if index.column() == 0 else tag.key or ""
        if role == Qt.ItemDataRole.DecorationRole and index.column() == 0 and tag.colour:
            return swatch(tag.colour)
        return None

    def setData(self, index: Index, value: object, role: int = _EDIT) -> bool:
        if not index.isValid() or role != _EDIT:
            return False
        tag, text = self._tags[index.row()], str(value).strip()
        if index.column() == 0:
            if text and text != tag.name:
                self._do(self.tr("Rename tag"), lambda store: store.update_tag(tag.id, name=text))
            return bool(text)
        key = text.upper() or None
        if key is not None and (len(key) != 1 or not key.isalpha()):
            self.refused.emit(self.tr("A tag's key is one letter."))
            return False
        if key is not None and any(other.key == key and other.id != tag.id for other in self._tags):
            self.refused.emit(self.tr("Another tag has this key. Choose another letter."))
            return False
        if key != tag.key:
            self._do(self.tr("Change a tag's key"), lambda store: store.update_tag(tag.id, key=key))
        return True

    def set_colour(self, row: int, colour: str) -> None:
        """Gives the code of `row` another colour (`#rrggbb`)."""
        tag = self._tags[row]
        if colour != tag.colour:
            self._do(self.tr("Change a tag's colour"), lambda store: store.update_tag(tag.id, colour=colour))

    def flags(self, index: Index) -> Qt.ItemFlag:
        if not index.isValid():
            return Qt.ItemFlag.NoItemFlags
        return (
            Qt.ItemFlag.ItemIsSelectable
            | Qt.ItemFlag.ItemIsEnabled
            | Qt.ItemFlag.ItemIsEditable
            | Qt.ItemFlag.ItemNeverHasChildren
        )
