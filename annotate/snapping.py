"""Where an edge that is being moved along the timeline comes to rest: words, clicks, edges of tasks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray


class SnapKind(StrEnum):
    """What a moment belongs to."""

    TASK = "task"
    CLICK = "click"
    WORD = "word"


@dataclass(frozen=True, slots=True)
class SnapGroup:
    """Moments of one kind; `labels` (a task's title, a word) belong to the moments one by one, or are none at all."""

    kind: SnapKind
    times_ns: NDArray[np.int64]
    labels: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Snap:
    """A moment to come to rest at."""

    t_ns: int
    kind: SnapKind
    label: str


class SnapPoints:
    """All the moments of a session that an edge may snap to. Immutable; any thread may use it."""

    def __init__(self, groups: Iterable[SnapGroup] = ()) -> None:
        """Of two equally near moments the one of the earlier group counts."""
        self._groups = []
        for group in groups:
            order = np.argsort(group.times_ns, kind="stable")
            self._groups.append((group, group.times_ns[order], order))

    def nearest(self, t_ns: int, within_ns: int) -> Snap | None:
        """The nearest moment that is no further than `within_ns` from `t_ns`."""
        best: tuple[int, Snap] | None = None
        for group, times, order in self._groups:
            right = int(np.searchsorted(times, t_ns))
            for place in (right - 1, right):
                if not 0 <= place < len(times):
                    continue
                found = int(times[place])
                distance = abs(found - t_ns)
                if distance <= within_ns and (best is None or distance < best[0]):
                    label = group.labels[int(order[place])] if len(group.labels) else ""
                    best = distance, Snap(found, group.kind, label)
        return best[1] if best is not None else None
