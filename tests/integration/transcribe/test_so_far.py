"""A file that is still being written is heard as far as it is whole, and gone on with: nothing lost, nothing twice."""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from tests.helpers.spoken import FIRST, SECOND, needs_model
from tests.integration.transcribe.media import RATE, Samples, quiet, speak
from transcribe.audio import SAMPLE_RATE, iter_audio
from transcribe.client import Sound, TranscriptionClient, TranscriptionRequest
from transcribe.errors import TranscribeCode, TranscribeError
from transcribe.model_store import ModelStore
from transcribe.protocol import decode_command, encode_request


def write_fragments(path: Path, samples: Samples) -> None:
    """As the recorder writes: a fragment a second."""
    options = {"movflags": "empty_moov+default_base_moof", "frag_duration": "1000000"}
    with av.open(str(path), "w", format="mp4", options=options) as out:
        stream = out.add_stream("aac", rate=RATE, layout="mono")
        for start in range(0, len(samples), 1024):
            chunk = (samples[start : start + 1024] * 32767).astype(np.int16)[None]
            frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(chunk), "s16", "mono")
            frame.sample_rate, frame.pts, frame.time_base = RATE, start, Fraction(1, RATE)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))


def test_reading_from_a_time_on_gives_the_same_sound(tmp_path: Path) -> None:
    samples = np.concatenate([quiet(1.0), speak(tmp_path, FIRST), quiet(0.5), speak(tmp_path, SECOND)])
    write_fragments(tmp_path / "talk.mp4", samples)

    def read(start_s: float) -> Samples:
        sound = np.zeros(len(samples) + SAMPLE_RATE, np.float32)
        for block in iter_audio(tmp_path / "talk.mp4", start_s=start_s):
            assert block.start >= round(start_s * SAMPLE_RATE)
            sound[block.start : block.start + len(block.samples)] = block.samples
        return sound

    whole, late = read(0.0), read(3.3)
    first = round(3.3 * SAMPLE_RATE)
    assert np.abs(whole[first:] - late[first:]).max() < 0.03  # AAC fills noise in at random
    assert not late[:first].any()
    assert not list(iter_audio(tmp_path / "talk.mp4", start_s=3600.0)), "nothing new is no error"


@needs_model
@pytest.mark.timeout(240)
def test_a_growing_file_is_heard_once(tmp_path: Path) -> None:
    first, second = speak(tmp_path, FIRST), speak(tmp_path, SECOND)
    turn = np.concatenate([first, quiet(1.0), second, quiet(1.5)])
    samples = np.concatenate([turn, turn, quiet(62.0), turn, turn, quiet(62.0), turn])
    write_fragments(tmp_path / "whole.mp4", samples)
    content = (tmp_path / "whole.mp4").read_bytes()
    media = tmp_path / "growing.mp4"
    request = TranscriptionRequest(
        sounds=(Sound(media, None, 0, "mic"),),
        model_dir=ModelStore(tmp_path / "none").resolve("tiny.en"),
        model_name="tiny.en",
        language=None,
        journal=tmp_path / "j.jsonl",
        voices=False,
        so_far=True,
    )
    assert decode_command(encode_request(request)) == request
    pieces: list[int] = []
    for share in (0.05, 0.3, 0.55, 0.95):
        media.write_bytes(content[: int(len(content) * share)])  # in the middle of a fragment, as it comes
        with (
            TranscriptionClient.start(request, lambda _event: None) as client,
            pytest.raises(TranscribeError) as ended,
        ):
            client.wait(100)
        assert ended.value.code is TranscribeCode.CANCELLED
        lines = request.journal.read_text().splitlines() if request.journal.exists() else []
        pieces.append(sum(json.loads(line)["type"] == "piece" for line in lines))
    assert pieces[0] == 0, "a beginning is left until it is whole"
    assert pieces == sorted(pieces)
    assert pieces[-1] >= 2
    media.write_bytes(content)
    with TranscriptionClient.start(replace(request, so_far=False), lambda _event: None) as client:
        transcript = client.wait(100)
    assert transcript.done
    text = " ".join(segment.text for segment in transcript.segments).lower()
    assert text.count("shopping cart") == 5
    assert text.count("settings") == 5
    starts = [segment.t_start_ns for segment in transcript.segments]
    assert starts == sorted(starts)
    assert transcript.done_until_ns == pytest.approx(len(samples) * 1_000_000_000 // RATE, abs=200_000_000)
