"""`moderato figures`: what a study's sessions say in numbers."""

from __future__ import annotations

import argparse
import json

from annotate.figures.as_json import figures_json
from annotate.figures.priority import RankBy
from annotate.figures.study import StudyFigures, TimesOf, study_figures
from annotate.figures.words import (
    contradiction_words,
    mean_words,
    percent,
    rank_words,
    share_words,
    times_of_words,
    times_words,
)
from app.cli.places import open_study


def run(options: argparse.Namespace) -> int:
    """Prints the figures as JSON, or as lines for people."""
    with open_study(options.study) as store:
        figures = study_figures(store, TimesOf(options.times))
    if options.json:
        print(json.dumps(figures_json(figures), ensure_ascii=False, indent=2, allow_nan=False))
    else:
        _print(figures)
    return 0


def _print(figures: StudyFigures) -> None:
    people, left_out = len(figures.people), figures.left_out
    print(f"{figures.study_name}: {_count(people, 'participant')}, {_count(left_out, 'session')} left out")
    print(f"Times: {times_of_words(figures.times_of)}; intervals: 95 %")
    for one in figures.tasks:
        print(f"\n{one.task.title}")
        print(f"  completion         {share_words(one.completion)}")
        print(f"  with help too      {share_words(one.completion_helped)}")
        print(f"  time on task       {times_words(one.gross)}{_n(one.gross.n)}")
        if one.net.n:
            print(f"  without moderator  {times_words(one.net)}{_n(one.net.n)}")
        print(f"  assists, errors    {one.assists.total}, {one.errors.total}")
        if one.seq.n:
            print(f"  SEQ                {mean_words(one.seq)}{_n(one.seq.n)}")
    if figures.sus.grade is not None:
        print(f"\nSUS {mean_words(figures.sus.mean)}{_n(figures.sus.mean.n)}, grade {figures.sus.grade.grade}")
    found = figures.discovery
    if found is not None:
        print(
            f"\nAbout {percent(found.found_share)} of the problems found; {found.more} more participants would show "
            f"about {found.new_with_more:.1f} new ones"
        )
    if figures.priorities:
        print("\nIssues by value (rank, and its band when participants are drawn again)")
    for issue in figures.priorities:
        rank = rank_words(issue.ranks.get(RankBy.VALUE))
        print(f"  {rank:>10}  #{issue.row.issue.number} {issue.row.issue.title}  {share_words(issue.row.found)}")
    for each in figures.contradictions:
        person = figures.person(each.run.person_id)
        code = "" if person is None else person.code
        print(f"\n{code}, {figures.task_title(each.run.task_id)}: {contradiction_words(each.kind)}")


def _count(n: int, thing: str) -> str:
    return f"{n} {thing}" if n == 1 else f"{n} {thing}s"


def _n(n: int) -> str:
    return f"  n = {n}" if n else ""
