"""The transcript on the desk, corrected by the keyboard alone."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QTextCursor
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from annotate.export.transcript import TranscriptFormat
from annotate.models import ObservationKind
from app import paths
from app.controllers.playback import MediaState
from app.theme import Text, theme
from app.views.review import ReviewPage
from app.views.transcript_export import TranscriptExportDialog
from app.widgets.speakers_dialog import SpeakersDialog
from app.widgets.transcript_delegate import Wrapping, set_out
from app.widgets.transcript_editor import LineEditor
from tests.integration.app_review.conftest import Desk
from transcribe.journal import JournalWriter
from transcribe.models import Flag, Role, Segment, Transcript, Voice, Word
from transcribe.voice_print import SIZE, VoicePrint

SECOND = 1_000_000_000
SAID = (
    ("Where would you look?", 0, ()),
    ("In the car I guess", 1, ()),
    ("Thank you for watching", 1, (Flag.LOOP,)),
    ("Why in the car", 0, ()),
    ("It is where it always is", 1, ()),
)


def segments() -> tuple[Segment, ...]:
    made = []
    for number, (text, voice, flags) in enumerate(SAID):
        start = (2 + 4 * number) * SECOND
        words = tuple(
            Word(start + n * SECOND // 2, start + (n + 1) * SECOND // 2, f" {word}", 0.9)
            for n, word in enumerate(text.split())
        )
        made.append(Segment(start, words[-1].t_end_ns, f" {text}", words, voice=voice, flags=flags))
    return tuple(made)


@pytest.fixture
def page(desk: Desk) -> ReviewPage:
    voices = (Voice(Role.MODERATOR), Voice(Role.PARTICIPANT))
    heard = Transcript("heard", "mic", "tiny.en", "en", segments(), True, 30 * SECOND, voices=voices)
    desk.store.put_transcript(desk.session.id, heard)
    page = desk.review()
    desk.wait(lambda: page.transcript.view.model.rowCount() == len(SAID))
    page.transcript.view.list.setFocus()
    page.transcript.view.list.choose(0)
    return page


def texts(page: ReviewPage) -> list[str]:
    return [line.text for line in page.transcript.view.model.lines()]


def row(page: ReviewPage) -> int:
    return page.transcript.view.list.currentIndex().row()


def editor(page: ReviewPage) -> LineEditor:
    return page.transcript.view.list.editor


def write(desk: Desk, page: ReviewPage, text: str) -> None:
    """Types over the whole text of the line that is being corrected."""
    editor(page).selectAll()
    desk.qtbot.keyClicks(editor(page), text)


def test_playback_follows_and_corrections_are_made_and_undone_by_key(desk: Desk, page: ReviewPage) -> None:
    desk.key(page, Qt.Key.Key_Down)
    assert row(page) == 1
    assert page.playback.position_ns == 6 * SECOND
    desk.key(page, Qt.Key.Key_E)
    assert editor(page).active
    write(desk, page, "In the cart I guess")
    desk.key(page, Qt.Key.Key_Tab)
    desk.wait(lambda: texts(page)[1] == "In the cart I guess")
    assert editor(page).active, "Tab goes on with the next line"
    assert editor(page).toPlainText() == "Thank you for watching"
    desk.key(page, Qt.Key.Key_Escape)
    assert texts(page)[2] == "Thank you for watching"
    line = page.transcript.view.model.line(1)
    assert [word.t_start_ns for word in line.words] == [6 * SECOND + n * SECOND // 2 for n in range(5)]
    assert (line.verified_by, line.original) == (desk.store.author, "In the car I guess")
    desk.context.undo.undo()
    desk.wait(lambda: texts(page)[1] == "In the car I guess")


def test_split_join_find_and_replace_by_key(desk: Desk, page: ReviewPage) -> None:
    page.transcript.view.list.choose(4)
    desk.key(page, Qt.Key.Key_E)
    editor(page).moveCursor(QTextCursor.MoveOperation.End)
    for _ in "it always is":
        desk.key(page, Qt.Key.Key_Left)
    desk.qtbot.keyClick(editor(page), Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    desk.wait(lambda: texts(page)[4:] == ["It is where", "it always is"])
    desk.wait(lambda: editor(page).active)
    assert (row(page), editor(page).toPlainText()) == (5, "it always is")
    desk.key(page, Qt.Key.Key_Backspace)
    desk.wait(lambda: texts(page)[4:] == ["It is where it always is"])
    desk.key(page, Qt.Key.Key_Escape)
    desk.qtbot.keyClick(page.transcript.view.list, Qt.Key.Key_H, Qt.KeyboardModifier.ControlModifier)
    view = page.transcript.view
    desk.wait(view.find_edit.hasFocus)
    desk.qtbot.keyClicks(view.find_edit, "car")
    desk.qtbot.keyClick(view.find_edit, Qt.Key.Key_Tab)
    assert view.replace_edit.hasFocus()
    desk.qtbot.keyClicks(view.replace_edit, "cart")
    desk.qtbot.keyClick(view.replace_edit, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    desk.wait(lambda: texts(page)[1] == "In the cart I guess" and texts(page)[3] == "Why in the cart")
    desk.context.undo.undo()
    desk.wait(lambda: texts(page)[1] == "In the car I guess" and texts(page)[3] == "Why in the car")


def test_doubt_is_found_listened_to_and_only_then_quoted(desk: Desk, page: ReviewPage) -> None:
    said: list[tuple[str, str, object]] = []
    page.message.connect(lambda *message: said.append(message))
    desk.key(page, Qt.Key.Key_D)
    assert row(page) == 2
    assert page.playback.position_ns == 10 * SECOND
    before = len(desk.store.observations(desk.session.id))
    desk.key(page, Qt.Key.Key_Q)
    words, tone, action = said[-1]
    assert "nobody has listened" in words
    assert tone == "warning"
    assert isinstance(action, tuple)
    action[1]()  # listen
    desk.wait(lambda: page.playback.playing)
    page.playback.toggle()
    assert len(desk.store.observations(desk.session.id)) == before
    desk.key(page, Qt.Key.Key_V)
    desk.wait(lambda: page.transcript.view.model.line(2).verified_by == desk.store.author)
    assert not page.transcript.view.doubt_button.isVisible()
    desk.key(page, Qt.Key.Key_Q)
    made = [one for one in desk.store.observations(desk.session.id) if one.body == "“Thank you for watching”"]
    assert [(one.kind, one.t_start_ns) for one in made] == [(ObservationKind.QUOTE, 10 * SECOND)]
    page.transcript.view.list.setFocus()
    desk.key(page, Qt.Key.Key_V)
    desk.wait(lambda: page.transcript.view.model.line(2).in_doubt)


def test_speaker_of_a_turn_of_all_like_it_and_their_names(desk: Desk, page: ReviewPage) -> None:
    def who() -> list[str]:
        return [line.who.initial if line.who else "" for line in page.transcript.view.model.lines()]

    assert who() == ["M", "P", "P", "M", "P"]
    page.transcript.view.list.choose(2)
    page.playback.seek(6 * SECOND)
    desk.wait(lambda: ", net " in page.strip.now.full_text())
    before = page.strip.now.full_text()
    desk.key(page, Qt.Key.Key_S)
    desk.wait(lambda: who() == ["M", "M", "M", "M", "P"])
    desk.wait(lambda: page.strip.now.full_text() != before)  # more of the task is the moderator's now
    desk.context.undo.undo()
    desk.wait(lambda: who() == ["M", "P", "P", "M", "P"])
    desk.qtbot.keyClick(page.transcript.view.list, Qt.Key.Key_S, Qt.KeyboardModifier.AltModifier)
    desk.wait(lambda: who() == ["M", "M", "M", "M", "M"])
    page.transcript.open_speakers()
    dialog = QApplication.activeModalWidget()
    assert dialog is not None
    dialog.names[0].setText("Grace")  # type: ignore[attr-defined]
    dialog.names[0].editingFinished.emit()  # type: ignore[attr-defined]
    dialog.close()
    desk.wait(lambda: page.transcript.view.model.line(0).spoken == "00:02  Grace: Where would you look?")


def test_a_quote_of_words_in_doubt_says_so_until_they_were_heard(desk: Desk, page: ReviewPage) -> None:
    made, change = desk.store.add_observation(
        desk.session.id, t_start_ns=10 * SECOND, body="Thank you for watching", kind=ObservationKind.PROBLEM
    )
    desk.context.announce(change)
    page.table.choose(made.id)
    page.show_chosen(made.id)
    desk.wait(lambda: page.editor.row is not None and page.editor.row.id == made.id)
    assert not page.editor.facts.isVisible()
    kind = page.editor.kind
    kind.setCurrentIndex(kind.findData(ObservationKind.QUOTE))
    kind.activated.emit(kind.currentIndex())
    desk.wait(page.editor.facts.isVisible)
    assert any("In doubt" in label.text() for label in page.editor.facts.findChildren(QLabel))
    assert desk.store.observation(made.id).kind is ObservationKind.QUOTE
    page.transcript.view.list.setFocus()
    page.transcript.view.list.choose(2)
    desk.key(page, Qt.Key.Key_V)
    desk.wait(lambda: not page.editor.facts.isVisible())


def keep_sounds(desk: Desk) -> None:
    """The journal of the run: the third line sounds like the moderator, though it was given to the participant."""
    journal = JournalWriter(
        desk.recorded.bundle.transcripts_dir / "heard.jsonl", transcript_id="heard", track="mic", model="tiny.en"
    )
    for number, one in enumerate(segments()):
        levels = bytearray(SIZE)
        levels[(0 if number in {0, 2, 3} else 100) : (120 if number in {0, 2, 3} else 220)] = bytes([250]) * 120
        journal.voice(VoicePrint("mic", one.t_start_ns, one.t_start_ns + 2 * SECOND, bytes(levels)))
    journal.piece(30 * SECOND)
    journal.end(done=True)


def files_of(desk: Desk) -> set[str]:
    """What lies in the study, but for what is worked out of the pictures and sounds meanwhile."""
    found = (path.relative_to(desk.store.folder) for path in desk.store.folder.rglob("*"))
    return {str(path) for path in found if "derived" not in path.parts and "sqlite3-" not in path.name}


def test_all_that_sound_alike_go_to_a_speaker_whose_voice_is_then_kept(desk: Desk, page: ReviewPage) -> None:
    def who() -> list[str]:
        return [line.who.initial if line.who else "" for line in page.transcript.view.model.lines()]

    keep_sounds(desk)
    page.transcript.open_speakers()
    dialog = QApplication.activeModalWidget()
    assert isinstance(dialog, SpeakersDialog)
    (keep,) = dialog.keeps  # nobody but the moderator
    assert "No voice is kept" in dialog.kept.text()
    assert not dialog.forget.isVisible()
    desk.wait(dialog.isActiveWindow)
    keep.setFocus()
    desk.qtbot.keyClick(keep, Qt.Key.Key_Space)
    desk.wait(lambda: "five seconds are needed" in dialog.kept.text())
    assert keep.isEnabled()
    dialog.close()

    desk.window.activateWindow()
    desk.wait(desk.window.isActiveWindow)
    page.transcript.view.list.setFocus()
    page.transcript.view.list.choose(2)
    desk.qtbot.keyClick(page.transcript.view.list, Qt.Key.Key_S, Qt.KeyboardModifier.AltModifier)
    desk.wait(lambda: who() == ["M", "P", "M", "M", "P"])
    desk.context.undo.undo()
    desk.wait(lambda: who() == ["M", "P", "P", "M", "P"])
    desk.context.undo.redo()
    desk.wait(lambda: who() == ["M", "P", "M", "M", "P"])

    page.transcript.open_speakers()
    dialog = QApplication.activeModalWidget()
    assert isinstance(dialog, SpeakersDialog)
    desk.wait(dialog.isActiveWindow)
    before = files_of(desk)
    desk.qtbot.keyClick(dialog.keeps[0], Qt.Key.Key_Space)
    desk.wait(dialog.forget.isVisible)
    assert "in no study" in dialog.kept.text()
    assert files_of(desk) == before
    kept = paths.data_dir() / "voices" / "moderator.json"
    assert kept.is_file()
    desk.qtbot.keyClick(dialog.forget, Qt.Key.Key_Space)
    assert not kept.exists()
    assert "No voice is kept" in dialog.kept.text()
    dialog.close()


def test_original_comes_back_and_a_new_run_leaves_the_corrected_one_in_view(desk: Desk, page: ReviewPage) -> None:
    page.transcript.edits.set_text(page.transcript.view.model.line(1).segment_id, "")
    desk.wait(lambda: page.transcript.view.model.line(1).removed)
    index = page.transcript.view.model.index(1)
    assert "As it was heard: “In the car I guess”" in index.data(Qt.ItemDataRole.ToolTipRole)
    page.transcript.view.list.choose(1)
    page.transcript.restore()
    desk.wait(lambda: texts(page)[1] == "In the car I guess")
    page.transcript.edits.set_text(page.transcript.view.model.line(0).segment_id, "Corrected")
    desk.wait(lambda: texts(page)[0] == "Corrected")
    again = Transcript("again", "mic", "small", "en", (Segment(0, SECOND, " Other"),), True, SECOND)
    desk.elsewhere(lambda store: store.put_transcript(desk.session.id, again))
    page.controller.refresh_transcript()
    page.transcript._fill_more()
    assert [version.shown for version in page.transcript.edits.versions()] == [False, True, False]
    page.transcript.edits.show_version("again")
    desk.wait(lambda: texts(page) == ["Other"])
    desk.context.undo.undo()
    desk.wait(lambda: texts(page)[0] == "Corrected")


def test_file_goes_out_and_comes_in(desk: Desk, page: ReviewPage, tmp_path: Path) -> None:
    said: list[str] = []
    page.message.connect(lambda words, *_rest: said.append(words))
    page.transcript.export_file()
    dialog = QApplication.activeModalWidget()
    assert isinstance(dialog, TranscriptExportDialog)
    dialog._forms.button(list(TranscriptFormat).index(TranscriptFormat.VTT) + 1).click()
    assert dialog.form is TranscriptFormat.VTT
    dialog.write_to(tmp_path / "out")
    desk.wait(lambda: (tmp_path / "out.vtt").is_file() and len(said) == 1)
    assert "1 line in it nobody has listened to yet" in said[0]
    page.transcript.files.take_in(tmp_path / "out.vtt")
    desk.wait(lambda: len(said) == 2 and page.transcript.view.model.line(0).verified_by == "")
    desk.wait(lambda: not page.transcript.view.model.line(2).flags)
    assert [line.who.label for line in page.transcript.view.model.lines() if line.who][:2] == ["Moderator", "P01"]
    broken = tmp_path / "broken.srt"
    broken.write_text("no")
    page.transcript.files.take_in(broken)
    desk.wait(lambda: len(said) == 3)
    assert "no subtitles" in said[2]


def test_pane_follows_to_the_end_of_a_session_of_three_hours(desk: Desk, page: ReviewPage) -> None:
    made = []
    for number in range(3000):
        start, text = number * 3600 * SECOND // 1000, "Where would that invoice be " * (1 + number % 4)
        words = tuple(Word(start, start + SECOND, f" {word}", 0.9) for word in text.split())
        flags = (Flag.LOOP,) if number % 50 == 7 else ()
        made.append(Segment(start, start + SECOND, text, words, flags=flags))
    hours = Transcript("hours", "mic", "tiny.en", "en", tuple(made), True, 10_800 * SECOND)
    desk.store.put_transcript(desk.session.id, hours)
    page.controller.reopen()
    view = page.transcript.view
    desk.wait(lambda: page.has_session() and view.model.rowCount() == 3000)
    desk.wait(lambda: page.playback.state is MediaState.READY)  # which goes to the beginning
    for second in (10_700, 3, 7_000, 10_799):
        view.show_time(second * SECOND)
        rect = view.list.visualRect(view.model.index(view.model.row_at(second * SECOND)))
        assert view.list.viewport().rect().contains(rect), f"at {second} s"


def test_lines_are_counted_as_they_are_set_out(qtbot: QtBot) -> None:
    font = theme().font(Text.BODY)
    wrapping = Wrapping(font)
    text = "I would look in the cart, I guess. Or maybe under “my account”, because it’s there in the other shop äöü!"
    for room in range(90, 700, 13):
        exact = set_out(text, font, room).boundingRect().height()
        counted = wrapping.height(text, room)
        assert counted is None or exact - 0.5 <= counted <= exact * 2
    assert wrapping.height("探す場所", 300) is None
    assert wrapping.height("w" * 400, 300) is None
