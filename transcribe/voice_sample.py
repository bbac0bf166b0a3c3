"""A kept sample of the moderator's voice: numbers, never the sound. It lies in the app's data and in no study."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path

from transcribe.errors import TranscribeCode, TranscribeError
from transcribe.storage import make_private_folder, storage_error
from transcribe.voice_print import SIZE, VoicePrint
from transcribe.voice_weights import PACKAGE

VERSION = 1
ENOUGH_NS = 5_000_000_000
"""Less speech than that makes a poor sample."""

Vector = list[float]


def mean_vector(prints: Sequence[VoicePrint]) -> Vector:
    """The unit vector in the middle of several; zeros when there are none."""
    sums = [0.0] * SIZE
    for one in prints:
        length = sum(level * level for level in one.levels) ** 0.5 or 1.0
        for place, level in enumerate(one.levels):
            sums[place] += level / length
    length = sum(value * value for value in sums) ** 0.5
    return [value / length for value in sums] if length else sums


def likeness(one: Sequence[float], other: Sequence[float]) -> float:
    """How alike two unit vectors are: their cosine."""
    return sum(a * b for a, b in zip(one, other, strict=True))


def write_sample(path: Path, vector: Vector) -> None:
    """Keep a voice, readable by its owner alone; whole or not at all.

    Raises:
        TranscribeError: FOLDER_UNWRITABLE, DISK_FULL.
    """
    content = {"v": VERSION, "model": PACKAGE, "vector": [round(value, 5) for value in vector]}
    part = path.with_name(f"{path.name}.part")
    try:
        make_private_folder(path.parent)
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            json.dump(content, file)
        part.replace(path)
    except OSError as error:
        raise storage_error(error, path.parent) from error


def read_sample(path: Path | None) -> Vector | None:
    """The kept voice; None if there is none that this version can use."""
    if path is None:
        return None
    try:
        content = json.loads(path.read_bytes())
        if content["v"] != VERSION or content["model"] != PACKAGE or len(content["vector"]) != SIZE:
            return None
        return [float(value) for value in content["vector"]]
    except (OSError, ValueError, KeyError, TypeError):
        return None


def forget_sample(path: Path) -> None:
    """Remove the kept voice.

    Raises:
        TranscribeError: FOLDER_UNWRITABLE.
    """
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise TranscribeError(TranscribeCode.FOLDER_UNWRITABLE, str(path)) from error
