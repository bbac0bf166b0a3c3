"""What was said at an observation, in words that may be quoted."""

from __future__ import annotations

from bisect import bisect_left, bisect_right

from annotate.models import Observation, ObservationKind
from annotate.store import StudyStore
from annotate.timeline import SECOND, TimeRange, nearest_of

WITHIN_NS = 5 * SECOND


class Quotes:
    """Reads each session's transcript once. Doubtful words are left out until somebody has listened."""

    def __init__(self, store: StudyStore) -> None:
        self._store = store
        self._segments: dict[str, list[tuple[int, int, str]]] = {}

    def at(self, one: Observation) -> str:
        """As `said`; empty where the observation is a quote itself."""
        return "" if one.kind is ObservationKind.QUOTE and one.body.strip() else self.said(one)

    def said(self, one: Observation) -> str:
        """What was said at an observation: the segments that overlap it, else the nearest one within five seconds."""
        if one.session_id not in self._segments:
            self._segments[one.session_id] = [
                (segment.t_start_ns, max(segment.t_start_ns, segment.t_end_ns), segment.text.strip())
                for segment in self._store.segments(one.session_id)
                if segment.quotable and segment.text.strip()
            ]
        segments = self._segments[one.session_id]
        starts = [start for start, _, _ in segments]
        end_ns = one.t_start_ns if one.t_end_ns is None else one.t_end_ns
        longest = max((end - start for start, end, _ in segments), default=0)
        first = bisect_left(starts, one.t_start_ns - longest - WITHIN_NS)
        near = segments[first : bisect_right(starts, end_ns + WITHIN_NS)]
        chosen = nearest_of(
            TimeRange(one.t_start_ns, end_ns),
            [TimeRange(start, end) for start, end, _ in near],
            within_ns=WITHIN_NS,
        )
        return " ".join(near[index][2] for index in chosen)
