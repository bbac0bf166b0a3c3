"""The set-up of a session as it is seen: the whole consent text can be read, and nothing is off the screen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from unittest.mock import patch

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QFontInfo, QScreen, QTextBlock
from PySide6.QtWidgets import QDialog, QLabel, QWidget
from pytestqt.qtbot import QtBot

from annotate.store import StudyStore
from app import paths
from app.application import Application
from app.controllers import setup
from app.recording import default_consent_text
from app.views.new_session import NewSessionDialog
from capture.config import KeyPrivacy, Scope
from capture.devices import Capabilities, probe
from capture.errors import CaptureCode
from capture.permissions import Availability
from tests.helpers.shell import opened, wait_for

FRAME = 40


@pytest.fixture
def room(request: pytest.FixtureRequest) -> QRect:
    """The room on a screen of that size."""
    width, height = getattr(request, "param", (1280, 800))
    return QRect(0, 0, width, height)


@pytest.fixture
def dialog(app: Application, qtbot: QtBot, room: QRect) -> Iterator[NewSessionDialog]:
    """The set-up, on a screen as large as `room`, with the consent form that comes with the app."""
    folder = paths.studies_dir() / "x"
    with StudyStore.create(folder, "Shop", author="me", consent_text=default_consent_text()) as store:
        folder = store.folder
    opened(qtbot, app, folder)
    with patch.object(QScreen, "availableGeometry", lambda _screen: room):
        app.desk.new_session()
    made = app.desk.dialog
    assert made is not None
    qtbot.waitExposed(made).__enter__()
    wait_for(qtbot, lambda: made._capabilities is not None)
    yield made
    if app.desk.dialog is not None:
        made.reject()
    quiet: list[bool] = []
    app.desk.setup.stop(lambda: quiet.append(True))
    wait_for(qtbot, lambda: bool(quiet))


@pytest.mark.parametrize("room", [(1280, 800), (1024, 720)], indirect=True)
def test_it_fits_the_screen(dialog: NewSessionDialog, room: QRect, qtbot: QtBot) -> None:
    assert dialog.width() <= room.width()
    assert dialog.height() <= room.height() - FRAME
    dialog.show_problem("The recorder did not start, for a reason that takes a few words to tell. " * 3)
    qtbot.wait(50)
    assert dialog.height() <= room.height() - FRAME
    inside = dialog.rect()
    parts: tuple[QWidget, ...] = (dialog.agreed, dialog.cancel, dialog.start, dialog.consent, dialog.picture.preview)
    for part in parts:
        assert part.isVisible()
        assert inside.contains(QRect(part.mapTo(dialog, QPoint(0, 0)), part.size())), part
    assert dialog.agreed.height() >= dialog.agreed.sizeHint().height()
    for words in dialog.findChildren(QLabel):
        if words.isVisible() and words.text() and not words.wordWrap():
            assert words.width() >= words.sizeHint().width(), f"clipped: {words.text()}"


def test_the_consent_is_text_that_can_be_read_to_its_end(dialog: NewSessionDialog, qtbot: QtBot) -> None:
    view = dialog.consent
    text = view.toPlainText()
    assert "#" not in text
    assert "**" not in text
    assert text.strip().endswith("we may record this session.")
    assert view.isReadOnly()
    assert view.accessibleName()
    dialog.activateWindow()
    wait_for(qtbot, dialog.isActiveWindow)
    dialog.more.window.setFocus()
    qtbot.keyClick(dialog.more.window, Qt.Key.Key_Tab)
    assert view.hasFocus()
    bar = view.verticalScrollBar()
    assert bar.value() == bar.minimum()
    assert bar.maximum() > 0
    qtbot.keyClick(view, Qt.Key.Key_PageDown)
    assert bar.value() > 0
    for _ in range(20):
        qtbot.keyClick(view, Qt.Key.Key_PageDown)
    assert bar.value() == bar.maximum()
    qtbot.keyClick(view, Qt.Key.Key_Tab)
    assert dialog.scopes.boxes[Scope.SCREEN].hasFocus()
    view.setFocus()
    qtbot.keyClick(view, Qt.Key.Key_Escape)
    assert dialog.result() == QDialog.DialogCode.Rejected
    wait_for(qtbot, lambda: not dialog.isVisible())


def test_its_headings_are_modest(dialog: NewSessionDialog) -> None:
    body = QFontInfo(dialog.consent.document().defaultFont()).pixelSize()
    sizes: list[int] = []
    block: QTextBlock = dialog.consent.document().begin()
    while block.isValid():
        if block.blockFormat().headingLevel():
            sizes += [QFontInfo(each.format.font()).pixelSize() for each in block.textFormats()]  # type: ignore[attr-defined]
        block = block.next()
    assert len(sizes) >= 4
    assert max(sizes) <= 1.35 * body, (sizes, body)


def test_what_is_not_agreed_to_is_not_asked_of_the_recorder(dialog: NewSessionDialog, qtbot: QtBot) -> None:
    assert dialog.config().consent == (Scope.SCREEN, Scope.VOICE, Scope.KEYS)
    dialog.scopes.boxes[Scope.VOICE].setChecked(False)
    assert dialog.config().consent == (Scope.SCREEN, Scope.KEYS)
    dialog.agreed.setChecked(True)
    wait_for(qtbot, dialog.start.isEnabled)
    dialog.scopes.boxes[Scope.SCREEN].setChecked(False)
    assert not dialog.start.isEnabled()
    assert "consent" in dialog._problem.text()


def test_a_camera_is_asked_for_only_when_one_is_chosen(dialog: NewSessionDialog) -> None:
    assert not dialog.scopes.boxes[Scope.FACE].isVisibleTo(dialog)
    dialog.more.camera.addItem("Front", "/dev/video0")
    dialog.more.camera.setCurrentIndex(dialog.more.camera.findData("/dev/video0"))
    assert dialog.scopes.boxes[Scope.FACE].isVisibleTo(dialog)
    assert dialog.config().camera == "/dev/video0"


def test_computer_sound_and_titles_are_choices(dialog: NewSessionDialog) -> None:
    assert dialog.config().system is None
    assert dialog.config().window_titles
    dialog.sound.system.setCurrentIndex(1)
    assert dialog.config().system == "spk.monitor"
    dialog.more.window.setCurrentIndex(2)
    assert not dialog.config().windows


@pytest.fixture
def wayland(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is found in a Wayland session whose desktop can share its screen. Made up: there is none here."""

    def found() -> Capabilities:
        hears_nothing = Availability(False, CaptureCode.NO_INPUT_ON_WAYLAND)
        return replace(probe(), displays=(), windows=(), input=hears_nothing, is_screen_asked_for=True)

    monkeypatch.setattr(setup, "probe", found)


def test_wayland_says_what_cannot_be_had_and_what_can(wayland: None, dialog: NewSessionDialog, qtbot: QtBot) -> None:
    assert "moderato mark" in dialog.keys_words.text()
    assert "recording bar" in dialog.keys_words.text()
    assert dialog.keys_words.isVisible()
    assert not dialog.keys.isEnabled()
    assert not dialog.more.window.isEnabled()
    assert "desktop asks" in dialog.picture.preview.accessibleDescription()
    wait_for(qtbot, lambda: not dialog.sound.problem)
    dialog.agreed.setChecked(True)
    assert dialog.start.isEnabled(), "nothing of it is in the way of a recording"
    config = dialog.config()
    assert (config.display, config.keys, config.windows) == (0, KeyPrivacy.OFF, False)
