"""Matrix, figures, priority and charts: seen, walked through by keyboard, changed and undone, saved."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QPoint, Qt
from PySide6.QtGui import QFontMetrics, QImage
from PySide6.QtWidgets import QApplication, QMainWindow, QPushButton
from pytestqt.qtbot import QtBot

from annotate.figures.matrix import CellKind
from annotate.figures.priority import RankBy
from annotate.figures.study import StudyFigures, TimesOf
from annotate.models import Outcome, Severity
from annotate.questionnaires import FORMS, Instrument
from annotate.store import StudyStore
from annotate.timeline import SECOND
from app.commands import Command, CommandRegistry
from app.jobs import Jobs
from app.models.matrix import CELL_ROLE, FIRST_PERSON
from app.models.priorities import PriorityColumn
from app.models.task_figures import NOTE_ROLE, TaskColumn
from app.plurals import EnglishPlurals
from app.study_context import StudyContext
from app.theme import SPACE, Text, theme
from app.views.answers import AnswersDialog
from app.views.findings import FindingsPage
from app.views.findings_tabs import FigureTabs
from app.widgets.figure_tile import FigureTile
from benchmarks.findings_study import make_findings_study
from tests.helpers.review_data import make_study
from tests.helpers.shell import own_base

PATIENCE_MS = 30_000
ISSUES, BOARD, MATRIX, FIGURES, PRIORITY, CHARTS = range(6)


class Open:
    """The findings page of a study in a window."""

    def __init__(self, qtbot: QtBot, store: StudyStore) -> None:
        self.qtbot = qtbot
        self.jobs, self.commands, self.window = Jobs(), CommandRegistry(), QMainWindow()
        self.context = StudyContext(store, self.jobs, author="Ada")
        self.failures: list[Exception] = []
        self.context.failed.connect(self.failures.append)
        self.commands.add(Command("edit.undo", "Undo", "Ctrl+Z"), self.context.undo.undo, self.window)
        self.page = FindingsPage(self.context, self.commands)
        self.window.setCentralWidget(self.page)
        self.window.resize(1280, 800)
        with qtbot.waitExposed(self.window):
            self.window.show()
        self.window.activateWindow()
        self.wait(self.window.isActiveWindow)
        self.wait(lambda: self.page.controller.findings is not None)
        self.page.page_shown()

    @property
    def tabs(self) -> FigureTabs:
        return self.page.figure_tabs

    @property
    def figures(self) -> StudyFigures:
        found = self.tabs.controller.figures
        assert found is not None
        return found

    @property
    def store(self) -> StudyStore:
        return self.context.store

    def wait(self, holds: object) -> None:
        self.qtbot.waitUntil(holds, timeout=PATIENCE_MS)

    def key(self, key: object, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        if QApplication.activePopupWidget() is None and not self.window.isActiveWindow():
            self.window.activateWindow()
            self.wait(self.window.isActiveWindow)
        self.qtbot.keyClick(QApplication.focusWidget() or self.page, key, modifier)

    def go(self, tab: int) -> None:
        self.key(Qt.Key(Qt.Key.Key_1 + tab), Qt.KeyboardModifier.AltModifier)
        self.wait(lambda: self.page.tabs.currentIndex() == tab)
        self.wait(lambda: self.tabs.controller.figures is not None)

    def elsewhere(self, change: Callable[[StudyStore], object]) -> None:
        """Changes the study as another program does, and lets the app look."""
        with StudyStore.open(self.store.folder, author="Bo") as other:
            change(other)
        self.context.look_for_changes()

    def close(self) -> None:
        self.page.set_context(None)
        self.jobs.shutdown()
        self.window.hide()
        self.window.deleteLater()
        self.context.close()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


@pytest.fixture
def dressed(qapp: QApplication, tmp_path: Path) -> Iterator[Path]:
    with own_base(tmp_path / "base"):
        theme().set_mode("light")
        theme().apply(qapp)
        plurals = EnglishPlurals()
        qapp.installTranslator(plurals)
        yield tmp_path
        qapp.removeTranslator(plurals)


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Made once; each test works on a copy."""
    with make_findings_study(tmp_path_factory.mktemp("study"), participants=6, issues=10) as store:
        return store.folder


