"""Where the displays are and what of them is recorded: a row of `display_layout` each time that changes."""

from __future__ import annotations

from dataclasses import dataclass

from capture.jsonvalue import JsonObject, JsonValue, as_list, as_object, get, get_optional


@dataclass(frozen=True, slots=True)
class Area:
    """A rectangle of the root window with a name, in physical pixels."""

    name: str
    x: int
    y: int
    width: int
    height: int

    def to_json(self) -> JsonObject:
        return {"name": self.name, "x": self.x, "y": self.y, "width": self.width, "height": self.height}

    @classmethod
    def from_json(cls, source: JsonObject) -> Area:
        """Raises `ValueError` when something is missing or of a wrong type."""
        name = get_optional(source, "name", str) or ""
        return cls(name, *(get(source, key, int) for key in ("x", "y", "width", "height")))


@dataclass(frozen=True, slots=True)
class Layout:
    """The displays, and the recorded part of the root window.

    The picture's size can't change within a file: the recorded part lies in its upper left corner, pixel for pixel,
    so what is at (x, y) of the root window is at (x - recorded.x, y - recorded.y) of the picture.
    """

    displays: tuple[Area, ...]
    recorded: Area

    def to_json(self) -> JsonObject:
        """{"displays": [area …], "recorded": area}; an area has name, x, y, width, height."""
        return {"displays": [area.to_json() for area in self.displays], "recorded": self.recorded.to_json()}

    @classmethod
    def from_json(cls, source: JsonValue) -> Layout:
        """Raises `ValueError` for anything else. The first bundles told of the recorded part alone, in a list."""
        if isinstance(source, list):
            return cls((), Area.from_json(as_object(source[0] if source else None)))
        whole = as_object(source)
        displays = tuple(Area.from_json(as_object(item)) for item in as_list(whole.get("displays")))
        return cls(displays, Area.from_json(as_object(whole.get("recorded"))))
