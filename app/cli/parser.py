"""The commands and their options. Each command's module is imported only when it runs."""

from __future__ import annotations

import argparse
import importlib
from collections.abc import Callable
from functools import partial
from typing import TypeAlias

from annotate.models import ObservationKind
from app.cli.kinds import count as _count
from app.cli.kinds import display as _display
from app.cli.kinds import frame_rate as _frame_rate
from app.cli.kinds import language as _language
from app.cli.kinds import participant as _participant
from app.cli.kinds import path as _path
from app.cli.kinds import positive_seconds as _positive_seconds
from app.cli.kinds import region as _region
from app.cli.kinds import said as _said
from app.cli.kinds import scopes as _scopes
from app.cli.kinds import time_ns as _time_ns
from app.cli.kinds import whole as _whole
from app.cli.parser_backlog import add_backlog_commands, add_export_options
from app.cli.parser_issues import add_issue_commands
from app.cli.parser_sessions import add_session_commands
from app.cli.parser_speech import add_speech_commands
from app.recording import app_version
from capture.config import KeyPrivacy


def build_parser() -> argparse.ArgumentParser:
    """The parser; `options.run(options)` of what it returns runs the command."""
    parser = argparse.ArgumentParser(
        prog="moderato",
        description="Records moderated usability tests, transcribes them locally and turns what went wrong into "
        "issues for the backlog. Without a command it opens the app.",
    )
    parser.add_argument("--temp-basedir", type=_path, metavar="DIR", help="keep settings, logs and models under DIR")
    parser.add_argument("--version", action="version", version=f"moderato {app_version()}")
    parser.set_defaults(run=_command("window"), study=None)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    _add_open(commands)
    _add_record(commands)
    _add_transcribe(commands)
    _add_jobs(commands)
    _add_models(commands)
    _add_annotate(commands)
    _add_mark(commands)
    _add_evidence(commands)
    _add_export(commands)
    _add_import_transcript(commands)
    _add_search(commands)
    add_issue_commands(partial(_add, commands))
    _add_figures(commands)
    _add_info(commands)
    _add_history(commands)
    _add_recover(commands)
    add_session_commands(partial(_add, commands))
    add_backlog_commands(partial(_add, commands))
    add_speech_commands(partial(_add, commands))
    _add_doctor(commands)
    _add_synccheck(commands)
    _add_demo(commands)
    return parser


def _command(module: str) -> Callable[[argparse.Namespace], int]:
    def run(options: argparse.Namespace) -> int:
        return int(importlib.import_module(f"app.cli.{module}").run(options))

    return run


Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"  # noqa: SLF001  # has no public name


def _add(commands: Commands, name: str, module: str, text: str) -> argparse.ArgumentParser:
    parser = commands.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".")
    parser.set_defaults(run=_command(module), wrong_use=parser.error)
    return parser


def _add_open(commands: Commands) -> None:
    parser = _add(commands, "open", "window", "open the app, with STUDY if one is named")
    parser.add_argument("study", type=_path, nargs="?", metavar="STUDY")


def _add_record(commands: Commands) -> None:
    parser = _add(
        commands, "record", "record", "record a session; Ctrl-C ends it; the last line is the recording's path"
    )
    parser.add_argument("study", type=_path, metavar="STUDY", help="the study's folder; made if it isn't there")
    parser.add_argument(
        "--participant", type=_participant, required=True, metavar="CODE", help="the participant's code, such as P03"
    )
    parser.add_argument(
        "--consent", type=_count, metavar="VERSION", help="version of the consent form that was agreed to"
    )
    parser.add_argument(
        "--scopes",
        type=_scopes,
        metavar="LIST",
        help="with --consent: what was agreed to, of screen,voice,face,keys (all); nothing else is opened",
    )
    parser.add_argument("--seconds", type=_positive_seconds, metavar="N", help="stop after N seconds")
    parser.add_argument("--fps", type=_frame_rate, default=15, metavar="N", help="frames per second, 1 to 60 (15)")
    where = parser.add_mutually_exclusive_group()
    where.add_argument(
        "--display",
        type=_display,
        metavar="N|all",
        help="number of the display, from 0, or all of them as one picture (0)",
    )
    where.add_argument(
        "--window",
        type=_said,
        metavar="ID",
        help="one window, by its id (`moderato doctor` lists them); it is followed",
    )
    where.add_argument("--region", type=_region, metavar="X,Y,W,H", help="a part of the screen, in pixels")
    parser.add_argument(
        "--mic", type=_said, default="default", metavar="NAME|none", help="microphone, or none (the default one)"
    )
    parser.add_argument(
        "--system",
        type=_said,
        default="none",
        metavar="NAME|default|none",
        help="what the computer plays, as a track of its own (none)",
    )
    parser.add_argument(
        "--camera",
        type=_said,
        default="none",
        metavar="ID|none",
        help="the participant's camera, as a file of its own (none)",
    )
    parser.add_argument(
        "--synccheck",
        action="store_true",
        help="check sound, picture and events against each other once it has begun: flashes, beeps and clicks for some "
        "ten seconds, which the recording lasts at least",
    )
    parser.add_argument("--no-windows", action="store_true", help="don't keep which window is in front")
    parser.add_argument("--no-window-titles", action="store_true", help="keep its program and place, but not its title")
    parser.add_argument(
        "--keys",
        type=KeyPrivacy,
        choices=list(KeyPrivacy),
        default=KeyPrivacy.CATEGORIES,
        metavar="{categories,off}",
        help="what is kept of key presses: their category, never the text, or nothing (categories)",
    )


