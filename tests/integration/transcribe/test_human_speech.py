"""Human voices. The recordings lie beside the project where they are at hand; synthesised speech is tested always."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from pathlib import Path

import pytest

import transcribe
from transcribe.client import TranscriptionClient, TranscriptionRequest

SPEECH = Path(transcribe.__file__).resolve().parents[2] / "shared" / "speech"


def _normal(text: str) -> list[str]:
    return re.sub(r"[^a-z' ]", " ", text.lower()).split()


def _errors(wanted: list[str], heard: list[str]) -> int:
    """Words to change, add or take away."""
    row = list(range(len(heard) + 1))
    for i, word in enumerate(wanted, 1):
        last, row[0] = row[0], i
        for j, other in enumerate(heard, 1):
            last, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, last + (word != other))
    return row[-1]


@pytest.mark.skipif(not (SPEECH / "manifest.tsv").exists(), reason="the folder of human speech is not here")
@pytest.mark.parametrize("name", ["jfk.flac", "ljspeech/LJ001-0001.flac", "ljspeech/LJ001-0004.flac"])
def test_human_speech_is_heard(name: str, request_for: Callable[..., TranscriptionRequest], tmp_path: Path) -> None:
    with (SPEECH / "manifest.tsv").open(encoding="utf-8", newline="") as rows:
        reference = {row["file"]: row for row in csv.DictReader(rows, delimiter="\t")}[name]
    with TranscriptionClient.start(request_for(SPEECH / name), lambda event: None) as client:
        transcript = client.wait(100)
    wanted = _normal(reference["reference"])
    heard = _normal(" ".join(segment.text for segment in transcript.segments))
    assert _errors(wanted, heard) <= 0.15 * len(wanted), heard
    words = [word for segment in transcript.segments for word in segment.words]
    assert words[-1].t_end_ns <= float(reference["seconds"]) * 1e9 + 1e8
