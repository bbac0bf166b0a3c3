"""Which voice is the moderator's, and which the participant's.

By track where there are two: what the computer plays is the participant at the other end of a call, the microphone is
the moderator's. A computer that only plays a word now and then (the tested program) makes no call: then, and where
there is one track, voices decide. The moderator is the one who sounds like the kept sample; without one, who asks more,
speaks first and says less of it all. One voice alone is a participant who thinks aloud.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence

from transcribe.models import Role, Segment, Voice, Word
from transcribe.speakers import Voices, find_voices, speakers_of
from transcribe.voice_print import VoicePrint

Said = tuple[int, int]

_CALL = 0.1
"""The share of all words that the computer's track has in a call."""
_SAMPLE_LIKE = 0.75
"""Nearer than that to the kept sample, and it is the moderator."""
_TRACKS = ("mic", "mixed", "system")


def find_roles(
    segments: Sequence[Segment],
    prints: Sequence[VoicePrint],
    echoes: Collection[Said],
    sample: Sequence[float] | None,
) -> tuple[list[Voice], dict[Said, int]]:
    """The voices of a session, and which of them says each word; no voices where nothing tells them apart."""
    tracks = [_Track(name, segments, prints, echoes) for name in _TRACKS]
    spoken = [track for track in tracks if track.said]
    if not spoken:
        return [], {}
    words = sum(len(track.said) for track in spoken)
    system = tracks[_TRACKS.index("system")]
    call = len(spoken) > 1 and len(system.said) >= _CALL * words
    voices: list[Voice] = []
    voice_of: dict[Said, int] = {}
    for track in spoken:
        if call:
            roles = _roles_in_call(track, sample)
        elif track is system and len(spoken) > 1:
            roles = [Voice(Role.OTHER, "computer")] * max(1, track.count)
        else:
            roles = _roles_in_room(track, sample)
        if not roles:
            continue
        for said, number in zip(track.said, track.voice, strict=True):
            voice_of[said] = len(voices) + number
        voices += roles
    return voices, voice_of


class _Track:
    """The words of a track that are no echo, and who says them."""

    def __init__(
        self, name: str, segments: Sequence[Segment], prints: Sequence[VoicePrint], echoes: Collection[Said]
    ) -> None:
        self.name = name
        found = [
            (word, (place, n))
            for place, segment in enumerate(segments)
            if (segment.track or "mixed") == name
            for n, word in enumerate(segment.words)
            if (place, n) not in echoes
        ]
        found.sort(key=lambda one: (one[0].t_start_ns, one[1]))
        self.words: list[Word] = [word for word, _ in found]
        self.said: list[Said] = [said for _, said in found]
        echoed = [
            (segments[place].words[n].t_start_ns, segments[place].words[n].t_end_ns)
            for place, n in echoes
            if (segments[place].track or "mixed") == name
        ]
        own = [one for one in prints if one.track == name and not _within(one, echoed)]
        self.voices: Voices | None = find_voices(own) if own else None
        self.count = self.voices.count if self.voices is not None else 0
        self.voice = speakers_of(self.words, own, self.voices) if self.voices is not None else [0] * len(self.words)

    def likeness(self, sample: Sequence[float] | None) -> list[float]:
        """How like the sample each voice is."""
        if sample is None or self.voices is None:
            return []
        return [float(sum(a * b for a, b in zip(middle, sample, strict=True))) for middle in self.voices.middles]


def _within(one: VoicePrint, echoed: Sequence[tuple[int, int]]) -> bool:
    """Whether most of a stretch is echo."""
    length = max(1, one.t_end_ns - one.t_start_ns)
    common = sum(max(0, min(one.t_end_ns, end) - max(one.t_start_ns, start)) for start, end in echoed)
    return common > length / 2


def _roles_in_call(track: _Track, sample: Sequence[float] | None) -> list[Voice]:
    """The one who speaks most on each side is whom the side belongs to; on the microphone, the one of the sample."""
    first = Role.PARTICIPANT if track.name == "system" else Role.MODERATOR
    count = max(1, track.count)
    said = Counter(track.voice)
    main = max(range(count), key=lambda number: said[number])
    why = "track"
    if track.name != "system":
        alike = track.likeness(sample)
        if alike and max(alike) >= _SAMPLE_LIKE:
            main, why = alike.index(max(alike)), "sample"
    return [Voice(first if number == main else Role.OTHER, why) for number in range(count)]


def _roles_in_room(track: _Track, sample: Sequence[float] | None) -> list[Voice]:
    if track.voices is None:
        return []
    alike = track.likeness(sample)
    known = bool(alike) and max(alike) >= _SAMPLE_LIKE
    if track.count == 1:
        return [Voice(Role.MODERATOR, "sample") if known else Voice(Role.PARTICIPANT, "alone")]
    moderator = alike.index(max(alike)) if known else _asks_most(track)
    said = Counter(track.voice)
    participant = max((n for n in range(track.count) if n != moderator), key=lambda n: said[n])
    why = "sample" if known else "asks"
    role = {moderator: Role.MODERATOR, participant: Role.PARTICIPANT}
    return [Voice(role.get(number, Role.OTHER), why) for number in range(track.count)]


def _asks_most(track: _Track) -> int:
    """Questions count most, then who opens the session, then who says less."""
    total = max(1, len(track.words))
    said = Counter(track.voice)
    asked = Counter(who for who, word in zip(track.voice, track.words, strict=True) if _asks(word))
    points = {
        number: 3.0 * asked[number] / max(1, sum(asked.values()))
        + (1.0 if track.voice[0] == number else 0.0)
        - 1.0 * said[number] / total
        for number in range(track.count)
        if said[number]
    }
    return max(points, key=lambda number: points[number])


def _asks(word: Word) -> bool:
    return word.text.rstrip("\"'”’»").endswith("?")
