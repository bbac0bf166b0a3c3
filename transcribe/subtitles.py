"""Subtitles made elsewhere, SubRip or WebVTT, read as what was said. Pure.

Files in the wild are of every encoding, overlap, lie out of order and lack blank lines; what can be understood is
taken, and markup never comes through as text or the other way round. The forms are those that `transcribe.formats`
names; who speaks is told by a WebVTT voice span (`<v Name>`) or, as the programs for calls write it, by "Name: ".
"""

from __future__ import annotations

import codecs
import html
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace

from transcribe.formats import shares

MAX_BYTES = 32_000_000
"""Eight hours of talk are one megabyte; what is this large is not a transcript."""
_MAX_SPEAKERS = 12
_MS = 1_000_000

_TIMING = re.compile(
    r"^\s*(?:(\d{1,5}):)?(\d{1,3}):(\d{1,2})(?:[.,](\d{1,9}))?\s*-{1,2}>\s*"
    r"(?:(\d{1,5}):)?(\d{1,3}):(\d{1,2})(?:[.,](\d{1,9}))?(?:\s.*)?$"
)
_VOICE = re.compile(r"<v(?:\.[^\s>]*)?[ \t]+([^<>]*)>")
_VTT_TAG = re.compile(r"</?[a-z0-9:.][^<>]*>|</>", re.IGNORECASE)
_SRT_TAG = re.compile(r"</?(?:b|i|u|s|font|c|v)(?:[ .][^<>]*)?>|\{\\[^{}]*\}", re.IGNORECASE)
_SRT_CUE = re.compile(r"^\s*\d{1,9}\s*$")
_NAME = re.compile(r"^\s*(?:-\s*)?([^\W\d_][^:<>\[\]?!\"]{0,39}):\s+(?=\S)")
_UNPRINTED = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ufeff\u200b\u202a-\u202e\u2066-\u2069]")
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


@dataclass(frozen=True, slots=True)
class Said:
    """What was said in a span of session time; `text` is one line of plain text."""

    t_start_ns: int
    t_end_ns: int
    text: str
    speaker: str | None = None


def read_subtitles(data: bytes) -> list[Said]:
    """What a file of subtitles says, in the order of time; empty where it is none, or has nothing to say."""
    lines = _decoded(data[:MAX_BYTES]).splitlines()
    is_vtt = any(line.lstrip("\ufeff").startswith("WEBVTT") for line in lines[:1])
    said = [each for start, end, block in _blocks(lines, is_vtt=is_vtt) for each in _voices(start, end, block, is_vtt)]
    if not any(each.speaker for each in said):
        said = _named(said)
    return sorted((each for each in said if each.text), key=lambda each: (each.t_start_ns, each.t_end_ns))


def _decoded(data: bytes) -> str:
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding, errors="replace")
    if data[:400].count(0) > len(data[:400]) // 4:  # every other byte of plain text in UTF-16 is zero
        return data.decode("utf-16-le" if data[1:2] == b"\0" else "utf-16-be", errors="replace")
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


def _blocks(lines: list[str], *, is_vtt: bool) -> Iterator[tuple[int, int, list[str]]]:
    """Each timing with the lines under it. A WebVTT cue ends at a blank line, a SubRip one before the next timing."""
    timings = [(number, found) for number, line in enumerate(lines) if (found := _TIMING.match(line))]
    ends = [*(number for number, _ in timings), len(lines)][1:]
    for (number, found), end in zip(timings, ends, strict=True):
        block = lines[number + 1 : end]
        if is_vtt:
            block = block[: next((i for i, line in enumerate(block) if not line.strip()), len(block))]
        elif end < len(lines) and block and _SRT_CUE.match(block[-1]):
            block = block[:-1]  # the number of the next one
        start_ns, end_ns = _time(found.groups()[:4]), _time(found.groups()[4:])
        yield start_ns, max(start_ns, end_ns), block


def _time(parts: tuple[str | None, ...]) -> int:
    hours, minutes, seconds, fraction = parts
    ms = int((fraction or "0").ljust(3, "0")[:3])
    return ((int(hours or 0) * 60 + int(minutes or 0)) * 60 + int(seconds or 0)) * 1000 * _MS + ms * _MS


def _voices(start_ns: int, end_ns: int, lines: list[str], is_vtt: bool) -> list[Said]:
    """A cue's text by who says it; two voices in one cue share its time."""
    raw = "\n".join(lines)
    if not is_vtt:
        return [Said(start_ns, end_ns, _plain(_SRT_TAG.sub("", raw)))]
    found = [(None, 0, 0), *((match[1], match.start(), match.end()) for match in _VOICE.finditer(raw))]
    stops = [begins for _, begins, _ in found[1:]] + [len(raw)]
    parts = [
        (name, _plain(html.unescape(_VTT_TAG.sub("", raw[after:stop]))))
        for (name, _, after), stop in zip(found, stops, strict=True)
    ]
    spoken = [(name, text) for name, text in parts if text]
    times = shares(start_ns, end_ns, [text for _, text in spoken])
    return [
        Said(from_ns, to_ns, text, _plain(html.unescape(name)) or None if name else None)
        for (name, text), (from_ns, to_ns) in zip(spoken, times, strict=True)
    ]


def _named(said: list[Said]) -> list[Said]:
    """Takes "Name: " before a text for who says it, if the file does so throughout; others go on with the last one.

    Throughout: with few names, each more than once or all of them on a third of the texts. "Note: closed" is not one.
    """
    found = [_NAME.match(each.text) for each in said]
    names = Counter(match[1].strip() for match in found if match)
    often = sum(names.values()) * 3 >= len(said)
    known = {name for name, count in names.items() if often and (count > 1 or len(names) <= 2)}
    if not 1 <= len(known) <= _MAX_SPEAKERS:
        return said
    result: list[Said] = []
    speaker: str | None = None
    for each, match in zip(said, found, strict=True):
        if match and match[1].strip() in known:
            speaker = match[1].strip()
            result.append(replace(each, text=each.text[match.end() :], speaker=speaker))
        else:
            result.append(replace(each, speaker=speaker))
    return result


def _plain(text: str) -> str:
    return " ".join(_UNPRINTED.sub("", text).split())
