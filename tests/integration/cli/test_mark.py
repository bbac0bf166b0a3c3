"""Marks from outside: `moderato mark` while the app, or another terminal, records."""

from __future__ import annotations

from pathlib import Path

from app.wording import code_sentence
from capture.bundle import SessionBundle
from capture.client import RecorderClient
from capture.config import RecorderConfig
from capture.errors import CaptureCode
from capture.events import MarkOrigin
from capture.protocol import Marked, RecorderEvent
from capture.store import CaptureStore
from tests.integration.cli.conftest import Moderato, assert_told_in_one_line


def test_a_mark_is_kept_and_told_to_whoever_watches(moderato: Moderato, tmp_path: Path) -> None:
    done = moderato("mark")
    assert assert_told_in_one_line(done) == f"moderato: {code_sentence(CaptureCode.NOTHING_RECORDING)}"
    bundle = SessionBundle.create(tmp_path, label="P01")
    heard: list[RecorderEvent] = []
    client = RecorderClient.spawn(bundle, RecorderConfig(mic=None, min_free_bytes=0, warn_free_bytes=0), heard.append)
    client.start()
    try:
        before_ns = client.now_ns()
        done = moderato("mark", "question", "--text", "Why not the basket?")
        after_ns = client.now_ns()
        assert done.returncode == 0, done.stderr
        assert done.stdout.startswith("Question at ")
        named = moderato("mark", "--recording", bundle.path)
        assert named.returncode == 0, named.stderr
    finally:
        client.stop()
        client.close()
    with CaptureStore.open_read(bundle.capture_path) as store:
        first, second = store.marks()
    assert before_ns <= first.t_ns <= after_ns
    assert (first.body, first.payload, first.origin) == (
        "Why not the basket?", {"kind": "question"}, MarkOrigin.CLI,
    )  # fmt: skip
    assert second.payload == {"kind": "problem"}
    assert [event.mark.id for event in heard if isinstance(event, Marked)] == [first.id, second.id]
