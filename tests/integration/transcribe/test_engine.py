"""The model itself: where it runs, and what it is told beforehand. Real weights."""

from __future__ import annotations

from pathlib import Path

import ctranslate2
import numpy as np
import pytest

from tests.integration.transcribe.conftest import FIRST, SECOND, THIRD
from tests.integration.transcribe.media import Samples
from transcribe.audio import SAMPLE_RATE, AudioBlock
from transcribe.cancel import CancelToken
from transcribe.faster_whisper_engine import FasterWhisperEngine
from transcribe.listen import Listener
from transcribe.models import Segment


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


def test_a_sentence_that_the_model_left_out_is_heard_after_all(model_dir: Path, speech: dict[str, Samples]) -> None:
    engine, cancel = FasterWhisperEngine(model_dir), CancelToken()
    gap = np.zeros(SAMPLE_RATE // 2, np.float32)
    parts = [speech[FIRST], gap, speech[SECOND], gap, speech[THIRD]]
    bounds = np.cumsum([0, *map(len, parts)])
    audio = np.concatenate(parts)
    listener = Listener(lambda: iter([AudioBlock(0, audio)]), (), 0, cancel)
    (piece,) = listener.plan().pieces
    _, sound = next(listener.sounds([piece]))
    whole = engine.hear(sound, "en", cancel=cancel)
    start_ns, end_ns = (int(bounds[n]) * 10**9 // SAMPLE_RATE for n in (2, 3))
    words = [word for segment in whole for word in segment.words]
    before = [word for word in words if word.t_end_ns <= start_ns]
    after = [word for word in words if word.t_start_ns >= end_ns]
    rough = [
        Segment(part[0].t_start_ns, part[-1].t_end_ns, " ".join(word.text for word in part), tuple(part))
        for part in (before, after)
    ]
    assert "search" in " ".join(word.text for word in words)
    assert "search" not in " ".join(one.text for one in rough)
    checked = " ".join(one.text for one in listener.checked(piece, sound, rough, "en", engine))
    assert checked.index("button") < checked.index("search box") < checked.index("settings")
    assert checked.count("search") == 1
