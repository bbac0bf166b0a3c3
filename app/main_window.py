"""The window: rail, pages, message bar, activity, palette. What the pages do is theirs; what they mean, the app's."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from functools import partial
from typing import Protocol, cast

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QApplication, QHBoxLayout, QMainWindow, QStackedWidget, QVBoxLayout, QWidget

from app.commands import Command, CommandRegistry
from app.jobs import Jobs
from app.settings import settings
from app.study_context import StudyContext
from app.views.command_palette import CommandPalette
from app.widgets.activity import ActivityPanel
from app.widgets.basics import EmptyState, bring_forward, button
from app.widgets.message_bar import MessageBar
from app.widgets.rail import Rail
from app.wording import sentence


class Place(StrEnum):
    """The places of the rail; the value is the id of the command that goes there."""

    HOME = "go.home"
    STUDY = "go.study"
    SESSIONS = "go.sessions"
    REVIEW = "go.review"
    FINDINGS = "go.findings"
    SEARCH = "go.search"


_KEYS = {Place.SEARCH: "Ctrl+Shift+F"}
"""Those that don't go by their number."""
_WITHOUT_STUDY = frozenset({Place.HOME, Place.SEARCH})
"""Places that are of use while no study is open."""


class Page(Protocol):
    """What the window asks of a page, which is a QWidget besides."""

    def set_context(self, context: StudyContext | None) -> None:
        """Another study is open now, or none."""

    def page_shown(self) -> None:
        """The user went to this page."""


PageFactory = Callable[[StudyContext | None], QWidget]
"""Makes a page at its first visit. Most are made only while a study is open."""


def place_named(name: str | None) -> Place | None:
    """The place of a plain name ("sessions"), or None."""
    return next((place for place in Place if place.value == f"go.{name}"), None)


