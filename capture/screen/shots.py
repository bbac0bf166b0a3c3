"""Pixels through mss (X11, Windows, macOS), and which displays there are. No cv2: the app uses this too."""

from __future__ import annotations

import contextlib
import sys
from typing import Any

import mss  # noqa: TID253
import numpy as np
from numpy.typing import NDArray

from capture.config import Region
from capture.errors import CaptureCode, CaptureError
from capture.layout import Area, Layout
from capture.permissions import is_wayland
from capture.screen import ScreenInfo

_ADDS_POINTER = sys.platform == "linux"
MIN_SIDE = 16
"""Smaller pictures are a slip of the mouse, and nothing an encoder takes."""


def connect(*, adds_pointer: bool = _ADDS_POINTER) -> mss.MSS:
    """A connection to the display, by default with the pointer in its pictures where the system leaves it out.

    Raises:
        CaptureError: NO_DISPLAY.
    """
    if is_wayland():
        raise CaptureError(CaptureCode.NO_DISPLAY, "wayland")  # mss would deliver black pictures
    options: dict[str, Any] = {"with_cursor": True} if adds_pointer else {}
    try:
        return mss.MSS(**options)
    except Exception as error:
        # mss raises whatever its back-end met: a ScreenShotError, an OSError of a library, a bare AssertionError.
        raise CaptureError(CaptureCode.NO_DISPLAY, type(error).__name__) from error


def monitors(connection: mss.MSS) -> list[dict[str, Any]]:
    """All displays together, then one by one; raises `CaptureError` NO_DISPLAY."""
    try:
        return connection.monitors
    except Exception as error:
        raise CaptureError(CaptureCode.NO_DISPLAY, type(error).__name__) from error


def list_areas() -> list[tuple[ScreenInfo, bool]]:
    """Every display, and whether it is the primary one; raises `CaptureError` NO_DISPLAY."""
    connection = connect()
    try:
        found = monitors(connection)
    finally:
        _close(connection)
    has_primary = any(one.get("is_primary") for one in found[1:])
    return [
        (choose_area(found, index, None), bool(one.get("is_primary")) if has_primary else index == 0)
        for index, one in enumerate(found[1:])
    ]


def areas_of(found: list[dict[str, Any]]) -> tuple[Area, ...]:
    """The displays by name."""
    return tuple(
        Area(_name_of(one, index), one["left"], one["top"], one["width"], one["height"])
        for index, one in enumerate(found[1:])
    )


def _name_of(one: dict[str, Any], index: int) -> str:
    return str(one.get("name") or one.get("output") or index)


def choose_area(
    found: list[dict[str, Any]], display: int | None, region: Region | None, *, all_displays: bool = False
) -> ScreenInfo:
    """The rectangle to take: a region, a display or all of them, with even sides.

    Raises:
        CaptureError: NO_DISPLAY, DISPLAY_UNKNOWN, REGION_INVALID.
    """
    if len(found) < 2:
        raise CaptureError(CaptureCode.NO_DISPLAY, "no display is connected")
    if region is not None:
        area = ScreenInfo(region.x, region.y, region.width & ~1, region.height & ~1, "region")
        whole = found[0]
        is_inside = (
            area.x >= whole["left"]
            and area.y >= whole["top"]
            and area.x + region.width <= whole["left"] + whole["width"]
            and area.y + region.height <= whole["top"] + whole["height"]
        )
        if not is_inside or area.width < MIN_SIDE or area.height < MIN_SIDE:
            shown = f"{region.x},{region.y},{region.width},{region.height}"
            raise CaptureError(CaptureCode.REGION_INVALID, shown)
        return area
    if all_displays:
        whole = found[0]
        return ScreenInfo(whole["left"], whole["top"], whole["width"] & ~1, whole["height"] & ~1, "all displays")
    index = display or 0
    if not 0 <= index < len(found) - 1:
        raise CaptureError(CaptureCode.DISPLAY_UNKNOWN, str(index))
    one = found[index + 1]
    name = _name_of(one, index)
    return ScreenInfo(one["left"], one["top"], one["width"] & ~1, one["height"] & ~1, name)


class Shots:
    """Takes pixels of a display or a part of it. One thread; `close` may come from another after that ended."""

    def __init__(
        self,
        display: int | None,
        region: Region | None,
        *,
        all_displays: bool = False,
        adds_pointer: bool = _ADDS_POINTER,
    ) -> None:
        self._display = display
        self._region = region
        self._all_displays = all_displays
        self._name: str | None = None
        self._adds_pointer = adds_pointer
        self._connection: mss.MSS | None = None
        self._area = ScreenInfo(0, 0, 0, 0, "")

    def open(self) -> ScreenInfo:
        """Connects. Raises `CaptureError` NO_DISPLAY, DISPLAY_UNKNOWN, REGION_INVALID."""
        self.close()
        connection = connect(adds_pointer=self._adds_pointer)
        try:
            self._area = self._choose(monitors(connection))
        except CaptureError:
            _close(connection)
            raise
        self._connection = connection
        return self._area

    def look(self) -> Layout:
        """Where the displays are now, and what would be recorded of them; `move_to` makes it so.

        Raises:
            CaptureError: NO_DISPLAY, DISPLAY_UNKNOWN, REGION_INVALID.
        """
        if self._connection is None:
            raise CaptureError(CaptureCode.NO_DISPLAY, "not open")
        found = monitors(self._connection)
        area = self._choose(found)
        return Layout(areas_of(found), Area(area.name, area.x, area.y, area.width, area.height))

    def move_to(self, area: ScreenInfo) -> None:
        """Takes pixels of another rectangle from now on."""
        self._area = area

    def _choose(self, found: list[dict[str, Any]]) -> ScreenInfo:
        """The display that was opened first, even if it is another one in the list by now: never a stranger's."""
        display = self._display
        if self._name is not None:
            names = [_name_of(one, index) for index, one in enumerate(found[1:])]
            if self._name not in names:
                raise CaptureError(CaptureCode.DISPLAY_UNKNOWN, self._name)
            display = names.index(self._name)
        area = choose_area(found, display, self._region, all_displays=self._all_displays)
        if self._region is None and not self._all_displays:
            self._name = area.name
        return area

    def take(self, box: tuple[int, int, int, int] | None = None) -> NDArray[np.uint8]:
        """The pixels of a box of the area, by default of all of it: BGRA, top-down, even sides, the caller's own.

        Raises:
            CaptureError: NO_DISPLAY.
        """
        if self._connection is None:
            raise CaptureError(CaptureCode.NO_DISPLAY, "not open")
        x, y, width, height = box or (0, 0, self._area.width, self._area.height)
        where = {"left": self._area.x + x, "top": self._area.y + y, "width": width, "height": height}
        try:
            shot = self._connection.grab(where)
        except Exception as error:
            raise CaptureError(CaptureCode.NO_DISPLAY, type(error).__name__) from error
        pixels = np.frombuffer(shot.raw, dtype=np.uint8).reshape(shot.height, shot.width, 4)
        # On a display that counts in points the picture can be larger than the box, and odd.
        return pixels[: shot.height & ~1, : shot.width & ~1]

    def close(self) -> None:
        """Lets go; may be called twice, and after a loss."""
        if self._connection is not None:
            _close(self._connection)
            self._connection = None


def _close(connection: mss.MSS) -> None:
    with contextlib.suppress(Exception):  # the display has gone: mss tells it with a bare AssertionError
        connection.close()
