"""The form in which answers to questionnaires are entered: per session the SEQ of each task, and the SUS."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QComboBox, QDialog, QGridLayout, QPushButton, QScrollArea, QWidget

from annotate.changes import ChangeSet
from annotate.figures.data import counting_sessions
from annotate.figures.satisfaction import sus_score
from annotate.figures.words import outcome_words
from annotate.models import Session, TaskRun
from annotate.questionnaires import FORMS, Instrument, Response
from app.controllers.figures import FiguresController
from app.study_context import StudyContext
from app.theme import SPACE, Text
from app.widgets.basics import column, hairline, label, row
from app.widgets.scale_picker import ScalePicker
from app.widgets.screen_room import open_at
from app.widgets.times import short_clock

_TABLES = frozenset({"answer", "response", "task_run", "session"})


class AnswersDialog(QDialog):
    """Every answer is kept at once and can be undone. Digits answer, and go on to the next question."""

    def __init__(self, context: StudyContext, controller: FiguresController, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._controller = controller
        self.setWindowTitle(self.tr("Answers to questionnaires"))
        open_at(self, 760, 700)
        self.sessions = QComboBox()
        self.sessions.setAccessibleName(self.tr("Participant"))
        self.sessions.setMinimumWidth(220)
        self.sessions.currentIndexChanged.connect(lambda _number: self._fill())
        self._before = QPushButton(self.tr("Previous"))
        self._before.clicked.connect(lambda: self._step(-1))
        self._after = QPushButton(self.tr("Next"))
        self._after.clicked.connect(lambda: self._step(1))
        self._score = label("", Text.STRONG, strong=True)
        self._form = QWidget()
        self._room = QScrollArea()
        self._room.setWidgetResizable(True)
        self._room.setWidget(self._form)
        self.ease: dict[str, ScalePicker] = {}
        self.sus: dict[str, ScalePicker] = {}
        name = label(self.tr("Participant"))
        name.setBuddy(self.sessions)
        words = self.tr(
            "Type a digit to answer and go on, Backspace to take an answer away. Every answer is kept at once."
        )
        close = QPushButton(self.tr("Close"))
        close.clicked.connect(self.accept)
        layout = column(
            row(name, self.sessions, self._before, self._after, None, self._score),
            label(words, tone="muted", wrap=True),
            self._room,
            row(None, close),
            spacing=SPACE[2],
        )
        layout.setContentsMargins(SPACE[3], SPACE[3], SPACE[3], SPACE[3])
        layout.setStretch(2, 1)
        self.setLayout(layout)
        for keys, act in ((("Ctrl+Z",), context.undo.undo), (("Ctrl+Shift+Z", "Ctrl+Y"), context.undo.redo)):
            for key in keys:
                QShortcut(QKeySequence(key), self).activated.connect(act)
        QShortcut(QKeySequence("Alt+Left"), self).activated.connect(lambda: self._step(-1))
        QShortcut(QKeySequence("Alt+Right"), self).activated.connect(lambda: self._step(1))
        self._before.setToolTip(self.tr("Previous participant ({key})").format(key="Alt+Left"))
        self._after.setToolTip(self.tr("Next participant ({key})").format(key="Alt+Right"))
        context.changed.connect(self._on_changed)
        self._runs: list[TaskRun] = []
        self._list_sessions()

    @property
    def session(self) -> Session | None:
        """Whose answers are shown."""
        found = self.sessions.currentData()
        return found if isinstance(found, Session) else None

    def choose(self, session_id: str) -> None:
        """Shows the answers of a session."""
        for place in range(self.sessions.count()):
            if self.sessions.itemData(place).id == session_id:
                self.sessions.setCurrentIndex(place)

    # -- inside ------------------------------------------------------------------------------------------------

    def _list_sessions(self) -> None:
        self.sessions.blockSignals(True)  # laid out once, when all are there
        for session in counting_sessions(self._context.store):
            when = (session.started_utc or "")[:10]
            self.sessions.addItem(f"{session.participant_code} · {when}", session)
        self.sessions.blockSignals(False)
        if self.sessions.count():
            self._fill()
        else:
            self._say_nothing()

    def _say_nothing(self) -> None:
        words = self.tr("There is no recorded session yet. Answers belong to one.")
        self._form = QWidget()
        self._form.setLayout(column(label(words, tone="muted", wrap=True), None))
        self._room.setWidget(self._form)
        for widget in (self.sessions, self._before, self._after):
            widget.setEnabled(False)

    def _step(self, by: int) -> None:
        self.sessions.setCurrentIndex(min(max(0, self.sessions.currentIndex() + by), self.sessions.count() - 1))

    def _fill(self) -> None:
        """Lays the form of a session out anew."""
        session = self.session
        if session is None:
            return
        at = self.sessions.currentIndex()
        self._before.setEnabled(at > 0)
        self._after.setEnabled(at < self.sessions.count() - 1)
        self._runs = self._context.store.task_runs(session.id)
        self.ease, self.sus = {}, {}
        self._form = QWidget()
        grid = QGridLayout(self._form)
        grid.setContentsMargins(SPACE[1], SPACE[1], SPACE[2], SPACE[1])
        grid.setHorizontalSpacing(SPACE[2])
        grid.setVerticalSpacing(SPACE[1])
        grid.setColumnStretch(0, 1)
        self._add_seq(grid, session)
        grid.addWidget(hairline(), grid.rowCount(), 0, 1, 2)
        self._add_sus(grid, session)
        grid.setRowStretch(grid.rowCount(), 1)
        self._room.setWidget(self._form)
        self._show_answers()
        first = next(iter((*self.ease.values(), *self.sus.values())), None)
        if first is not None:
            first.setFocus()

    def _add_seq(self, grid: QGridLayout, session: Session) -> None:
        form = FORMS[Instrument.SEQ]
        _heading(grid, self.tr("SEQ, after each task"), form.items[0][1], form.ends, form.low, form.high)
        if not self._runs:
            words = self.tr("No task was started in this session.")
            grid.addWidget(label(words, tone="muted", wrap=True), grid.rowCount(), 0, 1, 2)
        for run in self._runs:
            again = f" ({run.attempt})" if run.attempt > 1 else ""
            words = f"{run.task_title}{again} · {short_clock(run.t_start_ns)} · {outcome_words(run.outcome)}"
            picker = ScalePicker(form.low, form.high, f"SEQ, {run.task_title}{again}", form.ends)
            picker.picked.connect(partial(self._answer, Instrument.SEQ, session.id, form.names[0], run_id=run.id))
            self.ease[run.id] = picker
            _line(grid, words, picker)

    def _add_sus(self, grid: QGridLayout, session: Session) -> None:
        form = FORMS[Instrument.SUS]
        _heading(grid, self.tr("SUS, at the end"), "", form.ends, form.low, form.high)
        for number, (name, words) in enumerate(form.items, 1):
            picker = ScalePicker(form.low, form.high, f"SUS {number}. {words}", form.ends)
            picker.picked.connect(partial(self._answer, Instrument.SUS, session.id, name))
            self.sus[name] = picker
            _line(grid, f"{number}. {words}", picker)

    def _answer(
        self, instrument: Instrument, session_id: str, item: str, number: int | None, run_id: str | None = None
    ) -> None:
        self._controller.answer(instrument, session_id, item, number, run_id)
        self._show_answers()

    def _show_answers(self) -> None:
        session = self.session
        if session is None:
            return
        responses = self._context.store.responses(session.id)
        ease = {one.task_run_id: one.values()[0] for one in responses if one.instrument is Instrument.SEQ}
        for run_id, picker in self.ease.items():
            picker.set_value(ease.get(run_id))
        sus = next((one for one in responses if one.instrument is Instrument.SUS), None)
        given = dict(sus.answers) if sus is not None else {}
        for name, picker in self.sus.items():
            picker.set_value(given.get(name))
        self._show_score(sus)

    def _show_score(self, sus: Response | None) -> None:
        if sus is None:
            self._score.setText("")
        elif sus.complete:
            self._score.setText(self.tr("SUS {score}").format(score=f"{sus_score(sus.values()):g}"))
        else:
            left = len(FORMS[Instrument.SUS].items) - len(sus.answers)
            self._score.setText(self.tr("SUS: %n answer(s) to go", "", left))

    def _on_changed(self, change: ChangeSet | None, initiator: object) -> None:
        if initiator is not self._controller and (change is None or change.tables & _TABLES):
            runs = self._context.store.task_runs(self.session.id) if self.session is not None else []
            if [run.id for run in runs] != [run.id for run in self._runs]:
                self._fill()
            else:
                self._show_answers()


def _heading(grid: QGridLayout, title: str, words: str, ends: tuple[str, str], low: int, high: int) -> None:
    number = grid.rowCount()
    grid.addWidget(label(title, Text.STRONG, strong=True), number, 0)
    scale = label(f"{low} {ends[0]} – {high} {ends[1]}", Text.CAPTION, tone="muted")
    grid.addWidget(scale, number, 1, Qt.AlignmentFlag.AlignBottom)
    if words:
        grid.addWidget(label(words, tone="muted", wrap=True), number + 1, 0, 1, 2)


def _line(grid: QGridLayout, words: str, picker: ScalePicker) -> None:
    number = grid.rowCount()
    name = label(words, wrap=True)
    name.setBuddy(picker)
    grid.addWidget(name, number, 0)
    grid.addWidget(picker, number, 1, Qt.AlignmentFlag.AlignVCenter)
