"""What is said of sound that was missing when a session was transcribed. No Qt: the command line words with it too."""

from __future__ import annotations

from collections.abc import Sequence

from annotate.timeline import SECOND, format_time
from app.cli.progress import seconds_words
from transcribe.models import Lack, LackKind

_WHOSE = {"mic": "The microphone’s sound", "system": "The computer’s sound"}


def lack_words(lacks: Sequence[Lack]) -> str:
    """What is missing from a transcript, and what to do; empty where nothing is."""
    parts = [words(found) for kind, words in _WORDS.items() if (found := [one for one in lacks if one.kind is kind])]
    if not parts:
        return ""
    todo = "What could be read is transcribed. Put a whole copy of the recording in its place, then transcribe again."
    return " ".join([*parts, todo])


def _breaks_off(lacks: Sequence[Lack]) -> str:
    end = format_time(min(one.t_ns for one in lacks))
    promised = format_time(max(one.t_ns + one.lost_ns for one in lacks))
    return f"{_whose(lacks)} breaks off at {end}, before the {promised} that its file promises."


def _damaged(lacks: Sequence[Lack]) -> str:
    lost = seconds_words(max(SECOND, *(one.lost_ns for one in lacks)) / SECOND)
    first = format_time(min(one.t_ns for one in lacks))
    return f"{_whose(lacks)} is damaged: {lost} of it could not be read, the first at {first}."


_WORDS = {LackKind.BREAKS_OFF: _breaks_off, LackKind.DAMAGED: _damaged}


def _whose(lacks: Sequence[Lack]) -> str:
    tracks = {one.track for one in lacks}
    return _WHOSE.get(tracks.pop(), "The recording’s sound") if len(tracks) == 1 else "The recording’s sound"
