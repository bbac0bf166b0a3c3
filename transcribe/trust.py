"""What makes a segment doubtful: loops, implausible speed, speech where none was found, low probability, clipping.

A flagged segment is heard once more with other settings, and stays flagged when that doesn't mend it. Whisper's known
failures and the limits of compression and log probability: Radford et al. 2022, "Robust Speech Recognition via
Large-Scale Weak Supervision", section 4.5.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from transcribe.models import Flag, Segment
from transcribe.pieces import RATE, Piece, Span

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_COMPRESSION = 2.4
LOGPROB = -1.0
_WORD_PROBABILITY = 0.4
"""The mean over a segment's words; a doubtful word alone is shown as such and needs no flag."""
_REPEATS = 4
"""The same words as often as that in a row: nobody says it; twice or thrice somebody might."""
_PHRASE = 8
_WORDS_A_SECOND = 8.0
"""Auctioneers reach it; 2.5 is usual and 5 is hurried."""
_FEW_WORDS = 5
_OUTSIDE = 0.8
_FULL_SCALE = 0.99
_CLIPPED = 0.005
"""The share of samples at full scale from which consonants suffer."""


def doubts(segment: Segment, speech: Sequence[Span], t0_ns: int) -> tuple[Flag, ...]:
    """What is doubtful about a segment on the session's clock, in a fixed order; clipping is `clipped`'s affair."""
    found: list[Flag] = []
    texts = [word.text for word in segment.words] or segment.text.split()
    if (segment.compression or 0.0) > _COMPRESSION or loops(texts):
        found.append(Flag.LOOP)
    seconds = max(segment.t_end_ns - segment.t_start_ns, 1) / 1e9
    if len(texts) >= _FEW_WORDS and len(texts) / seconds > _WORDS_A_SECOND:
        found.append(Flag.SPEED)
    if _outside(segment, speech, t0_ns) > _OUTSIDE:
        found.append(Flag.NO_SPEECH)
    probabilities = [word.probability for word in segment.words]
    mean = sum(probabilities) / len(probabilities) if probabilities else 1.0
    if (segment.avg_logprob is not None and segment.avg_logprob < LOGPROB) or mean < _WORD_PROBABILITY:
        found.append(Flag.LOW_PROBABILITY)
    return tuple(found)


def loops(texts: Sequence[str]) -> bool:
    """Whether the same one to eight words come four times in a row."""
    words = [bare(text) for text in texts]
    for size in range(1, _PHRASE + 1):
        run = 0
        for at in range(size, len(words)):
            run = run + 1 if words[at] == words[at - size] else 0
            if run >= size * (_REPEATS - 1):
                return True
    return False


def bare(text: str) -> str:
    """A word without case and the marks around it, to compare it by."""
    return text.casefold().strip(".,!?;:…\"'")


def clipped(audio: NDArray[np.float32]) -> bool:
    """Whether the sound is so loud that it was cut off at full scale."""
    return bool(len(audio)) and bool((abs(audio) >= _FULL_SCALE).mean() > _CLIPPED)


def sound_of(segment: Segment, audio: NDArray[np.float32]) -> NDArray[np.float32]:
    """The part of a piece's sound in which a segment (still timed in the piece) is said."""
    return audio[segment.t_start_ns * RATE // 1_000_000_000 : segment.t_end_ns * RATE // 1_000_000_000 + 1]


def doubtful_ns(segments: Sequence[Segment]) -> int:
    """How much of what was heard is doubtful for a reason that hearing again may mend."""
    return sum(s.t_end_ns - s.t_start_ns for s in segments if set(s.flags) & MENDABLE)


MENDABLE = frozenset({Flag.LOOP, Flag.SPEED, Flag.LOW_PROBABILITY})


def _outside(segment: Segment, speech: Sequence[Span], t0_ns: int) -> float:
    """The share of the segment in which nobody was found to speak."""
    length_ns = segment.t_end_ns - segment.t_start_ns
    if length_ns <= 0:
        return 0.0
    inside_ns = 0
    for first, last in speech:
        start_ns = max(segment.t_start_ns, t0_ns + first * 1_000_000_000 // RATE)
        end_ns = min(segment.t_end_ns, t0_ns + last * 1_000_000_000 // RATE)
        inside_ns += max(0, end_ns - start_ns)
    return 1.0 - inside_ns / length_ns


def spoken_in(piece: Piece, pad: int) -> list[Span]:
    """The piece's stretches without the margin that was left around them."""
    return [(first + pad, last - pad) for first, last in piece.spans if last - first > 2 * pad]
