"""Where what a live mark means began: a moderator presses the key only once it has happened.

Pressing takes one and a half to four seconds: hearing it out, understanding, reaching for the key. A mark is pulled
back to the beginning of the utterance or of the burst of clicks that it most likely answers. Pure.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence

from annotate.timeline import MS, SECOND, TimeRange

REACH_NS = 5 * SECOND
"""What began longer ago is not what the key was pressed for."""
REACTION_NS = 1200 * MS
"""Nobody answers sooner than that to what has only begun: such a beginning is taken only if there is no other."""
SNAP_NS = 300 * MS
"""What begins so shortly before the key was pressed was foreseen; the mark stays."""
BREATH_NS = 600 * MS
"""A silence between words that ends an utterance."""
BURST_NS = 1500 * MS
"""Clicks further apart are not one burst."""


def utterances(spoken: Iterable[TimeRange], breath_ns: int = BREATH_NS) -> list[TimeRange]:
    """Words or lines joined to utterances: pieces of speech with less than a breath between them."""
    return _joined(sorted(spoken), breath_ns)


def bursts(clicks: Iterable[int], apart_ns: int = BURST_NS) -> list[TimeRange]:
    """Clicks joined to bursts."""
    return _joined((TimeRange(t_ns, t_ns) for t_ns in sorted(clicks)), apart_ns)


def onset_ns(pressed_ns: int, said: Sequence[TimeRange], clicked: Sequence[TimeRange]) -> int | None:
    """Where the event behind a mark began, or None if nothing near enough did.

    Args:
        pressed_ns: Session time at which the key was pressed.
        said: Utterances, as `utterances` gives them.
        clicked: Bursts of clicks, as `bursts` gives them.

    Returns:
        A moment at most `REACH_NS` and at least `SNAP_NS` before `pressed_ns`: the latest beginning that somebody could
        have reacted to, else the latest at all.
    """
    found = [t_ns for ranges in (said, clicked) for t_ns in _beginnings(pressed_ns, ranges)]
    answered = [t_ns for t_ns in found if pressed_ns - t_ns >= REACTION_NS]
    return max(answered or found, default=None)


def _beginnings(pressed_ns: int, ranges: Sequence[TimeRange]) -> list[int]:
    first = bisect_left(ranges, pressed_ns - REACH_NS, key=lambda one: one.start_ns)
    last = bisect_right(ranges, pressed_ns - SNAP_NS, key=lambda one: one.start_ns)
    return [one.start_ns for one in ranges[first:last]]


def _joined(pieces: Iterable[TimeRange], gap_ns: int) -> list[TimeRange]:
    found: list[TimeRange] = []
    for piece in pieces:
        if found and piece.start_ns - found[-1].end_ns < gap_ns:
            found[-1] = TimeRange(found[-1].start_ns, max(found[-1].end_ns, piece.end_ns))
        else:
            found.append(piece)
    return found
