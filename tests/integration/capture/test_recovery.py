"""Mending what a killed recorder leaves: as much as there is, and never worse than before."""

from __future__ import annotations

import random
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import av
import pytest

from capture import recovery
from capture.bundle import SessionBundle
from capture.errors import CaptureCode, CaptureError
from capture.events import MarkKind
from capture.manifest import BundleState
from capture.store import CaptureStore
from capture.sync import NS
from tests.integration.capture.live import Live, kill, xdotool


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle as a killed recorder leaves it; to be copied."""
    folder = tmp_path_factory.mktemp("killed")
    live = Live(folder)
    bundle, client = live.start(context={"participant": "P01"})
    for number in range(30):
        xdotool("mousemove", 100 + 10 * number, 300)
        time.sleep(0.05)
    client.add_mark(MarkKind.MARK, body="kept")
    client.pause()
    time.sleep(0.6)
    kill(live, client)
    return bundle.path


@pytest.fixture
def wreck(killed: Path, tmp_path: Path) -> SessionBundle:
    target = tmp_path / killed.name
    shutil.copytree(killed, target)
    return SessionBundle(target)


def test_open_pause_is_closed(wreck: SessionBundle) -> None:
    report = recovery.recover(wreck)
    with CaptureStore.open_read(wreck.capture_path) as store:
        (pause,) = [interval for interval in store.intervals() if interval.kind == "pause"]
    assert pause.t_end_ns is not None
    assert pause.t_start_ns <= pause.t_end_ns <= report.duration_ns


def test_bundle_without_manifest(wreck: SessionBundle) -> None:
    original = wreck.manifest()
    wreck.manifest_path.unlink()
    report = recovery.recover(wreck)
    assert report.notes == (CaptureCode.BUNDLE_NO_MANIFEST,)
    rebuilt = wreck.manifest()
    assert rebuilt.state is BundleState.RECOVERED
    assert abs(rebuilt.epoch_utc_ns - original.epoch_utc_ns) < NS
    assert [(s.kind, s.track) for s in rebuilt.streams] == [(s.kind, s.track) for s in original.streams]
    assert rebuilt.duration_ns == report.duration_ns
    assert rebuilt.context == {}
    assert report.marks == 1


def test_manifest_and_events_gone(wreck: SessionBundle) -> None:
    wreck.manifest_path.write_text("{torn")
    for path in wreck.path.glob("capture.sqlite3*"):
        path.unlink()
    report = recovery.recover(wreck)
    assert report.notes == (CaptureCode.BUNDLE_BROKEN,)
    assert report.frames > 0
    assert [stream.kind for stream in wreck.manifest().streams] == ["screen", "mic"]
    assert (wreck.path / "manifest.broken.json").read_text() == "{torn"


def test_newer_bundle_is_left_alone(wreck: SessionBundle) -> None:
    wreck.manifest_path.write_text('{"schema_version": 99}')
    before = wreck.screen_path.read_bytes()
    with pytest.raises(CaptureError) as caught:
        recovery.recover(wreck)
    assert caught.value.code is CaptureCode.BUNDLE_TOO_NEW
    assert wreck.screen_path.read_bytes() == before
    assert recovery.find_incomplete(wreck.path.parent) == []


def test_nothing_to_recover(tmp_path: Path) -> None:
    bundle = SessionBundle.create(tmp_path, label="P")
    with pytest.raises(CaptureError) as caught:
        recovery.recover(bundle)
    assert caught.value.code is CaptureCode.NOTHING_TO_RECOVER
    with pytest.raises(CaptureError) as missing:
        recovery.recover(SessionBundle(tmp_path / "nowhere"))
    assert missing.value.code is CaptureCode.BUNDLE_MISSING


def test_live_bundle_is_not_touched(live: Live) -> None:
    bundle, client = live.start(mic=None)
    assert recovery.find_incomplete(live.folder) == []
    with pytest.raises(CaptureError) as caught:
        recovery.recover(bundle)
    assert caught.value.code is CaptureCode.BUNDLE_RECORDING
    client.stop()


@pytest.mark.parametrize("content", [b"", b"\0" * 88, b"not a film" * 500])
def test_unreadable_media_is_kept_and_told(wreck: SessionBundle, content: bytes) -> None:
    wreck.screen_path.write_bytes(content)
    report = recovery.recover(wreck)
    assert report.notes == (CaptureCode.MEDIA_BROKEN,)
    assert wreck.screen_path.with_name("screen.mp4.broken-1").read_bytes() == content
    assert not wreck.screen_path.exists()
    assert report.marks == 1
    assert not list(wreck.path.glob("*.part"))


def test_torn_and_flipped_media_never_gets_worse(killed: Path, tmp_path: Path) -> None:
    data = (killed / "screen.mp4").read_bytes()
    rng = random.Random(7)
    whole = len(_readable(killed / "screen.mp4"))
    for number in range(24):
        target = tmp_path / f"{number}"
        shutil.copytree(killed, target)
        bundle = SessionBundle(target)
        cut = bytearray(data[: rng.randint(1, len(data))])
        if number % 2:
            for _ in range(rng.randint(1, 8)):
                cut[rng.randrange(len(cut))] ^= 1 << rng.randrange(8)
        bundle.screen_path.write_bytes(cut)
        before = _readable(bundle.screen_path)
        report = recovery.recover(bundle)
        after = _readable(bundle.screen_path)
        assert len(after) >= len(before) - 1, "what could be read can still be read; the torn last frame may go"
        assert len(after) <= whole
        assert report.marks == 1
        shutil.rmtree(target)


def _spoil_clock(film: bytearray) -> None:
    """Makes it years long."""
    at = film.index(b"mdhd") + 4 + 12
    film[at : at + 4] = (1).to_bytes(4, "big")


def _wipe_index(film: bytearray) -> None:
    at = film.index(b"moov")
    film[at : film.index(b"moof") - 4] = bytes(film.index(b"moof") - 4 - at)


def _spoil_decoder(film: bytearray) -> None:
    """It is read, but not one picture comes out."""
    at = film.index(b"avcC") + 4
    film[at : at + 12] = bytes(12)


@pytest.mark.parametrize("knows", ["manifest", "store", "nothing"])
@pytest.mark.parametrize("spoil", [_spoil_clock, _wipe_index, _spoil_decoder])
def test_a_damaged_index_is_made_anew_from_how_the_bundle_was_recorded(
    wreck: SessionBundle, spoil: Callable[[bytearray], None], knows: str
) -> None:
    whole = _readable(wreck.screen_path)
    assert whole
    film = bytearray(wreck.screen_path.read_bytes())
    spoil(film)
    wreck.screen_path.write_bytes(film)
    spoilt = _readable(wreck.screen_path)
    if knows != "manifest":
        wreck.manifest_path.unlink()
    if knows == "nothing":
        for path in wreck.path.glob("capture.sqlite3*"):
            path.unlink()
    report = recovery.recover(wreck)
    assert CaptureCode.MEDIA_BROKEN in report.notes
    if knows != "nothing":
        assert [time - whole[0] for time in _readable(wreck.screen_path)] == [time - whole[0] for time in whole]
        assert (wreck.path / "screen.mp4.broken-1").read_bytes() == film
        assert report.duration_ns < 60 * NS
    elif spoilt:
        assert len(_readable(wreck.screen_path)) == len(spoilt)
    assert not list(wreck.path.glob("*.part*"))
    assert not recovery.is_incomplete(wreck)


def _set_time_back(film: bytearray) -> None:
    """The clock of the second fragment's pictures."""
    at = film.index(b"tfdt", film.index(b"moof", film.index(b"moof") + 4))
    film[at + 8 : at + 16] = bytes(8)


