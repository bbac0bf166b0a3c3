"""Speech put together in pieces that the model hears in one go, and the way back from a piece to the session's clock.

Whisper hears 30 s at a time: a piece is at most 29 s of speech with the long silences between taken out, so that
memory is that of one piece however long the session is, and silence costs nothing.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from transcribe.models import Segment, Word

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from transcribe.audio import AudioBlock

RATE = 16_000
LONGEST = 29 * RATE
"""Samples of speech in a piece at most: a second less than what the model's window holds."""
_NEAR = 2 * RATE // 5
"""A silence (between the margins of speech) as short as that may end a piece, but stays in it within one."""
_FAR = 60 * RATE
"""A silence that long ends a piece: what comes after it is another matter."""

Span = tuple[int, int]
"""First sample and the one behind the last, from the media's zero."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Stretches of speech heard in one go."""

    spans: tuple[Span, ...]

    @property
    def samples(self) -> int:
        return sum(end - start for start, end in self.spans)

    @property
    def end(self) -> int:
        """The sample behind its last."""
        return self.spans[-1][1]

    @property
    def end_ns(self) -> int:
        """The same in ns from the media's zero."""
        return to_ns(self.end)


def plan(spans: Sequence[Span]) -> list[Piece]:
    """Pieces of `spans` (in order, none over another), each span in exactly one piece; too long a span is cut."""
    pieces: list[Piece] = []
    gathered: list[Span] = []
    length = 0
    for start, end in _cut(spans):
        near = bool(gathered) and start - gathered[-1][1] < _NEAR
        more = end - (gathered[-1][1] if near else start)
        if gathered and (length + more > LONGEST or start - gathered[-1][1] > _FAR):
            pieces.append(Piece(tuple(gathered)))
            gathered, length, near, more = [], 0, False, end - start
        gathered.append((gathered.pop()[0], end) if near else (start, end))
        length += more
    if gathered:
        pieces.append(Piece(tuple(gathered)))
    return pieces


def _cut(spans: Iterable[Span]) -> Iterator[Span]:
    for start, end in spans:
        for first in range(start, end, LONGEST):
            yield first, min(end, first + LONGEST)


def sounds(pieces: Sequence[Piece], blocks: Iterable[AudioBlock]) -> Iterator[tuple[Piece, NDArray[np.float32]]]:
    """Each piece with its sound, taken from `blocks` (without holes, in order) as they come by."""
    import numpy as np

    waiting = iter(pieces)
    piece = next(waiting, None)
    if piece is None:
        return
    audio = np.zeros(piece.samples, np.float32)
    for block in blocks:
        end = block.start + len(block.samples)
        while piece is not None:
            at = 0
            for first, last in piece.spans:
                a, b = max(first, block.start), min(last, end)
                if a < b:
                    audio[at + a - first : at + b - first] = block.samples[a - block.start : b - block.start]
                at += last - first
            if piece.end > end:
                break
            yield piece, audio
            piece = next(waiting, None)
            audio = np.zeros(piece.samples if piece is not None else 0, np.float32)
        if piece is None:
            return
    yield piece, audio  # the sound ends sooner on the second reading: what there is, is heard


def on_clock(segment: Segment, piece: Piece, t0_ns: int) -> Segment:
    """A segment timed in the piece's own sound (ns from its first sample), timed on the session's clock."""
    words: list[Word] = []
    for word in segment.words:
        start_ns, end_ns = _placed(word.t_start_ns, word.t_end_ns, piece, t0_ns)
        start_ns = max(start_ns, words[-1].t_end_ns) if words else start_ns
        words.append(dataclasses.replace(word, t_start_ns=start_ns, t_end_ns=max(start_ns, end_ns)))
    if words:
        start_ns, end_ns = words[0].t_start_ns, words[-1].t_end_ns
    else:
        start_ns, end_ns = _placed(segment.t_start_ns, segment.t_end_ns, piece, t0_ns)
    return dataclasses.replace(segment, t_start_ns=start_ns, t_end_ns=end_ns, words=tuple(words))


def later(segment: Segment, by_ns: int) -> Segment:
    """The same, later (or earlier, below zero); nothing begins before zero."""
    words = tuple(
        dataclasses.replace(word, t_start_ns=max(0, word.t_start_ns + by_ns), t_end_ns=max(0, word.t_end_ns + by_ns))
        for word in segment.words
    )
    start_ns, end_ns = max(0, segment.t_start_ns + by_ns), max(0, segment.t_end_ns + by_ns)
    return dataclasses.replace(segment, t_start_ns=start_ns, t_end_ns=end_ns, words=words)


def _placed(start_ns: int, end_ns: int, piece: Piece, t0_ns: int) -> tuple[int, int]:
    """Both ends in the stretch that holds the middle: a word is never stretched over a silence that was taken out."""
    middle_ns = (start_ns + end_ns) // 2
    before_ns = 0
    for first, last in piece.spans:
        length_ns = to_ns(last - first)
        if middle_ns < before_ns + length_ns or (first, last) == piece.spans[-1]:
            shift_ns = t0_ns + to_ns(first) - before_ns
            low_ns, high_ns = t0_ns + to_ns(first), t0_ns + to_ns(last)
            return min(max(start_ns + shift_ns, low_ns), high_ns), min(max(end_ns + shift_ns, low_ns), high_ns)
        before_ns += length_ns
    raise ValueError("a piece without speech")


def to_ns(samples: int) -> int:
    """Samples as a time (ns)."""
    return samples * 1_000_000_000 // RATE
