"""Who works here: said at first use, chosen once, and signed with from then on."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.application import Application
from app.settings import settings
from app.views.author_dialog import AuthorDialog
from tests.helpers.shell import make_study, opened, wait_for


def test_the_name_is_said_once_and_changes_are_signed_with_the_chosen_one(
    qtbot: QtBot, app: Application, tmp_path: Path
) -> None:
    settings()._file.remove("user/author")
    account = settings().author
    context = opened(qtbot, app, make_study(tmp_path, "Find it"))
    assert account in app.window.messages.words.text()
    app.window.messages.action.click()

    def dialogs() -> list[AuthorDialog]:
        return [one for one in QApplication.topLevelWidgets() if isinstance(one, AuthorDialog) and one.isVisible()]

    wait_for(qtbot, lambda: bool(dialogs()))
    dialogs()[0].name.setText("  Grace Hopper ")
    dialogs()[0].keep.click()
    assert settings().author == "Grace Hopper"
    context.do("Rename", lambda store: store.update_study(name="Till"))
    assert context.store.history(limit=1)[0].author == "Grace Hopper"
    with context.open_store() as other:
        assert other.author == "Grace Hopper"
    app.window.messages.clear()
    app._introduce()
    assert not app.window.messages.isVisible(), "it is said until a name is chosen, not after"
