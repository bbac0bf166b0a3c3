"""Issues that are likely the same problem told twice, by what their words have in common.

Titles are compared, and so are titles with descriptions and observations' notes; the better of both counts. Texts
become vectors of words and of letter groups of four within words (so that "button", "buttons" and "knopf-button" meet,
in any language), weighed by how rare each is in the study (tf-idf, Spärck Jones 1972); the score is the cosine. The
same task raises it a little, no common task lowers it. Nothing is merged by itself: a person says.
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from annotate.models import Issue, IssueStatus, Observation
from annotate.store import StudyStore

LIKELY = 0.36
"""From this score on a pair is suggested; chosen on planted duplicates (`benchmarks.findings`)."""
_GRAM = 4
_SAME_TASK = 0.05
_STOP = frozenset(
    [
        "a",
        "an",
        "and",
        "are",
        "as",
        "at",
        "be",
        "but",
        "by",
        "do",
        "does",
        "for",
        "from",
        "has",
        "have",
        "he",
        "her",
        "his",
        "i",
        "in",
        "into",
        "is",
        "it",
        "its",
        "no",
        "not",
        "of",
        "on",
        "or",
        "she",
        "so",
        "that",
        "the",
        "their",
        "them",
        "there",
        "they",
        "this",
        "to",
        "up",
        "was",
        "what",
        "when",
        "where",
        "which",
        "who",
        "will",
        "with",
        "you",
        "der",
        "die",
        "das",
        "und",
        "ist",
        "nicht",
        "ein",
        "eine",
        "zu",
        "in",
        "im",
        "den",
        "dem",
        "des",
        "auf",
        "für",
        "von",
        "mit",
        "sich",
        "es",
    ]
)
"""What tells nothing, in English and German; in other languages rarity does the same."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Two issues (ids) that may be one. `score` is 0 to 1, `words` what they have in common, the rarest first."""

    first: str
    second: str
    score: float
    words: tuple[str, ...]


def suggest(store: StudyStore, most: int = 50) -> list[Suggestion]:
    """The likeliest pairs of a study's issues, the likeliest first.

    What somebody called a duplicate is left out, and so are pairs that somebody wants to be kept apart.
    """
    with store.snapshot():
        issues = [one for one in store.issues() if one.status is not IssueStatus.DUPLICATE]
        observations = {one.id: one for one in store.observations()}
        apart = store.kept_apart()
    texts = [_text(issue, [observations[i] for i in issue.observation_ids if i in observations]) for issue in issues]
    tasks = [issue.task_id for issue in issues]
    # Long notes drown a title that says the same, and short titles may hide notes that do: the better of both counts.
    best: dict[tuple[int, int], tuple[float, tuple[str, ...]]] = {}
    for told in ([issue.title for issue in issues], texts):
        for a, b, score, words in pairs(told, tasks):
            if score > best.get((a, b), (0.0, ()))[0]:
                best[a, b] = score, words
    found = [
        Suggestion(issues[a].id, issues[b].id, score, words)
        for (a, b), (score, words) in best.items()
        if score >= LIKELY and frozenset((issues[a].id, issues[b].id)) not in apart
    ]
    return sorted(found, key=lambda one: -one.score)[:most]


def pairs(texts: Sequence[str], tasks: Sequence[str | None]) -> list[tuple[int, int, float, tuple[str, ...]]]:
    """Every pair with something in common: both places, the score, common words; the likeliest first."""
    bags = [Counter(_features(text)) for text in texts]
    held: defaultdict[str, list[int]] = defaultdict(list)
    for number, bag in enumerate(bags):
        for feature in bag:
            held[feature].append(number)
    # As if there were ten issues more: in a study of three, what two of them say is not common.
    rare = {feature: math.log((11 + len(texts)) / (1 + len(where))) + 1 for feature, where in held.items()}
    vectors = [{f: (1 + math.log(count)) * rare[f] for f, count in bag.items()} for bag in bags]
    lengths = [math.sqrt(sum(weight * weight for weight in vector.values())) or 1.0 for vector in vectors]
    dots: defaultdict[tuple[int, int], float] = defaultdict(float)
    for feature, where in held.items():
        if len(where) > max(2, len(texts) // 3) and len(texts) > 6:
            continue  # what a third of the issues say tells none of them apart
        for at, a in enumerate(where):
            for b in where[at + 1 :]:
                dots[a, b] += vectors[a][feature] * vectors[b][feature]
    result = []
    for (a, b), dot in dots.items():
        score = dot / (lengths[a] * lengths[b])
        if tasks[a] is not None and tasks[b] is not None:
            score += _SAME_TASK if tasks[a] == tasks[b] else -_SAME_TASK
        common = sorted((f for f in bags[a].keys() & bags[b].keys() if f[:1] != "~"), key=lambda f: -rare[f])
        result.append((a, b, max(0.0, min(1.0, score)), tuple(common[:4])))
    return sorted(result, key=lambda one: (-one[2], one[0], one[1]))


def _text(issue: Issue, observations: Iterable[Observation]) -> str:
    notes = " ".join(one.body for one in observations)
    return f"{issue.title} {issue.description or ''} {notes}"


def _features(text: str) -> Iterable[str]:
    """Words, and groups of letters within them (marked by a tilde)."""
    for word in re.findall(r"[^\W\d_]+|\d+", text.casefold()):
        if word in _STOP:
            continue
        yield word
        for start in range(len(word) - _GRAM + 1):
            yield f"~{word[start : start + _GRAM]}"
