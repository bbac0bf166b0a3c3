"""Pointer moves come by the thousand; one per 16 ms tells the same. Pure."""

from __future__ import annotations

from capture.events import InputEvent, PointerMove

PERIOD_NS = 16_000_000


class MoveCoalescer:
    """Lets one move per period through, and the last one before anything else happens. One thread.

    Attributes:
        coalesced: moves left out so far because a later one replaced them.
    """

    def __init__(self, period_ns: int = PERIOD_NS) -> None:
        self._period_ns = period_ns
        self._pending: PointerMove | None = None
        self._sent_ns: int | None = None
        self.coalesced = 0

    def add(self, event: InputEvent) -> list[InputEvent]:
        """Takes the next event and returns those that are now due, in order."""
        if not isinstance(event, PointerMove):
            return [*self.flush(), event]
        if self._pending is not None:
            self.coalesced += 1
        self._pending = event
        return self.due(event.t_ns)

    def due(self, now_ns: int) -> list[InputEvent]:
        """The waiting move, if its period is over."""
        if self._sent_ns is not None and now_ns - self._sent_ns < self._period_ns:
            return []
        return self.flush()

    def flush(self) -> list[InputEvent]:
        """The waiting move, whatever the time."""
        if self._pending is None:
            return []
        event, self._pending = self._pending, None
        self._sent_ns = event.t_ns
        return [event]
