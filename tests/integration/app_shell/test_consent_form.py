"""The consent form is read and changed on the plan; who agreed to an earlier version keeps it."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from annotate.changes import SqlValue
from annotate.errors import StudyCode, StudyError
from annotate.store import StudyStore
from app.application import Application
from app.main_window import Place
from app.views.consent_dialog import ConsentDialog
from app.views.new_session import NewSessionDialog
from app.views.study import StudyPage
from capture.config import Scope
from tests.helpers.shell import make_study, opened, wait_for


def dialog_of(app: Application, qtbot: QtBot) -> ConsentDialog:
    app.commands.trigger("study.consent")
    page = app.window.page(Place.STUDY)
    wait_for(qtbot, lambda: any(one.isVisible() for one in page.findChildren(ConsentDialog)))
    return next(one for one in page.findChildren(ConsentDialog) if one.isVisible())


def test_a_changed_form_is_the_next_version_and_is_undone(app: Application, qtbot: QtBot, tmp_path: Path) -> None:
    context = opened(qtbot, app, make_study(tmp_path))
    page = app.window.page(Place.STUDY)
    assert isinstance(page, StudyPage)
    app.commands.trigger("go.study")
    store, first = context.store, context.store.consent_text()
    dialog = dialog_of(app, qtbot)
    assert dialog.text.toPlainText().strip() == first.body.strip()
    assert not dialog.keep.isEnabled()
    dialog.text.setPlainText("# We record\n\nYour **screen**.")
    dialog.items[Scope.VOICE].setText("What I say")
    wait_for(qtbot, lambda: "Your screen." in dialog.preview.toPlainText())
    dialog.reject()  # is told that it isn't saved
    assert dialog.isVisible()
    assert dialog.cancel.text() == "Discard changes"
    dialog.keep.click()
    assert store.latest_consent_version() == 2
    assert store.consent_text().body.strip() == "# We record\n\nYour **screen**."
    assert store.consent_text(1) == first
    assert store.consent_items(2)[Scope.VOICE] == "What I say"
    assert store.consent_items(2)[Scope.FACE] == store.consent_items(1)[Scope.FACE]
    app.desk.new_session()
    asked = app.desk.dialog
    assert isinstance(asked, NewSessionDialog)
    assert "Your screen." in asked.consent.toPlainText()
    assert asked.scopes.boxes[Scope.VOICE].accessibleDescription() == "What I say"
    asked.reject()
    quiet: list[bool] = []
    app.desk.setup.stop(lambda: quiet.append(True))
    wait_for(qtbot, lambda: bool(quiet) and app.desk.dialog is None)
    again = dialog_of(app, qtbot)
    again.version.setCurrentIndex(1)
    assert again.text.isReadOnly()
    assert again.text.toPlainText().strip() == first.body.strip()
    assert not again.keep.isEnabled()
    again.reject()
    context.undo.undo()
    assert store.latest_consent_version() == 1
    context.undo.redo()
    assert store.consent_text().body.startswith("# We record")


def test_a_version_that_somebody_agreed_to_is_not_undone(tmp_path: Path) -> None:
    with StudyStore.open(make_study(tmp_path), author="Ada") as store:
        form, change = store.add_consent_version("# We record", {})
        session = store.register_recording("P01", store.sessions_dir / "P01")
        with store._db.write() as tx:
            row = tx.one("SELECT id FROM consent_form WHERE version = ?", form.version)
            assert row is not None
            agreed: dict[str, SqlValue] = {"id": "c", "participant_id": session.participant_id, "form_id": row["id"]}
            agreed |= {"session_id": session.id, "method": "paper", "given_utc": "2026-01-01T00:00:00Z"}
            tx.insert("consent", agreed)
        assert store.consent_versions() == {2: 1, 1: 0}
        with pytest.raises(StudyError) as refused:
            store.apply_inverse(change)
        assert refused.value.code is StudyCode.STALE_CHANGE
        store.add_consent_version("# We record less", {})
        assert store.session(session.id).consent_version == 2
        assert store.consent_text(2).body == "# We record"


def test_a_form_without_words_is_refused(tmp_path: Path) -> None:
    with StudyStore.open(make_study(tmp_path), author="Ada") as store:
        for body, items in ((" ", {}), ("Text", {Scope.FACE: ""})):
            with pytest.raises(StudyError) as refused:
                store.add_consent_version(body, items)
            assert refused.value.code is StudyCode.VALUE_INVALID
        assert store.latest_consent_version() == 1
