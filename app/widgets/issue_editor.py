"""Everything about the chosen issue, to be changed in place."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QGridLayout, QLineEdit, QPlainTextEdit, QWidget

from annotate.models import IssueStatus, Task
from app.heuristic_words import heuristics
from app.models.issues import IssueRow, issue_status_words
from app.plain import tooltip
from app.theme import SPACE, Text, theme
from app.widgets.basics import label, row
from app.widgets.saved_text import SavedText
from app.widgets.severity_picker import SeverityPicker


class IssueEditor(QWidget):
    """Knows no store.

    Signals (with the issue's id first):
        text_changed(id, field, text, edit), severity_changed(id, Severity | None), status_changed(id, IssueStatus),
        about_changed(id, "task_id" | "heuristic", task's id or heuristic's code | None).
    """

    text_changed = Signal(str, str, str, str)
    severity_changed = Signal(str, object)
    status_changed = Signal(str, object)
    about_changed = Signal(str, str, object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._row: IssueRow | None = None
        self._number = label("", Text.TITLE, tone="muted")
        self.title = QLineEdit(self)
        self.title.setProperty("look", "title")
        self.title.setFont(theme().font(Text.TITLE))
        self.title.setAccessibleName(self.tr("Title of the issue"))
        self.title.setPlaceholderText(self.tr("What is wrong, in one line"))
        self.severity = SeverityPicker(self)
        self.severity.picked.connect(self._on_severity)
        self.status = QComboBox(self)
        self.status.setAccessibleName(self.tr("Status"))
        for status in IssueStatus:
            self.status.addItem(issue_status_words(status), status)
        self.status.activated.connect(self._on_status)
        self._found = label("", tone="muted")
        self.task = self._choice(self.tr("Task"), "task_id")
        self.heuristic = self._choice(self.tr("Heuristic"), "heuristic")
        self._fill_heuristics()
        self.description = self._text_box(self.tr("What happens, to whom, and what it costs them"), 5)
        self.recommendation = self._text_box(self.tr("What to change"), 3)
        grid = QGridLayout(self)
        grid.setContentsMargins(SPACE[3], SPACE[2], SPACE[3], SPACE[2])
        grid.setHorizontalSpacing(SPACE[2])
        grid.setVerticalSpacing(SPACE[1])
        grid.setColumnStretch(1, 1)
        grid.addLayout(row(self._number, self.title, spacing=SPACE[0]), 0, 0, 1, 2)
        named = (
            (self.tr("Severity"), self.severity),
            (self.tr("Status"), self.status),
            (self.tr("Task"), self.task),
            (self.tr("Description"), self.description),
            (self.tr("Recommendation"), self.recommendation),
        )
        for number, (words, field) in enumerate(named, 1):
            name = label(words, tone="muted")
            name.setBuddy(field)
            if isinstance(field, QPlainTextEdit):
                field.setAccessibleName(words)
                name.setContentsMargins(0, SPACE[0] + 2, 0, 0)
                grid.addWidget(name, number, 0, Qt.AlignmentFlag.AlignTop)
                grid.addWidget(field, number, 1)
            elif field is self.status:
                grid.addWidget(name, number, 0)
                grid.addLayout(row(field, SPACE[1], self._found, None), number, 1)
            elif field is self.task:
                grid.addWidget(name, number, 0)
                about = row(self.task, SPACE[1], self.heuristic)
                about.setStretchFactor(self.task, 1)
                about.setStretchFactor(self.heuristic, 1)
                grid.addLayout(about, number, 1)
            else:
                grid.addWidget(name, number, 0)
                grid.addWidget(field, number, 1)
        self._texts = {
            "title": SavedText(self.title),
            "description": SavedText(self.description),
            "recommendation": SavedText(self.recommendation),
        }
        for field_name, saved in self._texts.items():
            saved.edited.connect(lambda text, edit, name=field_name: self._on_text(name, text, edit))
        self.set_tasks([])
        self.set_row(None)

    @property
    def row(self) -> IssueRow | None:
        return self._row

    def set_tasks(self, tasks: Sequence[Task]) -> None:
        """The tasks that an issue can be about."""
        self.task.clear()
        self.task.addItem(self.tr("as observed"), None)
        self.task.setItemData(0, self.tr("The tasks in which its observations were made"), Qt.ItemDataRole.ToolTipRole)
        for one in tasks:
            self.task.addItem(one.title, one.id)
            self.task.setItemData(self.task.count() - 1, tooltip(one.title), Qt.ItemDataRole.ToolTipRole)
        self._show_about()

    def set_row(self, shown: IssueRow | None) -> None:
        """Shows an issue. Text that is being typed is not touched while the issue stays the same."""
        other = (shown.id if shown else None) != (self._row.id if self._row else None)
        if other:
            self.save()
        self._row = shown
        self.setEnabled(shown is not None)
        issue = shown.issue if shown is not None else None
        self._number.setText(f"#{issue.number}" if issue else "")
        self._texts["title"].show_text(issue.title if issue else "", other=other)
        self._texts["description"].show_text((issue.description or "") if issue else "", other=other)
        self._texts["recommendation"].show_text((issue.recommendation or "") if issue else "", other=other)
        self.severity.set_severity(issue.severity if issue else None)
        self.status.setCurrentIndex(self.status.findData(issue.status) if issue else -1)
        self._show_about()
        found = ""
        if shown is not None:
            found = self.tr("found by {found} of {all} participants").format(
                found=shown.issue.frequency, all=shown.participants
            )
        self._found.setText(found)

    def save(self) -> None:
        """Hands over text that was typed and not yet handed over."""
        for saved in self._texts.values():
            saved.save()

    def edit_title(self) -> None:
        """Puts the cursor into the title, all of it selected."""
        self.title.setFocus(Qt.FocusReason.OtherFocusReason)
        self.title.selectAll()

    def _show_about(self) -> None:
        issue = self._row.issue if self._row is not None else None
        self.task.setCurrentIndex(max(0, self.task.findData(issue.task_id if issue else None)))
        self.heuristic.setCurrentIndex(max(0, self.heuristic.findData(issue.heuristic if issue else None)))

    def _fill_heuristics(self) -> None:
        self.heuristic.addItem(self.tr("no heuristic"), None)
        for number, one in enumerate(heuristics(), 1):
            self.heuristic.addItem(one.title, one.code)
            self.heuristic.setItemData(number, tooltip(f"{one.name}. {one.about}"), Qt.ItemDataRole.ToolTipRole)

    def _choice(self, name: str, field: str) -> QComboBox:
        """A list that is as wide as there is room, whatever its longest entry."""
        box = QComboBox(self)
        box.setAccessibleName(name)
        box.setToolTip(name)
        box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        box.setMinimumContentsLength(10)
        box.activated.connect(lambda index: self._on_about(field, box.itemData(index)))
        return box

    def _on_about(self, field: str, value: str | None) -> None:
        if self._row is not None and value != getattr(self._row.issue, field):
            self.about_changed.emit(self._row.id, field, value)

    def _text_box(self, placeholder: str, lines: int) -> QPlainTextEdit:
        box = QPlainTextEdit(self)
        box.setPlaceholderText(placeholder)
        box.setTabChangesFocus(True)
        box.setFixedHeight(lines * box.fontMetrics().lineSpacing() + 20)
        return box

    def _on_text(self, name: str, text: str, edit: str) -> None:
        if self._row is None:
            return
        if name == "title" and not text.strip():
            # An issue without a title cannot be found again: the old one comes back.
            self._texts["title"].show_text(self._row.issue.title, other=True)
            return
        self.text_changed.emit(self._row.id, name, text, edit)

    def _on_severity(self, severity: object) -> None:
        if self._row is not None:
            self.severity_changed.emit(self._row.id, severity)

    def _on_status(self, index: int) -> None:
        if self._row is not None and self.status.itemData(index) != self._row.issue.status:
            self.status_changed.emit(self._row.id, IssueStatus(self.status.itemData(index)))
