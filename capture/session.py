"""What the recorder's stages share: the clock once it runs, the pauses, and a way to tell."""

from __future__ import annotations

import threading
from dataclasses import dataclass

from capture.clock import SessionClock

PAUSE_MARGIN_NS = 50_000_000
"""The time of a sample of sound is known to some milliseconds; this much more is silenced on both sides of a pause."""


@dataclass(frozen=True, slots=True)
class Pause:
    """A private pause; `t_end_ns` is `None` while it lasts."""

    t_start_ns: int
    t_end_ns: int | None


class PauseGate:
    """All private pauses of a session. Any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._pauses: list[Pause] = []

    def begin(self, t_ns: int) -> None:
        """Begins a pause; the last one must have ended."""
        with self._lock:
            self._pauses.append(Pause(t_ns, None))

    def end(self, t_ns: int) -> None:
        """Ends the pause that lasts."""
        with self._lock:
            self._pauses[-1] = Pause(self._pauses[-1].t_start_ns, t_ns)

    @property
    def current(self) -> Pause | None:
        """The pause that lasts, if one does."""
        with self._lock:
            last = self._pauses[-1] if self._pauses else None
        return last if last is not None and last.t_end_ns is None else None

    def covers(self, t_ns: int) -> bool:
        """Whether a moment lies in a pause."""
        with self._lock:
            return any(p.t_start_ns <= t_ns and (p.t_end_ns is None or t_ns < p.t_end_ns) for p in self._pauses)

    @property
    def last_end_ns(self) -> int:
        """The end of the last pause that has ended; 0 if none has."""
        with self._lock:
            return max((pause.t_end_ns or 0 for pause in self._pauses), default=0)

    def overlaps(self, t0_ns: int, t1_ns: int) -> list[tuple[int, int]]:
        """The parts of [t0, t1) that lie in a pause or within `PAUSE_MARGIN_NS` of one."""
        with self._lock:
            pauses = list(self._pauses)
        result = []
        for pause in pauses:
            start = max(t0_ns, pause.t_start_ns - PAUSE_MARGIN_NS)
            end = t1_ns if pause.t_end_ns is None else min(t1_ns, pause.t_end_ns + PAUSE_MARGIN_NS)
            if start < end:
                result.append((start, end))
        return result


class Session:
    """The clock (once it has been started) and the pauses. Any thread."""

    def __init__(self) -> None:
        self.pauses = PauseGate()
        self.clock: SessionClock | None = None
        self.stopped_ns: int | None = None
        """Session time of the end: nothing after it is kept."""

    def begin(self) -> SessionClock:
        """Starts session time."""
        self.clock = SessionClock.start()
        return self.clock

    def t_ns(self, stamp_ns: int) -> int | None:
        """Session time of a stamp; `None` before the start and after the end."""
        clock = self.clock
        if clock is None:
            return None
        t_ns = clock.of_perf_ns(stamp_ns)
        if t_ns < 0 or (self.stopped_ns is not None and t_ns > self.stopped_ns):
            return None
        return t_ns

    def now_ns(self) -> int:
        """Session time now; 0 before the start."""
        return 0 if self.clock is None else self.clock.now_ns()
