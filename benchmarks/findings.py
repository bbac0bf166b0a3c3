"""How long matrix, figures with resampling, charts and report take for a study larger than most.

    python -m benchmarks.findings [--participants 60] [--issues 500] [--observations 5000] [--rounds 5]

The study is made first, without recording, in a temporary folder. Then everything is worked out again and again; the
median of the rounds counts. The peer draws the participants one draw after another in plain Python, as one would
without numpy; it does a part of the draws, and its time is scaled up.
"""

from __future__ import annotations

import argparse
import random
import resource
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from annotate.charts.gallery import charts_of
from annotate.duplicates import suggest
from annotate.figures.as_json import figures_json
from annotate.figures.data import read_study
from annotate.figures.matrix import Matrix, matrix_of
from annotate.figures.priority import DRAWS, priorities_of
from annotate.figures.study import figures_of
from annotate.report.content import report_of
from annotate.report.html import report_html
from annotate.report.pdf import report_pdf
from benchmarks.duplicates import measure
from benchmarks.findings_study import make_findings_study

T = TypeVar("T")
PEER_DRAWS = 20


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="benchmarks.findings", description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--participants", type=int, default=60)
    parser.add_argument("--issues", type=int, default=500)
    parser.add_argument("--observations", type=int, default=5000)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        started = time.perf_counter()
        store = make_findings_study(
            Path(folder),
            participants=options.participants,
            issues=options.issues,
            observations=options.observations,
        )
        made = time.perf_counter() - started
        with store:
            count = len(store.observations())
            print(
                f"{options.participants} participants, {options.issues} issues, {count} observations"
                f" ({made:.0f} s to make)"
            )
            data, read = timed(lambda: read_study(store), options.rounds)
            matrix, matrix_s = timed(lambda: matrix_of(data), options.rounds)
            _, ranks = timed(lambda: priorities_of(matrix, data.tasks, data.ratings), options.rounds)
            figures, everything = timed(lambda: figures_of(data), options.rounds)
            charts, drawn = timed(lambda: charts_of(figures), options.rounds)
            _, as_json = timed(lambda: figures_json(figures), options.rounds)
            report, collected = timed(lambda: report_of(store, figures), 1)
            _, as_html = timed(lambda: report_html(report, figures), 1)
            _, as_pdf = timed(lambda: report_pdf(report, figures), 1)
            _, alike = timed(lambda: suggest(store), 1)
    print(f"  read the study               {1000 * read:8.0f} ms")
    print(f"  matrix                       {1000 * matrix_s:8.0f} ms")
    print(f"  ranks, {DRAWS} draws            {1000 * ranks:8.0f} ms")
    print(f"  all figures with resampling  {1000 * everything:8.0f} ms   (matrix and ranks among them)")
    print(f"  five charts, {sum(len(one.svg) for one in charts) // 1024:4} KB         {1000 * drawn:8.0f} ms")
    print(f"  JSON                         {1000 * as_json:8.0f} ms")
    print(f"  report: collected            {1000 * collected:8.0f} ms")
    print(f"  report: HTML                 {1000 * as_html:8.0f} ms")
    print(f"  report: PDF                  {1000 * as_pdf:8.0f} ms")
    print(f"  likely duplicates            {1000 * alike:8.0f} ms")
    found = measure()
    print(
        f"  planted duplicates           {found.right} of {found.planted} found (recall {found.recall:.2f}), "
        f"{found.suggested} suggested (precision {found.precision:.2f})"
    )
    peer = one_by_one(matrix) * DRAWS / PEER_DRAWS
    print(f"  ranks one draw after another {1000 * peer:8.0f} ms   (from {PEER_DRAWS} draws); ratio {ranks / peer:.3f}")
    print(f"  peak memory                  {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024:8} MB")
    return 0


def timed(work: Callable[[], T], rounds: int) -> tuple[T, float]:
    """The result and the median of the seconds; a first round, which loads libraries, isn't counted."""
    result = work()
    spent = []
    for _ in range(rounds):
        started = time.perf_counter()
        result = work()
        spent.append(time.perf_counter() - started)
    return result, statistics.median(spent)


def one_by_one(matrix: Matrix) -> float:
    """Seconds for `PEER_DRAWS` draws in plain Python: frequencies and places alone."""
    chance = random.Random(1)
    people = range(len(matrix.people))
    met, could = matrix.met.tolist(), matrix.could_meet.tolist()
    started = time.perf_counter()
    for _ in range(PEER_DRAWS):
        drawn = chance.choices(people, k=len(matrix.people))
        often = []
        for row, (found, given) in enumerate(zip(met, could, strict=True)):
            n = sum(given[one] for one in drawn)
            often.append((sum(found[one] for one in drawn) / n if n else 0.0, row))
        often.sort(reverse=True)
    return time.perf_counter() - started


if __name__ == "__main__":
    raise SystemExit(main())
