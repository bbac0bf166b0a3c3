"""What was said at an observation, in words that may be quoted; and the quotes that may not stand yet."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right

from annotate.models import Observation, ObservationKind, ObservationOrigin, StoredSegment
from annotate.store import StudyStore
from annotate.timeline import SECOND, TimeRange, nearest_of

WITHIN_NS = 5 * SECOND
_RUN = 3
"""So many words in a row that a quote and a line share make the one taken from the other."""


class Quotes:
    """Reads each session's transcript once. Doubtful words are left out until somebody has listened."""

    def __init__(self, store: StudyStore) -> None:
        self._store = store
        self._segments: dict[str, list[tuple[int, int, str]]] = {}
        self._doubtful: dict[str, list[StoredSegment]] = {}

    def in_doubt(self, one: Observation) -> bool:
        """Whether it is a quote of a line that is in doubt, by where it lies or what it is linked to and by its words.

        A quote in words of one's own is not, nor what was written while it was said.
        """
        said = _bare(one.body)
        if one.kind is not ObservationKind.QUOTE or one.origin is ObservationOrigin.LIVE or not said:
            return False
        if one.session_id not in self._doubtful:
            self._doubtful[one.session_id] = self._store.doubtful_segments(one.session_id)
        end_ns = one.t_start_ns if one.t_end_ns is None else one.t_end_ns
        return any(
            _share(said, _bare(line.text))
            for line in self._doubtful[one.session_id]
            if line.id == one.segment_id or (line.t_start_ns <= end_ns and line.t_end_ns >= one.t_start_ns)
        )

    def body(self, one: Observation) -> str:
        """The observation's text; empty where it is a quote in doubt."""
        return "" if self.in_doubt(one) else one.body

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


def _bare(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())


def _share(one: list[str], other: list[str]) -> bool:
    """Whether two texts share a run of words, all of the shorter one where that has few."""
    size = min(_RUN, len(one), len(other))
    return size > 0 and not _runs(one, size).isdisjoint(_runs(other, size))


def _runs(words: list[str], size: int) -> set[tuple[str, ...]]:
    return {tuple(words[at : at + size]) for at in range(len(words) - size + 1)}
