"""The recording bar: a small window, always on top. One glance says that all is well; everything is on a key."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QGuiApplication, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QPushButton, QToolButton, QVBoxLayout, QWidget

from annotate.models import ObservationKind, Tag
from app.commands import Command, CommandRegistry
from app.controllers.recording import RecordingController, RecordingState
from app.palette import Role
from app.settings import settings
from app.sync_words import Offsets, sync_words
from app.theme import KIND_ICONS, SPACE, Text, theme
from app.views.bar_health import BarHealth
from app.views.bar_note import BarNote
from app.views.bar_words import mark_words
from app.widgets.basics import announce, button, clear, icon_label, label, numbers, row
from app.widgets.state_dot import StateDot, paint_stripes
from app.widgets.task_strip import SCOPE, TaskStrip
from app.widgets.times import clock
from app.widgets.window_drag import WindowDrag
from app.wording import code_sentence, kind_words, sentence
from capture.errors import CaptureCode
from capture.events import Mark
from capture.permissions import session_type
from capture.protocol import Status

WIDTH = 1040
_TICK_MS = 200
_MARKS = {
    ObservationKind.PROBLEM: ("P",),
    ObservationKind.POSITIVE: ("+", "="),
    ObservationKind.QUESTION: ("?", "/"),
    ObservationKind.QUOTE: ('"', "Q"),
}


class RecordingBar(QWidget):
    """Shows one recording and takes the moderator's presses.

    Signals:
        show_window: the moderator wants to see the main window.
    """

    show_window = Signal()

    def __init__(self, recording: RecordingController, commands: CommandRegistry) -> None:
        super().__init__(None, Qt.WindowType.FramelessWindowHint | Qt.WindowType.WindowStaysOnTopHint)
        self.setObjectName("window")
        self.setWindowTitle(self.tr("Moderato is recording"))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._recording = recording
        self._commands = commands
        self._troubles: dict[str, str] = {}
        self._tags: list[Tag] = []
        self._add_commands()
        self._make_parts()
        self._lay_out()
        self._timer = QTimer(self)
        self._timer.setInterval(_TICK_MS)
        self._timer.timeout.connect(self._tick)
        recording.state_changed.connect(self._state_changed)
        recording.status.connect(self._show_status)
        recording.live_changed.connect(self._show_live)
        recording.mark_saved.connect(self._saved)
        recording.refused.connect(self._refused)
        recording.degraded.connect(self._degraded)
        recording.sync_checked.connect(self._sync_checked)
        recording.sync_failed.connect(self._sync_failed)
        recording.recovered.connect(self._recovered)
        theme().changed.connect(self.update)
        self.setFixedWidth(WIDTH)
        self._drag = WindowDrag(self)

    # -- parts ----------------------------------------------------------------------------------------------------

    def _add_commands(self) -> None:
        add = self._commands.add
        for kind, keys in _MARKS.items():
            words = kind_words(kind)
            command = Command(
                f"bar.mark.{kind.value}", words[:1].upper() + words[1:], keys, KIND_ICONS[kind], SCOPE,
                tip=self.tr("Mark this moment: %1").replace("%1", words), role=theme().kind_role(kind),
            )  # fmt: skip
            add(command, partial(self._recording.mark, kind), self, self._live_now)
        earlier = Command(
            "bar.earlier", self.tr("−10 s"), "-", "ph.arrow-counter-clockwise", SCOPE,
            tip=self.tr("That was it 10 s ago: moves the mark just made, or marks that moment"),
        )  # fmt: skip
        private = Command(
            "bar.private", self.tr("Private"), "Ctrl+P", "ph.pause", SCOPE,
            tip=self.tr("Private pause: nothing of picture, sound and input is kept until you go on"),
        )  # fmt: skip
        stop = Command(
            "bar.stop", self.tr("Stop"), "Ctrl+Shift+S", "ph.stop", SCOPE,
            tip=self.tr("Stop: ends the recording and lists the session"),
        )  # fmt: skip
        add(earlier, self._recording.mark_earlier, self, self._live_now)
        add(private, self._toggle_private, self, self._running)
        add(stop, self._recording.stop, self, self._running)
        add(Command("bar.note", self.tr("Note"), "N", "ph.note-pencil", SCOPE), self._to_note, self, self._live_now)
        undo = Command("bar.undo", self.tr("Undo the last press"), "Ctrl+Z", "ph.arrow-u-up-left", SCOPE)
        add(undo, self._recording.undo, self, self._can_undo)
        sync = Command(
            "bar.sync", self.tr("Check sync"), "", "ph.timer", SCOPE,
            tip=self.tr("Flashes, beeps and clicks for some seconds, and tells how far apart they were recorded"),
        )  # fmt: skip
        add(sync, self._check_sync, self, self._live_now)
        streams = Command(
            "bar.streams", self.tr("Every stream"), "", "ph.activity", SCOPE,
            tip=self.tr("Shows of every stream how old its last sample is, its level, its pace and its losses"),
        )  # fmt: skip
        add(streams, self._toggle_streams, self, self._running)
        show = Command("bar.window", self.tr("Show Moderato's window"), "", "ph.app-window", SCOPE)
        add(show, self.show_window.emit, self)

    def _make_parts(self) -> None:
        self._dot = StateDot()
        self.clock = numbers("00:00:00", Text.TITLE)
        self.clock.setAccessibleName(self.tr("Elapsed time"))
        self.state_words = label("", Text.STRONG, strong=True)
        self.health = BarHealth(self)
        self.tasks = TaskStrip(self._commands, self)
        self.tasks.start.connect(self._recording.start_task)
        self.tasks.end.connect(self._recording.end_task)
        self.note = BarNote(self._recording)
        self.note.left.connect(self.setFocus)
        self.feedback = label("", Text.CAPTION, tone="muted")
        self.trouble = label("", wrap=True, tone="danger")
        self._marks = [self._button(f"bar.mark.{kind.value}") for kind in _MARKS]
        for made, keys in zip(self._marks, _MARKS.values(), strict=True):
            made.setText(f"{made.text()}  {keys[0]}")
        self._earlier = self._button("bar.earlier")
        self._private = self._button("bar.private")
        self._stop = self._button("bar.stop")
        self._undo = self._icon_button("bar.undo")
        self._sync = self._icon_button("bar.sync")
        self._streams = self._icon_button("bar.streams")
        self._window = self._icon_button("bar.window")
        in_place = (*self._marks, self.note, self._earlier)
        self._not_private = (*in_place, *self.health.always)
        for part in in_place:
            # The bar keeps its size and its buttons their places: a hand that goes to a button must find it there.
            policy = part.sizePolicy()
            policy.setRetainSizeWhenHidden(True)
            part.setSizePolicy(policy)

    def _lay_out(self) -> None:
        microphone, meter, figures = self.health.always
        top = row(
            self._dot, self.clock, row(microphone, meter, spacing=SPACE[0]),
            row(*self.health.of_system, spacing=SPACE[0]), figures,
            self.state_words, None, self.tasks, self._sync, self._window, spacing=SPACE[2],
        )  # fmt: skip
        top.setStretchFactor(self.tasks, 100)  # the task's title is what the moderator reads: it gets the room
        middle = row(*self._marks, SPACE[0], self.note, self._earlier, SPACE[3], self._private, self._stop)
        middle.setStretchFactor(self.note, 1)
        self._middle = middle
        self._codes = row(spacing=SPACE[0])
        self._codes_box = QWidget()
        self._codes_box.setLayout(self._codes)
        self._foot = QWidget()
        self._foot.setLayout(row(self._codes_box, None, self.feedback, self._streams, self._undo, spacing=SPACE[0]))
        self._foot.setFixedHeight(32)
        self._trouble_row = QWidget()
        line = row(icon_label("ph.warning-octagon", Role.DANGER, 20), self.trouble)
        line.setStretch(1, 1)
        self._trouble_row.setLayout(line)
        self._trouble_row.hide()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE[3], SPACE[2], SPACE[2], SPACE[1])
        layout.setSpacing(SPACE[1])
        layout.addLayout(top)
        layout.addLayout(middle)
        layout.addWidget(self._foot)
        layout.addWidget(self.health.every_stream)
        layout.addWidget(self._trouble_row)

    def _button(self, command_id: str) -> QPushButton:
        made = self._commands.bind(button(""), command_id)
        made.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        return made

    def _icon_button(self, command_id: str) -> QToolButton:
        made = self._commands.bind(QToolButton(), command_id, icon_only=True)
        made.setProperty("look", "quiet")
        made.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        return made

    # -- state ----------------------------------------------------------------------------------------------------

    def _running(self) -> bool:
        return self._recording.state in {RecordingState.RECORDING, RecordingState.PAUSED}

    def _live_now(self) -> bool:
        return self._recording.state is RecordingState.RECORDING

    def _can_undo(self) -> bool:
        return self._running() and bool(self._recording.live.undo_group())

    def _state_changed(self, state: RecordingState) -> None:
        showing = state in {RecordingState.RECORDING, RecordingState.PAUSED, RecordingState.STOPPING}
        if showing and not self.isVisible():
            self._begin()
        elif not showing:
            self._timer.stop()
            self.hide()
            return
        private = state is RecordingState.PAUSED
        words = {
            RecordingState.PAUSED: self.tr("PRIVATE: nothing is recorded"),
            RecordingState.STOPPING: self.tr("Finishing…"),
        }
        self.state_words.setText(words.get(state, ""))
        self.state_words.setVisible(state in words)
        self._dot.show_state(state)
        for part in self._not_private:
            part.setVisible(not private)
        for part in (self._codes_box, self.feedback, self._undo):
            part.setVisible(not private)
        self._commands.action("bar.private").setIcon(theme().icon("ph.record" if private else "ph.pause"))
        self._private.setIcon(self._commands.action("bar.private").icon())
        self._private.setText(self.tr("Go on recording") if private else self.tr("Private"))
        self.note.setEnabled(self._live_now())
        self._show_live()
        if state is not RecordingState.STOPPING:
            announce(self, self.tr("Private: nothing is recorded") if private else self.tr("Recording"))
        self.adjustSize()
        self.update()

    def _begin(self) -> None:
        """Shows the bar for a recording that has just been started or found again."""
        context = self._recording.context
        self._tags = context.store.tags() if context is not None else []
        self._troubles = {}
        self._show_troubles()
        self._fill_codes()
        self.note.clear()
        self.feedback.setText(
            self.tr("Wayland: keys mark while this bar is in front, “moderato mark” from anywhere")
            if session_type() == "wayland"
            else ""
        )
        self.health.clear()
        self.show()
        self._place()
        self._drag.keep_on_screen()
        self._timer.start()
        self.raise_()
        self.activateWindow()
        self.setFocus()

    def _fill_codes(self) -> None:
        for command in [each for each in self._commands.commands() if each.id.startswith("bar.tag.")]:
            self._commands.remove(command.id)
        clear(self._codes)
        for tag in self._tags:
            command_id = f"bar.tag.{tag.id}"
            tip = self.tr("Mark this moment with the code “%1”").replace("%1", tag.name)
            for keys in ((tag.key,) if tag.key else (), ()):
                try:  # a key the bar itself needs goes to the bar; the code can still be clicked
                    command = Command(command_id, tag.name, keys, "", SCOPE, tip=tip)
                    self._commands.add(command, partial(self._recording.mark_code, tag.name), self, self._live_now)
                    break
                except ValueError:
                    continue
            made = self._button(command_id)
            made.setProperty("look", "quiet")
            key = CommandRegistry.key_text(self._commands.command(command_id))
            made.setText(f"{key}  {tag.name}" if key else tag.name)
            made.setFont(theme().font(Text.CAPTION))
            self._codes.addWidget(made)
            made.show()

    def _show_live(self) -> None:
        self.tasks.show_live(self._recording.live, active=self._live_now())
        self.note.show_target()
        self._commands.refresh()

    def _tick(self) -> None:
        now = self._recording.now_ns()
        self.clock.setText(clock(now))
        self.tasks.tick(now)
        self.note.show_target()

    def _show_status(self, status: Status) -> None:
        self.health.show_status(status, is_private=self._recording.state is RecordingState.PAUSED)

    def _toggle_streams(self) -> None:
        self.health.every_stream.setVisible(self.health.every_stream.isHidden())
        self.adjustSize()
        self._drag.keep_on_screen()

    def _check_sync(self) -> None:
        self.feedback.setText(self.tr("Checking sync: flash, beep and click…"))
        self._recording.check_sync()

    def _sync_checked(self, found: Offsets) -> None:
        self.feedback.setText(sync_words(found))
        announce(self, sync_words(found))

    def _sync_failed(self, error: Exception) -> None:
        self.feedback.setText(sentence(error))

    # -- presses --------------------------------------------------------------------------------------------------

    def _saved(self, mark: Mark) -> None:
        words = mark_words(mark)
        if words:
            self.feedback.setText(self.tr("%1 · kept").replace("%1", words))
            announce(self, self.feedback.text())

    def _refused(self, error: Exception) -> None:
        self.feedback.setText(self.tr("Not taken: %1").replace("%1", sentence(error)))
        announce(self, self.feedback.text())

    def _toggle_private(self) -> None:
        self._recording.set_private(self._recording.state is RecordingState.RECORDING)

    def _to_note(self) -> None:
        self.activateWindow()
        self.note.setFocus()

    # -- trouble --------------------------------------------------------------------------------------------------

    def _degraded(self, stream: str, code: CaptureCode, detail: str) -> None:
        self._troubles[stream] = code_sentence(code, detail)
        self._show_troubles()
        announce(self, self._troubles[stream])

    def _recovered(self, stream: str) -> None:
        if self._troubles.pop(stream, None) is not None:
            self._show_troubles()

    def _show_troubles(self) -> None:
        self.trouble.setText("\n".join(self._troubles.values()))
        self._trouble_row.setVisible(bool(self._troubles))
        self.adjustSize()

    # -- window ---------------------------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.note.hasFocus():
            self.note.leave()
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, _event: QMouseEvent) -> None:
        self.setFocus()

    def closeEvent(self, event: QCloseEvent) -> None:
        # While a recording runs its indicator must be seen: only `stop` takes the bar away.
        if self._recording.active:
            event.ignore()
        else:
            super().closeEvent(event)

    def remember_position(self) -> None:
        """Keeps where the moderator put the bar."""
        if self.isVisible():
            settings().bar_position = [self.x(), self.y()]

    def _place(self) -> None:
        kept = settings().bar_position
        if kept:
            target = QPoint(kept[0], kept[1])
            if QGuiApplication.screenAt(target + QPoint(WIDTH // 2, 20)) is not None:
                self.move(target)
                return
        # Where there is a second display it is the moderator's; else the lower edge is least in the way.
        screens = QGuiApplication.screens()
        primary = QGuiApplication.primaryScreen()
        screen = next((each for each in screens if each is not primary), primary)
        room = screen.availableGeometry()
        self.move(room.center().x() - self.width() // 2, room.bottom() - self.sizeHint().height() - SPACE[4])

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme().color(Role.SURFACE_RAISED))
        if self._recording.state is RecordingState.PAUSED:
            paint_stripes(painter, self.rect())
        painter.setPen(QPen(theme().color(Role.LINE_STRONG), 1))
        painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
