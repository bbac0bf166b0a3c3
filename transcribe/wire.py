"""Segments, words and what is missing as JSON, the one form that journals and messages between processes share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from transcribe.models import Flag, Lack, LackKind, Segment, Word

JsonObject = dict[str, Any]


def segment_to_json(segment: Segment) -> JsonObject:
    """The segment with times in ns; words as `[start, end, text, probability]`, since a session has thousands."""
    return {
        "t_start_ns": segment.t_start_ns,
        "t_end_ns": segment.t_end_ns,
        "text": segment.text,
        "words": [[w.t_start_ns, w.t_end_ns, w.text, round(w.probability, 4)] for w in segment.words],
        "avg_logprob": segment.avg_logprob,
        "no_speech_prob": segment.no_speech_prob,
        "compression": segment.compression,
        "flags": [flag.value for flag in segment.flags],
        "track": segment.track,
    }


def segment_from_json(data: Mapping[str, Any]) -> Segment:
    """Read what `segment_to_json` wrote.

    Raises:
        ValueError: it isn't such a thing.
    """
    try:
        return Segment(
            t_start_ns=_integer(data["t_start_ns"]),
            t_end_ns=_integer(data["t_end_ns"]),
            text=_text(data["text"]),
            words=tuple(
                Word(_integer(start), _integer(end), _text(text), float(probability))
                for start, end, text, probability in data["words"]
            ),
            avg_logprob=_maybe_float(data.get("avg_logprob")),
            no_speech_prob=_maybe_float(data.get("no_speech_prob")),
            compression=_maybe_float(data.get("compression")),
            flags=tuple(Flag(value) for value in data.get("flags") or ()),
            track=_text(data.get("track", "")),
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"not a segment: {error!r}") from error


def lacks_to_json(lacks: Sequence[Lack]) -> list[list[object]]:
    """Each as `[kind, track, t_ns, lost_ns]`."""
    return [[one.kind.value, one.track, one.t_ns, one.lost_ns] for one in lacks]


def lacks_from_json(data: object) -> tuple[Lack, ...]:
    """Read what `lacks_to_json` wrote.

    Raises:
        ValueError: it isn't such a thing.
    """
    try:
        return tuple(
            Lack(LackKind(kind), _text(track), _integer(t_ns), _integer(lost_ns))
            for kind, track, t_ns, lost_ns in data  # type: ignore[attr-defined]
        )
    except TypeError as error:
        raise ValueError(f"not what is missing: {error!r}") from error


def _integer(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError("an integer is needed")
    return value


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("a text is needed")
    return value


def _maybe_float(value: object) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError("a number is needed")
    return float(value)
