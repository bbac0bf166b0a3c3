"""Fuzzy search as the command palette does it: the letters in their order, starts of words first."""

from __future__ import annotations

_START, _FOLLOWS, _ELSEWHERE = 12, 8, 2


def score(query: str, text: str) -> int | None:
    """How well `query` fits `text` (larger is better), or None if its letters aren't in it in this order.

    Case and spaces don't count. Letters at the starts of words, and runs of letters, count more; short texts win ties.
    """
    wanted = "".join(query.casefold().split())
    where = text.casefold()
    if not wanted:
        return 0
    best: dict[int, int] = {-1: 0}  # position of the last matched letter -> best score so far
    for letter in wanted:
        reached: dict[int, int] = {}
        for last, points in best.items():
            at = where.find(letter, last + 1)
            while at != -1:
                gain = points + _gain(where, at, last)
                if gain > reached.get(at, -1):
                    reached[at] = gain
                at = where.find(letter, at + 1)
        if not reached:
            return None
        best = reached
    return max(best.values()) * 100 - len(text)


def _gain(text: str, at: int, last: int) -> int:
    if at == 0 or not text[at - 1].isalnum():
        return _START
    return _FOLLOWS if last != -1 and at == last + 1 else _ELSEWHERE
