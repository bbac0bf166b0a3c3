"""The issues as cards on a board, a column a status: dragged with the mouse, moved with Alt and the arrows."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QMimeData, QSize, Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent, QFocusEvent, QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from annotate.models import IssueStatus
from app.models.issues import IssueRow, issue_status_words
from app.plain import tooltip
from app.theme import SPACE, theme
from app.widgets.basics import label
from app.widgets.notice import Notice
from app.widgets.severity_picker import severity_icon
from app.wording import severity_words

COLUMNS = (IssueStatus.OPEN, IssueStatus.ACCEPTED, IssueStatus.FIXED, IssueStatus.WONT_FIX, IssueStatus.DUPLICATE)
_MIME = "application/x-moderato-issue"
_ID = Qt.ItemDataRole.UserRole


class _Column(QListWidget):
    """The cards of one status.

    Signals:
        came(issue id): a card was dropped here.
        wants_move(issue id, -1 or 1): to the column before or after.
        wants_focus(-1 or 1): to go on in the column before or after.
    """

    came = Signal(str)
    wants_move = Signal(str, int)
    wants_focus = Signal(int)

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWordWrap(True)
        self.setSpacing(3)
        self.setDragEnabled(True)
        self.setAcceptDrops(True)
        self.setDragDropMode(QAbstractItemView.DragDropMode.DragDrop)
        self.setDefaultDropAction(Qt.DropAction.MoveAction)
        self.setDropIndicatorShown(False)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

    def mimeData(self, items: Sequence[QListWidgetItem]) -> QMimeData:
        data = QMimeData()
        if items:
            data.setData(_MIME, str(items[0].data(_ID)).encode())
        return data

    def mimeTypes(self) -> list[str]:
        return [_MIME]

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        self._accept(event)

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        self._accept(event)

    def _accept(self, event: QDragMoveEvent) -> None:
        if event.mimeData().hasFormat(_MIME):
            event.acceptProposedAction()
        else:
            event.ignore()

    def dropEvent(self, event: QDropEvent) -> None:
        if event.mimeData().hasFormat(_MIME):
            event.setDropAction(Qt.DropAction.CopyAction)  # the model moves the card, once the study has changed
            event.accept()
            self.came.emit(bytes(event.mimeData().data(_MIME).data()).decode())

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        if self.currentRow() < 0 and self.count():
            self.setCurrentRow(0)  # the keys act on what one sees chosen

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()))
        if step is None:
            super().keyPressEvent(event)
        elif not event.modifiers() & Qt.KeyboardModifier.AltModifier:
            self.wants_focus.emit(step)
        elif self.currentRow() >= 0:
            self.wants_move.emit(str(self.currentItem().data(_ID)), step)


class BoardTab(QWidget):
    """Signals:
    moved(issue id, IssueStatus): a card was put into another column.
    opened(issue id): Enter or a double click.
    issues_wanted: there is nothing to show yet; issues are made on another tab.
    """

    moved = Signal(str, object)
    opened = Signal(str)
    issues_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows: dict[str, IssueRow] = {}
        self._follow = ""
        self.columns: dict[IssueStatus, _Column] = {}
        self._heads = {status: label("", strong=True) for status in COLUMNS}
        self.notice = Notice()
        self.notice.say(
            "ph.list-numbers",
            self.tr("No issues yet"),
            self.tr("Group observations into issues first. Here they go from open to fixed."),
        )
        self.notice.add_button(self.tr("Go to the issues"), primary=True).clicked.connect(self.issues_wanted)
        board = QWidget()
        self._stack = QStackedLayout(self)
        self._stack.addWidget(board)
        self._stack.addWidget(self.notice)
        layout = QHBoxLayout(board)
        layout.setContentsMargins(0, SPACE[2], 0, 0)
        layout.setSpacing(SPACE[2])
        for number, status in enumerate(COLUMNS):
            words = issue_status_words(status)
            column = _Column(self.tr("Issues: {status}").format(status=words))
            column.setToolTip(self.tr("Drag a card to another column, or press Alt and an arrow; Enter opens it"))
            column.came.connect(lambda issue_id, to=status: self._move(issue_id, to))
            column.wants_move.connect(lambda issue_id, step, at=number: self._step(issue_id, at + step))
            column.wants_focus.connect(lambda step, at=number: self._go(at, step))
            column.itemActivated.connect(lambda item: self.opened.emit(str(item.data(_ID))))
            self.columns[status] = column
            side = QVBoxLayout()
            side.setSpacing(SPACE[1])
            side.addWidget(self._heads[status])
            side.addWidget(column, 1)
            layout.addLayout(side, 1)
        self.setFocusProxy(self.columns[IssueStatus.OPEN])
        theme().changed.connect(self._dress)

    def set_rows(self, rows: Sequence[IssueRow]) -> None:
        """Shows these, the worst first; the card that was moved last keeps the focus."""
        self._rows = {one.id: one for one in rows}
        self._stack.setCurrentIndex(0 if rows else 1)
        current = {status: self._current(column) for status, column in self.columns.items()}
        ordered = sorted(rows, key=lambda one: (-(one.issue.severity or 0), -one.issue.frequency, one.issue.number))
        for status, column in self.columns.items():
            mine = [one for one in ordered if one.issue.status is status]
            column.clear()
            for one in mine:
                column.addItem(_card(one))
            self._heads[status].setText(f"{issue_status_words(status).capitalize()}  {len(mine) or ''}")
            keys = [one.id for one in mine]
            wanted = self._follow if self._follow in keys else current[status]
            if wanted in keys:
                column.setCurrentRow(keys.index(wanted))
            if self._follow in keys:
                column.setFocus()
                self._follow = ""

    def _dress(self) -> None:
        """The badges anew, in the theme's colours."""
        self.set_rows(list(self._rows.values()))

    @staticmethod
    def _current(column: _Column) -> str:
        return str(column.currentItem().data(_ID)) if column.currentRow() >= 0 else ""

    def _step(self, issue_id: str, place: int) -> None:
        if 0 <= place < len(COLUMNS):
            self._move(issue_id, COLUMNS[place])

    def _go(self, place: int, step: int) -> None:
        """To the next column on that side that has a card, since an empty one has nothing to do."""
        place += step
        while 0 <= place < len(COLUMNS):
            column = self.columns[COLUMNS[place]]
            if column.count():
                column.setCurrentRow(max(0, column.currentRow()))
                column.setFocus()
                return
            place += step

    def _move(self, issue_id: str, to: IssueStatus) -> None:
        one = self._rows.get(issue_id)
        if one is not None and one.issue.status is not to:
            self._follow = issue_id
            self.moved.emit(issue_id, to)


def _card(one: IssueRow) -> QListWidgetItem:
    issue = one.issue
    rated = severity_words(issue.severity) if issue.severity is not None else "not rated"
    met = f"met by {issue.frequency} of {one.participants}"
    item = QListWidgetItem(severity_icon(issue.severity), f"#{issue.number} · {met}\n{' '.join(issue.title.split())}")
    item.setData(_ID, issue.id)
    item.setData(Qt.ItemDataRole.AccessibleTextRole, f"Issue {issue.number}: {issue.title}. {rated} · {met}")
    item.setSizeHint(QSize(0, 56))
    item.setToolTip(tooltip(f"{issue.title}\n{rated} · {met}"))
    return item
