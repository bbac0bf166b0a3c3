from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QPushButton, QToolButton, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from app.commands import Command, CommandRegistry
from app.views.command_palette import CommandPalette, Hit, search


@pytest.fixture
def place(qtbot: QtBot) -> QWidget:
    widget = QWidget()
    widget.resize(600, 400)
    qtbot.addWidget(widget)
    return widget


def test_a_button_is_as_its_command_is(place: QWidget) -> None:
    registry, hits = CommandRegistry(), []
    allowed = [False]
    registry.add(
        Command("x.do", "Do it", "Ctrl+D", "ph.play"), lambda: hits.append(1), place, enabled=lambda: allowed[0]
    )
    only_icon = registry.bind(QToolButton(place), "x.do", icon_only=True)
    wordy = registry.bind(QPushButton(place), "x.do")
    assert only_icon.text() == ""
    assert only_icon.accessibleName() == "Do it"
    assert only_icon.toolTip() == "Do it (Ctrl+D)"
    assert wordy.text() == "Do it"
    assert not only_icon.isEnabled()
    allowed[0] = True
    registry.refresh()
    assert only_icon.isEnabled()
    only_icon.click()
    wordy.click()
    registry.trigger("x.do")
    assert len(hits) == 3


def test_a_command_that_may_not_run_does_not_run(place: QWidget) -> None:
    registry, hits, allowed = CommandRegistry(), [], [True]
    registry.add(Command("x.do", "Do"), lambda: hits.append(1), place, enabled=lambda: allowed[0])
    allowed[0] = False  # nobody called refresh: the action still looks enabled
    registry.action("x.do").trigger()
    assert hits == []


def test_two_commands_of_one_reach_cannot_share_a_key(place: QWidget) -> None:
    registry = CommandRegistry()
    registry.add(Command("a", "A", "Ctrl+A"), lambda: None, place)
    registry.add(Command("b", "B", "M", scope="review"), lambda: None, place)
    with pytest.raises(ValueError, match="both want"):
        registry.add(Command("c", "C", "Ctrl+A", scope="review"), lambda: None, place)
    with pytest.raises(ValueError, match="both want"):
        registry.add(Command("c", "C", "M", scope="review"), lambda: None, place)
    registry.add(Command("c", "C", "M", scope="findings"), lambda: None, place)
    registry.add(Command("d", "D", "Ctrl+A", scope="recording"), lambda: None, place)
    registry.add(Command("a", "A", "Ctrl+A"), lambda: None, place)  # the same one again is not a clash


def test_commands_of_a_page_that_is_gone_are_gone(qtbot: QtBot) -> None:
    registry, page = CommandRegistry(), QWidget()
    registry.add(Command("p.x", "X", "X", scope="p"), lambda: None, page)
    page.deleteLater()
    qtbot.waitUntil(lambda: not registry.has("p.x"))


def test_a_letter_typed_into_a_field_is_text_and_no_command(place: QWidget, qtbot: QtBot) -> None:
    registry, hits = CommandRegistry(), []
    registry.add(Command("x.mark", "Mark", "P", scope="recording"), lambda: hits.append(1), place)
    place.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    layout = QVBoxLayout(place)
    field = QLineEdit()
    layout.addWidget(field)
    place.show()
    qtbot.waitExposed(place).__enter__()
    place.activateWindow()
    qtbot.waitUntil(place.isActiveWindow)
    field.setFocus()
    qtbot.keyClick(field, "p")
    assert (field.text(), hits) == ("p", [])
    place.setFocus()
    qtbot.keyClick(place, "p")
    assert hits == [1]


def test_the_palette_finds_runs_and_gives_the_focus_back(place: QWidget, qtbot: QtBot) -> None:
    registry, hits = CommandRegistry(), []
    registry.add(Command("s.new", "New session", "Ctrl+R", "ph.record"), lambda: hits.append("new"), place)
    registry.add(Command("t.theme", "Theme"), lambda: hits.append("theme"), place)
    registry.add(Command("n.not", "Never now"), lambda: hits.append("never"), place, enabled=lambda: False)
    elsewhere = QWidget()
    qtbot.addWidget(elsewhere)
    registry.add(Command("r.mark", "New mark", "M", scope="review"), lambda: None, elsewhere)
    field = QLineEdit(place)
    palette = CommandPalette(registry, place)
    place.show()
    qtbot.waitExposed(place).__enter__()
    place.activateWindow()
    qtbot.waitUntil(place.isActiveWindow)
    palette.open(field)
    assert palette.model.rowCount() == 3, "a command of a page that can't be seen is out of reach"
    qtbot.keyClicks(palette.field, "ns")
    assert palette.model.hit(0).command.id == "s.new"
    qtbot.keyClick(palette.field, Qt.Key.Key_Return)
    assert hits == ["new"]
    assert not palette.isVisible()
    assert field.hasFocus()
    palette.open(field)
    qtbot.keyClicks(palette.field, "never")
    qtbot.keyClick(palette.field, Qt.Key.Key_Return)
    assert hits == ["new"]
    qtbot.keyClicks(palette.field, "qqq")
    assert palette.nothing.isVisible()
    qtbot.keyClick(palette.field, Qt.Key.Key_Escape)
    assert not palette.isVisible()


def test_what_cannot_be_run_comes_last() -> None:
    hits = [Hit(Command("a", "Stop"), False), Hit(Command("b", "Show the step"), True)]
    assert [hit.command.id for hit in search(hits, "st")] == ["b", "a"]
    assert [hit.command.id for hit in search(hits, "")] == ["b", "a"]
