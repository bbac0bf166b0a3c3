"""A transcript to a file and from one, as jobs."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Signal

from annotate.export.transcript import TranscriptFormat, TranscriptReport, export_transcript
from annotate.import_transcript import ImportReport, import_transcript
from app.controllers.review import ReviewController
from app.jobs import Progress
from app.wording import DOUBT_WORDS
from transcribe.cancel import CancelToken


class TranscriptFiles(QObject):
    """Signals: exported(TranscriptReport), imported(ImportReport), failed(Exception)."""

    exported = Signal(object)
    imported = Signal(object)
    failed = Signal(object)

    def __init__(self, review: ReviewController, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._review = review

    def export(self, out: Path, form: TranscriptFormat, *, times: bool, speakers: bool) -> None:
        """Writes the transcript that is shown."""
        context, session_id = self._review.context, self._review.session_id
        if context is None or session_id is None:
            return

        def write(_cancel: CancelToken, _progress: Progress) -> TranscriptReport:
            with context.open_store() as store:
                return export_transcript(
                    store, session_id, out, form, times=times, speakers=speakers, doubt=DOUBT_WORDS
                )

        context.jobs.run(self.tr("Exporting the transcript"), write, self.exported.emit, self.failed.emit)

    def take_in(self, file: Path) -> None:
        """Reads subtitles, and shows them as the session's transcript."""
        context, session_id = self._review.context, self._review.session_id
        if context is None or session_id is None:
            return

        def read(_cancel: CancelToken, _progress: Progress) -> ImportReport:
            with context.open_store() as store:
                return import_transcript(store, session_id, file)

        def done(report: ImportReport) -> None:
            context.announce(report.change)
            self.imported.emit(report)

        context.jobs.run(self.tr("Importing subtitles"), read, done, self.failed.emit)
