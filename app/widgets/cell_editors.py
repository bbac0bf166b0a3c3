"""Editing an observation in the cell itself: a list for what is chosen, a line with completion for what is typed."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QObject, QPersistentModelIndex, QSize, Qt, QTimer
from PySide6.QtWidgets import QComboBox, QCompleter, QLineEdit, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from annotate.models import ObservationKind, Severity
from app.theme import theme
from app.widgets.delegates import SeverityDelegate, TagsDelegate
from app.widgets.severity_picker import severity_icon
from app.wording import kind_words, severity_words

Index = QModelIndex | QPersistentModelIndex
Choice = tuple[str, object]


def severity_choices(combo: QComboBox) -> None:
    """Fills a list with the severities, the worst first."""
    for severity in reversed(Severity):
        combo.addItem(severity_icon(severity), f"{int(severity)} · {severity_words(severity)}", severity)
    combo.addItem(severity_icon(None), combo.tr("not rated"), None)


def kind_choices(combo: QComboBox) -> None:
    """Fills a list with the kinds of observation."""
    combo.setIconSize(QSize(16, 16))
    for kind in ObservationKind:
        combo.addItem(theme().kind_icon(kind), kind_words(kind), kind)


class _Choosing:
    """What the delegates of lists share. The value under the edit role is one of the list's data."""

    def __init__(self, fill: Callable[[QComboBox], None]) -> None:
        self.fill = fill

    def editor(self, delegate: QStyledItemDelegate, parent: QWidget) -> QComboBox:
        combo = QComboBox(parent)
        self.fill(combo)
        combo.setMinimumWidth(combo.sizeHint().width())

        def chosen() -> None:
            delegate.commitData.emit(combo)
            delegate.closeEditor.emit(combo)

        combo.activated.connect(lambda _index: chosen())
        QTimer.singleShot(0, combo, combo.showPopup)
        return combo

    @staticmethod
    def show(editor: QWidget, index: Index) -> None:
        if isinstance(editor, QComboBox):
            editor.setCurrentIndex(max(0, editor.findData(index.data(Qt.ItemDataRole.EditRole))))

    @staticmethod
    def take(editor: QWidget, model: QAbstractItemModel, index: Index) -> None:
        if isinstance(editor, QComboBox):
            model.setData(index, editor.currentData())


class SeverityCell(SeverityDelegate):
    """The badge, chosen from a list."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._choosing = _Choosing(severity_choices)

    def createEditor(self, parent: QWidget, _option: QStyleOptionViewItem, _index: Index) -> QWidget:
        return self._choosing.editor(self, parent)

    def setEditorData(self, editor: QWidget, index: Index) -> None:
        self._choosing.show(editor, index)

    def setModelData(self, editor: QWidget, model: QAbstractItemModel, index: Index) -> None:
        self._choosing.take(editor, model, index)


class KindCell(QStyledItemDelegate):
    """The kind, chosen from a list."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._choosing = _Choosing(kind_choices)

    def createEditor(self, parent: QWidget, _option: QStyleOptionViewItem, _index: Index) -> QWidget:
        return self._choosing.editor(self, parent)

    def setEditorData(self, editor: QWidget, index: Index) -> None:
        self._choosing.show(editor, index)

    def setModelData(self, editor: QWidget, model: QAbstractItemModel, index: Index) -> None:
        self._choosing.take(editor, model, index)


class LineCell(QStyledItemDelegate):
    """A line of text. `words` says what completion offers for the part after the last comma."""

    def __init__(self, parent: QObject, words: Callable[[], Sequence[str]] | None = None, hint: str = "") -> None:
        super().__init__(parent)
        self._words = words
        self._hint = hint

    def createEditor(self, parent: QWidget, _option: QStyleOptionViewItem, _index: Index) -> QWidget:
        return line_editor(parent, self._words, self._hint)

    def setEditorData(self, editor: QWidget, index: Index) -> None:
        show_line(editor, index)


class TagsCell(TagsDelegate):
    """Tags as chips, edited as names with commas between."""

    def __init__(self, parent: QObject, words: Callable[[], Sequence[str]], hint: str) -> None:
        super().__init__(parent)
        self._words = words
        self._hint = hint

    def createEditor(self, parent: QWidget, _option: QStyleOptionViewItem, _index: Index) -> QWidget:
        return line_editor(parent, self._words, self._hint)

    def setEditorData(self, editor: QWidget, index: Index) -> None:
        show_line(editor, index)


def line_editor(parent: QWidget, words: Callable[[], Sequence[str]] | None, hint: str) -> QLineEdit:
    line = _CommaLine(parent) if words is not None else QLineEdit(parent)
    line.setFrame(False)
    line.setPlaceholderText(hint)
    line.setAccessibleName(hint)
    line.setToolTip(hint)
    if isinstance(line, _CommaLine) and words is not None:
        line.complete_with(words())
    return line


def show_line(editor: QWidget, index: Index) -> None:
    if isinstance(editor, QLineEdit):
        editor.setText(str(index.data(Qt.ItemDataRole.EditRole) or ""))
        editor.selectAll()


class _CommaLine(QLineEdit):
    """A line of names with commas between, each completed by itself after its first letters."""

    def complete_with(self, words: Sequence[str]) -> None:
        completer = QCompleter(list(words), self)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        completer.setWidget(self)
        completer.activated.connect(self._take)
        self._completer = completer
        self.textEdited.connect(self._offer)

    def _offer(self, text: str) -> None:
        typed = text.rpartition(",")[2].strip()
        self._completer.setCompletionPrefix(typed)
        popup = self._completer.popup()
        if typed and self._completer.completionCount():
            self._completer.complete()
        elif popup is not None:
            popup.hide()

    def _take(self, word: str) -> None:
        word = word.partition(" ")[0] if word.startswith("#") else word  # an issue is known by its number
        before = self.text().rpartition(",")[0]
        self.setText(f"{before}, {word}" if before else word)
