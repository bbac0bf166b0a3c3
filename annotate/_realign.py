"""Times for the words of a text that somebody has changed. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import pairwise

from transcribe.formats import shares


@dataclass(frozen=True, slots=True)
class TimedWord:
    """A word as a row holds it; `text` begins with the space before it, if there is one. A person's word has no
    probability.
    """

    t_start_ns: int
    t_end_ns: int
    text: str
    probability: float | None


def realigned(words: Sequence[TimedWord], text: str, t_start_ns: int, t_end_ns: int) -> list[TimedWord]:
    """The words of `text`: those that were there keep their times, the others share the gap between by their length.

    Words are told apart by spaces; a text that has none (Chinese, Japanese) is taken letter by letter. Capitals and
    punctuation alone make no other word of one. Where nothing was between two words that are kept, what is new has no
    length. The result is in the order of the text, and within the span from `t_start_ns` to `t_end_ns`, or that of
    the words where it is larger.
    """
    old = _units(words)
    new = text.split()
    if len(new) == 1 and len(words) > 1 and not any(" " in word.text.strip() for word in old[1:]) and len(old) == 1:
        old, new = _letters(words), list(new[0])
    lead = "" if old and len(old[0].text) <= 1 and len(new) > 1 and all(len(each) == 1 for each in new) else " "
    matcher = SequenceMatcher(None, [_bare(word.text) for word in old], [_bare(each) for each in new], autojunk=False)
    result: list[TimedWord] = []
    for what, i1, i2, j1, j2 in matcher.get_opcodes():
        if what == "equal":
            for word, said in zip(old[i1:i2], new[j1:j2], strict=True):
                result.append(TimedWord(word.t_start_ns, word.t_end_ns, lead + said, word.probability))
            continue
        before = old[i1 - 1].t_end_ns if i1 > 0 else min(t_start_ns, old[0].t_start_ns if old else t_start_ns)
        after = old[i2].t_start_ns if i2 < len(old) else max(t_end_ns, old[-1].t_end_ns if old else t_end_ns)
        times = shares(before, max(before, after), new[j1:j2])
        result += [TimedWord(a, b, lead + said, None) for (a, b), said in zip(times, new[j1:j2], strict=True)]
    return result


def cut_at(words: Sequence[TimedWord], text: str, place: int) -> int:
    """How many of the words stand before the character `place` of the text; a word it lies within goes behind."""
    at = 0
    for number, word in enumerate(words):
        bare = word.text.strip()
        found = text.find(bare, at)
        if found < 0:
            continue
        if found + len(bare) > place:
            return number
        at = found + len(bare)
    return len(words)


def _units(words: Sequence[TimedWord]) -> list[TimedWord]:
    """The words as spaces tell them apart: pieces that the model gave without a space between are one."""
    starts = [n for n, word in enumerate(words) if n == 0 or word.text[:1].isspace()]
    result = []
    for first, end in pairwise([*starts, len(words)]):
        group = words[first:end]
        known = [word.probability for word in group if word.probability is not None]
        text = "".join(word.text for word in group)
        result.append(TimedWord(group[0].t_start_ns, group[-1].t_end_ns, text, min(known, default=None)))
    return result


def _letters(words: Sequence[TimedWord]) -> list[TimedWord]:
    result = []
    for word in words:
        letters = list(word.text.strip())
        times = shares(word.t_start_ns, word.t_end_ns, letters)
        result += [TimedWord(a, b, letter, word.probability) for (a, b), letter in zip(times, letters, strict=True)]
    return result


def _bare(word: str) -> str:
    letters = "".join(letter for letter in word if letter.isalnum()).casefold()
    return letters or word.strip()