class MainWindow(QMainWindow):
    """The one window of the app.

    Signals:
        closing(QCloseEvent): the user wants to close; whoever has a reason against it ignores the event.
        closed: it is closed.
    """

    closing = Signal(object)
    closed = Signal()

    def __init__(
        self,
        commands: CommandRegistry,
        jobs: Jobs,
        factories: Mapping[Place, PageFactory],
        tools: list[str],
        add_commands: Callable[[MainWindow, CommandRegistry], None],
    ) -> None:
        super().__init__()
        self.setWindowTitle("Moderato")
        self.setMinimumSize(960, 620)
        self.commands = commands
        self._factories = factories
        self._context: StudyContext | None = None
        self._pages: dict[Place, QWidget] = {}
        self.place = Place.HOME
        self._add_commands()
        add_commands(self, commands)
        self.rail = Rail(commands, [place.value for place in Place], tools)
        self.stack = QStackedWidget()
        self.messages = MessageBar()
        self._no_study = self._make_no_study()
        self.stack.addWidget(self._no_study)
        ground = QWidget()
        ground.setObjectName("window")
        right = QVBoxLayout()
        right.setContentsMargins(0, 0, 0, 0)
        right.setSpacing(0)
        right.addWidget(self.stack, 1)
        right.addWidget(self.messages)
        layout = QHBoxLayout(ground)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.rail)
        layout.addLayout(right, 1)
        self.setCentralWidget(ground)
        self.activity = ActivityPanel(jobs, self.stack)
        self.palette_box = CommandPalette(commands, ground)

    # -- pages ----------------------------------------------------------------------------------------------------

    def set_context(self, context: StudyContext | None) -> None:
        """Gives another study to all pages."""
        self._context = context
        for page in self._pages.values():
            cast("Page", page).set_context(context)
        self.setWindowTitle("Moderato" if context is None else f"{context.store.study().name} – Moderato")
        self.commands.refresh()
        self.show_place(self.place)

    def page(self, place: Place) -> QWidget | None:
        """The page of a place, made if it isn't yet; None for one that needs a study while none is open."""
        if place not in self._pages:
            if place not in _WITHOUT_STUDY and self._context is None:
                return None
            made = self._factories[place](self._context)
            made.setObjectName("page")
            self._pages[place] = made
            self.stack.addWidget(made)
        return self._pages[place]

    def show_place(self, place: Place) -> None:
        """Goes to a place."""
        self.place = place
        self.rail.choose(place.value)
        page = None if place not in _WITHOUT_STUDY and self._context is None else self.page(place)
        shown = page or self._no_study
        self.stack.setCurrentWidget(shown)
        shown.setFocus()
        self.activity.raise_()
        if page is not None:
            cast("Page", page).page_shown()
        self.commands.refresh()

    # -- messages -------------------------------------------------------------------------------------------------

    def say(
        self,
        words: str,
        tone: str = "info",
        action: tuple[str, Callable[[], object]] | None = None,
        other: tuple[str, Callable[[], object]] | None = None,
    ) -> None:
        """Shows a sentence in the message bar; see `MessageBar.say`."""
        self.messages.say(words, tone, action, other)

    def say_error(self, error: Exception) -> None:
        """Says what went wrong, what is safe and what to do."""
        self.say(sentence(error), "warning")

    def come_back(self) -> None:
        """To the front, also from minimised."""
        self.setWindowState(self.windowState() & ~Qt.WindowState.WindowMinimized)
        bring_forward(self)

    def open_palette(self) -> None:
        """Opens the command palette."""
        self.palette_box.open(QApplication.focusWidget())

    def open_activity(self) -> None:
        """Unfolds the activity panel and goes to it; says so where nothing runs."""
        if not self.activity.open():
            self.say(self.tr("Nothing is running and nothing waits."))

    # -- Qt -------------------------------------------------------------------------------------------------------

    def restore_geometry(self) -> None:
        """Takes the size and place it had last; 1280×800 at the first start, less on a small screen."""
        state = settings().state("window")
        if state is None or not self.restoreGeometry(state):
            room = self.screen().availableGeometry()
            self.resize(min(1280, room.width() - 80), min(800, room.height() - 80))  # the frame needs room too
            if room.width() < 1360 or room.height() < 880:
                self.setWindowState(Qt.WindowState.WindowMaximized)

    def closeEvent(self, event: QCloseEvent) -> None:
        event.accept()
        self.closing.emit(event)
        if event.isAccepted():
            settings().keep_state("window", self.saveGeometry())
            super().closeEvent(event)
            self.closed.emit()

    # -- inside ---------------------------------------------------------------------------------------------------

    def _add_commands(self) -> None:
        names = {
            Place.HOME: (self.tr("Home"), "ph.house", self.tr("Go to Home")),
            Place.STUDY: (self.tr("Study"), "ph.clipboard-text", self.tr("Go to the study's plan")),
            Place.SESSIONS: (self.tr("Sessions"), "ph.users", self.tr("Go to the sessions")),
            Place.REVIEW: (self.tr("Review"), "ph.film-strip", self.tr("Go to the review of a session")),
            Place.FINDINGS: (self.tr("Findings"), "ph.list-numbers", self.tr("Go to the findings")),
            Place.SEARCH: (self.tr("Search"), "ph.magnifying-glass", self.tr("Search all studies")),
        }
        for number, place in enumerate(Place, 1):
            text, icon, tip = names[place]
            self.commands.add(
                Command(place.value, text, _KEYS.get(place, f"Ctrl+{number}"), icon, tip=tip),
                partial(self.show_place, place),
                self,
            )
        self.commands.add(
            Command("app.palette", self.tr("Commands"), "Ctrl+K", "ph.command", tip=self.tr("Find a command")),
            self.open_palette,
            self,
        )

    def _make_no_study(self) -> QWidget:
        go = button(self.tr("Go to Home"), look="primary", icon="ph.house")
        go.clicked.connect(lambda: self.show_place(Place.HOME))
        page = EmptyState(
            "ph.folder-open",
            self.tr("No study is open"),
            QCoreApplication.translate("MainWindow", "Open a study on Home, or make a new one, to see it here."),
            go,
        )
        page.setObjectName("page")
        return page