def _garble_a_box(film: bytearray) -> None:
    film[film.index(b"moof", film.index(b"moof") + 4)] ^= 4


@pytest.mark.parametrize("spoil", [_set_time_back, _garble_a_box])
def test_what_is_put_right_is_kept_as_it_was(wreck: SessionBundle, spoil: Callable[[bytearray], None]) -> None:
    film = bytearray(wreck.screen_path.read_bytes())
    spoil(film)
    wreck.screen_path.write_bytes(film)
    assert CaptureCode.MEDIA_BROKEN in recovery.recover(wreck).notes
    assert (wreck.path / "screen.mp4.broken-1").read_bytes() == film


@pytest.mark.parametrize("alone", [False, True])
@pytest.mark.parametrize("kept", [4, 44, 110, 150, 212, 220])
def test_a_film_torn_in_a_fragment_s_table_has_all_before_it(wreck: SessionBundle, kept: int, alone: bool) -> None:
    """libav doesn't open a film that ends in certain places of such a table. `alone`: nothing tells how it was made."""
    if alone:
        wreck.manifest_path.unlink()
        wreck.capture_path.unlink()
    film = wreck.screen_path.read_bytes()
    table = film.rindex(b"moof") - 4
    before = wreck.path / "before.mp4"
    before.write_bytes(film[:table])
    expected = packets_in(before)
    before.unlink()
    assert expected
    wreck.screen_path.write_bytes(film[: table + kept])
    recovery.recover(wreck)
    assert packets_in(wreck.screen_path) == expected
    assert not list(wreck.path.glob("screen.mp4.*")), "nothing but the end was missing: it is not kept twice"


def packets_in(film: Path) -> int:
    with av.open(str(film)) as container:
        return sum(1 for packet in container.demux() if packet.size)


def test_of_a_film_that_only_lacks_its_end_nothing_is_kept_twice(wreck: SessionBundle) -> None:
    """Every packet is in the copy: a crash must not double an hour's size."""
    film = wreck.screen_path.read_bytes()
    wreck.screen_path.write_bytes(film[: len(film) * 2 // 3])
    assert recovery.recover(wreck).notes == ()
    assert not list(wreck.path.glob("*.broken*"))


def _readable(path: Path) -> list[int]:
    """Presentation times of the pictures that come out before anything breaks."""
    times: list[int] = []
    try:
        with av.open(str(path)) as container:
            for frame in container.decode(video=0):
                times.append(frame.pts or 0)  # noqa: PERF401 (kept when the next one raises)
    except (av.FFmpegError, IndexError, ValueError):
        pass
    return times
