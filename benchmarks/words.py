"""How well words were heard: word errors, who said them, and when."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from itertools import permutations

import numpy as np

_UNITS = """
zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen
nineteen""".split()  # noqa: SIM905
_TENS = "_ _ twenty thirty forty fifty sixty seventy eighty ninety".split()  # noqa: SIM905
_SAME = {
    "mr": "mister", "mrs": "missus", "dr": "doctor", "st": "saint", "okay": "ok", "colour": "color", "centre": "center",
    "theatre": "theater", "honour": "honor", "favour": "favor", "grey": "gray", "toward": "towards",
    "afterward": "afterwards", "any one": "anyone", "some one": "someone", "every one": "everyone", "um": "", "uh": "",
}  # fmt: skip


def normal(text: str) -> list[str]:
    """Words without case, punctuation and fillers, numbers spelt out: the same for what was said and what was heard."""
    text = re.sub(r"(\d),(\d{3})\b", r"\1\2", text.casefold().replace("’", "'"))
    text = re.sub(r"\d+", lambda found: f" {_spelt(int(found[0]))} ", text)
    words = (_SAME.get(word, word) for word in re.sub(r"[^\w\s]", " ", text.replace("'", "")).split())
    return [word for word in words if word]


def _spelt(number: int) -> str:
    if number < 20:
        return _UNITS[number]
    if number < 100:
        return _TENS[number // 10] + (f" {_UNITS[number % 10]}" if number % 10 else "")
    if number < 1000:
        rest = f" {_spelt(number % 100)}" if number % 100 else ""
        return f"{_UNITS[number // 100]} hundred{rest}"
    if 1100 <= number < 2000 and number % 1000 >= 100:  # a year
        rest = f" {_spelt(number % 100)}" if number % 100 else " hundred"
        return f"{_spelt(number // 100)}{rest}"
    rest = f" {_spelt(number % 1000)}" if number % 1000 else ""
    return f"{_spelt(number // 1000)} thousand{rest}" if number < 1_000_000 else str(number)


def errors(reference: Sequence[str], heard: Sequence[str]) -> int:
    """The fewest words to change, leave out and put in (Levenshtein 1966)."""
    ids: dict[str, int] = {}
    wanted = np.array([ids.setdefault(word, len(ids)) for word in reference], np.int64)
    row = np.arange(len(wanted) + 1)
    steps = np.arange(len(wanted) + 1)
    for number, word in enumerate(heard, 1):
        new = np.empty_like(row)
        new[0] = number
        new[1:] = np.minimum(row[:-1] + (wanted != ids.get(word, -1)), row[1:] + 1)
        row = np.minimum.accumulate(new - steps) + steps
    return int(row[-1])


def aligned(reference: Sequence[str], heard: Sequence[str]) -> list[tuple[int, int]]:
    """Pairs of places that stand for each other on the shortest way, changed words among them."""
    rows, columns = len(reference), len(heard)
    cost = np.zeros((rows + 1, columns + 1), np.int32)
    cost[:, 0], cost[0, :] = np.arange(rows + 1), np.arange(columns + 1)
    for a in range(1, rows + 1):
        for b in range(1, columns + 1):
            change = cost[a - 1, b - 1] + (reference[a - 1] != heard[b - 1])
            cost[a, b] = min(change, cost[a - 1, b] + 1, cost[a, b - 1] + 1)
    pairs: list[tuple[int, int]] = []
    a, b = rows, columns
    while a and b:
        if cost[a, b] == cost[a - 1, b - 1] + (reference[a - 1] != heard[b - 1]):
            a, b = a - 1, b - 1
            pairs.append((a, b))
        elif cost[a, b] == cost[a - 1, b] + 1:
            a -= 1
        else:
            b -= 1
    return pairs[::-1]


def wrong_speakers(reference: Sequence[tuple[str, str]], heard: Sequence[tuple[str, int | None]]) -> tuple[int, int]:
    """Words given to the wrong speaker, and words compared, with the best way to match voices to speakers.

    Args:
        reference: speaker and text, in the order of time.
        heard: text and voice.
    """
    said = [(speaker, word) for speaker, text in reference for word in normal(text)]
    found = [(word, voice) for text, voice in heard for word in normal(text)]
    pairs = aligned([word for _, word in said], [word for word, _ in found])
    together = Counter((said[a][0], found[b][1]) for a, b in pairs)
    speakers = sorted({speaker for speaker, _ in together})
    voices: list[int | None] = sorted({voice for _, voice in together if voice is not None})
    voices += [None] * max(0, len(speakers) - len(voices))
    best = max(
        sum(together[speaker, voice] for speaker, voice in zip(speakers, order, strict=False) if voice is not None)
        for order in permutations(voices, min(len(speakers), len(voices)))
    )
    return len(pairs) - best, len(pairs)
