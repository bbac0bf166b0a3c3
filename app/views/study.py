"""Study: the plan. What is ready for the next session, the tasks in their order, the codes with colour and key."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QModelIndex, Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QLineEdit,
    QMenu,
    QPlainTextEdit,
    QTableView,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from annotate.changes import ChangeSet
from annotate.errors import StudyError
from app.commands import Command, CommandRegistry
from app.models.plan import TagsModel, TasksModel
from app.palette import Role
from app.study_context import StudyContext
from app.theme import SPACE, Text, theme
from app.views.consent_dialog import ConsentDialog
from app.widgets.basics import Card, PageHeader, button, clear, column, icon_label, label, row
from app.widgets.row_height import follow_density
from app.widgets.study_speech import StudySpeech
from app.widgets.swatch import swatch

COLOURS = {
    "#4c6ef5": "blue",
    "#0c8599": "teal",
    "#2f9e44": "green",
    "#e8890c": "orange",
    "#e03131": "red",
    "#d6336c": "pink",
    "#ae3ec9": "purple",
    "#868e96": "grey",
}
_SCOPE = "study"


class StudyPage(QWidget):
    """The plan of the open study. Every edit is undoable.

    Signals:
        refused(str): something typed can't be taken; a sentence.
    """

    refused = Signal(str)

    def __init__(self, context: StudyContext | None, commands: CommandRegistry) -> None:
        super().__init__()
        self._commands = commands
        self._context: StudyContext | None = None
        self._shown_task: str | None = None
        start = commands.bind(button("", look="primary"), "session.new")
        start.setIcon(button("", look="primary", icon="ph.record").icon())
        header = PageHeader(self.tr("Study"), start)
        self.name = QLineEdit()
        self.name.setProperty("look", "title")
        self.name.setFont(theme().font(Text.TITLE))
        self.name.setTextMargins(-2, 0, 0, 0)
        header.set_over(self.tr("Study"))
        self.name.setAccessibleName(self.tr("Name of the study"))
        self.name.setToolTip(self.tr("Name of the study: click to change it"))
        self.name.editingFinished.connect(self._rename)
        header.title.hide()
        words = header.layout()
        assert isinstance(words, QHBoxLayout)
        words.insertLayout(0, column(header.over, self.name, spacing=0), 3)
        self.ready = row(spacing=SPACE[3])
        self.tasks = TasksModel(self)
        self.tags = TagsModel(self)
        for model in (self.tasks, self.tags):
            model.refused.connect(self.refused)
        tasks = self._make_tasks(commands)
        codes = self._make_codes(commands)
        middle = QHBoxLayout()
        middle.setSpacing(SPACE[3])
        middle.addWidget(tasks, 3)
        self.speech = StudySpeech()
        middle.addLayout(column(codes, self.speech, spacing=SPACE[3]), 2)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE[5], SPACE[4], SPACE[5], SPACE[4])
        layout.setSpacing(SPACE[3])
        layout.addWidget(header)
        consent = Command("study.consent", self.tr("Read or change the consent form…"), (), "ph.file-text", _SCOPE)
        commands.add(consent, self._open_consent, self, lambda: self._context is not None)
        consent_button = commands.bind(QToolButton(), "study.consent")
        consent_button.setText(self.tr("Read or change…"))
        consent_button.setProperty("look", "quiet")
        ready = QHBoxLayout()
        ready.setSpacing(SPACE[1])
        ready.addLayout(self.ready)
        ready.addWidget(consent_button)
        ready.addStretch(1)
        layout.addLayout(ready)
        layout.addLayout(middle, 1)
        self.set_context(context)

    # -- page -----------------------------------------------------------------------------------------------------

    def set_context(self, context: StudyContext | None) -> None:
        """Shows another study, or none."""
        if self._context is not None:
            self._context.changed.disconnect(self._changed)
        self._context = context
        self._shown_task = None
        for model in (self.tasks, self.tags):
            model.set_context(context)
        self.speech.set_context(context)
        if context is not None:
            context.changed.connect(self._changed)
            self._refresh()
            self.task_view.selectRow(0)

    def page_shown(self) -> None:
        """Focus goes to the field that most likely comes next."""
        (self.new_task if self.tasks.rowCount() == 0 else self.task_view).setFocus()

    # -- tasks ----------------------------------------------------------------------------------------------------

    def _make_tasks(self, commands: CommandRegistry) -> QWidget:
        card = Card()
        self.task_view = _table(self.tasks, self.tr("Tasks"))
        view = self.task_view
        view.setDragDropMode(QAbstractItemView.DragDropMode.InternalMove)
        view.setDragDropOverwriteMode(False)
        view.setDefaultDropAction(Qt.DropAction.MoveAction)
        view.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        view.setColumnWidth(1, 96)
        view.selectionModel().currentRowChanged.connect(self._task_chosen)
        view.selectionModel().selectionChanged.connect(self._refresh_commands)
        self.new_task = QLineEdit()
        self.new_task.setPlaceholderText(self.tr("Add a task, for example: Find the invoice of March"))
        self.new_task.setAccessibleName(self.tr("Add a task"))
        self.new_task.returnPressed.connect(self._add_task)
        up = Command("study.task.up", self.tr("Move task up"), "Alt+Up", "ph.arrow-up", _SCOPE)
        down = Command("study.task.down", self.tr("Move task down"), "Alt+Down", "ph.arrow-down", _SCOPE)
        remove = Command("study.task.remove", self.tr("Remove task"), "Ctrl+Del", "ph.trash", _SCOPE)
        commands.add(up, partial(self._move, -1), self, partial(self._can_move, -1))
        commands.add(down, partial(self._move, 1), self, partial(self._can_move, 1))
        commands.add(remove, self._remove_task, self, self._has_task)
        tools = row(spacing=SPACE[0])
        for command_id in ("study.task.up", "study.task.down", "study.task.remove"):
            made = commands.bind(QToolButton(), command_id, icon_only=True)
            made.setProperty("look", "quiet")
            tools.addWidget(made)
        scenario_label = label(self.tr("S&cenario: what the participant is told"), Text.CAPTION, tone="muted")
        scenario_label.setTextFormat(Qt.TextFormat.AutoText)
        self.scenario = _ScenarioEdit()
        self.scenario.setFixedHeight(84)
        self.scenario.setTabChangesFocus(True)
        self.scenario.setPlaceholderText(self.tr("You want to see what you were billed in March…"))
        self.scenario.left.connect(self._keep_scenario)
        scenario_label.setBuddy(self.scenario)
        self._no_tasks = label(
            self.tr("No tasks yet. Participants are given tasks one after another; each run of one gets an outcome."),
            tone="muted",
            wrap=True,
        )
        card.body.addLayout(row(label(self.tr("Tasks"), Text.STRONG, strong=True), None, tools))
        card.body.addWidget(self._no_tasks)
        card.body.addWidget(view, 1)
        self._scenario_box = QWidget()
        self._scenario_box.setLayout(column(scenario_label, self.scenario, spacing=SPACE[0]))
        card.body.addWidget(self.new_task)
        card.body.addWidget(self._scenario_box)
        return card

    def _add_task(self) -> None:
        title = self.new_task.text().strip()
        if title and self._context is not None:
            self._context.do(self.tr("Add task"), lambda store: store.add_task(title))
            self.new_task.clear()
            self.task_view.selectRow(self.tasks.rowCount() - 1)

    def _current(self) -> int:
        index = self.task_view.currentIndex()
        return index.row() if index.isValid() else -1

    def _has_task(self) -> bool:
        return self._current() >= 0

    def _can_move(self, by: int) -> bool:
        at = self._current()
        return at >= 0 and 0 <= at + by < self.tasks.rowCount()

    def _move(self, by: int) -> None:
        at = self._current()
        self.tasks.move(at, at + by)
        self.task_view.selectRow(at + by)

    def _remove_task(self) -> None:
        at = self._current()
        if at >= 0 and self._context is not None:
            task = self.tasks.task(at)
            self._context.do(self.tr("Remove task"), lambda store: store.remove_task(task.id))
            self.task_view.selectRow(min(at, self.tasks.rowCount() - 1))

    def _task_chosen(self, current: QModelIndex) -> None:
        self._keep_scenario()
        task = self.tasks.task(current.row()) if current.isValid() else None
        self._shown_task = task.id if task else None
        self.scenario.setPlainText((task.scenario or "") if task else "")
        self._scenario_box.setVisible(task is not None)

    def _keep_scenario(self) -> None:
        at = None if self._shown_task is None else self.tasks.row_of(self._shown_task)
        if at is None or self._context is None:
            return
        task, text = self.tasks.task(at), self.scenario.toPlainText().strip() or None
        if text != task.scenario:
            self._context.do(self.tr("Change scenario"), lambda store: store.update_task(task.id, scenario=text))

    # -- codes ----------------------------------------------------------------------------------------------------

    def _make_codes(self, commands: CommandRegistry) -> QWidget:
        card = Card()
        self.tag_view = _table(self.tags, self.tr("Tags"))
        view = self.tag_view
        view.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        view.setColumnWidth(1, 72)
        view.selectionModel().selectionChanged.connect(self._refresh_commands)
        self.new_tag = QLineEdit()
        self.new_tag.setPlaceholderText(self.tr("Add a tag, for example: Navigation"))
        self.new_tag.setAccessibleName(self.tr("Add a tag"))
        self.new_tag.returnPressed.connect(self._add_tag)
        removal = Command("study.tag.remove", self.tr("Remove tag"), (), "ph.trash", _SCOPE)
        commands.add(removal, self._remove_tag, self, self._has_tag)
        colour = QToolButton()
        colour.setProperty("look", "quiet")
        colour.setIcon(theme().icon("ph.palette"))
        colour.setAccessibleName(self.tr("Colour of the tag"))
        colour.setToolTip(self.tr("Colour of the tag"))
        colour.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(colour)
        for value, name in COLOURS.items():
            menu.addAction(swatch(value), self.tr(name), partial(self._colour, value))
        colour.setMenu(menu)
        colour.setStyleSheet("QToolButton::menu-indicator { image: none; }")
        remove = commands.bind(QToolButton(), "study.tag.remove", icon_only=True)
        remove.setProperty("look", "quiet")
        hint = label(
            self.tr(
                "Tags say what an observation is about. Their keys work in the recording bar and, "
                "some with Shift or Ctrl+Alt, in review."
            ),
            Text.CAPTION,
            tone="muted",
            wrap=True,
        )
        card.body.addLayout(
            row(label(self.tr("Tags"), Text.STRONG, strong=True), None, colour, remove, spacing=SPACE[0])
        )
        card.body.addWidget(view, 1)
        card.body.addWidget(self.new_tag)
        card.body.addWidget(hint)
        return card

    def _has_tag(self) -> bool:
        return self.tag_view.currentIndex().isValid()

    def _add_tag(self) -> None:
        name = self.new_tag.text().strip()
        if name and self._context is not None:
            used = {self.tags.tag(at).colour for at in range(self.tags.rowCount())}
            free = next((colour for colour in COLOURS if colour not in used), next(iter(COLOURS)))
            self._context.do(self.tr("Add tag"), lambda store: store.add_tag(name, colour=free))
            self.new_tag.clear()

    def _remove_tag(self) -> None:
        if self._has_tag() and self._context is not None:
            tag = self.tags.tag(self.tag_view.currentIndex().row())
            self._context.do(self.tr("Remove tag"), lambda store: store.remove_tag(tag.id))

    def _colour(self, colour: str) -> None:
        if self._has_tag():
            self.tags.set_colour(self.tag_view.currentIndex().row(), colour)

    # -- the rest -------------------------------------------------------------------------------------------------

    def _open_consent(self) -> None:
        if self._context is not None:
            dialog = ConsentDialog(self._context, self)
            dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            dialog.open()

    def _rename(self) -> None:
        context, name = self._context, self.name.text().strip()
        if context is None:
            return
        if not name:
            self.name.setText(context.store.study().name)
        elif name != context.store.study().name:
            context.do(self.tr("Rename study"), lambda store: store.update_study(name=name))

    def _refresh_commands(self) -> None:
        self._commands.refresh()

    def _changed(self, _change: ChangeSet | None, _initiator: object) -> None:
        chosen = self._shown_task
        self.tasks.refresh()
        self.tags.refresh()
        at = None if chosen is None else self.tasks.row_of(chosen)
        if at is not None and at != self._current():
            self.task_view.selectRow(at)
        self._refresh()
        if at is not None and not self.scenario.hasFocus():
            self.scenario.setPlainText(self.tasks.task(at).scenario or "")

    def _refresh(self) -> None:
        context = self._context
        if context is None:
            return
        try:
            self.name.setText(context.store.study().name)
            consent = context.store.latest_consent_version()
        except StudyError as error:
            context.failed.emit(error)
            return
        tasks, tags = self.tasks.rowCount(), self.tags.rowCount()
        self._no_tasks.setVisible(tasks == 0)
        self.task_view.setVisible(tasks > 0)
        self._scenario_box.setVisible(self._current() >= 0)
        clear(self.ready)
        for done, words in (
            (tasks > 0, self.tr("%n task(s)", "", tasks) if tasks else self.tr("Tasks: none yet")),
            (tags > 0, self.tr("%n tag(s)", "", tags) if tags else self.tr("Tags: none yet")),
            (consent > 0, self.tr("Consent form, version %1").replace("%1", str(consent))),
        ):
            self.ready.addWidget(_ready(words, done=done))


class _ScenarioEdit(QPlainTextEdit):
    """Says when it was left, which is when what was typed is kept."""

    left = Signal()

    def focusOutEvent(self, event: object) -> None:
        super().focusOutEvent(event)  # type: ignore[arg-type]
        self.left.emit()


def _ready(words: str, *, done: bool) -> QWidget:
    made = QWidget()
    icon = icon_label("ph.check-circle" if done else "ph.circle-dashed", Role.SUCCESS if done else Role.TEXT_MUTED)
    made.setLayout(row(icon, label(words, tone="" if done else "muted"), spacing=6))
    return made


def _table(model: TasksModel | TagsModel, name: str) -> QTableView:
    view = QTableView()
    view.setModel(model)
    view.setAccessibleName(name)
    view.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    view.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
    view.setEditTriggers(
        QAbstractItemView.EditTrigger.DoubleClicked
        | QAbstractItemView.EditTrigger.EditKeyPressed
        | QAbstractItemView.EditTrigger.SelectedClicked
    )
    view.setShowGrid(False)
    view.setWordWrap(False)
    view.setTabKeyNavigation(False)
    view.verticalHeader().hide()
    follow_density(view)
    view.horizontalHeader().setHighlightSections(False)
    view.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    return view
