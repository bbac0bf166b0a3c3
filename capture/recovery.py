"""Mending a session whose recorder died: its last second is cut, everything before it is kept.

Works on copies: a file is only replaced by a whole one, and what can't be read is left as it is and reported.
"""

from __future__ import annotations

import logging
import sqlite3
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from capture.bundle import SessionBundle, find_bundles
from capture.config import KeyPrivacy, RecorderConfig
from capture.errors import CaptureCode, CaptureError
from capture.fileio import sha256_of, storage_error, sync_file, sync_folder
from capture.filmhead import begins_as_film, restore_head
from capture.filmtail import is_only_torn, restore_tail
from capture.finish import file_infos, system_info
from capture.manifest import BundleState, Manifest, StreamInfo
from capture.names import PART_SUFFIX, RESERVE
from capture.oldindex import FilmForm, form_of, restore_index
from capture.salvage import put_aside, rebuild
from capture.store import BUSY_TIMEOUT_S, CaptureStore, last_moment_ns
from capture.sync import NS, ns_of_pts
from capture.writer import COUNTS_SQL

if TYPE_CHECKING:
    from capture.remux import MediaReport

_log = logging.getLogger("capture.recovery")

_WHOLE = (BundleState.FINALIZED, BundleState.RECOVERED)


@dataclass(frozen=True, slots=True)
class RecoveryReport:
    """What was saved.

    Attributes:
        notes: what could not be, or not wholly: MEDIA_BROKEN (picture, sound, webcam), BUNDLE_BROKEN (events and
            marks, or the manifest), BUNDLE_NO_MANIFEST (participant and tasks are unknown). Damaged files are kept as
            "NAME.broken-N"; a film that only lacks its end, and was copied packet by packet, isn't.
    """

    bundle: SessionBundle
    duration_ns: int
    frames: int
    marks: int
    events: int
    notes: tuple[CaptureCode, ...]


def find_incomplete(root: Path) -> list[SessionBundle]:
    """Bundles of a study folder (or a folder of sessions) that no recorder holds and that need `recover`."""
    return [bundle for bundle in find_bundles(root) if not bundle.is_recording() and is_incomplete(bundle)]


def is_incomplete(bundle: SessionBundle) -> bool:
    """Whether a bundle that isn't being recorded needs `recover`: never finished, or a file is missing or damaged.

    Of a finished bundle's files the sizes are compared, not the contents, which takes long; `recover` does that too.
    """
    try:
        manifest = bundle.manifest()
        if manifest.state not in _WHOLE or not _looks_whole(bundle, manifest):
            return True
        CaptureStore.open_read(bundle.capture_path).close()
    except CaptureError as error:
        return error.code is not CaptureCode.BUNDLE_TOO_NEW
    return False


def _looks_whole(bundle: SessionBundle, manifest: Manifest) -> bool:
    """Whether all files are there, of their size, and the film begins as one."""
    try:
        for file in manifest.files:
            path = bundle.path / file.name
            if path.stat().st_size != file.size:
                return False
            if path in (bundle.screen_path, bundle.camera_path) and not begins_as_film(path):
                return False
    except OSError:
        return False
    return True


def _is_intact(bundle: SessionBundle, manifest: Manifest, path: Path) -> bool:
    """Whether a file is what the finished bundle's manifest says. Nothing is said of one that isn't listed."""
    listed = [file for file in manifest.files if file.name == path.name]
    return all((bundle.path / file.name).is_file() and sha256_of(path) == file.sha256 for file in listed)


def recover(bundle: SessionBundle) -> RecoveryReport:
    """Mends a bundle. When it fails the bundle is as it was; doing it again is fine.

    Raises:
        CaptureError: BUNDLE_MISSING, BUNDLE_RECORDING, BUNDLE_TOO_NEW, NOTHING_TO_RECOVER (finished already, or empty),
            FOLDER_UNWRITABLE, DISK_FULL.
    """
    if not bundle.path.is_dir():
        raise CaptureError(CaptureCode.BUNDLE_MISSING, str(bundle.path))
    if not bundle.has_data():
        raise CaptureError(CaptureCode.NOTHING_TO_RECOVER, str(bundle.path))
    with bundle.lock():
        try:
            if not is_incomplete(bundle):
                manifest = bundle.manifest()  # raises what is wrong with it, if something is
                CaptureStore.open_read(bundle.capture_path).close()
                paths = (bundle.screen_path, bundle.camera_path, bundle.capture_path)
                if all(_is_intact(bundle, manifest, path) for path in paths):
                    raise CaptureError(CaptureCode.NOTHING_TO_RECOVER, str(bundle.path))
            return _recover(bundle)
        except OSError as error:
            raise storage_error(error, bundle.path) from error


