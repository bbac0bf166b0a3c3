"""Segments cut at the pauses that were made while speaking."""

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
    cuts = [i for i in range(1, len(words)) if words[i].t_start_ns - words[i - 1].t_end_ns > pause_ns]
    texts = _split_text(segment.text, words, cuts) if cuts else None
    if texts is None:
        yield segment
        return
    for text, first, last in zip(texts, [0, *cuts], [*cuts, len(words)], strict=True):
        part = words[first:last]
        yield dataclasses.replace(
            segment, t_start_ns=part[0].t_start_ns, t_end_ns=part[-1].t_end_ns, text=text, words=part
        )


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
