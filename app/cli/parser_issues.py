"""The options of the command about a study's issues."""

from __future__ import annotations

from app.cli import kinds
from app.cli.parser_sessions import Add


def add_issue_commands(add: Add) -> None:
    """Adds `issues`."""
    parser = add("issues", "issues", "list a study's issues, find likely duplicates, merge, split or keep them apart")
    parser.add_argument("study", type=kinds.path, metavar="STUDY")
    verbs = parser.add_subparsers(
        title="what to do", metavar="list|duplicates|merge|split|apart", required=True, dest="verb"
    )
    listing = verbs.add_parser("list", help="every issue, with how many met it; --json names the observations, too")
    duplicates = verbs.add_parser("duplicates", help="pairs of issues whose words have much in common")
    for each in (listing, duplicates):
        each.add_argument("--json", action="store_true")
    merge = verbs.add_parser("merge", help="put issues into another one; they stay as duplicates that say where to")
    merge.add_argument("number", type=kinds.count, metavar="N", help="the issue that is kept")
    merge.add_argument("others", type=kinds.count, nargs="+", metavar="OTHER", help="those that go into it")
    apart = verbs.add_parser("apart", help="say that two issues are not the same: they aren't suggested again")
    apart.add_argument("number", type=kinds.count, metavar="N")
    apart.add_argument("other", type=kinds.count, metavar="OTHER")
    apart.add_argument("--undo", action="store_true", help="let them be suggested again")
    split = verbs.add_parser("split", help="make another issue of some of an issue's observations")
    split.add_argument("number", type=kinds.count, metavar="N")
    split.add_argument("--title", type=kinds.said, required=True, help="what the new issue is called")
    split.add_argument(
        "--observation",
        type=kinds.said,
        action="append",
        required=True,
        dest="observation_ids",
        metavar="ID",
        help="one that goes along, as `list --json` names it; may be given several times",
    )
