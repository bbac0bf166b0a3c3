"""Everything that takes long, bottom left: what it is, how far it is, how long it will take, and a way to end it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtWidgets import QApplication, QFrame, QProgressBar, QToolButton, QVBoxLayout, QWidget

from app.controllers.job_queue import JobQueue, Run, Standing
from app.jobs import JobHandle, Jobs
from app.palette import Role
from app.theme import SPACE, Text, theme
from app.widgets.basics import ElidedLabel, label, numbers, row
from app.widgets.run_row import RunRow

WIDTH = 340
_APPEARS_AFTER_MS = 400  # what is over sooner isn't worth a flicker
FOLDS_AFTER_MS = 3_000


class ActivityPanel(QFrame):
    """Floats over its parent's lower left corner while jobs run or wait; soon folds to a chip with title and percents.

    What is worked with stands at the right of a page. Once the user has unfolded it, it stays so while jobs run.
    """

    def __init__(self, jobs: Jobs, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("activity")
        self.setAccessibleName(self.tr("Activity"))
        self._under = parent
        self._rows: dict[JobHandle, _JobRow] = {}
        self._runs: dict[Run, RunRow] = {}
        self._queue: JobQueue | None = None
        self._folds = QTimer(self)
        self._folds.setSingleShot(True)
        self._folds.setInterval(FOLDS_AFTER_MS)
        self._folds.timeout.connect(self._fold_away)
        self._head = label("", strong=True)
        self._fold = QToolButton()
        self._fold.setProperty("look", "quiet")
        self._fold.setCheckable(True)
        self._fold.toggled.connect(self._folded)
        self._fold.clicked.connect(self._folds.stop)
        self._list = QWidget()
        self._body = QVBoxLayout(self._list)
        self._body.setContentsMargins(0, 0, 0, 0)
        self._body.setSpacing(SPACE[2])
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE[3], SPACE[1], SPACE[1], SPACE[2])
        layout.setSpacing(SPACE[1])
        layout.addLayout(row(self._head, None, self._fold))
        layout.addWidget(self._list)
        self._folded(False)
        jobs.started.connect(self._started)
        jobs.finished.connect(self._finished)
        parent.installEventFilter(self)
        self.hide()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.Resize or event.type() is QEvent.Type.ChildAdded:
            self._place()
        return super().eventFilter(watched, event)

    def shown_jobs(self) -> list[JobHandle]:
        """The jobs that have a line here."""
        return list(self._rows)

    def show_queue(self, queue: JobQueue) -> None:
        """Lists the transcriptions that run and wait, below the jobs."""
        self._queue = queue
        queue.changed.connect(self._queue_changed)
        queue.moved.connect(self._run_moved)
        self._queue_changed()

    def shown_runs(self) -> list[RunRow]:
        """The lines of the transcriptions, from top to bottom."""
        return list(self._runs.values())

    def open(self) -> bool:
        """Unfolds, with the focus on the first button, if there is anything to show; tells whether there is."""
        if not self.isVisible():
            return False
        self._folds.stop()
        self._fold.setChecked(False)
        self._fold.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.focusNextChild()
        return True

    def _queue_changed(self) -> None:
        assert self._queue is not None
        before, runs = self._runs, self._queue.runs()
        if list(before) != runs:
            focus = QApplication.focusWidget()
            self._runs = {run: before[run] if run in before else RunRow(self._queue, run) for run in runs}
            for line in (line for run, line in before.items() if run not in self._runs):
                self._body.removeWidget(line)
                line.hide()
                line.deleteLater()
            for line in self._runs.values():
                self._body.removeWidget(line)
                self._body.addWidget(line)
                line.show()
            if focus is not None and self.isAncestorOf(focus):
                focus.setFocus()  # a line that moved keeps it
            if runs and not before and len(runs) == len(self._rows) + 1:
                self._appear()
        for line in self._runs.values():
            line.refresh()
        self._refresh()

    def _run_moved(self, session_id: str) -> None:
        for run, line in self._runs.items():
            if run.session_id == session_id:
                line.refresh()
        self._show_head()

    def _appear(self) -> None:
        self._fold.setChecked(False)
        self._folds.start()

    def _started(self, handle: JobHandle) -> None:
        if not handle.quiet:
            QTimer.singleShot(_APPEARS_AFTER_MS, self, lambda: self._add(handle))

    def _add(self, handle: JobHandle) -> None:
        if _over(handle) or handle in self._rows:
            return
        line = _JobRow(handle)
        self._rows[handle] = line
        self._body.addWidget(line)
        handle.changed.connect(self._show_head)
        if len(self._rows) + len(self._runs) == 1:
            self._appear()
        self._refresh()

    def _finished(self, handle: JobHandle) -> None:
        line = self._rows.pop(handle, None)
        if line is not None:
            self._body.removeWidget(line)
            line.hide()
            line.deleteLater()
            self._refresh()

    def _refresh(self) -> None:
        self._show_head()
        self.setVisible(bool(self._rows or self._runs))
        self._place()

    def head_words(self) -> str:
        """How many run and wait; folded, the title and the percents of the only one."""
        if self._fold.isChecked() and len(self._rows) + len(self._runs) == 1:
            for line in self._runs.values():
                return line.words()
            [handle] = self._rows
            if handle.fraction is None:
                return handle.title
            return f"{handle.title} {handle.fraction:.0%}".replace("%", " %")
        at_work = {Standing.RUNNING, Standing.ENDING}
        running = len(self._rows) + sum(run.standing in at_work for run in self._runs)
        waiting = len(self._rows) + len(self._runs) - running
        words = [self.tr("%n job(s) running", "", running)] if running or not waiting else []
        words += [self.tr("%n waiting", "", waiting)] if waiting else []
        return ", ".join(words)

    def _show_head(self) -> None:
        words = self.head_words()
        if words != self._head.text():
            self._head.setText(words)
            self._place()

    def _fold_away(self) -> None:
        if self.underMouse() or self.isAncestorOf(QApplication.focusWidget() or self._under):
            self._folds.start()  # somebody is about to use it
        else:
            self._fold.setChecked(True)

    def _folded(self, folded: bool) -> None:
        self._list.setVisible(not folded)
        words = self.tr("Unfold the activity panel") if folded else self.tr("Fold the activity panel")
        self._fold.setAccessibleName(words)
        self._fold.setToolTip(words)
        self._show_head()
        self._fold.setIcon(theme().icon("ph.caret-up" if folded else "ph.caret-down", Role.TEXT_MUTED))
        self._place()

    def _place(self) -> None:
        parent = self._under
        layout = self.layout()
        if layout is not None:
            layout.activate()
        self.setFixedWidth(min(WIDTH, self.sizeHint().width()) if self._fold.isChecked() else WIDTH)
        self.adjustSize()
        self.move(SPACE[3], parent.height() - self.height() - SPACE[3])
        self.raise_()


class _JobRow(QWidget):
    def __init__(self, handle: JobHandle) -> None:
        super().__init__()
        self._handle = handle
        self._title = ElidedLabel(handle.title)
        self._detail = numbers("", Text.CAPTION, tone="muted")
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName(handle.title)
        cancel = QToolButton()
        cancel.setProperty("look", "quiet")
        cancel.setIcon(theme().icon("ph.x", Role.TEXT_MUTED))
        cancel.setAccessibleName(self.tr("Cancel: %1").replace("%1", handle.title))
        cancel.setToolTip(self.tr("Cancel"))
        cancel.setVisible(handle.cancellable)
        cancel.clicked.connect(handle.cancel)
        cancel.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE[0])
        top = row(self._title, cancel)
        top.setStretch(0, 1)
        layout.addLayout(top)
        layout.addWidget(self._bar)
        layout.addWidget(self._detail)
        handle.changed.connect(self._show)
        self._show()

    def _show(self) -> None:
        handle = self._handle
        if handle.fraction is None:
            self._bar.setRange(0, 0)
        else:
            self._bar.setRange(0, 1000)
            self._bar.setValue(round(handle.fraction * 1000))
        self._detail.setText(self._words())

    def _words(self) -> str:
        handle = self._handle
        if handle.cancelled:
            return self.tr("Ending…")
        parts = [handle.text] if handle.text else []
        if handle.fraction is not None:
            parts.append(f"{handle.fraction:.0%}")
        remaining = handle.remaining_s()
        if remaining is not None:
            parts.append(self._left(remaining))
        return " · ".join(parts) or self.tr("Working…")

    def _left(self, seconds: float) -> str:
        if seconds < 60:
            return self.tr("less than a minute left")
        return self.tr("about %n minute(s) left", "", round(seconds / 60))


def _over(handle: JobHandle) -> bool:
    try:
        return handle.done
    except RuntimeError:  # Qt has deleted it already
        return True
