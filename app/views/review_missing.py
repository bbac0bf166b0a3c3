"""What the review desk says and offers where a session's picture is not in its place."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QObject, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from annotate.copying import copy_recording
from annotate.found_media import put_back_file
from app.controllers.review import ReviewController
from app.controllers.session_load import LoadedSession
from app.jobs import Progress
from app.widgets.video_view import VideoView
from app.wording import sentence
from transcribe.cancel import CancelToken


class MissingMedia(QObject):
    """Says it in the picture's place, with a button that looks for it. Main thread only.

    Signals:
        message(words, tone, None): for the window's message bar.
    """

    message = Signal(str, str, object)

    def __init__(self, video: VideoView, controller: ReviewController, page: QWidget) -> None:
        super().__init__(page)
        self._page = page
        self._video = video
        self._controller = controller
        self._loaded: LoadedSession | None = None
        video.action.clicked.connect(self.find)

    def show(self, loaded: LoadedSession) -> None:
        """Says why there is no picture."""
        self._loaded = loaded
        gone = loaded.media_missing and not loaded.recording
        action = self.tr("Find it…") if gone else ""
        self._video.set_message(*missing_words(loaded), "ph.film-strip", action)

    def find(self) -> None:
        """Asks where it is, and puts it back."""
        loaded = self._loaded
        if loaded is None:
            return
        if loaded.bundle is None:
            title = self.tr("Find the recording: choose the folder that has its manifest.json in it")
            chosen = QFileDialog.getExistingDirectory(self._page, title)
        else:
            title = self.tr("Find the picture’s file {name}").format(name=loaded.bundle.screen_path.name)
            films = self.tr("Films (*.mp4 *.mkv *.mov);;All files (*)")
            chosen, _ = QFileDialog.getOpenFileName(self._page, title, "", films)
        if chosen:
            self.put_back(Path(chosen))

    def put_back(self, found: Path) -> None:
        """Puts back what was found, in the background; the session is opened anew then."""
        loaded, context = self._loaded, self._controller.context
        if loaded is None or context is None:
            return
        bundle, session = loaded.bundle, loaded.session
        work: Callable[[CancelToken, Progress], None]
        if bundle is None:

            def work(_cancel: CancelToken, _progress: Progress) -> None:
                with context.open_store() as store:
                    copy_recording(store, session.id, found)

        else:

            def work(cancel: CancelToken, progress: Progress) -> None:
                put_back_file(bundle, found, cancel, lambda share: progress(share, ""))

        def done(_nothing: None) -> None:
            if self._controller.session_id == session.id:
                self._controller.reopen()
            self.message.emit(self.tr("The recording is back in its place."), "success", None)

        def failed(error: Exception) -> None:
            self.message.emit(sentence(error), "warning", None)

        context.jobs.run(self.tr("Putting the recording back"), work, done, failed)


def missing_words(loaded: LoadedSession) -> tuple[str, str]:
    """Why there is no picture, and what can be done all the same: shown in its place."""
    tr = QCoreApplication.translate
    context = "ReviewPage"
    if loaded.recording:
        return (
            tr(context, "This session is being recorded right now"),
            tr(context, "Its picture can be reviewed when the recording has ended."),
        )
    rest = tr(context, "Transcript, timeline and observations can still be worked on.")
    if not loaded.media_missing:
        return tr(context, "The picture’s file cannot be read"), rest
    if loaded.bundle is None:
        return tr(context, "The recording’s folder is not there"), rest
    name = loaded.bundle.screen_path.name
    return tr(context, "The picture’s file {name} is not there").format(name=name), rest
