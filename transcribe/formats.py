"""A transcript as a file: SubRip, WebVTT, text, JSON. Pure.

SubRip has no standard; its form is that of https://docs.fileformat.com/video/srt/. WebVTT: W3C, https://www.w3.org/TR/webvtt1/.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from transcribe.models import Segment, Word

MAX_LINE, MAX_LINES = 42, 2
"""What fits under a picture: two lines of 42 letters, as broadcasters' guidelines have it."""
MS = 1_000_000


@dataclass(frozen=True, slots=True)
class Cue:
    """What is shown under the picture for a while; `lines` has one or two."""

    t_start_ns: int
    t_end_ns: int
    lines: tuple[str, ...]


def to_srt(segments: Sequence[Segment]) -> str:
    """SubRip, with CRLF as its readers expect."""
    blocks = [
        [str(number), f"{_time(cue.t_start_ns, ',')} --> {_time(cue.t_end_ns, ',')}", *cue.lines, "", ""]
        for number, cue in enumerate(cues(segments), 1)
    ]
    return "".join("\r\n".join(block) for block in blocks)


def to_vtt(segments: Sequence[Segment]) -> str:
    """WebVTT."""
    blocks = [
        [f"{_time(cue.t_start_ns, '.')} --> {_time(cue.t_end_ns, '.')}", *map(_escaped, cue.lines), ""]
        for cue in cues(segments)
    ]
    return "\n".join(line for block in [["WEBVTT", ""], *blocks] for line in block)


def to_txt(segments: Sequence[Segment], *, times: bool = False) -> str:
    """One line for each segment, with `times` after the time it begins at."""
    return "".join(
        (f"[{_time(segment.t_start_ns, '.')}] " if times else "") + f"{_one_line(segment.text)}\n"
        for segment in segments
        if segment.text.strip()
    )


def to_json(segments: Sequence[Segment], *, language: str | None, model: str | None) -> str:
    """Segments and words; times are whole nanoseconds since the start of the session."""
    return (
        json.dumps(
            {
                "format": "moderato-transcript",
                "version": 1,
                "language": language,
                "model": model,
                "segments": [
                    {
                        "start_ns": segment.t_start_ns,
                        "end_ns": segment.t_end_ns,
                        "text": segment.text.strip(),
                        "words": [
                            {
                                "start_ns": word.t_start_ns,
                                "end_ns": word.t_end_ns,
                                "text": word.text.strip(),
                                "probability": word.probability,
                            }
                            for word in segment.words
                        ],
                    }
                    for segment in segments
                ],
            },
            ensure_ascii=False,
            indent=1,
        )
        + "\n"
    )


def cues(segments: Sequence[Segment]) -> Iterator[Cue]:
    """Pieces that fit under the picture. One ends where the next begins at the latest, and none is empty.

    A long segment is cut between words, at their own times; without words its time is shared out by letters.
    """
    pieces = [piece for segment in segments for piece in _pieces(segment)]
    for number, cue in enumerate(pieces):
        limit = pieces[number + 1].t_start_ns if number + 1 < len(pieces) else cue.t_end_ns
        end_ns = max(cue.t_start_ns + MS, min(cue.t_end_ns, max(limit, cue.t_start_ns + MS)))
        yield Cue(cue.t_start_ns, end_ns, cue.lines)


def _pieces(segment: Segment) -> Iterator[Cue]:
    held: list[Word] = []
    lines: tuple[str, ...] = ()
    for word in _words(segment):
        longer = _wrapped(" ".join(each.text for each in [*held, word]))
        if held and len(longer) > MAX_LINES:
            yield Cue(held[0].t_start_ns, held[-1].t_end_ns, lines)
            held, longer = [], _wrapped(word.text)
        held.append(word)
        lines = longer
    if held:
        yield Cue(held[0].t_start_ns, held[-1].t_end_ns, lines)


def _words(segment: Segment) -> list[Word]:
    """The segment's words if they say what its text says, else its text's, with shares of its time."""
    said = [Word(word.t_start_ns, word.t_end_ns, _one_line(word.text), word.probability) for word in segment.words]
    said = [word for word in said if word.text]
    texts = _one_line(segment.text).split()
    if "".join(word.text for word in said).replace(" ", "") == "".join(texts):
        return said
    whole = sum(len(text) for text in texts)
    length_ns = max(0, segment.t_end_ns - segment.t_start_ns)
    result, done = [], 0
    for text in texts:
        start_ns = segment.t_start_ns + length_ns * done // whole
        done += len(text)
        result.append(Word(start_ns, segment.t_start_ns + length_ns * done // whole, text, 1.0))
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
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _time(t_ns: int, point: str) -> str:
    """ "01:02:03.004"; before the session's start is its start."""
    ms = max(0, t_ns) // MS
    return f"{ms // 3_600_000:02}:{ms // 60_000 % 60:02}:{ms // 1000 % 60:02}{point}{ms % 1000:03}"
