"""A display of an X server, by change: XDamage tells where something was drawn, and only that is fetched.

Two connections to the server: Xlib's tells of changes and of the pointer, mss's fetches pixels. What was drawn before
the server forgot a change (DamageSubtract) must be fetched after that, so the first connection always waits for an
answer before the second one asks.
"""

from __future__ import annotations

import contextlib
import logging
import os
import select
import threading
from collections.abc import Iterator
from typing import Any

import numpy as np

from capture.canvas import Canvas, blend_pointer, clip, covers, join, merge
from capture.clock import perf_ns
from capture.config import Region
from capture.errors import CaptureCode, CaptureError
from capture.imaging import Box, Pixels
from capture.layout import Area, Layout
from capture.screen import Frame, ScreenInfo
from capture.screen.shots import MIN_SIDE, Shots
from capture.screen.x11_windows import locate
from capture.sync import NS

_log = logging.getLogger("capture.screen")

CHECK_NS = 5 * NS
"""The whole picture is fetched at least this often, for what a driver draws without telling."""
SILENT_LIMIT = 2
"""When so many of these checks have found something, the server isn't trusted any more."""
POINTER_PERIOD_S = 1 / 15
"""How often it is asked for the pointer while nothing else happens: XDamage does not tell of it."""
LAYOUT_LOOK_NS = NS
WINDOW_LOOK_NS = NS // 10
"""How often it is asked where the displays are, and where the recorded window is."""
_CURSOR_NOTIFY_MASK = 1
_EXTENSIONS = ("DAMAGE", "XFIXES", "RANDR")


def is_available() -> bool:
    """Whether the X server tells of changes, and where its displays are (RandR 1.5)."""
    try:
        from Xlib.display import Display

        connection = Display()
    except Exception:  # noqa: BLE001 (no Xlib, no server, no leave: Xlib raises of many kinds)
        return False
    try:
        has_all = all(connection.has_extension(name) for name in _EXTENSIONS)
        return has_all and connection.screen().root.xrandr_get_monitors() is not None
    except Exception:  # noqa: BLE001
        return False
    finally:
        with contextlib.suppress(Exception):
            connection.close()


