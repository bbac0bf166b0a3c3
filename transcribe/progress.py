"""How far a transcription is and how long it will take, from how much of the speech was heard."""

from __future__ import annotations

from collections.abc import Callable

from transcribe.protocol import Progress

_ENOUGH_S = 1.0  # of work seen before its rate says anything


class ProgressMeter:
    """Turns "heard so much of the speech" into `Progress`.

    Args:
        total: how much speech there is, in any unit.
        clock: seconds, monotonic; the meter starts counting at once.
        done: how much of it was heard before, by a run that was cut off: it says nothing about this one's speed.
    """

    def __init__(self, total: int, clock: Callable[[], float], *, done: int = 0) -> None:
        self._total = max(total, 1)
        self._clock = clock
        self._started_s = clock()
        self._before = done / self._total
        self._fraction = self._before

    def at(self, done: int) -> Progress:
        """Progress when `done` of the speech are heard; never goes back."""
        self._fraction = max(self._fraction, min(1.0, done / self._total))
        elapsed_s = self._clock() - self._started_s
        own = self._fraction - self._before
        if self._fraction >= 1.0:
            return Progress(1.0, 0.0)
        if elapsed_s < _ENOUGH_S or own <= 0:
            return Progress(self._fraction, None)
        return Progress(self._fraction, elapsed_s * (1.0 - self._fraction) / own)
