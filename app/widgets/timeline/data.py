"""What the timeline shows besides observations, as arrays that are quick to cut and count."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from annotate.models import TaskRun
from annotate.peaks import PeakPyramid
from annotate.thumbs import Thumbs
from annotate.timeline import TimeRange
from capture.events import Mark, WindowEvent
from transcribe.models import Role

Times = NDArray[np.int64]
Pixels = NDArray[np.floating[Any]]


def _none() -> Times:
    return np.empty(0, np.int64)


class GapKind(StrEnum):
    """Why there is nothing to see or hear, or why it doesn't count."""

    PAUSE = "pause"
    GAP = "gap"
    TRIMMED = "trimmed"
    """Recorded, and left out of figures and exports."""


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch without recording; `kind` decides how it is hatched and named."""

    t_start_ns: int
    t_end_ns: int
    kind: GapKind


@dataclass(frozen=True, slots=True, eq=False)
class Speech:
    """What one speaker says: where each segment begins and ends, and each word.

    `name` is "" where people gave none, `role` None where nobody knows who speaks; `colour` is the number of the
    speaker's colour.
    """

    name: str
    role: Role | None
    colour: int
    start: Times
    end: Times
    word_start: Times = field(default_factory=_none)
    word_end: Times = field(default_factory=_none)
    words: Sequence[str] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Sound:
    """A sound track: what it is called, and its peaks (None while they are being made)."""

    name: str
    peaks: PeakPyramid | None


@dataclass(frozen=True, slots=True, eq=False)
class TimelineData:
    """One session's tracks. All arrays are sorted and in ns of session time.

    Attributes:
        windows: which window came to the front when.
        marks: what was marked live, at the moment of the key press.
        silence: stretches in which nobody is heard, as the player skips them.
        thumbs: None while they are being made, or where there is no picture.
        has_picture: there is a film to make thumbnails of.
        is_complete: no waveforms and thumbnails come any more; what there isn't could not be kept.
    """

    duration_ns: int = 0
    runs: tuple[TaskRun, ...] = ()
    speech: tuple[Speech, ...] = ()
    pointer_ns: Times = field(default_factory=_none)
    click_ns: Times = field(default_factory=_none)
    key_ns: Times = field(default_factory=_none)
    gaps: tuple[Gap, ...] = ()
    windows: tuple[WindowEvent, ...] = ()
    marks: tuple[Mark, ...] = ()
    sounds: tuple[Sound, ...] = ()
    silence: tuple[TimeRange, ...] = ()
    thumbs: Thumbs | None = None
    has_picture: bool = False
    is_complete: bool = False


def counts(times: Times, edges: Times) -> NDArray[np.int64]:
    """How many of the sorted `times` lie in each bucket between two `edges`."""
    return np.diff(np.searchsorted(times, edges))


def covered(starts: Times, ends: Times, edges: Times) -> NDArray[np.bool_]:
    """Whether any of the sorted spans reaches into each bucket between two `edges`."""
    if not len(starts):
        return np.zeros(max(0, len(edges) - 1), bool)
    begun = np.searchsorted(starts, edges[1:], side="left")
    over = np.searchsorted(np.maximum.accumulate(ends), edges[:-1], side="right")
    return begun > over


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
