"""Writes the findings to files, in the background."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, QUrl, Signal
from PySide6.QtGui import QDesktopServices

from annotate.report.files import CsvTable, ReportFormat, Written, export_report
from app.jobs import Progress
from app.study_context import StudyContext
from transcribe.cancel import CancelToken


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing that can be written. `suffix` with its point."""

    form: ReportFormat
    suffix: str
    table: CsvTable = CsvTable.OBSERVATIONS

    @property
    def key(self) -> str:
        return f"{self.form}/{self.table}" if self.form is ReportFormat.CSV else str(self.form)


CHOICES = (
    Choice(ReportFormat.HTML, ".html"),
    Choice(ReportFormat.PDF, ".pdf"),
    Choice(ReportFormat.MARKDOWN, ".md"),
    Choice(ReportFormat.CSV, ".csv"),
    Choice(ReportFormat.CSV, ".csv", CsvTable.ISSUES),
    Choice(ReportFormat.CSV, ".csv", CsvTable.MATRIX),
    Choice(ReportFormat.CSV, ".csv", CsvTable.TASKS),
    Choice(ReportFormat.PPTX, ".pptx"),
    Choice(ReportFormat.CIF, ".html"),
    Choice(ReportFormat.JSON, ".json"),
)


def choice_for(path: Path) -> Choice:
    """What a file's name asks for; a CSV of the observations where it says nothing."""
    found = [one for one in CHOICES if one.suffix == path.suffix.lower()]
    return found[0] if found else CHOICES[3]


class ExportController(QObject):
    """Main thread only.

    Signals:
        exported(Written), failed(Exception).
    """

    exported = Signal(object)
    failed = Signal(object)

    def export(self, context: StudyContext, out: Path, choice: Choice, *, media: bool) -> None:
        """Writes a report or a table; the file appears whole or not at all."""

        def work(cancel: CancelToken, progress: Progress) -> Written:
            with context.open_store() as store:
                return export_report(
                    store,
                    out,
                    choice.form,
                    media=media,
                    table=choice.table,
                    cancel=cancel,
                    on_step=lambda share: progress(share, ""),
                )

        context.jobs.run(
            self.tr("Exporting {name}").format(name=out.name),
            work,
            on_done=self.exported.emit,
            on_error=self.failed.emit,
        )

    @staticmethod
    def open_folder(path: Path) -> None:
        """Shows the folder of a file in the system's file manager."""
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(path.parent)))
