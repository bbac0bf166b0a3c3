"""`moderato search`: words in the transcripts, notes and issues of all studies."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

from annotate.errors import StudyCode, StudyError
from annotate.library import KnownStudy, Library
from annotate.search import COUNT_LIMIT, Hit, Query, Results, search
from annotate.store import SUFFIX
from annotate.timeline import format_time
from app import paths
from app.cli.places import study_folder
from app.wording import item_kind_words, role_words, study_problem_words


def run(options: argparse.Namespace) -> int:
    """Brings the index up to date, asks it, and prints what it found."""
    if not options.words and not options.rebuild:
        options.wrong_use("the words to look for are missing")
    named = [_folder(each) for each in options.study]
    usual = sorted(paths.studies_dir().glob(f"*{SUFFIX}")) if paths.studies_dir().is_dir() else []
    with Library.in_folder(paths.data_dir()) as library:
        report = library.rebuild([*usual, *named]) if options.rebuild else library.update([*usual, *named])
        known = library.studies()
        if options.rebuild:
            print(f"{report.sessions} sessions and issue lists of {report.studies} studies read")
        for each in report.problems:
            print(f"moderato: {study_problem_words(each)}", file=sys.stderr)
        if not options.words:
            return 0
        query = Query(
            " ".join(options.words),
            studies=tuple(_name(folder, known) for folder in named),
            participants=tuple(options.participant),
            tasks=tuple(options.task),
            speakers=tuple(options.speaker),
        )
        results = search(library, query, options.limit)
    if options.json:
        print(json.dumps(_as_json(results), ensure_ascii=False, indent=2))
    else:
        _print(results, bold=sys.stdout.isatty())
    return 0


def _folder(path: Path) -> Path:
    folder = study_folder(path)
    if folder is None:
        raise StudyError(StudyCode.STUDY_MISSING, str(path))
    return folder


def _name(folder: Path, known: list[KnownStudy]) -> str:
    return next(each.name for each in known if each.folder == folder)


def _print(results: Results, *, bold: bool) -> None:
    for (_, _, head), hits in groupby(results.hits, lambda hit: (hit.folder, hit.session_id, _head(hit))):
        print(head)
        for hit in hits:
            print("  " + "  ".join(_line(hit, bold=bold)))
    more = "" if results.total == len(results.hits) else f", {len(results.hits)} of them shown (--limit)"
    count = f"{COUNT_LIMIT} or more" if results.total >= COUNT_LIMIT else str(results.total)
    print(f"{count} {'place' if results.total == 1 else 'places'} found{more}")


def _head(hit: Hit) -> str:
    return "  ".join(part for part in (hit.study, hit.participant, (hit.started_utc or "")[:10]) if part)


def _line(hit: Hit, *, bold: bool) -> Iterator[str]:
    if hit.session_id is not None:
        yield format_time(hit.t_start_ns)
    who = hit.speaker or (role_words(hit.role) if hit.role else "")
    lead = f"{who}: " if who else f"[{item_kind_words(hit.kind)}] " if hit.kind != "speech" else ""
    text, at = "", 0
    for start, end in hit.spans:
        text += hit.text[at:start] + (f"\x1b[1m{hit.text[start:end]}\x1b[0m" if bold else hit.text[start:end])
        at = end
    yield lead + " ".join((text + hit.text[at:]).split())


def _as_json(results: Results) -> dict[str, Any]:
    return {
        "total": results.total,
        "hits": [
            {
                "study": hit.study,
                "folder": str(hit.folder),
                "session": hit.session_id,
                "participant": hit.participant or None,
                "kind": hit.kind.value,
                "id": hit.ref,
                "start_s": hit.t_start_ns / 1e9,
                "end_s": hit.t_end_ns / 1e9,
                "speaker": hit.speaker or None,
                "role": hit.role or None,
                "task": hit.task or None,
                "text": hit.text,
                "found": [list(span) for span in hit.spans],
            }
            for hit in results.hits
        ],
    }
