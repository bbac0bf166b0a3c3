"""What the timeline shows besides observations, as arrays that are quick to cut and count."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from annotate.models import TaskRun

Times = NDArray[np.int64]
Pixels = NDArray[np.floating[Any]]


def _none() -> Times:
    return np.empty(0, np.int64)


class GapKind(StrEnum):
    """Why there is nothing to see or hear."""

    PAUSE = "pause"
    GAP = "gap"


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch without recording; `kind` decides how it is hatched and named."""

    t_start_ns: int
    t_end_ns: int
    kind: GapKind


@dataclass(frozen=True, slots=True)
class TimelineData:
    """One session's tracks. All arrays are sorted and in ns of session time; `speech_end` belongs to `speech_start`."""

    duration_ns: int = 0
    runs: tuple[TaskRun, ...] = ()
    speech_start: Times = field(default_factory=_none)
    speech_end: Times = field(default_factory=_none)
    pointer_ns: Times = field(default_factory=_none)
    click_ns: Times = field(default_factory=_none)
    key_ns: Times = field(default_factory=_none)
    gaps: tuple[Gap, ...] = ()


def counts(times: Times, edges: Times) -> NDArray[np.int64]:
    """How many of the sorted `times` lie in each bucket between two `edges`."""
    return np.diff(np.searchsorted(times, edges))


def spans_in_pixels(lefts: Pixels, rights: Pixels) -> list[tuple[float, float]]:
    """Sorted spans as pixel spans; those that touch on the screen become one, so that drawing stays cheap."""
    if not len(lefts):
        return []
    fresh = np.empty(len(lefts), bool)
    fresh[0] = True
    reach = np.maximum.accumulate(rights)
    fresh[1:] = lefts[1:] > reach[:-1] + 1.0
    first = np.flatnonzero(fresh)
    last = np.append(first[1:], len(lefts)) - 1
    return [(float(lefts[a]), float(reach[b])) for a, b in zip(first, last, strict=True)]
