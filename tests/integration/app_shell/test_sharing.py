"""Imports, the trash, packs and merges through the real window."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from annotate.packing import PACK_SUFFIX, pack
from annotate.store import StudyStore
from annotate.unpacking import unpack
from app import paths
from app.application import Application
from app.main_window import Place
from app.models.sessions import CONSENT, LENGTH, STATE
from app.settings import settings
from app.sharing_desk import free_name
from app.study_context import StudyContext
from app.views.import_dialog import ImportDialog
from app.views.merge_dialog import MergeDialog
from app.views.pack_dialog import PackDialog
from app.views.sessions import SessionsPage
from app.views.trash_dialog import TrashDialog
from tests.helpers.foreign_media import Film, Sound, write_film
from tests.helpers.review_data import SECOND, add_session, make_study
from tests.helpers.shell import opened, wait_for


@pytest.fixture
def context(app: Application, qtbot: QtBot, tmp_path: Path) -> StudyContext:
    with make_study(tmp_path / "studies", "Shop", tasks=["Find it"]) as store:
        for code in ("P01", "P02"):
            add_session(store, code, frames=20, video=False)
        folder = store.folder
    return opened(qtbot, app, folder, "sessions")


def page_of(app: Application) -> SessionsPage:
    page = app.sharing.sessions_page()
    assert page is not None
    return page


def cell(app: Application, code: str, column: int) -> str:
    model = page_of(app).model
    row = next(at for at, session in enumerate(model.rows()) if session.participant_code == code)
    return str(model.index(row, column).data())


def codes(app: Application) -> list[str]:
    return sorted(session.participant_code for session in page_of(app).model.rows())


def test_a_dropped_recording_becomes_a_session(
    app: Application, context: StudyContext, qtbot: QtBot, tmp_path: Path
) -> None:
    call = write_film(tmp_path / "call.mkv", Film(sounds=(Sound(title="Mic"), Sound(title="Desktop", beeps=(2.0,)))))
    page = page_of(app)
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(call))])
    left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(QPoint(9, 9), Qt.DropAction.CopyAction, data, left, none)
    QApplication.sendEvent(page, enter)
    assert enter.isAccepted()
    QApplication.sendEvent(page, QDropEvent(QPointF(9, 9), Qt.DropAction.CopyAction, data, left, none))
    wait_for(qtbot, lambda: isinstance(app.sharing.dialog, ImportDialog))
    dialog = app.sharing.dialog
    assert isinstance(dialog, ImportDialog)
    assert [box.currentData() for box in dialog.sounds.values()] == ["mic", "system"]
    assert dialog.started.text()[:2] == "20"
    moment = dialog.started.lineEdit()
    assert moment is not None
    wait_for(qtbot, lambda: moment.width() > moment.fontMetrics().horizontalAdvance(moment.text()))
    assert not dialog.make.isEnabled(), "nobody's recording can't be imported"
    qtbot.keyClicks(dialog.participant, "P07")
    dialog.consent.setChecked(True)
    qtbot.mouseClick(dialog.make, Qt.MouseButton.LeftButton)
    wait_for(qtbot, lambda: "P07" in codes(app))
    assert cell(app, "P07", STATE) == "Imported"
    assert "Imported as a session of P07" in app.window.messages.words.text()
    [session] = [one for one in context.store.sessions() if one.participant_code == "P07"]
    assert (session.consent_version, len(session.consent_scopes or ())) == (1, 2)
    app.window.messages.action.click()
    wait_for(qtbot, lambda: app.window.place is Place.REVIEW)


@pytest.mark.expect_log
def test_a_file_that_is_no_recording_is_told(
    app: Application, context: StudyContext, qtbot: QtBot, tmp_path: Path
) -> None:
    (tmp_path / "notes.mp4").write_text("no film")
    app.sharing.take_file(tmp_path / "notes.mp4")
    wait_for(qtbot, lambda: "notes.mp4 is not a recording" in app.window.messages.words.text())
    assert app.sharing.dialog is None
    assert len(context.store.sessions()) == 2


def test_trash_with_undo_and_emptying_it(app: Application, context: StudyContext, qtbot: QtBot) -> None:
    page = page_of(app)
    [first, _] = context.store.sessions()
    folder = context.store.bundle_dir(first)
    page.select(first.id)
    page.view.setFocus()
    qtbot.keyClick(page.view, Qt.Key.Key_Delete)
    assert codes(app) == ["P02"]
    app.window.messages.action.click()
    assert codes(app) == ["P01", "P02"], "undo is one press away"
    page.select(first.id)
    app.commands.trigger("session.delete")
    app.commands.trigger("sessions.trash")
    dialog = app.sharing.dialog
    assert isinstance(dialog, TrashDialog)
    assert "P01" in dialog.list.item(0).text()
    dialog.restore.click()
    assert codes(app) == ["P01", "P02"]
    context.undo.undo()
    assert dialog.list.count() == 1
    dialog.empty.click()
    wait_for(qtbot, dialog.really.isVisible)
    assert "1 session" in dialog.loss.text()
    dialog.keep.click()
    assert folder.is_dir()
    dialog.empty.click()
    wait_for(qtbot, dialog.really.isVisible)
    dialog.really.click()
    wait_for(qtbot, lambda: dialog.list.count() == 0 and not folder.exists())
    assert not context.undo.canUndo(), "what is gone for good isn't offered back"
    dialog.reject()


def test_pilot_and_trim_are_seen_in_the_list(app: Application, context: StudyContext) -> None:
    page = page_of(app)
    first = context.store.sessions()[0]
    page.select(first.id)
    app.commands.trigger("session.pilot")
    assert cell(app, "P01", STATE) == "Recorded · pilot"
    context.do("Trim", lambda store: store.trim_session(first.id, SECOND, None))
    assert cell(app, "P01", LENGTH).count(":") == 2
    context.undo.undo()
    context.undo.undo()
    assert cell(app, "P01", STATE) == "Recorded"


def test_consent_is_withdrawn_and_taken_back_in_the_list(app: Application, context: StudyContext) -> None:
    page = page_of(app)
    first = context.store.sessions()[0]
    page.select(first.id)
    app.commands.trigger("session.withdraw")
    assert (cell(app, "P01", STATE), cell(app, "P01", CONSENT)) == ("Recorded · withdrawn", "Withdrawn")
    assert [one.participant_code for one in context.store.told_sessions()] == ["P02"]
    context.undo.undo()
    assert cell(app, "P01", STATE) == "Recorded"
    context.undo.redo()
    app.commands.trigger("session.withdraw")
    assert cell(app, "P01", STATE) == "Recorded"
    assert len(context.store.told_sessions()) == 2


def test_a_recording_that_went_missing_is_found(
    app: Application, context: StudyContext, qtbot: QtBot, tmp_path: Path
) -> None:
    first = context.store.sessions()[0]
    elsewhere = tmp_path / "moved"
    context.store.bundle_dir(first).rename(elsewhere)
    page = page_of(app)
    page.page_shown()
    assert cell(app, "P01", STATE) == "Recording missing"
    page.select(first.id)
    app.commands.refresh()
    assert app.commands.action("session.find").isEnabled()
    app.sharing.bring_back(first.id, elsewhere)
    wait_for(qtbot, lambda: cell(app, "P01", STATE) == "Recorded")
    assert context.store.bundle_dir(context.store.session(first.id)).parent == context.store.sessions_dir
    assert elsewhere.is_dir()


def test_pack_unpack_and_merge(app: Application, context: StudyContext, qtbot: QtBot, tmp_path: Path) -> None:
    app.commands.trigger("study.pack")
    dialog = app.sharing.dialog
    assert isinstance(dialog, PackDialog)
    dialog.text.setChecked(True)
    dialog.want(tmp_path / "shop")
    out = tmp_path / f"shop{PACK_SUFFIX}"
    wait_for(qtbot, lambda: out.is_file() and "packed into" in app.window.messages.words.text())

    app.sharing.begin_unpack(out)
    wait_for(qtbot, lambda: "is unpacked" in app.window.messages.words.text())
    [made] = paths.studies_dir().glob("*.moderato")
    assert free_name(paths.studies_dir(), "Shop.moderato").name == "Shop 2.moderato"
    with StudyStore.open(made, author="Bo") as other:
        add_session(other, "P09", frames=10, video=False)
        add_session(other, "P01", frames=10, video=False)
    app.sharing.begin_merge(made)
    wait_for(qtbot, lambda: isinstance(app.sharing.dialog, MergeDialog))
    merging = app.sharing.dialog
    assert isinstance(merging, MergeDialog)
    assert "2 new sessions: P01, P09" in merging.sessions.text() or "P09, P01" in merging.sessions.text()
    assert codes(app) == ["P01", "P02"], "a preview changes nothing"
    merging.make.click()
    wait_for(qtbot, lambda: codes(app) == ["P01", "P01", "P02", "P09"])
    app.sharing.begin_merge(made)
    wait_for(qtbot, lambda: isinstance(app.sharing.dialog, MergeDialog))
    again = app.sharing.dialog
    assert isinstance(again, MergeDialog)
    assert not again.make.isEnabled()
    again.reject()


def test_one_code_on_two_laptops_can_be_two_people(
    app: Application, context: StudyContext, qtbot: QtBot, tmp_path: Path
) -> None:
    with make_study(tmp_path / "twin", "Shop again", tasks=["find IT"]) as twin:
        add_session(twin, "P01", frames=10, video=False)
        folder = twin.folder
    app.sharing.begin_merge(folder)
    wait_for(qtbot, lambda: isinstance(app.sharing.dialog, MergeDialog))
    dialog = app.sharing.dialog
    assert isinstance(dialog, MergeDialog)
    words = [dialog.conflicts.item(at).text() for at in range(dialog.conflicts.count())]
    assert "Participant P01 is in both, and is taken for the same person." in words
    dialog.apart.setChecked(True)
    wait_for(qtbot, dialog.make.isEnabled)
    assert "P01-2" in dialog.conflicts.item(0).text()
    dialog.make.click()
    wait_for(qtbot, lambda: "P01-2" in codes(app))


def test_a_study_that_was_moved_is_followed(
    app: Application, context: StudyContext, qtbot: QtBot, tmp_path: Path
) -> None:
    old = context.folder
    app.studies.close()
    new = tmp_path / "elsewhere" / old.name
    new.parent.mkdir()
    shutil.move(old, new)
    app.open_study(old)
    wait_for(qtbot, lambda: "not in its folder any more" in app.window.messages.words.text())
    assert str(old) in settings().recent_studies, "it is asked, not forgotten"
    app.open_study(new)
    wait_for(qtbot, lambda: app.studies.context is not None)
    assert settings().recent_studies == [str(new)]
    assert app.studies.context is not None
    assert app.studies.context.store.missing_recordings() == frozenset(), "all paths are relative"


def test_a_pack_without_a_study_open_is_unpacked(app: Application, qtbot: QtBot, tmp_path: Path) -> None:
    with make_study(tmp_path / "there", "Plan") as store:
        out = tmp_path / f"plan{PACK_SUFFIX}"
        pack(store, out)
    app.open()
    app.sharing.take_file(out)
    wait_for(qtbot, lambda: "“Plan” is unpacked" in app.window.messages.words.text())
    app.window.messages.action.click()
    wait_for(qtbot, lambda: app.studies.context is not None)
    assert unpack(out, tmp_path / "again").is_dir()
