"""From a bundle to rows of the study: the session, what was said live, and its transcripts."""

from __future__ import annotations

from dataclasses import dataclass

from annotate.changes import ChangeSet
from annotate.models import Session, SessionState
from annotate.store import StudyStore
from capture.bundle import SessionBundle
from capture.errors import CaptureError
from capture.events import Mark
from capture.manifest import BundleState
from capture.store import CaptureStore
from transcribe.errors import TranscribeError
from transcribe.journal import read_journal, read_translation
from transcribe.models import Transcript


@dataclass(frozen=True, slots=True)
class IngestReport:
    """What taking in a bundle did this time; the second time all is zero and the change is empty.

    Attributes:
        session: The session as it is now.
        change: What was changed. Not meant for an undo stack.
        observations: How many were added.
        task_runs: How many were added.
        notes: What could not be used, in words for a log: "outcome: unknown outcome", "a.jsonl: media_missing".
    """

    session: Session
    change: ChangeSet
    observations: int
    task_runs: int
    notes: tuple[str, ...]


def ingest(store: StudyStore, bundle: SessionBundle) -> IngestReport:
    """Take a bundle into the study, also while it is being recorded, and as often as one likes.

    Each mark acts once. What people changed or removed since stays so; a mark undone since is taken back unless
    somebody has worked on it. Marks that lie beyond the end are moved to the end, and task runs that were never
    ended end where the next one begins or the session ends. A bundle whose events can't be read still gives its
    session; `notes` says so.

    May take long (thousands of words): call it from a job, with that job's own store.

    Raises:
        CaptureError: BUNDLE_MISSING, BUNDLE_NO_MANIFEST, BUNDLE_BROKEN, BUNDLE_TOO_NEW from the manifest.
        StudyError: as `StudyStore` says.
    """
    manifest = bundle.manifest()
    notes: list[str] = []
    marks, in_force = _marks(bundle, notes)
    transcripts = read_transcripts(bundle, notes)
    with store.automatic(), store.batch() as batch:
        session = store.put_recording(bundle.path, manifest)
        taken = store.take_marks(session, marks, in_force, manifest)
        for transcript in transcripts:
            store.put_transcript(session.id, transcript)
    notes += taken.passed_over
    return IngestReport(store.session(session.id), batch.change, taken.observations, taken.task_runs, tuple(notes))


def _marks(bundle: SessionBundle, notes: list[str]) -> tuple[list[Mark], list[str]]:
    """All marks, and the ids of those in force."""
    try:
        capture = CaptureStore.open_read(bundle.capture_path)
        try:
            return capture.marks(include_undone=True), [mark.id for mark in capture.marks()]
        finally:
            capture.close()
    except CaptureError as exc:
        notes.append(f"{bundle.capture_path.name}: {exc.code}")
        return [], []


def read_transcripts(bundle: SessionBundle, notes: list[str]) -> list[Transcript]:
    """The transcripts of the bundle's journals, oldest first, so that the newest is shown; translations behind each."""
    found: list[Transcript] = []
    for path in sorted(bundle.transcripts_dir.glob("*.jsonl"), key=lambda path: (path.stat().st_mtime_ns, path)):
        try:
            transcript = read_journal(path)
        except TranscribeError as exc:
            notes.append(f"{path.name}: {exc.code}")
            continue
        if transcript.segments or transcript.done:
            found.append(transcript)
            english = read_translation(path)
            found += [english] if english is not None else []
    return found


def settle(store: StudyStore) -> list[Session]:
    """Takes in recordings that ended while nobody was there to do it: their sessions are still said to be recording.

    Returns the sessions that were taken in. What cannot be read is left for recovery.
    """
    settled = []
    for session in store.sessions():
        if session.state is not SessionState.RECORDING or session.bundle_path is None:
            continue
        try:
            bundle = SessionBundle.open(store.bundle_dir(session))
            if bundle.manifest().state is not BundleState.RECORDING:
                settled.append(ingest(store, bundle).session)
        except CaptureError:
            continue
    return settled
