"""What the app and the command line both do to start a recording of a study. No Qt."""

from __future__ import annotations

import importlib.metadata
import importlib.resources

from annotate.store import StudyStore
from capture.jsonvalue import JsonValue


def app_version() -> str:
    """Version of the installed app, or `unknown` in a tree that was never installed."""
    try:
        return importlib.metadata.version("moderato")
    except importlib.metadata.PackageNotFoundError:
        return "unknown"


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
