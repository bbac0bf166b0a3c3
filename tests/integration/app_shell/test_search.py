"""Search: typed, narrowed, and played from where it was said, in whichever study."""

from __future__ import annotations

import shutil
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from annotate.library import FacetKind
from annotate.search import Hit
from annotate.store import StudyStore
from app import paths
from app.application import Application
from app.main_window import Place
from app.models.hits import HitHeading
from app.views.search import SearchPage
from tests.helpers.shell import wait_for
from tests.unit.annotate.test_search import talk


def make_two() -> tuple[Path, Path]:
    """Two studies in the usual place."""
    found = []
    for name, texts in (
        ("Shop", ["Where would you pay?", "I don't see the <b>cart</b>.", "The cart is hidden, isn't it?"]),
        ("Bank", ["Where is the cart?", "There is no cart in a bank."]),
    ):
        with StudyStore.create(paths.studies_dir() / name, name, author="Ada") as store:
            session = talk(store, "P01", *texts)
            store.update_session(session.id, state="recorded", duration_ns=60 * 10**9)
            store.add_observation(session.id, t_start_ns=10**9, body="Looks for the cart")
            found.append(store.folder)
    return found[0], found[1]


def shown(page: SearchPage) -> list[str]:
    rows = [page.model.row(number) for number in range(page.model.rowCount())]
    return [f"# {row.title} {row.about}" if isinstance(row, HitHeading) else row.text for row in rows]


def test_typed_narrowed_opened_and_told_what_is_gone(app: Application, qtbot: QtBot) -> None:
    shop, bank = make_two()
    app.open()
    qtbot.waitExposed(app.window).__enter__()
    app.window.activateWindow()
    wait_for(qtbot, app.window.isActiveWindow)
    qtbot.keyClick(app.window, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    page = app.window.page(Place.SEARCH)
    assert isinstance(page, SearchPage)
    wait_for(qtbot, page.field.hasFocus)
    assert page.stack.currentWidget() is page._hint
    wait_for(qtbot, lambda: page.filters[FacetKind.STUDY].count() == 3)

    qtbot.keyClicks(page.field, "cart")
    wait_for(qtbot, lambda: len([row for row in shown(page) if "cart" in row]) == 6)
    assert len([row for row in shown(page) if row.startswith("#")]) == 2
    assert page.status.text() == "6 places"
    page.where.setCurrentIndex(1)
    page.where.activated.emit(1)
    wait_for(qtbot, lambda: page.status.text() == "4 places")
    choice = page.filters[FacetKind.SPEAKER]
    choice.setCurrentIndex(choice.findText("Moderator"))
    choice.activated.emit(choice.currentIndex())
    wait_for(qtbot, lambda: page.status.text() == "2 places")
    choice.setCurrentIndex(0)
    choice.activated.emit(0)
    page.field.clear()
    qtbot.keyClicks(page.field, "nowhere")
    wait_for(qtbot, lambda: page.stack.currentWidget() is page._nothing)
    page.field.clear()
    qtbot.keyClicks(page.field, '"the <b>cart"')
    wait_for(qtbot, lambda: page.status.text() == "1 place")

    qtbot.keyClick(page.field, Qt.Key.Key_Return)
    wait_for(qtbot, page.list.hasFocus)
    qtbot.keyClick(page.list, Qt.Key.Key_Return)
    wait_for(qtbot, lambda: app.window.place is Place.REVIEW)
    context = app.studies.context
    assert context is not None
    assert context.folder == shop
    review = app.window.page(Place.REVIEW)
    assert review is not None
    wait_for(qtbot, lambda: review.has_session() and review.playback.position_ns == 10 * 10**9)  # type: ignore[attr-defined]

    # What changes is found at once, without being asked for.
    session = context.store.sessions()[0]
    segment = context.store.segments(session.id)[0]
    app.window.show_place(Place.SEARCH)
    page.field.setText("zebra")
    page._ask()
    wait_for(qtbot, lambda: page.stack.currentWidget() is page._nothing)
    context.do("edit", lambda store: store.set_text(segment.id, "A zebra"))
    wait_for(qtbot, lambda: page.status.text() == "1 place")

    page.field.setText("bank")
    page._ask()
    wait_for(qtbot, lambda: "in a bank" in shown(page)[-1])
    hit = page.model.row(1)
    assert isinstance(hit, Hit)
    assert hit.folder == bank
    wait_for(qtbot, lambda: not app.jobs.running())
    shutil.rmtree(bank)
    app.open_hit(hit)
    assert "not at" in app.window.messages.words.text()
    wait_for(qtbot, lambda: page._problems.count() == 1)
    line = page._problems.itemAt(0).widget()
    assert line is not None
    button = line.findChild(QPushButton)
    assert button is not None
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    wait_for(qtbot, lambda: page._problems.count() == 0)
    app.commands.trigger("search.rebuild")
    wait_for(qtbot, lambda: page.filters[FacetKind.STUDY].count() == 2)
