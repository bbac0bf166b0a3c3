"""What is heard on both tracks: the computer plays somebody, and the microphone hears it from the speakers. Pure.

Found by what is said and when: words of the microphone that the computer's track has too, in the same order and at most
`LATE_NS` apart. One word alone may be a coincidence ("yes" - "yes") unless it is all there is.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from transcribe.models import Segment

LATE_NS = 1_200_000_000
"""How far apart the model may put the same word on two tracks; the echo itself comes within a quarter of a second."""
_NEAR_NS = 500_000_000
"""So near must a lone word be."""
_LIKE = 0.6
"""The share of words in common from which two stretches say the same: an echo is heard worse than its source."""
_SHORT = 3
"""Words that one stretch must have at least, to be an echo within a longer segment, and to be none within an echo."""
_LETTERS = re.compile(r"[^\w']+")


@dataclass(frozen=True, slots=True)
class Repeat:
    """The words `first` to `last` (that one excluded) of a segment are an echo of segment `of`."""

    segment: int
    first: int
    last: int
    of: int
    likeness: float


@dataclass(frozen=True, slots=True)
class _Said:
    segment: int
    word: int
    t_ns: int
    text: str


def find_echoes(segments: Sequence[Segment], *, heard: str = "mic", source: str = "system") -> list[Repeat]:
    """Which words of the track `heard` only repeat what `source` has, in the order of the segments.

    The source is the one that is kept: it is the cleaner of the two.
    """
    sounds = _words(segments, source)
    result: list[Repeat] = []
    for place, segment in enumerate(segments):
        if segment.track != heard or not segment.words:
            continue
        near = _between(sounds, segment.t_start_ns - LATE_NS, segment.t_end_ns + LATE_NS)
        if near:
            result += _repeats(place, segment, near)
    return result


def _words(segments: Sequence[Segment], track: str) -> list[_Said]:
    found = [
        _Said(place, number, (word.t_start_ns + word.t_end_ns) // 2, _plain(word.text))
        for place, segment in enumerate(segments)
        if segment.track == track
        for number, word in enumerate(segment.words)
    ]
    return sorted(found, key=lambda said: said.t_ns)


def _between(words: Sequence[_Said], start_ns: int, end_ns: int) -> list[_Said]:
    from bisect import bisect_left

    times = [word.t_ns for word in words]
    return list(words[bisect_left(times, start_ns) : bisect_left(times, end_ns)])


def _repeats(place: int, segment: Segment, near: Sequence[_Said]) -> list[Repeat]:
    own = [_Said(place, n, (w.t_start_ns + w.t_end_ns) // 2, _plain(w.text)) for n, w in enumerate(segment.words)]
    partner: dict[int, _Said] = {}
    for block in SequenceMatcher(
        None, [w.text for w in own], [w.text for w in near], autojunk=False
    ).get_matching_blocks():
        for step in range(block.size):
            mine, theirs = own[block.a + step], near[block.b + step]
            if abs(mine.t_ns - theirs.t_ns) <= LATE_NS:
                partner[mine.word] = theirs
    result = []
    for first, last in _runs([n in partner for n in range(len(own))]):
        matched = [partner[n] for n in range(first, last) if n in partner]
        whole = (first, last) == (0, len(own))
        likeness = len(matched) / (last - first)
        close = all(abs(own[n].t_ns - partner[n].t_ns) <= _NEAR_NS for n in range(first, last) if n in partner)
        if likeness >= _LIKE and (last - first >= _SHORT or (whole and close)):
            of = max((word.segment for word in matched), key=[word.segment for word in matched].count)
            result.append(Repeat(place, first, last, of, round(likeness, 2)))
    return result


def _runs(same: Sequence[bool]) -> list[tuple[int, int]]:
    """Ranges in which nearly all is the same: what is shorter than `_SHORT` between two of them is misheard."""
    runs: list[tuple[int, int]] = []
    for at, is_same in enumerate(same):
        if not is_same:
            continue
        if runs and at - runs[-1][1] < _SHORT:
            runs[-1] = (runs[-1][0], at + 1)
        else:
            runs.append((at, at + 1))
    if not runs:
        return []
    if runs[0][0] < _SHORT:
        runs[0] = (0, runs[0][1])
    if len(same) - runs[-1][1] < _SHORT:
        runs[-1] = (runs[-1][0], len(same))
    return runs


def _plain(text: str) -> str:
    return _LETTERS.sub("", text.casefold())
