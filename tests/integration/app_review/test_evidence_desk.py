"""Evidence from the desk: C cuts in the background, the clip plays, and a reel is put together and made."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from annotate.evidence.spec import Captions, ClipSpec
from annotate.models import EvidenceKind, ReelItem
from app.controllers.playback import MediaState
from app.settings import settings
from app.views.review import ReviewPage
from app.widgets.clip_dialog import ClipDialog
from tests.helpers.review_data import SECOND
from tests.integration.app_review.conftest import Desk
from tests.integration.app_review.test_observing import choose, nameless


def chips(page: ReviewPage) -> list[str]:
    return [one.id for one in (page.editor.row.evidence if page.editor.row else ())]


def test_clips_and_stills_are_cut_listed_and_joined_to_a_reel(desk: Desk) -> None:
    said: list[str] = []
    page = desk.review()
    page.message.connect(lambda words, _tone, _action: said.append(words))
    desk.wait(lambda: page.table.observations.rowCount() == 2)
    settings().clip_captions = "burnt"
    first = desk.store.observations(desk.session.id)[0]
    choose(desk, page, first.id)
    page.marked._axis.set_range(4 * SECOND, 6 * SECOND)
    desk.key(page, Qt.Key.Key_C)
    desk.wait(lambda: len(desk.store.evidence()) == 1)
    desk.wait(lambda: any("clip" in words for words in said))
    clip = desk.store.evidence()[0]
    assert (clip.kind, clip.t_start_ns, clip.t_end_ns) == (EvidenceKind.CLIP, 4 * SECOND, 6 * SECOND)
    assert clip.observation_id == first.id
    assert chips(page) == [clip.id]
    assert page.marked.to_mark()[1] is None, "the range is used up"
    desk.key(page, Qt.Key.Key_P)
    desk.wait(lambda: len(desk.store.evidence()) == 2)
    assert len(chips(page)) == 2

    page.evidence.show_evidence(clip.id)
    window = page.evidence.window
    assert window is not None
    desk.wait(window.isActiveWindow)
    assert window.current_id == clip.id
    desk.wait(lambda: window.player.playback.state is MediaState.READY)
    desk.wait(window.player.video.has_frame)
    window.put_in_reel()
    window.put_in_reel()
    (reel,) = desk.store.reels()
    assert [item.evidence_id for item in reel.items] == [clip.id, clip.id]
    window.reel.parts.setCurrentRow(0)
    window.reel.add_card()
    items = desk.store.reels()[0].items
    assert items[1].evidence_id is None
    window.reel.parts.setCurrentRow(1)
    window.reel.move_parts(-1)
    assert desk.store.reels()[0].items[0] == items[1]
    window.reel.parts.item(0).setText("Two lists")
    assert desk.store.reels()[0].items[0] == ReelItem(None, "Two lists")
    # What a drag does: the rows stand otherwise, and the drop is told.
    window.reel.parts.insertItem(0, window.reel.parts.takeItem(2))
    window.reel.parts.dropped.emit()
    assert [item.evidence_id for item in desk.store.reels()[0].items] == [clip.id, None, clip.id]
    window.reel.make.click()
    desk.wait(lambda: desk.store.reels()[0].path is not None)
    desk.wait(window.reel.film.isEnabled)
    assert (desk.store.folder / (desk.store.reels()[0].path or "")).is_file()

    for number in range(window.list.count()):
        if window.list.item(number).data(Qt.ItemDataRole.UserRole) == clip.id:
            window.list.setCurrentRow(number)
    assert nameless(window) == []
    window.close_media()
    window._remove()
    assert [one.kind for one in desk.store.evidence()] == [EvidenceKind.STILL]
    desk.context.undo.undo()
    assert len(desk.store.evidence()) == 2
    window.close()
    assert desk.failures == []


def test_a_clip_is_asked_for_and_what_cannot_be_cut_is_told(desk: Desk) -> None:
    said: list[str] = []
    page = desk.review()
    page.message.connect(lambda words, _tone, _action: said.append(words))
    desk.wait(lambda: page.table.observations.rowCount() == 2)
    dialog = ClipDialog(ClipSpec(SECOND, 3 * SECOND), 30 * SECOND, page.window())
    dialog.show()
    dialog.end._t_ns = None
    dialog._on_end(SECOND)
    QTest.keyClick(dialog, Qt.Key.Key_Return)
    assert dialog.isVisible(), "an empty clip is refused"
    assert dialog._problem.isVisible()
    dialog._on_end(90 * SECOND)
    dialog.captions.setCurrentIndex(dialog.captions.findData(Captions.SRT))
    dialog.sound.setChecked(False)
    dialog._take()
    assert not dialog.isVisible()
    assert dialog.spec == ClipSpec(SECOND, 30 * SECOND, Captions.SRT, sound=False), "it ends where the session ends"
    page.evidence.controller.remember(dialog.spec)
    assert page.evidence.controller.usual_clip(0, SECOND).captions is Captions.SRT
    dialog.deleteLater()

    desk.recorded.bundle.screen_path.rename(desk.recorded.bundle.path / "elsewhere.mp4")
    page.evidence.cut()
    desk.wait(lambda: any("screen.mp4" in words for words in said))
    assert desk.store.evidence() == []
    assert QApplication.activeModalWidget() is None
