"""What the app and the command line both do to transcribe a session: which sound, which model, which journal. No Qt."""

from __future__ import annotations

import uuid
from pathlib import Path

from app.transcription_wishes import kept_voice, wishes_for
from capture.bundle import SessionBundle
from capture.store import CaptureStore
from transcribe.client import Sound, TranscriptionRequest
from transcribe.errors import TranscribeCode, TranscribeError
from transcribe.journal import unfinished
from transcribe.model_store import ModelStore

FALLBACK_MODEL = "base"
_OPEN_END_NS = 2**62
"""End of a pause that goes on: the session is being recorded."""
_HEARD = ({"mic", "system"}, {"mixed"})
"""Sound tracks that are taken together: each side of a call apart, or everybody in one."""


def default_model(models: ModelStore) -> str:
    """The most able model that is on this computer, else the one to download first."""
    installed = {model.name for model in models.installed()}
    names = [spec.name for spec in models.catalogue() if spec.name in installed]
    return names[-1] if names else FALLBACK_MODEL


def request_for(
    bundle: SessionBundle,
    *,
    model_dir: Path,
    model_name: str,
    language: str | None,
) -> TranscriptionRequest:
    """The job of transcribing all sound of `bundle`; pauses are left out. One that was cut off is gone on with.

    A recording made elsewhere may have one track of everybody at once. What isn't said here is as the study wishes it:
    language, vocabulary, translation.
    """
    wishes = wishes_for(bundle)
    language = language or wishes.language
    streams = bundle.manifest().streams
    mixed = any(stream.kind == "mixed" for stream in streams)
    sounds = tuple(
        Sound(bundle.screen_path, stream.track, 0, stream.kind)  # the file's time is session time
        for stream in streams
        if stream.kind in _HEARD[mixed]
    )
    if not sounds:
        raise TranscribeError(TranscribeCode.NO_SOUND, str(bundle.path))
    with CaptureStore.open_read(bundle.capture_path) as store:
        pauses = tuple(
            (interval.t_start_ns, interval.t_end_ns if interval.t_end_ns is not None else _OPEN_END_NS)
            for interval in store.intervals()
            if interval.kind in {"pause", "suspend"}
        )
    track = sounds[0].track if len(sounds) == 1 else "mixed"
    return TranscriptionRequest(
        sounds=sounds,
        model_dir=model_dir,
        model_name=model_name,
        language=language,
        journal=unfinished(bundle.transcripts_dir, track=track, model=model_name, language=language)
        or bundle.transcripts_dir / f"{uuid.uuid4()}.jsonl",
        skip=pauses,
        vocabulary=wishes.vocabulary,
        translate=wishes.translate,
        moderator=kept_voice(),
    )
