"""Has sessions transcribed: model, process, journal, study. One run per session, also while another is on the desk."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from app import paths
from app.bridges.transcriber import TranscriberBridge
from app.jobs import JobHandle, Progress
from app.models.transcript import TranscriptLine, line_of_segment
from app.settings import settings
from app.study_context import StudyContext
from app.transcription import default_model, request_for
from capture.bundle import SessionBundle
from transcribe.cancel import CancelToken
from transcribe.client import TranscriptionClient
from transcribe.errors import TranscribeCode, TranscribeError
from transcribe.journal import read_journal
from transcribe.model_store import DownloadProgress, ModelStore
from transcribe.models import Segment

_LOOK_S = 0.2


@dataclass(frozen=True, slots=True)
class ModelChoice:
    """A model one can transcribe with. `size_bytes` is what is to be downloaded first; 0: it is here."""

    name: str
    size_bytes: int


@dataclass(slots=True)
class Run:
    """A transcription that is going on."""

    session_id: str
    lines: list[TranscriptLine] = field(default_factory=list)
    fraction: float | None = None
    text: str = ""
    handle: JobHandle | None = None


class TranscriptionController(QObject):
    """Main thread only.

    Signals:
        models_found(list of ModelChoice, name of the one to take).
        started(session_id), progressed(session_id), line_added(session_id, TranscriptLine).
        ended(session_id, Exception | None): None also after a stop; what was heard is in the study by then.
    """

    models_found = Signal(list, str)
    started = Signal(str)
    progressed = Signal(str)
    line_added = Signal(str, object)
    ended = Signal(str, object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._context: StudyContext | None = None
        self._runs: dict[str, Run] = {}

    def set_context(self, context: StudyContext | None) -> None:
        """Another study: what runs for the one before is stopped, and keeps what it has."""
        for session_id in list(self._runs):
            self.cancel(session_id)
        self._runs = {}
        self._context = context

    def run_of(self, session_id: str) -> Run | None:
        """The run going on for a session."""
        return self._runs.get(session_id)

    def look_for_models(self) -> None:
        """Finds out, in the background, which models are here; `models_found` follows."""
        context = self._context
        if context is None:
            return
        preferred = settings().model

        def look(_cancel: CancelToken, _progress: Progress) -> tuple[list[ModelChoice], str]:
            store = ModelStore(paths.models_dir())
            here = [model.name for model in store.installed()]
            listed = {spec.name for spec in store.catalogue()}
            choices = [ModelChoice(name, 0) for name in here if name not in listed]
            choices += [
                ModelChoice(spec.name, 0 if spec.name in here else spec.size_bytes) for spec in store.catalogue()
            ]
            return choices, preferred or default_model(store)

        context.jobs.run(
            self.tr("Looking for speech models"), look, lambda found: self.models_found.emit(*found), quiet=True
        )

    def start(self, session_id: str, bundle: SessionBundle, model: str = "") -> None:
        """Transcribes a session; fetches the model first if it isn't here. A session that is running is left alone."""
        context = self._context
        if context is None or session_id in self._runs:
            return
        run = Run(session_id, text=self.tr("Preparing…"))
        self._runs[session_id] = run
        bridge = TranscriberBridge(self)
        bridge.started.connect(lambda _language: self._tell(run, None, self.tr("Listening…")))
        bridge.progressed.connect(lambda fraction, left: self._tell(run, fraction, self._left_words(fraction, left)))
        bridge.segment.connect(lambda segment: self._add(run, segment))
        chosen = model or settings().model
        language = settings().language or None
        words = self.tr("Downloading the speech model {name}: {done} of {all} MB")  # for the job's thread
        error: list[Exception] = []

        def work(cancel: CancelToken, progress: Progress) -> None:
            models = ModelStore(paths.models_dir())
            name = chosen or default_model(models)
            folder = _model_folder(models, name, cancel, progress, words)
            request = request_for(bundle, model_dir=folder, model_name=name, language=language)
            try:
                with TranscriptionClient.start(request, bridge.deliver) as client:
                    _wait(client, cancel)
            finally:
                # Also after a stop or a failure: what was heard is kept.
                _take_in(context, session_id, request.journal)

        def ended() -> None:
            self._runs.pop(session_id, None)
            bridge.deleteLater()
            if self._context is context:
                context.look_for_changes()
                self.ended.emit(session_id, error[0] if error else None)

        def failed(caught: Exception) -> None:
            if not (isinstance(caught, TranscribeError) and caught.code is TranscribeCode.CANCELLED):
                error.append(caught)
            ended()

        handle = context.jobs.run(
            self.tr("Transcribing"),
            work,
            on_done=lambda _result: ended(),
            on_error=failed,
            on_progress=lambda fraction, text: self._tell(run, fraction, text),
        )
        run.handle = handle
        # After a cancel a job says nothing but that it is over.
        handle.finished.connect(lambda: ended() if handle.cancelled else None)
        self.started.emit(session_id)

    def cancel(self, session_id: str) -> None:
        """Stops a run; what was heard is kept."""
        run = self._runs.get(session_id)
        if run is not None and run.handle is not None and not run.handle.done:
            run.text = self.tr("Stopping…")
            run.handle.cancel()
            self.progressed.emit(session_id)

    def _tell(self, run: Run, fraction: float | None, text: str) -> None:
        if run.handle is None or run.handle.done or run.handle.cancelled:
            return
        run.fraction, run.text = fraction, text
        run.handle.show_progress(fraction, text)
        self.progressed.emit(run.session_id)

    def _add(self, run: Run, segment: Segment) -> None:
        line = line_of_segment(segment)
        run.lines.append(line)
        self.line_added.emit(run.session_id, line)

    def _left_words(self, fraction: float, left_s: float | None) -> str:
        share = self.tr("{percent} %").format(percent=int(fraction * 100))
        if left_s is None:
            return share
        if left_s < 60:
            return self.tr("{share} · less than a minute left").format(share=share)
        return self.tr("{share} · about %n minute(s) left", "", round(left_s / 60)).format(share=share)


def _model_folder(models: ModelStore, name: str, cancel: CancelToken, progress: Progress, words: str) -> Path:
    try:
        return models.resolve(name)
    except TranscribeError as error:
        if error.code is not TranscribeCode.MODEL_MISSING:
            raise

    def on_progress(state: DownloadProgress) -> None:
        done, total = state.done_bytes, max(1, state.total_bytes)
        text = words.format(name=name, done=done // 1_000_000, all=total // 1_000_000)
        progress(done / total, text)

    return models.download(name, on_progress=on_progress, cancel=cancel).path


def _wait(client: TranscriptionClient, cancel: CancelToken) -> None:
    asked = False
    while True:
        if cancel.cancelled and not asked:
            asked = True
            client.cancel()
        try:
            client.wait(_LOOK_S)
        except TimeoutError:
            continue
        return


def _take_in(context: StudyContext, session_id: str, journal: Path) -> None:
    if not journal.is_file():
        return  # it failed before anything was heard
    transcript = read_journal(journal)
    if not transcript.segments and not transcript.done:
        return
    with context.open_store() as store:
        store.put_transcript(session_id, transcript)
