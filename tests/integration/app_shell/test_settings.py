"""The settings as a user changes them: found by a word, in force at once, and kept."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QTableView
from pytestqt.qtbot import QtBot

from app.application import Application
from app.main_window import Place
from app.settings import Settings, settings
from app.theme import ROW_COMFORTABLE, ROW_DENSE, theme
from app.transcription_wishes import kept_voice, voice_path
from app.views.settings_dialog import SettingsDialog
from tests.helpers.shell import make_study, opened, wait_for
from transcribe.voice_print import SIZE
from transcribe.voice_sample import write_sample


def opened_settings(qtbot: QtBot, app: Application) -> SettingsDialog:
    app.commands.trigger("app.settings")
    wait_for(qtbot, lambda: app.settings_dialog is not None and app.settings_dialog.isVisible())
    assert app.settings_dialog is not None
    return app.settings_dialog


def pick(box: QComboBox, words: str) -> None:
    at = box.findText(words)
    box.setCurrentIndex(at)
    box.activated.emit(at)


def test_a_choice_is_in_force_at_once_and_kept(qtbot: QtBot, app: Application, tmp_path: Path) -> None:
    opened(qtbot, app, make_study(tmp_path, "Find it"))
    app.window.show_place(Place.SESSIONS)
    table = app.window.page(Place.SESSIONS).findChild(QTableView)
    assert table is not None
    assert table.verticalHeader().defaultSectionSize() == ROW_COMFORTABLE
    dialog = opened_settings(qtbot, app)
    pick(dialog.density, "Dense")
    assert table.verticalHeader().defaultSectionSize() == ROW_DENSE, "also in tables that are open"
    pick(dialog.theme, "Dark")
    assert theme().is_dark
    app.commands.trigger("look.theme")
    assert dialog.theme.currentText() == "Light", "what a key changes is shown"
    pick(dialog.theme, "Dark")
    pick(dialog.windows, "Program only")
    dialog.fps.setValue(25)
    dialog.live.setChecked(True)
    settings().flush()
    again = Settings(Path(settings()._file.fileName()))
    kept = (again.density, again.theme, again.window_events, again.fps, again.transcribe_live)
    assert kept == ("dense", "dark", "programs", 25, True)


def test_the_name_signs_from_then_on_and_is_never_empty(qtbot: QtBot, app: Application, tmp_path: Path) -> None:
    context = opened(qtbot, app, make_study(tmp_path, "Find it"))
    dialog = opened_settings(qtbot, app)
    dialog.author.setFocus()
    dialog.author.setText(" Grace Hopper ")
    qtbot.keyClick(dialog.author, Qt.Key.Key_Return)
    assert dialog.isVisible()
    assert (settings().author, context.store.author) == ("Grace Hopper", "Grace Hopper")
    dialog.author.setText("  ")
    dialog.author.editingFinished.emit()
    assert dialog.author.text() == "Grace Hopper"


def test_a_setting_is_found_by_a_word_of_what_it_does(qtbot: QtBot, app: Application) -> None:
    dialog = opened_settings(qtbot, app)
    dialog.search.setText("e-mail")
    assert dialog.windows.isVisible()
    assert not dialog.theme.isVisible()
    dialog.search.setText("xyzzy")
    assert dialog.none_found.isVisible()
    dialog.search.clear()
    assert dialog.theme.isVisible()
    assert not dialog.none_found.isVisible()


def test_the_kept_voice_is_forgotten(qtbot: QtBot, app: Application) -> None:
    write_sample(voice_path(), [0.0] * SIZE)
    dialog = opened_settings(qtbot, app)
    assert "Kept on this computer" in dialog.voice.text()
    dialog.forget.click()
    assert kept_voice() is None
    assert not dialog.forget.isEnabled()
    assert "None is kept" in dialog.voice.text()
