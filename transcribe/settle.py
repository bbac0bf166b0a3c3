"""Once all is heard: what is an echo, who speaks, and which of them is the moderator."""

from __future__ import annotations

from collections.abc import Sequence

from transcribe.echo import Repeat, find_echoes
from transcribe.models import Segment, Voice
from transcribe.parts import Part
from transcribe.voice_print import VoicePrint

Said = tuple[int, int]
"""A word: the segment's place, the word's."""


def settle(
    segments: Sequence[Segment], prints: Sequence[VoicePrint], sample: Sequence[float] | None
) -> tuple[list[Voice], list[Part]]:
    """The voices of a session, and its segments in parts, each of one voice, an echo or none.

    Args:
        segments: all that was heard, in the journal's order.
        prints: how it sounds; empty without the voice model.
        sample: the kept voice of the moderator.
    """
    from transcribe.roles import find_roles

    repeats = find_echoes(segments)
    echo = {(one.segment, n): one for one in repeats for n in range(one.first, one.last)}
    voices, voice_of = find_roles(segments, prints, echo.keys(), sample)
    return voices, [part for place, one in enumerate(segments) for part in _parts(place, one, echo, voice_of)]


def _parts(place: int, segment: Segment, echo: dict[Said, Repeat], voice_of: dict[Said, int]) -> list[Part]:
    parts: list[Part] = []
    before: tuple[int | None, Repeat | None] | None = None
    for n in range(max(1, len(segment.words))):
        repeat = echo.get((place, n))
        now = (None if repeat is not None else voice_of.get((place, n)), repeat)
        if now != before:
            of, likeness = (None, None) if repeat is None else (repeat.of, repeat.likeness)
            parts.append(Part(place, n, now[0], of, likeness))
            before = now
    return parts
