"""A transcription's line in the activity panel: what, how far, how long, and what can be done about it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QProgressBar, QToolButton, QVBoxLayout, QWidget

from app.controllers.job_queue import JobQueue, Run, Standing
from app.palette import Role
from app.theme import SPACE, Text, theme
from app.widgets.basics import ElidedLabel, numbers, row


class RunRow(QWidget):
    """One run. Its buttons pause it or let it go on, move it among those that wait, and take it out."""

    def __init__(self, queue: JobQueue, run: Run) -> None:
        super().__init__()
        self._queue = queue
        self.run = run
        name = self.tr("Transcribing %1").replace("%1", run.participant)
        self._title = ElidedLabel(f"{name} · {run.study}")
        self._detail = numbers("", Text.CAPTION, tone="muted")
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName(name)
        self.up = self._button("ph.arrow-up", self.tr("Earlier"), lambda: queue.move(run, -1))
        self.down = self._button("ph.arrow-down", self.tr("Later"), lambda: queue.move(run, 1))
        self.hold = self._button("ph.pause", self.tr("Pause"), self._hold)
        self.cancel = self._button(
            "ph.x", self.tr("Cancel; what was transcribed is kept"), lambda: queue.cancel(run), self.tr("Cancel")
        )
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE[0])
        top = row(self._title, self.up, self.down, self.hold, self.cancel, spacing=0)
        top.setStretch(0, 1)
        layout.addLayout(top)
        layout.addWidget(self._bar)
        layout.addWidget(self._detail)
        self.refresh()

    def refresh(self) -> None:
        """Shows how the run stands now."""
        run = self.run
        waiting = [each for each in self._queue.runs() if each.handle is None]
        self.up.setVisible(len(waiting) > 1 and run.handle is None)
        self.down.setVisible(self.up.isVisibleTo(self))
        if run in waiting:
            self.up.setEnabled(run is not waiting[0])
            self.down.setEnabled(run is not waiting[-1])
        paused = run.standing is Standing.PAUSED
        self._name(self.hold, self.tr("Go on") if paused else self.tr("Pause"))
        self.hold.setIcon(theme().icon("ph.play" if paused else "ph.pause", Role.TEXT_MUTED))
        ending = run.standing is Standing.ENDING
        self.hold.setEnabled(not ending)
        self.cancel.setEnabled(not ending)
        unknown = run.fraction is None and run.standing in {Standing.RUNNING, Standing.ELSEWHERE}
        self._bar.setRange(0, 0 if unknown else 1000)
        if not unknown:
            self._bar.setValue(round((run.fraction or 0.0) * 1000))
        self._detail.setText(run.text)

    def words(self) -> str:
        """Title and how far, for the folded panel."""
        run = self.run
        name = self.tr("Transcribing %1").replace("%1", run.participant)
        if run.standing is not Standing.RUNNING:
            return f"{name} · {run.text}"
        return name if run.fraction is None else f"{name} {int(run.fraction * 100)} %"

    def _hold(self) -> None:
        if self.run.standing is Standing.PAUSED:
            self._queue.resume(self.run)
        else:
            self._queue.pause(self.run)

    def _button(self, icon: str, tip: str, act: Callable[[], object], name: str = "") -> QToolButton:
        made = QToolButton()
        made.setProperty("look", "quiet")
        made.setIcon(theme().icon(icon, Role.TEXT_MUTED))
        made.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        made.clicked.connect(lambda _checked=False: act())
        self._name(made, name or tip)
        made.setToolTip(tip)
        return made

    def _name(self, made: QToolButton, words: str) -> None:
        made.setToolTip(words)
        made.setAccessibleName(f"{words}: {self.run.participant}")
