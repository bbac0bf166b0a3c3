"""`moderato info`: what is in a study or a recording."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from typing import Any

from annotate.info import bundle_info, study_info
from app.cli.places import open_study, study_folder
from app.consent_words import consent_words


def run(options: argparse.Namespace) -> int:
    """Prints the facts as JSON, or as lines for people."""
    folder = study_folder(options.path)
    if folder is not None:
        open_study(folder).close()  # takes in what ended without anybody there
        facts = study_info(folder)
    else:
        facts = bundle_info(options.path)
    if options.json:
        print(json.dumps(facts, ensure_ascii=False, indent=2))
    elif folder is not None:
        _print_study(facts)
    else:
        _print_bundle(facts)
    return 0


def _print_study(facts: Mapping[str, Any]) -> None:
    print(facts["name"])
    for session in facts["sessions"]:
        length = "" if session["duration_s"] is None else f"{session['duration_s']:.0f} s"
        agreed = consent_words(session["consent_version"], session["consent_scopes"])
        agreed += ", withdrawn since" if session["withdrawn"] else ""
        print(f"  {session['participant']:8} {session['state']:10} {length:>8}  {session['bundle'] or ''}")
        print(f"  {'':8} agreed to: {agreed}")
        for run in session["task_runs"]:
            print(f"  {'':8} {_run_words(run)}")
    for issue in facts["issues"]:
        print(f"  #{issue['number']} {issue['title']}")


def _run_words(run: Mapping[str, Any]) -> str:
    """A task with how long it took, and how long without what the moderator said."""
    parts = [run["task"] if run["attempt"] == 1 else f"{run['task']} ({run['attempt']})"]
    if run["end_s"] is not None:
        parts.append(f"{run['end_s'] - run['start_s']:.0f} s")
    if run["net_s"] is not None:
        parts.append(f"{run['net_s']:.0f} s without the moderator")
    if run["outcome"] is not None:
        parts.append(run["outcome"].replace("_", " "))
    return ", ".join(parts)


def _print_bundle(facts: Mapping[str, Any]) -> None:
    length = "unknown length" if facts["duration_s"] is None else f"{facts['duration_s']:.1f} s"
    print(f"{facts['state']}, {length}")
    for stream in facts["streams"]:
        print(f"  {stream['kind']:8} {stream['name'] or ''}")
    for kind, count in facts["events"].items():
        print(f"  {count:8} {kind}")
    print(f"  {len(facts['marks']):8} marks")
    print("  transcript: " + ("none" if facts["transcript"] is None else str(facts["transcript"]["state"])))
