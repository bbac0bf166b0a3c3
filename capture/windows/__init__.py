"""Which window is in front: a protocol, and the back-end for this system."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from capture.errors import CaptureCode, CaptureError
from capture.events import WindowEvent
from capture.permissions import session_type

WindowSink = Callable[[WindowEvent], None]


class WindowSource(Protocol):
    """Tells of the active window. `start`, `check_health` and `stop` are called by one thread at a time."""

    def start(self, sink: WindowSink) -> None:
        """Begins to watch; `sink` is called on the source's own thread, first with the window that is in front now.

        Raises:
            CaptureError: NO_WINDOWS.
        """

    def check_health(self) -> None:
        """Raises `CaptureError` NO_WINDOWS when it can't be told any more."""

    def stop(self) -> None:
        """Lets go; may be called twice, and after a loss. May be started again."""


class NoWindows:
    """Where the system tells no program which window is in front (Wayland), or nobody has taught us to ask."""

    def start(self, sink: WindowSink) -> None:
        del sink
        raise CaptureError(CaptureCode.NO_WINDOWS, session_type())

    def check_health(self) -> None:
        raise CaptureError(CaptureCode.NO_WINDOWS, session_type())

    def stop(self) -> None:
        """There is nothing to let go of."""


def create(*, with_titles: bool) -> WindowSource:
    """The window source for this system, not yet open. Without `with_titles` no title ever leaves it."""
    match session_type():
        case "x11":
            from capture.windows.x11 import X11Windows

            return X11Windows(with_titles=with_titles)
        case "windows":
            from capture.windows.asked import AskedWindows
            from capture.windows.win32 import front_window

            return AskedWindows(front_window, with_titles=with_titles)
        case "macos":
            from capture.windows.asked import AskedWindows
            from capture.windows.cocoa import front_window

            return AskedWindows(front_window, with_titles=with_titles)
        case _:
            return NoWindows()