def _recover(bundle: SessionBundle) -> RecoveryReport:
    notes: list[CaptureCode] = []
    manifest: Manifest | None = None
    try:
        manifest = bundle.manifest()
    except CaptureError as error:
        notes.append(error.code)
    (bundle.path / RESERVE).unlink(missing_ok=True)
    _refuse_newer(bundle.capture_path)
    media = _recover_media(bundle, bundle.screen_path, manifest, notes)
    camera = _recover_camera(bundle, manifest, notes)
    counts, store_end_ns = _recover_store(bundle, manifest, media, camera, notes)
    duration_ns = max(store_end_ns, media.end_ns if media else 0)
    if manifest is not None and manifest.state in _WHOLE:
        duration_ns = manifest.duration_ns or duration_ns  # it was whole once, and known then
    if manifest is None:
        if bundle.manifest_path.exists():
            bundle.manifest_path.replace(bundle.path / "manifest.broken.json")
        manifest = _rebuild_manifest(bundle, _streams_of(media, camera), duration_ns)
    files = file_infos(bundle)
    bundle.write_manifest(replace(manifest, state=BundleState.RECOVERED, duration_ns=duration_ns, files=files))
    _log.info("recovered %s: %.1f s", bundle.path.name, duration_ns / NS)
    frames, events, marks = counts
    if media is not None:
        frames = len(media.video_pts)
    return RecoveryReport(bundle, duration_ns, frames, marks, events, tuple(dict.fromkeys(notes)))


def _refuse_newer(path: Path) -> None:
    try:
        CaptureStore.open_read(path).close()
    except CaptureError as error:
        if error.code is CaptureCode.BUNDLE_TOO_NEW:
            raise


def _streams_of(*reports: MediaReport | None) -> tuple[StreamInfo, ...]:
    return tuple(stream for report in reports if report is not None for stream in report.streams)


def _recover_camera(bundle: SessionBundle, manifest: Manifest | None, notes: list[CaptureCode]) -> MediaReport | None:
    """The webcam's file, if there is one; only a full disk may hinder the rest on its account."""
    was_filmed = manifest is not None and any(stream.kind == "camera" for stream in manifest.streams)
    if not was_filmed and not bundle.camera_path.exists():
        return None
    try:
        return _recover_media(bundle, bundle.camera_path, manifest, notes)
    except CaptureError as error:
        if error.code is CaptureCode.DISK_FULL:
            raise
        _log.info("the webcam's file can't be mended: %s", error)
        notes.append(CaptureCode.MEDIA_BROKEN)
        return None


def _recover_media(
    bundle: SessionBundle, path: Path, manifest: Manifest | None, notes: list[CaptureCode]
) -> MediaReport | None:
    from capture.remux import shows_pictures

    part = path.with_name(path.name + PART_SUFFIX)
    for leftover in path.parent.glob(part.name + "*"):
        leftover.unlink()
    if not path.is_file():
        notes.append(CaptureCode.MEDIA_BROKEN)
        return None
    is_finished = is_intact = False
    if manifest is not None and manifest.state in _WHOLE and any(file.name == path.name for file in manifest.files):
        is_finished = True
        is_intact = _is_intact(bundle, manifest, path)
    form = form_of(_known_streams(bundle, manifest), path.name)
    try:
        report = _copy(path, part)
    except CaptureError as error:
        part.unlink(missing_ok=True)
        if error.code is not CaptureCode.MEDIA_BROKEN:
            raise
        _log.info("the media can't be read: %s", error.detail)
        notes.append(CaptureCode.MEDIA_BROKEN)
        return _save_broken(path, part, form)
    if is_intact:
        part.unlink()
        return report
    is_damaged = is_finished or report.is_mended or not is_only_torn(path)
    if is_damaged or (report.video_pts and not shows_pictures(part)):
        is_damaged = True  # it is kept beside what could be copied
        notes.append(CaptureCode.MEDIA_BROKEN)
        report = _try_other_index(path, part, report, form)
    _replace(path, part, keep=is_damaged)
    return report


