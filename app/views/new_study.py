"""A new study: its name, its tasks, where it lies. Everything but the name can wait."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QDir, Qt, Signal
from PySide6.QtWidgets import QDialog, QFileDialog, QLineEdit, QPlainTextEdit, QVBoxLayout, QWidget

from annotate.defaults import DEFAULT_TAGS
from annotate.models import NewTag, NewTask
from annotate.store import SUFFIX
from app import paths
from app.theme import SPACE, Text
from app.widgets.basics import ElidedLabel, announce, button, column, label, row

_FORBIDDEN = '<>:"/\\|?*'


def folder_name(name: str) -> str:
    """The name of the folder for a study's name: without what a file system refuses."""
    kept = "".join(" " if letter in _FORBIDDEN or not letter.isprintable() else letter for letter in name)
    return " ".join(kept.split()).strip(". ")[:80] + SUFFIX


def lines(text: str) -> list[str]:
    """What stands on each line, without empty ones and without a leading bullet or number."""
    found = (line.strip().lstrip("-•*").strip() for line in text.splitlines())
    return [line for line in found if line]


class NewStudyDialog(QDialog):
    """Asks for what a study begins with.

    Signals:
        wanted(folder, name, tasks, tags): make it; the dialog stays open until `accept` or `show_problem`.
    """

    wanted = Signal(object, str, object, object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("New study"))
        self.setMinimumWidth(560)
        self._place = paths.studies_dir()
        self.name = QLineEdit()
        self.name.setPlaceholderText(self.tr("For example: Checkout, round 2"))
        self.name.textChanged.connect(self._refresh)
        self.tasks = QPlainTextEdit()
        self.tasks.setPlaceholderText(self.tr("Find the invoice of March\nChange the delivery address"))
        self.tasks.setTabChangesFocus(True)
        self.tasks.setMinimumHeight(96)
        self.codes = QLineEdit(", ".join(tag.name for tag in DEFAULT_TAGS))
        self._where = ElidedLabel("", tone="muted", mode=Qt.TextElideMode.ElideMiddle)
        change = button(self.tr("Change folder…"), look="link")
        change.setAutoDefault(False)
        change.clicked.connect(self._choose_place)
        self._problem = label("", tone="danger", wrap=True)
        self.make = button(self.tr("Make study"), look="primary")
        self.make.setDefault(True)
        self.make.clicked.connect(self._want)
        cancel = button(self.tr("Cancel"))
        cancel.setAutoDefault(False)
        cancel.clicked.connect(self.reject)
        where = row(self._where, change)
        where.setStretch(0, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE[5], SPACE[4], SPACE[5], SPACE[4])
        layout.setSpacing(SPACE[3])
        layout.addWidget(label(self.tr("New study"), Text.TITLE))
        layout.addLayout(_field(self.tr("&Name"), self.name))
        layout.addLayout(_field(self.tr("&Tasks, one on each line (you can add and change them later)"), self.tasks))
        layout.addLayout(_field(self.tr("T&ags: what observations are about, with commas between"), self.codes))
        layout.addLayout(where)
        layout.addWidget(self._problem)
        layout.addLayout(row(None, cancel, self.make))
        self._refresh()

    def show_problem(self, words: str) -> None:
        """Says why the study wasn't made; everything typed stays."""
        self.make.setEnabled(True)
        self._problem.setText(words)
        self._problem.show()
        announce(self, words)

    def _folder(self) -> Path:
        return self._place / folder_name(self.name.text())

    def _refresh(self) -> None:
        name = self.name.text().strip()
        usable = bool(name) and folder_name(name) != SUFFIX
        self.make.setEnabled(usable)
        shown = self._folder() if usable else self._place
        self._where.set_full_text(self.tr("Kept in %1").replace("%1", QDir.toNativeSeparators(str(shown))))
        self._problem.hide()

    def _choose_place(self) -> None:
        chosen = QFileDialog.getExistingDirectory(self, self.tr("Folder for the study"), str(self._place))
        if chosen:
            self._place = Path(chosen)
            self._refresh()

    def _want(self) -> None:
        self.make.setEnabled(False)
        tasks = [NewTask(title) for title in lines(self.tasks.toPlainText())]
        self.wanted.emit(self._folder(), self.name.text().strip(), tasks, self._tags())

    def _tags(self) -> list[NewTag]:
        defaults = {tag.name.casefold(): tag for tag in DEFAULT_TAGS}
        names = dict.fromkeys(" ".join(part.split()) for part in self.codes.text().split(","))
        seen: dict[str, NewTag] = {}
        for name in names:
            if name:
                seen.setdefault(name.casefold(), defaults.get(name.casefold(), NewTag(name)))
        return list(seen.values())


def _field(words: str, widget: QWidget) -> QVBoxLayout:
    made = label("")
    made.setTextFormat(Qt.TextFormat.AutoText)
    made.setText(words)
    made.setBuddy(widget)
    widget.setAccessibleName(words.replace("&", ""))
    return column(made, widget, spacing=SPACE[0])
