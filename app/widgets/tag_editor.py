"""A field of chips: tags, or the issues an observation speaks for. Type to add, with completion."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QModelIndex, QObject, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QFontMetrics, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QCompleter, QLineEdit, QSizePolicy, QWidget

from app.palette import Role
from app.theme import SPACE, Text, theme
from app.widgets.chip_offers import IS_NEW_ROLE, OffersModel, find_offers, same_word
from app.widgets.flow import FlowLayout

_MAX_CHIP = 220
_CLOSE = 14


@dataclass(frozen=True, slots=True)
class Chip:
    """What a chip says; `tip` is the whole of it where `text` is short."""

    key: str
    text: str
    colour: str | None = None
    tip: str = ""


class ChipWidget(QWidget):
    """One chip with a cross. Delete removes it, Enter or a click on its text opens it.

    Signals:
        removed, activated.
    """

    removed = Signal()
    activated = Signal()

    def __init__(self, chip: Chip, *, dot: bool, parent: QWidget) -> None:
        super().__init__(parent)
        self.chip = chip
        self._dot = dot
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(chip.tip or chip.text)
        self.setAccessibleDescription(self.tr("Delete removes it"))
        self.setToolTip(chip.tip or chip.text)

    def sizeHint(self) -> QSize:
        metrics = QFontMetrics(theme().font(Text.CAPTION))
        wide = metrics.horizontalAdvance(self.chip.text) + (12 if self._dot else 0) + _CLOSE + 2 * SPACE[1]
        return QSize(min(_MAX_CHIP, wide), metrics.height() + SPACE[1])

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        look = theme()
        box = self.rect().toRectF().adjusted(0.5, 0.5, -0.5, -0.5)
        painter.setPen(QPen(look.color(Role.FOCUS), 2) if self.hasFocus() else QPen(look.color(Role.LINE), 1))
        painter.setBrush(look.color(Role.SURFACE_SUNKEN))
        painter.drawRoundedRect(box, box.height() / 2, box.height() / 2)
        left = SPACE[1]
        if self._dot:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(self.chip.colour) if self.chip.colour else look.color(Role.TEXT_MUTED))
            painter.drawEllipse(left, self.height() // 2 - 3, 6, 6)
            left += 12
        painter.setFont(look.font(Text.CAPTION))
        painter.setPen(look.color(Role.TEXT))
        room = self.width() - left - _CLOSE - SPACE[0]
        text = painter.fontMetrics().elidedText(self.chip.text, Qt.TextElideMode.ElideRight, room)
        painter.drawText(left, 0, room, self.height(), Qt.AlignmentFlag.AlignVCenter, text)
        look.icon("ph.x", Role.TEXT_MUTED, 10).paint(
            painter, self.width() - _CLOSE - SPACE[0] + 2, self.height() // 2 - 5, 10, 10
        )

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in {Qt.Key.Key_Delete, Qt.Key.Key_Backspace}:
            self.removed.emit()
        elif event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            self.activated.emit()
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        # Delete is a command of the page; on a chip it means the chip.
        asks = event.type() is QEvent.Type.ShortcutOverride
        if asks and isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Delete:
            event.accept()
            return True
        return super().event(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton and self.rect().contains(event.position().toPoint()):
            if event.position().x() > self.width() - _CLOSE - SPACE[0]:
                self.removed.emit()
            else:
                self.activated.emit()


class ChipField(QWidget):
    """Chips, and a line to add more.

    Enter takes the highlighted offer, else the only one; a new name is made if nothing is offered, by the last entry
    of the list, or by Ctrl+Enter.

    Args:
        new: what the entry for a new name says, with {name}.

    Signals:
        added(text): Enter, a comma or a choice from the list: one of the words, or a new name, trimmed and not empty.
        removed(key), activated(key).
        left: the line was left with Escape.
    """

    added = Signal(str)
    removed = Signal(str)
    activated = Signal(str)
    left = Signal()

    def __init__(
        self,
        *,
        placeholder: str,
        name: str,
        new: str,
        dots: bool = False,
        commas: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._dots = dots
        self._commas = commas
        self._new = new
        self._words: list[str] = []
        self._typed = ""
        self._chips: list[ChipWidget] = []
        self._taken = ""
        self._flow = FlowLayout(self, spacing=SPACE[0])
        self.line = _Line(self)
        self.line.setPlaceholderText(placeholder)
        self.line.setAccessibleName(name)
        self.line.setMinimumWidth(120)
        self.line.installEventFilter(self)
        self._offers = OffersModel(self)
        completer = QCompleter(self._offers, self)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        completer.setCompletionMode(QCompleter.CompletionMode.PopupCompletion)
        completer.activated[QModelIndex].connect(self._on_chosen)  # type: ignore[index]
        self.line.setCompleter(completer)
        self.line.returnPressed.connect(self._on_return)
        self.line.forced.connect(lambda: self._take(self._typed))
        self.line.textEdited.connect(self._on_edited)  # before the completer looks at its model
        self._flow.addWidget(self.line)
        self.setFocusProxy(self.line)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        theme().changed.connect(self.update)

    def set_chips(self, chips: Sequence[Chip]) -> None:
        """Shows these; what is being typed stays."""
        if [widget.chip for widget in self._chips] == list(chips):
            return
        for widget in self._chips:
            self._flow.removeWidget(widget)
            widget.hide()
            widget.deleteLater()
        self._chips = []
        for number, chip in enumerate(chips):
            widget = ChipWidget(chip, dot=self._dots, parent=self)
            widget.removed.connect(lambda key=chip.key: self.removed.emit(key))
            widget.activated.connect(lambda key=chip.key: self.activated.emit(key))
            self._flow.insert(number, widget)
            widget.show()
            self._chips.append(widget)
        self.updateGeometry()

    def chips(self) -> list[Chip]:
        return [widget.chip for widget in self._chips]

    def chip_widgets(self) -> list[ChipWidget]:
        return list(self._chips)

    def set_words(self, words: Sequence[str]) -> None:
        """What completion offers."""
        self._words = list(words)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.line and isinstance(event, QKeyEvent) and event.type() is QEvent.Type.KeyPress:
            if event.key() == Qt.Key.Key_Escape:
                self.line.clear()
                self.left.emit()
                return True
            if event.key() == Qt.Key.Key_Backspace and not self.line.text() and self._chips:
                self.removed.emit(self._chips[-1].chip.key)
                return True
        return super().eventFilter(watched, event)

    def _on_return(self) -> None:
        popup = self.line.completer().popup()
        if popup is None or not popup.isVisible() or not popup.currentIndex().isValid():
            self._choose(self.line.text())  # else the completer says which one is highlighted

    def _on_chosen(self, index: QModelIndex) -> None:
        self._take(self._typed if index.data(IS_NEW_ROLE) else str(index.data(Qt.ItemDataRole.EditRole)))

    def _on_edited(self, text: str) -> None:
        if self._commas and text.endswith(","):
            self.line.setText(text[:-1])
            text = text[:-1]
            self._offer(text)
            self._choose(text)
        else:
            self._offer(text)

    def _unset(self) -> list[str]:
        present = {chip.text for chip in self.chips()}
        return [word for word in self._words if word not in present]

    def _offer(self, text: str) -> None:
        self._typed = text
        starts, others = find_offers(text, self._unset())
        new = bool(starts or others) and same_word(text, self._words) is None
        self._offers.offer([*starts, *others], (self._new.format(name=text.strip()), text) if new else None)

    def _choose(self, text: str) -> None:
        """What was typed: a word, the only one it can become, or a new name; with several, the user has to say."""
        starts, others = find_offers(text, self._unset())
        found = starts or others
        exact = same_word(text, self._words)
        if exact is None and len(found) > 1:
            QTimer.singleShot(0, self, self._ask)  # Enter closes the list, after this
            return
        self._take(exact or (found[0] if found else text))

    def _ask(self) -> None:
        completer = self.line.completer()
        completer.setCompletionPrefix(self.line.text())
        completer.complete()
        popup = completer.popup()
        if popup is not None and popup.isVisible():
            popup.setCurrentIndex(completer.completionModel().index(0, 0))

    def _take(self, text: str) -> None:
        text = text.strip()
        if not text or text == self._taken:
            return
        # A choice made with Enter comes twice, as a choice and as Enter, and is written into the line after both.
        self._taken = text
        QTimer.singleShot(0, self, self._settle)
        self.line.clear()
        self.added.emit(text)

    def _settle(self) -> None:
        if self.line.text().strip() == self._taken:
            self.line.clear()
        self._taken = ""
        popup = self.line.completer().popup()
        if popup is not None and not self.line.text():
            popup.hide()


class _Line(QLineEdit):
    """A line that tells Ctrl+Enter from Enter, also while the completer hands its keys over."""

    forced = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        enter = event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}
        if enter and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.forced.emit()
            event.accept()
        else:
            super().keyPressEvent(event)
