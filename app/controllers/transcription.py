"""Has sessions transcribed: models, the queue, and the work of the run that is at it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from annotate.models import JobState
from annotate.store import StudyStore
from app import paths
from app.bridges.transcriber import TranscriberBridge
from app.controllers.job_queue import JobQueue, Run
from app.controllers.study import known_folders
from app.jobs import JobHandle, Jobs, Progress
from app.models.transcript import line_of_segment
from app.session_run import keep_in_study, model_folder, transcribe_session
from app.settings import settings
from app.study_context import StudyContext
from app.transcription import default_model
from capture.bundle import SessionBundle
from transcribe.cancel import CancelToken
from transcribe.catalogue import spec_of
from transcribe.errors import TranscribeCode, TranscribeError
from transcribe.memory import check_memory, free_memory
from transcribe.model_store import DownloadProgress, ModelStore
from transcribe.models import Segment, Transcript


@dataclass(frozen=True, slots=True)
class ModelChoice:
    """A model one can transcribe with. `size_bytes` is what is to be downloaded first; 0: it is here."""

    name: str
    size_bytes: int


class TranscriptionController(QObject):
    """Main thread only. Runs go on whichever study is open.

    Args:
        jobs: the app's; None takes those of the first study.

    Signals:
        models_found(list of ModelChoice, name of the one to take).
        started(session_id): it begins, or begins again; its lines are cleared.
        progressed(session_id), line_added(session_id, TranscriptLine).
        ended(session_id, Exception | None): None also after a stop; what was heard is in the study by then.
        done(Run): a run came to its end.
        set_back(reason): the graphics card can't be used; told once each time the app runs.
    """

    models_found = Signal(list, str)
    started = Signal(str)
    progressed = Signal(str)
    line_added = Signal(str, object)
    ended = Signal(str, object)
    done = Signal(object)
    set_back = Signal(str)

    def __init__(self, parent: QObject | None = None, jobs: Jobs | None = None) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._context: StudyContext | None = None
        self.queue = JobQueue(self._begin, self)
        self.queue.moved.connect(self.progressed)
        self.queue.over.connect(self._over)
        self._told_set_back = False

    def set_context(self, context: StudyContext | None) -> None:
        """Another study; what runs for the one before goes on."""
        self._context = context
        if context is None:
            self.queue.unwatch()
            return
        self._jobs = self._jobs or context.jobs
        self.queue.watch(context.folder)

    def go_on(self) -> None:
        """Goes on with what waited or was cut off when the app ended, in every study that is known."""
        if self._jobs is not None:
            self.queue.find(self._jobs, known_folders())

    def run_of(self, session_id: str) -> Run | None:
        """The run of a session that is going on or waits."""
        return self.queue.run_of(session_id)

    def look_for_models(self) -> None:
        """Finds out, in the background, which models are here; `models_found` follows."""
        if self._jobs is None:
            return
        preferred = settings().model
        language = self._context.store.wishes().language if self._context is not None else None

        def look(_cancel: CancelToken, _progress: Progress) -> tuple[list[ModelChoice], str]:
            store = ModelStore(paths.models_dir())
            here = [model.name for model in store.installed()]
            listed = {spec.name for spec in store.catalogue()}
            choices = [ModelChoice(name, 0) for name in here if name not in listed]
            choices += [
                ModelChoice(spec.name, 0 if spec.name in here else spec.size_bytes) for spec in store.catalogue()
            ]
            return choices, preferred or default_model(store, language)

        self._jobs.run(
            self.tr("Looking for speech models"), look, lambda found: self.models_found.emit(*found), quiet=True
        )

    def start(self, session_id: str, bundle: SessionBundle, model: str = "") -> None:
        """Puts a session of the open study into the queue. One that is there already is left alone."""
        context = self._context
        if context is None or self.run_of(session_id) is not None:
            return
        del bundle  # found again by the session: the queue outlives the app
        chosen = model or settings().model
        params = {"model": chosen, "language": settings().language or None}
        self.queue.add(context.folder, session_id, params)

    def cancel(self, session_id: str) -> None:
        """Stops a run; what was heard is kept."""
        run = self.run_of(session_id)
        if run is not None:
            self.queue.cancel(run)

    def _set_back(self, reason: str) -> None:
        if not self._told_set_back:
            self._told_set_back = True
            self.set_back.emit(reason)

    # -- the work -------------------------------------------------------------------------------------------------

    def _begin(self, run: Run) -> JobHandle:
        assert self._jobs is not None
        bridge = TranscriberBridge(self)
        bridge.started.connect(lambda _language: self._heard_begin(run))
        bridge.lacking.connect(lambda lacks: setattr(run, "lacks", lacks))
        bridge.set_back.connect(self._set_back)
        bridge.progressed.connect(
            lambda fraction, left: self.queue.tell(run, fraction, self._left_words(fraction, left), left)
        )
        bridge.segment.connect(lambda segment: self._add(run, segment))
        folder, session_id, author = run.folder, run.session_id, settings().author
        model, language = str(run.job.params.get("model") or ""), run.job.params.get("language") or None
        words = self.tr("Downloading the speech model {name}: {done} of {all} MB")  # for the job's thread
        error: list[Exception] = []

        def transcribe(cancel: CancelToken, progress: Progress) -> None:
            models = ModelStore(paths.models_dir())
            with StudyStore.open(folder, author=author) as store:
                bundle = SessionBundle.open(store.bundle_dir(store.session(session_id)))
                wished = store.wishes().language
            name = model or default_model(models, language or wished)
            if (spec := spec_of(name)) is not None:
                check_memory(spec, free_memory())

            def on_download(state: DownloadProgress) -> None:
                done, total = state.done_bytes, max(1, state.total_bytes)
                text = words.format(name=name, done=done // 1_000_000, all=total // 1_000_000)
                progress(done / total, text)

            model_dir = model_folder(models, name, cancel=cancel, on_progress=on_download)

            def keep(transcript: Transcript) -> None:
                with StudyStore.open(folder, author=author) as store:
                    keep_in_study(store, session_id, transcript)

            transcribe_session(
                bundle,
                model_dir=model_dir,
                model_name=Path(name).name,
                language=language,
                on_event=bridge.deliver,
                keep=keep,
                cancel=cancel,
            )

        def work(cancel: CancelToken, progress: Progress) -> None:
            try:
                transcribe(cancel, progress)
            except Exception as caught:  # noqa: BLE001  # also after a stop: what could not be saved is to be said
                if not (isinstance(caught, TranscribeError) and caught.code is TranscribeCode.CANCELLED):
                    error.append(caught)

        def ended() -> None:
            bridge.deleteLater()
            if self._context is not None and self._context.folder == folder:
                self._context.look_for_changes()
            self.queue.ended(run, error[0] if error else None)

        handle = self._jobs.run(
            self.tr("Transcribing"),
            work,
            on_progress=lambda fraction, text: self.queue.tell(run, fraction, text),
            quiet=True,  # the activity panel shows the queue
        )
        handle.finished.connect(ended)
        self.started.emit(session_id)
        return handle

    def _heard_begin(self, run: Run) -> None:
        self.queue.began(run)
        self.queue.tell(run, run.fraction, self.tr("Listening…"))

    def _add(self, run: Run, segment: Segment) -> None:
        line = line_of_segment(segment)
        run.lines.append(line)
        self.line_added.emit(run.session_id, line)

    def _over(self, run: Run, error: Exception | None) -> None:
        self.ended.emit(run.session_id, error)
        if error is None and run.job.state is JobState.DONE:
            self.done.emit(run)

    def _left_words(self, fraction: float, left_s: float | None) -> str:
        share = self.tr("{percent} %").format(percent=int(fraction * 100))
        if left_s is None:
            return share
        if left_s < 60:
            return self.tr("{share} · less than a minute left").format(share=share)
        return self.tr("{share} · about %n minute(s) left", "", round(left_s / 60)).format(share=share)
