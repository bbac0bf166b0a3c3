"""The priority tab of Findings: what to fix first, how sure that order is, and what it is made of."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QPushButton, QScrollArea, QSplitter, QStackedWidget, QWidget

from annotate.charts.quadrant import quadrant_chart
from annotate.figures.methods import Figure
from annotate.figures.priority import RankBy
from annotate.figures.study import StudyFigures
from annotate.figures.words import method_words, rank_by_words
from annotate.models import Severity
from app.commands import Command, CommandRegistry
from app.controllers.figures import FiguresController
from app.models.priorities import PriorityModel
from app.plain import tooltip
from app.theme import SPACE
from app.widgets.basics import Card, column, label, row
from app.widgets.chart_panel import ChartPanel
from app.widgets.priority_editor import PriorityEditor
from app.widgets.priority_table import PriorityTable
from app.wording import severity_words

_SCOPE = "priority"


class PriorityTab(QWidget):
    """The list, or the quadrant, on the left; the chosen issue on the right.

    Signals:
        go_to_issue(issue id): show it among the issues.
    """

    go_to_issue = Signal(str)

    def __init__(self, controller: FiguresController, commands: CommandRegistry) -> None:
        super().__init__()
        self._controller = controller
        self._commands = commands
        self._figures: StudyFigures | None = None
        self._issue_id = ""
        self.model = PriorityModel(self)
        self.table = PriorityTable(self.model)
        self.table.chosen.connect(self._show_issue)
        self.table.opened.connect(self.go_to_issue)
        self.editor = PriorityEditor()
        self.editor.part_changed.connect(controller.set_part)
        self.editor.agreed.connect(controller.set_severity)
        self.editor.rated.connect(controller.rate)
        self.editor.criticality_changed.connect(controller.set_criticality)
        self.quadrant = ChartPanel()
        self.quadrant.opened.connect(lambda spot: self._choose(spot.issue_id))
        self.by = QComboBox()
        self.by.setAccessibleName(self.tr("Rank by"))
        self.by.setToolTip(tooltip(method_words(Figure.RANK)))
        for by in RankBy:
            self.by.addItem(rank_by_words(by), by)
        self.by.activated.connect(lambda _number: self._fill())
        self._add_commands()
        self._build()

    def show_figures(self, figures: StudyFigures) -> None:
        """Shows the order; the chosen issue stays."""
        self._figures = figures
        context = self._controller.context
        self.editor.set_rater(context.author if context is not None else "")
        self._fill()
        self.quadrant.show_chart(partial(quadrant_chart, figures))
        self._commands.refresh()

    # -- inside ------------------------------------------------------------------------------------------------

    def _add_commands(self) -> None:
        tr, add = self.tr, self._commands.add
        hint = tr("Value against effort, in place of the list")
        picture = Command("priority.quadrant", tr("Quadrant"), "Q", "ph.squares-four", _SCOPE, tip=hint, checkable=True)
        self._toggle = add(picture, self._swap, self, self._has_issues)
        for severity in Severity:
            words = tr("Your rating {number}: {word}").format(number=int(severity), word=severity_words(severity))
            command = Command(f"priority.rate_{int(severity)}", words, str(int(severity)), "", _SCOPE)
            # In the fields beside the list a digit is theirs.
            add(command, partial(self._rate, severity), self.table, self._has_issues)

    def _build(self) -> None:
        by_label = label(self.tr("Rank by"), tone="muted")
        by_label.setBuddy(self.by)
        words = self.tr("Where bands overlap, the order is not certain: don’t argue about it.")
        hint = label(words, tone="muted")
        hint.setToolTip(tooltip(method_words(Figure.RANK)))
        hint.setAccessibleDescription(method_words(Figure.RANK))
        toggle = self._commands.bind(QPushButton(), "priority.quadrant")
        listed = Card(margin=1, spacing=0)
        listed.body.addWidget(self.table)
        pictured = Card(margin=SPACE[1], spacing=0)
        pictured.body.addWidget(self.quadrant)
        self._left = QStackedWidget()
        self._left.addWidget(listed)
        self._left.addWidget(pictured)
        room = QScrollArea()
        room.setWidgetResizable(True)
        room.setWidget(self.editor)
        edited = Card(margin=1, spacing=0)
        edited.body.addWidget(room)
        self.editor.setAutoFillBackground(False)  # the card's ground is its ground
        room.viewport().setAutoFillBackground(False)
        room.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        room.setMinimumWidth(self.editor.minimumSizeHint().width() + SPACE[3])
        self._split = QSplitter(Qt.Orientation.Horizontal)
        self._split.setChildrenCollapsible(False)
        self._split.setHandleWidth(SPACE[1])
        self._split.setStyleSheet("QSplitter::handle { background: transparent; }")
        self._split.addWidget(self._left)
        self._split.addWidget(edited)
        self._split.setSizes([740, 360])
        self._split.setStretchFactor(0, 1)
        layout = column(row(by_label, self.by, SPACE[1], hint, None, toggle), self._split, spacing=SPACE[1])
        layout.setStretch(1, 1)
        layout.setContentsMargins(0, SPACE[1], 0, 0)
        self.setLayout(layout)
        self.setFocusProxy(self.table)

    def _fill(self) -> None:
        if self._figures is not None:
            wanted = self._issue_id
            self.model.set_priorities(self._figures.priorities, RankBy(self.by.currentData()))
            self.table.choose(wanted)
            self._show_issue(self.table.current_id())

    def _show_issue(self, issue_id: str) -> None:
        figures, shown = self._figures, self.model.by_key(issue_id)
        self._issue_id = issue_id
        task_id = shown.row.task_ids[0] if shown is not None and shown.row.task_ids else None
        tasks = {one.task.id: one.task for one in figures.tasks} if figures is not None else {}
        task = tasks.get(task_id or "")
        self.editor.show_priority(shown, task.title if task else "", task.criticality if task else None)
        self._commands.refresh()

    def _choose(self, issue_id: str) -> None:
        self.table.choose(issue_id)

    def _swap(self) -> None:
        self._left.setCurrentIndex(1 if self._toggle.isChecked() else 0)
        shown = self.quadrant if self._toggle.isChecked() else self.table
        shown.setFocus()

    def _rate(self, severity: Severity) -> None:
        self._controller.rate(self._issue_id, severity)

    def _has_issues(self) -> bool:
        return bool(self.model.rowCount())
