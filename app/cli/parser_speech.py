"""The options of the commands about what is heard: a study's vocabulary, the moderator's voice."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from app.cli.kinds import path, said, wanted_language

Add = Callable[[str, str, str], argparse.ArgumentParser]


def add_speech_commands(add: Add) -> None:
    """Adds `vocabulary` and `voice`. `add` makes a command of a name, a module and a sentence."""
    words = add("vocabulary", "vocabulary", "tell or change how a study's sessions are to be transcribed")
    words.add_argument("study", type=path, metavar="STUDY")
    words.add_argument(
        "--add", type=said, action="append", default=[], metavar="TERM", help="a product's name, a word of the trade"
    )
    words.add_argument("--remove", type=said, action="append", default=[], metavar="TERM")
    words.add_argument(
        "--language",
        type=wanted_language,
        metavar="xx|auto",
        help="language of the study's sessions, or found for each (auto)",
    )
    words.add_argument(
        "--translate", choices=["yes", "no"], help="make an English translation of sessions in another language"
    )
    voice = add("voice", "voice", "keep the moderator's voice, to know it again in other sessions")
    voice.add_argument("action", choices=["show", "keep", "forget"])
    voice.add_argument("study", type=path, nargs="?", metavar="STUDY")
    voice.add_argument(
        "--session", type=said, metavar="CODE", help="keep: the participant's code, or the recording's folder"
    )