@pytest.fixture
def desk(qtbot: QtBot, dressed: Path, study: Path) -> Iterator[Open]:
    folder = shutil.copytree(study, dressed / study.name)
    made = Open(qtbot, StudyStore.open(folder, author="Ada"))
    yield made
    made.close()


def test_the_matrix_is_walked_through_and_its_cells_open_the_evidence(desk: Open) -> None:
    desk.go(MATRIX)
    matrix = desk.tabs.matrix
    desk.wait(lambda: matrix.model.rowCount() == 10)
    desk.wait(matrix.table.hasFocus)
    row = desk.figures.matrix.rows[0]
    column = next(n for n, cell in enumerate(row.cells) if cell.kind is CellKind.FOUND)
    for _ in range(FIRST_PERSON + column - matrix.table.currentIndex().column()):
        desk.key(Qt.Key.Key_Right)
    cell = matrix.table.currentIndex().data(CELL_ROLE)
    assert cell == row.cells[column]
    assert matrix.moments.count() == len(cell.moments)
    with desk.qtbot.waitSignal(desk.page.go_to_session) as told:
        desk.key(Qt.Key.Key_Return)
    moment = cell.moments[0]
    assert told.args == [moment.session_id, moment.t_start_ns, moment.observation_id]
    spoken = matrix.table.currentIndex().data(Qt.ItemDataRole.AccessibleTextRole)
    assert spoken.startswith(f"{cell.person.code}, #{row.issue.number}: met it")
    codes = ", ".join(one.person.code for one in row.counter_evidence()) or "–"
    assert matrix._counter.text() == f"Counter-evidence: {codes}"
    assert desk.failures == []


def test_an_observation_is_turned_against_its_issue_and_back(desk: Open) -> None:
    desk.go(MATRIX)
    matrix = desk.tabs.matrix
    desk.wait(lambda: matrix.model.rowCount() == 10)
    row = desk.figures.matrix.rows[0]
    lone = next(cell for cell in row.cells if cell.kind is CellKind.FOUND and len(cell.moments) == 1)
    matrix.choose(row.issue.id, FIRST_PERSON + row.cells.index(lone))
    matrix.table.setFocus()
    before = row.found.count
    desk.key(Qt.Key.Key_X)
    found = lambda: next(one for one in desk.figures.matrix.rows if one.issue.id == row.issue.id)  # noqa: E731
    desk.wait(lambda: found().found.count == before - 1)
    assert next(one for one in found().cells if one.person == lone.person).kind is CellKind.AGAINST
    desk.commands.trigger("edit.undo")
    desk.wait(lambda: found().found.count == before)


def test_keys_of_the_issues_do_nothing_on_other_tabs(desk: Open) -> None:
    desk.go(MATRIX)
    desk.wait(lambda: desk.tabs.matrix.model.rowCount() == 10)
    for key in (Qt.Key.Key_Delete, Qt.Key.Key_3, Qt.Key.Key_N, Qt.Key.Key_U):
        desk.key(key)
    assert len(desk.store.issues()) == 10
    assert not desk.context.undo.canUndo()


