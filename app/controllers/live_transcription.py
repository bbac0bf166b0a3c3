"""Transcribing while a session is recorded, so that the text is there at Stop.

Now and then, when the recorder has room, a transcriber of the lowest priority with one thread hears what is whole of
the growing file, writes it into the session's journal, and ends. At Stop the ordinary transcription goes on where it
was. It never takes anything from the recorder: at the first picture that is left out beside it, it ends for good.
"""

from __future__ import annotations

import logging
import os
import time

from PySide6.QtCore import QObject, QTimer, Signal

from annotate.errors import StudyError
from app import paths
from app.controllers.recording import RecordingController, RecordingState
from app.jobs import JobHandle, Jobs, Progress
from app.session_run import hear_so_far
from app.settings import settings
from app.transcription import default_model, knows
from app.transcription_wishes import wishes_for
from capture.bundle import SessionBundle
from capture.errors import CaptureCode, CaptureError
from capture.protocol import Status
from transcribe.cancel import CancelToken
from transcribe.catalogue import ModelSpec, spec_of
from transcribe.errors import TranscribeCode, TranscribeError
from transcribe.memory import free_memory
from transcribe.model_store import ModelStore

_log = logging.getLogger("ui.live")
_LOOK_MS = 5_000
_APART_S = 45.0
"""Between two visits: a piece and a half of speech, so that few pieces are cut short by the moment."""
_QUICK = 6.0
"""Seconds of speech in a second with all processors; with one of them it is still quicker than people speak."""
_SPARE_MEMORY = 1_000_000_000
_TROUBLE = frozenset({CaptureCode.ENCODER_SLOW})


class LiveTranscription(QObject):
    """Main thread only.

    Signals:
        wanted(session id, model): the recording is over; its transcription is to be gone on with.
        gave_up: the recorder needs the computer for itself; the rest is heard after Stop.
    """

    wanted = Signal(str, str)
    gave_up = Signal()

    def __init__(self, recording: RecordingController, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._recording = recording
        self._jobs = jobs
        self._model: str | None = None
        self._visit: JobHandle | None = None
        self._left_s = 0.0
        self._dropped: int | None = None
        self._given_up = False
        self._timer = QTimer(self)
        self._timer.setInterval(_LOOK_MS)
        self._timer.timeout.connect(self.look)
        recording.state_changed.connect(self._state_changed)
        recording.status.connect(self._take_status)
        recording.finished.connect(self._finished)

    @property
    def active(self) -> bool:
        """Whether this recording is transcribed while it runs."""
        return self._timer.isActive()

    def look(self) -> None:
        """Begins a visit, if it is time and there is room."""
        bundle = self._recording.bundle
        if self._visit is not None or bundle is None or time.monotonic() - self._left_s < _APART_S or not _has_room():
            return

        def hear(cancel: CancelToken, _progress: Progress) -> str:
            models = ModelStore(paths.models_dir())
            session = SessionBundle.open(bundle.path)
            name = live_model(models, settings().model, settings().language or wishes_for(session).language or "")
            if name is not None:
                hear_so_far(
                    session,
                    model_dir=models.resolve(name),
                    model_name=name,
                    language=settings().language or None,
                    cancel=cancel,
                )
            return name or ""

        def heard(name: str) -> None:
            self._model = name or self._model
            if not name:
                self._give_up("no model that is quick enough is here")

        def failed(error: Exception) -> None:
            if isinstance(error, TranscribeError) and error.code is TranscribeCode.CANCELLED:
                return
            if not isinstance(error, TranscribeError | CaptureError | StudyError):
                _log.warning("transcribing while recording failed", exc_info=error)
            self._give_up(str(error))

        def over() -> None:
            self._visit = None
            self._left_s = time.monotonic()

        self._visit = self._jobs.run(self.tr("Transcribing while recording"), hear, heard, failed, quiet=True)
        self._visit.finished.connect(over)

    # -- inside ---------------------------------------------------------------------------------------------------

    def _state_changed(self, state: RecordingState) -> None:
        if state is RecordingState.RECORDING and settings().transcribe_live and not self._given_up:
            if not self._timer.isActive():
                self._left_s = time.monotonic()
                self._dropped = None
                self._timer.start()
        elif state is not RecordingState.PAUSED:
            self._stop()
            self._given_up = False

    def _take_status(self, status: Status) -> None:
        if not self._timer.isActive():
            return
        before, self._dropped = self._dropped, status.dropped
        beside_us = self._visit is not None and before is not None and status.dropped > before
        if beside_us or _TROUBLE & set(status.reasons):
            self._give_up("the recorder has left out pictures")

    def _give_up(self, why: str) -> None:
        if self._timer.isActive():
            _log.info("no more transcribing while this is recorded: %s", why)
            self._stop()
            self._given_up = True
            self.gave_up.emit()

    def _stop(self) -> None:
        self._timer.stop()
        if self._visit is not None:
            self._visit.cancel()

    def _finished(self, session_id: str) -> None:
        model, self._model = self._model, None
        if settings().transcribe_live:
            self.wanted.emit(session_id, model or "")


def live_model(models: ModelStore, preferred: str, language: str) -> str | None:
    """The most able model here that keeps up on one processor; the smallest where nothing was tried; None: none here.

    A model that knows English only is left out where another language may be spoken.
    """
    chosen = preferred or default_model(models, language)
    chosen_spec = spec_of(chosen)
    only_english = chosen_spec is not None and not chosen_spec.multilingual
    free = free_memory()
    fitting: list[ModelSpec] = []
    for info in models.installed():
        spec = info.spec
        if spec is None or not knows(spec, language) or not (spec.multilingual or language or only_english):
            continue
        if free is None or spec.memory_bytes + _SPARE_MEMORY <= free:
            fitting.append(spec)
    trials = models.trials()
    quick = [spec for spec in fitting if (speed := trials.speed_of(spec.name)) is not None and speed.factor >= _QUICK]
    if quick:
        able = {spec.name for spec in quick}
        return chosen if chosen in able else quick[-1].name
    small = [spec for spec in fitting if trials.speed_of(spec.name) is None]
    return small[0].name if small else None


def _has_room() -> bool:
    """Whether the computer isn't at its limit already; where that can't be told the recorder's own word counts."""
    try:
        load = os.getloadavg()[0]
    except (AttributeError, OSError):
        return True
    return load < 2.0 * (os.cpu_count() or 1)
