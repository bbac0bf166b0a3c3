"""Where pictures come from: a protocol, and the back-end for this system."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from capture.config import RecorderConfig
from capture.errors import CaptureCode, CaptureError
from capture.layout import Layout
from capture.permissions import session_type, sharing_availability

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class ScreenInfo:
    """What a screen source delivers: a rectangle of the root window, physical pixels, width and height even."""

    x: int
    y: int
    width: int
    height: int
    name: str


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One picture.

    Attributes:
        perf_ns: `clock.perf_ns()` immediately before it was taken.
        picture: I420, shape (height * 3 / 2, width). Never written again, by nobody; the very same array as the frame
            before's when nothing has changed.
        base: the picture that `box` compares this one with; `None` when the source doesn't say.
        box: x, y, width, height around all that differs from `base` (it may be larger); `None` if nothing does.
    """

    perf_ns: int
    picture: NDArray[np.uint8]
    base: NDArray[np.uint8] | None = None
    box: tuple[int, int, int, int] | None = None


class ScreenSource(Protocol):
    """A source of pictures.

    All methods are called by one thread, but `wake` by any at any time, and `close` may come from another after the
    first has ended.
    """

    def open(self) -> ScreenInfo:
        """Connects. Raises `CaptureError` NO_DISPLAY, DISPLAY_UNKNOWN, REGION_INVALID."""

    def wait(self, timeout_s: float) -> None:
        """Returns when something may have changed since the last picture, after `wake`, or when the time is over.

        A source that can't tell returns at once. Raises `CaptureError` NO_DISPLAY when the source is lost.
        """

    def wake(self) -> None:
        """Ends the `wait` that is on, or else the next one."""

    def refresh(self) -> None:
        """Nothing seen until now may be in the next picture: it is taken whole."""

    def grab(self) -> Frame:
        """Takes a picture now. Raises `CaptureError` NO_DISPLAY when the source is lost."""

    def take_layout(self) -> tuple[int, Layout] | None:
        """Since when (`clock.perf_ns()`) the displays are where, and what of them is recorded, if that is new since the
        last call. Any thread."""

    def pointer(self) -> tuple[int, int] | None:
        """Where the pointer was last, among all displays; `None` where that can't be told. Any thread."""

    def close(self) -> None:
        """Lets go; may be called twice, and after a loss."""


def create(config: RecorderConfig) -> ScreenSource:
    """The screen source for this system, not yet open: by change where X11 tells of changes, through the desktop's own
    dialog on Wayland, else by looking.

    Raises:
        CaptureError: WINDOW_UNKNOWN where a single window can't be recorded, CHOICE_IS_THE_DESKTOPS and
            NO_SCREEN_SHARING on Wayland.
    """
    system = session_type()
    if system == "wayland":
        return _create_for_wayland(config)
    if system == "x11":
        from capture.screen.x11_source import X11Source, is_available

        if is_available():
            return X11Source(
                display=config.display,
                region=config.region,
                all_displays=config.all_displays,
                window=config.window,
            )
    if config.window is not None:
        raise CaptureError(CaptureCode.WINDOW_UNKNOWN, config.window)
    from capture.screen.mss_source import MssSource

    return MssSource(display=config.display, region=config.region, all_displays=config.all_displays)


def _create_for_wayland(config: RecorderConfig) -> ScreenSource:
    if config.all_displays or config.region is not None or config.window is not None or config.display != 0:
        raise CaptureError(CaptureCode.CHOICE_IS_THE_DESKTOPS)
    if not (can := sharing_availability()).ok:
        raise CaptureError(CaptureCode.NO_SCREEN_SHARING, can.detail)
    from capture.screen.qt_source import QtSource

    return QtSource()
