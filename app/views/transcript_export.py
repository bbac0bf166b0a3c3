"""Asks as what, and where to, a transcript is written."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QCheckBox, QDialog, QFileDialog, QRadioButton, QVBoxLayout, QWidget

from annotate.export.transcript import TranscriptFormat
from app.settings import settings
from app.theme import SPACE, Text
from app.widgets.basics import button, label, row

_WITH_TIMES = {TranscriptFormat.TXT, TranscriptFormat.DOCX}


class TranscriptExportDialog(QDialog):
    """Signals: wanted(Path, TranscriptFormat, times, speakers)."""

    wanted = Signal(object, object, bool, bool)

    def __init__(self, code: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Export the transcript"))
        self._code = code
        self._forms = QButtonGroup(self)
        words = {
            TranscriptFormat.DOCX: self.tr("Word document (.docx)"),
            TranscriptFormat.TXT: self.tr("Text (.txt)"),
            TranscriptFormat.VTT: self.tr("Subtitles, WebVTT (.vtt)"),
            TranscriptFormat.SRT: self.tr("Subtitles, SubRip (.srt)"),
            TranscriptFormat.JSON: self.tr("Words with their times, for programs (.json)"),
        }
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE[4], SPACE[4], SPACE[4], SPACE[3])
        layout.setSpacing(SPACE[1])
        layout.addWidget(label(self.tr("Export the transcript"), Text.TITLE))
        layout.addSpacing(SPACE[1])
        for number, (form, text) in enumerate(words.items()):
            choice = QRadioButton(text)
            choice.setChecked(form.value == settings().transcript_format)
            self._forms.addButton(choice, number)
            layout.addWidget(choice)
        self._list = list(words)
        layout.addSpacing(SPACE[1])
        self.times = QCheckBox(self.tr("With times"))
        self.times.setChecked(True)
        self.speakers = QCheckBox(self.tr("With speakers"))
        self.speakers.setChecked(True)
        layout.addWidget(self.times)
        layout.addWidget(self.speakers)
        layout.addSpacing(SPACE[2])
        cancel = button(self.tr("Cancel"))
        cancel.setAutoDefault(False)
        cancel.clicked.connect(self.reject)
        go = button(self.tr("Choose where to…"), look="primary")
        go.setDefault(True)
        go.clicked.connect(self._choose)
        layout.addLayout(row(None, cancel, go))
        self._forms.idClicked.connect(lambda _id: self._follow())
        self._follow()

    @property
    def form(self) -> TranscriptFormat:
        return self._list[max(0, self._forms.checkedId())]

    def _follow(self) -> None:
        self.times.setEnabled(self.form in _WITH_TIMES)
        self.speakers.setEnabled(self.form is not TranscriptFormat.JSON)

    def _choose(self) -> None:
        suffix = f".{self.form.value}"
        start = str(Path.home() / f"{self._code}{suffix}")
        chosen, _ = QFileDialog.getSaveFileName(self, self.tr("Export the transcript"), start, f"*{suffix}")
        if chosen:
            self.write_to(Path(chosen))

    def write_to(self, path: Path) -> None:
        """Asks for the file to be written there, with its suffix, and closes."""
        suffix = f".{self.form.value}"
        if path.suffix.lower() != suffix:
            path = path.with_name(path.name + suffix)
        settings().transcript_format = self.form.value
        self.wanted.emit(path, self.form, self.times.isChecked(), self.speakers.isChecked())
        self.accept()
