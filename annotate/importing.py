"""Taking a recording made elsewhere into a study: probed, put on one clock, ingested like one of ours."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from annotate._part import invalid, required_text
from annotate.errors import StudyCode, StudyError
from annotate.ingest import ingest
from annotate.models import Session
from annotate.store import StudyStore
from capture.bundle import SessionBundle
from capture.config import Scope
from capture.errors import CaptureError
from capture.events import Mark, MarkKind, MarkOrigin
from capture.jsonvalue import JsonValue

if TYPE_CHECKING:
    from capture.foreign import ForeignMedia

Progress = Callable[[float], None]
"""Told how far it is, 0..1; may raise, to give up: nothing is left behind then."""


@dataclass(frozen=True, slots=True)
class ImportRequest:
    """What becomes a session, and whose.

    Attributes:
        media: as `capture.foreign.probe_media` returned it.
        participant: the code; made a participant if the study has none of that code.
        picture: index of the picture in the file; None for the largest.
        sounds: index of each sound track that is taken, with its role "mixed", "mic" or "system"; None for all.
        consent_version: of the form that was agreed to; None: not asked.
        scopes: what was agreed to one by one; None with a version: the form as a whole.
        method: how it was given: "screen", "paper" or "cli".
        started: when the recording began; None for what the file says.
        pilot: left out of figures.
    """

    media: ForeignMedia
    participant: str
    picture: int | None = None
    sounds: Mapping[int, str] | None = None
    consent_version: int | None = None
    scopes: tuple[Scope, ...] | None = None
    method: str = "paper"
    started: datetime | None = None
    pilot: bool = False


@dataclass(frozen=True, slots=True)
class Imported:
    """The session that was made.

    Attributes:
        copied: whether the picture is the file's own, bit by bit; else it was encoded anew.
        breaks_off_ns: where the file could not be read any further, None if it is whole.
        unread_ns: how much of the sound was damaged, 0 for none; what is copied as it is isn't looked at.
        left_out: whether sound was left out because the participant didn't agree to it.
    """

    session: Session
    copied: bool
    breaks_off_ns: int | None
    left_out: bool
    has_sound: bool
    unread_ns: int = 0


def import_recording(
    store: StudyStore,
    request: ImportRequest,
    progress: Progress = lambda _at: None,
    *,
    app_version: str = "",
) -> Imported:
    """Makes a session of a recording that was made elsewhere. The file is only read. A job: it may take minutes.

    What the participant didn't agree to is not taken in: without the voice no sound track is, without the screen
    nothing is.

    Raises:
        CaptureError: as `capture.foreign_bundle.import_bundle` says.
        StudyError: VALUE_INVALID (a stream that isn't there, no consent to the screen, no such version of the
            consent form). Nothing is left behind.
    """
    from capture.foreign_bundle import ROLES, ImportPlan, import_bundle, role_guess

    media = request.media
    code = required_text("participant", request.participant)
    if request.scopes is not None and Scope.SCREEN not in request.scopes:
        raise StudyError(StudyCode.VALUE_INVALID, "the participant did not agree to the screen being recorded")
    pictures = {one.index: one for one in media.pictures}
    picture = media.pictures[0] if request.picture is None else pictures.get(request.picture)
    if picture is None:
        raise invalid(f"picture {request.picture}")
    offered = {one.index: one for one in media.sounds}
    roles = request.sounds
    if roles is None:
        roles = dict(zip(offered, role_guess(media.sounds), strict=True))
    for index, role in roles.items():
        if index not in offered or role not in ROLES:
            raise invalid(f"sound {index}: {role}")
    silent = request.scopes is not None and Scope.VOICE not in request.scopes
    taken = () if silent else tuple((offered[index], role) for index, role in roles.items())
    context: dict[str, JsonValue] = {
        "participant": code,
        "moderator": store.author,
        "study_id": store.study().id,
        "app_version": app_version,
        "tasks": [{"id": task.id, "title": task.title} for task in store.tasks()],
    }
    plan = ImportPlan(
        media, picture, taken, code, request.started, request.scopes, context, tuple(_consent(store, request))
    )
    bundle, made = import_bundle(plan, store.sessions_dir, progress)
    try:
        session = ingest(store, bundle).session
        if request.pilot:
            store.update_session(session.id, pilot=True)
    except BaseException:
        bundle.remove()
        raise
    return Imported(
        store.session(session.id),
        made.picture_copied,
        made.breaks_off_ns,
        silent and bool(roles),
        bool(taken),
        made.unread_ns,
    )


def _consent(store: StudyStore, request: ImportRequest) -> list[Mark]:
    version = request.consent_version
    if version is None:
        return []
    try:
        store.consent_text(version)
    except StudyError as problem:
        if problem.code is StudyCode.ROW_MISSING:
            raise StudyError(StudyCode.VALUE_INVALID, f"consent version {version}") from problem
        raise
    payload: dict[str, JsonValue] = {"version": version, "method": request.method}
    if request.scopes is not None:
        payload["scopes"] = [scope.value for scope in request.scopes]
    origin = MarkOrigin.CLI if request.method == "cli" else MarkOrigin.UI
    return [Mark(str(uuid.uuid4()), 0, 0, MarkKind.CONSENT, None, None, payload, origin, store.author)]


def imported_before(store: StudyStore, path: Path) -> list[Session]:
    """Sessions that were made of this very file; somebody may be about to do it twice. Raises CaptureError."""
    from capture.foreign_bundle import fingerprint

    mine = fingerprint(path)
    found = []
    for session in store.sessions():
        if session.origin == "imported":
            with suppress(CaptureError, StudyError):
                if SessionBundle(store.bundle_dir(session)).manifest().context.get("source") == mine:
                    found.append(session)
    return found
