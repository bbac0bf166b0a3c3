"""Tasks and the ends of a session set by hand in review: with keys, at the playhead, undone with one press."""

from __future__ import annotations

import itertools

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtWidgets import QComboBox, QLabel, QScrollArea, QToolButton

from annotate.models import Outcome
from app.views.review import ReviewPage
from app.widgets.timeline.data import GapKind
from tests.helpers.review_data import SECOND, add_session
from tests.integration.app_review.conftest import Desk

ALT = Qt.KeyboardModifier.AltModifier


def press(desk: Desk, page: ReviewPage, key: Qt.Key) -> None:
    page.table.setFocus()
    desk.qtbot.keyClick(page.table, key, ALT)


def runs(desk: Desk, session_id: str) -> list[tuple[str, float, float | None, Outcome | None]]:
    return [
        (run.task_title, run.t_start_ns / SECOND, None if run.t_end_ns is None else run.t_end_ns / SECOND, run.outcome)
        for run in desk.store.task_runs(session_id)
    ]


def trimmed(page: ReviewPage) -> list[tuple[float, float]]:
    gaps = page.timeline.view.tasks.data.gaps
    return [(g.t_start_ns / SECOND, round(g.t_end_ns / SECOND, 1)) for g in gaps if g.kind is GapKind.TRIMMED]


def test_tasks_are_added_afterwards(desk: Desk) -> None:
    session = add_session(desk.store, "P07", frames=200).session
    length = (session.duration_ns or 0) / SECOND
    page = desk.review(session.id)
    titles = [task.title for task in desk.store.tasks()]
    page.playback.seek(2 * SECOND)
    press(desk, page, Qt.Key.Key_T)
    page.playback.seek(6 * SECOND)
    press(desk, page, Qt.Key.Key_T)
    assert runs(desk, session.id) == [(titles[0], 2, 6, None), (titles[1], 6, length, None)]
    assert [run.task_title for run in page.timeline.view.tasks.data.runs] == titles[:2]
    page.playback.seek(8 * SECOND)
    press(desk, page, Qt.Key.Key_E)
    press(desk, page, Qt.Key.Key_1)
    assert runs(desk, session.id)[1] == (titles[1], 6, 8, Outcome.SUCCESS)
    press(desk, page, Qt.Key.Key_1)
    assert runs(desk, session.id)[1][3] is None, "the same again takes it back"
    for _ in range(5):
        desk.context.undo.undo()
    assert runs(desk, session.id) == []
    assert page.strip.now.full_text() == "No task here"


def test_a_long_task_is_cut_with_an_ellipsis_and_whole_in_the_list(desk: Desk) -> None:
    title = "Compare the two tariffs and tell me which one you would take for your own household"
    desk.store.add_task(title)
    page = desk.review()
    choice = page.strip.choice
    choice.setCurrentIndex(choice.count() - 1)
    assert choice.currentText().endswith(title)
    assert choice.shown().endswith("…")
    choice.setCurrentIndex(0)
    choice.setMaximumWidth(400)
    choice.setMinimumWidth(400)
    desk.wait(lambda: choice.shown() == choice.currentText())


def test_observations_follow_a_task_that_is_set(desk: Desk) -> None:
    session = add_session(desk.store, "P07", frames=200).session
    page = desk.review(session.id)
    page.playback.seek(3 * SECOND)
    page.mark()
    page.playback.seek(2 * SECOND)
    press(desk, page, Qt.Key.Key_T)
    assert [row.task for row in page.table.observations.rows()] == [desk.store.tasks()[0].title]
    press(desk, page, Qt.Key.Key_Delete)
    assert runs(desk, session.id) == []
    assert len(page.table.observations.rows()) == 1


def test_start_and_end_are_trimmed_and_dimmed(desk: Desk) -> None:
    session = add_session(desk.store, "P07", frames=200).session
    length = round((session.duration_ns or 0) / SECOND, 1)
    page = desk.review(session.id)
    page.playback.seek(2 * SECOND)
    press(desk, page, Qt.Key.Key_I)
    page.playback.seek(9 * SECOND)
    press(desk, page, Qt.Key.Key_O)
    assert trimmed(page) == [(0, 2), (9, length)]
    assert page.strip.trim.text() == "Figures: 00:02 – 00:09"
    page.playback.seek(9 * SECOND + 1)
    press(desk, page, Qt.Key.Key_I)
    assert trimmed(page) == [(0, 9)], "an end before the start is forgotten"
    desk.context.undo.undo()
    assert trimmed(page) == [(0, 2), (9, length)]
    press(desk, page, Qt.Key.Key_W)
    assert trimmed(page) == []
    assert page.strip.trim.text() == ""
    assert desk.failures == []


def test_a_session_put_into_the_trash_leaves_the_desk(desk: Desk) -> None:
    page = desk.review()
    desk.context.do("Trash", lambda store: store.trash_session(desk.session.id))
    assert page.controller.session_id is None


def test_on_a_small_screen_nothing_overlaps_and_the_editor_needs_no_scroll_bar(desk: Desk) -> None:
    page = desk.review()
    page.playback.seek(9 * SECOND)
    page.strip.trim_end()
    desk.window.setMinimumSize(0, 0)
    desk.window.setFixedSize(1280 - 88, 800)  # beside the rail
    page.table.selectRow(0)
    page.editor.tag_added.emit(page.table.current_id(), desk.store.tags()[0].name)
    room = next(one for one in page.findChildren(QScrollArea) if one.widget() is page.editor)
    desk.wait(page.editor.isVisible)

    def laid_out() -> bool:
        places = [
            QRect(one.mapTo(page.strip, QPoint(0, 0)), one.size())
            for kind in (QToolButton, QComboBox, QLabel)
            for one in page.strip.findChildren(kind)
            if one.isVisible() and one.width()
        ]
        apart = not any(a.intersects(b) for a, b in itertools.combinations(places, 2))
        inside = all(page.strip.rect().contains(place) for place in places)
        scrolls = room.verticalScrollBar().isVisible()
        return len(places) > 10 and apart and inside and not scrolls

    desk.wait(lambda: (desk.window.width(), desk.window.height()) == (1280 - 88, 800))
    desk.wait(laid_out)
