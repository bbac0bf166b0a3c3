"""Observations on the desk: changed in their cells, several at once, pinned to the picture, told by history."""

from __future__ import annotations

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QTextDocument
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLineEdit, QWidget

from annotate.models import Observation, ObservationKind, Severity
from app.heuristic_words import heuristics, source
from app.models.observations import Column
from app.views.history_window import Scope
from app.views.review import ReviewPage
from tests.helpers.review_data import SECOND
from tests.integration.app_review.conftest import Desk


def live(desk: Desk) -> list[Observation]:
    return desk.store.observations(desk.session.id)


def choose(desk: Desk, page: ReviewPage, observation_id: str) -> None:
    page.table.choose(observation_id)
    page.show_chosen(observation_id)
    page.table.setFocus()
    desk.wait(lambda: QApplication.focusWidget() is page.table)


def edit(desk: Desk, page: ReviewPage, what: Column, text: str) -> None:
    """Types into a cell as the user does: F2, the text, Enter."""
    column = page.table.observations.columns.index(what)
    page.table.setColumnHidden(column, False)
    index = page.table.currentIndex().siblingAtColumn(column)
    page.table.selectionModel().setCurrentIndex(index, page.table.selectionModel().SelectionFlag.NoUpdate)
    desk.key(page, Qt.Key.Key_F2)
    desk.wait(lambda: isinstance(QApplication.focusWidget(), QLineEdit))
    line = QApplication.focusWidget()
    assert isinstance(line, QLineEdit)
    line.setText(text)
    desk.qtbot.keyClick(line, Qt.Key.Key_Return)
    desk.wait(lambda: QApplication.focusWidget() is page.table)


def nameless(window: QWidget) -> list[str]:
    return [
        f"{type(part).__name__} {part.objectName()}"
        for part in window.findChildren(QAbstractButton)
        if not (part.text() or part.accessibleName()) and part.isVisibleTo(window)
    ]


def test_cells_are_changed_in_place_and_choices_go_for_all_that_is_selected(desk: Desk) -> None:
    page = desk.review()
    desk.wait(lambda: page.table.observations.rowCount() == 2)
    first, second = live(desk)
    choose(desk, page, first.id)
    edit(desk, page, Column.TEXT, "Cannot tell them apart")
    edit(desk, page, Column.TIME, "0:04.5 – 0:07")
    edit(desk, page, Column.TAGS, "Wording, Brand new")
    edit(desk, page, Column.ISSUE, "Two lists, one name")
    now = desk.store.observation(first.id)
    names = {tag.id: tag.name for tag in desk.store.tags()}
    assert (now.body, now.t_start_ns, now.t_end_ns) == ("Cannot tell them apart", 4_500_000_000, 7 * SECOND)
    assert {names[tag] for tag in now.tag_ids} == {"Wording", "Brand new"}
    (issue,) = desk.store.issues()
    assert (issue.title, issue.observation_ids) == ("Two lists, one name", (first.id,))
    edit(desk, page, Column.ISSUE, "")
    assert desk.store.observation(first.id).issue_ids == ()

    page.table.selectAll()
    assert "2 observations" in page.editor._several.text()
    desk.key(page, Qt.Key.Key_4)
    both = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier
    desk.qtbot.keyClick(page.table, Qt.Key.Key_4, both)  # the fourth kind
    tag = desk.store.tags()[0]
    (key,) = desk.commands.command(f"review.tag.{tag.id}").keys
    assert key in {tag.key, f"Shift+{tag.key}"}
    shift = Qt.KeyboardModifier.ShiftModifier if "Shift" in key else Qt.KeyboardModifier.NoModifier
    desk.qtbot.keyClick(page.table, getattr(Qt.Key, f"Key_{tag.key}"), shift)
    kinds = list(ObservationKind)
    for one in live(desk):
        assert (one.severity, one.kind) == (Severity.CATASTROPHE, kinds[3])
        assert "Navigation" in {names.get(tag) for tag in one.tag_ids}
    for _ in range(3):
        desk.context.undo.undo()
    assert {one.severity for one in live(desk)} == {first.severity, second.severity}

    # What the desk's own keys are is not taken by a tag.
    desk.store.update_tag(tag.id, key="M")
    desk.context.announce()
    assert desk.commands.command(f"review.tag.{tag.id}").keys == ("Ctrl+Alt+M",), "M and Shift+M mark"
    with_key = [one for one in desk.store.tags() if one.key]
    assert all(desk.commands.command(f"review.tag.{one.id}").keys for one in with_key)
    assert nameless(page.observations) == []
    assert desk.failures == []


