"""What is done with the recorder on a job's thread: start it, take over a running one, take the session in."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from annotate.ingest import ingest
from annotate.store import StudyStore
from app.recording import bundle_context
from capture.bundle import SessionBundle
from capture.client import RecorderClient
from capture.config import RecorderConfig
from capture.errors import CaptureError
from capture.events import Mark, MarkKind
from capture.jsonvalue import JsonValue
from capture.protocol import RecorderEvent, RecorderState
from capture.store import CaptureStore

OnEvent = Callable[[RecorderEvent], None]


@dataclass(frozen=True, slots=True)
class Begun:
    """A recording that runs, and what was said in it so far."""

    client: RecorderClient
    bundle: SessionBundle
    session_id: str | None
    marks: tuple[Mark, ...]
    paused: bool = False


def begin_new(
    store: StudyStore,
    participant: str,
    config: RecorderConfig,
    on_event: OnEvent,
    author: str,
    consent_version: int,
) -> Begun:
    """Starts a recorder for a new session of the study, lists the session, and keeps the consent.

    Raises:
        CaptureError, StudyError: nothing was recorded, and nothing is left behind.
    """
    context = bundle_context(store, participant=participant, consent_version=consent_version, moderator=author)
    bundle = SessionBundle.create(store.sessions_dir, label=participant)
    try:
        client = RecorderClient.spawn(bundle, replace(config, context=context), on_event)
    except Exception:
        if bundle.path.exists() and not bundle.has_data():  # an empty folder must not look like a session
            bundle.remove()
        raise
    try:
        client.start()
        session = store.register_recording(participant, bundle.path, session_id=bundle.manifest().id)
        payload: dict[str, JsonValue] = {"version": consent_version, "method": "screen"}
        consent = client.add_mark(MarkKind.CONSENT, payload=payload, author=author)
    except Exception:
        with contextlib.suppress(CaptureError):
            client.stop()  # a recording that the study doesn't know of must not run on
        raise
    return Begun(client, bundle, session.id, (consent,))


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
