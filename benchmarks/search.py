"""How fast is the search over all studies? Builds a corpus of 100 hours, indexes it, and asks it a thousand questions.

    python -m benchmarks.search [--hours 100] [--queries 1000] [--keep DIR]

The corpus is made of invented words whose frequencies fall as those of English do (Zipf, exponent 1), 10 000 an hour in
segments of some 10, in ten studies, through the store as transcriptions are. Nothing else has to be installed.
"""

from __future__ import annotations

import argparse
import itertools
import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from annotate.library import Library
from annotate.search import Query, search
from annotate.store import StudyStore
from benchmarks.procfs import peak_mb
from transcribe.models import Role, Segment, Transcript, Voice

HOUR_NS, SECOND = 3_600_000_000_000, 1_000_000_000
WORDS_PER_HOUR, WORDS_PER_SEGMENT, VOCABULARY, STUDIES = 10_000, 10, 30_000, 10
AIM_MS = 50.0
T = TypeVar("T")


def main() -> int:
    """Builds, asks, prints."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.search")
    parser.add_argument("--hours", type=int, default=100)
    parser.add_argument("--queries", type=int, default=1000)
    parser.add_argument("--keep", type=Path, help="build in this folder, and leave it there")
    options = parser.parse_args()
    if options.keep is not None:
        return run(options.keep, options.hours, options.queries)
    with tempfile.TemporaryDirectory() as folder:
        return run(Path(folder), options.hours, options.queries)


def run(folder: Path, hours: int, queries: int) -> int:
    """Prints the figures; 1 where the aim is missed."""
    dice = random.Random(1)
    corpus = Corpus(dice)
    begun = time.perf_counter()
    studies = [make_study(folder, number, hours, corpus) for number in range(min(STUDIES, hours))]
    print(
        f"corpus: {hours} h, {corpus.words} words, {len(studies)} studies, made in {time.perf_counter() - begun:.1f} s"
    )
    index = folder / "library.sqlite3"
    with Library(index) as library:
        report, seconds = timed(lambda: library.update(studies))
        print(f"index built: {report.sessions} parts in {seconds:.1f} s")
        _, seconds = timed(lambda: library.update(studies))
        print(f"nothing changed: {1000 * seconds:.1f} ms")
        change_one(studies[0])
        report, seconds = timed(lambda: library.update(studies))
        print(f"one segment changed: {report.sessions} session read anew in {1000 * seconds:.0f} ms")
    size = sum(each.stat().st_size for each in folder.glob("library.sqlite3*"))
    print(f"index: {size / 1e6:.0f} MB; this process at its peak: {peak_mb(os.getpid()):.0f} MB\n")
    missed = False
    print(f"{'queries':28} {'hits':>8} {'p50 ms':>8} {'p95 ms':>8} {'worst':>8}")
    everything: list[float] = []
    for name, asked in questions(corpus, dice, queries).items():
        times, hits = ask(index, asked)
        everything += times
        print(row(name, statistics.median(hits), times))
    print(row("all", 0, everything))
    missed = quantile(everything, 95) > AIM_MS
    print(f"aim: p95 at most {AIM_MS:.0f} ms: {'missed' if missed else 'met'}")
    return int(missed)


class Corpus:
    """Talk, made of words that occur as often as those of a language do."""

    def __init__(self, dice: random.Random) -> None:
        self._dice = dice
        syllables = [a + b for a in "bcdfghjklmnprstvwz" for b in ("a", "e", "i", "o", "u", "er", "in", "ost")]
        found: dict[str, None] = {}
        while len(found) < VOCABULARY:
            found["".join(dice.choices(syllables, k=dice.choice((1, 2, 2, 3, 3, 4))))] = None
        self.vocabulary = list(found)
        self._weights = list(itertools.accumulate(1 / rank for rank in range(1, VOCABULARY + 1)))
        self.words = 0
        self.phrases: list[str] = []

    def hour(self) -> tuple[Segment, ...]:
        """An hour of talk between two."""
        count = WORDS_PER_HOUR // WORDS_PER_SEGMENT
        step = HOUR_NS // count
        result = []
        for number in range(count):
            said = self._dice.choices(self.vocabulary, cum_weights=self._weights, k=WORDS_PER_SEGMENT)
            self.words += len(said)
            if self._dice.random() < 0.02:
                at = self._dice.randrange(len(said) - 2)
                self.phrases.append(" ".join(said[at : at + self._dice.choice((2, 3))]))
            begin = number * step
            result.append(Segment(begin, begin + step * 9 // 10, " ".join(said), voice=number % 2))
        return tuple(result)


def make_study(folder: Path, number: int, hours: int, corpus: Corpus) -> Path:
    """A study with its share of the hours, one a session."""
    voices = (Voice(Role.MODERATOR), Voice(Role.PARTICIPANT))
    share = range(number, hours, min(STUDIES, hours))
    with StudyStore.create(folder / f"Study {number}", f"Study {number}", author="Bench") as store:
        for each in share:
            session = store.register_recording(f"P{each:02}", store.sessions_dir / f"s{each}")
            transcript = Transcript(f"t{each}", "mic", "tiny.en", "en", corpus.hour(), True, HOUR_NS, voices=voices)
            store.put_transcript(session.id, transcript)
        return store.folder


def change_one(study: Path) -> None:
    """Says something else in one segment, as an edit does."""
    with StudyStore.open(study, author="Bench") as store, store._db.write() as tx:  # noqa: SLF001
        row = tx.one("SELECT id FROM segment LIMIT 1")
        assert row is not None
        tx.update("segment", (("id", row["id"]),), {"text": "entirely different words"})


def questions(corpus: Corpus, dice: random.Random, count: int) -> dict[str, list[Query]]:
    """What people ask, as many of each sort."""
    words, each = corpus.vocabulary, max(1, count // 6)
    filters = [
        Query("", speakers=("participant",)),
        Query("", participants=tuple(f"P{number:02}" for number in dice.sample(range(10), 3))),
        Query("", studies=("Study 3",)),
        Query("", speakers=("moderator",), studies=("Study 1", "Study 2")),
    ]
    return {
        "one of the 100 commonest": [Query(dice.choice(words[:100])) for _ in range(each)],
        "any word": [Query(dice.choice(words)) for _ in range(each)],
        "two words": [Query(f"{dice.choice(words[:300])} {dice.choice(words[:3000])}") for _ in range(each)],
        "a phrase that was said": [Query(f'"{dice.choice(corpus.phrases)}"') for _ in range(each)],
        "a beginning of 1-4 letters": [Query(dice.choice(words)[: dice.randint(1, 4)] + "*") for _ in range(each)],
        "a common word, filtered": [replace(dice.choice(filters), text=dice.choice(words[:100])) for _ in range(each)],
    }


def ask(index: Path, asked: list[Query]) -> tuple[list[float], list[int]]:
    """Milliseconds and hits of each, the index opened anew for each as the app does."""
    times, hits = [], []
    for query in asked:
        found, seconds = timed(lambda query=query: _once(index, query))
        times.append(1000 * seconds)
        hits.append(found)
    return times, hits


def _once(index: Path, query: Query) -> int:
    with Library(index) as library:
        return search(library, query).total


def timed(work: Callable[[], T]) -> tuple[T, float]:
    """What `work` returns, and how many seconds it took."""
    begun = time.perf_counter()
    value = work()
    return value, time.perf_counter() - begun


def row(name: str, hits: float, times: list[float]) -> str:
    """A line of the table."""
    return f"{name:28} {hits:8.0f} {statistics.median(times):8.1f} {quantile(times, 95):8.1f} {max(times):8.1f}"


def quantile(values: list[float], percent: int) -> float:
    """The value that `percent` of all don't exceed."""
    return sorted(values)[min(len(values) - 1, len(values) * percent // 100)]


if __name__ == "__main__":
    sys.exit(main())