def _add_transcribe(commands: Commands) -> None:
    parser = _add(commands, "transcribe", "transcribe", "transcribe a session, or every session of a study")
    parser.add_argument("path", type=_path, metavar="PATH", help="a study or a recording")
    parser.add_argument(
        "--model", type=_said, metavar="NAME_OR_DIR", help="a model by name (downloaded once) or its folder"
    )
    parser.add_argument(
        "--language", type=_language, metavar="xx", help="language of the session, such as en (found by itself)"
    )


def _add_jobs(commands: Commands) -> None:
    parser = _add(commands, "jobs", "jobs", "tell what of a study is transcribed or waits, and change it")
    parser.add_argument("study", type=_path, metavar="STUDY")
    parser.add_argument(
        "action",
        nargs="?",
        choices=["list", "pause", "resume", "cancel", "up", "down"],
        default="list",
        help="what to do (list); an open window follows within a second",
    )
    parser.add_argument(
        "--session",
        type=_said,
        metavar="CODE",
        help="the participant's code; all if left out",
    )
    parser.add_argument("--json", action="store_true")


def _add_models(commands: Commands) -> None:
    parser = _add(commands, "models", "models", "list, fetch, import, try and remove speech models")
    actions = parser.add_subparsers(title="actions", dest="action", required=True, metavar="ACTION")
    listing = actions.add_parser("list", help="what there is, what it takes, and how fast it is here")
    listing.add_argument("--json", action="store_true")
    download = actions.add_parser("download", help="fetch a model; one that was cut off is gone on with")
    importing = actions.add_parser("import", help="take a model from a folder or a zip, without a network")
    importing.add_argument("source", type=_path, metavar="FOLDER_OR_ZIP")
    importing.add_argument("--name", type=_said, metavar="NAME", help="what to call it (found by itself)")
    remove = actions.add_parser("remove", help="take a model off this computer")
    check = actions.add_parser("check", help="read all of a model and compare it with its checksums")
    trial = actions.add_parser("try", help="find out in some ten seconds how fast a model is on this computer")
    for each in (download, remove, check, trial):
        each.add_argument("name", type=_said, metavar="NAME")


def _add_annotate(commands: Commands) -> None:
    parser = _add(commands, "annotate", "annotate", "add an observation to a recorded session")
    parser.add_argument("bundle", type=_path, metavar="BUNDLE", help="the recording's folder")
    parser.add_argument("--at", type=_time_ns, required=True, metavar="SECONDS", dest="at_ns")
    parser.add_argument("--until", type=_time_ns, metavar="SECONDS", dest="until_ns")
    parser.add_argument("--text", type=_said, required=True, help="what was seen; Markdown")
    parser.add_argument(
        "--kind",
        choices=[kind.value for kind in ObservationKind],
        default=ObservationKind.PROBLEM.value,
        metavar="KIND",
        help=f"{', '.join(kind.value for kind in ObservationKind)} ({ObservationKind.PROBLEM.value})",
    )
    parser.add_argument(
        "--heuristic",
        type=_whole,
        choices=range(1, 11),
        metavar="1-10",
        help="which of Nielsen's heuristics it offends",
    )
    parser.add_argument("--severity", type=_whole, choices=range(5), metavar="0-4", help="Nielsen's scale")
    parser.add_argument(
        "--tag", type=_said, action="append", default=[], dest="tags", help="may be given several times"
    )
    parser.add_argument("--issue", type=_said, metavar="TITLE", help="the issue it belongs to; made if it isn't there")


