"""The review desk: picture, transcript, timeline and observations of one session."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from annotate.changes import ChangeSet
from annotate.models import Observation, SessionState, Severity, StoredTranscript
from app.commands import CommandRegistry
from app.controllers.playback import RATES, MediaState, PlaybackController
from app.controllers.review import ReviewController
from app.controllers.session_load import LoadedSession
from app.controllers.transcription import TranscriptionController
from app.models.observations import ObservationRow
from app.models.transcript import TranscriptLine
from app.settings import settings
from app.study_context import StudyContext
from app.views.review_camera import ReviewCamera
from app.views.review_commands import add_review_commands
from app.views.review_desk import ReviewDesk, player_pane
from app.views.review_evidence import ReviewEvidence
from app.views.review_head import SessionHead
from app.views.review_missing import MissingMedia
from app.views.review_observing import ReviewObserving
from app.views.review_playing import ReviewPlaying
from app.views.review_range import MarkedRange
from app.views.review_session import SessionStrip, timeline_pane
from app.views.review_stage import ReviewStage
from app.views.review_timeline import ReviewTimeline
from app.views.transcript_pane import TranscriptPane
from app.widgets.observation_pane import ObservationPane
from app.widgets.timeline.panel import TimelinePanel
from app.widgets.transport import Transport
from app.widgets.video_view import VideoView

_REVIEWABLE = {SessionState.RECORDED, SessionState.RECOVERED, SessionState.REVIEWED}


class ReviewPage(QWidget):
    """One session under review.

    Args:
        context: the open study.
        commands: where the desk's keys are registered.
        transcription: the app's, so that a session's transcription is one wherever it was started.

    Signals:
        go_to_issue(issue id): show it on the findings page.
        message(words, tone, (action's text, callable) | None): for the window's message bar.
    """

    go_to_issue = Signal(str)
    message = Signal(str, str, object)

    def __init__(
        self,
        context: StudyContext | None,
        commands: CommandRegistry,
        transcription: TranscriptionController | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("page")
        self._commands = commands
        self._context: StudyContext | None = None
        self._own_transcription = transcription is None
        self._transcription = transcription or TranscriptionController(self)
        self.controller = ReviewController(self)
        self.playback = PlaybackController(self)
        self.video = VideoView(self)
        self.timeline = TimelinePanel(self)
        self.tracks = ReviewTimeline(self.timeline, self.controller, self)
        self.marked = MarkedRange(self.timeline.axis, self.playback)
        self.transcript = TranscriptPane(self.controller, self._transcription, self)
        self.observations = ObservationPane(self)
        self.table, self.editor = self.observations.table, self.observations.editor
        self._pending_seek: int | None = None
        self._pending_choice = ""
        self._pending_play = False
        self._at_place = False  # opened at a moment: the table would go to its first observation
        self._fresh = ""  # just marked: Enter goes to its text
        self.observing = ReviewObserving(self, commands)
        self.evidence = ReviewEvidence(self, commands)
        add_review_commands(self, commands)
        self.playing = ReviewPlaying(self, commands)
        self.strip = SessionStrip(self.controller, self.playback, commands, self)
        self.strip.trimmed.connect(self.tracks.show_trim)
        self.transcript.add_commands(self, commands)
        self.camera = ReviewCamera(self.playback, self.video, commands, self)
        self.head = SessionHead(commands, self)
        self.transport = Transport(self.playback, commands, self.playing)
        self.missing = MissingMedia(self.video, self.controller, self)
        player = player_pane(self.video, self.transport)
        timeline = timeline_pane(self.timeline, self.strip)
        self.desk = ReviewDesk(self.head, (player, timeline), (self.transcript, self.observations))
        self.stage = ReviewStage(self.desk, commands, self)
        self.stage.again.clicked.connect(self.page_shown)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.stage)
        self._tie()
        self.set_context(context)

    # -- what the window asks ----------------------------------------------------------------------------------

    def set_context(self, context: StudyContext | None) -> None:
        """Another study, or none."""
        if self._context is not None:
            self._context.changed.disconnect(self._on_changed)
        self._context = context
        if self._own_transcription:
            self._transcription.set_context(context)
        self.observing.set_context(context)
        self.evidence.set_context(context)
        self.controller.set_context(context)
        self.strip.set_context(context)
        if context is not None:
            context.changed.connect(self._on_changed)
            self._transcription.look_for_models()
        self._list_sessions()

    def page_shown(self) -> None:
        """Opens the newest session if none is on the desk."""
        if self._context is not None and self.controller.session_id is None:
            newest = next((s for s in reversed(self._context.store.sessions()) if s.state in _REVIEWABLE), None)
            if newest is not None:
                self.open_session(newest.id)
        self._list_sessions()
        self._take_focus()

    def open_session(
        self, session_id: str, t_ns: int | None = None, observation_id: str = "", *, play: bool = False
    ) -> None:
        """Opens a session, at a moment and with an observation selected if they are given; `play` from there."""
        self._pending_seek, self._pending_choice, self._pending_play = t_ns, observation_id, play
        self._at_place = t_ns is not None and not observation_id
        if session_id == self.controller.session_id and self.controller.loaded is not None:
            self._go_pending()
        else:
            self.controller.open(session_id)

    def has_session(self) -> bool:
        return self.controller.loaded is not None

    def has_selection(self) -> bool:
        return self.has_session() and bool(self.table.current_id())

    def can_play(self) -> bool:
        return self.has_session() and self.playback.state is MediaState.READY

    # -- commands ----------------------------------------------------------------------------------------------

    def mark(self) -> None:
        """Marks the moment; with a range marked by I and O, the range."""
        start, end = self.marked.to_mark()
        made = self.controller.add_observation(start, end)
        if made is not None:
            self.marked.forget()
            self.choose_made(made)

    def choose_made(self, made: Observation) -> None:
        """Selects what was just marked: Enter goes to its text."""
        self.table.choose(made.id)
        self._show_selected(made.id)
        self._fresh = made.id
        if self.observations.mark_button.hasFocus():
            self.table.setFocus()  # Enter would press the button again

    def rate(self, severity: Severity | None) -> None:
        """Rates what is selected."""
        self.observing.rate(severity)

    def edit_tags(self) -> None:
        self.desk.leave_fill()
        self.editor.tags.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def edit_text(self) -> None:
        self._fresh = ""
        self.desk.leave_fill()
        self.editor.edit_text()

    def go_issue(self) -> None:
        """Goes to the observation's issue; if it has none, asks for one."""
        row = self.table.row_of(self.table.current_id())
        if row is not None and row.issues:
            self.go_to_issue.emit(row.issues[0].id)
            return
        self.desk.leave_fill()
        self.editor.issues.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def remove(self) -> None:
        ids = self.table.selected_ids() or [self.table.current_id()]
        self.controller.remove(ids)

    def go_observation(self, step: int) -> None:
        """Selects the next observation (or the one before) and goes there."""
        rows = sorted(self.controller.rows, key=lambda row: row.observation.t_start_ns)
        if not rows:
            return
        current = next((i for i, row in enumerate(rows) if row.id == self.table.current_id()), None)
        if current is None:
            now = self.playback.position_ns
            later = [i for i, row in enumerate(rows) if row.observation.t_start_ns > now]
            first_later = later[0] if later else len(rows)
            target = first_later if step > 0 else first_later - 1
        else:
            target = current + step
        chosen = rows[min(max(target, 0), len(rows) - 1)]
        self.table.choose(chosen.id)
        self._on_chosen(chosen.id)

    def play(self) -> None:
        """Plays, if it can; what plays goes on."""
        if self.can_play() and not self.playback.playing:
            self.playback.toggle()

    def change_rate(self, step: int) -> None:
        """The next speed up or down."""
        now = min(range(len(RATES)), key=lambda i: abs(RATES[i] - self.playback.rate))
        self.playback.set_rate(RATES[min(max(now + step, 0), len(RATES) - 1)])

    def find_text(self) -> None:
        self.desk.leave_fill()
        self.transcript.open_find()

    def fill(self) -> None:
        """The pane with the focus (else the picture) takes the whole desk; again: all panes are back."""
        self.desk.fill()

    # -- Qt ----------------------------------------------------------------------------------------------------

    def event(self, event: QEvent) -> bool:
        # Space presses a button that has the focus, and opens a list; else it plays.
        if event.type() is QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            focus = QApplication.focusWidget()
            if event.key() == Qt.Key.Key_Space and isinstance(focus, QAbstractButton | QComboBox):
                event.accept()
                return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        # A field of one line lets Enter through when it has taken it.
        focus = QApplication.focusWidget()
        if (
            event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}
            and self._fresh == self.table.current_id() != ""
            and not isinstance(focus, QLineEdit)
            and not self.editor.isAncestorOf(focus or self)
        ):
            self.edit_text()
            return
        super().keyPressEvent(event)

    # -- parts -------------------------------------------------------------------------------------------------

    def _tie(self) -> None:
        controller, playback, table = self.controller, self.playback, self.table
        controller.opening.connect(self._on_opening)
        controller.opened.connect(self._on_opened)
        controller.failed.connect(self._on_failed)
        controller.closed.connect(self._on_closed)
        controller.rows_changed.connect(self._on_rows)
        controller.transcript_changed.connect(self._on_transcript)
        playback.position_changed.connect(self._on_position)
        playback.frame_changed.connect(self.video.set_frame)
        playback.state_changed.connect(self._on_media)
        self.video.clicked.connect(playback.toggle)
        self.transcript.seek_requested.connect(playback.seek)
        self.transcript.message.connect(self.message)
        self.transcript.play_requested.connect(self.play)
        self.transcript.toggle_requested.connect(playback.toggle)
        self.missing.message.connect(self.message)
        self.transcript.models_requested.connect(lambda: self._commands.trigger("models.open"))
        self.timeline.seek_requested.connect(playback.seek)
        self.timeline.selection_changed.connect(self._on_timeline_chosen)
        self.timeline.opened.connect(lambda _id: self.edit_text())
        table.selection_changed.connect(self._on_table_selection)
        table.chosen.connect(self._on_chosen)
        table.displaced.connect(self._show_selected)
        table.opened.connect(self._on_opened_row)
        self.observations.mark_button.clicked.connect(self.mark)
        self.head.chosen.connect(self.open_session)
        self.editor.times_changed.connect(controller.set_times)
        self.editor.body_changed.connect(controller.set_body)
        self.editor.issue_activated.connect(self.go_to_issue)
        self.editor.left.connect(table.setFocus)

    # -- following ---------------------------------------------------------------------------------------------

    def _on_opening(self, _session_id: str) -> None:
        self.playback.close()
        self.camera.close()
        self.stage.show_opening()

    def _on_opened(self, loaded: LoadedSession) -> None:
        self.desk.leave_fill()
        self.tracks.show_session(loaded)
        self.table.set_rows([])
        self.editor.set_row(None)
        self.transcript.show_session(loaded)
        self._list_sessions()
        self.head.show_session(loaded)
        self.stage.show_desk()
        self.playing.show_session(loaded)
        if loaded.media is not None and loaded.frames is not None:
            self.video.set_message(self.tr("Opening the picture…"), "", "ph.hourglass")
            self.playback.load(loaded.media, loaded.frames, loaded.duration_ns, len(loaded.sounds))
        else:
            missing = loaded.media_missing or loaded.recording
            self.playback.load_without_media(MediaState.MISSING if missing else MediaState.BROKEN, loaded.duration_ns)
            self.missing.show(loaded)
        self.camera.show_film(loaded.camera)
        self._commands.refresh()
        settings().last_session = loaded.session.id
        if self.isVisible():
            QTimer.singleShot(0, self, self._take_focus)  # the rows come right behind

    def _on_failed(self, error: Exception) -> None:
        self.stage.show_failure(error)
        self._commands.refresh()

    def _on_closed(self) -> None:
        self.playback.close()
        self.camera.close()
        self.transcript.show_session(None)
        self.table.set_rows([])
        self.editor.set_row(None)
        self.tracks.close()
        self._list_sessions()
        self._commands.refresh()

    def _on_media(self, state: MediaState) -> None:
        if state is MediaState.BROKEN and self.controller.loaded is not None:
            self.missing.show(self.controller.loaded)
        if state is MediaState.READY:
            self._go_pending()
        self._commands.refresh()

    def _go_pending(self) -> None:
        t_ns, self._pending_seek = self._pending_seek, None
        if t_ns is not None:
            self.playback.seek(t_ns)
            self.timeline.set_playhead(t_ns, follow=True)
        play, self._pending_play = self._pending_play, False
        if play:
            self.play()

    def _on_position(self, t_ns: int) -> None:
        self.timeline.set_playhead(t_ns, follow=self.playback.playing)
        self.transcript.show_time(t_ns)

    def _on_rows(self, rows: list[ObservationRow]) -> None:
        self.table.set_rows(rows)
        self.timeline.set_rows(rows)
        self.observations.show_count(len(rows))
        self.editor.set_choices(self.controller.tags(), self.controller.issues())
        self.observing.show_rows(rows)
        if self._pending_choice:
            self.table.choose(self._pending_choice)
            self._pending_choice = ""
        if self.playback.state in {MediaState.MISSING, MediaState.BROKEN}:
            self._go_pending()
        self._show_selected(self.table.current_id())

    def _on_transcript(self, lines: list[TranscriptLine], transcript: StoredTranscript | None) -> None:
        self.transcript.show_stored(lines, transcript)

    def show_chosen(self, observation_id: str) -> None:
        """Shows an observation that is current now, and its moment."""
        self._on_chosen(observation_id)

    def _on_chosen(self, observation_id: str) -> None:
        self._show_selected(observation_id)
        row = self.table.row_of(observation_id)
        if row is not None:
            self.playing.modes.jump(row.observation.t_start_ns)
            self.timeline.axis.turn_page(row.observation.t_start_ns)

    def _on_opened_row(self, observation_id: str) -> None:
        if observation_id == self._fresh:
            self.edit_text()
        else:
            self._on_chosen(observation_id)

    def _on_timeline_chosen(self, ids: list[str], current: str) -> None:
        self.table.choose_all(ids, current)
        self._show_selected(current)

    def _on_table_selection(self) -> None:
        self.timeline.set_selected(self.table.selected_ids(), self.table.current_id())

    def _show_selected(self, observation_id: str) -> None:
        if observation_id != self._fresh:
            self._fresh = ""
        self.timeline.set_selected(self.table.selected_ids(), observation_id)
        self.observing.show_selected(observation_id)
        self.observations.show_editor(bool(observation_id))
        self._commands.refresh()

    def _on_changed(self, change: ChangeSet | None, _initiator: object) -> None:
        if change is None or change.tables & {"session", "participant"}:
            self._list_sessions()

    def _list_sessions(self) -> None:
        sessions = self._context.store.sessions() if self._context is not None else []
        there = [session for session in sessions if session.bundle_path is not None]
        self.head.show_sessions(there, self.controller.session_id)
        if self.controller.session_id is None:
            self.stage.show_nothing(is_any=bool(there))

    def _take_focus(self) -> None:
        """Keys are commands from the first moment."""
        (self.table if self.table.isVisible() and not self._at_place else self.video).setFocus()
