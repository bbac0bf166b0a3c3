"""What is shown, said and typed in a private pause is in no byte of the bundle, no picture, sound or preview."""

from __future__ import annotations

import io
import time

import av
import numpy as np
import pytest

from capture import recovery
from capture.events import IntervalKind, MarkKind
from capture.protocol import Preview
from capture.store import CaptureStore
from capture.sync import NS
from tests.integration.capture.fakes import decode_audio, decode_video, wait_until
from tests.integration.capture.live import Live, kill, xdotool
from tests.integration.capture.paper import paper
from tests.integration.capture.sounds import tone

TITLE, TYPED = "Bank statement 4711", "hunter2secret"
AREA = (slice(200, 420), slice(240, 560))
"""A part of the white window that is only there in the pause."""


@pytest.mark.timeout(120)
@pytest.mark.parametrize("is_killed", [False, True], ids=["ended", "killed in the pause"])
def test_nothing_of_a_pause_is_kept(live: Live, is_killed: bool) -> None:
    bundle, client = live.start()
    wait_until(lambda: client.now_ns() > NS)
    live.events.clear()
    client.pause()
    begun_ns = client.now_ns()
    with paper(TITLE), tone("spk", 1000):
        xdotool("type", TYPED)
        xdotool("mousemove", 333, 222, "click", 1)
        time.sleep(1.2)
        mark = client.add_mark(MarkKind.NOTE, body="asked for a break")
    time.sleep(0.3)
    ended_ns = client.now_ns()
    previews = live.of(Preview)
    if is_killed:
        kill(live, client)
        recovery.recover(bundle)
    else:
        client.resume()
        wait_until(lambda: client.now_ns() > ended_ns + NS)
        client.stop()

    for file in bundle.path.rglob("*"):
        if file.is_file():
            content = file.read_bytes()
            for words in (TITLE, TYPED):
                assert words.encode() not in content, file.name
                assert words.encode("utf-16-le") not in content, file.name
    with CaptureStore.open_read(bundle.capture_path) as store:
        pause = next(interval for interval in store.intervals() if interval.kind is IntervalKind.PAUSE)
        first, last = pause.t_start_ns, pause.t_end_ns or ended_ns
        assert not list(store.events(first, last))
        assert TITLE not in {row.title for row in store.windows()}
        assert mark.id in {kept.id for kept in store.marks()}, "what the moderator writes down is kept"
        frames = store.frames()
    inside = (frames.t_ns >= first) & (frames.t_ns < last)
    assert {kind for kind, is_in in zip(frames.kind, inside, strict=True) if is_in} == {"slate"}
    for pts, picture in decode_video(bundle.screen_path):
        if first <= pts * NS // 90_000 < last:
            assert picture[AREA].mean() < 120, "the white window is not seen"
    samples, rate, _ = decode_audio(bundle.screen_path)
    quiet = samples[begun_ns * rate // NS : min(len(samples), ended_ns * rate // NS)]
    assert np.abs(quiet).max(initial=0) < 0.01
    assert len(previews) <= 2, "the slate alone"
    for preview in previews:
        with av.open(io.BytesIO(preview.jpeg), format="mjpeg") as container:
            picture = next(container.decode(container.streams.video[0])).to_ndarray(format="gray")
        scale = picture.shape[1] / 1920
        shown = picture[round(200 * scale) : round(420 * scale), round(240 * scale) : round(560 * scale)]
        assert shown.mean() < 120
