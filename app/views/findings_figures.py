"""The figures tab of Findings: completion, times, questionnaires, and where words and deeds part."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QListWidgetItem, QPushButton, QSplitter, QWidget

from annotate.figures.methods import Figure
from annotate.figures.satisfaction import SEQ_USUAL
from annotate.figures.study import SEQ_RANGE, SUS_RANGE, StudyFigures, TimesOf
from annotate.figures.words import (
    DASH,
    NO_INTERVAL,
    contradiction_words,
    mean_words,
    method_words,
    outcome_words,
    percent,
    percent_range,
    seconds_words,
    times_of_words,
    times_words,
)
from app.commands import Command, CommandRegistry
from app.controllers.figures import FiguresController
from app.models.task_figures import TaskColumn, TaskFiguresModel
from app.plain import tooltip
from app.theme import SPACE
from app.widgets.basics import Card, column, label, row
from app.widgets.dot_strip import Strip
from app.widgets.figure_table import FigureTable
from app.widgets.figure_tile import FigureTile
from app.widgets.plain_list import PlainList

_SCOPE = "figures"
_PLACE = Qt.ItemDataRole.UserRole


class FiguresTab(QWidget):
    """Tiles for the study, a row for each task, contradictions below.

    Signals:
        go_to_session(session id, t_ns, observation id): show it in review.
        wants_answers: the user wants to enter answers.
    """

    go_to_session = Signal(str, object, str)
    wants_answers = Signal()

    def __init__(self, controller: FiguresController, commands: CommandRegistry) -> None:
        super().__init__()
        self._controller = controller
        self.model = TaskFiguresModel(self)
        self.table = FigureTable(self.model, self.tr("Figures by task"))
        self.completion = FigureTile(self.tr("Completion"))
        self.total = FigureTile(self.tr("Time for all tasks"))
        self.goals = FigureTile(self.tr("Goals per minute"))
        self.seq = FigureTile(self.tr("Ease (SEQ)"))
        self.sus = FigureTile(self.tr("SUS"))
        hint = self.tr("Enter the answers to SEQ and SUS")
        commands.add(
            Command("figures.answers", self.tr("Answers…"), "Q", "ph.clipboard-text", _SCOPE, tip=hint),
            self.wants_answers.emit,
            self,
        )
        self.answers_button = commands.bind(QPushButton(), "figures.answers")
        self.times_of = QComboBox()
        self.times_of.setAccessibleName(self.tr("Times of which runs"))
        for chosen in TimesOf:
            self.times_of.addItem(times_of_words(chosen), chosen)
        self.times_of.activated.connect(lambda number: controller.set_times_of(TimesOf(self.times_of.itemData(number))))
        times_label = label(self.tr("Times of"), tone="muted")
        times_label.setBuddy(self.times_of)
        self._counted = label("", tone="muted")
        self.contradictions = PlainList(self.tr("Contradictions"))
        self.contradictions.itemActivated.connect(self._open)
        self._contradiction_count = label("", tone="muted")
        self._no_contradictions = label("", tone="muted", wrap=True)
        self._build(times_label)

    def show_figures(self, figures: StudyFigures) -> None:
        """Shows them all."""
        self._counted.setText(self._counted_words(figures))
        at = self.table.currentIndex()
        self.model.set_figures(figures)
        self.table.setColumnHidden(TaskColumn.NET, not any(one.net.n for one in figures.tasks))
        if not at.isValid() and self.model.rowCount():
            self.table.setCurrentIndex(self.model.index(0, TaskColumn.COMPLETION))
        self._show_tiles(figures)
        self._show_contradictions(figures)

    # -- inside ------------------------------------------------------------------------------------------------

    def _build(self, times_label: QWidget) -> None:
        head = row(self._counted, None, times_label, self.times_of, self.answers_button)
        tiles = row(self.completion, self.total, self.goals, self.seq, self.sus, spacing=SPACE[1])
        table = Card(margin=1, spacing=0)
        table.body.addWidget(self.table)
        said = Card(margin=SPACE[2], spacing=SPACE[0])
        title = label(self.tr("Contradictions"), strong=True)
        title.setToolTip(tooltip(method_words(Figure.CONTRADICTION)))
        said.body.addLayout(row(title, self._contradiction_count, None))
        self._no_contradictions.setAlignment(Qt.AlignmentFlag.AlignTop)
        said.body.addWidget(self._no_contradictions, 1)
        said.body.addWidget(self.contradictions, 1)
        self.contradictions.setToolTip(tooltip(method_words(Figure.CONTRADICTION)))
        self.split = QSplitter(Qt.Orientation.Vertical)
        self.split.setChildrenCollapsible(False)
        self.split.setHandleWidth(SPACE[1])
        self.split.setStyleSheet("QSplitter::handle { background: transparent; }")  # the gap between cards
        self.split.addWidget(table)
        self.split.addWidget(said)
        self.split.setSizes([380, 150])
        layout = column(head, tiles, self.split, spacing=SPACE[1])
        layout.setStretch(2, 1)
        layout.setContentsMargins(0, SPACE[1], 0, 0)
        self.setLayout(layout)
        self.setFocusProxy(self.table)

    def _counted_words(self, figures: StudyFigures) -> str:
        parts = [self.tr("%n participant(s)", "", len(figures.people))]
        if figures.left_out:
            parts.append(self.tr("%n session(s) left out (pilots, unfinished, withdrawn)", "", figures.left_out))
        if not figures.tasks:
            parts.append(self.tr("add tasks to the study's plan to see figures by task"))
        elif not any(one.runs for one in figures.tasks):
            parts.append(self.tr("no task was tried yet: set in Review where each starts, and how it ended"))
        if figures.repeats:
            parts.append(self.tr("%n repeat(s) left out", "", figures.repeats))
        return " · ".join(parts)

    def _show_tiles(self, figures: StudyFigures) -> None:
        each, done = figures.completion_each, figures.completion
        value = DASH if each.mean is None else percent(each.mean)
        note = self.tr("{count} of {n} runs").format(count=done.count, n=done.n)
        if each.interval is not None:
            note = f"{percent_range(each.interval)} · {note}"
        strip = Strip.of_mean(each, 0.0, 1.0)
        self.completion.show_figure(value, note, Figure.COMPLETION_EACH, n=each.n, strip=strip)
        total = figures.total
        value = DASH if total.centre is None else seconds_words(total.centre)
        note = self.tr("n = {n}").format(n=total.n)
        if total.interval is not None:
            note = f"{seconds_words(total.interval.low)}{DASH}{seconds_words(total.interval.high)} · {note}"
        elif total.alike:
            note = f"{NO_INTERVAL} · {note}"
        span = (min(total.seconds) / 1.1, max(total.seconds) * 1.1) if total.n else (1.0, 2.0)
        strip = Strip.of_times(total, *span)
        self.total.show_figure(value, note, Figure.TOTAL, n=total.n, strip=strip, more=times_words(total))
        goals, spent = figures.goals_per_minute, figures.time_well_spent
        value = DASH if goals is None else f"{goals:.2f}"
        note = "" if spent is None else self.tr("{share} of the time led to a goal").format(share=percent(spent))
        more = method_words(Figure.TIME_WELL_SPENT)
        self.goals.show_figure(value, note, Figure.GOALS_PER_MINUTE, n=figures.completion.n, more=more)
        seq = figures.seq
        value = DASH if seq.mean is None else f"{seq.mean:.1f}"
        note = (
            self.tr("usual: {usual} · n = {n}").format(usual=SEQ_USUAL, n=seq.n) if seq.n else self.tr("no answers yet")
        )
        self.seq.show_figure(
            value, note, Figure.SEQ, n=seq.n, strip=Strip.of_mean(seq, *SEQ_RANGE), more=mean_words(seq)
        )
        self._show_sus(figures)

    def _show_sus(self, figures: StudyFigures) -> None:
        sus = figures.sus
        if sus.grade is None or sus.mean.mean is None:
            self.sus.show_figure(DASH, self.tr("no answers yet"), Figure.SUS, n=0)
            return
        grade = self.tr("{adjective} · percentile {percentile} · n = {n}").format(
            adjective=sus.grade.adjective, percentile=round(sus.grade.percentile), n=sus.mean.n
        )
        scores = ", ".join(f"{person.code} {score:g}" for person, score in sus.scores)
        more = f"{mean_words(sus.mean)}\n{scores}\n" + self.tr("Learnability (items 4 and 10): {value}").format(
            value=f"{sus.learnability or 0:.0f}"
        )
        more += f"\n\n{method_words(Figure.SUS_GRADE)}"
        value = f"{sus.mean.mean:.0f} · {sus.grade.grade}"
        self.sus.show_figure(
            value, grade, Figure.SUS, n=sus.mean.n, strip=Strip.of_mean(sus.mean, *SUS_RANGE), more=more
        )

    def _show_contradictions(self, figures: StudyFigures) -> None:
        self.contradictions.clear()
        for one in figures.contradictions:
            person = figures.person(one.run.person_id)
            words = self.tr("{person} · {task}: {what} (SEQ {ease}, {outcome})").format(
                person=person.code if person is not None else "",
                task=figures.task_title(one.run.task_id),
                what=contradiction_words(one.kind),
                ease=one.run.ease,
                outcome=outcome_words(one.run.outcome),
            )
            item = QListWidgetItem(words)
            item.setToolTip(self.tr("Enter shows the run in Review"))
            item.setData(_PLACE, one.run)
            self.contradictions.addItem(item)
        count = len(figures.contradictions)
        self._contradiction_count.setText(str(count) if count else "")
        answered = figures.seq.n > 0
        self._no_contradictions.setText(
            self.tr("What people said and what they did agree.")
            if answered
            else self.tr("Enter SEQ answers, and it shows where people say “easy” and fail, or the reverse.")
        )
        self._no_contradictions.setVisible(not count)
        self.contradictions.setVisible(bool(count))

    def _open(self, item: QListWidgetItem) -> None:
        run = item.data(_PLACE)
        self.go_to_session.emit(run.session_id, run.t_start_ns, "")