def test_places_late_marks_heuristics_and_notes(desk: Desk) -> None:
    page = desk.review()
    desk.wait(lambda: page.table.observations.rowCount() == 2)
    first = live(desk)[0]
    middle = page.video.picture_rect().center()
    QTest.mouseClick(page.video, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ControlModifier, middle)
    made = next(one for one in live(desk) if one.x is not None)
    pixel = page.video.pixel_at(QPointF(middle))
    assert pixel is not None
    assert (made.x, made.y) == (pixel.x(), pixel.y())
    assert 600 <= (made.x or 0) <= 680, "the middle of a picture of 1280"
    assert page.observing.pins.shown() == [made.id]
    assert not page.playback.playing, "Ctrl+click points, it doesn't play"
    point = page.observing.pins.pin_point(made.id)
    assert point is not None
    assert (point - middle).manhattanLength() <= 3
    choose(desk, page, first.id)
    page.playback.seek(made.t_start_ns)
    QTest.mouseClick(page.video, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, point)
    assert page.table.current_id() == made.id

    page.playback.seek(20 * SECOND)
    clicks = page.controller.loaded.timeline.click_ns if page.controller.loaded else []
    before = max(t for t in clicks if t <= 20 * SECOND)
    page.observing.mark_click()
    clicked = desk.store.observation(page.table.current_id())
    assert (clicked.t_start_ns, clicked.x, clicked.y) == (before, 400, 300)

    change = desk.store.pull_back({first.id: first.t_start_ns - SECOND})
    desk.context.announce(change)
    choose(desk, page, first.id)
    assert page.editor.facts.isVisible()
    page.editor.facts.put_back.emit()
    assert desk.store.observation(first.id).t_start_ns == first.t_start_ns
    assert not page.editor.facts.isVisible()

    page.editor.heuristic.setCurrentIndex(4)
    page.editor.heuristic.activated.emit(4)
    assert desk.store.observation(first.id).heuristic == heuristics()[3].code == "nielsen-4"
    assert len(heuristics()) == 10
    assert "nngroup.com" in source()

    page.edit_text()
    page.editor.body.setPlainText("Says **no**\n<img src='http://example.org/x.png'>\n![a](file:///etc/passwd)")
    page.table.setFocus()
    desk.wait(lambda: page.editor.text.currentWidget() is page.editor.preview)
    shown = page.editor.preview.toPlainText()
    assert "Says no" in shown
    assert "<img" in shown, "HTML is shown as it is written"
    for place in ("file:///etc/passwd", "http://example.org/x.png"):
        found = page.editor.preview.document().resource(QTextDocument.ResourceType.ImageResource.value, place)
        assert not found, "nothing is read from the disk or from elsewhere"
    assert desk.store.observation(first.id).body.startswith("Says **no**")
    desk.key(page, Qt.Key.Key_N)
    desk.wait(page.editor.body.hasFocus)


def test_tags_are_a_tree_and_history_tells_who_did_what(desk: Desk) -> None:
    page = desk.review()
    desk.wait(lambda: page.table.observations.rowCount() == 2)
    first = live(desk)[0]
    choose(desk, page, first.id)
    page.observing.edit_tag_tree()
    window = page.observing._tag_window
    assert window is not None
    desk.wait(window.isActiveWindow)
    tags = {tag.name: tag for tag in desk.store.tags()}
    window._choose(tags["Wording"].id)
    window.new.setText("Jargon")
    window.add(below=True)
    window._choose(tags["Form"].id)
    QTest.keyClick(window.tree, Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
    QTest.keyClick(window.tree, Qt.Key.Key_Right, Qt.KeyboardModifier.AltModifier)
    tags = {tag.name: tag for tag in desk.store.tags()}
    assert tags["Jargon"].parent_id == tags["Wording"].id
    assert tags["Form"].parent_id == tags["Navigation"].id
    window.model.setData(window.model.index_of(tags["Form"].id), "Forms")
    window.model.set_colour(tags["Form"].id, "#112233")
    window.model.setData(window.model.index_of(tags["Form"].id, 1), "zz")
    assert window._says.isVisible(), "a key is one letter"
    window.model.setData(window.model.index_of(tags["Form"].id, 1), "z")
    form = next(tag for tag in desk.store.tags() if tag.id == tags["Form"].id)
    assert (form.name, form.colour, form.key) == ("Forms", "#112233", "Z")
    page.table.choose(first.id)
    page.observing._tag(tags["Jargon"].id)
    window._choose(tags["Wording"].id)
    window._remove()
    assert "Jargon" not in {tag.name for tag in desk.store.tags()}
    assert "1 observation" in window._says.text()
    desk.context.undo.undo()
    assert tags["Jargon"].id in desk.store.observation(first.id).tag_ids
    assert nameless(window) == []

    desk.elsewhere(lambda store: store.update_observation(first.id, severity=4))
    page.observing.show_history(Scope.OBSERVATION)
    history = page.observing._history
    assert history is not None

    def told() -> list[tuple[str, str]]:
        return [(line.who, line.how) for line in history.model.rows()]

    desk.wait(lambda: ("Bo", "severity minor → catastrophe") in told())
    assert ("Ada", "tagged Jargon") in told()
    count = len(told())
    history.scope.setCurrentIndex(history.scope.findData(Scope.STUDY))
    history.refresh()
    desk.wait(lambda: len(told()) > count)
    assert ("Ada", "name “Form” → “Forms”") in told()
    assert nameless(history) == []
    window.hide()
    history.hide()
