"""How loud it is, for people's eyes."""

from __future__ import annotations

import math
import threading
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

FLOOR_DBFS = 60.0


def level_of(amplitude: float) -> float:
    """An amplitude of 0 to 1 as a level: -60 dBFS is 0, full scale is 1."""
    if amplitude <= 0:
        return 0.0
    return min(1.0, max(0.0, 1 + 20 * math.log10(amplitude) / FLOOR_DBFS))


class LevelMeter:
    """Gathers blocks until somebody reads. Any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._squares, self._count, self._peak = 0.0, 0, 0.0

    def add(self, samples: NDArray[np.float32]) -> None:
        if samples.size == 0:
            return
        squares = float(np.dot(samples, samples))
        peak = float(np.max(np.abs(samples)))
        with self._lock:
            self._squares += squares
            self._count += samples.size
            self._peak = max(self._peak, peak)

    def read(self) -> tuple[float, float] | None:
        """Level and peak, 0 to 1, since the last reading; `None` if nothing came."""
        with self._lock:
            if self._count == 0:
                return None
            result = (level_of(math.sqrt(self._squares / self._count)), level_of(self._peak))
            self._squares, self._count, self._peak = 0.0, 0, 0.0
        return result
