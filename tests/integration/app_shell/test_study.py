"""Real windows: a study from its first letter to reordered tasks, undone and redone."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QComboBox, QLabel, QLineEdit, QPlainTextEdit, QWidget
from pytestqt.qtbot import QtBot

from annotate.store import StudyStore
from app import paths
from app.application import Application
from app.main_window import Place
from app.settings import settings
from app.theme import theme
from app.views.home import HomePage
from app.views.new_study import NewStudyDialog
from app.views.sessions import SessionsPage
from app.views.study import StudyPage
from app.widgets.basics import CardButton, ElidedLabel
from tests.helpers.shell import make_study, opened, settle, wait_for


def start(app: Application, qtbot: QtBot) -> None:
    app.open()
    qtbot.waitExposed(app.window).__enter__()
    app.window.activateWindow()
    wait_for(qtbot, lambda: app.studies.summaries is not None and app.window.isActiveWindow())


def new_study_dialog(app: Application, qtbot: QtBot) -> NewStudyDialog:
    qtbot.keyClick(app.window, "n", Qt.KeyboardModifier.ControlModifier)
    wait_for(qtbot, lambda: app.window.findChild(NewStudyDialog) is not None)
    dialog = app.window.findChild(NewStudyDialog)
    assert isinstance(dialog, NewStudyDialog)
    qtbot.waitExposed(dialog).__enter__()
    return dialog


def titles(app: Application) -> list[str]:
    context = app.studies.context
    assert context is not None
    return [task.title for task in context.store.tasks()]


def test_from_nothing_to_a_study_with_tasks_in_order(app: Application, qtbot: QtBot) -> None:
    start(app, qtbot)
    home = app.window.page(Place.HOME)
    assert isinstance(home, HomePage)
    assert home._empty.isVisible()
    dialog = new_study_dialog(app, qtbot)
    assert not dialog.make.isEnabled()
    qtbot.keyClicks(dialog.name, "Checkout")
    qtbot.keyClick(dialog.name, Qt.Key.Key_Tab)
    qtbot.keyClicks(dialog.tasks, "Find the invoice")
    qtbot.keyClick(dialog.tasks, Qt.Key.Key_Return)
    qtbot.keyClicks(dialog.tasks, "Change the address")
    qtbot.keyClick(dialog.name, Qt.Key.Key_Return)
    wait_for(qtbot, lambda: app.studies.context is not None)
    page = app.window.page(Place.STUDY)
    assert isinstance(page, StudyPage)
    assert app.window.stack.currentWidget() is page
    assert (paths.studies_dir() / "Checkout.moderato" / "study.sqlite3").is_file()
    assert app.window.windowTitle() == "Checkout – Moderato"

    qtbot.keyClicks(page.new_task, "Ask for a refund")
    qtbot.keyClick(page.new_task, Qt.Key.Key_Return)
    assert titles(app) == ["Find the invoice", "Change the address", "Ask for a refund"]
    page.task_view.setFocus()
    page.task_view.selectRow(2)
    qtbot.keyClick(page.task_view, Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
    qtbot.keyClick(page.task_view, Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
    assert titles(app) == ["Ask for a refund", "Find the invoice", "Change the address"]
    assert page.task_view.currentIndex().row() == 0, "the chosen task stays chosen"
    for _ in range(3):
        qtbot.keyClick(app.window, "z", Qt.KeyboardModifier.ControlModifier)
    assert titles(app) == ["Find the invoice", "Change the address"]
    for _ in range(2):
        qtbot.keyClick(app.window, "y", Qt.KeyboardModifier.ControlModifier)
    assert titles(app) == ["Find the invoice", "Ask for a refund", "Change the address"]


def test_scenario_name_and_codes_are_kept_and_undoable(app: Application, qtbot: QtBot) -> None:
    study = make_study(paths.studies_dir() / "x", "Find it", "Buy it")
    context = opened(qtbot, app, study)
    page = app.window.page(Place.STUDY)
    assert isinstance(page, StudyPage)
    page.scenario.setFocus()
    qtbot.keyClicks(page.scenario, "You lost it")
    page.task_view.selectRow(1)
    assert context.store.tasks()[0].scenario == "You lost it"
    assert page.scenario.toPlainText() == ""
    page.name.setFocus()
    page.name.selectAll()
    qtbot.keyClicks(page.name, "Shop")
    qtbot.keyClick(page.name, Qt.Key.Key_Return)
    assert context.store.study().name == "Shop"
    qtbot.keyClicks(page.new_tag, "Terms")
    qtbot.keyClick(page.new_tag, Qt.Key.Key_Return)
    assert [tag.name for tag in context.store.tags()][-1] == "Terms"
    assert context.store.tags()[-1].colour is not None
    for _ in range(3):
        app.commands.trigger("edit.undo")
    assert context.store.tasks()[0].scenario is None
    assert context.store.study().name == "Checkout"
    assert page.name.text() == "Checkout"


def test_a_name_that_is_taken_is_told_and_nothing_typed_is_lost(app: Application, qtbot: QtBot) -> None:
    make_study(paths.studies_dir() / "Taken")
    start(app, qtbot)
    dialog = new_study_dialog(app, qtbot)
    qtbot.keyClicks(dialog.name, "Taken")
    qtbot.keyClicks(dialog.tasks, "A task")
    dialog.make.click()
    wait_for(qtbot, dialog._problem.isVisible)
    assert "Taken" in dialog._problem.text()
    assert dialog.tasks.toPlainText() == "A task"
    assert dialog.make.isEnabled()
    dialog.reject()
    settle(qtbot)


def test_home_shows_studies_and_says_which_cannot_be_read(app: Application, qtbot: QtBot) -> None:
    make_study(paths.studies_dir() / "Good", name="A good one")
    broken = paths.studies_dir() / "Broken.moderato"
    broken.mkdir()
    (broken / "study.sqlite3").write_bytes(b"not a database" * 100)
    start(app, qtbot)
    home = app.window.page(Place.HOME)
    assert isinstance(home, HomePage)
    cards = {card.accessibleName(): card for card in home.findChildren(CardButton)}
    assert set(cards) == {"A good one", "Broken"}
    assert "damaged" in cards["Broken"].accessibleDescription()
    qtbot.mouseClick(cards["A good one"], Qt.MouseButton.LeftButton)
    wait_for(qtbot, lambda: app.studies.context is not None)
    assert app.window.place is Place.STUDY
    qtbot.keyClick(app.window, "1", Qt.KeyboardModifier.ControlModifier)
    app.studies.refresh()
    wait_for(qtbot, lambda: any("Continue" in c.accessibleName() for c in home.findChildren(CardButton)))
    broken_card = next(card for card in home.findChildren(CardButton) if card.accessibleName() == "Broken")
    qtbot.mouseClick(broken_card, Qt.MouseButton.LeftButton)
    wait_for(qtbot, app.window.messages.isVisible)
    assert "damaged" in app.window.messages.words.text()
    assert app.studies.context is not None, "the study that was open stays open"


def test_studies_of_one_name_are_told_apart_by_their_place(app: Application, qtbot: QtBot) -> None:
    places = [make_study(paths.studies_dir() / folder, name="Checkout") for folder in ("spring", "autumn")]
    make_study(paths.studies_dir() / "other", name="Alone")
    start(app, qtbot)
    home = app.window.page(Place.HOME)
    wait_for(qtbot, lambda: len(home.findChildren(CardButton)) == 3)
    names = {card.accessibleName() for card in home.findChildren(CardButton)}
    assert names == {"Alone", *(f"Checkout, {place}" for place in places)}
    shown = {label.full_text() for label in home.findChildren(ElidedLabel)}
    assert {str(place) for place in places} <= shown


def test_home_shows_the_figures_as_they_are(app: Application, qtbot: QtBot) -> None:
    study = make_study(paths.studies_dir() / "x", "One")
    context = opened(qtbot, app, study)
    home = app.window.page(Place.HOME)
    assert isinstance(home, HomePage)

    def told() -> str:
        cards = [card for card in home.findChildren(CardButton) if card.accessibleName() == "Checkout"]
        return cards[-1].accessibleDescription() if cards else ""

    wait_for(qtbot, lambda: "0 open issues" in told())
    for title in ("Too slow", "Not found"):
        context.do("Add issue", partial(StudyStore.add_issue, title=title))
    app.window.show_place(Place.HOME)
    wait_for(qtbot, lambda: "2 open issues" in told())
    context.undo.undo()
    wait_for(qtbot, lambda: "1 open issue" in told())
    with StudyStore.open(study, author="other") as other:
        other.add_issue("Too loud")
    wait_for(qtbot, lambda: "2 open issues" in told())
    settle(qtbot, 1500)
    read: list[object] = []
    app.studies.summaries_changed.connect(read.append)
    cards = home.findChildren(CardButton)
    cards[-1].setFocus()
    settle(qtbot, 2500)
    assert not read, "reading the figures is no change that has them read again"
    app.studies.refresh()
    wait_for(qtbot, lambda: bool(read))
    assert home.findChildren(CardButton) == cards, "the same figures leave the cards alone"
    assert cards[-1].hasFocus()


def test_the_action_has_one_name(app: Application, qtbot: QtBot) -> None:
    opened(qtbot, app, make_study(paths.studies_dir() / "x", "One"), "sessions")
    page = app.window.page(Place.SESSIONS)
    assert isinstance(page, SessionsPage)
    assert app.commands.command("session.new").text == "Start session"
    starts = [made for made in page.findChildren(QAbstractButton) if "tart" in made.text()]
    assert [(made.text(), made.accessibleName()) for made in starts] == [("Start session", "Start session")] * 2


def test_what_another_process_changes_is_seen(app: Application, qtbot: QtBot) -> None:
    study = make_study(paths.studies_dir() / "x", "One")
    opened(qtbot, app, study)
    page = app.window.page(Place.STUDY)
    assert isinstance(page, StudyPage)
    with StudyStore.open(study, author="other") as other:
        other.add_task("Two")
    wait_for(qtbot, lambda: page.tasks.rowCount() == 2)


def test_keys_go_to_the_places_and_without_a_study_say_so(app: Application, qtbot: QtBot) -> None:
    start(app, qtbot)
    qtbot.keyClick(app.window, "3", Qt.KeyboardModifier.ControlModifier)
    assert app.window.stack.currentWidget() is app.window._no_study
    opened(qtbot, app, make_study(paths.studies_dir() / "x"), "study")
    for key, place in (("3", Place.SESSIONS), ("2", Place.STUDY), ("1", Place.HOME)):
        qtbot.keyClick(app.window, key, Qt.KeyboardModifier.ControlModifier)
        assert app.window.place is place
        assert app.window.stack.currentWidget() is app.window.page(place)
    sessions = app.window.page(Place.SESSIONS)
    assert isinstance(sessions, SessionsPage)
    app.window.show_place(Place.SESSIONS)
    assert sessions._empty.isVisible()


def test_the_theme_changes_at_once_and_is_remembered(app: Application, qtbot: QtBot) -> None:
    start(app, qtbot)
    before = app.window.grab().toImage().pixelColor(app.window.width() - 40, app.window.height() - 40)
    settings().theme = "dark"
    settle(qtbot)
    after = app.window.grab().toImage().pixelColor(app.window.width() - 40, app.window.height() - 40)
    assert before.lightness() > 200
    assert after.lightness() < 60
    assert theme().is_dark
    settings().theme = "light"


def check_accessible(root: QWidget) -> None:
    """Every control that can be seen has a name, icon-only ones also a tooltip, every field a label or a name."""
    buddies = {each.buddy() for each in root.findChildren(QLabel) if each.buddy() is not None}
    for made in root.findChildren(QAbstractButton):
        if made.isVisible() and made.metaObject().className() not in {"QTableCornerButton"}:
            assert made.text() or made.accessibleName(), made
            if not made.text() and not isinstance(made, CardButton):
                assert made.toolTip(), made.accessibleName()
    for kind in (QLineEdit, QPlainTextEdit, QComboBox):
        for field in root.findChildren(kind):
            if field.isVisible() and not isinstance(field.parent(), QComboBox):
                assert field.accessibleName() or field in buddies, field


def test_everything_has_a_name(app: Application, qtbot: QtBot) -> None:
    opened(qtbot, app, make_study(paths.studies_dir() / "x", "One"))
    for place in (Place.HOME, Place.STUDY, Place.SESSIONS):
        app.window.show_place(place)
        settle(qtbot)
        check_accessible(app.window)
    dialog = NewStudyDialog(app.window)
    dialog.show()
    check_accessible(dialog)
    dialog.close()
    app.window.say("words", "warning", ("Do", lambda: None))
    app.window.open_palette()
    check_accessible(app.window)
    app.window.palette_box.close_palette()


def test_a_folder_that_is_gone_is_asked_for_before_it_is_forgotten(
    app: Application, qtbot: QtBot, tmp_path: Path
) -> None:
    settings().remember_study(tmp_path / "gone.moderato")
    start(app, qtbot)
    app.open_study(tmp_path / "gone.moderato")
    wait_for(qtbot, app.window.messages.isVisible)
    assert settings().recent_studies == [str(tmp_path / "gone.moderato")], "its disk may only be unplugged"
    app.window.messages.other.click()
    assert settings().recent_studies == []
    wait_for(qtbot, lambda: app.studies.summaries == [])


def test_language_and_vocabulary_are_said_in_the_plan_and_undone(app: Application, qtbot: QtBot) -> None:
    context = opened(qtbot, app, make_study(paths.studies_dir() / "x", "One"))
    page = app.window.page(Place.STUDY)
    assert isinstance(page, StudyPage)
    speech = page.speech
    assert speech.language.currentText() == "Found for each session"
    speech.language.setFocus()
    qtbot.keyClicks(speech.language, "Deu")
    qtbot.keyClick(speech.language, Qt.Key.Key_Return)
    wait_for(qtbot, lambda: context.store.study().language == "de")
    speech.terms.setFocus()
    qtbot.keyClicks(speech.terms, "Moderato")
    qtbot.keyClick(speech.terms, Qt.Key.Key_Return)
    qtbot.keyClicks(speech.terms, "SUS score")
    wait_for(qtbot, lambda: [one.term for one in context.store.vocabulary()] == ["Moderato", "SUS score"])
    qtbot.mouseClick(speech.translate, Qt.MouseButton.LeftButton)
    wait_for(qtbot, lambda: context.store.wishes().translate)
    context.undo.undo()
    wait_for(qtbot, lambda: not speech.translate.isChecked())
