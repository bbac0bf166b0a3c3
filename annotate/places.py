"""Where in the picture something happened: from the screen's pixels to the picture's."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from annotate.timeline import SECOND
from capture.bundle import SessionBundle
from capture.errors import CaptureError
from capture.events import Button, ButtonState
from capture.layout import Layout
from capture.store import CaptureStore

_BACK_NS = 30 * SECOND


@dataclass(frozen=True, slots=True)
class Place:
    """Something that happened at a moment, at a place of the picture in its pixels."""

    t_ns: int
    x: int
    y: int


def in_picture(layouts: Sequence[tuple[int, Layout]], t_ns: int, x: int, y: int) -> Place:
    """From the root window's pixels to the picture's, by the layout in force then (`CaptureStore.layouts`)."""
    if not layouts:
        return Place(t_ns, x, y)
    number = bisect_right(layouts, t_ns, key=lambda pair: pair[0]) - 1
    recorded = layouts[max(number, 0)][1].recorded
    return Place(t_ns, x - recorded.x, y - recorded.y)


def last_click(bundle: SessionBundle, t_ns: int) -> Place | None:
    """The last click at or before a moment, at most half a minute ago; None if there was none, or nothing tells."""
    try:
        with CaptureStore.open_read(bundle.capture_path) as capture:
            clicks = [
                event
                for event in capture.events(t_ns - _BACK_NS, t_ns + 1)
                if isinstance(event, Button) and event.state is ButtonState.DOWN
            ]
            return in_picture(capture.layouts(), clicks[-1].t_ns, clicks[-1].x, clicks[-1].y) if clicks else None
    except CaptureError:
        return None
