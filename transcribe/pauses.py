"""Segments cut at the pauses that were made while speaking, and wherever else."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence

from transcribe.models import Segment, Word

PAUSE_NS = 1_500_000_000
"""A pause after which a new segment begins, whatever the model thought."""


def split_at_pauses(segment: Segment, pause_ns: int) -> Iterator[Segment]:
    """Cut where two words lie further apart than `pause_ns`.

    The model hears speech with the silence taken out, so that a sentence begun before a pause of minutes and ended
    after it may come as one segment.
    """
    words = segment.words
    yield from split_at(
        segment, [i for i in range(1, len(words)) if words[i].t_start_ns - words[i - 1].t_end_ns > pause_ns]
    )


def split_at(segment: Segment, cuts: Sequence[int]) -> list[Segment]:
    """The segment cut before the words numbered `cuts` (rising, none 0); whole when its text can't be told apart."""
    words = segment.words
    texts = _split_text(segment.text, words, cuts) if cuts else None
    if texts is None:
        return [segment]
    return [
        dataclasses.replace(
            segment,
            t_start_ns=words[first].t_start_ns,
            t_end_ns=words[last - 1].t_end_ns,
            text=text,
            words=words[first:last],
        )
        for text, first, last in zip(texts, [0, *cuts], [*cuts, len(words)], strict=True)
    ]


def _split_text(text: str, words: Sequence[Word], cuts: Sequence[int]) -> list[str] | None:
    """Cut `text` before the words numbered `cuts`; None when the words aren't found in it in their order."""
    bounds: list[int] = []
    position = 0
    for number, word in enumerate(words):
        found = text.find(word.text, position)
        if found < 0:
            return None
        if number in cuts:
            bounds.append(found)
        position = found + len(word.text)
    return [text[a:b].strip() for a, b in zip([0, *bounds], [*bounds, len(text)], strict=True)]
