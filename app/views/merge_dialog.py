"""Before another study is taken into this one: what comes in, and what both have."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QDialog, QListWidget, QVBoxLayout, QWidget

from annotate.merge_report import ConflictKind, MergeReport
from app.merge_words import added_words, conflict_words, sessions_words
from app.theme import SPACE, Text
from app.widgets.basics import ElidedLabel, button, column, label, row

_PEOPLE = {ConflictKind.SAME_PERSON, ConflictKind.OTHER_PERSON}


class MergeDialog(QDialog):
    """Shows a preview, and asks whether to go on.

    Signals:
        wanted(bool): merge; whether one code on both laptops means two people.
        changed(bool): look again, with the other answer to that.
    """

    wanted = Signal(bool)
    changed = Signal(bool)

    def __init__(self, study: str, other: Path, report: MergeReport, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Merge another study"))
        self.setMinimumSize(600, 360)
        self.sessions = label("", strong=True, wrap=True)
        self.added = label("", wrap=True)
        self.doubt = label("", tone="warning", wrap=True)
        self.conflicts = QListWidget()
        self.conflicts.setAccessibleName(self.tr("What both studies have"))
        self.conflicts.setProperty("look", "rows")
        self.conflicts.setWordWrap(True)
        self.conflicts.setSelectionMode(QListWidget.SelectionMode.NoSelection)
        self.conflicts.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.apart = QCheckBox(self.tr("A participant code that is in both belongs to two different people"))
        self.apart.toggled.connect(self._changed)
        self.make = button(self.tr("Merge"), look="primary")
        self.make.setDefault(True)
        self.make.clicked.connect(self._want)
        self.cancel = button(self.tr("Cancel"))
        self.cancel.setAutoDefault(False)
        self.cancel.clicked.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE[5], SPACE[4], SPACE[5], SPACE[4])
        layout.setSpacing(SPACE[3])
        title = self.tr("Merge “%1”").replace("%1", report.study)
        into = self.tr("into “%1”").replace("%1", study)
        where = ElidedLabel(str(other), tone="muted", mode=Qt.TextElideMode.ElideMiddle)
        head = column(ElidedLabel(title, Text.TITLE), ElidedLabel(into, strong=True), where, spacing=SPACE[0])
        layout.addLayout(head)
        layout.addWidget(self.sessions)
        layout.addWidget(self.added)
        layout.addWidget(self.doubt)
        layout.addWidget(self.conflicts, 1)
        layout.addWidget(self.apart)
        words = self.tr("The other study is only read. This one is backed up first; merging again changes nothing.")
        layout.addWidget(label(words, tone="muted", wrap=True))
        layout.addLayout(row(None, self.cancel, self.make))
        self._room = layout
        self.show_report(report)

    def show_report(self, report: MergeReport) -> None:
        """Shows what merging would do."""
        self.sessions.setText(sessions_words(report))
        self.added.setText(added_words(report))
        self.added.setVisible(bool(self.added.text()))
        apart = not report.same_study and not report.empty
        self.doubt.setVisible(apart)
        if apart:
            self.doubt.setText(
                self.tr("The two studies did not begin as one: what has the same name is taken for the same thing.")
            )
        self.conflicts.clear()
        self.conflicts.addItems([conflict_words(one) for one in report.conflicts])
        self.conflicts.setVisible(bool(report.conflicts))
        self._room.setStretchFactor(self.conflicts, 1)
        people = any(one.kind in _PEOPLE for one in report.conflicts)
        self.apart.setVisible(people or self.apart.isChecked())
        self.apart.setEnabled(True)
        self.make.setEnabled(not report.empty)
        if report.empty:
            self.cancel.setText(self.tr("Close"))

    def _changed(self, apart: bool) -> None:
        self.apart.setEnabled(False)  # until the answer is there
        self.make.setEnabled(False)
        self.changed.emit(apart)

    def _want(self) -> None:
        self.wanted.emit(self.apart.isChecked())
        self.accept()
