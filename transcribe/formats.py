"""A transcript as a file: SubRip, WebVTT, text, JSON. Pure. What reads such files is `transcribe.subtitles`.

SubRip has no standard; its form is that of https://docs.fileformat.com/video/srt/. WebVTT: W3C, https://www.w3.org/TR/webvtt1/.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from transcribe.models import Flag, Word

MAX_LINE, MAX_LINES = 42, 2
"""What fits under a picture: two lines of 42 letters, as broadcasters' guidelines have it."""
TURN_GAP_NS = 10_000_000_000
"""Whoever goes on after a longer silence begins a new turn."""
MS = 1_000_000


@dataclass(frozen=True, slots=True)
class Passage:
    """A segment as a file tells it.

    Attributes:
        speaker: what the speaker is called; None where nobody knows who it is.
        role: 'moderator', 'participant' or 'other'; None without a speaker.
        flags: why the text is in doubt; somebody who listened has set `verified`.
        translation: what it means in English, where there is a translation.
    """

    t_start_ns: int
    t_end_ns: int
    text: str
    words: tuple[Word, ...] = ()
    speaker: str | None = None
    role: str | None = None
    flags: tuple[Flag, ...] = ()
    verified: bool = False
    translation: str | None = None

    @property
    def in_doubt(self) -> bool:
        """Whether the text was flagged and nobody has listened to it."""
        return bool(self.flags) and not self.verified


@dataclass(frozen=True, slots=True)
class Cue:
    """What is shown under the picture for a while; `lines` has one or two, after `speaker` if that is known."""

    t_start_ns: int
    t_end_ns: int
    lines: tuple[str, ...]
    speaker: str | None = None


def to_srt(passages: Sequence[Passage], *, speakers: bool = True) -> str:
    """SubRip, with CRLF as its readers expect. It has no field for who speaks: that stands before the text."""
    blocks = [
        [str(number), f"{_time(cue.t_start_ns, ',')} --> {_time(cue.t_end_ns, ',')}", *cue.lines, "", ""]
        for number, cue in enumerate(cues(passages, lead=speakers), 1)
    ]
    return "".join("\r\n".join(block) for block in blocks)


def to_vtt(passages: Sequence[Passage], *, speakers: bool = True) -> str:
    """WebVTT; who speaks is a voice span (`<v Name>`), which a player may show or not."""
    blocks = []
    for cue in cues(passages):
        voice = f"<v {_escaped(cue.speaker)}>" if speakers and cue.speaker else ""
        first, *rest = (_escaped(line) for line in cue.lines)
        times = f"{_time(cue.t_start_ns, '.')} --> {_time(cue.t_end_ns, '.')}"
        blocks.append([times, voice + first, *rest, ""])
    return "\n".join(line for block in [["WEBVTT", ""], *blocks] for line in block)


def to_txt(passages: Sequence[Passage], *, times: bool = False, speakers: bool = True) -> str:
    """One line for each segment, with `times` after the time it begins at, with `speakers` after who says it."""
    return "".join(
        (f"[{_time(one.t_start_ns, '.')}] " if times else "")
        + (f"{_one_line(one.speaker)}: " if speakers and one.speaker else "")
        + f"{_one_line(one.text)}\n"
        for one in passages
        if one.text.strip()
    )


def to_json(passages: Sequence[Passage], *, language: str | None, model: str | None) -> str:
    """Segments and words; times are whole nanoseconds since the start of the session. See docs/transcripts.md."""
    return (
        json.dumps(
            {
                "format": "moderato-transcript",
                "version": 1,
                "language": language,
                "model": model,
                "segments": [
                    {
                        "start_ns": one.t_start_ns,
                        "end_ns": one.t_end_ns,
                        "speaker": one.speaker,
                        "role": one.role,
                        "text": one.text.strip(),
                        "translation": one.translation,
                        "flags": [flag.value for flag in one.flags],
                        "verified": one.verified,
                        "words": [
                            {
                                "start_ns": word.t_start_ns,
                                "end_ns": word.t_end_ns,
                                "text": word.text.strip(),
                                "probability": word.probability,
                            }
                            for word in one.words
                        ],
                    }
                    for one in passages
                ],
            },
            ensure_ascii=False,
            indent=1,
        )
        + "\n"
    )


