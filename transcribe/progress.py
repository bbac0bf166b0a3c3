"""How far a transcription is and how long it will take, from the pieces that were heard and those that are left."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from transcribe.pieces import RATE
from transcribe.protocol import Progress

_ENOUGH_S = 1.0  # of work seen before its rate says anything
_WINDOW = 30 * RATE
"""What each piece costs beside its speech, in samples of speech: the model looks at a window of 30 s, however little of
it is filled. By the numbers of multiplications (`transcribe.catalogue`) that is worth 22 s (tiny) to 59 s (large) of
what is said in it; the exact value matters only where short and long pieces are unevenly spread over a session."""
_HALF_LIFE_S = 300.0
"""A computer is slower on battery, or when others use it: work done that long ago counts half."""


class ProgressMeter:
    """Turns "this piece is heard" into `Progress`.

    The work of a piece is its speech and the model's window. The time left is the work left, over the pace so far:
    work and time of each piece, the older the lighter.

    Args:
        pieces: samples of speech of the pieces that are left, in any order.
        clock: seconds, monotonic; the meter starts counting at once.
        before: those that a run that was cut off had heard: they say nothing about this one's pace.
    """

    def __init__(self, pieces: Sequence[int], clock: Callable[[], float], *, before: Sequence[int] = ()) -> None:
        self._clock = clock
        self._started_s = self._last_s = clock()
        self._left = sum(map(_work, pieces))
        done = sum(map(_work, before))
        self._total = self._left + done
        self._pace_work = self._pace_s = 0.0

    def start(self) -> Progress:
        """Before the first piece."""
        return self._progress()

    def heard(self, pieces: Sequence[int]) -> Progress:
        """Some more pieces (samples of speech) are heard, in one go."""
        now_s = self._clock()
        took_s, self._last_s = now_s - self._last_s, now_s
        fade = 0.5 ** (took_s / _HALF_LIFE_S)
        work = sum(map(_work, pieces))
        self._pace_work = self._pace_work * fade + work
        self._pace_s = self._pace_s * fade + took_s
        self._left = max(0, self._left - work)
        return self._progress()

    def _progress(self) -> Progress:
        if self._left == 0:
            return Progress(1.0, 0.0)
        fraction = (self._total - self._left) / self._total
        if self._last_s - self._started_s < _ENOUGH_S or self._pace_work == 0:
            return Progress(fraction, None)
        return Progress(fraction, self._left * self._pace_s / self._pace_work)


def _work(samples: int) -> int:
    return samples + _WINDOW
