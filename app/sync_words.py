"""A sync check's result in words, for the window and the command line. No Qt."""

from __future__ import annotations

from typing import Protocol


class Offsets(Protocol):
    """What a certificate says."""

    @property
    def audio_offset_ns(self) -> int | None: ...
    @property
    def event_offset_ns(self) -> int | None: ...
    @property
    def ok(self) -> bool: ...


def sync_words(found: Offsets) -> str:
    """ "In step: sound +4 ms, click −3 ms against the picture", or what is out of step or was not found."""
    parts = f"sound {_ms(found.audio_offset_ns)}, click {_ms(found.event_offset_ns)} against the picture"
    if found.ok:
        return f"In step: {parts}"
    if found.audio_offset_ns is None or found.event_offset_ns is None:
        return f"Not all could be measured: {parts}"
    return f"Out of step: {parts}"


def _ms(offset_ns: int | None) -> str:
    return "not found" if offset_ns is None else f"{round(offset_ns / 1e6):+d} ms".replace("-", "−")
