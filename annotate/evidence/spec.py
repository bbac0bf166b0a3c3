"""What a still or a clip is to be. Kept with the evidence, so that it can be made again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum

from annotate.errors import StudyCode, StudyError
from annotate.timeline import SECOND, format_time

LONGEST_NS = 30 * 60 * SECOND
"""A clip of more than half an hour is the recording."""
SHORTEST_NS = SECOND // 10


class Captions(StrEnum):
    """What becomes of the words that are said in a clip."""

    NONE = "none"
    BURNT = "burnt"
    """Painted into the picture: they are there wherever the clip is played."""
    SRT = "srt"
    VTT = "vtt"
    """A file beside the clip, which a player can switch on and off."""


@dataclass(frozen=True, slots=True)
class StillSpec:
    """One picture. `pointer`: what points and clicks is shown; `marks`: so are the places of observations."""

    t_ns: int
    pointer: bool = True
    marks: bool = False

    def to_json(self) -> dict[str, object]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class ClipSpec:
    """A stretch of the session, end excluded.

    Raises:
        StudyError: VALUE_INVALID if it is empty, backwards, or longer than half an hour.
    """

    t_start_ns: int
    t_end_ns: int
    captions: Captions = Captions.BURNT
    pointer: bool = True
    sound: bool = True

    def __post_init__(self) -> None:
        length = self.t_end_ns - self.t_start_ns
        if self.t_start_ns < 0 or not SHORTEST_NS <= length <= LONGEST_NS:
            raise StudyError(StudyCode.CLIP_LENGTH, f"{format_time(self.t_start_ns)}–{format_time(self.t_end_ns)}")

    def to_json(self) -> dict[str, object]:
        return {**asdict(self), "captions": str(self.captions)}

    @classmethod
    def from_json(cls, source: Mapping[str, object], t_start_ns: int, t_end_ns: int) -> ClipSpec:
        """What was kept, for these times; what is not understood is as usual."""
        captions = source.get("captions")
        return cls(
            t_start_ns,
            t_end_ns,
            Captions(str(captions)) if captions in list(Captions) else Captions.BURNT,
            source.get("pointer") is not False,
            source.get("sound") is not False,
        )
