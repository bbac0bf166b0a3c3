"""What a speech recogniser must do to be used here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

from transcribe.cancel import CancelToken
from transcribe.models import Segment

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class TranscriptionEngine(Protocol):
    """A loaded model; used from one thread. Sound is 16 kHz, mono, at most 30 s of it."""

    @property
    def setback(self) -> str:
        """Why the processor does the work though there is a graphics card; empty otherwise."""

    def known(self, language: str) -> str:
        """The model's own code for a language that was asked for.

        Raises:
            TranscribeError: LANGUAGE_UNKNOWN.
        """

    @property
    def only_language(self) -> str:
        """The language of a model that knows only one, else empty."""

    def languages(self, audio: NDArray[np.float32]) -> Mapping[str, float]:
        """How likely `audio` is in which language."""

    @property
    def can_translate(self) -> bool:
        """Whether it can say in English what is said in another language."""

    def translate(self, audio: NDArray[np.float32], language: str, *, cancel: CancelToken) -> list[Segment]:
        """What is said, in English, timed in ns from the first sample.

        Raises:
            TranscribeError: CANCELLED, OUT_OF_MEMORY.
        """

    def hear(
        self, audio: NDArray[np.float32], language: str, *, again: bool = False, cancel: CancelToken
    ) -> list[Segment]:
        """What is said, timed in ns from the first sample. Tries anew by itself where it is unsure.

        Args:
            again: with settings that get out of a loop or a bad guess, and cost more.

        Raises:
            TranscribeError: CANCELLED, OUT_OF_MEMORY.
        """

    def hear_together(
        self, audios: Sequence[NDArray[np.float32]], language: str, *, cancel: CancelToken
    ) -> list[list[Segment]]:
        """As `hear` for several sounds in one go: quicker, but each is heard once, however unsure the model is."""