def _copy(path: Path, part: Path) -> MediaReport:
    """What can be read of a film, but for a fragment's table in the midst of which it may end."""
    from capture.remux import remux

    tailless = part.with_name(part.name + PART_SUFFIX)
    try:
        return remux(tailless if restore_tail(path, tailless) else path, part)
    finally:
        tailless.unlink(missing_ok=True)


def _known_streams(bundle: SessionBundle, manifest: Manifest | None) -> tuple[StreamInfo, ...]:
    if manifest is not None:
        return manifest.streams
    try:
        with CaptureStore.open_read(bundle.capture_path) as store:
            return tuple(store.streams())
    except CaptureError:
        return ()


def _try_other_index(path: Path, part: Path, report: MediaReport, form: FilmForm | None) -> MediaReport:
    """Puts what another index gives of a film in `part`'s place, if that is more; the report on what is there."""
    from capture.remux import shows_pictures

    other = part.with_name(part.name + PART_SUFFIX)
    try:
        found = _with_other_index(path, other, form)
        if found is not None:
            sees = shows_pictures(part)
            count, was = len(found.video_pts), len(report.video_pts)
            if not sees or count > was or (count == was and report.is_mended and not found.is_mended):
                other.replace(part)
                return found
    finally:
        other.unlink(missing_ok=True)
    return report


def _with_other_index(path: Path, part: Path, form: FilmForm | None) -> MediaReport | None:
    """Copies a film into `part` by another index than its own; `None`, and no `part`, if none makes pictures of it."""
    return _copy_restored(path, part, lambda target: restore_index(path, target, form))


def _copy_restored(path: Path, part: Path, restore: Callable[[Path], bool]) -> MediaReport | None:
    """Copies what `restore` makes of a film into `part`; `None`, and no `part`, if no pictures can be seen in it."""
    from capture.remux import remux, shows_pictures

    restored = part.with_name(part.name + PART_SUFFIX)
    restored.unlink(missing_ok=True)
    part.unlink(missing_ok=True)
    try:
        if not restore(restored):
            return None
        report = remux(restored, part)
        if shows_pictures(part):
            return report
    except CaptureError as error:
        if error.code is not CaptureCode.MEDIA_BROKEN:
            part.unlink(missing_ok=True)
            raise
        _log.info("%s can't be read by another index or head: %s", path.name, error.detail)
    finally:
        restored.unlink(missing_ok=True)
    part.unlink(missing_ok=True)
    return None


def _replace(path: Path, part: Path, *, keep: bool) -> None:
    """Puts a file in another's place, which is put aside if it is to be kept."""
    sync_file(part)
    if keep:
        put_aside(path)
    part.replace(path)
    sync_folder(path.parent)


def _save_broken(path: Path, part: Path, form: FilmForm | None) -> MediaReport | None:
    """A film that can't be copied as it is: with its head or its index restored it may be, or at least be played."""
    from capture.remux import shows_pictures

    report = _copy_restored(path, part, lambda target: restore_head(path, target))
    report = report or _with_other_index(path, part, form)
    if report is not None:
        _replace(path, part, keep=True)
        return report
    if shows_pictures(path):
        return None  # it is of more use where it is than any copy could be
    if restore_head(path, part) and shows_pictures(part):
        _replace(path, part, keep=True)
    else:
        part.unlink(missing_ok=True)
        put_aside(path)
    return None


def _recover_store(
    bundle: SessionBundle,
    manifest: Manifest | None,
    media: MediaReport | None,
    camera: MediaReport | None,
    notes: list[CaptureCode],
) -> tuple[tuple[int, int, int], int]:
    """Counts of frames, events and marks, and the latest moment the file speaks of."""
    path = bundle.capture_path
    try:
        CaptureStore.open_read(path).close()  # damaged or missing is told apart there
        return _mend_store(path, media, camera)
    except CaptureError as error:
        _log.info("the events can't be read: %s", error.code.value)
    except sqlite3.DatabaseError as error:
        _raise_if_disk(error, path)
        _log.info("the events can't be mended: %s", error)
    notes.append(CaptureCode.BUNDLE_BROKEN)
    part = path.with_name(path.name + PART_SUFFIX)
    for leftover in path.parent.glob(part.name + "*"):
        leftover.unlink()
    streams = manifest.streams if manifest else _streams_of(media, camera)
    try:
        rebuild(path, part, streams, manifest.epoch_utc_ns if manifest else None)
        counts = _mend_store(part, media, camera)
    except sqlite3.DatabaseError as error:
        _raise_if_disk(error, path)
        raise CaptureError(CaptureCode.BUNDLE_BROKEN, f"{path}: {error}") from error
    sync_file(part)
    if path.exists():
        aside = put_aside(path)
        for suffix in ("-wal", "-shm"):
            side = path.with_name(path.name + suffix)
            if side.exists():
                side.replace(aside.with_name(aside.name + suffix))
    else:
        for suffix in ("-wal", "-shm"):  # of a file that is gone: it must not be taken for the new one's
            side = path.with_name(path.name + suffix)
            if side.exists():
                put_aside(side)
    part.replace(path)
    sync_folder(bundle.path)
    return counts


