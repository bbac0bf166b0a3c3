"""Everything about recording that the window has a part in: set-up, bar, end, recordings that were cut off."""

from __future__ import annotations

import logging
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QMessageBox

from annotate.errors import StudyError
from annotate.timeline import format_time
from app.commands import CommandRegistry
from app.controllers.recording import RecordingController, RecordingState
from app.controllers.recovery import Mended, RecoveryController, study_of
from app.controllers.setup import SetupController
from app.controllers.study import StudyController
from app.jobs import Jobs
from app.main_window import MainWindow, Place
from app.start_words import start_sentence
from app.study_context import StudyContext
from app.views.home import HomePage
from app.views.new_session import NewSessionDialog
from app.views.recording_bar import RecordingBar
from app.views.recording_tray import RecordingTray
from app.views.sessions import SessionsPage
from app.widgets.basics import bring_forward
from capture.config import RecorderConfig

_log = logging.getLogger("ui.recording")


class RecordingDesk(QObject):
    """Ties recorder, set-up, bar and recovery to the window. Main thread only.

    Signals:
        review(session id), transcribe(session id): the user wants to go on with a session.
    """

    review = Signal(str)
    transcribe = Signal(str)

    def __init__(
        self, jobs: Jobs, commands: CommandRegistry, studies: StudyController, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self.commands = commands
        self.studies = studies
        self.recovery = RecoveryController(jobs, self)
        self.recording = RecordingController(self)
        self.setup = SetupController(jobs, self)
        self.dialog: NewSessionDialog | None = None
        self._close_when_done = False

    def join(self, window: MainWindow) -> None:
        """Makes the bar, and ties all to the window; once, when the window is made."""
        self.window = window
        self.bar = RecordingBar(self.recording, self.commands)
        self.tray = RecordingTray(self.recording, self.commands, self.bar)
        window.closing.connect(self._closing)
        self.recovery.found.connect(self._cut_off_found)
        self.recovery.running.connect(self._take_over)
        self.recovery.mended.connect(self._mended)
        self.recovery.mend_failed.connect(lambda _item, error: window.say_error(error))
        self.recording.state_changed.connect(self._recording_changed)
        self.recording.start_failed.connect(self._start_failed)
        self.recording.finished.connect(self._finished)
        self.recording.cut_off.connect(self._cut_off)
        self.bar.show_window.connect(window.come_back)

    def leave(self) -> None:
        """Lets go of devices and recorder; a recording goes on without the app."""
        self.setup.stop()
        self.bar.remember_position()
        self.recording.detach()
        self.tray.close()
        self.bar.hide()
        self.bar.deleteLater()

    def new_session(self) -> None:
        """Shows the set-up of a session."""
        context = self.studies.context
        if context is None or self.recording.active or self.dialog is not None:
            return
        try:
            dialog = NewSessionDialog(context, self.setup, self.window)
        except StudyError as error:
            self.window.say_error(error)
            return
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.wanted.connect(self._start_recording)
        dialog.destroyed.connect(self._dialog_gone)
        self.dialog = dialog
        dialog.open()

    def show_bar(self) -> None:
        """Brings the recording bar to the front."""
        bring_forward(self.bar)

    # -- inside ---------------------------------------------------------------------------------------------------

    def _start_recording(self, participant: str, config: RecorderConfig, consent_version: int) -> None:
        context = self.studies.context
        if context is not None:
            self.recording.start(context, participant, config, consent_version=consent_version)

    def _dialog_gone(self) -> None:
        self.dialog = None

    def _start_failed(self, error: Exception) -> None:
        _log.warning("the recorder did not start: %s", error)
        if self.dialog is not None:
            self.dialog.show_problem(start_sentence(error))
        else:
            self.window.say_error(error)

    def _recording_changed(self, state: RecordingState) -> None:
        self.studies.held = self.recording.active
        self.commands.refresh()
        if state is RecordingState.RECORDING and self.dialog is not None:
            check_sync = self.dialog.check_sync.isChecked()
            self.dialog.set_busy(False)
            self.dialog.accept()
            self.window.showMinimized()  # the participant's screen is recorded: we don't stand in it
            self.bar.activateWindow()
            if check_sync:
                self.commands.trigger("bar.sync")

    def _finished(self, session_id: str) -> None:
        self.window.come_back()
        self.studies.refresh()
        self.window.show_place(Place.SESSIONS)
        page = self.window.page(Place.SESSIONS)
        if isinstance(page, SessionsPage):
            page.select(session_id)
        context = self.studies.context
        if context is not None:
            session = context.store.session(session_id)
            words = self.tr("The session with %1 is recorded: %2, %n observation(s).", "", session.observation_count)
            words = words.replace("%1", session.participant_code).replace("%2", format_time(session.duration_ns or 0))
            self.window.say(
                words,
                "success",
                (self.tr("Open in review"), partial(self.review.emit, session_id)),
                (self.tr("Transcribe"), partial(self.transcribe.emit, session_id)),
            )
        self._close_if_asked()

    def _cut_off(self, bundle: Path, error: Exception) -> None:
        _log.warning("the recording at %s was cut off: %s", bundle.name, error)
        self.window.come_back()
        self.window.show_place(Place.HOME)
        self.window.say_error(error)
        self.recovery.look()
        self._close_if_asked()

    def _close_if_asked(self) -> None:
        if self._close_when_done:
            self.window.close()

    def _cut_off_found(self, _found: object) -> None:
        page = self.window.page(Place.HOME)
        if isinstance(page, HomePage):
            page.show_cut_off(self.recovery.cut_off, self.recovery.mending)

    def _take_over(self, bundles: list[Path]) -> None:
        """A recorder runs without a window: take it over, in its study."""
        if self.recording.active:
            return
        bundle = bundles[0]

        def attach(context: StudyContext) -> None:
            self.window.show_place(Place.SESSIONS)
            self.recording.attach(context, bundle)
            self.window.say(self.tr("A recording was still running. It goes on; the recording bar is back."))

        self.studies.open(study_of(bundle), attach)

    def _mended(self, result: Mended) -> None:
        words = self.tr("The recording is mended: %1, %2 marks.")
        length = format_time(result.duration_ns) if result.duration_ns is not None else "?"
        words = words.replace("%1", length).replace("%2", str(result.marks))

        def show() -> None:
            self.studies.open(result.study, lambda _context: self.review.emit(result.session_id))

        self.window.say(words, "success", (self.tr("Open in review"), show))
        self.studies.refresh()
        context = self.studies.context
        if context is not None:
            context.look_for_changes()

    def _closing(self, event: QCloseEvent) -> None:
        if not self.recording.active or self._close_when_done:
            return
        box = QMessageBox(self.window)
        box.setWindowTitle("Moderato")
        box.setText(self.tr("A recording is running."))
        box.setInformativeText(
            self.tr(
                "If you close Moderato, the recording goes on for five minutes without its bar, so that you can come "
                "back to it. Nothing is lost either way."
            )
        )
        stop = box.addButton(self.tr("Stop and close"), QMessageBox.ButtonRole.AcceptRole)
        close = box.addButton(self.tr("Close, keep recording"), QMessageBox.ButtonRole.DestructiveRole)
        stay = box.addButton(self.tr("Don't close"), QMessageBox.ButtonRole.RejectRole)
        box.setDefaultButton(stay)
        box.setEscapeButton(stay)
        box.exec()
        if box.clickedButton() is stop:
            self._close_when_done = True
            self.recording.stop()
        if box.clickedButton() is not close:
            event.ignore()
