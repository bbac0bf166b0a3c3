"""How a clip is to be cut: from when to when, with what."""

from __future__ import annotations

from PySide6.QtWidgets import QCheckBox, QComboBox, QDialog, QFormLayout, QVBoxLayout, QWidget

from annotate.errors import StudyError
from annotate.evidence.spec import Captions, ClipSpec
from annotate.timeline import SECOND, format_time
from app.theme import SPACE, Text
from app.widgets.basics import announce, button, label, row
from app.widgets.observation_editor import TimeField
from app.wording import sentence


class ClipDialog(QDialog):
    """Asks for a clip; `spec` is what was chosen once it is accepted."""

    def __init__(self, spec: ClipSpec, duration_ns: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Cut a clip"))
        self._duration_ns = duration_ns
        self._start_ns, self._end_ns = spec.t_start_ns, spec.t_end_ns
        self.spec = spec
        self.start = TimeField(self.tr("Start"))
        self.end = TimeField(self.tr("End"))
        self.start.set_time(spec.t_start_ns)
        self.end.set_time(spec.t_end_ns)
        self.start.changed.connect(self._on_start)
        self.end.changed.connect(self._on_end)
        self._length = label("", tone="muted")
        self.captions = QComboBox()
        for captions, words in (
            (Captions.BURNT, self.tr("In the picture")),
            (Captions.SRT, self.tr("A file beside it (SRT)")),
            (Captions.VTT, self.tr("A file beside it (WebVTT)")),
            (Captions.NONE, self.tr("None")),
        ):
            self.captions.addItem(words, captions)
        self.captions.setCurrentIndex(self.captions.findData(spec.captions))
        self.captions.setAccessibleName(self.tr("Captions"))
        self.pointer = QCheckBox(self.tr("Show pointer and &clicks"))
        self.pointer.setChecked(spec.pointer)
        self.sound = QCheckBox(self.tr("With &sound"))
        self.sound.setChecked(spec.sound)
        self._problem = label("", tone="danger", wrap=True)
        self._problem.hide()
        self.cut = button(self.tr("Cut"), look="primary", icon="ph.scissors")
        self.cut.setDefault(True)
        self.cut.clicked.connect(self._take)
        cancel = button(self.tr("Cancel"))
        cancel.setAutoDefault(False)
        cancel.clicked.connect(self.reject)
        form = QFormLayout()
        form.setHorizontalSpacing(SPACE[3])
        form.setVerticalSpacing(SPACE[2])
        form.addRow(self.tr("From"), row(self.start, label("–"), self.end, self._length, None))
        form.addRow(self.tr("Ca&ptions"), self.captions)
        form.addRow("", self.pointer)
        form.addRow("", self.sound)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE[5], SPACE[4], SPACE[5], SPACE[4])
        layout.setSpacing(SPACE[3])
        layout.addWidget(label(self.tr("Cut a clip"), Text.TITLE))
        layout.addLayout(form)
        hint = self.tr("What was not agreed to, private pauses and lines nobody has verified are left out.")
        layout.addWidget(label(hint, Text.CAPTION, tone="muted", wrap=True))
        layout.addWidget(self._problem)
        layout.addLayout(row(None, cancel, self.cut))
        self._show_length()

    def _on_start(self, t_ns: int | None) -> None:
        self._start_ns = min(t_ns or 0, self._duration_ns)
        self._show_length()

    def _on_end(self, t_ns: int | None) -> None:
        self._end_ns = self._duration_ns if t_ns is None else min(t_ns, self._duration_ns)
        self._show_length()

    def _show_length(self) -> None:
        self.start.set_time(self._start_ns)
        self.end.set_time(self._end_ns)
        seconds = (self._end_ns - self._start_ns) / SECOND
        self._length.setText(f"{seconds:.1f} s" if 0 <= seconds < 60 else format_time(self._end_ns - self._start_ns))

    def _take(self) -> None:
        try:
            self.spec = ClipSpec(
                self._start_ns,
                self._end_ns,
                Captions(self.captions.currentData()),
                self.pointer.isChecked(),
                self.sound.isChecked(),
            )
        except StudyError as error:
            self._problem.setText(sentence(error))
            self._problem.show()
            announce(self, sentence(error))
            return
        self.accept()
