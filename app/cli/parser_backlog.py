"""The options of the commands about trackers."""

from __future__ import annotations

import argparse

from app.cli import kinds
from app.cli.parser_sessions import Add


def add_backlog_commands(add: Add) -> None:
    """Adds `targets`."""
    parser = add("targets", "targets", "set up trackers and importers that findings go to, and test them")
    verbs = parser.add_subparsers(title="what to do", metavar="add|list|test|remove", required=True, dest="verb")
    each = {
        "add": "set up a target, or change one of the same name",
        "list": "name the targets of a study, and the kinds there are",
        "test": "see whether a target can be written to; writes nothing",
        "remove": "forget a target, and its token; the tracker's issues stay",
    }
    for verb, text in each.items():
        one = verbs.add_parser(verb, help=text, description=text[0].upper() + text[1:] + ".")
        one.add_argument("study", type=kinds.path, metavar="STUDY")
        if verb == "list":
            one.add_argument("--json", action="store_true")
            continue
        one.add_argument("name", type=kinds.said, metavar="NAME", help="what you call the target")
        if verb == "add":
            _add_settings(one)
        if verb in {"add", "test"}:
            add_token(one)


def _add_settings(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--kind", type=kinds.said, help="such as jira, jira-dc, redmine, github, jira-csv; `list` names all"
    )
    parser.add_argument("--url", type=kinds.said, metavar="ADDRESS", help="where the tracker is")
    parser.add_argument("--project", type=kinds.said, metavar="KEY", help="the project's key or name there")
    parser.add_argument("--account", type=kinds.said, metavar="E-MAIL", help="whose the token is (Jira Cloud)")
    parser.add_argument(
        "--ca-file", type=kinds.path, metavar="FILE", help="certificates of your own organisation (PEM)"
    )
    parser.add_argument(
        "--set",
        type=kinds.said,
        action="append",
        default=[],
        dest="settings",
        metavar="NAME=VALUE",
        help="a setting of the kind, such as issue_type=Bug; a value in JSON counts as such",
    )


def add_token(parser: argparse.ArgumentParser) -> None:
    """How a token comes in: never as an argument, which every process could read."""
    parser.add_argument(
        "--token-stdin", action="store_true", help="read the token from standard input, and not from the keyring"
    )


def add_export_options(parser: argparse.ArgumentParser) -> None:
    """What `export` takes beside, for a target."""
    parser.add_argument("--dry-run", action="store_true", help="targets: tell what would be done, and do nothing")
    parser.add_argument(
        "--files", action="store_true", help="targets and reports: with stills and clips that the consent covers"
    )
    parser.add_argument(
        "--issue",
        type=kinds.count,
        action="append",
        default=[],
        dest="numbers",
        metavar="N",
        help="targets: these alone",
    )
    parser.add_argument(
        "--again",
        type=kinds.count,
        action="append",
        default=[],
        metavar="N",
        help="targets: make this issue again although it is gone there, or a file had it before",
    )
    parser.add_argument(
        "--overwrite", action="store_true", help="targets: write over what people changed in the tracker"
    )
    parser.add_argument("--json", action="store_true", help="targets: the plan or the results as JSON")
    add_token(parser)
