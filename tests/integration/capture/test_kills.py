"""The recorder is killed at random moments, again and again: what is lost is bounded, and the worst is printed."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import av
import pytest

from capture import recovery
from capture.events import MarkKind
from capture.store import CaptureStore
from capture.sync import NS
from tests.integration.capture.live import Live, kill, xdotool

MEDIA_BOUND_S = 1.0


@dataclass(frozen=True, slots=True)
class Lost:
    """Seconds of picture and sound, marks and events that were acknowledged and are not there any more."""

    picture_s: float
    sound_s: float
    marks: int
    events: int


def ends_s(path: Path) -> tuple[float, float]:
    """Where the last picture begins, and where the sound ends."""
    ends = {"video": 0.0, "audio": 0.0}
    with av.open(str(path)) as container:
        for packet in container.demux():
            if packet.pts is not None and packet.time_base is not None:
                length = 0 if packet.stream.type == "video" else packet.duration or 0
                ends[packet.stream.type] = max(
                    ends[packet.stream.type], float((packet.pts + length) * packet.time_base)
                )
    return ends["video"], ends["audio"]


def kill_once(live: Live, dice: random.Random) -> Lost:
    """One recording, with marks and events, killed after 0.8 to 3 s."""
    bundle, client = live.start()
    marks, events = [], 0
    until_ns = int(dice.uniform(0.8, 3.0) * NS)
    while client.now_ns() < until_ns:
        xdotool("mousemove", dice.randint(0, 1900), dice.randint(0, 1000))
        marks.append(client.add_mark(MarkKind.MARK, body="x").id)
        events = client.status().input_events
    killed_ns = client.now_ns()
    live.events.clear()
    kill(live, client)
    recovery.recover(bundle)
    picture_s, sound_s = ends_s(bundle.screen_path)
    with CaptureStore.open_read(bundle.capture_path) as store:
        kept = {mark.id for mark in store.marks()}
        found = sum(store.event_counts().values())
    return Lost(killed_ns / NS - picture_s, killed_ns / NS - sound_s, len(set(marks) - kept), max(0, events - found))


@pytest.mark.timeout(900)
@pytest.mark.parametrize("kills", [10, pytest.param(100, marks=pytest.mark.long)])
def test_killed_at_random_moments(
    live: Live, kills: int, capsys: pytest.CaptureFixture[str], record_property: Callable[[str, object], None]
) -> None:
    dice = random.Random()  # other moments each time: what is promised holds for all of them
    lost = [kill_once(live, dice) for _ in range(kills)]
    worst = (
        f"{kills} kills, the worst: {max(one.picture_s for one in lost):.2f} s of picture, "
        f"{max(one.sound_s for one in lost):.2f} s of sound, {max(one.marks for one in lost)} marks, "
        f"{max(one.events for one in lost)} events"
    )
    record_property("seen", worst)
    with capsys.disabled():
        print(f"\n  {worst}")
    assert max(one.picture_s for one in lost) <= MEDIA_BOUND_S
    assert max(one.sound_s for one in lost) <= MEDIA_BOUND_S
    assert max(one.marks for one in lost) == 0
    assert max(one.events for one in lost) == 0
