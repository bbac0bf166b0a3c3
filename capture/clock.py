"""Session time: integer nanoseconds since one epoch, the same in every process.

`time.perf_counter_ns` is one clock for all processes of the machine, never set back and not moved by NTP steps. A
process that knows the epoch computes the same session time as the recorder. Sources stamp what they deliver with
`perf_ns()`; the recorder alone turns stamps into session time.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

BRACKET_TRIES = 5


def perf_ns() -> int:
    """The clock all stamps come from, in nanoseconds; its zero means nothing."""
    return time.perf_counter_ns()


@dataclass(frozen=True, slots=True)
class SessionClock:
    """One session's clock. Any thread.

    Attributes:
        epoch_perf_ns: `perf_ns()` at session time zero.
        epoch_utc_ns: UTC at the same moment, nanoseconds since 1970.
        bracket_ns: how far the two may lie apart (time between the readings around the UTC reading).
    """

    epoch_perf_ns: int
    epoch_utc_ns: int
    bracket_ns: int = 0

    @classmethod
    def start(cls) -> SessionClock:
        """A clock whose zero is now. Takes the tightest of a few readings, as the scheduler may step between."""
        best: SessionClock | None = None
        for _ in range(BRACKET_TRIES):
            before = perf_ns()
            utc = time.time_ns()
            after = perf_ns()
            if best is None or after - before < best.bracket_ns:
                best = cls((before + after) // 2, utc, after - before)
        assert best is not None
        return best

    def now_ns(self) -> int:
        """Session time now."""
        return perf_ns() - self.epoch_perf_ns

    def of_perf_ns(self, stamp_ns: int) -> int:
        """Session time of a source's stamp; negative if it lies before the epoch."""
        return stamp_ns - self.epoch_perf_ns
