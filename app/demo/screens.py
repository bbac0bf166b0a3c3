"""Pictures of the app's windows with the demo's study in them, light and dark."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from PySide6.QtWidgets import QApplication, QWidget

from annotate.models import ObservationKind
from annotate.store import StudyStore
from app.application import running_app
from app.controllers.playback import MediaState
from app.demo.desktop import DesktopError
from app.main_window import Place
from app.settings import settings
from app.theme import theme
from app.views.review import ReviewPage

SIZE = (1280, 800)
PATIENCE_S = 30


def take(study: Path, folder: Path) -> list[Path]:
    """Opens the app with `study` on the display named by `DISPLAY` and saves a picture of each place; the files."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with StudyStore.open(study, author="Demo") as store:
        session = store.sessions()[0]
        problem = next(o for o in store.observations(session.id) if o.kind is ObservationKind.PROBLEM)
    files: list[Path] = []
    settings().author = "Demo"  # else the windows ask who works here
    with running_app() as (_qt, app):
        app.open()
        app.studies.open(study, lambda _context: None)
        app.window.resize(*SIZE)
        _wait(lambda: app.studies.context is not None, "the study")
        for mode in ("light", "dark"):
            theme().set_mode(mode)
            for place in Place:
                app.window.show_place(place)
                page = app.window.page(place)
                if isinstance(page, ReviewPage):
                    page.open_session(session.id, problem.t_start_ns, problem.id)
                    _wait_for_picture(page)
                _settle()
                files.append(_save(app.window, folder / f"{place.value.partition('.')[2]}-{mode}.png"))
        app.window.close()
    return files


def _wait_for_picture(page: ReviewPage) -> None:
    _wait(lambda: page.has_session() and page.playback.state is MediaState.READY, "the picture")
    _wait(lambda: page.tracks.data.is_complete, "the waveforms")


def _save(window: QWidget, file: Path) -> Path:
    if not window.grab().save(str(file)):
        raise DesktopError(f"{file} could not be written")
    return file


def _settle() -> None:
    end = time.monotonic() + 0.7
    while time.monotonic() < end:
        QApplication.processEvents()
        time.sleep(0.01)


def _wait(ready: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not ready():
        if time.monotonic() > deadline:
            raise DesktopError(f"{what} did not appear in the app")
        QApplication.processEvents()
        time.sleep(0.01)