def turns(passages: Sequence[Passage]) -> list[list[Passage]]:
    """What one speaker says without another or a long pause between; what nobody is known to have said stands alone."""
    result: list[list[Passage]] = []
    for one in passages:
        last = result[-1][-1] if result else None
        if last and one.speaker == last.speaker is not None and one.t_start_ns - last.t_end_ns < TURN_GAP_NS:
            result[-1].append(one)
        else:
            result.append([one])
    return result


def cues(passages: Sequence[Passage], *, lead: bool = False) -> Iterator[Cue]:
    """Pieces that fit under the picture. One ends where the next begins at the latest, and none is empty.

    A long segment is cut between words, at their own times; without words its time is shared out by letters.
    `lead` puts "Name: " before what each speaker begins with.
    """
    pieces: list[Cue] = []
    before: str | None = None
    for one in passages:
        named = f"{_one_line(one.speaker)}: " if lead and one.speaker and one.speaker != before else ""
        found = list(_pieces(one, named))
        pieces += found
        before = one.speaker if found else before
    for number, cue in enumerate(pieces):
        limit = pieces[number + 1].t_start_ns if number + 1 < len(pieces) else cue.t_end_ns
        end_ns = max(cue.t_start_ns + MS, min(cue.t_end_ns, max(limit, cue.t_start_ns + MS)))
        yield replace(cue, t_end_ns=end_ns)


def _pieces(passage: Passage, lead: str) -> Iterator[Cue]:
    groups: list[list[Word]] = []
    for word in _words(passage):
        if groups and _fits([*groups[-1], word], lead if len(groups) == 1 else ""):
            groups[-1].append(word)
        else:
            groups.append([word])
    if len(groups) > 1:
        groups[-2:] = _levelled(groups[-2] + groups[-1], lead if len(groups) == 2 else "")  # the first
    for number, group in enumerate(groups):
        lines = _wrapped(_joined(group, "" if number else lead))
        yield Cue(group[0].t_start_ns, group[-1].t_end_ns, lines, passage.speaker)


def _levelled(words: list[Word], lead: str) -> list[list[Word]]:
    """What takes two cues, in two of about one length: the last word alone would be gone before it can be read."""
    ways = [(words[:n], words[n:]) for n in range(1, len(words))]
    fitting = [(one, two) for one, two in ways if _fits(one, lead) and _fits(two, "")]
    best = min(fitting or ways, key=lambda way: abs(len(_joined(way[0], lead)) - len(_joined(way[1], ""))))
    return list(best)


def _fits(words: Sequence[Word], lead: str) -> bool:
    return len(_wrapped(_joined(words, lead))) <= MAX_LINES


def _joined(words: Sequence[Word], lead: str) -> str:
    return lead + " ".join(word.text for word in words)


def _words(segment: Passage) -> list[Word]:
    """The segment's words if they say what its text says, else its text's, with shares of its time."""
    said = [Word(word.t_start_ns, word.t_end_ns, _one_line(word.text), word.probability) for word in segment.words]
    said = [word for word in said if word.text]
    texts = _one_line(segment.text).split()
    if "".join(word.text for word in said).replace(" ", "") == "".join(texts):
        return said
    times = shares(segment.t_start_ns, segment.t_end_ns, texts)
    return [Word(start_ns, end_ns, text, 1.0) for text, (start_ns, end_ns) in zip(texts, times, strict=True)]


def shares(t_start_ns: int, t_end_ns: int, texts: Sequence[str]) -> list[tuple[int, int]]:
    """A span of time shared out among words by their length in letters: from when to when each is said."""
    whole = max(1, sum(len(text) for text in texts))
    length_ns = max(0, t_end_ns - t_start_ns)
    result, done = [], 0
    for text in texts:
        start_ns = t_start_ns + length_ns * done // whole
        done += len(text)
        result.append((start_ns, t_start_ns + length_ns * done // whole))
    return result


def _wrapped(text: str) -> tuple[str, ...]:
    """Lines of at most `MAX_LINE` letters, but for a word that alone is longer."""
    lines = [""]
    for word in text.split():
        if lines[-1] and len(lines[-1]) + 1 + len(word) > MAX_LINE:
            lines.append(word)
        else:
            lines[-1] = f"{lines[-1]} {word}".strip()
    return tuple(lines)


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _escaped(text: str) -> str:
    return _one_line(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _time(t_ns: int, point: str) -> str:
    """ "01:02:03.004"; before the session's start is its start."""
    ms = max(0, t_ns) // MS
    return f"{ms // 3_600_000:02}:{ms // 60_000 % 60:02}:{ms // 1000 % 60:02}{point}{ms % 1000:03}"
