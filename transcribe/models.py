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


class Role(StrEnum):
    """What somebody who speaks has to do in the session."""

    MODERATOR = "moderator"
    PARTICIPANT = "participant"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Voice:
    """Somebody who was told apart from the others. `why`: by what the role was found (see `transcribe.speakers`)."""

    role: Role
    why: str = ""


@dataclass(frozen=True, slots=True)
class Echo:
    """What a segment repeats: a place in the transcript's segments, and how much both texts have in common, 0..1."""

    of: int
    likeness: float


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
    track: str = ""
    """'mic', 'system' or 'mixed'; empty: the transcript's."""
    voice: int | None = None
    """Who says it: a place in the transcript's `voices`."""
    echo: Echo | None = None
    """Set where the same was heard on another track too, and is shown from there."""
    source: int | None = None
    """The place of the journal's segment that this one is, or is a part of."""


class LackKind(StrEnum):
    """In what way some of a track's sound is missing."""

    BREAKS_OFF = "breaks_off"
    DAMAGED = "damaged"


@dataclass(frozen=True, slots=True)
class Lack:
    """Sound that could not be heard though the file of the recording promises it.

    BREAKS_OFF: the sound ends at `t_ns`, `lost_ns` before its file says so. DAMAGED: `lost_ns` of it in all could not
    be decoded, the first of it at `t_ns`.
    """

    kind: LackKind
    track: str
    t_ns: int
    lost_ns: int


@dataclass(frozen=True, slots=True)
class Transcript:
    """What one run of a model made of a session's sound, of all its tracks together; finished or partial.

    `track` is the one it was made from, 'mixed' for several; each segment knows its own. Segments are in the order in
    which they were heard, which is not quite that of time where two tracks overlap.
    """

    id: str
    track: str  # 'mic' | 'system' | 'mixed'
    model: str
    language: str
    segments: tuple[Segment, ...]
    done: bool
    done_until_ns: int
    origin: str = "whisper"  # 'whisper' | 'import' | 'translation'
    voices: tuple[Voice, ...] = ()
    lacks: tuple[Lack, ...] = ()
