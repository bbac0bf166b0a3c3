"""Writes the findings to files, in the background."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, QUrl, Signal
from PySide6.QtGui import QDesktopServices

from annotate.export.csv import ExportReport, export_csv
from app.jobs import Progress
from app.study_context import StudyContext
from transcribe.cancel import CancelToken


class ExportController(QObject):
    """Main thread only.

    Signals:
        exported(ExportReport), failed(Exception).
    """

    exported = Signal(object)
    failed = Signal(object)

    def export_csv(self, context: StudyContext, out: Path) -> None:
        """Writes the CSV; the file appears whole or not at all."""

        def work(_cancel: CancelToken, _progress: Progress) -> ExportReport:
            with context.open_store() as store:
                return export_csv(store, out)

        context.jobs.run(
            self.tr("Exporting {name}").format(name=out.name),
            work,
            on_done=self.exported.emit,
            on_error=self.failed.emit,
            cancellable=False,
        )

    @staticmethod
    def open_folder(path: Path) -> None:
        """Shows the folder of a file in the system's file manager."""
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(path.parent)))
