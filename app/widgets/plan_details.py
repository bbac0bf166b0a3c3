"""One issue of a plan in full: each field before and after, who wins where both changed it, files, the text."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QFrame, QLabel, QRadioButton, QScrollArea, QVBoxLayout, QWidget

from annotate.backlog.plan import FieldDiff, PlanItem, Side
from app.backlog_words import file_words, item_words
from app.theme import SPACE, Text
from app.widgets.basics import clear, label

_SHOWN = 1500


class PlanDetails(QScrollArea):
    """Read with the mouse or the keyboard; what people wrote stays plain text.

    Signals:
        decided(field name, Side): whose value of a field holds that people changed in the tracker.
    """

    decided = Signal(str, object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName(self.tr("The chosen issue"))
        body = QWidget()
        body.setObjectName("plain")
        self._column = QVBoxLayout(body)
        self._column.setContentsMargins(SPACE[3], SPACE[2], SPACE[3], SPACE[3])
        self._column.setSpacing(SPACE[1])
        self.setWidget(body)

    def show_item(self, item: PlanItem | None, *, editable: bool) -> None:
        """Shows an issue of the plan; `editable`: decisions can still be made."""
        clear(self._column)
        if item is None:
            self._add(label(self.tr("Choose an issue to see what will be sent."), tone="muted", wrap=True))
            self._column.addStretch(1)
            return
        self._add(_selectable(label(item.finding.title, Text.STRONG, wrap=True)))
        words = item_words(item)
        self._add(label(words[:1].upper() + words[1:], tone="muted", wrap=True))
        for diff in item.diffs:
            self._add_diff(diff, editable=editable)
        if item.files or item.finding.withheld:
            self._heading(self.tr("Stills and clips"))
            for file in item.files:
                self._add(_selectable(label(file_words(file), wrap=True)))
            for why in item.finding.withheld:
                self._add(label(self.tr("Not sent – {why}").format(why=why), tone="warning", wrap=True))
        for name in item.cut:
            words = self.tr("{field} is too long for the tracker and will be cut.").format(field=name)
            self._add(label(words, tone="warning", wrap=True))
        if item.text:
            self._heading(self.tr("Description as it will read"))
            self._add(_selectable(label(_shortened(item.text), wrap=True)))
        self._column.addStretch(1)

    def _add_diff(self, diff: FieldDiff, *, editable: bool) -> None:
        self._heading(diff.label)
        if diff.theirs is None:
            if diff.before:
                before = self.tr("Before: {text}").format(text=_shortened(diff.before))
                self._add(_selectable(label(before, tone="muted", wrap=True)))
            self._add(_selectable(label(self.tr("Now: {text}").format(text=_shortened(diff.ours)), wrap=True)))
            return
        words = self.tr("People changed this in the tracker, and it has changed here.")
        self._add(label(words, tone="warning", wrap=True))
        group = QButtonGroup(self.widget())
        choices = (
            (Side.THEIRS, self.tr("Keep what the tracker has"), diff.theirs),
            (Side.OURS, self.tr("Write over it with ours"), diff.ours),
        )
        for side, words, text in choices:
            choice = QRadioButton(words)
            choice.setChecked(diff.keep is side)
            choice.setEnabled(editable)
            choice.setAccessibleDescription(f"{diff.label}: {_shortened(text)}")
            choice.clicked.connect(lambda _on, name=diff.name, chosen=side: self.decided.emit(name, chosen))
            group.addButton(choice)
            self._add(choice)
            self._add(_selectable(label(_shortened(text), tone="muted", wrap=True)))

    def _heading(self, words: str) -> None:
        self._column.addSpacing(SPACE[1])
        self._add(label(words, strong=True))

    def _add(self, widget: QWidget) -> None:
        self._column.addWidget(widget)


def _selectable(shown: QLabel) -> QLabel:
    shown.setTextFormat(Qt.TextFormat.PlainText)  # what people wrote never comes alive
    shown.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return shown


def _shortened(text: str) -> str:
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1].rstrip() + "…"
