"""The parts of a highlight reel, in their order: dragged, moved by key, with cards before them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QDropEvent, QIcon, QKeyEvent, QPainter, QPixmap
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QFrame,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from annotate.models import Reel, ReelItem
from app.palette import Role
from app.theme import SPACE, Text, theme
from app.widgets.basics import button, label, row
from app.widgets.notice import Notice
from app.widgets.observation_editor import icon_button

_ITEM = Qt.ItemDataRole.UserRole
THUMB = QSize(80, 45)


class _Parts(QListWidget):
    """Tells when the user has dropped a row elsewhere."""

    dropped = Signal()

    def dropEvent(self, event: QDropEvent) -> None:
        super().dropEvent(event)
        QTimer.singleShot(0, self, self.dropped.emit)


class ReelEditor(QWidget):
    """Chooses a reel and changes it. Knows no store.

    Signals:
        chosen(reel id), new_wanted(title), renamed(reel id, title), items_changed(reel id, items),
        remove_wanted(reel id), make_wanted(reel id), film_wanted(reel id), folder_wanted(reel id).
    """

    chosen = Signal(str)
    new_wanted = Signal(str)
    renamed = Signal(str, str)
    items_changed = Signal(str, object)
    remove_wanted = Signal(str)
    make_wanted = Signal(str)
    film_wanted = Signal(str)
    folder_wanted = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._reels: dict[str, Reel] = {}
        self._words: Callable[[str], str] = lambda _evidence_id: ""
        self._icon: Callable[[str], QIcon] = lambda _evidence_id: QIcon()
        self.reels = QComboBox()
        self.reels.setAccessibleName(self.tr("Reel"))
        self.reels.setToolTip(self.tr("Reel"))
        self.reels.setPlaceholderText(self.tr("No reel yet"))
        self.reels.activated.connect(self._on_chosen)
        self.new = icon_button("ph.plus", self.tr("New reel"))
        self.new.clicked.connect(lambda: self.new_wanted.emit(self.tr("Highlights")))
        self.remove = icon_button("ph.trash", self.tr("Delete the reel"))
        self.remove.clicked.connect(lambda: self.remove_wanted.emit(self.reel_id))
        self.title = QLineEdit()
        self.title.setAccessibleName(self.tr("Title of the reel"))
        self.title.setToolTip(self.tr("It is the first card of the film"))
        self.title.setPlaceholderText(self.tr("Title: the first card of the film"))
        self.title.editingFinished.connect(self._on_title)
        self.parts = _Parts()
        self.parts.setAccessibleName(self.tr("Parts of the reel"))
        self.parts.setFrameShape(QFrame.Shape.NoFrame)
        self.parts.setIconSize(THUMB)
        self.parts.setDragDropMode(QAbstractItemView.DragDropMode.InternalMove)
        self.parts.setDefaultDropAction(Qt.DropAction.MoveAction)
        self.parts.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.parts.setEditTriggers(
            QAbstractItemView.EditTrigger.EditKeyPressed | QAbstractItemView.EditTrigger.DoubleClicked
        )
        self.parts.installEventFilter(self)
        self.parts.dropped.connect(self._hand_over)
        self.parts.itemChanged.connect(self._on_item_edited)
        self._notice = Notice()
        self._notice.say(
            "ph.film-strip",
            self.tr("Nothing in it yet"),
            self.tr("Choose clips on the left and put them in. Drag, or Alt with an arrow, changes their order."),
        )
        self._stack = QStackedWidget()
        self._stack.addWidget(self._notice)
        self._stack.addWidget(self.parts)
        self._make_tools()
        self._lay_out()
        self.set_reels([], "")

    def _make_tools(self) -> None:
        self.card = icon_button("ph.text-t", self.tr("Add a title card after the selected part"))
        self.card.clicked.connect(self.add_card)
        self.take_out = icon_button("ph.minus", self.tr("Take the selected parts out"), "Del")
        self.take_out.clicked.connect(self.remove_parts)
        self.up = icon_button("ph.arrow-up", self.tr("Earlier"), "Alt+↑")
        self.up.clicked.connect(lambda: self.move_parts(-1))
        self.down = icon_button("ph.arrow-down", self.tr("Later"), "Alt+↓")
        self.down.clicked.connect(lambda: self.move_parts(1))
        self.make = button(self.tr("Make the film"), look="primary", icon="ph.film-strip")
        self.make.setToolTip(self.tr("In the background; the activity panel shows how far it is"))
        self.make.clicked.connect(lambda: self.make_wanted.emit(self.reel_id))
        self.film = button(self.tr("Show the film"), look="quiet", icon="ph.play")
        self.film.clicked.connect(lambda: self.film_wanted.emit(self.reel_id))
        self.folder = icon_button("ph.folder-open", self.tr("Show the film in its folder"))
        self.folder.clicked.connect(lambda: self.folder_wanted.emit(self.reel_id))

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE[2], 0, 0, 0)
        layout.setSpacing(SPACE[1])
        head = row(label(self.tr("Reel"), Text.STRONG, strong=True), self.reels, self.new, self.remove)
        head.setStretch(1, 1)
        layout.addLayout(head)
        layout.addWidget(self.title)
        layout.addWidget(self._stack, 1)
        layout.addLayout(row(self.card, self.take_out, self.up, self.down, None))
        layout.addLayout(row(self.make, self.film, self.folder, None))

    @property
    def reel_id(self) -> str:
        """The reel on show, or ""."""
        return str(self.reels.currentData() or "")

    def explain_with(self, words: Callable[[str], str], icon: Callable[[str], QIcon]) -> None:
        """What a clip is called, and its small picture, by its id."""
        self._words, self._icon = words, icon

    def set_reels(self, reels: Sequence[Reel], chosen: str, films: frozenset[str] = frozenset()) -> None:
        """All reels, the one on show, and those whose film is there."""
        self._reels = {reel.id: reel for reel in reels}
        self.reels.clear()
        for reel in reels:
            self.reels.addItem(reel.title, reel.id)
        self.reels.setCurrentIndex(max(0, self.reels.findData(chosen)) if reels else -1)
        self._show(films)

    def items(self) -> list[ReelItem]:
        """The parts as they stand."""
        return [self.parts.item(number).data(_ITEM) for number in range(self.parts.count())]

    def add(self, evidence_ids: Sequence[str]) -> None:
        """Puts clips at the end."""
        if self.reel_id and evidence_ids:
            self._emit([*self.items(), *(ReelItem(one) for one in evidence_ids)])

    def add_card(self) -> None:
        """A title card after the selected part; its text is edited at once."""
        if not self.reel_id:
            return
        at = self.parts.currentRow() + 1 if self.parts.currentRow() >= 0 else self.parts.count()
        items = self.items()
        items.insert(at, ReelItem(None, self.tr("Title card")))
        self._emit(items)
        self.parts.setCurrentRow(at)
        self.parts.setFocus()
        self.parts.editItem(self.parts.item(at))

    def remove_parts(self) -> None:
        gone = {index.row() for index in self.parts.selectedIndexes()}
        if gone:
            self._emit([item for number, item in enumerate(self.items()) if number not in gone])

    def move_parts(self, step: int) -> None:
        """The current part one place earlier or later."""
        at, items = self.parts.currentRow(), self.items()
        to = at + step
        if at >= 0 and 0 <= to < len(items):
            items.insert(to, items.pop(at))
            self._emit(items)
            self.parts.setCurrentRow(to)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.parts and isinstance(event, QKeyEvent) and event.type() is QEvent.Type.KeyPress:
            alt = bool(event.modifiers() & Qt.KeyboardModifier.AltModifier)
            if alt and event.key() in {Qt.Key.Key_Up, Qt.Key.Key_Down}:
                self.move_parts(-1 if event.key() == Qt.Key.Key_Up else 1)
                return True
            if event.key() == Qt.Key.Key_Delete:
                self.remove_parts()
                return True
        return super().eventFilter(watched, event)

    def _show(self, films: frozenset[str]) -> None:
        reel = self._reels.get(self.reel_id)
        at = self.parts.currentRow()
        self.parts.blockSignals(True)
        self.parts.clear()
        for item in reel.items if reel is not None else ():
            self.parts.addItem(self._item(item))
        self.parts.setCurrentRow(min(at, self.parts.count() - 1))
        self.parts.blockSignals(False)
        self._stack.setCurrentWidget(self.parts if self.parts.count() else self._notice)
        if not self.title.hasFocus():
            self.title.setText(reel.title if reel is not None else "")
        for part in (self.remove, self.title, self.card, self.take_out, self.up, self.down):
            part.setEnabled(reel is not None)
        self.make.setEnabled(reel is not None and bool(reel.items))
        self.film.setEnabled(self.reel_id in films)
        self.folder.setEnabled(self.reel_id in films)

    def _item(self, item: ReelItem) -> QListWidgetItem:
        flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsDragEnabled
        if item.evidence_id is None:
            made = QListWidgetItem(_card_icon(), item.card or "")
            flags |= Qt.ItemFlag.ItemIsEditable
            made.setToolTip(self.tr("A title card, shown for three seconds. F2 changes its text"))
        else:
            words = self._words(item.evidence_id)
            made = QListWidgetItem(self._icon(item.evidence_id), f"{item.card}\n{words}" if item.card else words)
            made.setToolTip(words)
        made.setData(_ITEM, item)
        made.setFlags(flags)
        return made

    def _hand_over(self) -> None:
        self._emit(self.items())

    def _emit(self, items: list[ReelItem]) -> None:
        reel = self._reels.get(self.reel_id)
        if reel is not None and tuple(items) != reel.items:
            self.items_changed.emit(self.reel_id, items)

    def _on_item_edited(self, changed: QListWidgetItem) -> None:
        item = changed.data(_ITEM)
        text = changed.text().strip()
        if isinstance(item, ReelItem) and item.evidence_id is None and text and text != item.card:
            items = self.items()
            items[self.parts.row(changed)] = ReelItem(None, text)
            self._emit(items)

    def _on_title(self) -> None:
        reel = self._reels.get(self.reel_id)
        text = self.title.text().strip()
        if reel is not None and text and text != reel.title:
            self.renamed.emit(reel.id, text)

    def _on_chosen(self, _index: int) -> None:
        self.chosen.emit(self.reel_id)


def _card_icon() -> QIcon:
    """A title card, as small as a clip's picture."""
    pixmap = QPixmap(THUMB * 2)
    pixmap.setDevicePixelRatio(2)
    pixmap.fill(theme().color(Role.SURFACE_SUNKEN))
    painter = QPainter(pixmap)
    box = QRect(QPoint(0, 0), THUMB)
    painter.setPen(theme().color(Role.LINE_STRONG))
    painter.drawRect(box.adjusted(0, 0, -1, -1))
    inner = QRect(0, 0, 18, 18)
    inner.moveCenter(box.center())
    theme().icon("ph.text-t", Role.TEXT_MUTED, 18).paint(painter, inner)
    painter.end()
    return QIcon(pixmap)
