"""What the app and the command line both do to transcribe a session: which sound, which model, which journal. No Qt."""

from __future__ import annotations

import uuid
from pathlib import Path

from app.transcription_wishes import kept_voice, wishes_for
from capture.bundle import SessionBundle
from capture.store import CaptureStore
from transcribe.catalogue import ModelSpec, spec_of
from transcribe.client import Sound, TranscriptionRequest
from transcribe.errors import TranscribeCode, TranscribeError
from transcribe.journal import unfinished
from transcribe.model_store import ModelStore

FALLBACK_MODEL = "base"
_OPEN_END_NS = 2**62
"""End of a pause that goes on: the session is being recorded."""
_HEARD = ({"mic", "system"}, {"mixed"})
"""Sound tracks that are taken together: each side of a call apart, or everybody in one."""


def default_model(models: ModelStore, language: str | None = None) -> str:
    """The most able model on this computer that knows the language (None: it is to be found), else the one to download
    first.
    """
    installed = {model.name for model in models.installed()}
    names = [spec.name for spec in models.catalogue() if spec.name in installed and knows(spec, language)]
    return names[-1] if names else FALLBACK_MODEL


def knows(spec: ModelSpec, language: str | None) -> bool:
    """Whether a model may hear a session in a language; None, where it is to be found, is left to the model."""
    return spec.multilingual or not language or language.lower().replace("_", "-").split("-")[0] == "en"


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

    Raises:
        TranscribeError: NO_SOUND; MODEL_ENGLISH where the language is another and the model knows no other.
    """
    wishes = wishes_for(bundle)
    language = language or wishes.language
    if (spec := spec_of(model_name)) is not None and not knows(spec, language):
        raise TranscribeError(TranscribeCode.MODEL_ENGLISH, model_name)
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
