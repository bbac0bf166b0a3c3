"""Whether all of a track's sound could be heard: what its file promises, held against what came out of it.

Imported in the transcriber process only.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

from transcribe.models import Lack, LackKind

if TYPE_CHECKING:
    from av.audio.stream import AudioStream
    from av.container import InputContainer
    from av.packet import Packet

_SHORT_S = 1
"""So much less than a file promises, and it was cut off. Encoders round by less, and so does a fragmented file that was
being written: its last table may tell of half a second that didn't come any more."""
_DAMAGED_S = Fraction(1, 5)
"""Less than that is no word: codecs may stumble over their first packet, or over the last one of a file."""


class Wholeness:
    """What the last reading of a track, from some place to its end, found missing; told by `audio.iter_audio`.

    Attributes:
        is_over: the reading came to the file's end, whatever it found.
    """

    def __init__(self) -> None:
        self.is_over = False
        self._promised: Fraction | None = None
        self._zero = self._end = self._lost = self._first_lost = Fraction(0)

    def began(self, container: InputContainer, stream: AudioStream, zero: Fraction) -> None:
        """A reading begins; what one before found is forgotten.

        `zero`: where a player starts to count on the file's clock.
        """
        self.is_over = False
        self._promised = _promised(container, stream)
        self._zero, self._end, self._lost, self._first_lost = zero, zero, Fraction(0), zero

    def lost(self, packet: Packet[AudioStream]) -> None:
        """A packet could not be decoded."""
        if packet.pts is not None and packet.duration and packet.time_base is not None:
            if not self._lost:
                self._first_lost = packet.pts * packet.time_base
            self._lost += packet.duration * packet.time_base

    def ended(self, last: Packet[AudioStream] | None) -> None:
        """The reading came to its end; `last` is the last packet that was there."""
        self.is_over = True
        if last is not None and last.pts is not None and last.time_base is not None:
            self._end = (last.pts + (last.duration or 0)) * last.time_base

    def lacks(self, track: str, t0_ns: int) -> tuple[Lack, ...]:
        """What is missing of `track`, whose media's zero is at `t0_ns` of session time."""
        found = []
        if self._lost >= _DAMAGED_S:
            first_ns = t0_ns + _ns(self._first_lost - self._zero)
            found.append(Lack(LackKind.DAMAGED, track, first_ns, _ns(self._lost)))
        if self._promised is not None and self._promised - self._end > _SHORT_S:
            end_ns = t0_ns + _ns(self._end - self._zero)
            found.append(Lack(LackKind.BREAKS_OFF, track, end_ns, _ns(self._promised - self._end)))
        return tuple(found)


def known_so_far(before: Sequence[Lack], now: Sequence[Lack]) -> tuple[Lack, ...]:
    """What is missing of a session that was heard in several runs.

    Each run finds out where the file ends, but what is damaged only from its own beginning on.
    """
    damaged = [one for one in before if one.kind is LackKind.DAMAGED]
    tracks = {one.track for one in damaged}
    return (*damaged, *(one for one in now if one.kind is not LackKind.DAMAGED or one.track not in tracks))


def _promised(container: InputContainer, stream: AudioStream) -> Fraction | None:
    """Where a file says that the track ends, on its own clock; None where it doesn't.

    Of formats that aren't named here libav takes the length from the file's size, or guesses it.
    """
    formats = set(container.format.name.split(","))
    if "mov" in formats and stream.duration and stream.time_base is not None:
        return (max(0, stream.start_time or 0) + stream.duration) * stream.time_base
    if "matroska" in formats:
        return _matroska_end(str(stream.metadata.get("DURATION", "")))
    return None


def _matroska_end(tag: str) -> Fraction | None:
    """The statistics tag `DURATION` of a track, `HH:MM:SS.nnnnnnnnn`, as muxers keep it in front of the file."""
    try:
        hours, minutes, seconds = tag.split(":")
        return int(hours) * 3600 + int(minutes) * 60 + Fraction(seconds)
    except ValueError:
        return None


def _ns(seconds: Fraction) -> int:
    return max(0, round(seconds * 1_000_000_000))
