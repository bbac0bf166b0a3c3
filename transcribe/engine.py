"""What a speech recogniser must do to be used here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from transcribe.cancel import CancelToken
from transcribe.models import Segment

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Options:
    """`language`: a code such as `en`, None to find it. `t0_ns`: session time of the first sample."""

    language: str | None = None
    t0_ns: int = 0


@dataclass(frozen=True, slots=True)
class Hearing:
    """A transcription under way. Iterating `segments` does the work; they come in rising order of time."""

    language: str
    segments: Iterator[Segment]


class TranscriptionEngine(Protocol):
    """A loaded model; used from one thread."""

    def transcribe(self, audio: NDArray[np.float32], options: Options, *, cancel: CancelToken) -> Hearing:
        """Listen to 16 kHz mono `audio`. Silence gives no segments.

        Raises:
            TranscribeError: LANGUAGE_UNKNOWN here; CANCELLED and OUT_OF_MEMORY while iterating too.
        """
