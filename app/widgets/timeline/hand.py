"""What the pointer does on the timeline, from press to release: scrub, move, select, mark a range, move along."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from annotate.models import TaskRun
from annotate.snapping import Snap, SnapPoints
from app.widgets.timeline.axis import TimeAxis
from app.widgets.timeline.marks import Grip, MarksLayer

SNAP_PX = 7.0


class Doing(StrEnum):
    """What a press began."""

    NOTHING = "nothing"
    SCRUB = "scrub"
    PAN = "pan"
    MARKS = "marks"
    TASK = "task"
    BOX = "box"
    RANGE = "range"


@dataclass(slots=True)
class Hand:
    """One drag; pure arithmetic over the axis, so that the view only has to show it.

    Attributes:
        origin_ns: where it began.
        moved: it went far enough to be a drag.
        snap: what the edge rests at just now.
    """

    doing: Doing = Doing.NOTHING
    origin_ns: int = 0
    grip: Grip = Grip.BODY
    held: str = ""
    run: TaskRun | None = None
    is_start: bool = False
    moved: bool = False
    snap: Snap | None = None
    originals: Mapping[str, tuple[int, int | None]] = field(default_factory=dict)

    def move_marks(self, t_ns: int, axis: TimeAxis, points: SnapPoints | None) -> dict[str, tuple[int, int | None]]:
        """The times that the held observations would get with the pointer at `t_ns`; without `points` nothing snaps."""
        start, end = self.originals[self.held]
        if self.grip is Grip.END and end is not None:
            to = self._snapped(t_ns, axis, points)
            return {self.held: (start, max(to, start + 1))}
        if self.grip is Grip.START and end is not None:
            to = self._snapped(t_ns, axis, points)
            return {self.held: (min(to, end - 1), end)}
        to = self._snapped(start + t_ns - self.origin_ns, axis, points)
        first = min(times[0] for times in self.originals.values())
        last = max(times[1] or times[0] for times in self.originals.values())
        delta = min(max(to - start, -first), axis.duration_ns - last)
        if delta != to - start:
            self.snap = None
        return {
            one: (times[0] + delta, None if times[1] is None else times[1] + delta)
            for one, times in self.originals.items()
        }

    def move_task(self, t_ns: int, axis: TimeAxis, points: SnapPoints | None) -> TaskRun:
        """The held run as it would be with its edge at `t_ns`."""
        assert self.run is not None
        to = self._snapped(t_ns, axis, points)
        end = self.run.t_end_ns if self.run.t_end_ns is not None else axis.duration_ns
        if self.is_start:
            return replace(self.run, t_start_ns=min(to, end - 1))
        return replace(self.run, t_end_ns=max(to, self.run.t_start_ns + 1))

    def hold(self, marks: MarksLayer, ids: frozenset[str]) -> None:
        """Takes hold of observations."""
        self.originals = {one: times for one in ids if (times := marks.times(one)) is not None}

    def _snapped(self, t_ns: int, axis: TimeAxis, points: SnapPoints | None) -> int:
        t_ns = min(max(0, t_ns), axis.duration_ns)
        self.snap = points.nearest(t_ns, axis.ns_of_pixels(SNAP_PX)) if points is not None else None
        return self.snap.t_ns if self.snap is not None else t_ns