def test_figures_tell_n_formula_and_source(desk: Open) -> None:
    desk.go(FIGURES)
    tab = desk.tabs.figures
    desk.wait(lambda: tab.model.rowCount() == 5)
    first = desk.figures.tasks[0]
    cell = tab.model.index(0, TaskColumn.COMPLETION)
    assert cell.data() == f"{first.completion.count} of {first.completion.n} · {100 * first.completion.count / 6:.0f} %"
    for column in range(1, tab.model.columnCount()):
        for role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleDescriptionRole):
            words = tab.model.index(0, column).data(role)
            assert "Source: " in words
            assert "n = " in words
    tiles = [tile for tile in tab.findChildren(FigureTile) if tile.isVisible()]
    assert len(tiles) == 5
    for tile in tiles:
        assert "Source: " in tile.accessibleDescription()
        assert "Source: " in tile.toolTip()
        assert tile.focusPolicy() is Qt.FocusPolicy.StrongFocus
    times = tab.model.index(2, TaskColumn.TIME).data(Qt.ItemDataRole.ToolTipRole)
    assert "successful runs only" in times
    before = desk.figures.tasks[2].gross.n
    tab.times_of.setCurrentIndex(1)
    tab.times_of.activated.emit(1)
    desk.wait(lambda: desk.figures.times_of is TimesOf.ALL)
    assert desk.figures.tasks[2].gross.n > before
    assert "all runs" in tab.model.index(2, TaskColumn.TIME).data(Qt.ItemDataRole.ToolTipRole)


def test_participants_who_did_equally_well_look_certain_nowhere(qtbot: QtBot, dressed: Path) -> None:
    store = make_study(dressed, tasks=("Find", "Pay"))
    find, pay = store.tasks()
    for code in ("P01", "P02"):
        session = store.register_recording(code, store.sessions_dir / code)
        store.update_session(session.id, duration_ns=3600 * SECOND, state="recorded")
        for number, (task, outcome) in enumerate(((find, Outcome.SUCCESS), (pay, Outcome.FAILED))):
            start = number * 100 * SECOND
            run_id, _ = store.add_task_run(
                session.id, task.id, t_start_ns=start, t_end_ns=start + 30 * SECOND, outcome=outcome
            )
            store.answer(Instrument.SEQ, session.id, {"ease": 7}, run_id)
    made = Open(qtbot, store)
    try:
        made.go(FIGURES)
        tab = made.tabs.figures
        made.wait(lambda: tab.model.rowCount() == 2)
        assert tab.completion.accessibleName() == "Completion: 50 %. 9–91 % · 2 of 4 runs"
        assert "adjusted Wald" in tab.completion.accessibleDescription()
        assert tab.total.accessibleName() == "Time for all tasks: 1:00. no interval · n = 2"
        assert "as they are all alike" in tab.total.accessibleDescription()
        for column in (TaskColumn.TIME, TaskColumn.SEQ):
            cell = tab.model.index(0, column)
            assert cell.data(NOTE_ROLE) == "no interval · n = 2"
            assert "no interval, as they are all alike" in cell.data(Qt.ItemDataRole.ToolTipRole)
    finally:
        made.close()


def test_no_figure_is_cut_off_in_its_cell(qtbot: QtBot, dressed: Path) -> None:
    store = make_study(dressed, tasks=("Find",))
    session = store.register_recording("P01", store.sessions_dir / "P01")
    store.update_session(session.id, duration_ns=3600 * SECOND, state="recorded")
    [find] = store.tasks()
    outcome, end_ns = Outcome.SUCCESS, SECOND // 2  # so quick that the efficiency has five digits
    store.add_task_run(session.id, find.id, t_start_ns=0, t_end_ns=end_ns, outcome=outcome)
    made = Open(qtbot, store)
    try:
        made.go(FIGURES)
        table, model = made.tabs.figures.table, made.tabs.figures.model
        made.wait(lambda: model.rowCount() == 1)
        fonts = {Qt.ItemDataRole.DisplayRole: theme().font(tabular=True), NOTE_ROLE: theme().font(Text.CAPTION)}
        for column in range(1, model.columnCount()):
            cell = model.index(0, column)
            for role, font in fonts.items():
                width = QFontMetrics(font).horizontalAdvance(cell.data(role))
                assert table.isColumnHidden(column) or width <= table.columnWidth(column) - 2 * SPACE[1], cell.data(
                    role
                )
        cell = model.index(0, TaskColumn.EFFICIENCY)
        assert (cell.data(), cell.data(NOTE_ROLE)) == ("12000 %", "per minute")
        assert "12000.0 % completed per minute" in cell.data(Qt.ItemDataRole.ToolTipRole)
        assert cell.data(Qt.ItemDataRole.AccessibleTextRole) == "Efficiency: 12000 % per minute"
    finally:
        made.close()


