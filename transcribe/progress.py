"""How far a transcription is and how long it will take, from the places where segments end."""

from __future__ import annotations

from collections.abc import Callable

from transcribe.protocol import Progress

_ENOUGH_S = 1.0  # of work seen before its rate says anything
_ENOUGH_FRACTION = 0.01


class ProgressMeter:
    """Turns "heard until t" into `Progress`.

    Args:
        duration_ns: length of the sound.
        clock: seconds, monotonic; the meter starts counting at once.
    """

    def __init__(self, duration_ns: int, clock: Callable[[], float]) -> None:
        self._duration_ns = max(duration_ns, 1)
        self._clock = clock
        self._started_s = clock()
        self._fraction = 0.0

    def at(self, done_ns: int) -> Progress:
        """Progress when `done_ns` of the sound (counted from its start) are done; never goes back."""
        self._fraction = max(self._fraction, min(1.0, done_ns / self._duration_ns))
        elapsed_s = self._clock() - self._started_s
        if self._fraction >= 1.0:
            return Progress(1.0, 0.0)
        if elapsed_s < _ENOUGH_S or self._fraction < _ENOUGH_FRACTION:
            return Progress(self._fraction, None)
        return Progress(self._fraction, elapsed_s * (1.0 - self._fraction) / self._fraction)
