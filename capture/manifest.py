"""The manifest: what a bundle says about itself. `manifest.json` is always replaced as a whole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from capture.config import RecorderConfig
from capture.errors import CaptureCode, CaptureError
from capture.jsonvalue import JsonObject, JsonValue, as_list, as_object, dumps, get, get_optional, loads_object

SCHEMA_VERSION = 1


class BundleState(StrEnum):
    """Where a bundle stands. RECORDING without a live recorder means that it has to be recovered."""

    RECORDING = "recording"
    FINALIZED = "finalized"
    RECOVERED = "recovered"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class StreamInfo:
    """One stream: `kind` as in the table `stream`, `track` = index in `file`, `format` = geometry, rate, codec …"""

    id: int
    kind: str
    file: str | None
    track: int | None
    name: str | None
    format: Mapping[str, JsonValue]

    def to_json(self) -> JsonObject:
        return {
            "id": self.id,
            "kind": self.kind,
            "file": self.file,
            "track": self.track,
            "name": self.name,
            "format": self.format,
        }

    @classmethod
    def from_json(cls, source: JsonObject) -> StreamInfo:
        """Raises `ValueError` when something is missing or of a wrong type."""
        return cls(
            id=get(source, "id", int),
            kind=get(source, "kind", str),
            file=get_optional(source, "file", str),
            track=get_optional(source, "track", int),
            name=get_optional(source, "name", str),
            format=as_object(source.get("format") or {}),
        )


@dataclass(frozen=True, slots=True)
class FileInfo:
    """A file of a finished bundle; `sha256` as hex."""

    name: str
    size: int
    sha256: str

    def to_json(self) -> JsonObject:
        return {"name": self.name, "size": self.size, "sha256": self.sha256}

    @classmethod
    def from_json(cls, source: JsonObject) -> FileInfo:
        """Raises `ValueError` when something is missing or of a wrong type."""
        return cls(get(source, "name", str), get(source, "size", int), get(source, "sha256", str))


@dataclass(frozen=True, slots=True)
class Manifest:
    """What `manifest.json` holds.

    Attributes:
        id: UUID text.
        started_utc: session time zero, ISO 8601 in UTC.
        utc_offset_min: the place's distance from UTC, in minutes.
        epoch_perf_ns: `perf_counter_ns` at session time zero; only means something on the recording machine until
            its next start.
        epoch_utc_ns: UTC at session time zero.
        duration_ns: `None` until the bundle is finished.
        context: the config's context, as it was given.
        files: filled when the bundle is finished.
        system: operating system and versions, for support.
    """

    id: str
    state: BundleState
    started_utc: str
    utc_offset_min: int
    epoch_perf_ns: int
    epoch_utc_ns: int
    duration_ns: int | None
    config: RecorderConfig
    context: Mapping[str, JsonValue]
    streams: tuple[StreamInfo, ...]
    files: tuple[FileInfo, ...]
    app_version: str
    system: Mapping[str, JsonValue]
    schema_version: int = SCHEMA_VERSION

    def to_text(self) -> str:
        """JSON text of `manifest.json`."""
        config = dict(self.config.to_json())
        del config["context"]  # it has a place of its own
        return dumps(
            {
                "schema_version": self.schema_version,
                "id": self.id,
                "state": self.state.value,
                "started_utc": self.started_utc,
                "utc_offset_min": self.utc_offset_min,
                "epoch_perf_ns": self.epoch_perf_ns,
                "epoch_utc_ns": self.epoch_utc_ns,
                "duration_ns": self.duration_ns,
                "config": config,
                "context": self.context,
                "streams": [stream.to_json() for stream in self.streams],
                "files": [file.to_json() for file in self.files],
                "app_version": self.app_version,
                "system": self.system,
            }
        )

    @classmethod
    def from_text(cls, text: str | bytes, *, where: str = "") -> Manifest:
        """Parses `manifest.json`.

        Raises:
            CaptureError: BUNDLE_BROKEN, or BUNDLE_TOO_NEW for one written by a newer version.
        """
        try:
            source = loads_object(text)
            version = get(source, "schema_version", int)
            if version > SCHEMA_VERSION:
                raise CaptureError(CaptureCode.BUNDLE_TOO_NEW, where)
            context = as_object(source["context"])
            return cls(
                schema_version=version,
                id=get(source, "id", str),
                state=BundleState(get(source, "state", str)),
                started_utc=get(source, "started_utc", str),
                utc_offset_min=get(source, "utc_offset_min", int),
                epoch_perf_ns=get(source, "epoch_perf_ns", int),
                epoch_utc_ns=get(source, "epoch_utc_ns", int),
                duration_ns=get_optional(source, "duration_ns", int),
                config=RecorderConfig.from_json({**as_object(source["config"]), "context": context}),
                context=context,
                streams=tuple(StreamInfo.from_json(as_object(item)) for item in as_list(source["streams"])),
                files=tuple(FileInfo.from_json(as_object(item)) for item in as_list(source["files"])),
                app_version=get(source, "app_version", str),
                system=as_object(source["system"]),
            )
        except (ValueError, KeyError) as error:
            raise CaptureError(CaptureCode.BUNDLE_BROKEN, f"{where}: {error}") from error