def _add_mark(commands: Commands) -> None:
    parser = _add(
        commands, "mark", "mark", "mark this moment in the recording that runs; can be put on a desktop's key"
    )
    kinds = [kind.value for kind in ObservationKind]
    parser.add_argument(
        "kind",
        nargs="?",
        choices=kinds,
        default=ObservationKind.PROBLEM.value,
        metavar="KIND",
        help=f"{', '.join(kinds)} ({ObservationKind.PROBLEM.value})",
    )
    parser.add_argument("--text", type=_said, help="what there is to say about it")
    parser.add_argument("--recording", type=_path, metavar="BUNDLE", dest="bundle", help="which, if several run")


def _add_evidence(commands: Commands) -> None:
    still = _add(commands, "still", "still", "keep the picture shown at a moment, as a PNG; the last line is its path")
    still.add_argument("bundle", type=_path, metavar="BUNDLE", help="the recording's folder")
    still.add_argument("--at", type=_time_ns, required=True, metavar="SECONDS", dest="at_ns")
    still.add_argument("--no-pointer", action="store_true", help="without the marks of pointer and clicks")
    still.add_argument("--marks", action="store_true", help="with the places of observations")
    still.add_argument("--out", type=_path, metavar="FILE", help="copy it there, too")
    clip = _add(commands, "clip", "clip", "cut a clip at the exact frame, as an MP4; the last line is its path")
    clip.add_argument("bundle", type=_path, metavar="BUNDLE", help="the recording's folder")
    clip.add_argument("--from", type=_time_ns, required=True, metavar="SECONDS", dest="from_ns")
    clip.add_argument("--until", type=_time_ns, required=True, metavar="SECONDS", dest="until_ns")
    clip.add_argument(
        "--captions",
        choices=["burnt", "srt", "vtt", "none"],
        default="burnt",
        help="what is said: painted into the picture, a file beside it, or not at all (burnt)",
    )
    clip.add_argument("--no-sound", action="store_true")
    clip.add_argument("--no-pointer", action="store_true", help="without the marks of pointer and clicks")
    clip.add_argument("--out", type=_path, metavar="FILE", help="copy it there, too")
    reel = _add(commands, "reel", "reel", "join clips and title cards to a highlight reel; the last line is its path")
    reel.add_argument("study", type=_path, metavar="STUDY")
    reel.add_argument("--title", type=_said, required=True)
    reel.add_argument(
        "--clip",
        type=_said,
        action=_Part,
        metavar="NAME",
        help="a clip or still by its id or file name, as `evidence` lists them; in the order given (all clips)",
    )
    reel.add_argument("--card", type=_said, action=_Part, metavar="TEXT", help="a title card at this place")
    reel.add_argument("--out", type=_path, metavar="FILE", help="copy it there, too")
    evidence = _add(commands, "evidence", "evidence", "list a study's stills, clips and reels")
    evidence.add_argument("study", type=_path, metavar="STUDY")
    evidence.add_argument("--session", type=_said, metavar="CODE", help="only one session")
    evidence.add_argument("--json", action="store_true")


class _Part(argparse.Action):
    """Keeps clips and cards in the order in which they were given: (option, value) in `parts`."""

    def __call__(
        self, _parser: argparse.ArgumentParser, namespace: argparse.Namespace, values: object, _option: object = None
    ) -> None:
        namespace.parts = [*getattr(namespace, "parts", []), (self.dest, values)]


def _add_export(commands: Commands) -> None:
    parser = _add(
        commands, "export", "export", "write a report, figures or a transcript to a file, or issues to a tracker"
    )
    parser.add_argument("study", type=_path, metavar="STUDY")
    parser.add_argument(
        "--to",
        required=True,
        type=_said,
        metavar="html|pdf|pptx|markdown|cif|json|csv|srt|vtt|txt|docx|TARGET",
        help="the report as html, pdf, pptx, markdown or json, or in the Common Industry Format (cif); tables as csv; "
        "with --session a transcript as srt, vtt, txt, docx or json; or a target of `moderato targets`",
    )
    parser.add_argument(
        "--table",
        choices=["observations", "issues", "matrix", "tasks"],
        default="observations",
        help="csv: which table (observations)",
    )
    parser.add_argument("--out", type=_path, metavar="FILE", help="needed by all but trackers")
    parser.add_argument(
        "--session", type=_said, metavar="CODE", help="transcripts: the participant's code, or the recording's folder"
    )
    parser.add_argument("--times", action="store_true", help="txt and docx: begin each line or turn with its time")
    parser.add_argument("--no-speakers", action="store_true", help="transcripts: leave out who speaks")
    add_export_options(parser)


