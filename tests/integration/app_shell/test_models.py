"""The window with the speech models: fetched with a pause, imported, removed, chosen. The hub is a local server."""

from __future__ import annotations

import functools
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QMessageBox
from pytestqt.qtbot import QtBot

from app import paths
from app.application import Application
from app.controllers import models as models_module
from app.controllers.models import ModelStanding
from app.settings import settings
from app.views.models import ModelsDialog
from tests.helpers.shell import wait_for
from tests.helpers.spoken import needs_model, packaged_model
from tests.integration.app_shell.test_study import check_accessible
from tests.integration.transcribe.hub_server import FakeHub
from tests.integration.transcribe.test_model_import import FILES
from transcribe.model_store import ModelStore

WEIGHTS = b"\x06\0\0\0\x0c\0WhisperSpec\0" + os.urandom(3_000_000)


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeHub]:
    with FakeHub() as made:
        made.files = {**FILES, "model.bin": WEIGHTS}
        monkeypatch.setattr(models_module, "ModelStore", functools.partial(ModelStore, endpoint=made.endpoint))
        yield made


def opened(app: Application, qtbot: QtBot) -> ModelsDialog:
    app.open()
    app.commands.trigger("models.open")
    dialog = app.models_dialog
    assert dialog is not None
    qtbot.waitExposed(dialog).__enter__()
    wait_for(qtbot, lambda: dialog.table.rowCount() > 0)
    return dialog


def standing(dialog: ModelsDialog, name: str) -> ModelStanding:
    row = dialog.table.by_key(name)
    assert row is not None
    return row.standing


def test_a_download_is_paused_and_gone_on_with(app: Application, qtbot: QtBot, hub: FakeHub) -> None:
    dialog = opened(app, qtbot)
    check_accessible(dialog)
    hub.gate = threading.Event()
    dialog.choose("base")
    assert dialog.load.text() == "&Download"
    dialog.load.click()
    wait_for(qtbot, lambda: any(row.done_bytes > 1000 for row in dialog.table.rows() if row.name == "base"))
    assert standing(dialog, "base") is ModelStanding.LOADING
    assert dialog.load.text() == "&Pause"
    dialog.load.click()
    wait_for(qtbot, lambda: standing(dialog, "base") is ModelStanding.PAUSED)
    assert dialog.load.text() == "&Go on"
    hub.gate.set()
    dialog.close()  # it goes on without the window, and is seen again in a new one
    dialog = opened(app, qtbot)
    dialog.choose("base")
    dialog.load.click()
    wait_for(qtbot, lambda: standing(dialog, "base") is ModelStanding.HERE)
    assert "base is on this computer" in dialog.said.text()
    assert any(span is not None for span in hub.sent("model.bin")), "what was there wasn't fetched again"
    row = dialog.table.by_key("base")
    assert row is not None
    assert row.chosen, "the most able one that is here is taken"


def test_a_network_that_goes_half_way_is_said_and_can_be_given_up(app: Application, qtbot: QtBot, hub: FakeHub) -> None:
    dialog = opened(app, qtbot)
    hub.cut_after, hub.die_after_cut = 1_000_000, True
    dialog.choose("small")
    dialog.load.click()
    wait_for(qtbot, lambda: "could not be downloaded" in dialog.said.text())
    assert "What was fetched is kept" in dialog.said.text()
    wait_for(qtbot, lambda: standing(dialog, "small") is ModelStanding.PAUSED)
    dialog.remove.click()
    wait_for(qtbot, lambda: standing(dialog, "small") is ModelStanding.ABSENT)


@needs_model
@pytest.mark.timeout(400)
def test_a_folder_is_imported_and_removed(
    app: Application, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dialog = opened(app, qtbot)
    app.models.import_from(tmp_path / "nothing")
    wait_for(qtbot, lambda: "nothing to import" in dialog.said.text())
    app.models.import_from(packaged_model(tmp_path, "ours"))
    qtbot.waitUntil(lambda: dialog.table.by_key("ours") is not None, timeout=180_000)  # it is tried with a sentence
    dialog.choose("ours")
    dialog.use.click()
    wait_for(qtbot, lambda: any(row.chosen for row in dialog.table.rows() if row.name == "ours"))
    assert settings().model == "ours"
    monkeypatch.setattr(QMessageBox, "exec", lambda _box: 0)
    monkeypatch.setattr(
        QMessageBox, "clickedButton", lambda box: next(b for b in box.buttons() if b.text() == "Remove")
    )
    dialog.remove.click()
    wait_for(qtbot, lambda: dialog.table.by_key("ours") is None)
    assert not (paths.models_dir() / "ours").exists()
    assert settings().model == "", "another one is taken"
