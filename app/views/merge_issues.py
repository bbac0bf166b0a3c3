"""An issue is merged into another one: likely duplicates first, then all others; or all likely pairs of the study."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QDialog,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QVBoxLayout,
    QWidget,
)

from annotate.duplicates import Suggestion, suggest
from annotate.models import Issue
from annotate.store import StudyStore
from app.palette import Role
from app.theme import SPACE, Text, theme
from app.widgets.basics import button, label, row

_ID = Qt.ItemDataRole.UserRole


def why_words(one: Suggestion) -> str:
    """How sure the suggestion is, and what both have in common."""
    common = ", ".join(one.words)
    return f"{one.score:.0%} alike{': ' + common if common else ''}"


class MergeDialog(QDialog):
    """Chooses the issue that `issue` goes into; `chosen` is its id once it was accepted."""

    def __init__(self, store: StudyStore, issue: Issue, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Merge issue {number}").format(number=issue.number))
        self.setMinimumSize(560, 460)
        self.chosen = ""
        self.search = QLineEdit()
        self.search.setPlaceholderText(self.tr("Part of a title, or a number"))
        self.search.setAccessibleName(self.tr("Find an issue"))
        self.search.textChanged.connect(self._narrow)
        self.list = QListWidget()
        self.list.setAccessibleName(self.tr("Issues"))
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)  # long titles end in dots
        self.list.itemDoubleClicked.connect(lambda _item: self._accept())
        likely = {
            (one.second if one.first == issue.id else one.first): one
            for one in suggest(store)
            if issue.id in {one.first, one.second}
        }
        others = [one for one in store.issues() if one.id != issue.id]
        others.sort(
            key=lambda one: (one.id not in likely, -likely[one.id].score if one.id in likely else 0, one.number)
        )
        for one in others:
            why = f"   – {why_words(likely[one.id])}" if one.id in likely else ""
            item = QListWidgetItem(f"{one.number}  {' '.join(one.title.split())}{why}")
            if one.id in likely:
                item.setIcon(theme().icon("ph.copy", Role.ACCENT))
            item.setData(_ID, one.id)
            self.list.addItem(item)
        self.list.setCurrentRow(0)
        words = self.tr(
            "Its observations go to the issue you choose, and so do texts that one lacks. “{title}” stays as a "
            "duplicate that says where it went. You can undo it."
        ).format(title=issue.title)
        self.merge = button(self.tr("&Merge"), look="primary")
        self.merge.setDefault(True)
        self.merge.setEnabled(self.list.count() > 0)
        self.merge.clicked.connect(self._accept)
        cancel = button(self.tr("Cancel"))
        cancel.setAutoDefault(False)
        cancel.clicked.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE[5], SPACE[4], SPACE[5], SPACE[4])
        layout.setSpacing(SPACE[2])
        layout.addWidget(label(self.tr("Merge “{title}” into…").format(title=issue.title), Text.STRONG, wrap=True))
        layout.addWidget(label(words, tone="muted", wrap=True))
        layout.addWidget(self.search)
        layout.addWidget(self.list, 1)
        layout.addLayout(row(None, cancel, self.merge))

    def _narrow(self, text: str) -> None:
        wanted = text.casefold().split()
        for number in range(self.list.count()):
            item = self.list.item(number)
            item.setHidden(not all(part in item.text().casefold() for part in wanted))
        shown = [self.list.item(n) for n in range(self.list.count()) if not self.list.item(n).isHidden()]
        if shown:
            self.list.setCurrentItem(shown[0])
        self.merge.setEnabled(bool(shown))

    def _accept(self) -> None:
        if self.list.currentRow() >= 0 and not self.list.currentItem().isHidden():
            self.chosen = str(self.list.currentItem().data(_ID))
            self.accept()


class DuplicatesDialog(QDialog):
    """All likely pairs of the study, one after the other.

    Once it was closed, `merges` are (kept, other), and `apart_pairs` those that are not the same.
    """

    def __init__(self, store: StudyStore, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Likely duplicates"))
        self.setMinimumSize(640, 460)
        self.merges: list[tuple[str, str]] = []
        self.apart_pairs: list[tuple[str, str]] = []
        self._issues = {one.id: one for one in store.issues()}
        self._pairs = suggest(store)
        self.list = QListWidget()
        self.list.setAccessibleName(self.tr("Likely duplicates"))
        self.list.setWordWrap(True)
        self.list.setSpacing(2)
        self.list.currentRowChanged.connect(lambda _row: self._refresh())
        self.first = button("", look="primary")
        self.second = button("")
        self.apart = button(self.tr("&Keep both"))
        self.apart.setToolTip(self.tr("They are not the same; they are not suggested again"))
        for one in (self.second, self.apart):
            one.setAutoDefault(False)
        self.first.clicked.connect(lambda _on: self._merge(0))
        self.second.clicked.connect(lambda _on: self._merge(1))
        self.apart.clicked.connect(self._keep)
        close = button(self.tr("Close"))
        close.setAutoDefault(False)
        close.clicked.connect(self.accept)
        self._words = label("", tone="muted", wrap=True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE[5], SPACE[4], SPACE[5], SPACE[4])
        layout.setSpacing(SPACE[2])
        layout.addWidget(label(self.tr("Likely duplicates"), Text.TITLE))
        layout.addWidget(self._words)
        layout.addWidget(self.list, 1)
        layout.addLayout(row(self.apart, None, self.second, self.first))
        layout.addLayout(row(None, close))
        self._fill()

    def _fill(self) -> None:
        self.list.clear()
        for one in self._pairs:
            first, second = self._issues[one.first], self._issues[one.second]
            text = f"{first.number}  {first.title}\n{second.number}  {second.title}\n{why_words(one)}"
            self.list.addItem(QListWidgetItem(theme().icon("ph.copy", Role.ACCENT), text))
        self.list.setCurrentRow(0)
        self._refresh()

    def _refresh(self) -> None:
        one = self._current()
        words = self.tr("Issues whose words have much in common. Nothing is merged unless you say so.")
        self._words.setText(words if self._pairs else self.tr("No two issues look like the same problem."))
        for shown in (self.first, self.second, self.apart):
            shown.setVisible(one is not None)
        if one is not None:
            words = self.tr("Merge, keep {number}")
            self.first.setText(words.format(number=self._issues[one.first].number))
            self.second.setText(words.format(number=self._issues[one.second].number))

    def _current(self) -> Suggestion | None:
        number = self.list.currentRow()
        return self._pairs[number] if 0 <= number < len(self._pairs) else None

    def _merge(self, kept: int) -> None:
        one = self._current()
        if one is not None:
            keep, other = (one.first, one.second) if kept == 0 else (one.second, one.first)
            self.merges.append((keep, other))
            self._leave([pair for pair in self._pairs if other not in {pair.first, pair.second}])

    def _keep(self) -> None:
        one = self._current()
        if one is not None:
            self.apart_pairs.append((one.first, one.second))
            self._leave([pair for pair in self._pairs if pair != one])

    def _leave(self, pairs: Sequence[Suggestion]) -> None:
        self._pairs = list(pairs)
        self._fill()
