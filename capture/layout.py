"""Where the displays are and what of them is recorded: a row of `display_layout` each time that changes."""

from __future__ import annotations

from dataclasses import dataclass

from capture.jsonvalue import JsonObject


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
