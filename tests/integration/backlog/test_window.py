"""The window: set a target up, see the plan, send, decide about what people changed, try the rest again."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel, QRadioButton
from pytestqt.qtbot import QtBot

from annotate.backlog import secrets
from annotate.store import StudyStore
from app.application import Application
from app.models.backlog import PlanColumn
from app.study_context import StudyContext
from app.views.backlog import BacklogDialog
from app.views.backlog_target import TargetDialog
from tests.helpers.jira_server import Jira, Server
from tests.helpers.shell import opened, shell, wait_for

TOKEN = "sesame-open-9012"


@pytest.fixture
def app(qapp: QApplication, tmp_path: Path) -> Iterator[Application]:
    with shell(qapp, tmp_path / "base") as running:
        yield running


@pytest.fixture
def jira() -> Iterator[Jira]:
    with Server(Jira(token=TOKEN)) as site:
        yield site
        assert site.violations == []


@pytest.fixture(autouse=True)
def no_keyring(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """As on a computer without one: a token stays in memory."""
    import keyring
    from keyring.backends.fail import Keyring

    before = keyring.get_keyring()
    keyring.set_keyring(Keyring())
    secrets._memory.clear()
    yield
    secrets._memory.clear()
    keyring.set_keyring(before)


@pytest.fixture
def context(qtbot: QtBot, app: Application, tmp_path: Path) -> StudyContext:
    with StudyStore.create(tmp_path / "Shop.moderato", "Shop", author="Ada") as store:
        session = store.register_recording("P01", store.sessions_dir / "one")
        store.update_session(session.id, duration_ns=600_000_000_000, state="recorded")
        for number, title in enumerate(("Buy gives no feedback", "Sum is hidden", "Back loses the cart"), 1):
            seen, _ = store.add_observation(session.id, t_start_ns=number * 43_000_000_000, body="Clicks thrice")
            store.add_issue(title, severity=3, observation_ids=[seen.id])
    return opened(qtbot, app, tmp_path / "Shop.moderato", "findings")


def dialog_of(qtbot: QtBot, app: Application) -> BacklogDialog:
    """As a user opens it: by its key."""
    app.commands.trigger("findings.send")
    wait_for(
        qtbot, lambda: any(isinstance(one, BacklogDialog) and one.isVisible() for one in QApplication.topLevelWidgets())
    )
    return next(one for one in QApplication.topLevelWidgets() if isinstance(one, BacklogDialog))


def set_up(qtbot: QtBot, dialog: BacklogDialog, jira: Jira) -> None:
    """Fills in the form, tests the connection, saves."""
    form = TargetDialog(dialog.controller, None, dialog)
    form.open()
    form.kind.setCurrentIndex(form.kind.findData("jira"))
    form.name.setText("Board")
    for name, text in (("base_url", jira.url), ("project", "UX"), ("account", "ada@example.org")):
        field = form._fields[name]
        assert not isinstance(field, type(form.kind))
        field.setText(text)
    form.token.setText(TOKEN)
    qtbot.mouseClick(form.test, Qt.MouseButton.LeftButton)
    wait_for(qtbot, lambda: "Signed in as Ada" in form._said.text())
    qtbot.mouseClick(form.save, Qt.MouseButton.LeftButton)
    wait_for(qtbot, lambda: "no keyring" in form._said.text())
    qtbot.mouseClick(form.save, Qt.MouseButton.LeftButton)
    assert form.saved is not None
    dialog._list_targets(form.saved.id)
    form.deleteLater()


def planned(qtbot: QtBot, dialog: BacklogDialog) -> None:
    wait_for(qtbot, lambda: dialog._plan is not None and not dialog.controller.busy)


def send(qtbot: QtBot, dialog: BacklogDialog) -> None:
    qtbot.mouseClick(dialog.send, Qt.MouseButton.LeftButton)
    wait_for(qtbot, lambda: not dialog._sending and bool(dialog._results))


def words_of(dialog: BacklogDialog, column: PlanColumn) -> list[str]:
    return [dialog.model.index(row, column).data() for row in range(dialog.model.rowCount())]


def shot(dialog: BacklogDialog, name: str) -> None:
    """Kept where somebody wants to look at it."""
    folder = os.environ.get("MODERATO_SHOTS")
    if folder:
        dialog.grab().save(str(Path(folder) / f"{name}.png"))


def test_from_no_target_to_the_second_export(qtbot: QtBot, app: Application, context: StudyContext, jira: Jira) -> None:
    dialog = dialog_of(qtbot, app)
    assert dialog.empty.isVisible()
    assert dialog.add_first.isVisible()
    assert not dialog.send.isVisible(), "there is nowhere to send to"
    shot(dialog, "1-empty")
    set_up(qtbot, dialog, jira)
    planned(qtbot, dialog)
    assert not dialog.empty.isVisible()
    assert words_of(dialog, PlanColumn.WHAT) == ["new"] * 3
    assert dialog.send.text() == "Send 3 issues"
    assert jira.issues == {}
    shot(dialog, "2-plan")

    qtbot.mouseClick(dialog.leave_out, Qt.MouseButton.LeftButton)
    assert dialog.send.text() == "Send 2 issues"
    send(qtbot, dialog)
    assert len(jira.issues) == 2
    assert words_of(dialog, PlanColumn.KEY) == ["–", "UX-1", "UX-2"]
    assert dialog.summary.text() == "2 made, 1 left out"
    shot(dialog, "3-sent")

    jira.issues["10000"]["fields"]["status"] = {"name": "Done"}
    dialog._left_out.clear()
    dialog.make_plan()
    planned(qtbot, dialog)
    assert words_of(dialog, PlanColumn.WHAT) == ["new", "unchanged", "unchanged"]
    assert words_of(dialog, PlanColumn.STATUS) == ["–", "Done", "To Do"]
    dialog.close()


def test_a_conflict_is_decided_in_the_window(qtbot: QtBot, app: Application, context: StudyContext, jira: Jira) -> None:
    dialog = dialog_of(qtbot, app)
    set_up(qtbot, dialog, jira)
    planned(qtbot, dialog)
    send(qtbot, dialog)
    jira.issues["10000"]["fields"]["summary"] = "Their title"
    context.store.update_issue(context.store.issues()[0].id, title="Our title")
    dialog.make_plan()
    planned(qtbot, dialog)
    assert "changed in the tracker and left so: Title" in words_of(dialog, PlanColumn.WHAT)[0]
    assert not dialog.send.isEnabled(), "theirs are kept, so nothing is sent"

    def choices() -> list[QRadioButton]:
        return [one for one in dialog.details.findChildren(QRadioButton) if "ours" in one.text() and one.isVisible()]

    wait_for(qtbot, lambda: bool(choices()))  # Qt shows what a layout got new when it comes to it
    shot(dialog, "4-conflict")
    (ours,) = choices()
    qtbot.mouseClick(ours, Qt.MouseButton.LeftButton)
    assert "update Title" in words_of(dialog, PlanColumn.WHAT)[0]
    send(qtbot, dialog)
    assert jira.issues["10000"]["fields"]["summary"] == "Our title"
    dialog.close()


def test_what_failed_is_tried_again(qtbot: QtBot, app: Application, context: StudyContext, jira: Jira) -> None:
    dialog = dialog_of(qtbot, app)
    set_up(qtbot, dialog, jira)
    planned(qtbot, dialog)
    jira.fault = lambda m, p, n: (400, {}) if m == "POST" and p.endswith("/issue") and n == 2 else ""
    send(qtbot, dialog)
    assert dialog.summary.text() == "2 made, 1 failed"
    assert "not now" in words_of(dialog, PlanColumn.WHAT)[1]
    assert dialog.look.text() == "Try the rest again"
    jira.fault = lambda _m, _p, _n: ""
    qtbot.mouseClick(dialog.look, Qt.MouseButton.LeftButton)
    planned(qtbot, dialog)
    assert dialog.send.text() == "Send 1 issue"
    send(qtbot, dialog)
    assert len(jira.issues) == 3
    dialog.close()


def test_the_tracker_is_away(qtbot: QtBot, app: Application, context: StudyContext, jira: Jira) -> None:
    dialog = dialog_of(qtbot, app)
    set_up(qtbot, dialog, jira)
    planned(qtbot, dialog)
    jira.fault = lambda _m, _p, _n: (401, {})
    dialog.make_plan()
    wait_for(qtbot, lambda: "does not accept the token" in dialog.summary.text())
    assert not any("sesame" in one.text() for one in dialog.findChildren(QLabel))
    dialog.close()


def test_a_file_for_an_importer(qtbot: QtBot, app: Application, context: StudyContext, tmp_path: Path) -> None:
    from annotate.backlog.plan import TargetConfig

    context.store.put_target(TargetConfig("", "jira-csv", "CSV", "", "", ""))
    dialog = dialog_of(qtbot, app)
    planned(qtbot, dialog)
    assert dialog.send.text() == "Write 3 issues"
    assert not dialog.files.isVisible()
    dialog.send_plan(tmp_path / "jira.csv")
    wait_for(qtbot, lambda: not dialog._sending and bool(dialog._results))
    assert (tmp_path / "jira.csv").is_file()
    dialog.close()
