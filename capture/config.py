"""What a recorder is told to record, as values that travel as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from capture.jsonvalue import JsonObject, JsonValue, as_list, as_object, get, get_optional

MIN_FPS, MAX_FPS = 1, 60
DEFAULT_MICROPHONE = "default"
DEFAULT_SYSTEM_SOUND = "default"


class Scope(StrEnum):
    """What a participant can agree to having recorded."""

    SCREEN = "screen"
    """Picture of the screen, the pointer, and which window is in front."""
    VOICE = "voice"
    """Microphone, and what the computer plays: that may be the voice of somebody who takes part from afar."""
    FACE = "face"
    KEYS = "keys"


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
        display: index in `devices.probe().displays`; `None` with another choice.
        all_displays: all of them as one picture, instead of a display.
        region: part of the screen, instead of a display.
        window: one window, by its id in `devices.probe().windows`, instead of a display; it is followed.
        fps: pictures a second at most, 1-60; what stands still costs nothing.
        mic: `None` for no microphone, "default", or an id from `probe().microphones`.
        system: what the computer plays: `None` for not at all, "default", or an id from `probe().system_sounds`.
        camera: `None` for none, or an id from `probe().cameras`.
        keys: what is kept of the keyboard.
        windows: whether the active window is kept, and `window_titles` whether its title is too.
        consent: what the participant has agreed to; a stream outside it is not opened. `None`: nobody was asked.
        orphan_grace_s: how long the recording goes on with nobody attached, before it is finalised.
        min_free_bytes: the recording is ended cleanly when the disk has less than this left.
        warn_free_bytes: below this the status carries the reason `disk_full`.
        context: opaque to `capture`; kept in the manifest.

    Raises:
        ValueError: a value is out of range.
    """

    display: int | None = 0
    all_displays: bool = False
    region: Region | None = None
    window: str | None = None
    fps: int = 15
    mic: str | None = DEFAULT_MICROPHONE
    system: str | None = None
    camera: str | None = None
    keys: KeyPrivacy = KeyPrivacy.CATEGORIES
    windows: bool = True
    window_titles: bool = True
    consent: tuple[Scope, ...] | None = None
    orphan_grace_s: float = 300.0
    min_free_bytes: int = 500_000_000
    warn_free_bytes: int = 5_000_000_000
    context: Mapping[str, JsonValue] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not MIN_FPS <= self.fps <= MAX_FPS:
            raise ValueError(f"fps must be {MIN_FPS} to {MAX_FPS}")
        others = (self.all_displays, self.region is not None, self.window is not None)
        if sum(others) > 1 or (self.display is None and not any(others)):
            raise ValueError("one display, all of them, a region or a window is needed")
        if self.orphan_grace_s < 0 or self.min_free_bytes < 0 or self.warn_free_bytes < 0:
            raise ValueError("limits must not be negative")

    def to_json(self) -> JsonObject:
        return {
            "display": self.display,
            "all_displays": self.all_displays,
            "region": self.region.to_json() if self.region else None,
            "window": self.window,
            "fps": self.fps,
            "mic": self.mic,
            "system": self.system,
            "camera": self.camera,
            "keys": self.keys.value,
            "windows": self.windows,
            "window_titles": self.window_titles,
            "consent": None if self.consent is None else [scope.value for scope in self.consent],
            "orphan_grace_s": self.orphan_grace_s,
            "min_free_bytes": self.min_free_bytes,
            "warn_free_bytes": self.warn_free_bytes,
            "context": self.context,
        }

    @classmethod
    def from_json(cls, source: JsonObject) -> RecorderConfig:
        """Raises `ValueError` for wrong types, unknown keys' values and values out of range.

        What a bundle of an older version doesn't name wasn't recorded then.
        """
        region = source.get("region")
        consent = source.get("consent")
        return cls(
            display=get_optional(source, "display", int),
            all_displays=get_optional(source, "all_displays", bool) or False,
            region=None if region is None else Region.from_json(as_object(region)),
            window=get_optional(source, "window", str),
            fps=get(source, "fps", int),
            mic=get_optional(source, "mic", str),
            system=get_optional(source, "system", str),
            camera=get_optional(source, "camera", str),
            keys=KeyPrivacy(get(source, "keys", str)),
            windows=get_optional(source, "windows", bool) or False,
            window_titles=get_optional(source, "window_titles", bool) or False,
            consent=None if consent is None else tuple(Scope(str(item)) for item in as_list(consent)),
            orphan_grace_s=get(source, "orphan_grace_s", float),
            min_free_bytes=get(source, "min_free_bytes", int),
            warn_free_bytes=get(source, "warn_free_bytes", int),
            context=as_object(source.get("context", {})),
        )
