"""The timeline under real pointers: several at once, edges that snap, tasks that are set right, what is made later."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication

from app.views.review import ReviewPage
from app.widgets.timeline.dense import SoundTrack
from app.widgets.timeline.tracks import ThumbTrack
from tests.helpers.review_data import SECOND
from tests.integration.app_review.conftest import Desk

LEFT = Qt.MouseButton.LeftButton
SHIFT, CONTROL, ALT = (
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.AltModifier,
)
NONE = Qt.KeyboardModifier.NoModifier


def drag(desk: Desk, page: ReviewPage, start: QPoint, end: QPoint, modifier: Qt.KeyboardModifier = NONE) -> None:
    port = page.timeline.view.viewport()
    desk.qtbot.mousePress(port, LEFT, modifier, start)
    for step in range(1, 6):
        point = start + (end - start) * step / 5
        desk.qtbot.mouseMove(port, point)
    if modifier is not NONE:  # `mouseMove` knows no keys
        from PySide6.QtCore import QEvent, QPointF
        from PySide6.QtGui import QMouseEvent

        move = QMouseEvent(
            QEvent.Type.MouseMove, QPointF(end), port.mapToGlobal(QPointF(end)), Qt.MouseButton.NoButton, LEFT, modifier
        )
        QApplication.sendEvent(port, move)
    desk.qtbot.mouseRelease(port, LEFT, modifier, end)


def centre(page: ReviewPage, observation_id: str) -> QPoint:
    place = page.timeline.view.mark_rect(observation_id)
    assert place is not None
    return place.center().toPoint()


def lane_y(page: ReviewPage) -> int:
    view = page.timeline.view
    return round(view.marks_top) - view.verticalScrollBar().value() + 8


def test_several_are_selected_moved_and_deleted_together(desk: Desk) -> None:
    page = desk.review()
    view, axis = page.timeline.view, page.timeline.axis
    made = [page.controller.add_observation(t * SECOND) for t in (9, 11, 13)]
    ids = [one.id for one in made if one is not None]
    first, last = centre(page, ids[0]), centre(page, ids[2])
    port = view.viewport()
    desk.qtbot.mouseClick(port, LEFT, NONE, first)
    desk.qtbot.mouseClick(port, LEFT, SHIFT, last)
    assert page.table.selected_ids() == ids
    desk.qtbot.mouseClick(port, LEFT, CONTROL, centre(page, ids[1]))
    assert page.table.selected_ids() == [ids[0], ids[2]]
    steps = desk.context.undo.count()
    before = [desk.store.observation(one).t_start_ns for one in ids]
    drag(desk, page, last, last + QPoint(40, 0), ALT)  # freely, without coming to rest anywhere
    moved = [desk.store.observation(one).t_start_ns - at for one, at in zip(ids, before, strict=True)]
    assert moved[1] == 0
    assert moved[0] == moved[2] != 0
    assert abs(moved[0] - axis.ns_of_pixels(40)) <= axis.ns_of_pixels(2)
    assert desk.context.undo.count() == steps + 1
    desk.commands.trigger("edit.undo")
    assert [desk.store.observation(one).t_start_ns for one in ids] == before
    # The table is the twin: what is selected there is selected here.
    page.table.selectAll()
    assert view.marks.selected == {row.id for row in page.controller.rows}
    desk.key(page, Qt.Key.Key_Delete)
    assert desk.store.observations(desk.session.id) == []


def test_a_box_selects_what_it_touches(desk: Desk) -> None:
    page = desk.review()
    axis = page.timeline.axis
    made = [page.controller.add_observation(t * SECOND) for t in (8, 10, 12)]
    ids = [one.id for one in made if one is not None]
    y = lane_y(page)
    drag(desk, page, QPoint(round(axis.x_of(7 * SECOND)), y), QPoint(round(axis.x_of(11 * SECOND)), y + 6))
    assert page.table.selected_ids() == ids[:2]
    assert page.timeline.view.marks.selected == set(ids[:2])


def test_an_edge_comes_to_rest_at_a_word(desk: Desk) -> None:
    page = desk.review()
    made = page.controller.add_observation(8 * SECOND, 10 * SECOND)
    assert made is not None
    view, axis = page.timeline.view, page.timeline.axis
    axis.show(6 * SECOND, 16 * SECOND)
    word = page.transcript.view.model.line(2).words[0]  # "Ah", at 12 s
    y = centre(page, made.id).y()
    end = QPoint(round(axis.x_of(10 * SECOND)), y)
    near = QPoint(round(axis.x_of(word.t_start_ns)) + 3, y)
    drag(desk, page, end, near)
    assert desk.store.observation(made.id).t_end_ns == word.t_start_ns
    end = QPoint(round(axis.x_of(word.t_start_ns)), centre(page, made.id).y())
    drag(desk, page, end, end + QPoint(30, 0), ALT)
    later = desk.store.observation(made.id).t_end_ns
    assert later is not None
    assert abs(later - axis.t_of(end.x() + 30)) <= axis.ns_of_pixels(1)
    assert view.marks.preview == {}


def test_a_tasks_edge_is_moved_and_its_observations_follow(desk: Desk) -> None:
    page = desk.review()
    view, axis = page.timeline.view, page.timeline.axis
    run = page.tracks.data.runs[0]
    assert run.t_end_ns == 14 * SECOND
    made = page.controller.add_observation(13 * SECOND)
    assert made is not None
    assert made.task_run_id == run.id
    top = next(top for track, top in view.tracks() if track is view.tasks)
    y = round(top + 10) - view.verticalScrollBar().value()
    start = QPoint(round(axis.x_of(14 * SECOND)) - 1, y)
    drag(desk, page, start, QPoint(round(axis.x_of(10 * SECOND)), y), ALT)
    moved = desk.store.task_runs(desk.session.id)[0]
    assert moved.t_end_ns is not None
    assert abs(moved.t_end_ns - 10 * SECOND) <= axis.ns_of_pixels(2)
    assert page.tracks.data.runs[0] == moved
    assert desk.store.observation(made.id).task_run_id is None
    desk.commands.trigger("edit.undo")
    assert desk.store.task_runs(desk.session.id)[0] == run
    assert page.tracks.data.runs[0] == run
    assert desk.store.observation(made.id).task_run_id == run.id


def test_shift_and_drag_marks_a_range(desk: Desk) -> None:
    page = desk.review()
    axis = page.timeline.axis
    start, end = QPoint(round(axis.x_of(6 * SECOND)), 60), QPoint(round(axis.x_of(9 * SECOND)), 60)
    drag(desk, page, start, end, SHIFT)
    assert axis.in_ns is not None
    assert axis.out_ns is not None
    assert abs(axis.in_ns - 6 * SECOND) <= axis.ns_of_pixels(2)
    assert abs(axis.out_ns - 9 * SECOND) <= axis.ns_of_pixels(2)


def test_waveforms_thumbnails_and_silence_come_by_themselves(desk: Desk) -> None:
    page = desk.review()
    desk.wait(lambda: page.tracks.data.thumbs is not None)
    assert [sound.name for sound in page.tracks.data.sounds] == ["Microphone"]
    assert page.tracks.data.sounds[0].peaks is not None
    assert len(page.tracks.data.silence) == 1  # a tone that never stops is no voice
    shown = [track for track, _ in page.timeline.view.tracks()]
    assert any(isinstance(track, SoundTrack) for track in shown)
    assert isinstance(shown[0], ThumbTrack)
    picture = page.timeline.view.viewport().grab().toImage()
    assert picture.pixelColor(30, 20) != picture.pixelColor(30, 2)  # something is in the strip of pictures
    page.timeline.view.set_hidden(["thumbs"])
    assert not isinstance(page.timeline.view.tracks()[0][0], ThumbTrack)


def test_each_track_says_in_words_what_is_under_the_pointer(desk: Desk) -> None:
    page = desk.review()
    view, axis = page.timeline.view, page.timeline.axis
    said = {
        track.name: view.words_at(QPoint(round(axis.x_of(6_500_000_000)), round(top + track.height / 2)))
        for track, top in view.tracks()
    }
    assert said["Tasks"].startswith("Find the invoice\n00:01 – 00:14 · ")
    assert "I do not know this word beneficiary." in said["Speech"]
    at_five = QPoint(round(axis.x_of(5 * SECOND)), round(next(t for k, t in view.tracks() if k.key == "marks")) + 8)
    assert view.words_at(at_five).startswith("00:05.0 · Live mark: problem")
    page.timeline.axis.show(21 * SECOND, 25 * SECOND)
    assert "private pause" in view.words_at(QPoint(round(axis.x_of(23 * SECOND)), 3))
