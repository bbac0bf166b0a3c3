"""The range that the researcher marks on the timeline by its two ends, until it becomes an observation."""

from __future__ import annotations

from app.controllers.playback import PlaybackController
from app.widgets.timeline.axis import TimeAxis


class MarkedRange:
    """Either end may be missing; a mark then reaches to the playhead. The axis keeps and shows it."""

    def __init__(self, axis: TimeAxis, playback: PlaybackController) -> None:
        self._axis = axis
        self._playback = playback

    def begin_here(self) -> None:
        """It starts at the playhead; an end before that is forgotten."""
        now, end = self._playback.position_ns, self._axis.out_ns
        self._axis.set_range(now, end if end is not None and end > now else None)

    def end_here(self) -> None:
        """It ends at the playhead; a start after that is forgotten."""
        now, start = self._playback.position_ns, self._axis.in_ns
        self._axis.set_range(start if start is not None and start < now else None, now)

    def forget(self) -> None:
        """Nothing is marked any more."""
        self._axis.set_range(None, None)

    def to_mark(self) -> tuple[int, int | None]:
        """Start and end of what would be marked now: the range, or (with None) the moment of the playhead."""
        start, end = self._axis.in_ns, self._axis.out_ns
        now = self._playback.position_ns
        if start is None and end is None:
            return now, None
        if start is None or end is None:
            one = start if start is not None else end
            assert one is not None
            return min(one, now), max(one, now)
        return start, end
