"""The recording in the system's tray: one glance tells that all is well, also when the bar is out of sight."""

from __future__ import annotations

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QSystemTrayIcon, QWidget

from app.commands import CommandRegistry
from app.controllers.recording import RecordingController, RecordingState
from app.palette import Role
from app.theme import theme
from app.views.bar_words import battery_words, disk_words, stream_lines
from app.wording import code_sentence
from capture.errors import CaptureCode
from capture.protocol import Status

_ACTIONS = ("bar.mark.problem", "bar.private", "bar.window", "bar.stop")
_LOOKS = {
    RecordingState.RECORDING: ("ph.record-fill", Role.DANGER),
    RecordingState.PAUSED: ("ph.pause-circle", Role.WARNING),
    RecordingState.STOPPING: ("ph.stop-circle", Role.TEXT_MUTED),
}
_TROUBLE = ("ph.warning-octagon", Role.DANGER)
_SHOWN_MS = 8000


class RecordingTray(QObject):
    """An icon whose shape tells the state, a line for each stream, and the commands that matter most.

    Where there is no tray nothing is shown; the bar has it all.
    """

    def __init__(self, recording: RecordingController, commands: CommandRegistry, parent: QWidget) -> None:
        super().__init__(parent)
        self._recording = recording
        self._commands = commands
        self._troubles: dict[str, str] = {}
        self.menu = QMenu(parent)
        self.menu.aboutToShow.connect(self._fill)
        self._words: list[str] = []
        self._lines: list[QAction] = []
        self._first = self.menu.addSeparator()
        for command_id in _ACTIONS:
            self.menu.addAction(commands.action(command_id))
        self.icon = QSystemTrayIcon(self)
        self.icon.setContextMenu(self.menu)
        recording.state_changed.connect(self._state_changed)
        recording.status.connect(self._show_status)
        recording.degraded.connect(self._degraded)
        recording.recovered.connect(self._recovered)
        theme().changed.connect(self._draw)

    def close(self) -> None:
        """Takes the icon away."""
        self.icon.hide()

    def _state_changed(self, state: RecordingState) -> None:
        if state not in _LOOKS:
            self.icon.hide()
            self._troubles.clear()
            return
        self._draw()
        if not self.icon.isVisible() and QSystemTrayIcon.isSystemTrayAvailable():
            self.icon.show()

    def _show_status(self, status: Status) -> None:
        lines = stream_lines(status)
        lines += [words for words, _ in (disk_words(status), battery_words(status)) if words]
        self._words = [*self._troubles.values(), *lines]
        self.icon.setToolTip("\n".join([self._state_words(), *self._words]))
        if self.menu.isVisible():
            self._fill()

    def _fill(self) -> None:
        """The same lines at the head of the menu: not every desktop shows a tooltip for its tray."""
        while len(self._lines) > len(self._words):
            self.menu.removeAction(self._lines.pop())
        while len(self._lines) < len(self._words):
            line = QAction(self.menu)
            line.setEnabled(False)
            self.menu.insertAction(self._first, line)
            self._lines.append(line)
        for line, words in zip(self._lines, self._words, strict=True):
            line.setText(words.replace("&", "&&"))

    def _state_words(self) -> str:
        is_private = self._recording.state is RecordingState.PAUSED
        return self.tr("Private: nothing is recorded") if is_private else self.tr("Moderato is recording")

    def _degraded(self, stream: str, code: CaptureCode, detail: str) -> None:
        words = code_sentence(code, detail)
        if self._troubles.get(stream) != words and self.icon.isVisible():
            self.icon.showMessage(self.tr("Moderato"), words, QSystemTrayIcon.MessageIcon.Warning, _SHOWN_MS)
        self._troubles[stream] = words
        self._draw()

    def _recovered(self, stream: str) -> None:
        self._troubles.pop(stream, None)
        self._draw()

    def _draw(self) -> None:
        look = _LOOKS.get(self._recording.state)
        if look is None:
            return
        if self._troubles and self._recording.state is RecordingState.RECORDING:
            look = _TROUBLE
        name, role = look
        self.icon.setIcon(theme().icon(name, role))
