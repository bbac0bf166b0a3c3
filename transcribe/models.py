"""A transcript as values. All times are `int` nanoseconds of session time."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Flag(StrEnum):
    """Why a segment is not to be believed until somebody has listened."""

    LOOP = "loop"
    SPEED = "speed"
    NO_SPEECH = "no_vad"
    LOW_PROBABILITY = "low_prob"
    CLIPPED = "clipped"


@dataclass(frozen=True, slots=True)
class Word:
    """One spoken word; `probability` is the model's own, 0..1."""

    t_start_ns: int
    t_end_ns: int
    text: str
    probability: float


@dataclass(frozen=True, slots=True)
class Segment:
    """What the model heard in one go, with the model's figures about its own doubt."""

    t_start_ns: int
    t_end_ns: int
    text: str
    words: tuple[Word, ...] = ()
    avg_logprob: float | None = None
    no_speech_prob: float | None = None
    compression: float | None = None
    flags: tuple[Flag, ...] = ()


@dataclass(frozen=True, slots=True)
class Transcript:
    """A finished or partial transcript of one sound track of a bundle."""

    id: str
    track: str  # 'mic' | 'system' | 'mixed'
    model: str
    language: str
    segments: tuple[Segment, ...]
    done: bool
    done_until_ns: int
