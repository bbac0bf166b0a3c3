"""What is known of a segment only once all is heard: where speakers change within it, who they are, what is an echo."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from transcribe.models import Echo, Role, Segment, Voice
from transcribe.pauses import split_at
from transcribe.wire import JsonObject


@dataclass(frozen=True, slots=True)
class Part:
    """The words of a segment from `first` on, up to the segment's next part.

    Attributes:
        segment: the segment's place in the journal.
        first: its first word; 0 for the segment's first part.
        voice: a place in the transcript's voices; None: unknown.
        echo_of: the segment (its place in the journal) that says the same on another track.
        likeness: how much both have in common, 0..1.
    """

    segment: int
    first: int
    voice: int | None = None
    echo_of: int | None = None
    likeness: float | None = None


def apart(segments: Sequence[Segment], settled: JsonObject) -> tuple[tuple[Voice, ...], tuple[Segment, ...]]:
    """The voices, and the segments in their parts, as a journal's `settled` line has them.

    A line that can't be understood leaves the segments as they were heard.
    """
    if not settled:
        return (), tuple(segments)
    whole = tuple(dataclasses.replace(segment, source=place) for place, segment in enumerate(segments))
    try:
        voices = tuple(Voice(Role(role), str(why)) for role, why in settled.get("voices", ()))
        parts = [Part(*part) for part in settled.get("parts", ())]
        return voices, _apart(whole, parts, len(voices))
    except (TypeError, ValueError, IndexError):
        return (), whole


def _apart(segments: Sequence[Segment], parts: Sequence[Part], voices: int) -> tuple[Segment, ...]:
    by_segment = {place: list(group) for place, group in groupby(parts, lambda part: part.segment)}
    result: list[Segment] = []
    of: list[tuple[int, Part]] = []  # places in the result that are echoes
    for place, segment in enumerate(segments):
        known = by_segment.get(place, [])
        pieces = split_at(segment, [part.first for part in known[1:]])
        if len(pieces) != len(known):
            known = known[:1] if len(pieces) == 1 else []
        for piece, part in zip(pieces, known or [Part(place, 0)], strict=True):
            if part.voice is not None and not 0 <= part.voice < voices:
                raise ValueError("no such voice")
            if part.echo_of is not None:
                of.append((len(result), part))
            result.append(dataclasses.replace(piece, voice=part.voice))
    for place, part in of:
        echo = result[place]
        same = [n for n, one in enumerate(result) if one.source == part.echo_of]
        nearest = max(same, key=lambda n: _common_ns(echo, result[n]))
        result[place] = dataclasses.replace(echo, echo=Echo(nearest, float(part.likeness or 0.0)))
    return tuple(result)


def _common_ns(one: Segment, other: Segment) -> int:
    return min(one.t_end_ns, other.t_end_ns) - max(one.t_start_ns, other.t_start_ns)
