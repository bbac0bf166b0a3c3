"""What the review page shows: the desk with a session on it, or a notice that says why there is none."""

from __future__ import annotations

from PySide6.QtWidgets import QStackedWidget, QWidget

from app.commands import CommandRegistry
from app.widgets.notice import Notice
from app.wording import sentence


class ReviewStage(QStackedWidget):
    """Begins with the notice. `again` is its button that tries once more."""

    def __init__(self, desk: QWidget, commands: CommandRegistry, parent: QWidget) -> None:
        super().__init__(parent)
        self._desk = desk
        self._commands = commands
        self.notice = Notice(self)
        self.again = self.notice.add_button(self.tr("Try again"), primary=True)
        self._to_sessions = self.notice.add_button(self.tr("Go to Sessions"), primary=True)
        self._to_sessions.clicked.connect(lambda: commands.trigger("go.sessions"))
        self.addWidget(self.notice)
        self.addWidget(desk)

    def show_desk(self) -> None:
        """A session is open."""
        self.setCurrentWidget(self._desk)

    def show_opening(self) -> None:
        """A session is being opened."""
        self.notice.say("ph.hourglass", self.tr("Opening the session…"), "")
        self._show_notice()

    def show_failure(self, error: Exception) -> None:
        """The session can't be opened."""
        self.notice.say("ph.warning", self.tr("The session could not be opened"), sentence(error))
        self._show_notice(again=True)

    def show_nothing(self, *, is_any: bool) -> None:
        """No session is open; `is_any`: there is one to choose."""
        if is_any:
            self.notice.say("ph.film-strip", self.tr("No session open"), self.tr("Choose one on Sessions."))
        else:
            words = self.tr("Sessions can be reviewed as soon as they are recorded.")
            self.notice.say("ph.film-strip", self.tr("Nothing to review yet"), words)
        self._show_notice(sessions=True)

    def _show_notice(self, *, again: bool = False, sessions: bool = False) -> None:
        self.again.setVisible(again)
        self._to_sessions.setVisible(sessions and self._commands.has("go.sessions"))
        self.setCurrentWidget(self.notice)
