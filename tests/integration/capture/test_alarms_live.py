"""What only seems to be recorded is told within five seconds, and what merely stands still is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from capture.bundle import SessionBundle
from capture.config import RecorderConfig
from capture.errors import CaptureCode
from capture.input import pynput_source
from capture.protocol import Degraded, RecorderEvent
from capture.recorder import Recorder
from capture.store import CaptureStore
from capture.streams import system_sources
from capture.sync import NS
from tests.integration.capture.fakes import wait_until
from tests.integration.capture.live import LIMITS, Live, xdotool
from tests.integration.capture.paper import paper
from tests.integration.capture.sounds import noise, tone

WITHIN_NS = 5 * NS
pytestmark = pytest.mark.timeout(120)


def intervals(bundle: SessionBundle, code: CaptureCode) -> list[tuple[int, int | None]]:
    """When an alarm was on, in session time."""
    with CaptureStore.open_read(bundle.capture_path) as store:
        return [(each.t_start_ns, each.t_end_ns) for each in store.intervals() if each.reason == code.value]


def test_a_flat_microphone_is_told_and_taken_back(live: Live) -> None:
    """A microphone that is plugged in and hears nothing: some noise of its electronics, at -80 dBFS, is all."""
    with noise("spk", -80):
        with tone("spk", 500):
            bundle, client = live.start(mic="default")
            wait_until(lambda: (mic := client.status().of("mic")) is not None and (mic.level or 0) > 0.5)
        flat_ns = client.now_ns()
        wait_until(lambda: CaptureCode.SOUND_FLAT in client.status().reasons, 30)
        assert CaptureCode.SOUND_SILENT not in client.status().reasons, "it isn't silence: it is worse"
    with tone("spk", 500):
        wait_until(lambda: CaptureCode.SOUND_FLAT not in client.status().reasons, 30)
        client.stop()
    (told_ns, over_ns), *_ = intervals(bundle, CaptureCode.SOUND_FLAT)
    assert flat_ns < told_ns <= flat_ns + WITHIN_NS
    assert over_ns is not None
    assert {event.stream for event in live.of(Degraded) if event.code is CaptureCode.SOUND_FLAT} == {"mic"}


@pytest.mark.expect_log
def test_dead_input_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The one thing that isn't real: pynput's callbacks are deaf. Listener, pointer, screen and recorder are real."""
    for callbacks, names in (
        (pynput_source._PointerCallbacks, ("move", "click", "scroll")),
        (pynput_source._KeyCallbacks, ("press", "release")),
    ):
        for name in names:
            monkeypatch.setattr(callbacks, name, lambda *_: None)
    events: list[RecorderEvent] = []
    bundle = SessionBundle.create(tmp_path, label="P01")
    config = RecorderConfig(mic=None, windows=False, **LIMITS)
    recorder = Recorder(bundle, config, events.append, sources=system_sources(config))
    recorder.prepare()
    recorder.start()
    try:
        wait_until(lambda: recorder.status().frames > 0)
        xdotool("mousemove", 300, 300)
        wait_until(lambda: recorder.status().t_ns > NS)  # the pointer is seen where it was
        moved_ns = recorder.status().t_ns
        steps = iter(range(10_000))

        def told() -> bool:
            xdotool("mousemove", 320 + next(steps) % 200, 320)
            return CaptureCode.INPUT_DEAD in recorder.status().reasons

        wait_until(told, 30)
    finally:
        recorder.stop()
    (told_ns, _), *_ = intervals(bundle, CaptureCode.INPUT_DEAD)
    assert moved_ns < told_ns <= moved_ns + WITHIN_NS
    dead = [event for event in events if isinstance(event, Degraded) and event.code is CaptureCode.INPUT_DEAD]
    assert [event.stream for event in dead] == ["input"]


def test_input_that_is_heard_raises_nothing(live: Live) -> None:
    """The same pointer with ears: what the test above hears is deafness, not motion."""
    steps = iter(range(10_000))
    with paper("Reading"):
        _, client = live.start(mic=None)

        def over() -> bool:
            xdotool("mousemove", 320 + next(steps) % 200, 320)
            return client.now_ns() > 6 * NS

        wait_until(over, 40)
        assert client.status().reasons == ()
        client.stop()
    assert live.of(Degraded) == []


def test_a_desktop_that_stands_still_is_no_alarm(live: Live) -> None:
    """Something is on the screen, somebody breathes, and nobody moves anything."""
    with paper("Reading"), noise("spk", -50):
        bundle, client = live.start(mic="default")
        wait_until(lambda: client.now_ns() > 8 * NS, 60)
        status = client.status()
        client.stop()
    assert status.reasons == ()
    assert live.of(Degraded) == []
    with CaptureStore.open_read(bundle.capture_path) as store:
        assert [each.reason for each in store.intervals()] == []
