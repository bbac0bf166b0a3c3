"""A study with sessions on disk, and the two pages as the window makes them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication, QMainWindow
from pytestqt.qtbot import QtBot

from annotate.models import Session
from annotate.store import StudyStore
from app.commands import Command, CommandRegistry
from app.controllers.playback import MediaState
from app.jobs import Jobs
from app.plurals import EnglishPlurals
from app.study_context import StudyContext
from app.theme import theme
from app.views.findings import FindingsPage
from app.views.review import ReviewPage
from tests.helpers.bundles import make_mark
from tests.helpers.review_data import (
    SECOND,
    MarkKind,
    Recorded,
    add_session,
    make_study,
    random_events,
    transcript_of,
    uneven_pts,
)
from tests.helpers.shell import own_base

PATIENCE_MS = 30_000
TASKS = ("Find the invoice", "Change the address")
SENTENCES = (
    (2.0, "Where is the invoice?"),
    (6.0, "I do not know this word beneficiary."),
    (12.0, "Ah, here it is."),
    (20.0, "That was hard to find."),
)


@dataclass
class Desk:
    """A study that is open in a window, as the shell opens it."""

    qtbot: QtBot
    context: StudyContext
    commands: CommandRegistry
    window: QMainWindow
    recorded: Recorded
    failures: list[Exception]

    @property
    def store(self) -> StudyStore:
        return self.context.store

    @property
    def session(self) -> Session:
        return self.recorded.session

    def wait(self, holds: Callable[[], bool]) -> None:
        self.qtbot.waitUntil(holds, timeout=PATIENCE_MS)

    def review(self, session_id: str | None = None) -> ReviewPage:
        """The review page with the session open and its first picture on the screen."""
        page = ReviewPage(self.context, self.commands)
        self._show(page)
        page.open_session(session_id or self.session.id)
        self.wait(page.has_session)
        self.wait(lambda: page.playback.state in {MediaState.READY, MediaState.MISSING, MediaState.BROKEN})
        if page.playback.state is MediaState.READY:
            self.wait(page.video.has_frame)
        self.wait(lambda: QApplication.focusWidget() is not None)  # the keys are the desk's now
        return page

    def findings(self) -> FindingsPage:
        page = FindingsPage(self.context, self.commands)
        self._show(page)
        self.wait(lambda: page.controller.findings is not None)
        page.page_shown()
        return page

    def _show(self, page: ReviewPage | FindingsPage) -> None:
        self.window.setCentralWidget(page)
        self.window.resize(1280, 800)
        with self.qtbot.waitExposed(self.window):
            self.window.show()
        self.window.activateWindow()
        self.wait(self.window.isActiveWindow)

    def key(self, page: ReviewPage | FindingsPage, key: object) -> None:
        """A key as the user presses it: to whatever has the focus, in the window that is in front.

        The window of the test before may be closing just now, and the window manager then looks for a new front.
        """
        if QApplication.activePopupWidget() is None and not self.window.isActiveWindow():
            self.window.activateWindow()
            self.wait(self.window.isActiveWindow)
        self.qtbot.keyClick(QApplication.focusWidget() or page, key)

    def elsewhere(self, change: Callable[[StudyStore], object]) -> None:
        """Changes the study as another program does, and lets the app look."""
        with StudyStore.open(self.store.folder, author="Bo") as other:
            change(other)
        self.context.look_for_changes()


@pytest.fixture
def desk(qapp: QApplication, qtbot: QtBot, tmp_path: Path) -> Iterator[Desk]:
    with own_base(tmp_path / "base"):
        theme().set_mode("light")
        theme().apply(qapp)
        plurals = EnglishPlurals()
        qapp.installTranslator(plurals)
        store = make_study(tmp_path, tasks=TASKS)
        recorded = add_full_session(store)
        jobs, commands, window = Jobs(), CommandRegistry(), QMainWindow()
        context = StudyContext(store, jobs, author="Ada")
        failures: list[Exception] = []
        context.failed.connect(failures.append)
        undo = Command("edit.undo", "Undo", "Ctrl+Z", "ph.arrow-u-up-left")
        redo = Command("edit.redo", "Redo", ("Ctrl+Shift+Z", "Ctrl+Y"), "ph.arrow-u-up-right")
        commands.add(undo, context.undo.undo, window)
        commands.add(redo, context.undo.redo, window)
        made = Desk(qtbot, context, commands, window, recorded, failures)
        yield made
        page = window.centralWidget()
        if isinstance(page, ReviewPage):
            page.camera.close()
            page.playback.close()
            page.tracks.derived.close()
        if isinstance(page, ReviewPage | FindingsPage):
            page.set_context(None)
        jobs.shutdown()
        window.hide()
        window.deleteLater()
        context.close()
        qapp.removeTranslator(plurals)
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def add_full_session(store: StudyStore, code: str = "P01") -> Recorded:
    """Half a minute with two tasks, live marks, a note, a private pause, events and a transcript."""
    tasks = store.tasks()
    start = make_mark(MarkKind.TASK_START, 1.0, ref=tasks[0].id, body=tasks[0].title)
    second = make_mark(MarkKind.TASK_START, 15.0, ref=tasks[1].id, body=tasks[1].title)
    problem = make_mark(MarkKind.MARK, 5.0, payload={"kind": "problem", "severity": 2}, author="Ada")
    marks = [
        start,
        make_mark(MarkKind.TASK_END, 14.0, ref=start.id),
        make_mark(MarkKind.OUTCOME, 14.0, ref=start.id, payload={"outcome": "success"}),
        second,
        problem,
        make_mark(MarkKind.NOTE, 8.0, ref=problem.id, body="Two lists, both called invoices"),
        make_mark(MarkKind.MARK, 18.0, payload={"kind": "quote"}, body="That was hard to find"),
    ]
    recorded = add_session(
        store, code, pts=uneven_pts(230), marks=marks, events=random_events(29), pauses=[(22.0, 24.0)]
    )
    store.put_transcript(recorded.session.id, transcript_of(SENTENCES, doubtful=["beneficiary"]))
    assert recorded.session.duration_ns is not None
    assert recorded.session.duration_ns > 29 * SECOND
    return recorded
