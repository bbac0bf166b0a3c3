"""Which sound of a recording is transcribed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from app.transcription import request_for
from app.wording import sentence
from capture.manifest import StreamInfo
from tests.helpers.bundles import RecordedBundle
from transcribe.errors import TranscribeCode, TranscribeError


@pytest.mark.parametrize(
    ("kinds", "wanted"),
    [
        (("mic", "system"), ("mixed", [("mic", 1), ("system", 2)])),
        (("system", "mixed"), ("mixed", [("mixed", 2)])),
        (("system",), ("system", [("system", 1)])),
        ((), None),
    ],
)
def test_track(tmp_path: Path, kinds: tuple[str, ...], wanted: tuple[str, list[tuple[str, int]]] | None) -> None:
    recorded = RecordedBundle(tmp_path)
    bundle = recorded.finish()
    screen = bundle.manifest().streams[0]
    sounds = [StreamInfo(at + 1, kind, "screen.mp4", at, None, {}) for at, kind in enumerate(kinds, 1)]
    bundle.write_manifest(replace(bundle.manifest(), streams=(screen, *sounds)))
    if wanted is None:
        with pytest.raises(TranscribeError):
            request_for(bundle, model_dir=tmp_path, model_name="tiny", language=None)
    else:
        request = request_for(bundle, model_dir=tmp_path, model_name="tiny", language=None)
        assert (request.track, [(sound.track, sound.stream_index) for sound in request.sounds]) == wanted


def test_a_model_for_english_is_refused_for_another_language_before_it_starts(tmp_path: Path) -> None:
    recorded = RecordedBundle(tmp_path)
    bundle = recorded.finish()
    screen = bundle.manifest().streams[0]
    sound = StreamInfo(2, "mic", "screen.mp4", 1, None, {})
    bundle.write_manifest(replace(bundle.manifest(), streams=(screen, sound)))
    with pytest.raises(TranscribeError) as refused:
        request_for(bundle, model_dir=tmp_path, model_name="tiny.en", language="de")
    assert refused.value.code is TranscribeCode.MODEL_ENGLISH
    assert "tiny.en knows English only" in sentence(refused.value)
    for model, language in (("tiny.en", "en-GB"), ("tiny.en", None), ("tiny", "de"), ("ours", "de")):
        request_for(bundle, model_dir=tmp_path, model_name=model, language=language)
