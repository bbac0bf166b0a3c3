"""Who changed what, and when: of the selected observation, of the session, or of the whole study."""

from __future__ import annotations

from enum import StrEnum

from PySide6.QtCore import QModelIndex, Qt, QTimer, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QDialog,
    QFrame,
    QHeaderView,
    QStackedWidget,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from annotate.changes import ChangeSet
from annotate.models import Change
from app.history_words import HistoryLine, HistoryWords
from app.jobs import JobHandle, Progress
from app.models.history import HistoryColumn, HistoryModel
from app.models.keyed import ROW_ROLE
from app.study_context import StudyContext
from app.theme import SPACE, Text, theme
from app.widgets.basics import label, row
from app.widgets.notice import Notice
from app.widgets.row_height import follow_density
from app.widgets.screen_room import open_at
from transcribe.cancel import CancelToken

LIMIT = 2000
"""So many changes are shown; `moderato history --last` tells more."""
_WAIT_MS = 200


class Scope(StrEnum):
    OBSERVATION = "observation"
    SESSION = "session"
    STUDY = "study"


class HistoryWindow(QDialog):
    """A window of its own, kept up to date while it is open.

    Signals:
        observation_wanted(id): a line of it was opened with Enter or a double click.
    """

    observation_wanted = Signal(str)

    def __init__(self, context: StudyContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("History"))
        open_at(self, 860, 520)
        self._context = context
        self._session_id: str | None = None
        self._observation_id: str | None = None
        self._job: JobHandle | None = None
        self.scope = QComboBox()
        self.scope.setAccessibleName(self.tr("Of what"))
        self.scope.setToolTip(self.tr("Of what"))
        for scope, words in (
            (Scope.OBSERVATION, self.tr("The selected observation")),
            (Scope.SESSION, self.tr("This session")),
            (Scope.STUDY, self.tr("The whole study")),
        ):
            self.scope.addItem(words, scope)
        self.scope.activated.connect(self.refresh)
        self.model = HistoryModel(self)
        self.table = QTableView()
        self.table.setModel(self.model)
        self.table.setAccessibleName(self.tr("Changes, newest first"))
        self.table.setFrameShape(QFrame.Shape.NoFrame)
        self.table.setShowGrid(False)
        self.table.setWordWrap(False)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setTabKeyNavigation(False)
        self.table.activated.connect(self._on_activated)
        self.table.verticalHeader().hide()
        follow_density(self.table, 32)
        header = self.table.horizontalHeader()
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        metrics = self.table.fontMetrics()
        for column, sample in (
            (HistoryColumn.WHEN, "2026-12-28 22:58:58"),
            (HistoryColumn.WHO, "Alexandra Meier"),
            (HistoryColumn.WHAT, "Observation at 1:12:58 "),
        ):
            header.resizeSection(column, metrics.horizontalAdvance(sample) + 2 * SPACE[2])
        header.setSectionResizeMode(HistoryColumn.HOW, QHeaderView.ResizeMode.Stretch)
        self._notice = Notice()
        self._stack = QStackedWidget()
        self._stack.addWidget(self._notice)
        self._stack.addWidget(self.table)
        self._count = label("", Text.CAPTION, tone="muted")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE[3], SPACE[3], SPACE[3], SPACE[2])
        layout.setSpacing(SPACE[2])
        layout.addLayout(row(self.scope, None, self._count))
        layout.addWidget(self._stack, 1)
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(_WAIT_MS)
        self._soon.timeout.connect(self.refresh)
        context.changed.connect(self._on_changed)
        theme().changed.connect(self.table.viewport().update)

    def show_for(self, session_id: str | None, observation_id: str | None, scope: Scope | None = None) -> None:
        """What is selected on the desk; `scope` changes what is shown of it."""
        self._session_id, self._observation_id = session_id, observation_id or None
        there = {Scope.OBSERVATION: self._observation_id, Scope.SESSION: session_id, Scope.STUDY: ""}
        model = self.scope.model()
        for number in range(self.scope.count()):
            index = model.index(number, 0)
            usable = there[Scope(self.scope.itemData(number))] is not None
            model.setData(index, None if usable else 0, Qt.ItemDataRole.UserRole - 1)  # Qt's own way to disable one
        wanted = scope or Scope(self.scope.currentData())
        if there[wanted] is None:
            wanted = Scope.SESSION if session_id is not None else Scope.STUDY
        self.scope.setCurrentIndex(self.scope.findData(wanted))
        if self.isVisible():
            self.refresh()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.refresh()

    def refresh(self) -> None:
        """Reads the changes in the background."""
        if self._job is not None and not self._job.done:
            self._job.cancel()
        context, scope = self._context, Scope(self.scope.currentData())
        session_id = self._session_id if scope is Scope.SESSION else None
        observation_id = self._observation_id if scope is Scope.OBSERVATION else None

        def read(_cancel: CancelToken, _progress: Progress) -> tuple[list[HistoryLine], int]:
            with context.open_store() as store:
                found: list[Change] = store.history(session_id=session_id, observation_id=observation_id, limit=LIMIT)
                return HistoryWords(store).lines(found), len(found)

        self._job = context.jobs.run(self.tr("Reading the history"), read, self._show, quiet=True)

    def _show(self, found: tuple[list[HistoryLine], int]) -> None:
        lines, count = found
        self.model.set_rows(lines)
        words = self.tr("the newest %n", "", LIMIT) if count == LIMIT else self.tr("%n change(s)", "", len(lines))
        self._count.setText(words if lines else "")
        if not lines:
            self._notice.say(
                "ph.clock-counter-clockwise",
                self.tr("Nothing was changed yet"),
                self.tr("Every change is written down here, with who made it."),
            )
        self._stack.setCurrentWidget(self.table if lines else self._notice)

    def _on_activated(self, index: QModelIndex) -> None:
        line = index.data(ROW_ROLE)
        if isinstance(line, HistoryLine) and line.change.table in {"observation", "observation_tag"}:
            self.observation_wanted.emit(line.change.row_id.partition("/")[0])

    def _on_changed(self, _change: ChangeSet | None, _initiator: object) -> None:
        if self.isVisible():
            self._soon.start()
