"""The tabs of Findings that show figures: made when they are first looked at, fed by one reading of the study."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QStackedWidget, QTabWidget, QWidget

from annotate.figures.study import StudyFigures
from app.commands import CommandRegistry
from app.controllers.figures import FiguresController
from app.study_context import StudyContext
from app.theme import SPACE
from app.views.answers import AnswersDialog
from app.views.findings_charts import ChartsTab
from app.views.findings_figures import FiguresTab
from app.views.findings_matrix import MatrixTab
from app.views.findings_priority import PriorityTab
from app.widgets.basics import column
from app.widgets.notice import Notice
from app.wording import sentence


class _Shows(Protocol):
    def show_figures(self, figures: StudyFigures) -> None: ...


class _Room(QStackedWidget):
    """A tab: a notice until there is something to show, then what shows it."""

    def __init__(self, shown: QWidget, commands: CommandRegistry, again: Callable[[], None]) -> None:
        super().__init__()
        self.shown = shown
        self._commands = commands
        self.notice = Notice()
        self._again = self.notice.add_button(self.tr("Try again"), primary=True)
        self._again.clicked.connect(again)
        self._issues = self.notice.add_button(self.tr("Go to the issues"), primary=True)
        self._issues.clicked.connect(lambda: commands.trigger("findings.tab_1"))
        self._sessions = self.notice.add_button(self.tr("Go to Sessions"), primary=True)
        self._sessions.clicked.connect(lambda: commands.trigger("go.sessions"))
        self.addWidget(self.notice)
        self.addWidget(shown)
        self.setFocusProxy(shown)

    def say(
        self, icon: str, title: str, words: str, *, again: bool = False, issues: bool = False, sessions: bool = False
    ) -> None:
        """Shows the notice, with one button or none."""
        self.notice.say(icon, title, words)
        self._again.setVisible(again)
        self._issues.setVisible(issues)
        self._sessions.setVisible(sessions and self._commands.has("go.sessions"))
        self.setCurrentWidget(self.notice)


class FigureTabs(QObject):
    """Adds matrix, figures, priority and charts to the tabs of the page.

    Signals:
        go_to_session(session id, t_ns, observation id), go_to_issue(issue id).
        message(words, tone, action | None): for the window's message bar.
    """

    go_to_session = Signal(str, object, str)
    go_to_issue = Signal(str)
    message = Signal(str, str, object)

    def __init__(self, tabs: QTabWidget, commands: CommandRegistry, page: QWidget) -> None:
        super().__init__(page)
        self._tabs = tabs
        self._page = page
        self.controller = FiguresController(self)
        self.matrix = MatrixTab(self.controller, commands)
        self.figures = FiguresTab(self.controller, commands)
        self.priority = PriorityTab(self.controller, commands)
        self.charts = ChartsTab(self.controller, commands)
        self._rooms: list[_Room] = []
        for shown, words in (
            (self.matrix, self.tr("Matrix")),
            (self.figures, self.tr("Figures")),
            (self.priority, self.tr("Priority")),
            (self.charts, self.tr("Charts")),
        ):
            room = _Room(shown, commands, self.controller.refresh)
            self._rooms.append(room)
            tabs.addTab(_with_margin(room), words)
        self.matrix.go_to_session.connect(self.go_to_session)
        self.figures.go_to_session.connect(self.go_to_session)
        self.figures.wants_answers.connect(self.enter_answers)
        self.charts.go_to_session.connect(self.go_to_session)
        self.charts.go_to_issue.connect(self.go_to_issue)
        self.priority.go_to_issue.connect(self.go_to_issue)
        self.charts.message.connect(self.message)
        self.controller.loading.connect(self._on_loading)
        self.controller.loaded.connect(self._on_loaded)
        self.controller.failed.connect(self._on_failed)
        tabs.currentChanged.connect(lambda _number: self._look())
        self._told: set[int] = set()

    def set_context(self, context: StudyContext | None) -> None:
        self.controller.set_context(context)

    def page_shown(self, shown: bool) -> None:
        """Whether the page can be seen: figures are worked out for eyes only."""
        self.controller.set_shown(shown and self._room() is not None)

    def enter_answers(self) -> None:
        """Opens the form for answers."""
        context = self.controller.context
        if context is not None:
            dialog = AnswersDialog(context, self.controller, self._page)
            dialog.finished.connect(lambda _result: dialog.deleteLater())
            dialog.open()

    def focus(self) -> None:
        """Gives the focus to what the current tab shows."""
        room = self._room()
        if room is not None:
            room.shown.setFocus()

    # -- inside ------------------------------------------------------------------------------------------------

    def _room(self) -> _Room | None:
        number = self._tabs.currentIndex() - (self._tabs.count() - len(self._rooms))
        return self._rooms[number] if number >= 0 else None

    def _look(self) -> None:
        room = self._room()
        self.controller.set_shown(room is not None and self._page.isVisible())
        self._show()

    def _show(self) -> None:
        """Feeds the tab that is looked at; the others when their turn comes."""
        room, figures = self._room(), self.controller.figures
        if room is None or figures is None or id(room) in self._told:
            return
        self._told.add(id(room))
        if not figures.people:
            words = self.tr("They come with the first recorded session that is not a pilot.")
            room.say("ph.chart-bar", self.tr("No figures yet"), words, sessions=True)
        elif isinstance(room.shown, MatrixTab | PriorityTab) and not figures.matrix.rows:
            words = self.tr("Group observations into issues first. Here they are seen by participant and by worth.")
            room.say("ph.list-numbers", self.tr("No issues yet"), words, issues=True)
        else:
            shown: _Shows = room.shown  # type: ignore[assignment]
            shown.show_figures(figures)
            room.setCurrentWidget(room.shown)

    def _on_loading(self) -> None:
        self._told.clear()
        for room in self._rooms:
            room.say("ph.hourglass", self.tr("Working out the figures…"), "")

    def _on_loaded(self, _figures: StudyFigures) -> None:
        self._told.clear()
        self._show()

    def _on_failed(self, error: Exception) -> None:
        self._told.clear()
        for room in self._rooms:
            room.say("ph.warning", self.tr("The figures could not be worked out"), sentence(error), again=True)


def _with_margin(shown: QWidget) -> QWidget:
    made = QWidget()
    layout = column(shown)
    layout.setContentsMargins(0, SPACE[0], 0, 0)
    made.setLayout(layout)
    made.setFocusProxy(shown)
    return made