def _raise_if_disk(error: sqlite3.DatabaseError, path: Path) -> None:
    """The disk's refusal is no damage: the bundle is left as it is then."""
    code = getattr(error, "sqlite_errorcode", None)
    if code in {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_SHMSIZE}:
        raise CaptureError(CaptureCode.DISK_FULL, str(path)) from error
    if code in {sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN}:
        raise CaptureError(CaptureCode.FOLDER_UNWRITABLE, str(path)) from error


def _mend_store(path: Path, media: MediaReport | None, camera: MediaReport | None) -> tuple[tuple[int, int, int], int]:
    db = sqlite3.connect(path, timeout=BUSY_TIMEOUT_S, isolation_level=None)
    try:
        if db.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
            raise sqlite3.DatabaseError("quick_check")
        db.execute("BEGIN IMMEDIATE")
        for kind, report in (("screen", media), ("camera", camera)):
            if report is not None:
                _match_frames(db, kind, report)
        end_ns = max(last_moment_ns(db), media.end_ns if media else 0)
        db.execute("UPDATE interval SET t_end_ns = max(?, t_start_ns) WHERE t_end_ns IS NULL", [end_ns])
        db.execute("COMMIT")
        db.execute("PRAGMA synchronous = FULL")
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        db.execute("PRAGMA journal_mode = DELETE")
        row = db.execute(COUNTS_SQL).fetchone()
        return (int(row[0]), int(row[1]), int(row[2])), end_ns
    finally:
        db.close()


def _match_frames(db: sqlite3.Connection, kind: str, media: MediaReport) -> None:
    """The frame table names exactly the frames that are in the file of that kind."""
    row = db.execute("SELECT min(id) FROM stream WHERE kind = ?", [kind]).fetchone()
    if row[0] is None:
        return
    known = {pts for (pts,) in db.execute("SELECT pts FROM frame WHERE stream_id = ?", [row[0]])}
    kept = set(media.video_pts)
    db.executemany("DELETE FROM frame WHERE stream_id = ? AND pts = ?", [(row[0], pts) for pts in known - kept])
    db.executemany(
        "INSERT INTO frame(stream_id, pts, t_ns, kind, key) VALUES(?, ?, ?, 'new', ?)",
        [(row[0], pts, ns_of_pts(pts), int(pts in media.video_keys)) for pts in sorted(kept - known)],
    )


def _rebuild_manifest(bundle: SessionBundle, streams: tuple[StreamInfo, ...], duration_ns: int) -> Manifest:
    """As much of a manifest as the other files tell. Its id follows from the folder's name: the same every time."""
    epoch_utc_ns: int | None = None
    try:
        with CaptureStore.open_read(bundle.capture_path) as store:
            streams = tuple(store.streams()) or streams
            epoch_utc_ns = store.epoch_utc_ns()
    except CaptureError as error:
        _log.info("no events to rebuild the manifest from: %s", error.code.value)
    if epoch_utc_ns is None:
        newest = max(path.stat().st_mtime_ns for path in bundle.path.iterdir() if path.is_file())
        epoch_utc_ns = newest - duration_ns
    started = datetime.fromtimestamp(epoch_utc_ns / NS, UTC)
    offset = started.astimezone().utcoffset() or timedelta(0)
    has_sound = any(stream.kind == "mic" for stream in streams)
    return Manifest(
        id=str(uuid.uuid5(uuid.NAMESPACE_URL, bundle.path.name)),
        state=BundleState.RECOVERED,
        started_utc=started.isoformat(timespec="milliseconds"),
        utc_offset_min=round(offset.total_seconds() / 60),
        epoch_perf_ns=0,
        epoch_utc_ns=epoch_utc_ns,
        duration_ns=duration_ns,
        config=RecorderConfig(mic="default" if has_sound else None, keys=KeyPrivacy.CATEGORIES),
        context={},
        streams=streams,
        files=(),
        app_version="",
        system=system_info(),
    )
