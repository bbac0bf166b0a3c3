"""The commands that work everywhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QUrl
from PySide6.QtGui import QDesktopServices

from app import paths
from app.commands import Command, CommandRegistry
from app.controllers.job_queue import Standing
from app.settings import settings
from app.theme import theme

if TYPE_CHECKING:
    from app.application import Application
    from app.main_window import MainWindow


def add_main_commands(app: Application, window: MainWindow, commands: CommandRegistry) -> None:
    """Adds them, before the pages that show them as buttons are made."""

    def has_study() -> bool:
        return app.studies.context is not None

    def can_record() -> bool:
        return has_study() and not app.recording.active

    def is_recording() -> bool:
        return app.recording.active

    def can_undo() -> bool:
        context = app.studies.context
        return context is not None and context.undo.canUndo()

    def can_redo() -> bool:
        context = app.studies.context
        return context is not None and context.undo.canRedo()

    def undo() -> None:
        context = app.studies.context
        if context is not None:
            context.undo.undo()

    def redo() -> None:
        context = app.studies.context
        if context is not None:
            context.undo.redo()

    new_study = Command("study.new", _tr("New study"), "Ctrl+N", "ph.plus", tip=_tr("Make a new study"))
    open_study = Command("study.open", _tr("Open study…"), "Ctrl+O", "ph.folder-open", tip=_tr("Open a study's folder"))
    new_session = Command(
        "session.new", _tr("Start session"), "Ctrl+R", "ph.record", tip=_tr("Set up and record a session")
    )
    commands.add(new_study, app.new_study, window)
    commands.add(open_study, app.choose_study, window)
    commands.add(new_session, app.desk.new_session, window, can_record)
    commands.add(Command("edit.undo", _tr("Undo"), "Ctrl+Z", "ph.arrow-u-up-left"), undo, window, can_undo)
    again = Command("edit.redo", _tr("Redo"), ("Ctrl+Shift+Z", "Ctrl+Y"), "ph.arrow-u-up-right")
    commands.add(again, redo, window, can_redo)
    close = Command("study.close", _tr("Close the study"), "Ctrl+Shift+W", "ph.x")
    commands.add(close, app.studies.close, window, has_study)
    show_bar = Command("recording.show", _tr("Show the recording bar"), "", "ph.record")
    commands.add(show_bar, app.desk.show_bar, window, is_recording)
    commands.add(
        Command("recovery.look", _tr("Look for recordings that were cut off"), "", "ph.first-aid-kit"),
        app.recovery.look,
        window,
    )
    _add_queue_commands(app, window, commands)
    models = Command(
        "models.open",
        _tr("Models"),
        "Ctrl+Shift+M",
        "ph.ear",
        tip=_tr("Speech models: fetch, try, choose"),
    )
    commands.add(models, app.open_models, window)
    commands.add(
        Command("search.rebuild", _tr("Make the search index anew"), "", "ph.arrows-clockwise"),
        app.search.rebuild,
        window,
    )
    commands.add(
        Command("look.theme", _tr("Theme"), "Ctrl+Shift+L", "ph.circle-half", tip=_tr("Change between light and dark")),
        change_theme,
        window,
    )
    commands.add(
        Command("look.theme.system", _tr("Use the system's theme"), "", "ph.circle-half"), _system_theme, window
    )
    preferences = Command(
        "app.settings", _tr("Settings"), "Ctrl+,", "ph.gear-six", tip=_tr("Your name, theme, new recordings, voice")
    )
    commands.add(preferences, app.open_settings, window)
    your_name = Command(
        "app.author", _tr("Your name…"), "", "ph.user", tip=_tr("The name that your changes are signed with")
    )
    commands.add(your_name, app.ask_author, window)
    commands.add(Command("app.logs", _tr("Open the folder of the logs"), "", "ph.file-text"), _open_logs, window)
    commands.add(Command("app.quit", _tr("Quit"), "Ctrl+Q", "ph.sign-out"), window.close, window)


def _add_queue_commands(app: Application, window: MainWindow, commands: CommandRegistry) -> None:
    queue = app.transcription.queue
    activity = Command(
        "app.activity", _tr("Activity"), "Ctrl+J", "ph.list-bullets", tip=_tr("Go to what runs and what waits")
    )
    commands.add(activity, window.open_activity, window)
    pause = Command("jobs.pause", _tr("Pause transcribing"), "", "ph.pause", tip=_tr("Pause all transcriptions"))
    commands.add(
        pause, queue.pause_all, window, lambda: any(run.standing is not Standing.PAUSED for run in queue.runs())
    )
    go_on = Command("jobs.resume", _tr("Go on transcribing"), "", "ph.play", tip=_tr("Go on with what is paused"))
    commands.add(go_on, queue.resume_all, window, lambda: any(run.standing is Standing.PAUSED for run in queue.runs()))


def change_theme() -> None:
    """Light to dark, or back."""
    settings().theme = "light" if theme().is_dark else "dark"


def _system_theme() -> None:
    settings().theme = "system"


def _open_logs() -> None:
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(paths.log_dir())))


def _tr(text: str) -> str:
    return QCoreApplication.translate("commands", text)
