"""The app's shell in a test: settings, logs and studies under a folder of the test's, and everything ended after it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from annotate.models import NewTask
from annotate.store import StudyStore
from app import paths
from app.application import Application
from app.plurals import EnglishPlurals
from app.settings import settings, use_settings
from app.study_context import StudyContext
from app.theme import theme

PATIENCE_MS = 60_000
"""How long a test waits for what takes a second: the machine may be busy with other things."""


@contextmanager
def own_base(folder: Path) -> Iterator[Path]:
    """Keeps what the app keeps under `folder` while inside."""
    paths.use_base(folder)
    use_settings(None)
    try:
        yield folder
    finally:
        use_settings(None)
        paths.use_base(None)


@contextmanager
def shell(qapp: QApplication, folder: Path) -> Iterator[Application]:
    """The whole app, without its window shown yet; ended and deleted at the end."""
    with own_base(folder):
        theme().set_mode("light")
        theme().apply(qapp)
        plurals = EnglishPlurals()
        qapp.installTranslator(plurals)
        settings().author = settings().author  # chosen: nobody is asked for it
        app = Application()
        try:
            yield app
        finally:
            app.shutdown()
            qapp.removeTranslator(plurals)
            app.deleteLater()
            QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def make_study(folder: Path, *titles: str, name: str = "Checkout") -> Path:
    """A study with tasks; returns its folder."""
    with StudyStore.create(folder, name, author="tester", tasks=[NewTask(title) for title in titles]) as store:
        return store.folder


def wait_for(qtbot: QtBot, holds: Callable[[], bool]) -> None:
    """Waits until `holds()`."""
    qtbot.waitUntil(holds, timeout=PATIENCE_MS)


def opened(qtbot: QtBot, app: Application, study: Path, page: str = "study") -> StudyContext:
    """Shows the app with `study` open."""
    app.open(study, page)
    wait_for(qtbot, lambda: app.studies.context is not None and app.window.isVisible())
    context = app.studies.context
    assert context is not None
    qtbot.waitExposed(app.window).__enter__()
    return context


def settle(qtbot: QtBot, ms: int = 50) -> None:
    """Lets Qt do what it has put off."""
    deadline = time.monotonic() + ms / 1000
    while time.monotonic() < deadline:
        qtbot.wait(10)
