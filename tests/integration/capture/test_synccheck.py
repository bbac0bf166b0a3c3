"""A sync check of a recording that runs, on the real screen and sound path."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from capture.errors import CaptureCode, CaptureError
from capture.store import CaptureStore
from capture.sync import NS
from capture.synccheck import check as module
from capture.synccheck.check import check_sync
from capture.synccheck.clapper import Clap, Clapper
from tests.integration.capture.fakes import wait_until
from tests.integration.capture.live import Live

FPS = 30
FRAME_NS = NS // FPS
PLANTED_NS = 80_000_000


class Shifted(Clapper):
    """Says that the beep was made 80 ms before it was: the recording's sound is 80 ms late then."""

    shift_ns = PLANTED_NS

    def clap(self) -> Clap:
        made = super().clap()
        return replace(made, beep_ns=made.beep_ns - self.shift_ns)


@pytest.mark.timeout(120)
def test_planted_delay_is_read_and_kept_with_the_bundle(live: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    bundle, client = live.start(fps=FPS)
    wait_until(lambda: client.now_ns() > NS // 2)
    plain = check_sync(client, bundle, FPS)
    monkeypatch.setattr(module, "Clapper", Shifted)
    shifted = check_sync(client, bundle, FPS)
    client.stop()
    assert plain.audio_offset_ns is not None
    assert shifted.audio_offset_ns is not None
    assert plain.event_offset_ns is not None
    assert abs(shifted.audio_offset_ns - plain.audio_offset_ns - PLANTED_NS) <= FRAME_NS
    assert not shifted.ok
    with CaptureStore.open_read(bundle.capture_path) as store:
        kept = store.sync_checks()
    assert [check.audio_offset_ns for check in kept] == [plain.audio_offset_ns, shifted.audio_offset_ns]
    assert kept[0].t_ns < kept[1].t_ns


@pytest.mark.timeout(120)
def test_without_sound_the_click_is_measured_and_the_beep_is_not(live: Live) -> None:
    bundle, client = live.start(fps=FPS, mic=None)
    found = check_sync(client, bundle, FPS, claps=3)
    client.stop()
    assert found.audio_offset_ns is None
    assert found.event_offset_ns is not None
    assert not found.ok


def test_a_region_too_small_for_the_flash_is_told(live: Live) -> None:
    from capture.config import Region

    bundle, client = live.start(display=None, region=Region(0, 0, 200, 200), mic=None)
    with pytest.raises(CaptureError) as caught:
        check_sync(client, bundle, 15)
    assert caught.value.code is CaptureCode.SYNC_UNMEASURED
    client.stop()


@pytest.mark.timeout(120)
def test_command_tells_and_keeps(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "app", "synccheck", "--fps", "30", "--keep", str(tmp_path), "--json"],
        capture_output=True, text=True, timeout=100, check=False,
    )  # fmt: skip
    assert done.returncode in {0, 2}, done.stderr
    text, _, path = done.stdout.rstrip().rpartition("\n")
    facts = json.loads(text)
    assert facts["event_offset_ns"] is not None
    assert len(facts["claps"]) == 5
    with CaptureStore.open_read(Path(path)) as store:
        assert store.sync_checks()[0].event_offset_ns == facts["event_offset_ns"]
