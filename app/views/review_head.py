"""The line above the desk: which session it is, what is missing of it, undo and redo."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QToolButton, QWidget

from annotate.models import Session
from annotate.timeline import format_time
from app.commands import CommandRegistry
from app.consent_words import consent_words
from app.controllers.session_load import LoadedSession
from app.palette import Role
from app.sync_words import sync_words
from app.theme import SPACE, Text
from app.widgets.basics import icon_label, label
from app.widgets.times import day_words


class SessionHead(QWidget):
    """Names the session and switches to another.

    Signals:
        chosen(session id).
    """

    chosen = Signal(str)

    def __init__(self, commands: CommandRegistry, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        row = QHBoxLayout(self)
        row.setContentsMargins(SPACE[2], SPACE[1], SPACE[2], SPACE[1])
        row.setSpacing(SPACE[1])
        self.sessions = QComboBox(self)
        self.sessions.setAccessibleName(self.tr("Session"))
        self.sessions.setToolTip(self.tr("Session"))
        self.sessions.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.sessions.setMinimumWidth(200)
        self.sessions.activated.connect(lambda index: self.chosen.emit(self.sessions.itemData(index)))
        self._facts = label("", tone="muted")
        self._warning_icon = icon_label("ph.warning", Role.WARNING)
        self._warning = label("", Text.BODY, tone="warning")
        row.addWidget(self.sessions)
        row.addSpacing(SPACE[0])
        row.addWidget(self._facts)
        row.addSpacing(SPACE[1])
        self._sync_icon = icon_label("ph.check-circle", Role.SUCCESS)
        self._sync_warning = icon_label("ph.warning", Role.WARNING)
        self._sync = label("", tone="muted")
        for part in (self._sync_icon, self._sync_warning, self._sync):
            row.addWidget(part)
            part.hide()
        row.addSpacing(SPACE[1])
        row.addWidget(self._warning_icon)
        row.addWidget(self._warning)
        row.addStretch(1)
        for command_id in ("edit.undo", "edit.redo"):
            if commands.has(command_id):
                button = QToolButton(self)
                button.setProperty("look", "quiet")
                row.addWidget(commands.bind(button, command_id, icon_only=True))
        self._warning_icon.hide()

    @property
    def warning(self) -> str:
        """What is missing of the session, in words, or ""."""
        return self._warning.text()

    def show_sessions(self, sessions: Sequence[Session], current: str | None) -> None:
        """The sessions to choose from."""
        entries = [(session_words(session), session.id) for session in sessions]
        if entries != [(self.sessions.itemText(i), self.sessions.itemData(i)) for i in range(self.sessions.count())]:
            self.sessions.clear()
            for words, session_id in entries:
                self.sessions.addItem(words, session_id)
        self.sessions.setCurrentIndex(self.sessions.findData(current))

    def show_session(self, loaded: LoadedSession) -> None:
        self.sessions.setCurrentIndex(self.sessions.findData(loaded.session.id))
        tasks = len({run.task_id for run in loaded.timeline.runs})
        facts = [format_time(loaded.duration_ns)]
        if tasks:
            facts.append(self.tr("%n task(s)", "", tasks))
        self._facts.setText(" · ".join(facts))
        session = loaded.session
        agreed = consent_words(session.consent_version, session.consent_scopes)
        self._facts.setToolTip(self.tr("Agreed to: {what}").format(what=agreed))
        self._facts.setAccessibleDescription(self._facts.toolTip())
        missing = self._missing(loaded)
        self._show_sync(loaded)
        self._warning.setText(missing)
        self._warning_icon.setVisible(bool(missing))

    def _show_sync(self, loaded: LoadedSession) -> None:
        """The certificate of the newest sync check; nothing for a session that had none."""
        found = loaded.sync
        for part in (self._sync, self._sync_icon, self._sync_warning):
            part.setVisible(found is not None)
        if found is None:
            return
        self._sync_icon.setVisible(found.ok)
        self._sync_warning.setVisible(not found.ok)
        words = sync_words(found)
        self._sync.setText(words.split(":")[0])
        self._sync.setToolTip(words)
        self._sync.setAccessibleName(words)

    def _missing(self, loaded: LoadedSession) -> str:
        if loaded.recording:
            return self.tr("being recorded")
        if loaded.bundle is None:
            return self.tr("recording not found")
        missing = []
        if loaded.media is None:
            missing.append(self.tr("no picture"))
        if loaded.camera is not None and loaded.camera.path is None:
            missing.append(self.tr("no webcam picture"))
        if not loaded.sounds:
            missing.append(self.tr("no sound"))
        if loaded.events_missing:
            missing.append(self.tr("no pointer and key events"))
        elif loaded.clock_set_ns:
            missing.append(self.tr("the computer’s clock was set by {time}").format(time=_span(loaded.clock_set_ns)))
        beyond = loaded.marks_beyond
        if beyond:
            missing.append(self.tr("%n mark(s) pressed after the end, put at the end", "", beyond))
        return " · ".join(missing)


def session_words(session: Session) -> str:
    """A session in a list: participant, day and time."""
    if session.started_utc is None:
        return session.participant_code
    when = datetime.fromisoformat(session.started_utc).astimezone()
    return f"{session.participant_code} · {day_words(when)}"


def _span(ns: int) -> str:
    sign = "+" if ns > 0 else "−"
    return f"{sign}{format_time(abs(ns))}"
