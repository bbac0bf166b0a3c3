"""What a field of chips offers while a name is typed: those that exist, then a new one of that name."""

from __future__ import annotations

import re
from collections.abc import Sequence

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

IS_NEW_ROLE = Qt.ItemDataRole.UserRole + 1
_NUMBER = re.compile(r"^#\d+ ")


def bare(word: str) -> str:
    """An issue's title without its number, in one case; other words as they are."""
    return _NUMBER.sub("", word).casefold()


def find_offers(text: str, words: Sequence[str]) -> tuple[list[str], list[str]]:
    """The words that start with `text`, and those in which a later word does; in the order they came."""
    text = text.strip().casefold()
    if not text:
        return [], []
    later = re.compile(r"(?:^|\W)" + re.escape(text))
    starts = [word for word in words if bare(word).startswith(text) or word.casefold().startswith(text)]
    return starts, [word for word in words if word not in starts and later.search(word.casefold())]


def same_word(text: str, words: Sequence[str]) -> str | None:
    """The word that `text` is, apart from its case and an issue's number."""
    text = text.strip().casefold()
    return next((word for word in words if text in {word.casefold(), bare(word)}), None)


class OffersModel(QAbstractListModel):
    """Words to choose, and the entry that makes a new one. What is chosen is the edit role's text."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: list[tuple[str, str, bool]] = []

    def offer(self, words: Sequence[str], new: tuple[str, str] | None) -> None:
        """Offers `words`; `new` is what the last entry says and the text it stands for."""
        self.beginResetModel()
        self._rows = [(word, word, False) for word in words]
        if new is not None:
            self._rows.append((*new, True))
        self.endResetModel()

    def rowCount(self, parent: QModelIndex | QPersistentModelIndex = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: QModelIndex | QPersistentModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        shown, text, is_new = self._rows[index.row()]
        return {Qt.ItemDataRole.DisplayRole: shown, Qt.ItemDataRole.EditRole: text, IS_NEW_ROLE: is_new}.get(role)