def test_contradictions_lead_to_the_run(desk: Open) -> None:
    desk.go(FIGURES)
    tab = desk.tabs.figures
    desk.wait(lambda: tab.contradictions.count() == len(desk.figures.contradictions) > 0)
    first = desk.figures.contradictions[0].run
    tab.contradictions.setCurrentRow(0)
    tab.contradictions.setFocus()
    with desk.qtbot.waitSignal(desk.page.go_to_session) as told:
        desk.key(Qt.Key.Key_Return)
    assert told.args == [first.session_id, first.t_start_ns, ""]


def test_priorities_are_changed_in_place_and_undone(desk: Open) -> None:
    desk.go(PRIORITY)
    tab = desk.tabs.priority
    desk.wait(lambda: tab.model.rowCount() == 10)
    desk.wait(tab.table.hasFocus)
    issue_id = tab.table.current_id()
    desk.key(Qt.Key.Key_1)  # Ada's own rating
    desk.wait(lambda: desk.store.ratings()[issue_id]["Ada"] is Severity.COSMETIC)
    desk.wait(lambda: tab.editor.rating.severity is Severity.COSMETIC)
    tab.editor.effort.setValue(2.5)
    desk.wait(lambda: desk.store.issue(issue_id).effort == 2.5)
    tab.editor.persistence.setCurrentIndex(3)
    tab.editor.persistence.activated.emit(3)
    desk.wait(lambda: desk.store.issue(issue_id).persistence == 3)
    [task_id] = next(one.row.task_ids for one in desk.figures.priorities if one.row.issue.id == issue_id)
    tab.editor.criticality.setCurrentIndex(1)
    tab.editor.criticality.activated.emit(1)
    desk.wait(lambda: next(task for task in desk.store.tasks() if task.id == task_id).criticality == 1)
    desk.wait(lambda: tab.table.current_id() == issue_id)  # the same issue stays chosen wherever it goes
    for _ in range(4):
        desk.commands.trigger("edit.undo")
    assert desk.store.issue(issue_id).persistence != 3 or desk.store.issue(issue_id).effort != 2.5
    assert not desk.context.undo.canUndo()
    assert desk.failures == []


def test_digits_belong_to_the_field_that_has_the_focus(desk: Open) -> None:
    desk.go(PRIORITY)
    tab = desk.tabs.priority
    desk.wait(lambda: tab.model.rowCount() == 10)
    issue_id = tab.table.current_id()
    mine = desk.store.ratings().get(issue_id, {}).get("Ada")
    tab.editor.severity.setFocus()
    desk.key(Qt.Key.Key_0)
    desk.wait(lambda: desk.store.issue(issue_id).severity is Severity.NOT_A_PROBLEM)
    tab.editor.effort.setFocus()
    tab.editor.effort.selectAll()
    desk.key(Qt.Key.Key_4)
    desk.elsewhere(lambda store: store.rate(issue_id, 3, author="Dee"))
    desk.wait(lambda: "Dee 3" in tab.editor._raters.text())
    assert tab.editor.effort.text() == "4 days"  # still being typed
    assert desk.store.issue(issue_id).effort != 4
    desk.key(Qt.Key.Key_Return)
    desk.wait(lambda: desk.store.issue(issue_id).effort == 4)
    assert desk.store.ratings().get(issue_id, {}).get("Ada") == mine


