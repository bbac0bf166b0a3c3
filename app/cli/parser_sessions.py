"""The options of the commands about whole sessions: import, trim, pilot, trash."""

from __future__ import annotations

import argparse
from typing import Protocol

from app.cli import kinds


class Add(Protocol):
    """Adds a command: its name, the module that runs it, and what it does."""

    def __call__(self, name: str, module: str, text: str) -> argparse.ArgumentParser: ...


def add_session_commands(add: Add) -> None:
    """Adds them all."""
    _add_import(add)
    _add_session(add)
    _add_trash(add)
    _add_packing(add)


def _add_import(add: Add) -> None:
    parser = add("import", "import_recording", "make a session of a recording made elsewhere (MP4, MKV, MOV, WebM)")
    parser.add_argument("file", type=kinds.path, metavar="FILE", help="it is only read")
    parser.add_argument("--list", action="store_true", help="tell what is in it, and do nothing")
    parser.add_argument("--study", type=kinds.path, metavar="STUDY", help="the study's folder; made if it isn't there")
    parser.add_argument("--participant", type=kinds.participant, metavar="CODE", help="the participant's code")
    parser.add_argument(
        "--consent", type=kinds.count, metavar="VERSION", help="version of the consent form that was agreed to"
    )
    parser.add_argument(
        "--scopes",
        type=kinds.scopes,
        metavar="LIST",
        help="with --consent: what was agreed to, of screen,voice,face,keys (all); the rest is not taken in",
    )
    parser.add_argument("--picture", type=kinds.count, metavar="N", help="which picture, by its number (the largest)")
    parser.add_argument(
        "--sound",
        type=kinds.sound_track,
        action="append",
        metavar="N[=mixed|mic|system]",
        help="which sound track, and what it is; may be given several times (all)",
    )
    parser.add_argument(
        "--started",
        type=kinds.moment,
        metavar="TIME",
        help="when it began: 2026-09-03T14:05 (as the file says)",
    )
    parser.add_argument("--pilot", action="store_true", help="leave it out of figures")


def _add_session(add: Add) -> None:
    parser = add(
        "session",
        "session",
        "trim a session for figures and exports, call it a pilot, note withdrawn consent, trash it",
    )
    parser.add_argument("study", type=kinds.path, metavar="STUDY")
    parser.add_argument(
        "--session", type=kinds.said, metavar="CODE", help="the participant's code, or the recording's folder"
    )
    parser.add_argument(
        "--starts", type=kinds.time_ns, metavar="SECONDS", dest="starts_ns", help="figures and exports begin here"
    )
    parser.add_argument(
        "--ends", type=kinds.time_ns, metavar="SECONDS", dest="ends_ns", help="figures and exports end here"
    )
    parser.add_argument("--whole", action="store_true", help="figures and exports take the whole session again")
    parser.add_argument(
        "--pilot", action=argparse.BooleanOptionalAction, help="leave it out of figures, or take it in again"
    )
    parser.add_argument(
        "--withdrawn",
        action=argparse.BooleanOptionalAction,
        help="the participant has withdrawn consent: nothing from any of their sessions is told any more; or takes "
        "that back. Nothing is deleted: --trash, then `moderato trash --empty --yes` does that",
    )
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--trash", action="store_true", help="put it into the study's trash")
    what.add_argument("--restore", action="store_true", help="take it out of the trash")
    what.add_argument(
        "--find",
        type=kinds.path,
        metavar="FOLDER",
        help="where its missing recording lies; it is copied into the study",
    )


def _add_trash(add: Add) -> None:
    parser = add("trash", "trash", "list what is in a study's trash, or remove it for good")
    parser.add_argument("study", type=kinds.path, metavar="STUDY")
    parser.add_argument("--empty", action="store_true", help="say what would be lost; with --yes remove it")
    parser.add_argument("--yes", action="store_true", help="with --empty: really remove it")


def _add_packing(add: Add) -> None:
    packing = add("pack", "packing", "pack a study into one file for a colleague")
    packing.set_defaults(command="pack")
    packing.add_argument("study", type=kinds.path, metavar="STUDY")
    packing.add_argument("--out", type=kinds.path, metavar="FILE", help="the pack, a new file (STUDY.moderatopack)")
    packing.add_argument("--no-media", action="store_true", help="without pictures and sound; all text travels")
    unpacking = add("unpack", "packing", "unpack a study that a colleague packed")
    unpacking.set_defaults(command="unpack")
    unpacking.add_argument("file", type=kinds.path, metavar="FILE")
    unpacking.add_argument("--to", type=kinds.path, metavar="FOLDER", help="a new folder (the study's own name, here)")
    merging = add("merge", "packing", "take the sessions of another laptop's study into this one")
    merging.set_defaults(command="merge")
    merging.add_argument("study", type=kinds.path, metavar="STUDY", help="the study that grows")
    merging.add_argument("other", type=kinds.path, metavar="OTHER", help="the other one's folder or pack; only read")
    merging.add_argument("--preview", action="store_true", help="only say what would be done")
    merging.add_argument(
        "--apart", action="store_true", help="a participant code that is in both belongs to two different people (one)"
    )
