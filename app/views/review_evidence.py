"""Evidence on the review desk: C cuts, P keeps the picture, and the window of all that was made."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QObject

from annotate.errors import StudyError
from annotate.evidence.make import Made, sweep
from annotate.evidence.spec import StillSpec
from annotate.models import Evidence, EvidenceKind
from annotate.timeline import SECOND
from app.commands import Command, CommandRegistry
from app.controllers.evidence import EvidenceController
from app.controllers.session_load import LoadedSession
from app.evidence_words import left_out_words
from app.jobs import Progress
from app.settings import settings
from app.study_context import StudyContext
from app.views.evidence_window import EvidenceWindow
from app.widgets.clip_dialog import ClipDialog
from app.wording import sentence
from transcribe.cancel import CancelToken

if TYPE_CHECKING:
    from app.views.review import ReviewPage

SCOPE = "review"
BEFORE_NS, AFTER_NS = 3 * SECOND, 7 * SECOND
"""What a clip of a moment shows around it."""


class ReviewEvidence(QObject):
    """Binds evidence to the page. Main thread only."""

    def __init__(self, page: ReviewPage, commands: CommandRegistry) -> None:
        super().__init__(page)
        self._page = page
        self._commands = commands
        self.controller = EvidenceController(self)
        self.window: EvidenceWindow | None = None
        self.controller.made.connect(self._on_made)
        self.controller.failed.connect(lambda error: page.message.emit(sentence(error), "warning", None))
        page.controller.opened.connect(self._sweep)
        page.editor.evidence_activated.connect(self.show_evidence)
        page.editor.evidence_removed.connect(lambda one: self.controller.remove([one]))
        for command_id, text, keys, icon, handler in (
            ("clip", _tr("Cut a clip"), "C", "ph.scissors", self.cut),
            ("clip_as", _tr("Cut a clip…"), "Ctrl+Shift+C", "ph.scissors", self.cut_as),
            ("still", _tr("Keep the picture as a still"), "P", "ph.camera", self.keep_still),
            ("evidence", _tr("Evidence and reels"), "Ctrl+E", "ph.film-strip", self.show_evidence),
        ):
            command = Command(f"review.{command_id}", text, keys, icon, SCOPE)
            enabled: Callable[[], bool] = page.has_session
            if command_id in {"clip", "clip_as", "still"}:
                enabled = page.can_play
            commands.add(command, handler, page, enabled)

    def set_context(self, context: StudyContext | None) -> None:
        """Another study, or none."""
        if self.window is not None:
            self.window.close_media()
            self.window.hide()
            self.window.deleteLater()
            self.window = None
        self.controller.set_context(context)

    def stretch(self) -> tuple[int, int, str | None]:
        """What would be cut now, and the observation it proves: the marked range, else what the selection means."""
        page = self._page
        row = page.table.row_of(page.table.current_id())
        observation = row.observation if row is not None else None
        start, end = page.marked.to_mark()
        if end is not None and end > start:
            inside = observation is not None and start <= observation.t_start_ns < end
            return start, end, observation.id if observation is not None and inside else None
        if observation is not None and observation.t_end_ns is not None:
            return observation.t_start_ns, observation.t_end_ns, observation.id
        moment = observation.t_start_ns if observation is not None else page.playback.position_ns
        start = max(0, moment - BEFORE_NS)
        end = min(max(moment + AFTER_NS, start + SECOND), page.playback.duration_ns)
        return start, end, observation.id if observation is not None else None

    def cut(self) -> None:
        """Cuts as last time."""
        start, end, observation_id = self.stretch()
        session_id = self._page.controller.session_id
        if session_id is None:
            return
        try:
            spec = self.controller.usual_clip(start, end)
        except StudyError as error:
            self._page.message.emit(sentence(error), "warning", None)
            return
        self.controller.cut(session_id, spec, observation_id)
        self._page.marked.forget()

    def cut_as(self) -> None:
        """Asks how to cut."""
        start, end, observation_id = self.stretch()
        session_id = self._page.controller.session_id
        if session_id is None:
            return
        try:
            spec = self.controller.usual_clip(start, end)
        except StudyError as error:
            self._page.message.emit(sentence(error), "warning", None)
            return
        dialog = ClipDialog(spec, self._page.playback.duration_ns, self._page.window())
        if dialog.exec():
            self.controller.remember(dialog.spec)
            self.controller.cut(session_id, dialog.spec, observation_id)
            self._page.marked.forget()
        dialog.deleteLater()

    def keep_still(self) -> None:
        """Keeps the picture that is shown now; it belongs to the selected observation if that is near."""
        page = self._page
        session_id = page.controller.session_id
        if session_id is None:
            return
        t_ns = page.playback.position_ns
        row = page.table.row_of(page.table.current_id())
        near = row is not None and abs(row.observation.t_start_ns - t_ns) <= 2 * AFTER_NS
        spec = StillSpec(t_ns, settings().still_pointer, settings().still_marks)
        self.controller.keep_still(session_id, spec, row.id if row is not None and near else None)

    def show_evidence(self, evidence_id: str = "") -> None:
        """Opens the window of all evidence."""
        context = self.controller.context
        if context is None:
            return
        if self.window is None:
            self.window = EvidenceWindow(context, self.controller, self._commands, self._page.window())
            self.window.moment_wanted.connect(self._page.open_session)
            self.window.message.connect(self._page.message)
        self.window.show()
        self.window.show_for(self._page.controller.session_id, evidence_id)
        self.window.raise_()
        self.window.activateWindow()

    def _sweep(self, loaded: LoadedSession) -> None:
        """Files whose evidence was deleted long ago go, in the background."""
        context, bundle = self.controller.context, loaded.bundle
        if context is None or bundle is None or not bundle.evidence_dir.is_dir():
            return

        def work(_cancel: CancelToken, _progress: Progress) -> list[Path]:
            with context.open_store() as store:
                return sweep(store, loaded.session.id)

        context.jobs.run(_tr("Tidying up evidence"), work, on_error=lambda _error: None, quiet=True)

    def _on_made(self, evidence: Evidence, made: Made) -> None:
        if evidence.kind is EvidenceKind.STILL:
            words = _tr("The picture was kept.")
        else:
            seconds = ((evidence.t_end_ns or evidence.t_start_ns) - evidence.t_start_ns) / SECOND
            words = _tr("The clip of {seconds} s is cut.").format(seconds=f"{seconds:.1f}")
        tone = "warning" if made.silent or made.doubtful else "success"
        words = " ".join([words, *left_out_words(made)])
        self._page.message.emit(words, tone, (_tr("Show"), partial(self.show_evidence, evidence.id)))


def _tr(text: str) -> str:
    return QCoreApplication.translate("commands", text)
