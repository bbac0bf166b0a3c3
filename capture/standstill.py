"""When the machine slept, or the recorder was stopped, in the middle of a recording.

Session time is the clock of `perf_counter`. On Linux and macOS it stands still while the machine sleeps: nothing is
missing on the session's line, and how long the sleep was is told by a clock that goes on (`CLOCK_BOOTTIME`, macOS:
`CLOCK_MONOTONIC`; see their manual pages). On Windows it goes on, as it does everywhere for a process that is stopped:
there is a hole on the line, seen by nobody having looked for seconds.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

from capture.sync import NS

HOLE_NS = 5 * NS
"""A recorder that looks ten times a second and hasn't for so long did not run; a busy machine makes it late by less."""
_ASLEEP_NS = NS // 2


@dataclass(frozen=True, slots=True)
class Standstill:
    """Session time from the last look before to the first after it, and for how long the session's clock stood."""

    t_start_ns: int
    t_end_ns: int
    asleep_ns: int

    @property
    def seconds(self) -> tuple[float, float]:
        """Length on the session's line, and of the sleep that isn't on it."""
        return (self.t_end_ns - self.t_start_ns) / NS, self.asleep_ns / NS


class StandstillWatch:
    """Looked at once a tick, on one thread."""

    def __init__(self) -> None:
        self._t_ns: int | None = None
        self._asleep_ns = 0

    def look(self, t_ns: int, asleep_ns: int) -> Standstill | None:
        """The standstill that just ended.

        Args:
            t_ns: session time now.
            asleep_ns: as `asleep_ns()`; only its growth counts.
        """
        before_ns, slept_ns = self._t_ns, asleep_ns - self._asleep_ns
        self._t_ns, self._asleep_ns = t_ns, asleep_ns
        if before_ns is None:
            return None
        if slept_ns >= _ASLEEP_NS or t_ns - before_ns >= HOLE_NS:
            return Standstill(before_ns, t_ns, max(0, slept_ns))
        return None


def asleep_ns() -> int:
    """For how long the machine has slept since its start, as far as `perf_counter` doesn't count it."""
    boot: int | None = getattr(time, "CLOCK_BOOTTIME", None)
    if boot is not None:
        counted_ns = time.clock_gettime_ns(time.CLOCK_MONOTONIC)
        return time.clock_gettime_ns(boot) - counted_ns
    uptime: int | None = getattr(time, "CLOCK_UPTIME_RAW", None)
    if uptime is not None:
        counted_ns = time.clock_gettime_ns(uptime)
        return time.clock_gettime_ns(time.CLOCK_MONOTONIC) - counted_ns
    return 0