def test_words_of_others_are_no_markup_in_tooltips(desk: Open) -> None:
    issue = desk.store.issues()[0]
    desk.elsewhere(lambda store: store.update_issue(issue.id, title="<img src=x> <b>bold</b>"))
    desk.go(MATRIX)
    matrix = desk.tabs.matrix
    desk.wait(lambda: matrix.model.row_of(issue.id) >= 0)
    row = matrix.model.row_of(issue.id)
    told = matrix.model.headerData(row, Qt.Orientation.Vertical, Qt.ItemDataRole.ToolTipRole)
    assert "&lt;img src=x&gt;" in str(told)
    assert "<img" not in str(told)


def test_the_list_follows_what_it_is_ranked_by(desk: Open) -> None:
    desk.go(PRIORITY)
    tab = desk.tabs.priority
    desk.wait(lambda: tab.model.rowCount() == 10)
    for number, by in enumerate(RankBy):
        tab.by.setCurrentIndex(number)
        tab.by.activated.emit(number)
        ranks = [one.ranks.get(by) for one in tab.model.rows()]
        placed = [one.rank for one in ranks if one is not None]
        assert placed == sorted(placed)
        assert ranks[len(placed) :] == [None] * (10 - len(placed))
        for column in (PriorityColumn.RANK, PriorityColumn.VALUE, PriorityColumn.BUSINESS, PriorityColumn.RICE):
            told = tab.model.index(0, column).data(Qt.ItemDataRole.AccessibleDescriptionRole)
            assert "n = " in told
            assert "Source: " in told
        spoken = tab.model.index(0, 0).data(Qt.ItemDataRole.AccessibleTextRole)
        assert spoken.startswith("Rank: 1")
    desk.key(Qt.Key.Key_Q)
    desk.wait(tab.quadrant.view.isVisible)
    spot = next(one for one in tab.quadrant.view.chart.spots if one.issue_id != tab.table.current_id())  # type: ignore[union-attr]
    middle = QPoint(round(spot.x + spot.width / 2), round(spot.y + spot.height / 2))
    desk.qtbot.mouseClick(tab.quadrant.view, Qt.MouseButton.LeftButton, pos=middle)
    assert tab.editor.title.full_text().startswith(spot.words.split(":")[0].split()[0])


def test_charts_have_words_a_table_and_a_file(desk: Open, tmp_path: Path) -> None:
    desk.go(CHARTS)
    tab = desk.tabs.charts
    desk.wait(lambda: tab.panel.chart is not None)
    names = []
    for number in range(tab.names.count()):
        tab.names.setCurrentRow(number)
        chart = tab.panel.chart
        assert chart is not None
        names.append(chart.name)
        assert tab.panel.view.accessibleName() == chart.title
        assert tab.panel.view.accessibleDescription() == chart.summary
        assert tab.panel.twin.rowCount() == len(chart.table.rows)
    assert names == ["completion", "times", "matrix", "quadrant", "severity"]
    tab.panel.view.setFocus()
    desk.key(Qt.Key.Key_Right)
    assert tab.panel.view.spot is not None
    desk.key(Qt.Key.Key_T)
    assert tab.panel.table.isVisible()
    desk.key(Qt.Key.Key_T)
    assert tab.panel.view.isVisible()
    svg, png = tmp_path / "severity.svg", tmp_path / "severity.png"
    for out in (svg, png):
        with desk.qtbot.waitSignal(desk.page.message, timeout=PATIENCE_MS) as told:
            tab.save_to(out)
        assert told.args[:2] == [f"Saved as {out.name}.", "success"]
    assert svg.read_text(encoding="utf-8").startswith("<svg ")
    image = QImage(str(png))
    assert image.width() == 2 * 760
    assert len({image.pixel(x, y) for x in range(0, image.width(), 7) for y in range(0, image.height(), 7)}) > 10
    with desk.qtbot.waitSignal(desk.page.message, timeout=PATIENCE_MS) as told:
        tab.save_to(tmp_path / "none" / "severity.svg")
    assert told.args[1] == "warning"


