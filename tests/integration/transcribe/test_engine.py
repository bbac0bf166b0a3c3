"""The model itself: where it runs, and what it is told beforehand. Real weights."""

from __future__ import annotations

from pathlib import Path

import ctranslate2
import numpy as np
import pytest

from tests.integration.transcribe.conftest import SECOND
from tests.integration.transcribe.media import Samples
from transcribe.cancel import CancelToken
from transcribe.faster_whisper_engine import FasterWhisperEngine


@pytest.mark.expect_log
def test_a_card_that_cannot_be_used_costs_a_word_and_no_more(
    model_dir: Path, speech: dict[str, Samples], monkeypatch: pytest.MonkeyPatch
) -> None:
    if ctranslate2.get_cuda_device_count():
        pytest.skip("there is a graphics card that works")
    monkeypatch.setattr(ctranslate2, "get_cuda_device_count", lambda: 1)
    engine = FasterWhisperEngine(model_dir)
    assert engine.device == "cpu"
    assert engine.setback
    heard = engine.hear(speech[SECOND], "en", cancel=CancelToken())
    assert "search" in " ".join(segment.text for segment in heard)


def test_the_vocabulary_brings_nothing_into_silence(model_dir: Path, speech: dict[str, Samples]) -> None:
    engine = FasterWhisperEngine(model_dir, vocabulary=("Moderato", "Nielsen", "heuristics"))
    heard = engine.hear(speech[SECOND], "en", cancel=CancelToken())
    text = " ".join(segment.text for segment in heard)
    assert "search" in text
    assert "Nielsen" not in text
    assert engine.setback == ""
    assert np.isfinite([segment.avg_logprob for segment in heard]).all()
