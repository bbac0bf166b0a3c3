"""`moderato transcribe`: the sound of a session, or of every session of a study, to text."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from annotate.ingest import ingest
from annotate.models import Job, JobState
from annotate.store import StudyStore
from app import paths
from app.cli.places import open_study, study_folder, study_of_bundle
from app.cli.progress import ProgressLine, seconds_words
from app.lack_words import lack_words
from app.session_run import keep_in_study, model_folder, transcribe_session
from app.transcription import default_model
from app.transcription_wishes import wishes_for
from app.wording import sentence, setback_words
from capture.bundle import SessionBundle
from capture.errors import CaptureCode, CaptureError
from capture.running import recordings_running
from transcribe.cancel import CancelToken
from transcribe.catalogue import spec_of
from transcribe.errors import TranscribeCode, TranscribeError
from transcribe.memory import check_memory, free_memory
from transcribe.model_store import DownloadProgress, ModelStore
from transcribe.models import Transcript
from transcribe.protocol import Progress, Started, TranscriptionEvent

_LOOK_S = 1.0


def run(options: argparse.Namespace) -> int:
    """Transcribes what `options.path` names; a study's sessions that have a transcript already are left alone."""
    if study_folder(options.path) is not None:
        with open_study(options.path) as store:
            return _run_study(store, options)
    bundle = SessionBundle.open(options.path)
    if bundle.is_recording():
        raise CaptureError(CaptureCode.BUNDLE_RECORDING, str(bundle.path))
    model = _model(options.model, options.language or wishes_for(bundle).language)
    if (store_of := study_of_bundle(bundle)) is None:
        _transcribe(bundle, model, options.language, lambda _transcript: None)
        return 0
    with store_of as store:
        session = ingest(store, bundle).session
        _in_study(store, session.id, bundle, model, options.language)
    return 0


def _run_study(store: StudyStore, options: argparse.Namespace) -> int:
    waiting = [s for s in store.told_sessions() if s.bundle_path is not None and s.transcript_state != "done"]
    if not waiting:
        print("Every session has its transcript.")
        return 0
    model = _model(options.model, options.language or store.wishes().language)
    failed = 0
    for session in waiting:
        try:
            bundle = SessionBundle.open(store.bundle_dir(session))
            _in_study(store, session.id, bundle, model, options.language)
        except (CaptureError, TranscribeError) as problem:
            if isinstance(problem, TranscribeError) and problem.code is TranscribeCode.CANCELLED:
                raise
            failed += 1  # one bad session doesn't stop the others
            print(f"moderato: {session.participant_code}: {sentence(problem)}", file=sys.stderr)
    return 1 if failed else 0


@dataclass(frozen=True, slots=True)
class _Model:
    """A model: its folder, its name, and what it is found by again."""

    folder: Path
    name: str
    key: str


def _model(wanted: str | None, language: str | None) -> _Model:
    """Folder and name of the model; one that is named but not here yet is downloaded."""
    models = ModelStore(paths.models_dir())
    name = wanted or default_model(models, language)
    if (spec := spec_of(name)) is not None:
        check_memory(spec, free_memory())
    line = ProgressLine(f"Downloading the model {name}")

    def show(progress: DownloadProgress) -> None:
        line.show(progress.done_bytes / max(1, progress.total_bytes), f"{progress.total_bytes / 1e6:.0f} MB")

    try:
        folder = model_folder(models, name, cancel=CancelToken(), on_progress=show)
    finally:
        line.end()
    key = str(Path(name).absolute()) if Path(name).name != name else name
    return _Model(folder, Path(name).name, key)


def _in_study(store: StudyStore, session_id: str, bundle: SessionBundle, model: _Model, language: str | None) -> None:
    """Transcribes a session as a job of its study: what the command is killed at, the app goes on with."""
    jobs: list[Job] = []

    def begun() -> None:
        jobs.append(store.add_job(session_id, {"model": model.key, "language": language})[0])
        store.set_job(jobs[0].id, JobState.RUNNING)

    def end(state: JobState, code: str | None = None) -> None:
        for job in jobs:
            store.set_job(job.id, state, fraction=1.0 if state is JobState.DONE else None, error_code=code)

    def keep(made: Transcript) -> None:
        moved = keep_in_study(store, session_id, made)
        if moved:
            print(f"{moved} live marks were moved back to where it began; the review can put them back.")

    try:
        _transcribe(bundle, model, language, keep, begun)
    except KeyboardInterrupt:
        end(JobState.CANCELLED)
        raise
    except (CaptureError, TranscribeError) as problem:
        end(JobState.FAILED, problem.code.value)
        raise
    end(JobState.DONE)


def _transcribe(
    bundle: SessionBundle,
    model: _Model,
    language: str | None,
    keep: Callable[[Transcript], object],
    begun: Callable[[], None] = lambda: None,
) -> None:
    """Has it done, with steps back for as long as anything is recorded."""
    line = ProgressLine(bundle.path.name)

    def show(event: TranscriptionEvent) -> None:
        if isinstance(event, Progress):
            left = "" if event.remaining_s is None else f"{seconds_words(event.remaining_s)} left"
            line.show(event.fraction, left)
        elif isinstance(event, Started):
            if event.setback:
                print(f"moderato: {setback_words(event.setback)}", file=sys.stderr)
            if missing := lack_words(event.lacks):
                print(f"moderato: {bundle.path.name}: {missing}", file=sys.stderr)

    try:
        made = transcribe_session(
            bundle,
            model_dir=model.folder,
            model_name=model.name,
            language=language,
            on_event=show,
            keep=keep,
            cancel=CancelToken(),
            begun=begun,
            hold=lambda: bool(recordings_running()),
            on_hold=lambda: print("A recording is running; this goes on when it is over.", file=sys.stderr),
        )
    finally:
        line.end()
    print(f"{bundle.path.name}: {heard_words(made)}")


def heard_words(made: Transcript) -> str:
    """What came of it, for its one line: a call's echo counts once, and where nobody speaks no language is named."""
    words = sum(len(segment.words) for segment in made.segments if segment.echo is None)
    return f"{words} words, language {made.language}" if words else "no speech was heard"
