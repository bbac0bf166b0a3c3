"""A display looked at again and again: Windows, macOS, and X11 without the DAMAGE extension."""

from __future__ import annotations

from capture.canvas import Canvas, changed_box
from capture.clock import perf_ns
from capture.config import Region
from capture.imaging import Pixels, to_i420
from capture.layout import Layout
from capture.screen import Frame, ScreenInfo
from capture.screen.shots import Shots


class MssSource:
    """A display or a part of it. It can't tell of changes: each picture is taken whole and compared.

    A display that is opened anew in another size lies in the upper left corner of the size that was opened first.
    """

    def __init__(self, *, display: int | None, region: Region | None, all_displays: bool = False) -> None:
        self._shots = Shots(display, region, all_displays=all_displays)
        self._layout: Layout | None = None
        self._opened_ns = 0
        self._last: Pixels | None = None
        self._size: tuple[int, int] | None = None
        """Of the picture: that of the first one, which may have more pixels than the display has points."""

    def open(self) -> ScreenInfo:
        self._last = None
        area = self._shots.open()
        self._layout, self._opened_ns = self._shots.look(), perf_ns()
        if self._size is None:
            height, width = self._shots.take().shape[:2]
            self._size = (width, height)
        return ScreenInfo(area.x, area.y, *self._size, area.name)

    def wait(self, timeout_s: float) -> None:
        """Returns at once."""

    def wake(self) -> None:
        """There is nothing to wake."""

    def refresh(self) -> None:
        """Every picture is taken whole."""

    def grab(self) -> Frame:
        stamp = perf_ns()
        picture, last = self._fitted(self._shots.take()), self._last
        if last is None:
            self._last = picture
            return Frame(stamp, picture)
        box = changed_box(last, picture)
        if box is None:
            return Frame(stamp, last, last, None)
        self._last = picture
        return Frame(stamp, picture, last, box)

    def _fitted(self, pixels: Pixels) -> Pixels:
        assert self._size is not None
        width, height = min(pixels.shape[1], self._size[0]), min(pixels.shape[0], self._size[1])
        if (width, height) == self._size:
            return to_i420(pixels[:height, :width])
        canvas = Canvas(*self._size)
        canvas.patch((0, 0, width, height), pixels[:height, :width])
        return canvas.copy()

    def take_layout(self) -> tuple[int, Layout] | None:
        """Told when it is opened: a display that changes is found lost, and opened anew."""
        layout, self._layout = self._layout, None
        return None if layout is None else (self._opened_ns, layout)

    def pointer(self) -> None:
        """The system's own picture of the pointer is in the pixels; its place isn't told."""

    def close(self) -> None:
        self._shots.close()
        self._last = None