def _add_import_transcript(commands: Commands) -> None:
    parser = _add(
        commands, "import-transcript", "import_transcript", "take subtitles made elsewhere for a session's transcript"
    )
    parser.add_argument("study", type=_path, metavar="STUDY")
    parser.add_argument("file", type=_path, metavar="FILE", help="SubRip (.srt) or WebVTT (.vtt)")
    parser.add_argument(
        "--session", type=_said, metavar="CODE", help="the participant's code, or the recording's folder"
    )


def _add_search(commands: Commands) -> None:
    parser = _add(commands, "search", "search", "find words in the transcripts, notes and issues of all studies")
    parser.add_argument(
        "words", type=_said, nargs="*", metavar="WORDS", help='all of them: a word, "a phrase", or the begin* of a word'
    )
    parser.add_argument(
        "--study", type=_path, action="append", default=[], metavar="STUDY", help="in this study; it is looked up too"
    )
    for name, text in (
        ("speaker", "said by: a name, or moderator or participant"),
        ("task", "while this task was done"),
        ("participant", "in the sessions of this participant"),
    ):
        parser.add_argument(f"--{name}", type=_said, action="append", default=[], help=f"{text}; may be given again")
    parser.add_argument("--limit", type=_count, default=50, metavar="N", help="show at most so many (50)")
    parser.add_argument("--rebuild", action="store_true", help="make the index anew from the studies first")
    parser.add_argument("--json", action="store_true")


def _add_figures(commands: Commands) -> None:
    parser = _add(commands, "figures", "figures", "tell a study's figures: completion, times, issues by priority")
    parser.add_argument("study", type=_path, metavar="STUDY")
    parser.add_argument(
        "--times",
        choices=["successful", "all"],
        default="successful",
        help="make times of the runs that were done without help, or of all (successful)",
    )
    parser.add_argument("--json", action="store_true")


def _add_info(commands: Commands) -> None:
    parser = _add(commands, "info", "info", "tell what is in a study or a recording")
    parser.add_argument("path", type=_path, metavar="PATH")
    parser.add_argument("--json", action="store_true")


def _add_history(commands: Commands) -> None:
    parser = _add(commands, "history", "history", "tell who changed what in a study, newest first")
    parser.add_argument("study", type=_path, metavar="STUDY")
    parser.add_argument(
        "--session",
        type=_said,
        metavar="CODE",
        help="only one session: the participant's code, or the recording's folder",
    )
    parser.add_argument("--last", type=_count, default=200, metavar="N", help="how many changes at most (200)")
    parser.add_argument("--json", action="store_true")


def _add_recover(commands: Commands) -> None:
    parser = _add(commands, "recover", "recover", "mend recordings that were cut off")
    parser.add_argument("path", type=_path, metavar="PATH", help="a study or a recording")


def _add_doctor(commands: Commands) -> None:
    parser = _add(commands, "doctor", "doctor", "tell what can be recorded here, and what to do about the rest")
    parser.add_argument("--json", action="store_true")


def _add_synccheck(commands: Commands) -> None:
    parser = _add(
        commands,
        "synccheck",
        "synccheck",
        "flash, beep and click, and measure how far apart they are in a recording of it (10 s)",
    )
    parser.add_argument("--display", type=_count, metavar="N", help="number of the display, from 0 (0)")
    parser.add_argument("--mic", type=_said, default="default", metavar="NAME|none", help="what hears the beep")
    parser.add_argument(
        "--system", type=_said, default="none", metavar="NAME|default|none", help="what the computer plays"
    )
    parser.add_argument("--fps", type=_frame_rate, default=15, metavar="N", help="frames per second, 1 to 60 (15)")
    parser.add_argument("--keep", type=_path, metavar="DIR", help="keep the recording in this folder")
    parser.add_argument("--json", action="store_true")


def _add_demo(commands: Commands) -> None:
    parser = _add(commands, "demo", "demo", "show the whole job with a scripted participant on a display of its own")
    parser.add_argument("--out", type=_path, metavar="DIR", help="where the demo's study goes (a new temporary folder)")