class X11Source:
    """A display, a part of it, all of them or a window, with the pointer drawn in.

    What is recorded is followed when it moves or changes its size: the picture keeps the size it was opened with, and
    holds the new area in its upper left corner, pixel for pixel, cut off where it is too large. Of a window the place
    on the screen is recorded: what covers it is seen.
    """

    def __init__(
        self,
        *,
        display: int | None,
        region: Region | None,
        all_displays: bool = False,
        window: str | None = None,
    ) -> None:
        self._shots = Shots(0 if window else display, region, all_displays=all_displays, adds_pointer=False)
        self._window = window
        self._size: tuple[int, int] | None = None
        """Of the picture, since it was opened first."""
        self._layout: Layout | None = None
        self._layout_ns = 0
        self._told_layout: Layout | None = None
        self._layout_lock = threading.Lock()
        self._looked_ns = 0
        self._places: list[tuple[int, int, int, int]] = []
        self._x: Any = None
        self._root: Any = None
        self._damage = 0
        self._damage_code = -1
        self._area = ScreenInfo(0, 0, 0, 0, "")
        self._canvas = Canvas(2, 2)
        self._picture: Pixels | None = None
        self._dirty: list[Box] = []
        self._checked_ns: int | None = None
        self._silent = 0
        self._cursor: tuple[Pixels, int, int] | None = None
        """Image and hot spot; `None` when it has to be asked for again."""
        self._cursor_box: Box = (0, 0, 0, 0)
        self._at = (0, 0)
        self._root_at = (0, 0)
        """Where the pointer is: in the recorded area, and among all displays."""
        self._wake_lock = threading.Lock()
        self._wake_read, self._wake_write = -1, -1

    def open(self) -> ScreenInfo:
        self.close()
        try:
            self._shots.open()
            with _as_loss():
                self._connect()
                self._follow_area(self._look())
        except CaptureError:
            self.close()
            raise
        assert self._size is not None
        return ScreenInfo(self._area.x, self._area.y, *self._size, self._area.name)

    def take_layout(self) -> tuple[int, Layout] | None:
        with self._layout_lock:
            if self._layout is None or self._layout == self._told_layout:
                return None
            self._told_layout = self._layout
            return self._layout_ns, self._layout

    def _look(self) -> Layout:
        """Where the displays are now, and what is recorded."""
        self._looked_ns = perf_ns()
        places = [
            (one.x, one.y, one.width_in_pixels, one.height_in_pixels)
            for one in self._root.xrandr_get_monitors().monitors
        ]
        if places != self._places:
            self._places = places
            self._shots.open()  # mss asks for the displays once for each connection
        layout = self._shots.look()
        if self._window is None:
            return layout
        x, y, width, height = locate(self._x, self._window)
        # A window may hang over the edge of the screen; there is nothing to fetch there.
        right = max((display.x + display.width for display in layout.displays), default=0)
        bottom = max((display.y + display.height for display in layout.displays), default=0)
        left, top = max(0, x), max(0, y)
        width, height = (min(x + width, right) - left) & ~1, (min(y + height, bottom) - top) & ~1
        if width < MIN_SIDE or height < MIN_SIDE:
            raise CaptureError(CaptureCode.WINDOW_GONE, self._window)
        return Layout(layout.displays, Area("window", left, top, width, height))

    def _follow_area(self, layout: Layout) -> None:
        """Records another rectangle from now on, if it is another one."""
        with self._layout_lock:
            if layout != self._layout:
                self._layout, self._layout_ns = layout, self._looked_ns
        part = layout.recorded
        if self._size is None:
            self._size = (part.width, part.height)
        width, height = min(part.width, self._size[0]), min(part.height, self._size[1])
        area = ScreenInfo(part.x, part.y, width, height, part.name)
        self._shots.move_to(area)
        if area == self._area and self._picture is not None:
            return
        self._area = area
        self._canvas = Canvas(*self._size)
        self._picture, self._dirty, self._cursor = None, [], None
        self._cursor_box = (0, 0, 0, 0)
        self.refresh()

    def _connect(self) -> None:
        from Xlib.display import Display
        from Xlib.error import CatchError
        from Xlib.ext import damage

        self._x = Display()
        self._root = self._x.screen().root
        self._x.damage_query_version()
        self._x.xfixes_query_version()
        refused = CatchError()
        self._x.set_error_handler(refused)
        self._damage = self._root.damage_create(damage.DamageReportBoundingBox)
        self._x.xfixes_select_cursor_input(self._root, _CURSOR_NOTIFY_MASK)
        self._x.sync()
        if (error := refused.get_error()) is not None:
            raise error
        self._damage_code = self._x.extension_event.DamageNotify
        self._picture = None
        self._silent = 0
        with self._wake_lock:
            self._wake_read, self._wake_write = os.pipe()
            os.set_blocking(self._wake_read, False)
            os.set_blocking(self._wake_write, False)

    def wait(self, timeout_s: float) -> None:
        end = perf_ns() + round(timeout_s * NS)
        with _as_loss():
            if perf_ns() - self._looked_ns >= (WINDOW_LOOK_NS if self._window else LAYOUT_LOOK_NS):
                self._follow_area(self._look())
            while self._silent < SILENT_LIMIT:
                self._collect()
                left_s = (end - perf_ns()) / NS
                if self._dirty or left_s <= 0:
                    return
                if self._x.pending_events():
                    continue  # came with the pointer's answer: the descriptor won't tell of them any more
                ready, _, _ = select.select([self._x, self._wake_read], [], [], min(left_s, POINTER_PERIOD_S))
                if self._wake_read in ready:
                    break
        with contextlib.suppress(BlockingIOError):
            os.read(self._wake_read, 4096)

    def wake(self) -> None:
        with self._wake_lock, contextlib.suppress(BlockingIOError):  # full: it will wake anyway
            if self._wake_write >= 0:
                os.write(self._wake_write, b"w")

    def refresh(self) -> None:
        self._checked_ns = None

    def grab(self) -> Frame:
        stamp = perf_ns()
        with _as_loss():
            self._collect()
            if self._silent >= SILENT_LIMIT:
                changed = self._patch([self._whole])
            elif self._checked_ns is None or stamp - self._checked_ns >= CHECK_NS:
                changed = self._check(stamp)
            else:
                changed = self._patch(self._dirty)
            self._dirty = []
        before = self._picture
        if changed or before is None:
            self._picture = picture = self._canvas.copy()
            return Frame(stamp, picture, before, join(changed) if changed else None)
        return Frame(stamp, before, before, None)

    def pointer(self) -> tuple[int, int] | None:
        return self._root_at if self._cursor is not None else None

    @property
    def _whole(self) -> Box:
        return 0, 0, self._area.width, self._area.height

    def _collect(self) -> None:
        """Adds what was drawn since the last time to `_dirty`, and where the pointer was and is."""
        boxes: list[Box] = []
        for _ in range(self._x.pending_events()):
            event = self._x.next_event()
            if event.type == self._damage_code:
                area = event.area
                boxes.append((area.x - self._area.x, area.y - self._area.y, area.width, area.height))
            else:
                self._cursor = None
        if boxes:
            # From here on the server tells anew of what is drawn. The question for the pointer, which is answered
            # after this was done, sees to it that the pixels are fetched later.
            self._x.damage_subtract(self._damage)
            box = clip(join(boxes), self._area.width, self._area.height)
            self._dirty += [] if box is None else [box]
        self._follow_pointer()

    def _follow_pointer(self) -> None:
        reply = self._root.query_pointer()
        self._root_at = (reply.root_x, reply.root_y)
        at = (reply.root_x - self._area.x, reply.root_y - self._area.y)
        if self._cursor is not None and at == self._at:
            return
        if self._cursor is None:
            self._cursor = self._cursor_image()
        pixels, hot_x, hot_y = self._cursor
        before, self._at = self._cursor_box, at
        self._cursor_box = (at[0] - hot_x, at[1] - hot_y, pixels.shape[1], pixels.shape[0])
        for box in (before, self._cursor_box):
            if (inside := clip(box, self._area.width, self._area.height)) is not None:
                self._dirty.append(inside)

    def _cursor_image(self) -> tuple[Pixels, int, int]:
        from Xlib.error import XError

        try:
            image = self._x.xfixes_get_cursor_image(self._root)
        except XError:  # there is none at the moment
            return np.zeros((0, 0, 4), np.uint8), 0, 0
        values = np.array(image.cursor_image, np.uint32).astype("<u4")
        return values.view(np.uint8).reshape(image.height, image.width, 4), image.xhot, image.yhot

    def _patch(self, boxes: list[Box], *, exact: bool = False) -> list[Box]:
        """Fetches boxes into the canvas; returns boxes around what differs."""
        changed = []
        for box in merge(boxes):
            pixels = self._shots.take(box)
            if self._cursor is not None:
                blend_pointer(pixels, box, self._cursor[0], self._cursor_box)
            if (found := self._canvas.patch(box, pixels, exact=exact)) is not None:
                changed.append(found)
        return changed

    def _check(self, stamp: int) -> list[Box]:
        """Fetches everything, and looks whether the server has told of all that is new."""
        is_first = self._checked_ns is None
        self._checked_ns = stamp
        changed = self._patch([self._whole], exact=True)
        known = self._dirty
        self._dirty = []
        self._x.sync()
        self._collect()  # what was drawn between the telling and the fetching is told by now
        told = self._dirty
        if changed and not is_first and not covers(known + told, join(changed)):
            self._silent += 1
            _log.info("something was drawn in silence (%d)", self._silent)
            if self._silent == SILENT_LIMIT:
                _log.warning("this X server draws without telling: every picture is taken whole from now on")
        # The pointer may have moved meanwhile, and what was told may have been drawn after the fetching.
        return changed + self._patch(told)

    def close(self) -> None:
        with self._wake_lock:
            for descriptor in (self._wake_read, self._wake_write):
                if descriptor >= 0:
                    os.close(descriptor)
            self._wake_read = self._wake_write = -1
        self._shots.close()
        if self._x is not None:
            with contextlib.suppress(Exception):  # the server has gone
                self._x.close()
        self._x = self._root = None
        self._picture = None


@contextlib.contextmanager
def _as_loss() -> Iterator[None]:
    """Whatever Xlib or the system raise means that the display has gone."""
    try:
        yield
    except CaptureError:
        raise
    except Exception as error:
        raise CaptureError(CaptureCode.NO_DISPLAY, type(error).__name__) from error
