"""What is done with the recorder on a job's thread: start it, take over a running one, take the session in."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from annotate.ingest import ingest
from annotate.store import StudyStore
from app.recording import Begun, OnEvent
from capture.bundle import SessionBundle
from capture.client import RecorderClient
from capture.protocol import RecorderState
from capture.store import CaptureStore


def begin_attached(store: StudyStore, path: Path, on_event: OnEvent) -> Begun:
    """Takes over the recorder that records into the bundle at `path`.

    Raises:
        CaptureError: RECORDER_GONE when it has ended meanwhile.
    """
    bundle = SessionBundle.open(path)
    client = RecorderClient.attach(bundle, on_event)
    with CaptureStore.open_read(bundle.capture_path) as journal:
        marks = tuple(journal.marks(include_undone=True))
    session = store.session_for_bundle(bundle.path)
    paused = client.status().state is RecorderState.PAUSED
    return Begun(client, bundle, session.id if session else None, marks, paused)


def take_in(open_store: Callable[[], StudyStore], bundle: SessionBundle) -> str:
    """Takes a finished recording into its study; the session's id."""
    with open_store() as store:
        return ingest(store, bundle).session.id
