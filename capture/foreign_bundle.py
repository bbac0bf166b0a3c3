"""A recording made elsewhere as a bundle: the same manifest, frame index and files as one of ours, without events."""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
import uuid
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from capture.bundle import SessionBundle
from capture.config import KeyPrivacy, RecorderConfig, Scope
from capture.errors import CaptureCode, CaptureError
from capture.events import Mark
from capture.fileio import ensure_private_folder, make_private_folder, storage_error, sync_folder
from capture.finish import file_infos, system_info
from capture.foreign import ForeignMedia, ForeignStream
from capture.foreign_copy import Converted, convert
from capture.foreign_scan import Progress
from capture.jsonvalue import JsonObject, JsonValue
from capture.manifest import BundleState, Manifest, StreamInfo
from capture.sync import NS
from capture.writer import CaptureWriter, FrameRow

IN_WORK = ".importing-"
"""How the names of folders begin that are not yet a recording of the study."""
ROLES = ("mixed", "mic", "system")
"""What a sound track is: everybody at once, the participant's microphone, or what the computer played."""
_SCREEN = 1
_BATCH = 5_000
_PRINT = 1 << 20


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """What of a file becomes the session.

    Attributes:
        media: as `probe_media` returned it.
        picture: one of its streams.
        sounds: the tracks taken, each with its role (`ROLES`).
        label: goes into the folder's name: the participant's code.
        started: session time zero; None for what the file says.
        scopes: what the participant agreed to, for the manifest; None: not asked one by one.
        context: opaque, kept in the manifest.
        marks: what is said of the session from the start (the consent).
    """

    media: ForeignMedia
    picture: ForeignStream
    sounds: tuple[tuple[ForeignStream, str], ...]
    label: str
    started: datetime | None = None
    scopes: tuple[Scope, ...] | None = None
    context: Mapping[str, JsonValue] = field(default_factory=dict)
    marks: tuple[Mark, ...] = ()


def import_bundle(plan: ImportPlan, sessions_dir: Path, progress: Progress) -> tuple[SessionBundle, Converted]:
    """Makes the bundle; the file it comes from is only read. May take as long as the recording lasts.

    Raises:
        CaptureError: IMPORT_NO_ROOM, MEDIA_BROKEN, DISK_FULL, FOLDER_UNWRITABLE, and as `probe_media` says. What
            `progress` raises passes through. Nothing is left behind in any of these cases.
    """
    sweep(sessions_dir)
    _check_room(plan.media, sessions_dir)
    work = sessions_dir.absolute() / f"{IN_WORK}{os.getpid()}-{secrets.token_hex(4)}"
    try:
        ensure_private_folder(sessions_dir)
        make_private_folder(work)
    except OSError as error:
        raise storage_error(error, sessions_dir) from error
    try:
        part = SessionBundle(work)
        with part.lock():
            sounds = [stream for stream, _ in plan.sounds]
            made = convert(plan.media.path, part.screen_path, plan.picture, sounds, lambda at: progress(at * 0.95))
            _describe(part, plan, made)
        bundle = SessionBundle.create(sessions_dir, label=plan.label)
        work.replace(bundle.path)  # over the empty folder that kept the name
        sync_folder(sessions_dir)
    except OSError as error:
        raise storage_error(error, sessions_dir) from error
    finally:
        shutil.rmtree(work, ignore_errors=True)
    progress(1.0)
    return bundle, made


def sweep(sessions_dir: Path) -> None:
    """Removes what an import left behind whose process was killed."""
    with suppress(OSError):
        for path in sessions_dir.glob(f"{IN_WORK}*"):
            if path.is_dir() and not SessionBundle(path).is_recording():
                shutil.rmtree(path, ignore_errors=True)


def _check_room(media: ForeignMedia, sessions_dir: Path) -> None:
    place = sessions_dir if sessions_dir.is_dir() else sessions_dir.parent
    try:
        free = shutil.disk_usage(place).free
    except OSError as error:
        raise storage_error(error, sessions_dir) from error
    missing = media.size + media.size // 10 + 50_000_000 - free
    if missing > 0:
        raise CaptureError(CaptureCode.IMPORT_NO_ROOM, f"{missing / 1e6:.0f} MB")


