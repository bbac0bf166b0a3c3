"""What of the findings is written to a file, and as what."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QDialog,
    QFileDialog,
    QListWidget,
    QListWidgetItem,
    QVBoxLayout,
    QWidget,
)

from annotate.report.files import ReportFormat
from app.controllers.export import CHOICES
from app.palette import Role
from app.settings import settings
from app.theme import SPACE, Text, theme
from app.widgets.basics import button, label, row

_MEDIA = {ReportFormat.HTML, ReportFormat.PDF, ReportFormat.PPTX}


class ExportDialog(QDialog):
    """`chosen`, `out` and `media` are what was asked for once it was accepted."""

    def __init__(self, folder: Path, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Export findings"))
        self.setMinimumWidth(620)
        self._folder, self._name = folder, name
        self.chosen = CHOICES[0]
        self.out: Path | None = None
        self.choices = QListWidget()
        self.choices.setAccessibleName(self.tr("What to write"))
        self.choices.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.choices.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        words = {
            "html": (
                "ph.globe",
                self.tr("Report for a browser (HTML) – one file that loads nothing from elsewhere"),
            ),
            "pdf": ("ph.file-pdf", self.tr("Report on paper (PDF)")),
            "markdown": ("ph.file-text", self.tr("Report for a wiki (Markdown)")),
            "csv/observations": ("ph.table", self.tr("Observations for a spreadsheet (CSV)")),
            "csv/issues": ("ph.table", self.tr("Issues for a spreadsheet (CSV)")),
            "csv/matrix": ("ph.table", self.tr("Who met which issue, for a spreadsheet (CSV)")),
            "csv/tasks": ("ph.table", self.tr("Figures of the tasks, for a spreadsheet (CSV)")),
            "pptx": ("ph.presentation", self.tr("Slides (PPTX)")),
            "cif": ("ph.file-text", self.tr("Common Industry Format, ISO/IEC 25062 (HTML), to be completed")),
            "json": ("ph.brackets-curly", self.tr("Findings and figures for programs (JSON)")),
        }
        for one in CHOICES:
            icon, text = words[one.key]
            item = QListWidgetItem(theme().icon(icon, Role.TEXT), text)
            item.setData(Qt.ItemDataRole.UserRole, one.key)
            self.choices.addItem(item)
        self.media = QCheckBox(self.tr("With &stills and clips"))
        self.media.setToolTip(
            self.tr("Those whose session's consent covers them; they go into a folder beside the report")
        )
        self.save = button(self.tr("&Save as…"), look="primary")
        self.save.setDefault(True)
        cancel = button(self.tr("Cancel"))
        cancel.setAutoDefault(False)
        cancel.clicked.connect(self.reject)
        self.save.clicked.connect(lambda _on: self.ask())
        self.choices.itemDoubleClicked.connect(lambda _item: self.ask())
        self.choices.currentRowChanged.connect(self._on_row)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE[5], SPACE[4], SPACE[5], SPACE[4])
        layout.setSpacing(SPACE[3])
        layout.addWidget(label(self.tr("Export findings"), Text.TITLE))
        layout.addWidget(self.choices, 1)
        layout.addWidget(self.media)
        layout.addLayout(row(None, cancel, self.save))
        keys = [one.key for one in CHOICES]
        wanted = settings().export_as
        self.choices.setCurrentRow(keys.index(wanted) if wanted in keys else 0)
        self.choices.setMinimumHeight(self.choices.sizeHintForRow(0) * len(CHOICES) + 2 * SPACE[1])

    def _on_row(self, number: int) -> None:
        self.chosen = CHOICES[max(0, number)]
        self.media.setEnabled(self.chosen.form in _MEDIA)

    def ask(self, out: Path | None = None) -> None:
        """Asks for the file's name (or takes `out`) and closes."""
        if out is None:
            table = f" {self.chosen.table}" if self.chosen.form is ReportFormat.CSV else ""
            start = self._folder / f"{self._name} findings{table}{self.chosen.suffix}"
            kind = f"{self.chosen.suffix[1:].upper()} (*{self.chosen.suffix})"
            found, _kind = QFileDialog.getSaveFileName(self, self.windowTitle(), str(start), kind)
            if not found:
                return
            out = Path(found)
        self.out = out if out.suffix else out.with_suffix(self.chosen.suffix)
        settings().export_as = self.chosen.key
        self.accept()
