"""Enter in a field of chips: takes what is offered before it makes anything new."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractItemView
from pytestqt.qtbot import QtBot

from app.widgets.tag_editor import Chip, ChipField

RETURN = Qt.Key.Key_Return


@pytest.fixture
def field(qtbot: QtBot) -> ChipField:
    made = ChipField(placeholder="Add", name="Tags", new="New tag “{name}”", dots=True, commas=True)
    qtbot.addWidget(made)
    made.resize(300, 80)
    made.set_words(["Wording", "Navigation", "Navy", "Site map", "#7 Invoices are hidden"])
    made.show()
    with qtbot.waitActive(made):
        made.activateWindow()
    made.setFocus()
    qtbot.waitUntil(made.line.hasFocus)
    return made


def popup_of(field: ChipField) -> QAbstractItemView:
    popup = field.line.completer().popup()
    assert popup is not None
    return popup


def offered(field: ChipField) -> list[str]:
    model = popup_of(field).model()
    return [model.index(row, 0).data() for row in range(model.rowCount())]


def type_and_enter(qtbot: QtBot, field: ChipField, text: str, key: Qt.Key = RETURN, modifier: object = None) -> None:
    """As the window system does it: keys go to the list while it is open."""
    qtbot.keyClicks(field.line, text)
    popup = field.line.completer().popup()
    target = popup if popup is not None and popup.isVisible() else field.line
    qtbot.keyClick(target, key, modifier or Qt.KeyboardModifier.NoModifier)


@pytest.mark.parametrize(
    ("typed", "taken"),
    [
        ("Wor", "Wording"),
        ("wOR", "Wording"),
        ("map", "Site map"),
        ("invoices", "#7 Invoices are hidden"),
        ("invoices are HIDDEN", "#7 Invoices are hidden"),
        ("navy", "Navy"),
        ("Trust", "Trust"),
        ("vigation", "vigation"),
    ],
)
def test_enter_takes_the_only_offer_and_else_makes_a_new_one(
    qtbot: QtBot, field: ChipField, typed: str, taken: str
) -> None:
    added: list[str] = []
    field.added.connect(added.append)
    type_and_enter(qtbot, field, typed)
    qtbot.waitUntil(lambda: not field.line.text() and not popup_of(field).isVisible())
    assert added == [taken]


def test_what_is_set_already_is_not_offered_again(qtbot: QtBot, field: ChipField) -> None:
    added: list[str] = []
    field.added.connect(added.append)
    field.set_chips([Chip("1", "Wording")])
    type_and_enter(qtbot, field, "Wor")
    assert added == ["Wor"]


def test_with_several_offers_enter_asks_which(qtbot: QtBot, field: ChipField) -> None:
    added: list[str] = []
    field.added.connect(added.append)
    type_and_enter(qtbot, field, "nav")
    popup = popup_of(field)
    qtbot.waitUntil(lambda: popup.isVisible() and popup.currentIndex().isValid())
    assert added == []
    qtbot.keyClick(popup, Qt.Key.Key_Down)
    qtbot.keyClick(popup, RETURN)
    qtbot.waitUntil(lambda: not field.line.text() and not popup.isVisible())
    assert added == ["Navy"]


def test_a_new_name_can_be_asked_for(qtbot: QtBot, field: ChipField) -> None:
    added: list[str] = []
    field.added.connect(added.append)
    qtbot.keyClicks(field.line, "Wor")
    popup = popup_of(field)
    assert offered(field) == ["Wording", "New tag “Wor”"]
    qtbot.keyClick(popup, Qt.Key.Key_Down)
    qtbot.keyClick(popup, Qt.Key.Key_Down)
    qtbot.keyClick(popup, RETURN)
    qtbot.waitUntil(lambda: not field.line.text() and not popup.isVisible())
    assert added == ["Wor"]
    type_and_enter(qtbot, field, "Na", modifier=Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: not field.line.text() and not popup.isVisible())
    assert added == ["Wor", "Na"]
    qtbot.keyClicks(field.line, "Wording")
    assert offered(field) == ["Wording"]  # there is one of that name


def test_a_comma_takes_as_enter_does(qtbot: QtBot, field: ChipField) -> None:
    added: list[str] = []
    field.added.connect(added.append)
    qtbot.keyClicks(field.line, "wor,Speed,")
    qtbot.waitUntil(lambda: not field.line.text())
    assert added == ["Wording", "Speed"]
