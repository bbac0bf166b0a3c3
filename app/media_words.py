"""What is in a recording made elsewhere, in words. No Qt: the command line words with it too."""

from __future__ import annotations

from typing import TYPE_CHECKING

from annotate.timeline import SECOND, format_time

if TYPE_CHECKING:
    from annotate.importing import Imported
    from capture.foreign import ForeignStream

ROLE_WORDS = {"mixed": "everybody at once", "mic": "microphone", "system": "computer sound"}
"""What a sound track's role is called."""
_LATE_NS = SECOND // 20


def stream_words(one: ForeignStream) -> str:
    """A picture or a sound track on one line."""
    parts = [one.kind.value]
    if one.width:
        parts.append(f"{one.width}×{one.height}")
        if one.fps:
            parts.append(f"{one.fps:.4g} pictures a second")
        if one.rotation:
            parts.append("turned")
    if one.rate:
        parts += [f"{one.rate / 1000:g} kHz", {1: "mono", 2: "stereo"}.get(one.channels, f"{one.channels} channels")]
    parts.append(one.codec or "unknown form")
    if one.title:
        parts.append(f"“{one.title}”")
    if one.language:
        parts.append(one.language)
    if abs(one.start_ns) > _LATE_NS:
        way = "later" if one.start_ns > 0 else "earlier"
        parts.append(f"begins {abs(one.start_ns) / SECOND:.2f} s {way}")
    if not one.usable:
        parts.append("cannot be read here")
    return ", ".join(parts)


def sound_words(made: Imported) -> str:
    """What came of an import, after the length."""
    parts = ["picture copied as it is" if made.copied else "picture encoded anew"]
    if made.left_out:
        parts.append("sound left out: the participant did not agree to it")
    elif not made.has_sound:
        parts.append("no sound")
    if made.breaks_off_ns is not None:
        parts.append(f"the file breaks off at {format_time(made.breaks_off_ns)}; what came before is there")
    if made.unread_ns:
        parts.append(f"{made.unread_ns / SECOND:.1f} s of the sound are damaged and left out; the rest is there")
    return ", ".join(parts)
