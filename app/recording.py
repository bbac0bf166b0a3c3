"""What the app and the command line both do to start a recording of a study. No Qt."""

from __future__ import annotations

import contextlib
import getpass
import importlib.metadata
import importlib.resources
from collections.abc import Callable
from dataclasses import dataclass, replace

from annotate.store import StudyStore
from capture.bundle import SessionBundle
from capture.client import RecorderClient
from capture.config import RecorderConfig
from capture.errors import CaptureError
from capture.events import Mark, MarkKind, MarkOrigin
from capture.jsonvalue import JsonValue
from capture.protocol import RecorderEvent

OnEvent = Callable[[RecorderEvent], None]


def app_version() -> str:
    """Version of the installed app, or `unknown` in a tree that was never installed."""
    try:
        return importlib.metadata.version("moderato")
    except importlib.metadata.PackageNotFoundError:
        return "unknown"


def user_name() -> str:
    """Who works at this computer: the name that rows are signed with unless another is set."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "moderator"


def default_consent_text() -> str:
    """The consent form that a new study starts with (Markdown, English)."""
    return importlib.resources.files("resources").joinpath("consent.en.md").read_text(encoding="utf-8")


def bundle_context(
    store: StudyStore, *, participant: str, consent_version: int | None, moderator: str
) -> dict[str, JsonValue]:
    """What a bundle must know of its study to be taken in again without it; opaque to the recorder."""
    study = store.study()
    return {
        "study_id": study.id,
        "study_name": study.name,
        "participant": participant,
        "moderator": moderator,
        "consent_version": consent_version,
        "tasks": [{"id": task.id, "title": task.title} for task in store.tasks()],
        "app_version": app_version(),
    }


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
    consent_version: int | None,
    origin: MarkOrigin = MarkOrigin.UI,
) -> Begun:
    """Starts a recorder for a new session of the study, lists the session, and keeps the consent.

    Raises:
        CaptureError, StudyError: nothing was recorded, and nothing is left behind.
    """
    context = bundle_context(store, participant=participant, consent_version=consent_version, moderator=author)
    bundle = SessionBundle.create(store.sessions_dir, label=participant)
    try:
        client = RecorderClient.spawn(bundle, replace(config, context=context), on_event)
    except BaseException:
        if bundle.path.exists() and not bundle.has_data():  # an empty folder must not look like a session
            bundle.remove()
        raise
    try:
        client.start()
        session = store.register_recording(participant, bundle.path, session_id=bundle.manifest().id)
        marks: tuple[Mark, ...] = ()
        if consent_version is not None:
            method = "cli" if origin is MarkOrigin.CLI else "screen"
            payload: dict[str, JsonValue] = {"version": consent_version, "method": method}
            if config.consent is not None:
                payload["scopes"] = [scope.value for scope in config.consent]
            marks = (client.add_mark(MarkKind.CONSENT, payload=payload, origin=origin, author=author),)
    except BaseException:
        with contextlib.suppress(CaptureError):
            client.stop()  # a recording that nobody knows of must not run on
        client.close()
        raise
    return Begun(client, bundle, session.id, marks)
