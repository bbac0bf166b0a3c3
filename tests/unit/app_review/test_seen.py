"""What must be legible: words in columns, the playhead on dark ground, the desk beside running jobs."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication, QCheckBox, QStyleOptionViewItem, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from annotate.models import ObservationKind
from app.jobs import Jobs
from app.models.observations import FINDINGS_COLUMNS, Column
from app.palette import Role, contrast
from app.theme import theme
from app.widgets import activity
from app.widgets.activity import ActivityPanel
from app.widgets.observation_table import ObservationTable
from app.widgets.timeline.axis import TimeAxis
from app.widgets.timeline.view import TracksView
from tests.unit.app_review.test_models import row as make_row

S = 1_000_000_000


@pytest.fixture(autouse=True)
def dressed(qapp: QApplication) -> Iterator[None]:
    theme().set_mode("light")
    theme().apply(qapp)
    yield
    theme().set_mode("light")


def test_the_kind_column_shows_its_longest_word(qtbot: QtBot) -> None:
    table = ObservationTable(FINDINGS_COLUMNS, name="Observations")
    qtbot.addWidget(table)
    table.resize(1000, 300)
    table.show()
    table.set_rows([make_row(str(n), n, kind=kind) for n, kind in enumerate(ObservationKind)])
    column = FINDINGS_COLUMNS.index(Column.KIND)
    for number in range(len(ObservationKind)):
        index = table.model().index(number, column)
        option = QStyleOptionViewItem()
        table.initViewItemOption(option)
        option.rect = table.visualRect(index)
        assert table.itemDelegateForIndex(index).sizeHint(option, index).width() <= option.rect.width()


def test_equal_rows_stay_in_time_order(qtbot: QtBot) -> None:
    table = ObservationTable(FINDINGS_COLUMNS, name="Observations", sort=Column.PARTICIPANT)
    qtbot.addWidget(table)
    rows = [make_row(str(n), n) for n in range(6)]
    table.set_rows([rows[n] for n in (5, 0, 3)])
    table.set_rows([rows[n] for n in (5, 1, 0, 4, 3, 2)])

    def shown() -> list[object]:
        model = table.model()
        return [model.index(n, FINDINGS_COLUMNS.index(Column.TIME)).data() for n in range(model.rowCount())]

    assert shown() == [f"00:0{n}" for n in range(6)]
    table.sortByColumn(FINDINGS_COLUMNS.index(Column.PARTICIPANT), Qt.SortOrder.DescendingOrder)
    assert shown() == [f"00:0{n}" for n in range(6)]
    table.sortByColumn(FINDINGS_COLUMNS.index(Column.TIME), Qt.SortOrder.DescendingOrder)
    assert shown() == [f"00:0{n}" for n in reversed(range(6))]


def test_the_playhead_is_seen_after_a_change_to_dark(qtbot: QtBot) -> None:
    axis = TimeAxis()
    view = TracksView(axis)
    qtbot.addWidget(view)
    view.resize(400, 200)
    view.show()
    axis.set_duration(60 * S)
    axis.set_playhead(30 * S)
    theme().set_mode("dark")
    image = view.viewport().grab().toImage()
    x, y = round(axis.x_of(30 * S)), image.height() - 10
    ground = image.pixelColor(x - 20, y).name()
    beside = [image.pixelColor(at, y).name() for at in range(x - 2, x + 3)]
    assert beside.count(theme().color(Role.TEXT).name()) >= 2
    assert max(contrast(colour, ground) for colour in beside) >= 3


def test_running_jobs_soon_are_a_small_chip_at_the_left(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(activity, "FOLDS_AFTER_MS", 300)
    page, jobs, go_on = QWidget(), Jobs(), threading.Event()
    qtbot.addWidget(page)
    panel = ActivityPanel(jobs, page)
    page.resize(1200, 700)
    page.show()
    assert not panel.open(), "who asks for it is told that nothing runs"

    def work(_cancel: object, progress: object) -> None:
        progress(0.42, "")  # type: ignore[operator]
        go_on.wait(30)

    jobs.run("Transcribing", work)
    qtbot.waitUntil(panel.isVisible)
    assert panel.geometry().right() < page.width() / 2
    wide = panel.width()
    qtbot.waitUntil(lambda: panel.head_words() == "Transcribing 42 %")
    qtbot.waitUntil(lambda: panel.height() < 60 and panel.width() < wide)
    assert page.rect().contains(panel.geometry())
    unfold = next(b for b in panel.findChildren(QToolButton) if b.accessibleName() == "Unfold the activity panel")
    qtbot.mouseClick(unfold, Qt.MouseButton.LeftButton)
    assert panel.width() == wide
    qtbot.wait(500)
    assert panel.width() == wide  # who unfolded it wants to see it
    go_on.set()
    qtbot.waitUntil(lambda: not panel.isVisible())
    assert jobs.shutdown()


def test_a_ticked_box_that_cannot_be_changed_looks_so(qtbot: QtBot) -> None:
    box = QCheckBox("Voice")
    box.setChecked(True)
    qtbot.addWidget(box)
    able = box.grab().toImage()
    box.setEnabled(False)
    accent = theme().color(Role.ACCENT)
    shown = box.grab().toImage()

    def has_accent(image: QImage) -> bool:
        for x in range(image.width()):
            for y in range(image.height()):
                ink = image.pixelColor(x, y)
                if (ink.red(), ink.green(), ink.blue()) == (accent.red(), accent.green(), accent.blue()):
                    return True
        return False

    assert has_accent(able)
    assert not has_accent(shown)
