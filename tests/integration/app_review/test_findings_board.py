"""The board, and issues put together and taken apart in the window."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QTimer
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QApplication, QDialog, QWidget

from annotate.duplicates import suggest
from annotate.models import IssueStatus
from app.theme import theme
from app.views.export_dialog import ExportDialog
from app.views.findings import FindingsPage
from app.views.merge_issues import DuplicatesDialog, MergeDialog
from tests.integration.app_review.conftest import Desk


@pytest.fixture
def page(desk: Desk) -> FindingsPage:
    """Three issues; the first two tell the same problem, the first has two observations."""
    seen = [one.id for one in desk.store.observations()]
    desk.store.add_issue("Buy button gives no feedback", severity=3, observation_ids=seen[:2])
    desk.store.add_issue("No feedback after pressing Buy", severity=2, observation_ids=seen[1:2])
    desk.store.add_issue("Invoice list has no dates", severity=1)
    page = desk.findings()
    desk.wait(lambda: page.board.columns[IssueStatus.OPEN].count() == 3)
    return page


def titles(page: FindingsPage, status: IssueStatus) -> list[str]:
    column = page.board.columns[status]
    return [column.item(n).text().splitlines()[1] for n in range(column.count())]


def shot(widget: QWidget, name: str) -> None:
    """Kept where somebody wants to look at it."""
    folder = os.environ.get("MODERATO_SHOTS")
    if folder:
        widget.grab().save(str(Path(folder) / f"{name}.png"))


def in_dialog(desk: Desk, kind: type[QDialog], act: Callable[[QDialog], object]) -> None:
    """Does something in the modal dialog that comes next."""

    def look() -> None:
        found = QApplication.activeModalWidget()
        if isinstance(found, kind):
            act(found)
        else:
            QTimer.singleShot(50, look)

    QTimer.singleShot(0, look)


def test_a_card_is_moved_with_the_keyboard(desk: Desk, page: FindingsPage) -> None:
    page._go_to_tab(1)
    column = page.board.columns[IssueStatus.OPEN]
    desk.wait(column.isVisible)
    assert titles(page, IssueStatus.OPEN)[0] == "Buy button gives no feedback", "the worst first"
    shot(page, "board")
    column.setCurrentRow(0)
    desk.qtbot.keyClick(column, Qt.Key.Key_Right, Qt.KeyboardModifier.AltModifier)
    desk.wait(lambda: titles(page, IssueStatus.ACCEPTED) == ["Buy button gives no feedback"])
    assert desk.store.issues()[0].status is IssueStatus.ACCEPTED
    desk.commands.trigger("edit.undo")
    desk.wait(lambda: titles(page, IssueStatus.ACCEPTED) == [])


def test_the_board_is_walked_with_the_arrows(desk: Desk, page: FindingsPage) -> None:
    desk.store.update_issue(desk.store.issues()[2].id, status=IssueStatus.WONT_FIX)
    page.controller.refresh()
    desk.wait(lambda: page.board.columns[IssueStatus.WONT_FIX].count() == 1)
    page._go_to_tab(1)
    column, last = page.board.columns[IssueStatus.OPEN], page.board.columns[IssueStatus.WONT_FIX]
    desk.wait(column.hasFocus)
    assert column.currentRow() == 0
    badge = column.item(0).icon().pixmap(18).toImage()
    theme().set_mode("dark")
    assert column.item(0).icon().pixmap(18).toImage() != badge
    theme().set_mode("light")
    desk.qtbot.keyClick(column, Qt.Key.Key_Right)
    desk.wait(last.hasFocus)
    desk.qtbot.keyClick(last, Qt.Key.Key_Return)
    desk.wait(lambda: page.issues.current_id() == desk.store.issues()[2].id)


def test_no_cards_of_another_study_stay(desk: Desk, page: FindingsPage) -> None:
    page.set_context(None)
    assert titles(page, IssueStatus.OPEN) == []
    page.set_context(desk.context)
    desk.wait(lambda: len(titles(page, IssueStatus.OPEN)) == 3)
    for one in desk.store.observations():
        desk.store.remove_observation(one.id)
    for issue in desk.store.issues():
        page.controller.remove_issue(issue.id)
    desk.wait(lambda: titles(page, IssueStatus.OPEN) == [])


def test_tags_in_a_title_are_never_taken_for_html(desk: Desk, page: FindingsPage) -> None:
    page.controller.set_text(desk.store.issues()[2].id, "title", "<img src='file:///x'>\nsecond line", "1")
    column = page.board.columns[IssueStatus.OPEN]
    desk.wait(lambda: titles(page, IssueStatus.OPEN)[2].startswith("<img"))
    assert titles(page, IssueStatus.OPEN)[2] == "<img src='file:///x'> second line"
    assert "<img" not in column.item(2).toolTip()
    model = page.issues.model()
    tips = [model.index(2, n).data(Qt.ItemDataRole.ToolTipRole) for n in range(model.columnCount())]
    assert not any("<img" in tip for tip in tips if tip)


def test_an_issue_has_a_task_and_a_heuristic_and_evidence_against_it(desk: Desk, page: FindingsPage) -> None:
    first = desk.store.issues()[0]
    page.show_issue(first.id)
    desk.wait(lambda: page.editor.row is not None and page.editor.row.id == first.id)
    task = desk.store.tasks()[1]
    for box, value in ((page.editor.task, task.id), (page.editor.heuristic, "nielsen-1")):
        place = box.findData(value)
        assert place > 0
        box.setCurrentIndex(place)
        box.activated.emit(place)
    desk.wait(lambda: page.editor.row is not None and page.editor.row.issue.task_id == task.id)
    issue = desk.store.issues()[0]
    assert (issue.task_id, issue.heuristic) == (task.id, "nielsen-1")
    page.evidence.setFocus()
    page.evidence.selectRow(0)
    desk.key(page, Qt.Key.Key_X)
    model = page.evidence.model()
    desk.wait(lambda: [model.index(n, 0).data() for n in range(2)] == ["against", "for"])
    assert sum(not one.speaks_for for one in desk.store.issue_links() if one.issue_id == first.id) == 1
    page.evidence.selectRow(0)
    desk.key(page, Qt.Key.Key_X)
    desk.wait(lambda: [model.index(n, 0).data() for n in range(2)] == ["for", "for"])
    while desk.context.undo.canUndo():
        desk.commands.trigger("edit.undo")
    desk.wait(lambda: page.editor.task.currentData() is None)
    assert page.editor.heuristic.currentData() is None


def test_a_card_is_dropped_on_another_column(desk: Desk, page: FindingsPage) -> None:
    page._go_to_tab(1)
    target = page.board.columns[IssueStatus.FIXED]
    data: QMimeData = page.board.columns[IssueStatus.OPEN].mimeData([page.board.columns[IssueStatus.OPEN].item(2)])
    event = QDropEvent(
        QPointF(5, 5), Qt.DropAction.MoveAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    )
    target.dropEvent(event)
    desk.wait(lambda: titles(page, IssueStatus.FIXED) == ["Invoice list has no dates"])


def test_an_issue_is_merged_into_its_likely_duplicate(desk: Desk, page: FindingsPage) -> None:
    page.issues.choose(desk.store.issues()[1].id)
    offered: list[str] = []

    def merge(dialog: QDialog) -> None:
        assert isinstance(dialog, MergeDialog)
        offered.append(dialog.list.item(0).text())
        shot(dialog, "merge")
        desk.qtbot.mouseClick(dialog.merge, Qt.MouseButton.LeftButton)

    in_dialog(desk, MergeDialog, merge)
    desk.commands.trigger("findings.merge")
    assert "Buy button gives no feedback" in offered[0]
    assert "alike" in offered[0]
    desk.wait(lambda: len(desk.store.issues()) == 2)
    assert len(desk.store.issues()[0].observation_ids) == 2
    desk.commands.trigger("edit.undo")
    desk.wait(lambda: len(desk.store.issues()) == 3)


def test_pairs_are_offered_and_kept_apart_for_good(desk: Desk, page: FindingsPage) -> None:
    def keep(dialog: QDialog) -> None:
        assert isinstance(dialog, DuplicatesDialog)
        assert dialog.list.count() == 1
        shot(dialog, "duplicates")
        desk.qtbot.mouseClick(dialog.apart, Qt.MouseButton.LeftButton)
        assert dialog.list.count() == 0
        dialog.accept()

    in_dialog(desk, DuplicatesDialog, keep)
    desk.commands.trigger("findings.duplicates")
    empty: list[int] = []
    in_dialog(desk, DuplicatesDialog, lambda dialog: (empty.append(dialog.list.count()), dialog.accept()))  # type: ignore[attr-defined]
    desk.commands.trigger("findings.duplicates")
    assert empty == [0]
    assert len(desk.store.issues()) == 3
    assert suggest(desk.store) == [], "it is the study that knows, so the command line does, too"
    desk.commands.trigger("edit.undo")
    assert len(suggest(desk.store)) == 1


def test_observations_are_split_off(desk: Desk, page: FindingsPage) -> None:
    page.issues.choose(desk.store.issues()[0].id)
    page._show_issue(page.issues.current_id())
    page.evidence.selectRow(0)
    desk.wait(lambda: bool(page.evidence.selected_ids()))
    desk.commands.trigger("findings.split")
    desk.wait(lambda: len(desk.store.issues()) == 4)
    assert [len(one.observation_ids) for one in desk.store.issues()] == [1, 1, 0, 1]


def test_a_report_is_exported_from_the_window(desk: Desk, page: FindingsPage, tmp_path: Path) -> None:
    out = tmp_path / "report.html"

    def save(dialog: QDialog) -> None:
        assert isinstance(dialog, ExportDialog)
        shot(dialog, "export")
        dialog.choices.setCurrentRow(0)
        dialog.ask(out)

    in_dialog(desk, ExportDialog, save)
    with desk.qtbot.waitSignal(page.message, timeout=60_000) as told:
        desk.commands.trigger("findings.export")
    assert told.args[0] == "Exported to report.html."
    assert "Buy button gives no feedback" in out.read_text("utf-8")
