"""`moderato issues`: a study's issues as a list, likely duplicates, merge, split, and those to be kept apart."""

from __future__ import annotations

import argparse
import json

from annotate.duplicates import Suggestion, suggest
from annotate.errors import StudyCode, StudyError
from annotate.models import Issue
from annotate.store import StudyStore
from annotate.timeline import SECOND
from app.cli.places import open_study


def run(options: argparse.Namespace) -> int:
    """Does what the verb says, and tells what came of it."""
    verbs = {"list": _list, "duplicates": _duplicates, "merge": _merge, "split": _split, "apart": _apart}
    with open_study(options.study) as store:
        verbs[options.verb](store, options)
    return 0


def _list(store: StudyStore, options: argparse.Namespace) -> None:
    with store.snapshot():
        issues = store.issues()
        observations = {one.id: one for one in store.observations()}
        people = {one.id: one.participant_code for one in store.sessions()}
        against = {(one.issue_id, one.observation_id) for one in store.issue_links() if not one.speaks_for}
    if options.json:
        values = []
        for issue in issues:
            linked = [observations[i] for i in issue.observation_ids if i in observations]
            values.append(
                {
                    **_value(issue),
                    "observations": [
                        {
                            "id": one.id,
                            "participant": people.get(one.session_id),
                            "start_s": one.t_start_ns / SECOND,
                            "text": one.body,
                            "speaks_for": (issue.id, one.id) not in against,
                        }
                        for one in linked
                    ],
                }
            )
        _print_json(values)
    for issue in issues if not options.json else []:
        rated = "not rated" if issue.severity is None else f"severity {int(issue.severity)}"
        gone = ", all who met it have withdrawn" if issue.withdrawn else ""
        print(f"{_told(issue)} ({issue.status.value}, {rated}, met by {issue.frequency}{gone})")
    if not issues and not options.json:
        print("No issues yet.")


def _duplicates(store: StudyStore, options: argparse.Namespace) -> None:
    issues = {one.id: one for one in store.issues()}
    found = suggest(store)
    if options.json:
        _print_json([_pair(one, issues) for one in found])
        return
    for one in found:
        first, second = issues[one.first], issues[one.second]
        print(f"{one.score:.0%} alike: {', '.join(one.words)}\n  {_told(first)}\n  {_told(second)}")
    if not found:
        print("No two issues look like the same problem.")


def _merge(store: StudyStore, options: argparse.Namespace) -> None:
    kept = _named(store, options.number)
    others = [_named(store, number) for number in options.others]
    if kept in others:
        raise StudyError(StudyCode.VALUE_INVALID, f"issue {kept.number} cannot go into itself")
    store.merge_issues(kept.id, [one.id for one in others])
    observations = len(store.issue(kept.id).observation_ids)
    print(f"{', '.join(f'#{one.number}' for one in others)} went into {_told(kept)}: {observations} observations")


def _apart(store: StudyStore, options: argparse.Namespace) -> None:
    first, second = _named(store, options.number), _named(store, options.other)
    if first == second:
        raise StudyError(StudyCode.VALUE_INVALID, f"issue {first.number} cannot be kept apart from itself")
    store.keep_apart(first.id, second.id, apart=not options.undo)
    how = "may be suggested again" if options.undo else "are not the same, and not suggested again"
    print(f"{_told(first)} and {_told(second)} {how}")


def _split(store: StudyStore, options: argparse.Namespace) -> None:
    made, _change = store.split_issue(_named(store, options.number).id, options.observation_ids, options.title)
    print(f"{_told(made)} made of {len(made.observation_ids)} of the observations of #{options.number}")


def _named(store: StudyStore, number: int) -> Issue:
    for one in store.issues():
        if one.number == number:
            return one
    raise StudyError(StudyCode.VALUE_INVALID, f"the study has no issue {number}, or it went into another one")


def _value(issue: Issue) -> dict[str, object]:
    return {
        "number": issue.number,
        "title": issue.title,
        "status": issue.status.value,
        "severity": None if issue.severity is None else int(issue.severity),
        "met_by": issue.frequency,
        "withdrawn": issue.withdrawn,
    }


def _pair(one: Suggestion, issues: dict[str, Issue]) -> dict[str, object]:
    return {
        "issues": [issues[one.first].number, issues[one.second].number],
        "score": round(one.score, 3),
        "words": list(one.words),
    }


def _told(issue: Issue) -> str:
    """Its number and title in one line, whatever was typed into it."""
    return f"#{issue.number} {' '.join(issue.title.split())}"


def _print_json(values: object) -> None:
    print(json.dumps(values, ensure_ascii=False, indent=2))
