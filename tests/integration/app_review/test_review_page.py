"""A researcher at the review desk: real files, real windows, real keys."""

from __future__ import annotations

import sqlite3
from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication, QToolButton

from annotate.errors import StudyCode, StudyError
from annotate.models import ObservationKind, Severity
from annotate.store import StudyStore
from app.controllers.playback import MediaState
from app.views.review import ReviewPage
from capture.fileio import sha256_of
from capture.manifest import FileInfo
from tests.helpers.review_data import SECOND, MarkKind, add_session, make_mark, read_barcode
from tests.integration.app_review.conftest import Desk

LEFT = Qt.MouseButton.LeftButton


def observations(desk: Desk) -> list[tuple[float, str, int | None]]:
    return [
        (o.t_start_ns / SECOND, o.body, None if o.severity is None else int(o.severity))
        for o in desk.store.observations(desk.session.id)
    ]


def shown_frame(page: ReviewPage) -> int:
    return read_barcode(page.video.grab().toImage().copy(page.video.picture_rect()))


def frame_at(desk: Desk, t_ns: int) -> int:
    return max(i for i, at in enumerate(desk.recorded.pts_ns) if at <= t_ns)


# -- opening -------------------------------------------------------------------------------------------------------


def test_marks_pressed_while_recording_are_there(desk: Desk) -> None:
    page = desk.review()
    rows = page.table.observations.rows()
    assert [(r.observation.t_start_ns // SECOND, r.observation.kind, r.observation.body) for r in rows] == [
        (5, ObservationKind.PROBLEM, "Two lists, both called invoices"),
        (18, ObservationKind.QUOTE, "That was hard to find"),
    ]
    assert [r.task for r in rows] == ["Find the invoice", "Change the address"]
    assert len(page.transcript.view.model.lines()) == 4
    data = page.timeline.view.tasks.data
    assert [run.task_title for run in data.runs] == ["Find the invoice", "Change the address"]
    assert len(data.click_ns) > 3
    assert len(data.gaps) == 1
    assert not page.head.warning
    assert desk.failures == []


def test_a_session_can_be_opened_at_a_moment_with_an_observation(desk: Desk) -> None:
    page = desk.review()
    chosen = page.table.observations.rows()[1]
    page.open_session(desk.session.id, chosen.observation.t_start_ns, chosen.id)
    assert page.playback.position_ns == 18 * SECOND
    desk.wait(lambda: shown_frame(page) == frame_at(desk, 18 * SECOND))
    other = add_session(desk.store, "P02", frames=60)
    page.open_session(other.session.id, 2 * SECOND)
    desk.wait(lambda: page.playback.state is MediaState.READY and page.playback.position_ns == 2 * SECOND)
    assert page.head.sessions.currentData() == other.session.id


# -- marking -------------------------------------------------------------------------------------------------------


def test_mark_rate_and_describe_with_keys_alone(desk: Desk) -> None:
    page = desk.review()
    page.playback.seek(10 * SECOND)
    desk.key(page, Qt.Key.Key_M)
    assert observations(desk)[1] == (10.0, "", None)
    desk.key(page, Qt.Key.Key_3)
    assert observations(desk)[1] == (10.0, "", 3)
    assert page.editor.severity.severity is Severity.MAJOR
    desk.key(page, Qt.Key.Key_N)
    desk.qtbot.keyClicks(QApplication.focusWidget(), "m 4 jkl t")  # letters are text now
    desk.key(page, Qt.Key.Key_Escape)
    assert observations(desk)[1] == (10.0, "m 4 jkl t", 3)
    assert len(observations(desk)) == 3
    desk.key(page, Qt.Key.Key_T)
    desk.qtbot.keyClicks(QApplication.focusWidget(), "Money,")
    desk.key(page, Qt.Key.Key_Escape)
    desk.key(page, Qt.Key.Key_G)
    desk.qtbot.keyClicks(QApplication.focusWidget(), "Invoices are hidden")
    desk.key(page, Qt.Key.Key_Return)
    made = desk.store.observations(desk.session.id)[1]
    assert [tag.name for tag in desk.store.tags() if tag.id in made.tag_ids] == ["Money"]
    assert [issue.title for issue in desk.store.issues() if issue.id in made.issue_ids] == ["Invoices are hidden"]
    assert [chip.text for chip in page.editor.issues.chips()] == ["#1 Invoices are hidden"]
    page.editor.left.emit()
    with desk.qtbot.waitSignal(page.go_to_issue) as told:
        desk.key(page, Qt.Key.Key_G)
    assert told.args == [made.issue_ids[0]]
    assert desk.failures == []


def test_in_and_out_make_a_range(desk: Desk) -> None:
    page = desk.review()
    page.playback.seek(8 * SECOND)
    desk.key(page, Qt.Key.Key_I)
    page.playback.seek(11 * SECOND)
    desk.key(page, Qt.Key.Key_O)
    assert (page.timeline.axis.in_ns, page.timeline.axis.out_ns) == (8 * SECOND, 11 * SECOND)
    desk.key(page, Qt.Key.Key_M)
    made = desk.store.observations(desk.session.id)[1]
    assert (made.t_start_ns, made.t_end_ns) == (8 * SECOND, 11 * SECOND)
    assert page.timeline.axis.in_ns is None
    page.playback.seek(20 * SECOND)
    desk.key(page, Qt.Key.Key_O)
    page.playback.seek(17 * SECOND)
    desk.key(page, Qt.Key.Key_M)  # one end marked: the other is the playhead
    made = next(o for o in desk.store.observations(desk.session.id) if o.t_start_ns == 17 * SECOND)
    assert made.t_end_ns == 20 * SECOND


def test_everything_can_be_undone_and_redone(desk: Desk) -> None:
    page = desk.review()
    before = desk.store.observations(desk.session.id)
    page.playback.seek(10 * SECOND)
    desk.key(page, Qt.Key.Key_M)
    desk.key(page, Qt.Key.Key_4)
    desk.key(page, Qt.Key.Key_N)
    desk.qtbot.keyClicks(QApplication.focusWidget(), "one two")
    desk.qtbot.wait(1_000)  # autosaved in between: still one step
    desk.qtbot.keyClicks(QApplication.focusWidget(), " three")
    desk.key(page, Qt.Key.Key_Escape)
    page.observing.edits.add_tag([page.table.current_id()], "Money")
    page.observing.edits.assign_issue([page.table.current_id()], "Hidden")
    desk.key(page, Qt.Key.Key_Delete)
    assert len(observations(desk)) == 2
    steps = desk.context.undo.count()
    assert steps == 6
    for _ in range(steps):
        desk.commands.trigger("edit.undo")
    assert desk.store.observations(desk.session.id) == before
    assert [row.observation for row in page.table.observations.rows()] == before
    for _ in range(steps - 1):
        desk.commands.trigger("edit.redo")
    assert observations(desk)[1] == (10.0, "one two three", 4)
    assert len(desk.store.issues()) == 1
    assert desk.failures == []


def test_delete_moves_on_to_the_next_and_takes_all_selected(desk: Desk) -> None:
    page = desk.review()
    for t in (9, 10, 11):
        page.controller.add_observation(t * SECOND)
    page.table.selectRow(1)
    desk.key(page, Qt.Key.Key_Delete)
    assert page.table.row_of(page.table.current_id()).observation.t_start_ns == 10 * SECOND  # type: ignore[union-attr]
    page.table.selectAll()
    desk.key(page, Qt.Key.Key_Delete)
    assert observations(desk) == []
    assert not page.editor.isVisible()
    desk.commands.trigger("edit.undo")
    assert len(observations(desk)) == 4


# -- keys and focus ------------------------------------------------------------------------------------------------


def test_space_plays_but_presses_a_button_that_has_the_focus(desk: Desk) -> None:
    page = desk.review()
    desk.key(page, Qt.Key.Key_Space)
    assert page.playback.playing
    desk.key(page, Qt.Key.Key_Space)
    assert not page.playback.playing
    follow = page.transcript.view.follow_button
    follow.setFocus()
    desk.key(page, Qt.Key.Key_Space)
    assert not page.playback.playing
    assert not follow.isChecked()


def test_transport_keys(desk: Desk) -> None:
    page = desk.review()
    page.playback.seek(desk.recorded.pts_ns[50])
    shift = Qt.KeyboardModifier.ShiftModifier
    focus = QApplication.focusWidget()
    desk.qtbot.keyClick(focus, Qt.Key.Key_Right)
    desk.wait(lambda: shown_frame(page) == 51)
    desk.qtbot.keyClick(focus, Qt.Key.Key_Left)
    desk.qtbot.keyClick(focus, Qt.Key.Key_Left)
    desk.wait(lambda: shown_frame(page) == 49)
    at = page.playback.position_ns
    desk.qtbot.keyClick(focus, Qt.Key.Key_Right, shift)
    assert page.playback.position_ns == at + 5 * SECOND
    desk.qtbot.keyClick(focus, Qt.Key.Key_Left, shift)
    assert page.playback.position_ns == at
    desk.qtbot.keyClick(focus, Qt.Key.Key_BracketRight)
    assert page.playback.rate == 1.25
    desk.qtbot.keyClick(focus, Qt.Key.Key_L)
    assert page.playback.playing
    desk.qtbot.keyClick(focus, Qt.Key.Key_K)
    assert not page.playback.playing


def test_one_pane_can_have_the_desk_to_itself(desk: Desk) -> None:
    page = desk.review()
    desk.key(page, Qt.Key.Key_F)
    assert page.table.isVisible()
    assert not page.video.isVisible()
    desk.key(page, Qt.Key.Key_F)
    assert page.video.isVisible()
    assert page.transcript.isVisible()
    page.video.setFocus()
    desk.key(page, Qt.Key.Key_F)
    desk.wait(lambda: page.video.width() > 1200)
    desk.commands.trigger("review.find")
    assert page.transcript.view.find_edit.hasFocus()


# -- transcript ----------------------------------------------------------------------------------------------------


def test_the_transcript_follows_and_a_click_on_a_word_goes_there(desk: Desk) -> None:
    page = desk.review()
    view = page.transcript.view
    page.playback.seek(7 * SECOND)
    assert view.list.delegate.current_row == 1
    line = view.model.line(1)
    point = view.list.word_point(1, len(line.words) - 1)
    desk.qtbot.mouseClick(view.list.viewport(), LEFT, pos=point)
    assert page.playback.position_ns == line.words[-1].t_start_ns
    desk.wait(lambda: shown_frame(page) == frame_at(desk, line.words[-1].t_start_ns))
    page.playback.play()
    desk.wait(lambda: view.list.delegate.current_row == 1 and page.playback.position_ns > line.words[-1].t_start_ns)
    page.playback.pause()


def test_find_in_the_transcript(desk: Desk) -> None:
    page = desk.review()
    view = page.transcript.view
    desk.qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    assert view.find_edit.hasFocus()
    desk.qtbot.keyClicks(view.find_edit, "it")
    assert view.list.currentIndex().row() == 2
    desk.qtbot.keyClicks(view.find_edit, "x")
    assert view.find_bar.isVisible()
    desk.key(page, Qt.Key.Key_Escape)
    assert not view.find_bar.isVisible()


# -- timeline ------------------------------------------------------------------------------------------------------


def test_the_timeline_seeks_selects_and_its_twin_says_the_same(desk: Desk) -> None:
    page = desk.review()
    view, axis = page.timeline.view, page.timeline.axis
    desk.qtbot.mouseClick(view.viewport(), LEFT, pos=QPoint(round(axis.x_of(12 * SECOND)), 60))
    assert abs(page.playback.position_ns - 12 * SECOND) < axis.ns_of_pixels(2)
    quote = page.table.observations.rows()[1]
    place = view.mark_rect(quote.id)
    assert place is not None
    desk.qtbot.mouseClick(view.viewport(), LEFT, pos=place.center().toPoint())
    assert page.table.current_id() == quote.id
    assert page.editor.row is not None
    assert page.editor.row.id == quote.id
    assert page.playback.position_ns == 18 * SECOND
    page.table.selectRow(0)
    assert view.marks.selected == {page.table.current_id()} != {quote.id}
    ids = {row.id for row in page.table.observations.rows()}
    assert ids == {row.id for row in page.controller.rows}
    assert all(view.mark_rect(key) is not None for key in ids)


def test_dragging_an_edge_is_one_step_of_undo(desk: Desk) -> None:
    page = desk.review()
    made = page.controller.add_observation(8 * SECOND, 12 * SECOND)
    assert made is not None
    view, axis = page.timeline.view, page.timeline.axis
    place = view.mark_rect(made.id)
    assert place is not None
    y = round(place.center().y())
    steps = desk.context.undo.count()
    end = QPoint(round(axis.x_of(12 * SECOND)), y)
    target = QPoint(round(axis.x_of(16 * SECOND)), y)
    desk.qtbot.mousePress(view.viewport(), LEFT, pos=end)
    for x in range(end.x(), target.x() + 1, 5):
        desk.qtbot.mouseMove(view.viewport(), QPoint(x, y))
    desk.qtbot.mouseMove(view.viewport(), target)
    assert desk.store.observation(made.id).t_end_ns == 12 * SECOND  # not before it is let go
    desk.qtbot.mouseRelease(view.viewport(), LEFT, pos=target)
    moved = desk.store.observation(made.id)
    assert moved.t_start_ns == 8 * SECOND
    assert moved.t_end_ns is not None
    assert abs(moved.t_end_ns - 16 * SECOND) <= axis.ns_of_pixels(2)
    assert desk.context.undo.count() == steps + 1
    desk.commands.trigger("edit.undo")
    assert desk.store.observation(made.id) == made
    assert page.timeline.view.marks.times(made.id) == (8 * SECOND, 12 * SECOND)
    # Escape lets go without a change.
    desk.qtbot.mousePress(view.viewport(), LEFT, pos=end)
    desk.qtbot.mouseMove(view.viewport(), target)
    desk.qtbot.keyClick(view, Qt.Key.Key_Escape)
    desk.qtbot.mouseRelease(view.viewport(), LEFT, pos=target)
    assert desk.store.observation(made.id) == made


# -- changes from elsewhere ----------------------------------------------------------------------------------------


def test_changes_from_elsewhere_keep_selection_and_typing(desk: Desk) -> None:
    page = desk.review()
    chosen = page.table.observations.rows()[1].id
    page.table.choose(chosen)
    page._show_selected(chosen)
    page.edit_text()
    desk.qtbot.keyClicks(page.editor.body, " - half a")

    def change(other: StudyStore) -> None:
        other.add_observation(desk.session.id, t_start_ns=2 * SECOND, body="from the command line")
        other.update_observation(chosen, severity=4)

    desk.elsewhere(change)
    assert page.table.current_id() == chosen
    assert page.editor.body.toPlainText() == "That was hard to find - half a"
    assert page.editor.body.hasFocus()
    assert page.editor.severity.severity is Severity.CATASTROPHE
    assert len(page.table.observations.rows()) == 3
    desk.key(page, Qt.Key.Key_Escape)
    stored = desk.store.observation(chosen)
    assert (stored.body, stored.severity) == ("That was hard to find - half a", Severity.CATASTROPHE)


def test_what_was_changed_elsewhere_is_not_undone(desk: Desk) -> None:
    page = desk.review()
    chosen = page.table.observations.rows()[0].id
    page.observing.edits.set_severity([chosen], Severity.MAJOR)
    desk.elsewhere(lambda other: other.update_observation(chosen, severity=1))
    desk.commands.trigger("edit.undo")
    assert isinstance(desk.failures[0], StudyError)
    assert desk.failures[0].code is StudyCode.STALE_CHANGE
    assert desk.store.observation(chosen).severity is Severity.COSMETIC


def test_a_transcript_made_elsewhere_appears(desk: Desk) -> None:
    from tests.helpers.review_data import transcript_of

    page = desk.review()
    fresh = transcript_of([(3.0, "Something else.")])
    desk.elsewhere(lambda other: other.put_transcript(desk.session.id, fresh))
    desk.wait(lambda: [line.text for line in page.transcript.view.model.lines()] == ["Something else."])
    assert len(page.tracks.data.speech[0].start) == 1


# -- what is missing -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("damage", ["missing", "broken", "empty"])
def test_without_a_picture_the_text_work_goes_on(desk: Desk, damage: str) -> None:
    media = desk.recorded.bundle.screen_path
    media.chmod(0o600)
    if damage == "missing":
        media.unlink()
    else:
        media.write_bytes(b"this is no film" * 1000 if damage == "broken" else b"")
    page = desk.review()
    assert page.playback.state is (MediaState.MISSING if damage == "missing" else MediaState.BROKEN)
    assert "can still be worked on" in page.video.message
    assert page.head.warning == "no picture · no sound", "both were in that file"
    page.playback.seek(11 * SECOND)
    desk.key(page, Qt.Key.Key_Space)
    desk.key(page, Qt.Key.Key_M)
    assert observations(desk)[1] == (11.0, "", None)
    assert page.transcript.view.list.delegate.current_row == 1


def test_without_events_and_without_a_folder_the_desk_still_opens(desk: Desk) -> None:
    bundle = desk.recorded.bundle
    bundle.capture_path.write_bytes(b"not a database")
    page = desk.review()
    assert page.head.warning == "no pointer and key events"
    assert page.playback.state is MediaState.READY  # the frames' times come from the file itself
    page.playback.seek(desk.recorded.pts_ns[77])
    desk.wait(lambda: shown_frame(page) == 77)
    page.playback.close()
    bundle.path.rename(bundle.path.with_name("moved"))
    page.controller.reopen()
    desk.wait(lambda: page.has_session() and page.playback.state is MediaState.MISSING)
    assert page.head.warning == "recording not found"
    assert len(page.table.observations.rows()) == 2


def test_a_mark_beyond_the_end_is_refused_in_words(desk: Desk) -> None:
    page = desk.review()
    row = page.table.observations.rows()[0]
    page.editor.times_changed.emit(row.id, 0, 999 * SECOND)
    assert [getattr(error, "code", None) for error in desk.failures] == [StudyCode.BEYOND_END]
    assert desk.store.observation(row.id) == row.observation


# -- for those who don't see it ------------------------------------------------------------------------------------


def test_each_icon_button_has_a_name_and_a_tooltip(desk: Desk) -> None:
    page = desk.review()
    page.table.choose(page.table.observations.rows()[0].id)
    page._show_selected(page.table.current_id())
    page.transcript.open_find()
    buttons = [b for b in page.findChildren(QToolButton) if b.isVisible() and not b.text()]
    assert len(buttons) > 15
    nameless = [b.toolTip() for b in buttons if not b.accessibleName() or not b.toolTip()]
    assert nameless == []
    for widget in (page.table, page.timeline.view, page.video, page.transcript.view.list, page.editor.body):
        assert widget.accessibleName()
    play = next(b for b in buttons if b.accessibleName() == "Play or pause")
    assert "Space" in play.toolTip()


def test_after_a_mark_it_is_said_how_to_write_and_enter_does_it(desk: Desk) -> None:
    page = desk.review()
    assert "M, then N to write" in page.observations.mark_button.toolTip()
    for place in (page.table, page.video):
        place.setFocus()
        desk.key(page, Qt.Key.Key_M)
        assert page.editor.body.placeholderText() == "N to write what happened"
        assert not page.editor.body.hasFocus()
        desk.key(page, Qt.Key.Key_2)
        desk.key(page, Qt.Key.Key_Return)
        assert page.editor.body.hasFocus()
        assert page.editor.body.placeholderText() == "What happened, and why does it matter?"
        desk.qtbot.keyClicks(QApplication.focusWidget(), "Button unclear")
        desk.key(page, Qt.Key.Key_Escape)
        desk.key(page, Qt.Key.Key_Return)  # the mark isn't new any more: Enter goes to its moment
        assert not page.editor.body.hasFocus()
        page.playback.seek_by(SECOND)
    assert [(body, severity) for _, body, severity in observations(desk)].count(("Button unclear", 2)) == 2
    desk.qtbot.mouseClick(page.observations.mark_button, LEFT)
    desk.key(page, Qt.Key.Key_Return)
    assert page.editor.body.hasFocus()
    assert len(observations(desk)) == 5
    desk.key(page, Qt.Key.Key_Escape)
    desk.key(page, Qt.Key.Key_M)
    desk.key(page, Qt.Key.Key_T)
    desk.qtbot.keyClicks(QApplication.focusWidget(), "Money")
    desk.key(page, Qt.Key.Key_Return)
    assert page.editor.tags.line.hasFocus()
    assert desk.failures == []


def test_a_picture_that_was_moved_is_found_and_another_ones_is_refused(desk: Desk) -> None:
    bundle, media = desk.recorded.bundle, desk.recorded.bundle.screen_path
    whole = FileInfo(media.name, media.stat().st_size, sha256_of(media))
    bundle.write_manifest(replace(bundle.manifest(), files=(whole,)))
    away = media.parent.parent.parent / "elsewhere.mp4"
    media.rename(away)
    other = add_session(desk.store, "P02", frames=60)
    page = desk.review()
    said: list[str] = []
    page.message.connect(lambda words, *_: said.append(words))
    assert page.video.action.isVisible()
    assert page.video.action.text() == "Find it…"
    page.missing.put_back(other.bundle.screen_path)
    desk.wait(lambda: len(said) == 1)
    assert "is not the picture of this session" in said[0]
    assert not media.exists()
    page.missing.put_back(away)
    desk.wait(lambda: page.has_session() and page.playback.state is MediaState.READY)
    desk.wait(lambda: len(said) == 2)
    assert said[1] == "The recording is back in its place."
    assert not page.video.action.isVisible()
    assert away.exists()
    page.playback.seek(desk.recorded.pts_ns[77])
    desk.wait(lambda: shown_frame(page) == 77)


def test_a_recording_that_was_moved_is_found(desk: Desk) -> None:
    bundle = desk.recorded.bundle
    away = desk.store.folder.parent / "taken away"
    bundle.path.rename(away)
    page = desk.review()
    assert page.head.warning == "recording not found"
    page.missing.put_back(away)
    desk.wait(lambda: page.has_session() and page.playback.state is MediaState.READY)
    assert page.head.warning == ""


def test_a_mark_from_after_the_end_is_whole_at_the_end_and_the_desk_says_so(desk: Desk) -> None:
    late = [make_mark(MarkKind.MARK, 4000.0), make_mark(MarkKind.MARK, 2.0)]
    session = add_session(desk.store, "P02", frames=60, marks=late).session
    page = desk.review(session.id)
    assert page.head.warning == "1 mark pressed after the end, put at the end"
    last = desk.store.observations(session.id)[-1]
    assert last.t_start_ns == session.duration_ns
    view = page.timeline.view
    place = view.mark_rect(last.id)
    assert place is not None
    assert place.right() <= view.viewport().width()
    page.open_session(desk.session.id)
    desk.wait(lambda: page.has_session() and page.head.warning == "")


def test_without_sound_and_with_a_clock_that_was_set_the_desk_says_so(desk: Desk) -> None:
    silent = add_session(desk.store, "P02", frames=60, sound=False)
    page = desk.review(silent.session.id)
    assert page.head.warning == "no sound"
    assert page.tracks.data.sounds == ()
    with sqlite3.connect(desk.recorded.bundle.capture_path) as db:
        db.executemany("INSERT INTO clock_anchor VALUES(?, ?)", [(0, 0), (5 * SECOND, 3605 * SECOND)])
    page.open_session(desk.session.id)
    desk.wait(lambda: page.has_session() and page.playback.state is MediaState.READY)
    assert page.head.warning == "the computer’s clock was set by +1:00:00"


def test_sessions_opened_in_quick_succession_leave_the_last_one_whole(desk: Desk) -> None:
    other = add_session(desk.store, "P02", frames=60).session
    page = desk.review()
    for _ in range(3):
        page.open_session(other.id)
        page.open_session(desk.session.id)
    page.open_session(other.id)
    desk.wait(lambda: page.has_session() and page.controller.session_id == other.id)
    desk.wait(lambda: page.playback.state is MediaState.READY)
    desk.wait(lambda: page.timeline.axis.duration_ns == other.duration_ns)
    assert page.table.model().rowCount() == 0
    assert page.transcript.view.model.lines() == []
    made = page.controller.add_observation(SECOND)
    assert made is not None
    assert made.session_id == other.id


def test_a_session_thrown_away_while_it_plays_leaves_a_quiet_desk(desk: Desk) -> None:
    page = desk.review()
    desk.key(page, Qt.Key.Key_Space)
    desk.wait(lambda: page.playback.playing)
    desk.context.do("trash", lambda store: store.trash_session(desk.session.id))
    desk.wait(lambda: not page.has_session())
    assert not page.playback.playing
    desk.context.undo.undo()
    page.open_session(desk.session.id)
    desk.wait(lambda: page.has_session() and page.playback.state is MediaState.READY)
    assert not desk.failures


def test_a_long_note_from_right_to_left_is_kept_whole_and_undone(desk: Desk) -> None:
    page = desk.review()
    made = page.controller.add_observation(3 * SECOND)
    assert made is not None
    page.choose_made(made)
    note = ("שלום **עולם** <b>x</b> " * 500)[:10_000].strip()
    page.editor.body.setPlainText(note)  # what is not ASCII cannot be typed in a test
    desk.wait(lambda: desk.store.observation(made.id).body == note)
    desk.context.undo.undo()
    desk.wait(lambda: page.editor.body.toPlainText() == "")
    desk.context.undo.redo()
    desk.wait(lambda: page.editor.body.toPlainText() == note)
