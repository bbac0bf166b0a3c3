"""`moderato transcribe`: the sound of a session, or of every session of a study, to text."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from annotate.ingest import ingest
from annotate.late_marks import pull_back
from annotate.store import StudyStore
from app import paths
from app.cli.places import open_study, study_folder, study_of_bundle
from app.cli.progress import ProgressLine, seconds_words
from app.transcription import default_model, request_for
from app.wording import sentence
from capture.bundle import SessionBundle
from capture.errors import CaptureCode, CaptureError
from transcribe.cancel import CancelToken
from transcribe.client import TranscriptionClient
from transcribe.errors import TranscribeCode, TranscribeError
from transcribe.model_store import DownloadProgress, ModelStore
from transcribe.models import Transcript
from transcribe.protocol import Progress, TranscriptionEvent


def run(options: argparse.Namespace) -> int:
    """Transcribes what `options.path` names; a study's sessions that have a transcript already are left alone."""
    if study_folder(options.path) is not None:
        with open_study(options.path) as store:
            return _run_study(store, options)
    bundle = SessionBundle.open(options.path)
    model_dir, model_name = _model(options.model)
    if (store_of := study_of_bundle(bundle)) is None:
        _transcribe(bundle, model_dir, model_name, options.language)
        return 0
    with store_of as store:
        transcript = _transcribe(bundle, model_dir, model_name, options.language)
        session = ingest(store, bundle).session
        _keep(store, session.id, transcript)
    return 0


def _run_study(store: StudyStore, options: argparse.Namespace) -> int:
    waiting = [s for s in store.sessions() if s.bundle_path is not None and s.transcript_state != "done"]
    if not waiting:
        print("Every session has its transcript.")
        return 0
    model_dir, model_name = _model(options.model)
    failed = 0
    for session in waiting:
        try:
            transcript = _transcribe(
                SessionBundle.open(store.bundle_dir(session)), model_dir, model_name, options.language
            )
            _keep(store, session.id, transcript)
        except (CaptureError, TranscribeError) as problem:
            if isinstance(problem, TranscribeError) and problem.code is TranscribeCode.CANCELLED:
                raise
            failed += 1  # one bad session doesn't stop the others
            print(f"moderato: {session.participant_code}: {sentence(problem)}", file=sys.stderr)
    return 1 if failed else 0


def _keep(store: StudyStore, session_id: str, transcript: Transcript) -> None:
    """Now that it is known what was said, live marks find what they meant."""
    with store.automatic():
        store.put_transcript(session_id, transcript)
    moved = len(pull_back(store, session_id).ids("observation"))
    if moved:
        print(f"{moved} live marks were moved back to where it began; the review can put them back.")


def _model(wanted: str | None) -> tuple[Path, str]:
    """Folder and name of the model; one that is named but not here yet is downloaded."""
    models = ModelStore(paths.models_dir())
    name = wanted or default_model(models)
    try:
        return models.resolve(name), Path(name).name
    except TranscribeError as problem:
        if problem.code is not TranscribeCode.MODEL_MISSING:
            raise
    line = ProgressLine(f"Downloading the model {name}")

    def show(progress: DownloadProgress) -> None:
        line.show(progress.done_bytes / max(1, progress.total_bytes), f"{progress.total_bytes / 1e6:.0f} MB")

    try:
        return models.download(name, on_progress=show, cancel=CancelToken()).path, name
    finally:
        line.end()


def _transcribe(bundle: SessionBundle, model_dir: Path, model_name: str, language: str | None) -> Transcript:
    if bundle.is_recording():
        raise CaptureError(CaptureCode.BUNDLE_RECORDING, str(bundle.path))
    line = ProgressLine(bundle.path.name)

    def show(event: TranscriptionEvent) -> None:
        if isinstance(event, Progress):
            left = "" if event.remaining_s is None else f"{seconds_words(event.remaining_s)} left"
            line.show(event.fraction, left)

    request = request_for(bundle, model_dir=model_dir, model_name=model_name, language=language)
    client = TranscriptionClient.start(request, show)
    try:
        transcript = client.wait()
    except KeyboardInterrupt:
        client.cancel()
        raise
    finally:
        client.close()
        line.end()
    words = sum(len(segment.words) for segment in transcript.segments)
    print(f"{bundle.path.name}: {words} words, language {transcript.language}")
    return transcript
