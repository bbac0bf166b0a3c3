"""Hears a session from end to end: speech is found, heard piece by piece, checked, and heard again where in doubt.

Imported in the transcriber process only.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from transcribe.audio import SAMPLE_RATE, AudioBlock
from transcribe.cancel import CancelToken
from transcribe.engine import TranscriptionEngine
from transcribe.models import Flag, Segment
from transcribe.pauses import PAUSE_NS, split_at_pauses
from transcribe.pieces import Piece, Span, later, on_clock, plan, sounds
from transcribe.speech import PAD, dense, find_speech
from transcribe.trust import LOGPROB, clipped, doubtful_ns, doubts, sound_of, spoken_in
from transcribe.unheard import around, filled, unheard
from transcribe.word_onset import Onsets

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_EARLY, _TRIALS = 10, 3
"""So many pieces of a track are looked at to find the language, and so many of them heard for it."""
_SURE = 0.95
_LONG = 15 * SAMPLE_RATE
_MAY_GO_ON = 2 * SAMPLE_RATE
_STUBBORN = frozenset({Flag.LOOP, Flag.SPEED})
"""What the model's own second tries (it guesses more freely when it is unsure) don't mend."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What there is to hear in a sound. `samples`: its whole length."""

    pieces: tuple[Piece, ...]
    samples: int

    @property
    def speech(self) -> int:
        """Samples that will be sent to the model."""
        return sum(piece.samples for piece in self.pieces)

    @property
    def duration_ns(self) -> int:
        return self.samples * 1_000_000_000 // SAMPLE_RATE


def whole(plan: Plan) -> Plan:
    """Without what may go on: the sound is still being recorded, and ends in the middle of something."""
    return Plan(tuple(piece for piece in plan.pieces if piece.end <= plan.samples - _MAY_GO_ON), plan.samples)


Reading = Callable[[], Iterable[AudioBlock]]
"""Reads the sound from its beginning; called twice, so that it is never in memory as a whole."""


class Listener:
    """Args:
    read: gives the sound anew each time.
    skip: ranges of session time (ns) that are never sent to the model.
    t0_ns: session time of the sound's first sample.
    """

    def __init__(self, read: Reading, skip: Sequence[tuple[int, int]], t0_ns: int, cancel: CancelToken) -> None:
        self._read = read
        self._silent = [_samples(start_ns - t0_ns, end_ns - t0_ns) for start_ns, end_ns in skip]
        self._t0_ns = t0_ns
        self._cancel = cancel

    def plan(self) -> Plan:
        """Finds the speech; takes some seconds an hour.

        Raises:
            TranscribeError: as `iter_audio`.
        """
        spans, samples = find_speech(self._blocks())
        return Plan(tuple(plan(spans)), samples)

    def sounds(self, pieces: Sequence[Piece]) -> Iterator[tuple[Piece, NDArray[np.float32]]]:
        """The pieces with their sound, in order."""
        return sounds(pieces, self._blocks())

    def checked(
        self,
        piece: Piece,
        audio: NDArray[np.float32],
        heard: Sequence[Segment],
        language: str,
        engine: TranscriptionEngine,
        *,
        track: str = "",
    ) -> list[Segment]:
        """What was heard in a piece, on the session's clock, with flags for what is in doubt.

        What was heard in one go with others is heard again alone where it is in doubt, else where somebody speaks and
        no word was heard; and once more with other settings where that didn't mend a loop. Each costs as much as the
        first time, so nothing is heard alone twice in the same way.
        """
        if any(_unsure(segment) for segment in self._flagged(piece, audio, heard)):
            result = self._flagged(piece, audio, engine.hear(audio, language, cancel=self._cancel))
        else:
            result = self._flagged(piece, audio, self._with_all_speech(piece, audio, heard, language, engine))
        if any(set(segment.flags) & _STUBBORN for segment in result):
            second = self._flagged(piece, audio, engine.hear(audio, language, again=True, cancel=self._cancel))
            if second and doubtful_ns(second) < doubtful_ns(result):
                result = second
        return [dataclasses.replace(segment, track=track) for segment in result]

    def _with_all_speech(
        self,
        piece: Piece,
        audio: NDArray[np.float32],
        heard: Sequence[Segment],
        language: str,
        engine: TranscriptionEngine,
    ) -> list[Segment]:
        """With what is said where nothing was heard, as far as the model hears it now."""
        result = list(heard)
        for stretch in unheard(piece, heard, PAD):
            from_ns, to_ns = around(stretch, result, PAD)
            part = audio[_at(from_ns) : _at(to_ns)]
            again = [later(one, from_ns) for one in engine.hear(part, language, cancel=self._cancel)]
            result = filled(result, stretch, again)
        return result

    def translate(
        self, piece: Piece, audio: NDArray[np.float32], language: str, engine: TranscriptionEngine, *, track: str = ""
    ) -> list[Segment]:
        """The same in English, on the session's clock."""
        return [
            dataclasses.replace(on_clock(segment, piece, self._t0_ns), track=track)
            for segment in engine.translate(audio, language, cancel=self._cancel)
        ]

    def _flagged(self, piece: Piece, audio: NDArray[np.float32], heard: Iterable[Segment]) -> list[Segment]:
        spoken = spoken_in(piece, PAD)
        onsets = Onsets(audio)
        result: list[Segment] = []
        for segment in map(onsets.sharpened, heard):
            loud = (Flag.CLIPPED,) if clipped(sound_of(segment, audio)) else ()
            for part in split_at_pauses(on_clock(segment, piece, self._t0_ns), PAUSE_NS):
                flags = (*doubts(part, spoken, self._t0_ns), *loud)
                result.append(dataclasses.replace(part, flags=flags))
        return result

    def check(self) -> None:
        """Raises CANCELLED once that was asked for."""
        self._cancel.check()

    def _blocks(self) -> Iterator[AudioBlock]:
        return dense(self._read(), self._silent)


def _unsure(segment: Segment) -> bool:
    """Whether the model itself would have tried anew; a mumbled word in a good sentence is no reason to."""
    return bool(set(segment.flags) & _STUBBORN) or (segment.avg_logprob or 0.0) < LOGPROB


def find_language(tracks: Sequence[tuple[Listener, Plan]], engine: TranscriptionEngine) -> str:
    """The language of most of what is said near the beginning, by summed likelihood; empty without speech.

    The longest pieces are asked first: a short one says little, and a session may begin with a greeting in another
    language. One that leaves no doubt is enough.
    """
    if engine.only_language:
        return engine.only_language
    early = [(listener, piece) for listener, plan in tracks for piece in plan.pieces[:_EARLY]]
    votes: dict[str, float] = {}
    for listener, piece in sorted(early, key=lambda one: -one[1].samples)[:_TRIALS]:
        for _, audio in listener.sounds([piece]):
            listener.check()
            for language, probability in engine.languages(audio).items():
                votes[language] = votes.get(language, 0.0) + probability
        if piece.samples > _LONG and max(votes.values(), default=0.0) > _SURE:
            break
    return max(votes, key=lambda language: votes[language], default="")


def _samples(start_ns: int, end_ns: int) -> Span:
    first = max(0, start_ns * SAMPLE_RATE // 1_000_000_000)
    return first, max(first, -(-end_ns * SAMPLE_RATE // 1_000_000_000))


def _at(t_ns: int) -> int:
    return t_ns * SAMPLE_RATE // 1_000_000_000
