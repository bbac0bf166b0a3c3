"""The small widgets by themselves: keys, clicks, names for screen readers."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QLabel, QLineEdit, QPlainTextEdit, QToolButton
from pytestqt.qtbot import QtBot

from annotate.models import Severity
from app.widgets.basics import ElidedLabel
from app.widgets.observation_editor import TimeField
from app.widgets.saved_text import SavedText
from app.widgets.severity_picker import SeverityPicker, paint_severity, severity_path
from app.widgets.tag_editor import Chip, ChipField
from app.wording import severity_words

S = 1_000_000_000


def test_each_severity_has_a_shape_of_its_own(qtbot: QtBot) -> None:
    box = QRectF(0, 0, 40, 40)
    seen = set()
    for severity in (None, *Severity):
        image = QImage(40, 40, QImage.Format.Format_RGB32)
        image.fill(QColor("white"))
        painter = QPainter(image)
        paint_severity(painter, box, severity, number=False)
        painter.end()
        # Without number and colour, just what is inked.
        inked = bytes(image.pixelColor(x, y).lightness() < 250 for x in range(40) for y in range(40))
        seen.add(inked)
        assert box.adjusted(-2, -2, 2, 2).contains(severity_path(box, severity).boundingRect())
    assert len(seen) == 6


def test_severity_is_picked_by_click_and_by_digit_and_taken_away(qtbot: QtBot) -> None:
    picker = SeverityPicker()
    qtbot.addWidget(picker)
    picker.show()
    picked: list[Severity | None] = []
    picker.picked.connect(picked.append)
    buttons = picker.findChildren(QToolButton)
    assert [b.accessibleName() for b in buttons][3] == "Severity 3: major"
    assert all(b.toolTip() for b in buttons)
    qtbot.mouseClick(buttons[3], Qt.MouseButton.LeftButton)
    qtbot.keyClick(picker, "1")
    qtbot.keyClick(picker, Qt.Key.Key_Delete)
    qtbot.mouseClick(buttons[0], Qt.MouseButton.LeftButton)
    qtbot.mouseClick(buttons[0], Qt.MouseButton.LeftButton)
    assert picked == [Severity.MAJOR, Severity.COSMETIC, None, Severity.NOT_A_PROBLEM, None]
    picker.set_severity(Severity.MINOR)
    assert len(picked) == 5  # being told is not being changed


@pytest.fixture
def field(qtbot: QtBot) -> ChipField:
    made = ChipField(placeholder="Add", name="Tags", new="New tag “{name}”", dots=True, commas=True)
    qtbot.addWidget(made)
    made.resize(300, 80)
    made.set_words(["Wording", "Navigation"])
    made.show()
    with qtbot.waitActive(made):
        made.activateWindow()
    made.setFocus()
    qtbot.waitUntil(made.line.hasFocus)
    return made


def test_chips_are_added_by_enter_comma_and_completion(qtbot: QtBot, field: ChipField) -> None:
    added: list[str] = []
    field.added.connect(added.append)
    qtbot.keyClicks(field.line, "  Trust ")
    qtbot.keyClick(field.line, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: not field.line.text())
    qtbot.keyClicks(field.line, "Speed,")
    qtbot.keyClicks(field.line, "na")
    popup = field.line.completer().popup()
    assert popup is not None
    with qtbot.waitExposed(popup):
        pass
    qtbot.keyClick(popup, Qt.Key.Key_Down)
    qtbot.keyClick(popup, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: len(added) == 3)
    assert added == ["Trust", "Speed", "Navigation"]
    qtbot.waitUntil(lambda: not field.line.text())


def test_chips_are_removed_by_cross_key_and_backspace(qtbot: QtBot, field: ChipField) -> None:
    removed: list[str] = []
    opened: list[str] = []
    field.removed.connect(removed.append)
    field.activated.connect(opened.append)
    field.set_chips([Chip("1", "Wording", "#ff0000"), Chip("2", "A name so long that it must be cut " * 3)])
    first, second = field.chip_widgets()
    assert second.width() < 300
    assert second.toolTip()
    qtbot.mouseClick(first, Qt.MouseButton.LeftButton, pos=first.rect().center() + first.rect().topRight() / 2)
    qtbot.mouseClick(first, Qt.MouseButton.LeftButton, pos=first.rect().center() - first.rect().topRight() / 3)
    qtbot.keyClick(second, Qt.Key.Key_Delete)
    qtbot.keyClick(second, Qt.Key.Key_Return)
    qtbot.keyClick(field.line, Qt.Key.Key_Backspace)
    assert removed == ["1", "2", "2"]
    assert opened == ["1", "2"]


def test_what_is_being_typed_survives_new_chips(qtbot: QtBot, field: ChipField) -> None:
    qtbot.keyClicks(field.line, "half a")
    field.set_chips([Chip("1", "Wording")])
    assert field.line.text() == "half a"
    assert [chip.text for chip in field.chips()] == ["Wording"]


def test_a_time_is_typed_as_people_say_it(qtbot: QtBot) -> None:
    field = TimeField("Start")
    qtbot.addWidget(field)
    field.show()
    told: list[int | None] = []
    field.changed.connect(told.append)
    field.set_time(65 * S)
    assert field.text() == "01:05.0"
    for typed in ("2:03.5", "nonsense", "", "83"):
        field.selectAll()
        field.setFocus()
        qtbot.keyClick(field, Qt.Key.Key_Backspace)
        qtbot.keyClicks(field, typed)
        qtbot.keyClick(field, Qt.Key.Key_Return)
        assert (field.property("wrong") == "true") == (typed == "nonsense")
    assert told == [123_500_000_000, None, 83 * S]


@pytest.mark.parametrize("make", [QLineEdit, QPlainTextEdit])
def test_text_is_handed_over_after_a_pause_and_never_overwritten(
    qtbot: QtBot, make: type[QLineEdit] | type[QPlainTextEdit]
) -> None:
    field = make()
    qtbot.addWidget(field)
    field.show()
    saved = SavedText(field)
    told: list[tuple[str, str]] = []
    saved.edited.connect(lambda text, edit: told.append((text, edit)))
    saved.show_text("old", other=True)
    qtbot.keyClicks(field, "x")
    saved.show_text("from elsewhere", other=False)
    assert "from elsewhere" not in saved.text
    qtbot.waitUntil(lambda: len(told) == 1, timeout=5_000)
    qtbot.keyClicks(field, "y")
    saved.save()
    assert len(told) == 2
    assert told[0][1] == told[1][1]  # one stretch of typing, one step of undo
    saved.show_text("from elsewhere", other=False)
    assert saved.text == "from elsewhere"
    assert len(told) == 2


def test_the_severity_picker_shows_its_word_whole_or_not_at_all(qtbot: QtBot) -> None:
    picker = SeverityPicker()
    qtbot.addWidget(picker)
    picker.set_severity(Severity.CATASTROPHE)
    picker.resize(600, 40)
    picker.show()
    word = picker.findChild(QLabel)
    assert word is not None
    qtbot.waitUntil(lambda: word.text() == severity_words(Severity.CATASTROPHE))
    picker.resize(picker.minimumSizeHint().width() + 12, 40)
    qtbot.waitUntil(lambda: not word.text())


def test_an_elided_label_shows_what_people_wrote_as_it_is(qtbot: QtBot) -> None:
    shown = ElidedLabel("<b>Buy</b> <script>x</script>")
    qtbot.addWidget(shown)
    shown.resize(2000, 20)
    with qtbot.waitExposed(shown):
        shown.show()
    assert shown.text() == "<b>Buy</b> <script>x</script>"
    assert shown.textFormat() is Qt.TextFormat.PlainText
    shown.resize(60, 20)
    qtbot.waitUntil(lambda: "&lt;b&gt;Buy" in shown.toolTip(), timeout=10_000)
