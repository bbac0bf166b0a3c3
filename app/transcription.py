"""What the app and the command line both do to transcribe a session: which sound, which model, which journal. No Qt."""

from __future__ import annotations

import uuid
from pathlib import Path

from capture.bundle import SessionBundle
from capture.store import CaptureStore
from transcribe.client import TranscriptionRequest
from transcribe.errors import TranscribeCode, TranscribeError
from transcribe.journal import unfinished
from transcribe.model_store import ModelStore

FALLBACK_MODEL = "base"
_HEARD = ("mic", "mixed", "system")
"""Which sound track is taken, the best one first."""


def default_model(models: ModelStore) -> str:
    """The most able model that is on this computer, else the one to download first."""
    installed = {model.name for model in models.installed()}
    names = [spec.name for spec in models.catalogue() if spec.name in installed]
    return names[-1] if names else FALLBACK_MODEL


def request_for(
    bundle: SessionBundle, *, model_dir: Path, model_name: str, language: str | None
) -> TranscriptionRequest:
    """The job of transcribing `bundle`'s microphone; pauses are left out. One that was cut off is gone on with.

    A recording made elsewhere may have one track of everybody at once, or what a computer played alone.
    """
    streams = bundle.manifest().streams
    sound = next((one for kind in _HEARD for one in streams if one.kind == kind), None)
    if sound is None:
        raise TranscribeError(TranscribeCode.NO_SOUND, str(bundle.path))
    with CaptureStore.open_read(bundle.capture_path) as store:
        pauses = tuple(
            (interval.t_start_ns, interval.t_end_ns)
            for interval in store.intervals()
            if interval.kind == "pause" and interval.t_end_ns is not None
        )
    return TranscriptionRequest(
        media=bundle.screen_path,
        stream_index=sound.track,
        t0_ns=0,  # the file's time is session time
        track=sound.kind,
        model_dir=model_dir,
        model_name=model_name,
        language=language,
        journal=unfinished(bundle.transcripts_dir, track=sound.kind, model=model_name, language=language)
        or bundle.transcripts_dir / f"{uuid.uuid4()}.jsonl",
        skip=pauses,
    )
