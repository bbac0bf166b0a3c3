"""Speech that a model left out: where somebody was found to speak and no word was heard. Pure.

Whisper skips a sentence now and then, in the middle of its window or where it believes that the window ends. Such a
stretch is heard again by itself, and what is said in it put in its place.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from transcribe.models import Segment, Word
from transcribe.pauses import split_at
from transcribe.pieces import Piece, to_ns
from transcribe.trust import bare

Stretch = tuple[int, int]
"""Start and end (ns), counted from the piece's first sample."""

_AROUND_NS = 1_200_000_000
"""So much is heard before and after a stretch, in whole words: what they mean helps, half a word would not."""
_WITHIN_NS, _AT_AN_EDGE_NS = 1_500_000_000, 600_000_000
"""How much may be without a word: between two words (sentences are that far apart, breaths are found to be speech), and
from the piece's first speech to its first word or from its last word to the end."""
_WORD_NS, _LETTER_NS = 200_000_000, 90_000_000
"""A word that seems to last longer than that, and so much for each of its letters, hides what was said after it."""
_TWICE_NS = 400_000_000
_SLIP_NS = 150_000_000
"""How far the model may put a word that it heard before into the stretch."""
_SURE = -0.8
"""The mean log probability of what is believed of a short stretch: it may be a breath, in which Whisper hears words.
Of a longer one all is taken, and flagged where it is in doubt: better than a hole that nobody sees."""


def unheard(piece: Piece, segments: Sequence[Segment], pad: int) -> list[Stretch]:
    """The stretches of a piece's speech without a word, in order.

    Args:
        segments: what was heard, timed in ns from the piece's first sample.
        pad: samples of silence that were left around speech.
    """
    spoken = _spoken(piece, pad)
    words = sorted((word.t_start_ns, _reach(word)) for segment in segments for word in segment.words)
    if not spoken:
        return []
    if not words:
        return [(spoken[0][0], spoken[-1][1])]
    first, last = spoken[0][0], spoken[-1][1]
    bounds = [(first, first), *words, (last, last)]
    found: list[Stretch] = []
    reached = first
    for number, (start, end) in enumerate(bounds[1:], 1):
        is_edge = number in (1, len(bounds) - 1)
        for speech_start, speech_end in spoken:
            a, b = max(reached, speech_start), min(start, speech_end)
            if b - a >= (_AT_AN_EDGE_NS if is_edge else _WITHIN_NS):
                found.append((a, b))
        reached = max(reached, end)
    return found


def around(stretch: Stretch, segments: Sequence[Segment], pad: int) -> Stretch:
    """What to hear for a stretch: the words next to it as well."""
    start_ns, end_ns = stretch
    words = [word for segment in segments for word in segment.words]
    before = [word.t_start_ns for word in words if start_ns - _AROUND_NS <= word.t_start_ns < start_ns]
    after = [word.t_end_ns for word in words if end_ns < word.t_end_ns <= end_ns + _AROUND_NS]
    return min(before, default=max(0, start_ns - to_ns(pad))), max(after, default=end_ns + to_ns(pad))


def filled(segments: Sequence[Segment], stretch: Stretch, again: Sequence[Segment]) -> list[Segment]:
    """`segments` with what was heard `again` in a stretch; both timed from the piece's first sample."""
    start_ns, end_ns = stretch
    kept = [part for segment in segments for part in _parted(_shortened(segment, start_ns), start_ns)]
    before = max((w for s in kept for w in s.words if w.t_start_ns < start_ns), key=_start, default=None)
    after = min((w for s in kept for w in s.words if w.t_start_ns >= end_ns), key=_start, default=None)
    new: list[Segment] = []
    for segment in again:
        if (segment.avg_logprob or 0.0) < _SURE and end_ns - start_ns < _WITHIN_NS:
            continue
        words = [
            dataclasses.replace(word, t_start_ns=max(word.t_start_ns, start_ns), t_end_ns=min(word.t_end_ns, end_ns))
            for word in segment.words
            if word.t_end_ns > start_ns + _SLIP_NS
            and word.t_start_ns < end_ns - _SLIP_NS
            and not any(other is not None and _is_twice(word, other) for other in (before, after))
        ]
        if words:
            text = " ".join(word.text for word in words)
            new.append(
                dataclasses.replace(
                    segment,
                    t_start_ns=words[0].t_start_ns,
                    t_end_ns=words[-1].t_end_ns,
                    text=segment.text if len(words) == len(segment.words) else text,
                    words=tuple(words),
                )
            )
    return sorted([*kept, *new], key=lambda one: one.t_start_ns) if new else list(segments)


def _spoken(piece: Piece, pad: int) -> list[Stretch]:
    """The piece's speech in its own time, without the margins."""
    result: list[Stretch] = []
    at = 0
    for first, last in piece.spans:
        if last - first > 2 * pad:
            result.append((to_ns(at + pad), to_ns(at + last - first - pad)))
        at += last - first
    return result


def _parted(segment: Segment, t_ns: int) -> list[Segment]:
    """Cut in two where words begin before and after a time."""
    before = sum(word.t_start_ns < t_ns for word in segment.words)
    return split_at(segment, [before] if 0 < before < len(segment.words) else [])


def _shortened(segment: Segment, limit_ns: int) -> Segment:
    """A word that was stretched over what wasn't heard ends where it can have ended."""
    words = list(segment.words)
    for place, word in enumerate(words):
        if word.t_start_ns < limit_ns < word.t_end_ns:
            words[place] = dataclasses.replace(word, t_end_ns=limit_ns)
    end_ns = words[-1].t_end_ns if words else segment.t_end_ns
    return dataclasses.replace(segment, words=tuple(words), t_end_ns=end_ns)


def _is_twice(word: Word, other: Word) -> bool:
    is_near = word.t_start_ns < other.t_end_ns + _TWICE_NS and other.t_start_ns < word.t_end_ns + _TWICE_NS
    return is_near and bare(word.text) == bare(other.text)


def _reach(word: Word) -> int:
    return min(word.t_end_ns, word.t_start_ns + _WORD_NS + _LETTER_NS * len(word.text))


def _start(word: Word) -> int:
    return word.t_start_ns
