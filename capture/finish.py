"""What stands in a manifest at the beginning and at the end of a recording."""

from __future__ import annotations

import platform
import sys
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path

from capture.bundle import SessionBundle
from capture.clock import SessionClock
from capture.config import RecorderConfig
from capture.fileio import sha256_of
from capture.jsonvalue import JsonObject
from capture.manifest import BundleState, FileInfo, Manifest, StreamInfo
from capture.sync import NS


def new_manifest(clock: SessionClock, config: RecorderConfig, streams: tuple[StreamInfo, ...]) -> Manifest:
    """The manifest of a recording that begins now."""
    started = datetime.fromtimestamp(clock.epoch_utc_ns / NS, UTC)
    offset = started.astimezone().utcoffset() or timedelta(0)
    version = config.context.get("app_version")
    return Manifest(
        id=str(uuid.uuid4()),
        state=BundleState.RECORDING,
        started_utc=started.isoformat(timespec="milliseconds"),
        utc_offset_min=round(offset.total_seconds() / 60),
        epoch_perf_ns=clock.epoch_perf_ns,
        epoch_utc_ns=clock.epoch_utc_ns,
        duration_ns=None,
        config=config,
        context=config.context,
        streams=streams,
        files=(),
        app_version=version if isinstance(version, str) else "",
        system=system_info(),
    )


def system_info() -> JsonObject:
    """Operating system and versions, nothing that names the machine or its owner."""
    return {
        "os": sys.platform,
        "release": platform.release(),
        "machine": platform.machine(),
        "python": platform.python_version(),
    }


def file_infos(bundle: SessionBundle) -> tuple[FileInfo, ...]:
    """Size and hash of the session's files that are there."""
    paths = (bundle.screen_path, bundle.camera_path, bundle.capture_path)
    return tuple(_info(path) for path in paths if path.is_file())


def _info(path: Path) -> FileInfo:
    return FileInfo(path.name, path.stat().st_size, sha256_of(path))
