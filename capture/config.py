"""What a recorder is told to record, as values that travel as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from capture.jsonvalue import JsonObject, JsonValue, as_object, get, get_optional

MIN_FPS, MAX_FPS = 1, 60
DEFAULT_MICROPHONE = "default"


class KeyPrivacy(StrEnum):
    """What is kept of the keyboard. What was typed is never kept."""

    CATEGORIES = "categories"
    OFF = "off"


@dataclass(frozen=True, slots=True)
class Region:
    """A part of the screen, in physical pixels, coordinates of the root window."""

    x: int
    y: int
    width: int
    height: int

    def to_json(self) -> JsonObject:
        return {"x": self.x, "y": self.y, "width": self.width, "height": self.height}

    @classmethod
    def from_json(cls, source: JsonObject) -> Region:
        """Raises `ValueError` for anything but four whole numbers."""
        return cls(*(get(source, key, int) for key in ("x", "y", "width", "height")))


@dataclass(frozen=True, slots=True)
class RecorderConfig:
    """Sources and limits of one recording.

    Attributes:
        display: index in `devices.probe().displays`; `None` with a region.
        region: part of the screen, instead of a display.
        fps: pictures a second at most, 1-60; what stands still costs nothing.
        mic: `None` for no microphone, "default", or an id from `probe().microphones`.
        keys: what is kept of the keyboard.
        orphan_grace_s: how long the recording goes on with nobody attached, before it is finalised.
        min_free_bytes: the recording is ended cleanly when the disk has less than this left.
        warn_free_bytes: below this the status carries the reason `disk_full`.
        context: opaque to `capture`; kept in the manifest.

    Raises:
        ValueError: a value is out of range.
    """

    display: int | None = 0
    region: Region | None = None
    fps: int = 15
    mic: str | None = DEFAULT_MICROPHONE
    keys: KeyPrivacy = KeyPrivacy.CATEGORIES
    orphan_grace_s: float = 300.0
    min_free_bytes: int = 500_000_000
    warn_free_bytes: int = 5_000_000_000
    context: Mapping[str, JsonValue] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not MIN_FPS <= self.fps <= MAX_FPS:
            raise ValueError(f"fps must be {MIN_FPS} to {MAX_FPS}")
        if self.display is None and self.region is None:
            raise ValueError("a display or a region is needed")
        if self.orphan_grace_s < 0 or self.min_free_bytes < 0 or self.warn_free_bytes < 0:
            raise ValueError("limits must not be negative")

    def to_json(self) -> JsonObject:
        return {
            "display": self.display,
            "region": self.region.to_json() if self.region else None,
            "fps": self.fps,
            "mic": self.mic,
            "keys": self.keys.value,
            "orphan_grace_s": self.orphan_grace_s,
            "min_free_bytes": self.min_free_bytes,
            "warn_free_bytes": self.warn_free_bytes,
            "context": self.context,
        }

    @classmethod
    def from_json(cls, source: JsonObject) -> RecorderConfig:
        """Raises `ValueError` for wrong types, unknown keys' values and values out of range."""
        region = source.get("region")
        return cls(
            display=get_optional(source, "display", int),
            region=None if region is None else Region.from_json(as_object(region)),
            fps=get(source, "fps", int),
            mic=get_optional(source, "mic", str),
            keys=KeyPrivacy(get(source, "keys", str)),
            orphan_grace_s=get(source, "orphan_grace_s", float),
            min_free_bytes=get(source, "min_free_bytes", int),
            warn_free_bytes=get(source, "warn_free_bytes", int),
            context=as_object(source.get("context", {})),
        )