def _describe(bundle: SessionBundle, plan: ImportPlan, made: Converted) -> None:
    started = (plan.started or plan.media.recorded_utc).astimezone(UTC)
    epoch_ns = round(started.timestamp() * 1000) * 1_000_000
    offset = started.astimezone().utcoffset() or timedelta(0)
    streams = _streams(bundle, plan, made)
    writer = CaptureWriter(bundle.capture_path)
    try:
        writer.add_stream(streams[0])  # sound needs no row: it has neither anchors nor gaps of its own
        rows = [FrameRow(_SCREEN, at, at * NS // 90_000, "new", at in made.keys, None) for at in made.pts]
        for first in range(0, len(rows), _BATCH):
            writer.add_batch([], rows[first : first + _BATCH])
        writer.add_anchors([], [(0, epoch_ns)])
        for mark in plan.marks:
            writer.add_mark(mark)
        writer.finish(made.end_ns)
    finally:
        writer.close()
    fps = min(60, max(1, round(plan.picture.fps or 30)))
    config = RecorderConfig(
        display=0, fps=fps, mic=None, keys=KeyPrivacy.OFF, windows=False, window_titles=False, consent=plan.scopes
    )
    context = {
        **plan.context,
        "origin": "imported",
        "source": fingerprint(plan.media.path),
    }
    version = context.get("app_version")
    bundle.write_manifest(
        Manifest(
            id=str(uuid.uuid4()),
            state=BundleState.FINALIZED,
            started_utc=started.isoformat(timespec="milliseconds"),
            utc_offset_min=round(offset.total_seconds() / 60),
            epoch_perf_ns=0,
            epoch_utc_ns=epoch_ns,
            duration_ns=made.end_ns,
            config=config,
            context=context,
            streams=streams,
            files=file_infos(bundle),
            app_version=version if isinstance(version, str) else "",
            system=system_info(),
        )
    )


def _streams(bundle: SessionBundle, plan: ImportPlan, made: Converted) -> tuple[StreamInfo, ...]:
    name = bundle.screen_path.name
    form: JsonObject = {
        "width": made.width,
        "height": made.height,
        "codec": "h264",
        "time_base": 90_000,
        "source_codec": plan.picture.codec,
        "copied": made.picture_copied,
    }
    streams = [StreamInfo(_SCREEN, "screen", name, 0, None, form)]
    roles = {stream.index: role for stream, role in plan.sounds}
    for number, sound in enumerate(made.sounds, start=_SCREEN + 1):
        one = sound.source
        about: JsonObject = {
            "rate": one.rate,
            "channels": one.channels if sound.copied else 1,
            "codec": "aac",
            "source_codec": one.codec,
            "copied": sound.copied,
        }
        title = one.title or one.language or None
        streams.append(StreamInfo(number, roles[one.index], name, sound.track, title, about))
    return tuple(streams)


def fingerprint(path: Path) -> str:
    """Tells a file again by its size, its start and its end. Its name is kept nowhere: it may be a person's.

    Raises:
        CaptureError: IMPORT_UNREADABLE.
    """
    try:
        size = path.stat().st_size
        digest = hashlib.sha256(str(size).encode())
        with path.open("rb") as file:
            digest.update(file.read(_PRINT))
            file.seek(max(0, size - _PRINT))
            digest.update(file.read(_PRINT))
    except OSError as error:
        raise CaptureError(CaptureCode.IMPORT_UNREADABLE, path.name) from error
    return digest.hexdigest()


def role_guess(sounds: Sequence[ForeignStream]) -> list[str]:
    """What each track probably is, by its title; a first track without one is everybody at once."""
    words = {"mic": ("mic", "mikro", "voice", "headset"), "system": ("desktop", "system", "computer", "speaker")}
    found = []
    for one in sounds:
        title = one.title.casefold()
        found.append(next((role for role, hints in words.items() if any(hint in title for hint in hints)), "mixed"))
    return found
