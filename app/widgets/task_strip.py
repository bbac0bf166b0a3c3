"""The task of the moment, in the recording bar: which one, for how long, and how it ended."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QStackedWidget, QToolButton, QWidget

from annotate.models import Outcome
from app.commands import Command, CommandRegistry
from app.controllers.live import LiveSession, PlannedTask
from app.palette import Role
from app.theme import SPACE, Text, theme
from app.widgets.basics import ElidedComboBox, ElidedLabel, button, numbers, row, set_tone
from app.widgets.times import short_clock
from app.wording import outcome_words

SCOPE = "recording"
OUTCOMES = {
    Outcome.SUCCESS: ("ph.check", Role.SUCCESS),
    Outcome.WITH_HELP: ("ph.circle-half", Role.WARNING),
    Outcome.FAILED: ("ph.x", Role.DANGER),
    Outcome.GAVE_UP: ("ph.hand", Role.WARNING),
    Outcome.SKIPPED: ("ph.skip-forward", Role.TEXT_MUTED),
}


class TaskStrip(QStackedWidget):
    """Either "start this task" or the task that runs with its outcomes.

    Signals:
        start(PlannedTask), end(Outcome).
    """

    start = Signal(object)
    end = Signal(object)

    def __init__(self, commands: CommandRegistry, bar: QWidget) -> None:
        super().__init__()
        self._commands = commands
        self._live = LiveSession()
        self._active = False
        self.choice = ElidedComboBox()
        self.choice.setAccessibleName(self.tr("Next task"))
        self.choice.setMinimumContentsLength(18)
        self.choice.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.choice.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        start = Command("bar.task.start", self.tr("Start task"), "T", "ph.play", SCOPE)
        commands.add(start, self._start, bar, self._can_start)
        go = commands.bind(button(""), "bar.task.start")
        go.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        waiting = QWidget()
        line = row(self.choice, go)
        line.setStretch(0, 1)
        waiting.setLayout(line)
        self.title = ElidedLabel("", strong=True)
        self.title.setMinimumWidth(120)
        self.timer = numbers("", Text.BODY)
        running = QWidget()
        layout = QHBoxLayout(running)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE[0])
        layout.addWidget(self.title, 1)
        layout.addWidget(self.timer)
        layout.addSpacing(SPACE[1])
        for number, (outcome, (icon, role)) in enumerate(OUTCOMES.items(), 1):
            words = outcome_words(outcome)
            command = Command(
                f"bar.outcome.{outcome.value}",
                self.tr("Task ended: %1").replace("%1", words),
                str(number),
                icon,
                SCOPE,
                role=role,
            )
            commands.add(command, partial(self.end.emit, outcome), bar, self._can_end)
            made = commands.bind(QToolButton(), command.id, icon_only=True)
            made.setIconSize(QSize(16, 16))
            made.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            layout.addWidget(made)
        self.addWidget(waiting)
        self.addWidget(running)

    def show_live(self, live: LiveSession, *, active: bool) -> None:
        """Shows the tasks and which one runs; `active`: presses are taken just now."""
        self._live = live
        self._active = active
        self.setVisible(bool(live.tasks) or live.running is not None)
        if live.running is not None:
            number = next((at for at, task in enumerate(live.tasks, 1) if task.id == live.running.task_id), None)
            name = live.running.title if number is None else f"{number}  {live.running.title}"
            self.title.set_full_text(name)
            self.setCurrentIndex(1)
        else:
            self._fill(live)
            self.setCurrentIndex(0)
        self._commands.refresh()

    def tick(self, now_ns: int) -> None:
        """Shows the time of the running task."""
        running = self._live.running
        if running is None:
            return
        spent = now_ns - running.t_start_ns
        expected = running.expected_ns
        self.timer.setText(short_clock(spent) + (f" / {short_clock(expected)}" if expected else ""))
        set_tone(self.timer, "warning" if expected and spent > expected else "")

    def _fill(self, live: LiveSession) -> None:
        self.choice.clear()
        for number, task in enumerate(live.tasks, 1):
            outcome = live.outcomes.get(task.id)
            done = f"  ({outcome_words(outcome)})" if outcome is not None else ""
            self.choice.addItem(f"{number}  {task.title}{done}", task)
            self.choice.setItemData(number - 1, task.title, Qt.ItemDataRole.ToolTipRole)
            if outcome is not None:
                icon, role = OUTCOMES[outcome]
                self.choice.setItemIcon(number - 1, theme().icon(icon, role))
        following = live.next_task()
        if following is not None:
            self.choice.setCurrentIndex(live.tasks.index(following))

    def _can_start(self) -> bool:
        return self._active and self._live.running is None and self.choice.count() > 0

    def _can_end(self) -> bool:
        return self._active and self._live.running is not None

    def _start(self) -> None:
        task = self.choice.currentData()
        if isinstance(task, PlannedTask):
            self.start.emit(task)
