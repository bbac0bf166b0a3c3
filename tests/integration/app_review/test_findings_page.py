"""From observations of several participants to issues, and out as a file."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication, QPushButton, QToolButton

from annotate.models import IssueStatus, Severity
from annotate.store import StudyStore
from app.views.findings import FindingsPage
from tests.helpers.review_data import SECOND, add_session
from tests.integration.app_review.conftest import Desk

TEXTS = ("Two lists, both called invoices", "That was hard to find", "Looks under Documents", "Gives up")


@pytest.fixture
def page(desk: Desk) -> FindingsPage:
    other = add_session(desk.store, "P02", frames=60)
    desk.store.add_observation(other.session.id, t_start_ns=2 * SECOND, body=TEXTS[2], severity=3)
    desk.store.add_observation(other.session.id, t_start_ns=3 * SECOND, body=TEXTS[3], severity=4)
    return desk.findings()


def shown(page: FindingsPage) -> list[tuple[str, str, str]]:
    """Issues as the list shows them: title, found by, status."""
    model = page.issues.issues
    return [tuple(model.index(row, column).data() for column in (2, 3, 4)) for row in range(model.rowCount())]


def texts(table: object) -> list[str]:
    return [row.observation.body for row in table.observations.rows()]  # type: ignore[attr-defined]


def select(page: FindingsPage, *wanted: str) -> None:
    table = page.ungrouped
    table.clearSelection()
    model = table.model()
    for row in range(model.rowCount()):
        if model.index(row, 4).data() in wanted:
            table.selectionModel().select(
                model.index(row, 0),
                table.selectionModel().SelectionFlag.Select | table.selectionModel().SelectionFlag.Rows,
            )


def test_observations_of_two_participants_become_one_issue(desk: Desk, page: FindingsPage) -> None:
    assert sorted(texts(page.ungrouped)) == sorted(TEXTS)
    page.ungrouped.setFocus()
    select(page, TEXTS[0], TEXTS[2])
    desk.key(page, Qt.Key.Key_N)
    desk.wait(page.editor.title.hasFocus)
    assert page.editor.title.selectedText() == TEXTS[0]
    desk.qtbot.keyClicks(page.editor.title, "Invoices cannot be found")
    page.editor.save()
    desk.wait(lambda: shown(page) == [("Invoices cannot be found", "2 of 2", "open")])
    assert sorted(texts(page.evidence)) == sorted([TEXTS[0], TEXTS[2]])
    assert sorted(texts(page.ungrouped)) == sorted([TEXTS[1], TEXTS[3]])
    [issue] = desk.store.issues()
    assert issue.severity is Severity.MAJOR  # the worst of what it was made of
    assert desk.failures == []


def test_without_an_issue_one_sentence_says_what_to_do(desk: Desk, page: FindingsPage) -> None:
    desk.wait(page.no_issue.isVisible)
    assert not page.editor.isVisible()
    assert page.no_issue.words.startswith("No issues yet Select observations on the left")
    select(page, TEXTS[0], TEXTS[2])
    [make] = [one for one in page.no_issue.findChildren(QPushButton) if one.isVisible()]
    make.click()
    desk.wait(page.editor.title.hasFocus)
    assert page.editor.isVisible()
    assert not page.no_issue.isVisible()
    desk.context.undo.undo()
    desk.wait(page.no_issue.isVisible)


def test_add_remove_rate_and_undo(desk: Desk, page: FindingsPage) -> None:
    page._make_issue([])
    desk.wait(lambda: len(shown(page)) == 1)
    page.issues.setFocus()
    select(page, TEXTS[1], TEXTS[3])
    desk.commands.refresh()
    desk.key(page, Qt.Key.Key_A)
    desk.wait(lambda: len(texts(page.evidence)) == 2)
    page.issues.setFocus()
    desk.key(page, Qt.Key.Key_2)
    desk.wait(lambda: desk.store.issues()[0].severity is Severity.MINOR)
    page.editor.status.setCurrentIndex(1)
    page.editor.status.activated.emit(1)
    desk.wait(lambda: shown(page)[0][2] == "accepted")
    assert desk.store.issues()[0].status is IssueStatus.ACCEPTED
    page.evidence.selectRow(0)
    desk.commands.trigger("findings.unlink")
    desk.wait(lambda: len(texts(page.evidence)) == 1)
    assert len(texts(page.ungrouped)) == 3
    page.issues.setFocus()
    desk.key(page, Qt.Key.Key_Delete)
    desk.wait(lambda: shown(page) == [])
    assert len(texts(page.ungrouped)) == 4
    while desk.context.undo.canUndo():
        desk.commands.trigger("edit.undo")
    assert desk.store.issues() == []
    while desk.context.undo.canRedo():
        desk.commands.trigger("edit.redo")
    assert desk.store.issues() == []
    desk.commands.trigger("edit.undo")
    desk.wait(lambda: shown(page) == [("New issue", "1 of 2", "accepted")])
    assert desk.failures == []


def test_a_drop_on_an_issue_adds_and_a_drop_beside_makes_one(desk: Desk, page: FindingsPage) -> None:
    page.controller.add_issue("Hidden")
    desk.wait(lambda: len(shown(page)) == 1)
    observations = page.ungrouped.observations
    mime = observations.mimeData([observations.index(0, 0), observations.index(1, 0)])
    model = page.issues.model()
    copy = Qt.DropAction.CopyAction
    assert model.dropMimeData(mime, copy, -1, -1, model.index(0, 0))
    desk.wait(lambda: len(texts(page.evidence)) == 2)
    mime = observations.mimeData([observations.index(0, 0)])
    assert model.dropMimeData(mime, copy, -1, -1, page.issues.rootIndex())
    desk.wait(lambda: len(shown(page)) == 2)
    desk.wait(lambda: len(texts(page.ungrouped)) == 1)


def test_a_double_click_goes_to_the_moment(desk: Desk, page: FindingsPage) -> None:
    table = page.ungrouped
    row = next(r for r in range(4) if table.model().index(r, 4).data() == TEXTS[2])
    rect = table.visualRect(table.model().index(row, 4))
    with desk.qtbot.waitSignal(page.go_to_session) as told:
        desk.qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=rect.center())
        desk.qtbot.mouseDClick(table.viewport(), Qt.MouseButton.LeftButton, pos=rect.center())
    other = next(s for s in desk.store.sessions() if s.participant_code == "P02")
    found = next(o for o in desk.store.observations() if o.body == TEXTS[2])
    assert told.args == [other.id, 2 * SECOND, found.id]
    table.setFocus()
    with desk.qtbot.waitSignal(page.go_to_session):
        desk.key(page, Qt.Key.Key_Return)


def test_an_issue_is_shown_when_asked_for(desk: Desk, page: FindingsPage) -> None:
    page.controller.add_issue("One")
    made = page.controller.add_issue("Two")
    assert made is not None
    page.show_issue(made.id)
    desk.wait(lambda: page.editor.row is not None and page.editor.row.id == made.id)
    assert page.editor.title.text() == "Two"


def test_typing_survives_changes_from_elsewhere(desk: Desk, page: FindingsPage) -> None:
    made = page.controller.add_issue("One")
    assert made is not None
    desk.wait(lambda: len(shown(page)) == 1)
    page.editor.description.setFocus()
    desk.qtbot.keyClicks(page.editor.description, "half a")

    def change(other: StudyStore) -> None:
        other.update_issue(made.id, severity=1, description="from elsewhere")
        other.ensure_issue("Another")

    desk.elsewhere(change)
    desk.wait(lambda: len(shown(page)) == 2)
    assert page.editor.row is not None
    assert page.editor.row.id == made.id
    assert page.editor.severity.severity is Severity.COSMETIC
    assert page.editor.description.toPlainText() == "half a"
    page.editor.save()
    assert desk.store.issue(made.id).description == "half a"
    page.editor.title.setFocus()
    page.editor.title.selectAll()
    desk.qtbot.keyClick(page.editor.title, Qt.Key.Key_Backspace)
    page.editor.save()
    assert page.editor.title.text() == "One"  # no issue without a title


def test_export_writes_a_file_and_says_where(desk: Desk, page: FindingsPage, tmp_path: Path) -> None:
    page.controller.add_issue("=Invoices", [row.id for row in page.ungrouped.observations.rows()[:2]])
    desk.wait(lambda: len(shown(page)) == 1)
    out = tmp_path / "findings.csv"
    with desk.qtbot.waitSignal(page.message, timeout=30_000) as told:
        page.export_to(out)
    words, tone, action = told.args
    assert words == "Exported to findings.csv: 4 rows."
    assert tone == "success"
    assert action[0] == "Open folder"
    with out.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert sorted(row["observation"] for row in rows) == sorted(TEXTS)
    with desk.qtbot.waitSignal(page.message, timeout=30_000) as told:
        page.export_to(tmp_path / "no such folder" / "findings.csv")
    assert told.args[1] == "warning"
    assert "findings.csv" in told.args[0]


def test_a_study_without_findings_says_what_to_do(desk: Desk) -> None:
    for observation in desk.store.observations():
        desk.store.remove_observation(observation.id)
    page = desk.findings()
    desk.wait(lambda: "No findings yet" in page.notice.words)
    assert page.notice.isVisible()
    assert not page.issues.isVisible()
    desk.store.add_observation(desk.session.id, t_start_ns=SECOND, body="now there is one")
    desk.context.announce()
    desk.wait(page.issues.isVisible)
    assert page._placeholders[page.issues].isVisible()


def test_each_icon_button_has_a_name(desk: Desk, page: FindingsPage) -> None:
    page.controller.add_issue("One")
    desk.wait(lambda: len(shown(page)) == 1)
    buttons = [b for b in page.findChildren(QToolButton) if b.isVisible() and not b.text()]
    assert buttons
    assert [b for b in buttons if not b.accessibleName() or not b.toolTip()] == []
    for widget in (page.issues, page.ungrouped, page.evidence, page.editor.title, page.editor.description):
        assert widget.accessibleName()
    # Letters are text in a field.
    page.editor.title.setFocus()
    page.editor.title.selectAll()
    desk.qtbot.keyClicks(QApplication.focusWidget(), "Nana 3")
    assert page.editor.title.text() == "Nana 3"
    assert len(desk.store.issues()) == 1
    assert page.issues.viewport().rect().contains(QPoint(5, 5))


def test_after_grouping_nothing_is_selected_that_nobody_chose(desk: Desk, page: FindingsPage) -> None:
    page.ungrouped.selectRow(0)
    desk.commands.trigger("findings.new")
    desk.wait(lambda: len(texts(page.ungrouped)) == 3)
    assert page.ungrouped.selected_ids() == []
    assert page.ungrouped.current_id() == ""
    desk.wait(lambda: len(shown(page)) == 1)
    desk.commands.trigger("findings.add")
    page.ungrouped.selectRow(1)
    desk.commands.trigger("findings.add")
    desk.wait(lambda: len(texts(page.ungrouped)) == 2)
    desk.commands.trigger("findings.add")  # the second click files nothing
    assert page.ungrouped.selected_ids() == []
    page.evidence.selectRow(0)
    desk.commands.trigger("findings.unlink")
    desk.wait(lambda: len(texts(page.evidence)) == 1)
    desk.commands.trigger("findings.unlink")
    assert page.evidence.selected_ids() == []
    assert len(texts(page.ungrouped)) == 3
    assert desk.failures == []
