"""What is told of a recording that didn't begin, and of one that is whole again."""

from __future__ import annotations

import pytest

from app.cli.record import _Watcher
from app.start_words import recovered_sentence, start_sentence
from app.wording import STREAM_WORDS, code_sentence
from capture.errors import CaptureCode, CaptureError
from capture.protocol import Degraded, Recovered

WHILE_IT_RUNS = {CaptureCode.INPUT_DEAD, CaptureCode.RECORDER_GONE, CaptureCode.RECORDER_REFUSED}


@pytest.mark.parametrize("code", sorted(set(CaptureCode) - WHILE_IT_RUNS))
def test_nothing_is_said_to_go_on_that_never_began(code: CaptureCode) -> None:
    words = start_sentence(CaptureError(code, "thing"))
    assert words.endswith(".")
    for claim in (" go on;", "goes on", "is safe", "fills the gap"):
        assert claim not in words


def test_other_failures_keep_their_words() -> None:
    error = CaptureError(CaptureCode.DISPLAY_UNKNOWN, "7")
    assert start_sentence(error) == code_sentence(error.code, error.detail)


@pytest.mark.parametrize("stream", list(STREAM_WORDS))
def test_the_command_line_tells_what_is_well_again(stream: str, capsys: pytest.CaptureFixture[str]) -> None:
    watcher = _Watcher()
    watcher(Degraded(stream, CaptureCode.NO_MICROPHONE))
    watcher(Recovered(stream))
    told = capsys.readouterr().err.strip().splitlines()
    assert told[0].endswith("Recording goes on.")
    assert told[-1] == f"moderato: {recovered_sentence(stream)}"
    assert not watcher.over.is_set()
