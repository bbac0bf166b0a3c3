"""The transcript of the session on the desk: stored, being made, or to be made."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from annotate.models import StoredTranscript
from app.controllers.review import ReviewController
from app.controllers.session_load import LoadedSession
from app.controllers.transcription import ModelChoice, TranscriptionController
from app.models.transcript import TranscriptLine
from app.widgets.transcript_view import TranscriptState, TranscriptView
from app.wording import sentence


class TranscriptPane(QWidget):
    """Binds the view to the session's stored transcript and to its transcription.

    Signals:
        seek_requested(t_ns), message(words, tone, None).
    """

    seek_requested = Signal(object)
    message = Signal(str, str, object)

    def __init__(
        self, controller: ReviewController, transcription: TranscriptionController, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._controller = controller
        self._transcription = transcription
        self._loaded: LoadedSession | None = None
        self._stored: StoredTranscript | None = None
        self._error: Exception | None = None
        self.view = TranscriptView(self)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.view)
        self.view.seek_requested.connect(self.seek_requested)
        self.view.transcribe_requested.connect(self._start)
        self.view.cancel_requested.connect(self._cancel)
        transcription.models_found.connect(self._on_models)
        transcription.started.connect(self._on_start)
        transcription.progressed.connect(self._on_run)
        transcription.line_added.connect(self._on_line)
        transcription.ended.connect(self._on_ended)

    def show_session(self, loaded: LoadedSession | None) -> None:
        """Another session, or none."""
        self._loaded, self._error = loaded, None
        self._stored = loaded.transcript if loaded is not None else None
        run = self._transcription.run_of(loaded.session.id) if loaded is not None else None
        self.view.model.set_lines(run.lines if run is not None else loaded.lines if loaded is not None else [])
        self._show_state()

    def show_stored(self, lines: list[TranscriptLine], transcript: StoredTranscript | None) -> None:
        """What the study has for the session now."""
        self._stored = transcript
        if self._loaded is None or self._transcription.run_of(self._loaded.session.id) is not None:
            return  # what is being heard right now is newer
        self.view.model.set_lines(lines)
        self._show_state()

    def show_time(self, t_ns: int) -> None:
        self.view.show_time(t_ns)

    def open_find(self) -> None:
        self.view.open_find()

    def _show_state(self) -> None:
        view, loaded = self.view, self._loaded
        view.set_about("")
        if loaded is None:
            view.set_state(TranscriptState.NO_SESSION)
            return
        run = self._transcription.run_of(loaded.session.id)
        if run is not None:
            view.set_state(TranscriptState.BUSY, run.text)
            view.set_progress(run.fraction, run.text)
        elif self._error is not None:
            view.set_state(TranscriptState.BROKEN, sentence(self._error))
        elif self._stored is None:
            if loaded.has_sound:
                view.set_state(TranscriptState.EMPTY)
            else:
                view.set_state(TranscriptState.SILENT, self._why_silent(loaded))
        else:
            view.set_state(TranscriptState.FULL)
            view.set_about(self._about(self._stored))

    def _why_silent(self, loaded: LoadedSession) -> str:
        if loaded.recording:
            return self.tr("The session is still being recorded.")
        if loaded.media is None:
            return self.tr("The recording’s file is not there or cannot be read.")
        return self.tr("The session was recorded without sound.")

    def _about(self, stored: StoredTranscript) -> str:
        parts = [part for part in (stored.model, stored.language) if part]
        if stored.state != "done":
            parts.append(self.tr("not finished"))
        return " · ".join(parts)

    def _start(self, model: str) -> None:
        loaded = self._loaded
        if loaded is None or loaded.bundle is None:
            return
        self._error = None
        self.view.model.set_lines([])
        self._transcription.start(loaded.session.id, loaded.bundle, model)

    def _cancel(self) -> None:
        if self._loaded is not None:
            self._transcription.cancel(self._loaded.session.id)

    def _is_here(self, session_id: str) -> bool:
        return self._loaded is not None and self._loaded.session.id == session_id

    def _on_start(self, session_id: str) -> None:
        """It begins, or begins again after a pause: what was heard before comes once more."""
        run = self._transcription.run_of(session_id)
        if run is not None and self._is_here(session_id):
            self.view.model.set_lines(run.lines)
        self._on_run(session_id)

    def _on_run(self, session_id: str) -> None:
        run = self._transcription.run_of(session_id)
        if run is None or not self._is_here(session_id):
            return
        if self.view.state is not TranscriptState.BUSY:
            self._show_state()
        self.view.set_progress(run.fraction, run.text)

    def _on_line(self, session_id: str, line: TranscriptLine) -> None:
        if self._is_here(session_id):
            self.view.model.add_line(line)
            if self.view.model.rowCount() == 1:
                self._show_state()

    def _on_ended(self, session_id: str, error: Exception | None) -> None:
        if not self._is_here(session_id):
            return
        self._error = error
        self._show_state()
        self._controller.refresh_transcript()

    def _on_models(self, choices: list[ModelChoice], chosen: str) -> None:
        words = {c.name: self._model_words(c) for c in choices}
        self.view.set_models(list(words.items()))
        size = next((c.size_bytes for c in choices if c.name == chosen), 0)
        if size:
            text = self.tr("Download “{name}” ({size} MB) and transcribe").format(name=chosen, size=size // 1_000_000)
        else:
            text = self.tr("Transcribe")
        self.view.transcribe_button.setText(text)

    def _model_words(self, choice: ModelChoice) -> str:
        if not choice.size_bytes:
            return self.tr("on this computer")
        return self.tr("{size} MB to download").format(size=choice.size_bytes // 1_000_000)