def test_charts_follow_the_theme(desk: Open) -> None:
    desk.go(CHARTS)
    view = desk.tabs.charts.panel.view
    desk.wait(lambda: view.chart is not None)
    assert view.chart is not None
    light = view.chart.svg
    theme().set_mode("dark")
    assert view.chart.svg != light
    theme().set_mode("light")
    assert view.chart.svg == light


def test_answers_are_entered_by_keyboard(desk: Open) -> None:
    desk.go(FIGURES)
    desk.wait(lambda: desk.tabs.figures.model.rowCount() == 5)
    store = desk.store
    session = store.sessions()[2]
    for response in store.responses(session.id):
        gone = dict.fromkeys(dict(response.answers))
        store.answer(response.instrument, session.id, gone, response.task_run_id)
    desk.context.announce()
    desk.key(Qt.Key.Key_Q)
    desk.wait(lambda: desk.page.findChild(AnswersDialog) is not None)
    dialog = desk.page.findChild(AnswersDialog)
    assert isinstance(dialog, AnswersDialog)
    with desk.qtbot.waitExposed(dialog):
        dialog.activateWindow()
    desk.wait(dialog.isActiveWindow)
    dialog.choose(session.id)
    first = next(iter(dialog.ease.values()))
    first.setFocus()
    desk.wait(first.hasFocus)
    for digit in "76543" + "4142514231":
        desk.qtbot.keyClick(QApplication.focusWidget(), digit)
    answers = store.responses(session.id)
    assert [one.values()[0] for one in answers if one.instrument is Instrument.SEQ] == [7, 6, 5, 4, 3]
    [sus] = [one for one in answers if one.instrument is Instrument.SUS]
    assert sus.values() == (4, 1, 4, 2, 5, 1, 4, 2, 3, 1)
    assert dialog._score.text() == "SUS 82.5"
    last = list(dialog.sus.values())[-1]
    desk.qtbot.keyClick(last, Qt.Key.Key_Backspace)
    assert dialog._score.text() == "SUS: 1 answer to go"
    desk.qtbot.keyClick(dialog, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    desk.wait(lambda: dialog._score.text() == "SUS 82.5")
    for picker, words in zip(dialog.sus.values(), FORMS[Instrument.SUS].items, strict=True):
        assert words[1] in picker.accessibleName()
    dialog.close()
    desk.wait(lambda: desk.figures.sus.mean.n == 6)
    assert desk.failures == []


def test_an_empty_study_says_what_to_do(qtbot: QtBot, dressed: Path) -> None:
    made = Open(qtbot, make_study(dressed, tasks=("Find the invoice",)))
    try:
        made.page._go_to_tab(BOARD)
        assert made.page.board.notice.isVisible()
        assert "Group observations into issues" in made.page.board.notice.words
        made.page.board.notice.findChildren(QPushButton)[0].click()
        assert made.page.tabs.currentIndex() == ISSUES
        made.go(MATRIX)
        for tab in (MATRIX, FIGURES, PRIORITY, CHARTS):
            made.go(tab)
            room = made.tabs._rooms[tab - MATRIX]
            made.wait(lambda room=room: "No figures yet" in room.notice.words)
            assert room.notice.isVisible()
        session = made.store.register_recording("P01", made.store.sessions_dir / "s")
        made.store.update_session(session.id, state="recorded")
        made.context.announce()
        made.go(PRIORITY)
        made.wait(lambda: "No issues yet" in made.tabs._rooms[PRIORITY - MATRIX].notice.words)
        made.go(FIGURES)
        made.wait(lambda: made.tabs.figures.model.rowCount() == 1)
        assert json.dumps(made.tabs.figures.model.index(0, TaskColumn.TIME).data()) == '"\\u2013"'
        assert "no task was tried yet" in made.tabs.figures._counted.text()
        made.store.add_issue("Buy")
        made.context.announce()
        made.wait(lambda: not made.page.board.notice.isVisibleTo(made.page.board))
    finally:
        made.close()
