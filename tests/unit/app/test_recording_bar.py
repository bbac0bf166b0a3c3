"""The bar's logic, with a recorder that acknowledges when the test says so. The real one: integration/app_shell."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage, QWindow
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QLineEdit
from pytestqt.qtbot import QtBot

from annotate.models import NewTag, NewTask, Outcome
from annotate.store import StudyStore
from app.commands import CommandRegistry
from app.controllers import recording as module
from app.controllers.recording import RecordingController, RecordingState
from app.jobs import Jobs
from app.recording import Begun
from app.study_context import StudyContext
from app.theme import theme
from app.views.recording_bar import RecordingBar
from app.views.recording_tray import RecordingTray
from capture.errors import CaptureCode, CaptureError
from capture.events import Mark, MarkKind
from capture.protocol import Degraded, RecorderState, Recovered, Status, StreamStatus
from tests.helpers.shell import own_base, wait_for

S = 1_000_000_000


class FakeClient:
    """Keeps marks in a list; `gate` holds acknowledgements back."""

    def __init__(self) -> None:
        self.t_ns = 100 * S
        self.sent: list[Mark] = []
        self.paused: list[bool] = []
        self.gate = threading.Event()
        self.gate.set()
        self.refuse = False
        self._ids = itertools.count()

    def now_ns(self) -> int:
        return self.t_ns

    def add_mark(self, kind: MarkKind, *, t_ns: int, t_pressed_ns: int, **rest: object) -> Mark:
        assert self.gate.wait(30)
        if self.refuse:
            raise CaptureError(CaptureCode.RECORDER_REFUSED, "busy")
        rest["payload"] = rest["payload"] or {}
        mark = Mark(f"m{next(self._ids)}", t_ns, t_pressed_ns, kind, **rest)  # type: ignore[arg-type]
        self.sent.append(mark)
        return mark

    def pause(self) -> None:
        self.paused.append(True)

    def resume(self) -> None:
        self.paused.append(False)

    def close(self) -> None:
        pass


class FakeBundle:
    path = Path("nowhere")

    class _Manifest:
        context = {"participant": "P07"}  # noqa: RUF012

    def manifest(self) -> FakeBundle._Manifest:
        return self._Manifest()


@pytest.fixture
def client() -> FakeClient:
    return FakeClient()


@pytest.fixture
def context(tmp_path: Path, qapp: QApplication) -> Iterator[StudyContext]:
    jobs = Jobs()
    tasks = [NewTask("Find the invoice", expected_ns=180 * S), NewTask("Change the address")]
    tags = [NewTag("Navigation", "#4c6ef5", "V"), NewTag("Problematic", "#4c6ef5", "P")]
    made = StudyContext(StudyStore.create(tmp_path / "s", "S", author="me", tasks=tasks, tags=tags), jobs, author="me")
    yield made
    made.close()
    jobs.shutdown()


@pytest.fixture
def bar(
    context: StudyContext, client: FakeClient, qapp: QApplication, tmp_path: Path, qtbot: QtBot
) -> Iterator[RecordingBar]:
    with own_base(tmp_path / "base"):
        theme().apply(qapp)
        recording = RecordingController()
        made = RecordingBar(recording, CommandRegistry())
        recording._prepare(context, "")
        recording._begun(Begun(client, FakeBundle(), "s1", ()))  # type: ignore[arg-type]
        qtbot.waitExposed(made).__enter__()
        made.activateWindow()
        wait_for(qtbot, made.isActiveWindow)
        made.setFocus()
        yield made
        client.gate.set()
        recording.detach()
        recording._reset()
        made.deleteLater()


def press(qtbot: QtBot, bar: RecordingBar, key: str, client: FakeClient, sent: int) -> None:
    """Presses a key and waits until the recorder has `sent` marks and the bar shows it."""
    qtbot.keyClick(bar, key)
    wait_for(qtbot, lambda: len(client.sent) == sent and bar._recording.pending == 0)


@pytest.mark.parametrize(("key", "kind"), [("p", "problem"), ("+", "positive"), ("?", "question"), ('"', "quote")])
def test_a_key_marks_the_moment_it_was_pressed(
    bar: RecordingBar, client: FakeClient, qtbot: QtBot, key: str, kind: str
) -> None:
    client.gate.clear()
    qtbot.keyClick(bar, key)
    client.t_ns += 3 * S  # the recorder is slow to answer: the stamp is the press's all the same
    assert bar.feedback.text() == ""
    client.gate.set()
    wait_for(qtbot, lambda: "kept" in bar.feedback.text())
    [mark] = client.sent
    assert (mark.kind, mark.t_ns, mark.t_pressed_ns) == (MarkKind.MARK, 100 * S, 100 * S)
    assert mark.payload == {"kind": kind}
    assert mark.author == "me"
    assert bar.feedback.text() == f"{kind.capitalize()} at 01:40 · kept"


def test_that_was_it_ten_seconds_ago(bar: RecordingBar, client: FakeClient, qtbot: QtBot) -> None:
    press(qtbot, bar, "p", client, 1)
    client.t_ns += 2 * S
    press(qtbot, bar, "-", client, 3)
    undo, moved = client.sent[1:]
    assert (undo.kind, undo.ref) == (MarkKind.UNDO, "m0")
    assert (moved.t_ns, moved.t_pressed_ns, moved.payload) == (90 * S, 100 * S, {"kind": "problem"})
    assert [mark.id for mark in bar._recording.live.marks] == ["m2"]
    client.t_ns += 60 * S
    press(qtbot, bar, "-", client, 4)
    assert (client.sent[3].t_ns, client.sent[3].payload) == (client.t_ns - 10 * S, {"kind": "mark"})


def test_a_note_belongs_to_the_mark_before_it(bar: RecordingBar, client: FakeClient, qtbot: QtBot) -> None:
    press(qtbot, bar, "p", client, 1)
    assert "problem at 01:40" in bar.note.placeholderText()
    qtbot.keyClick(bar, "n")
    assert bar.note.hasFocus()
    client.t_ns += 5 * S
    qtbot.keyClicks(bar.note, "pP no filter")
    client.t_ns += 5 * S
    qtbot.keyClick(bar.note, Qt.Key.Key_Return)
    wait_for(qtbot, lambda: len(client.sent) == 2)
    note = client.sent[1]
    assert (note.kind, note.ref, note.body) == (MarkKind.NOTE, "m0", "pP no filter")
    assert (note.t_ns, note.t_pressed_ns) == (105 * S, 110 * S), "it is about the moment when typing began"
    assert bar.note.text() == ""
    assert bar.hasFocus()


def test_a_note_long_after_stands_for_itself(bar: RecordingBar, client: FakeClient, qtbot: QtBot) -> None:
    press(qtbot, bar, "p", client, 1)
    client.t_ns += 90 * S
    qtbot.keyClick(bar, "n")
    qtbot.keyClicks(bar.note, "later")
    qtbot.keyClick(bar.note, Qt.Key.Key_Return)
    wait_for(qtbot, lambda: len(client.sent) == 2)
    assert client.sent[1].ref is None


def test_a_task_is_started_timed_and_ended_with_an_outcome(
    bar: RecordingBar, client: FakeClient, qtbot: QtBot, context: StudyContext
) -> None:
    press(qtbot, bar, "t", client, 1)
    start = client.sent[0]
    assert (start.kind, start.ref, start.body) == (MarkKind.TASK_START, context.store.tasks()[0].id, "Find the invoice")
    client.t_ns += 161 * S
    wait_for(qtbot, lambda: bar.tasks.timer.text() == "02:41 / 03:00")
    press(qtbot, bar, "2", client, 3)
    end, outcome = client.sent[1:]
    assert (end.kind, end.ref, outcome.kind, outcome.ref) == (MarkKind.TASK_END, "m0", MarkKind.OUTCOME, "m0")
    assert end.t_ns == outcome.t_ns == 261 * S
    assert outcome.payload == {"outcome": Outcome.WITH_HELP.value}
    assert bar.tasks.choice.currentData().title == "Change the address"
    press(qtbot, bar, "3", client, 3)  # no task runs: nothing is sent


def test_undo_takes_the_last_press_back(bar: RecordingBar, client: FakeClient, qtbot: QtBot) -> None:
    press(qtbot, bar, "t", client, 1)
    client.t_ns += 10 * S
    press(qtbot, bar, "1", client, 3)
    qtbot.keyClick(bar, "z", Qt.KeyboardModifier.ControlModifier)
    wait_for(qtbot, lambda: len(client.sent) == 5)
    assert {mark.ref for mark in client.sent[3:]} == {"m1", "m2"}
    wait_for(qtbot, lambda: bar._recording.live.running is not None)


def test_a_code_has_its_key_unless_the_bar_needs_it(bar: RecordingBar, client: FakeClient, qtbot: QtBot) -> None:
    press(qtbot, bar, "v", client, 1)
    assert client.sent[0].payload == {"kind": "mark", "tag": "Navigation"}
    press(qtbot, bar, "p", client, 2)
    assert client.sent[1].payload == {"kind": "problem"}
    texts = [each.text() for each in bar.findChildren(QAbstractButton)]
    assert "V  Navigation" in texts
    assert "Problematic" in texts


def test_private_says_so_and_takes_no_marks(bar: RecordingBar, client: FakeClient, qtbot: QtBot) -> None:
    size = bar.size()
    qtbot.keyClick(bar, "p", Qt.KeyboardModifier.ControlModifier)
    wait_for(qtbot, lambda: bar._recording.state is RecordingState.PAUSED)
    assert client.paused == [True]
    assert "PRIVATE" in bar.state_words.text()
    assert not bar.note.isVisible()
    assert bar.size() == size, "nothing may jump away under the hand"
    qtbot.keyClick(bar, "p")
    qtbot.wait(50)
    assert client.sent == []
    qtbot.keyClick(bar, "p", Qt.KeyboardModifier.ControlModifier)
    wait_for(qtbot, lambda: bar._recording.state is RecordingState.RECORDING)
    assert client.paused == [True, False]
    assert bar.state_words.text() == ""


def test_a_refused_mark_is_told_and_not_shown_as_kept(bar: RecordingBar, client: FakeClient, qtbot: QtBot) -> None:
    client.refuse = True
    qtbot.keyClick(bar, "p")
    wait_for(qtbot, lambda: "Not taken" in bar.feedback.text())
    assert bar._recording.live.marks == []


def test_presses_do_not_pile_up_without_end(bar: RecordingBar, client: FakeClient, qtbot: QtBot) -> None:
    client.gate.clear()
    for _ in range(module.PENDING_LIMIT + 3):
        qtbot.keyClick(bar, "p")
    assert "Not taken" in bar.feedback.text()
    client.gate.set()
    wait_for(qtbot, lambda: bar._recording.pending == 0)
    assert len(client.sent) == module.PENDING_LIMIT


def test_health_and_trouble_are_told_in_words(bar: RecordingBar, client: FakeClient, qtbot: QtBot) -> None:
    bridge = bar._recording._bridge
    assert bridge is not None
    status = Status(
        3600 * S, RecorderState.RECORDING, 29.6, 9, 2, 0, 11_500_000_000, 1_000_000_000,
        streams=(StreamStatus("mic", 0, 0.5, 0.7), StreamStatus("system", 0, 0.4, 0.4)),
        disk_minutes=11 * 60 + 5, battery_minutes=52,
    )  # fmt: skip
    for _ in range(100):
        bridge.deliver(status)
    wait_for(qtbot, lambda: bar.health.figures.text() == "30 fps · 2 lost · disk 11 h · battery 52 min")
    assert bar.health.meter.words() == "sound is heard"
    assert bar.health.system_meter.isVisible()
    assert "Microphone: 0.0 s ago" in bar.health.figures.toolTip()
    bridge.deliver(Degraded("mic", CaptureCode.MICROPHONE_BUSY))
    wait_for(qtbot, bar.trouble.isVisible)
    assert "microphone" in bar.trouble.text()
    bridge.deliver(Recovered("mic"))
    wait_for(qtbot, lambda: not bar.trouble.isVisible())


def test_the_task_can_be_read_beside_all_that_is_told(bar: RecordingBar, client: FakeClient, qtbot: QtBot) -> None:
    press(qtbot, bar, "t", client, 1)
    bar.tasks.title.set_full_text("1  Find the invoice of March")
    bridge = bar._recording._bridge
    assert bridge is not None
    sounds = (StreamStatus("mic", 0, 0.5, 0.7), StreamStatus("system", 0, 0.4, 0.4))
    figures = (0, 11_500_000_000, 1_000_000_000)
    bridge.deliver(Status(3600 * S, RecorderState.RECORDING, 15, 9, 0, *figures, streams=sounds, disk_minutes=200 * 60))
    wait_for(qtbot, lambda: bar.health.figures.text() == "15 fps · 0 lost · disk > 99 h")
    wait_for(qtbot, lambda: bar.tasks.title.text() == bar.tasks.title.full_text())


def test_every_stream_is_shown_on_demand(bar: RecordingBar, qtbot: QtBot) -> None:
    streams = (StreamStatus("screen", 0, fps=15.0), StreamStatus("mic", 0, 0.5, 0.7), StreamStatus("input", 8 * S))
    bar._show_status(Status(S, RecorderState.RECORDING, 15, 9, 0, 0, 1, 1, streams=streams))
    shown = bar.health.every_stream
    assert shown.isHidden()
    height = bar.height()
    bar._streams.click()
    wait_for(qtbot, lambda: bar.height() > height)
    assert [line for part in shown.findChildren(QLabel) for line in part.text().splitlines()] == [
        "Screen: 0.0 s ago · 15 fps · 0 lost",
        "Microphone: 0.0 s ago · level 50 % · 0 lost",
        "Pointer and keys: 8.0 s ago",
    ]
    bar._streams.click()
    wait_for(qtbot, lambda: bar.height() == height)


def test_tray_tells_the_state_by_shape_and_each_stream_in_a_line(
    bar: RecordingBar, client: FakeClient, qtbot: QtBot
) -> None:
    tray = RecordingTray(bar._recording, bar._commands, bar)
    bridge = bar._recording._bridge
    assert bridge is not None

    def shape() -> QImage:
        return tray.icon.icon().pixmap(32, 32).toImage()

    tray._state_changed(bar._recording.state)
    recording = shape()
    assert not recording.isNull()
    streams = (StreamStatus("screen", 0, fps=15.0), StreamStatus("mic", 0, 0.5, 0.7))
    bridge.deliver(Status(S, RecorderState.RECORDING, 15, 9, 0, 0, 1, 1, streams=streams, disk_minutes=70))
    wait_for(qtbot, lambda: "Microphone" in tray.icon.toolTip())
    assert tray.icon.toolTip().splitlines() == [
        "Moderato is recording",
        "Screen: 0.0 s ago · 15 fps · 0 lost",
        "Microphone: 0.0 s ago · level 50 % · 0 lost",
        "disk 1 h",
    ]
    tray.menu.aboutToShow.emit()
    lines = [action for action in tray.menu.actions() if action.text() and not action.isEnabled()]
    assert [line.text() for line in lines] == tray.icon.toolTip().splitlines()[1:], "where no tooltip is shown"
    bridge.deliver(Degraded("mic", CaptureCode.SOUND_SILENT))
    wait_for(qtbot, lambda: shape() != recording)
    bridge.deliver(Recovered("mic"))
    wait_for(qtbot, lambda: shape() == recording)
    assert [action.text() for action in tray.menu.actions()]
    tray.close()


def _window_at(bar: RecordingBar) -> tuple[int, int]:
    return bar.x(), bar.y()


def _put(bar: RecordingBar, qtbot: QtBot, x: int, y: int) -> None:
    bar.move(x, y)
    wait_for(qtbot, lambda: _window_at(bar) == (x, y))
    qtbot.wait(100)


def test_a_click_on_an_empty_part_does_not_stick_to_the_pointer(
    bar: RecordingBar, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Whether the window manager misses the release is a race; what counts is that it is never asked to move.
    asked: list[object] = []
    monkeypatch.setattr(QWindow, "startSystemMove", lambda window: asked.append(window) or True)
    from pynput.mouse import Button, Controller

    _put(bar, qtbot, 300, 400)
    pointer, before = Controller(), _window_at(bar)
    edge = bar.mapToGlobal(QPoint(4, 4))
    pointer.position = (edge.x(), edge.y())
    qtbot.wait(100)
    pointer.press(Button.left)
    qtbot.wait(100)
    pointer.position = (edge.x() + 2, edge.y())
    qtbot.wait(50)
    pointer.release(Button.left)
    for step in range(1, 21):
        pointer.position = (edge.x() + 5 * step, edge.y() + 5 * step)
        qtbot.wait(20)
    assert not asked
    assert _window_at(bar) == before


def test_a_drag_moves_the_bar_and_leaves_it_on_the_screen(bar: RecordingBar, qtbot: QtBot) -> None:
    from pynput.mouse import Button, Controller

    _put(bar, qtbot, 300, 400)
    pointer, before = Controller(), _window_at(bar)
    edge = bar.mapToGlobal(QPoint(4, 4))
    pointer.position = (edge.x(), edge.y())
    qtbot.wait(100)
    pointer.press(Button.left)
    for step in range(1, 31):
        pointer.position = (edge.x() + 3 * step, edge.y() + 3 * step)
        qtbot.wait(20)
    pointer.release(Button.left)
    wait_for(qtbot, lambda: bar.x() > before[0] + 20 and bar.y() > before[1] + 20)
    room = bar.screen().availableGeometry()
    bar.move(room.right() - 40, room.bottom() - 20)
    wait_for(qtbot, lambda: room.contains(bar.frameGeometry()))


def test_the_bar_cannot_be_closed_while_it_records(bar: RecordingBar) -> None:
    bar.close()
    assert bar.isVisible()


def test_everything_has_a_name_and_shows_its_key(bar: RecordingBar) -> None:
    for made in bar.findChildren(QAbstractButton):
        assert made.accessibleName(), made
        assert made.toolTip(), made.accessibleName()
    for field in bar.findChildren(QLineEdit):
        assert field.accessibleName()
    keys = {made.toolTip().rpartition("(")[2] for made in bar.findChildren(QAbstractButton)}
    assert {"P)", "-)", "T)", "1)", "5)", "Ctrl+P)", "Ctrl+Shift+S)"} <= keys
