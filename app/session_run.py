"""Having a session transcribed from end to end: claim, transcriber, what was heard into the study.

What the app's queue and the command line share. No Qt; blocks, so the app calls it on a job's thread.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from annotate.late_marks import pull_back
from annotate.store import StudyStore
from app.transcription import request_for
from capture.bundle import SessionBundle
from capture.errors import CaptureCode, CaptureError
from transcribe.cancel import CancelToken
from transcribe.client import TranscriptionClient, TranscriptionEvent
from transcribe.errors import TranscribeCode, TranscribeError
from transcribe.journal import read_journal, read_translation
from transcribe.locks import claimed
from transcribe.model_store import DownloadProgress, ModelStore
from transcribe.models import Transcript

_LOOK_S = 0.2
_HOLD_LOOK_S = 1.0


def model_folder(
    models: ModelStore, name: str, *, cancel: CancelToken, on_progress: Callable[[DownloadProgress], None]
) -> Path:
    """The folder of a model; one of the catalogue that isn't here yet is downloaded.

    Raises:
        TranscribeError: as `ModelStore.resolve` and `ModelStore.download`.
    """
    try:
        return models.resolve(name)
    except TranscribeError as problem:
        if problem.code is not TranscribeCode.MODEL_MISSING:
            raise
    return models.download(name, on_progress=on_progress, cancel=cancel).path


def keep_in_study(store: StudyStore, session_id: str, transcript: Transcript) -> int:
    """Put a transcript, or what there is of it, into the study; once it is whole, live marks find what they meant.

    Returns how many live marks were pulled back.
    """
    with store.automatic():
        store.put_transcript(session_id, transcript)
    if not transcript.done:
        return 0
    return len(pull_back(store, session_id).ids("observation"))


def transcribe_session(
    bundle: SessionBundle,
    *,
    model_dir: Path,
    model_name: str,
    language: str | None,
    on_event: Callable[[TranscriptionEvent], None],
    keep: Callable[[Transcript], object],
    cancel: CancelToken,
    begun: Callable[[], None] = lambda: None,
    hold: Callable[[], bool] = lambda: False,
    on_hold: Callable[[], object] = lambda: None,
) -> Transcript:
    """Transcribe a session; what was cut off is gone on with.

    Args:
        on_event: hears what the transcriber says, on a thread of the client's.
        keep: gets the transcript at the end, also the part of one that was stopped or failed; on the calling thread.
        cancel: looked at some times a second.
        begun: called once the session is claimed.
        hold: whether to step back for now (a recording runs); asked about once a second. The transcriber is ended,
            and goes on where it was when `hold` says no again.
        on_hold: called at each step back.

    Raises:
        TranscribeError: the transcriber's failure; BUSY when another process transcribes the session; CANCELLED.
        CaptureError: BUNDLE_RECORDING, or the bundle can't be read.
    """
    if bundle.is_recording():
        raise CaptureError(CaptureCode.BUNDLE_RECORDING, str(bundle.path))
    with claimed(bundle.transcripts_dir):
        begun()
        request = request_for(bundle, model_dir=model_dir, model_name=model_name, language=language)
        while True:
            _wait_for_room(hold, on_hold, cancel)
            try:
                with TranscriptionClient.start(request, on_event) as client:
                    transcript = _wait(client, cancel, hold)
            finally:
                # Also after a stop or a failure: what was heard is kept.
                heard = read_journal(request.journal) if request.journal.is_file() else None
                if heard is not None and (heard.segments or heard.done):
                    keep(heard)
                    english = read_translation(request.journal)
                    if english is not None:
                        keep(english)
            if transcript is not None:
                return transcript


def hear_so_far(
    bundle: SessionBundle, *, model_dir: Path, model_name: str, language: str | None, cancel: CancelToken
) -> None:
    """Hear what is whole of a session that is being recorded, into its journal; at the lowest priority, on one thread.

    `transcribe_session` with the same model and language goes on from there.

    Raises:
        TranscribeError: as `transcribe_session`.
        CaptureError: the bundle can't be read.
    """
    with claimed(bundle.transcripts_dir):
        request = request_for(bundle, model_dir=model_dir, model_name=model_name, language=language)
        with TranscriptionClient.start(replace(request, so_far=True), lambda _event: None) as client:
            try:
                _wait(client, cancel, lambda: False)
            except TranscribeError as error:
                if error.code is not TranscribeCode.CANCELLED or cancel.cancelled:
                    raise  # else it has heard what there is, and left the rest


def _wait_for_room(hold: Callable[[], bool], on_hold: Callable[[], object], cancel: CancelToken) -> None:
    cancel.check()
    if hold():
        on_hold()
        while hold():
            cancel.wait(_HOLD_LOOK_S)
            cancel.check()


def _wait(client: TranscriptionClient, cancel: CancelToken, hold: Callable[[], bool]) -> Transcript | None:
    """The transcript; None when it was ended because of `hold`."""
    asked = held = False
    next_look_s = time.monotonic() + _HOLD_LOOK_S
    while True:
        if time.monotonic() >= next_look_s:
            next_look_s += _HOLD_LOOK_S
            held = held or hold()
        if (cancel.cancelled or held) and not asked:
            asked = True
            client.cancel()
        try:
            return client.wait(_LOOK_S)
        except TimeoutError:
            continue
        except TranscribeError as error:
            if error.code is TranscribeCode.CANCELLED and held and not cancel.cancelled:
                return None
            raise
