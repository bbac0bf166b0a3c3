"""The application: makes the parts, ties them together, and takes them apart again."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QApplication, QFileDialog, QWidget

from annotate.errors import StudyError
from annotate.library import ItemKind, KnownStudy
from annotate.models import NewTag, NewTask
from annotate.search import Hit
from annotate.store import FILE_NAME
from app import paths
from app.app_icon import app_icon
from app.commands import CommandRegistry
from app.controllers.job_queue import Run
from app.controllers.live_transcription import LiveTranscription
from app.controllers.models import ModelsController
from app.controllers.search import SearchController
from app.controllers.study import StudyController, known_folders
from app.controllers.transcription import TranscriptionController
from app.crash import CrashHandler, ReportDialog, mark_seen, pending_reports
from app.jobs import JobHandle, Jobs
from app.lack_words import lack_words
from app.logs import start_logging, stop_logging
from app.main_commands import add_main_commands
from app.main_window import MainWindow, PageFactory, Place, place_named
from app.plurals import EnglishPlurals
from app.recording_desk import RecordingDesk
from app.settings import settings
from app.sharing_desk import SharingDesk
from app.study_context import StudyContext
from app.theme import theme
from app.transcription_words import short_words
from app.views.author_dialog import AuthorDialog, sign_with, was_never_asked
from app.views.home import HomePage
from app.views.models import ModelsDialog
from app.views.new_study import NewStudyDialog
from app.views.search import SearchPage
from app.views.sessions import SessionsPage
from app.views.settings_dialog import SettingsDialog
from app.views.study import StudyPage
from app.views.tray_notices import TrayNotices
from app.widgets.basics import bring_forward
from app.wording import sentence, setback_words, study_problem_words
from capture.bundle import SessionBundle
from capture.errors import CaptureError

_log = logging.getLogger("ui")
_JOIN_S = 15.0
_TOOLS = ["app.palette", "models.open", "look.theme", "app.settings"]


class Application(QObject):
    """All parts of the running app. Main thread only; `shutdown` ends everything it started."""

    def __init__(self) -> None:
        super().__init__()
        self.jobs = Jobs(self)
        self.commands = CommandRegistry(self)
        self.studies = StudyController(self.jobs, self)
        self.desk = RecordingDesk(self.jobs, self.commands, self.studies, self)
        self.recording, self.recovery = self.desk.recording, self.desk.recovery
        self.transcription = TranscriptionController(self, self.jobs)
        self.live = LiveTranscription(self.recording, self.jobs, self)
        self.models = ModelsController(self.jobs, self)
        self.models_dialog: ModelsDialog | None = None
        self.settings_dialog: SettingsDialog | None = None
        self._models_here: set[str] = set()
        self.search = SearchController(self.jobs, known_folders, self)
        factories: dict[Place, PageFactory] = {
            Place.HOME: lambda _context: self._make_home(),
            Place.STUDY: self._make_study,
            Place.SESSIONS: self._make_sessions,
            Place.REVIEW: self._make_review,
            Place.FINDINGS: self._make_findings,
            Place.SEARCH: self._make_search,
        }
        self.window = MainWindow(self.commands, self.jobs, factories, _TOOLS, partial(add_main_commands, self))
        self.desk.join(self.window)
        self.sharing = SharingDesk(self.jobs, self.commands, self.studies, self.window, self)
        self.window.activity.show_queue(self.transcription.queue)
        self.notices = TrayNotices(self.window)
        self.bar = self.desk.bar
        self._tie()

    # -- start and end --------------------------------------------------------------------------------------------

    def open(self, study: Path | None = None, page: str | None = None, session: str | None = None) -> None:
        """Shows the window, and begins to look for studies, and for recordings that need help.

        Args:
            study: the folder of a study to open.
            page: "home", "study", "sessions", "review", "findings" or "search".
            session: id of a session to open in review.
        """
        self.window.restore_geometry()
        self.window.show_place(Place.HOME)
        self.window.show()
        self._offer_reports()
        self.recovery.look()
        self.transcription.go_on()
        if study is not None:
            self.studies.open(study.absolute(), partial(self._arrive, page, session))

    def shutdown(self) -> None:
        """Ends what was started. A recording goes on without the app."""
        self.desk.leave()
        self.transcription.queue.close()
        self.notices.close()
        self.jobs.shutdown(_JOIN_S)
        self.desk.setup.close()
        self.window.hide()
        self.window.deleteLater()
        self.studies.shutdown()
        settings().flush()

    # -- commands -------------------------------------------------------------------------------------------------

    def ask_author(self) -> None:
        """Asks for the name that changes are signed with."""
        dialog = AuthorDialog(self.studies.context, self.window)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    def _introduce(self) -> None:
        """Says once which name changes are signed with, as long as nobody has chosen one."""
        if was_never_asked() and not self.window.messages.isVisible():
            words = self.tr("Your changes are signed “%1”, so that colleagues know who made them.")
            name = settings().author
            self.window.say(
                words.replace("%1", name),
                "info",
                (self.tr("Another name…"), self.ask_author),
                (self.tr("Keep it"), lambda: sign_with(name, self.studies.context)),
            )

    def new_study(self) -> None:
        """Asks for a new study and makes it."""
        dialog = NewStudyDialog(self.window)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)

        def made(_context: StudyContext) -> None:
            dialog.accept()
            self.window.show_place(Place.STUDY)
            self.studies.refresh()

        def make(folder: Path, name: str, tasks: list[NewTask], tags: list[NewTag]) -> None:
            self.studies.create(folder, name, tasks, tags, lambda error: dialog.show_problem(sentence(error)), made)

        dialog.wanted.connect(make)
        dialog.open()

    def choose_study(self) -> None:
        """Asks for the folder of a study and opens it."""
        start = paths.studies_dir()
        title = self.tr("Open a study: choose its folder, which ends in .moderato")
        chosen = QFileDialog.getExistingDirectory(self.window, title, str(start if start.is_dir() else Path.home()))
        if chosen:
            self.open_study(Path(chosen))

    def open_study(self, folder: Path) -> None:
        """Opens a study and goes to its sessions, or to its plan while there are none."""
        self.studies.open(folder, self._enter)

    def open_settings(self) -> None:
        """Shows the settings."""
        if self.settings_dialog is None:
            dialog = SettingsDialog(lambda: self.studies.context, self.open_models, self.window)
            dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            dialog.finished.connect(self._settings_closed)
            self.settings_dialog = dialog
        bring_forward(self.settings_dialog)

    def _settings_closed(self, _result: int) -> None:
        self.settings_dialog = None

    def open_models(self) -> None:
        """Shows the speech models."""
        if self.models_dialog is None:
            dialog = ModelsDialog(self.models, self.window)
            dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            dialog.finished.connect(self._models_closed)
            self.models_dialog = dialog
        bring_forward(self.models_dialog)

    def _models_closed(self, _result: int) -> None:
        self.models_dialog = None

    # -- ties -----------------------------------------------------------------------------------------------------

    def _tie(self) -> None:
        settings().changed.connect(self._setting_changed)
        self.jobs.failed.connect(self._job_failed)
        self.studies.context_changed.connect(self._context_changed)
        self.studies.open_failed.connect(self._open_failed)
        self.studies.summaries_changed.connect(self._with_home(HomePage.show_summaries))
        self.studies.held_back.connect(self._held_back)
        self.desk.review.connect(self.review)
        self.sharing.review.connect(self.review)
        self.sharing.open_study.connect(self.open_study)
        self.desk.transcribe.connect(self.transcribe)
        self.live.wanted.connect(self.transcribe)
        self.transcription.queue.changed.connect(self._show_runs)
        self.transcription.progressed.connect(lambda _session_id: self._show_runs())
        self.transcription.queue.failed.connect(self.window.say_error)
        self.transcription.ended.connect(self._transcription_ended)
        self.transcription.done.connect(self._transcript_done)
        self.transcription.set_back.connect(lambda why: self.window.say(setback_words(why), "warning"))
        self.models.changed.connect(self._models_changed)
        self.models.failed.connect(self._models_failed)

    def _with_home(self, call: Callable[..., object]) -> Callable[..., None]:
        def run(*arguments: object) -> None:
            page = self.window.page(Place.HOME)
            if isinstance(page, HomePage):
                call(page, *arguments)

        return run

    def _make_home(self) -> QWidget:
        page = HomePage(self.commands)
        page.open_study.connect(self.open_study)
        page.continue_study.connect(self._continue)
        page.mend.connect(self.recovery.mend)
        page.stale.connect(self.studies.refresh)
        return page

    def _make_study(self, context: StudyContext | None) -> QWidget:
        page = StudyPage(context, self.commands)
        page.refused.connect(lambda words: self.window.say(words, "warning"))
        return page

    def _make_sessions(self, context: StudyContext | None) -> QWidget:
        page = SessionsPage(context, self.commands)
        page.review.connect(self.review)
        page.trash.connect(self.sharing.trash)
        page.find_wanted.connect(self.sharing.find_recording)
        page.dropped.connect(self.sharing.take_file)
        page.transcribe.connect(self.transcribe)
        page.model.set_runs({run.session_id: short_words(run) for run in self.transcription.queue.runs()})
        return page

    def _make_review(self, context: StudyContext | None) -> QWidget:
        # Qt's multimedia part takes a while to load: not before somebody wants to see a recording.
        from app.views.review import ReviewPage

        page = ReviewPage(context, self.commands, self.transcription)
        page.message.connect(self.window.say)
        page.go_to_issue.connect(self._go_to_issue)
        return page

    def _make_findings(self, context: StudyContext | None) -> QWidget:
        from app.views.findings import FindingsPage

        page = FindingsPage(context, self.commands)
        page.message.connect(self.window.say)
        page.go_to_session.connect(self.review)
        return page

    def _make_search(self, context: StudyContext | None) -> QWidget:
        page = SearchPage(self.search)
        page.set_context(context)
        page.opened.connect(self.open_hit)
        return page

    # -- studies --------------------------------------------------------------------------------------------------

    def _context_changed(self, context: StudyContext | None) -> None:
        self.transcription.set_context(context)
        self.window.set_context(context)
        if context is not None:
            self._introduce()
            context.failed.connect(self.window.say_error)
            context.undo.indexChanged.connect(lambda _index: self.commands.refresh())

    def _enter(self, context: StudyContext) -> None:
        place = Place.SESSIONS if context.store.sessions() else Place.STUDY
        self.window.show_place(place)

    def _continue(self, folder: Path) -> None:
        self.studies.open(folder, partial(self._arrive, None, settings().last_session or None))

    def _arrive(self, page: str | None, session: str | None, context: StudyContext) -> None:
        if session is not None and any(each.id == session for each in context.store.sessions()):
            self.review(session)
            return
        place = place_named(page)
        if place is None:
            self._enter(context)
        else:
            self.window.show_place(place)

    def _open_failed(self, folder: Path, error: Exception) -> None:
        if folder.exists():
            self.window.say_error(error)
        else:
            self.sharing.say_moved(folder)

    def open_hit(self, hit: Hit) -> None:
        """Goes to where a search has found something, in whichever study, and plays from there."""
        if not (hit.folder / FILE_NAME).is_file():
            self.window.say(study_problem_words(KnownStudy(hit.folder, hit.study, None)), "warning")
            self.search.update()
            return
        self.studies.open(hit.folder, partial(self._show_hit, hit))

    def _show_hit(self, hit: Hit, context: StudyContext) -> None:
        if hit.kind is ItemKind.ISSUE:
            self._go_to_issue(hit.ref)
        elif any(session.id == hit.session_id for session in context.store.sessions()):
            observation = hit.ref if hit.kind is ItemKind.OBSERVATION else ""
            self.review(hit.session_id or "", hit.t_start_ns, observation, play=True)
        else:
            self.window.say(self.tr("That session is not in the study any more. The search forgets it now."), "warning")
            self.search.update()

    def review(self, session_id: str, t_ns: int | None = None, observation_id: str = "", *, play: bool = False) -> None:
        """Opens a session in review, at a time, with an observation chosen; `play`: it plays from there."""
        from app.views.review import ReviewPage

        self.window.show_place(Place.REVIEW)
        page = self.window.page(Place.REVIEW)
        if isinstance(page, ReviewPage):
            settings().last_session = session_id
            page.open_session(session_id, t_ns, observation_id, play=play)

    def _go_to_issue(self, issue_id: str) -> None:
        from app.views.findings import FindingsPage

        self.window.show_place(Place.FINDINGS)
        page = self.window.page(Place.FINDINGS)
        if isinstance(page, FindingsPage):
            page.show_issue(issue_id)

    def transcribe(self, session_id: str, model: str = "") -> None:
        """Transcribes a session, as a job; "" takes the model of the settings."""
        context = self.studies.context
        if context is None:
            return
        try:
            session = context.store.session(session_id)
            bundle = SessionBundle.open(context.store.bundle_dir(session))
        except (StudyError, CaptureError) as error:
            self.window.say_error(error)
            return
        self.transcription.start(session_id, bundle, model)

    def _sessions_page(self) -> SessionsPage | None:
        page = self.window.page(Place.SESSIONS)
        return page if isinstance(page, SessionsPage) else None

    def _show_runs(self) -> None:
        page = self._sessions_page()
        if page is not None:
            page.model.set_runs({run.session_id: short_words(run) for run in self.transcription.queue.runs()})
            self.commands.refresh()

    def _transcription_ended(self, _session_id: str, error: Exception | None) -> None:
        self._show_runs()
        if error is not None:
            self.window.say_error(error)

    def _models_changed(self) -> None:
        here = {row.name for row in self.models.rows() if row.is_here}
        if here != self._models_here:
            self._models_here = here
            self.transcription.look_for_models()

    def _models_failed(self, error: Exception) -> None:
        if self.models_dialog is None:  # else it says so itself
            self.window.say_error(error)

    def _transcript_done(self, run: Run) -> None:
        words = self.tr("The transcript of %1 is ready.").replace("%1", run.participant)
        if missing := lack_words(run.lacks):
            words = f"{words} {missing}"

        def show() -> None:
            self.window.come_back()
            self.studies.open(run.folder, lambda _context: self.review(run.session_id))

        self.window.say(words, "warning" if missing else "success", (self.tr("Open in review"), show))
        if not self.window.isActiveWindow():
            self.notices.say(words, show)

    # -- the window -----------------------------------------------------------------------------------------------

    def _held_back(self) -> None:
        self.window.say(self.tr("A recording is running. Stop it before you change to another study."), "warning")

    def _job_failed(self, handle: JobHandle, error: Exception) -> None:
        _log.warning("job %r failed: %s", handle.title, error)
        self.window.say_error(error)

    def _setting_changed(self, name: str) -> None:
        if name == "theme":
            theme().set_mode(settings().theme)

    def _offer_reports(self) -> None:
        reports = pending_reports(paths.crash_dir())
        if not reports:
            return
        text = reports[-1].read_text(encoding="utf-8", errors="replace")
        mark_seen(reports)

        def show() -> None:
            ReportDialog(
                self.tr("Moderato ended unexpectedly last time"),
                self.tr("What was recorded and saved is safe. The report helps to find the reason, if you pass it on."),
                text,
                self.window,
            ).open()

        words = self.tr("Moderato ended unexpectedly last time. What was recorded and saved is safe.")
        self.window.say(words, "warning", (self.tr("Show report"), show))


def run_app(study: Path | None = None, page: str | None = None, session: str | None = None) -> int:
    """Opens the app and returns its exit code when the window is closed. See `Application.open` for the arguments."""
    with running_app() as (qt, app):
        app.open(study, page, session)
        return qt.exec()


@contextmanager
def running_app() -> Iterator[tuple[QApplication, Application]]:
    """The app with its look, its log and its care for crashes, ready to be opened; ended on the way out."""
    QApplication.setApplicationName("moderato")
    QApplication.setDesktopFileName("moderato")
    qt = QApplication(sys.argv[:1])
    start_logging(paths.log_dir())
    crash = CrashHandler(paths.crash_dir())
    crash.install()
    theme().set_mode(settings().theme)
    theme().apply(qt)
    qt.setWindowIcon(app_icon())
    plurals = EnglishPlurals()
    qt.installTranslator(plurals)
    qt.setQuitOnLastWindowClosed(False)
    app = Application()
    app.window.closed.connect(qt.quit)
    try:
        yield qt, app
    finally:
        app.shutdown()
        crash.uninstall()
        stop_logging()
