"""What looks as if it were recorded and isn't: a black picture, digital silence, a flat microphone, dead input.

Pure: what is seen comes in with its time, and what is wrong comes out. A desktop that merely stands still is no alarm.
"""

from __future__ import annotations

from dataclasses import dataclass

from capture.errors import CaptureCode
from capture.sync import NS

BLACK_AFTER_NS = 3 * NS
SILENT_AFTER_NS = 3 * NS
FLAT_AFTER_NS = 4 * NS
DEAD_AFTER_NS = 3 * NS
SLOW_CLEARS_AFTER_NS = 10 * NS
BLACK_LUMA = 20
"""Black is 16 in a picture of limited range."""
FLAT_AMPLITUDE = 10 ** (-72 / 20)
"""A room that seems quiet still moves a working microphone's samples further than this, -72 dBFS."""
MOVED_PIXELS = 8


@dataclass(frozen=True, slots=True)
class Seen:
    """One look at the streams; `None` for what isn't recorded or can't be told at the moment.

    Attributes:
        luma: the brightest luminance of the picture, 0-255.
        amplitude: the highest sample of the microphone since the last look, full scale = 1.
        pointer: where the pointer is among all displays.
        events: input events that arrived so far, kept or not.
        dropped: pictures left out so far because something was too slow.
    """

    t_ns: int
    luma: int | None = None
    amplitude: float | None = None
    pointer: tuple[int, int] | None = None
    events: int | None = None
    dropped: int = 0


class _Since:
    """Since when something has been the case."""

    def __init__(self) -> None:
        self._since_ns: int | None = None

    def lasts_ns(self, t_ns: int, is_so: bool) -> int:
        if not is_so:
            self._since_ns = None
            return -1
        if self._since_ns is None:
            self._since_ns = t_ns
        return t_ns - self._since_ns


class Alarms:
    """Follows the looks, a few a second. One thread."""

    def __init__(self) -> None:
        self._black, self._silent, self._flat = _Since(), _Since(), _Since()
        self._pointer: tuple[int, int] | None = None
        self._events: int | None = None
        self._moved_ns: int | None = None
        self._dropped = 0
        self._slow_ns: int | None = None

    def look(self, seen: Seen) -> dict[CaptureCode, str]:
        """What is wrong now, by code, with a detail where the code's sentence has one."""
        result: dict[CaptureCode, str] = {}
        is_black = seen.luma is not None and seen.luma <= BLACK_LUMA
        if self._black.lasts_ns(seen.t_ns, is_black) >= BLACK_AFTER_NS:
            result[CaptureCode.PICTURE_BLACK] = ""
        is_zero = seen.amplitude == 0
        silent_ns = self._silent.lasts_ns(seen.t_ns, is_zero)
        flat_ns = self._flat.lasts_ns(seen.t_ns, seen.amplitude is not None and seen.amplitude < FLAT_AMPLITUDE)
        if silent_ns >= SILENT_AFTER_NS:
            result[CaptureCode.SOUND_SILENT] = ""
        elif flat_ns >= FLAT_AFTER_NS and not is_zero:
            result[CaptureCode.SOUND_FLAT] = ""
        if self._is_input_dead(seen):
            result[CaptureCode.INPUT_DEAD] = ""
        if seen.dropped > self._dropped:
            self._dropped, self._slow_ns = seen.dropped, seen.t_ns
        if self._slow_ns is not None and seen.t_ns - self._slow_ns < SLOW_CLEARS_AFTER_NS:
            result[CaptureCode.ENCODER_SLOW] = str(self._dropped)
        return result

    def _is_input_dead(self, seen: Seen) -> bool:
        """The pointer has moved, and for some seconds after that no event has come."""
        if seen.pointer is None or seen.events is None:
            self._moved_ns = None
            return False
        if seen.events != self._events:
            self._events, self._pointer, self._moved_ns = seen.events, seen.pointer, None
        elif self._pointer is None:
            self._pointer = seen.pointer
        elif self._moved_ns is None and _distance(self._pointer, seen.pointer) >= MOVED_PIXELS:
            self._moved_ns = seen.t_ns
        return self._moved_ns is not None and seen.t_ns - self._moved_ns >= DEAD_AFTER_NS


def _distance(one: tuple[int, int], other: tuple[int, int]) -> int:
    return abs(one[0] - other[0]) + abs(one[1] - other[1])
