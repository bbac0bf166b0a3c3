"""A finished bundle whose files were damaged or lost afterwards."""

from __future__ import annotations

import random
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from capture import recovery
from capture.bundle import SessionBundle
from capture.errors import CaptureCode, CaptureError
from capture.events import Mark, MarkKind
from capture.manifest import BundleState
from capture.store import CaptureStore
from tests.integration.capture.fakes import decode_video
from tests.integration.capture.rig import Rig


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished bundle; to be copied."""
    rig = Rig(tmp_path_factory.mktemp("finished"))
    rig.start()
    for number in range(20):
        rig.screen.paint(40 + 8 * number)
        rig.recorder.add_mark(Mark(f"m{number}", -1, -1, MarkKind.MARK, body="x" * 400))
        time.sleep(0.1)
    rig.recorder.stop()
    return rig.bundle.path


@pytest.fixture
def bundle(finished: Path, tmp_path: Path) -> SessionBundle:
    return SessionBundle(Path(shutil.copytree(finished, tmp_path / finished.name)))


def _empty(path: Path) -> None:
    path.write_bytes(b"")


def _halve(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def _spoil_head(path: Path) -> None:
    data = path.read_bytes()
    path.write_bytes(random.Random(3).randbytes(4096) + data[4096:])


DAMAGE: list[Callable[[Path], None]] = [_empty, _halve, _spoil_head, Path.unlink]


def _recover_once(bundle: SessionBundle) -> recovery.RecoveryReport:
    assert recovery.find_incomplete(bundle.path.parent) == [bundle]
    report = recovery.recover(bundle)
    assert bundle.manifest().state is BundleState.RECOVERED
    _assert_whole(bundle)
    assert not list(bundle.path.glob("*.part*"))
    return report


def _assert_whole(bundle: SessionBundle) -> None:
    assert not recovery.is_incomplete(bundle)
    with pytest.raises(CaptureError) as caught:
        recovery.recover(bundle)
    assert caught.value.code is CaptureCode.NOTHING_TO_RECOVER


def test_whole_bundle_needs_nothing(bundle: SessionBundle) -> None:
    _assert_whole(bundle)
    assert bundle.manifest().state is BundleState.FINALIZED


@pytest.mark.parametrize("damage", DAMAGE)
def test_events_damaged(bundle: SessionBundle, damage: Callable[[Path], None]) -> None:
    before = bundle.manifest()
    film = bundle.screen_path.read_bytes()
    damage(bundle.capture_path)
    damaged = bundle.capture_path.read_bytes() if bundle.capture_path.exists() else None
    report = _recover_once(bundle)
    assert report.notes == (CaptureCode.BUNDLE_BROKEN,)
    assert bundle.screen_path.read_bytes() == film
    aside = bundle.path / "capture.sqlite3.broken-1"
    assert (aside.read_bytes() if aside.exists() else None) == damaged
    after = bundle.manifest()
    assert (after.id, after.duration_ns, after.streams) == (before.id, before.duration_ns, before.streams)
    with CaptureStore.open_read(bundle.capture_path) as store:
        assert store.frames().pts.tolist() == [pts for pts, _ in decode_video(bundle.screen_path)]
        assert store.epoch_utc_ns() == before.epoch_utc_ns
        assert len(store.marks()) == report.marks


def test_cut_events_keep_what_can_be_read(bundle: SessionBundle) -> None:
    """The last page alone is lost: some mark is still there."""
    data = bundle.capture_path.read_bytes()
    bundle.capture_path.write_bytes(data[:-4096])
    assert _recover_once(bundle).marks > 0


@pytest.mark.parametrize("damage", DAMAGE)
def test_film_damaged(bundle: SessionBundle, damage: Callable[[Path], None]) -> None:
    damage(bundle.screen_path)
    damaged = bundle.screen_path.read_bytes() if bundle.screen_path.exists() else None
    report = _recover_once(bundle)
    assert report.notes == (CaptureCode.MEDIA_BROKEN,)
    assert report.marks == 20
    aside = bundle.path / "screen.mp4.broken-1"
    assert (aside.read_bytes() if aside.exists() else None) == damaged


def _wipe_the_end(film: bytes) -> bytes:
    at = film.rindex(b"moov")
    return film[:at] + bytes(len(film) - at)


def _flip_the_end(film: bytes) -> bytes:
    at = film.rindex(b"stsz") + 1
    return film[:at] + bytes([film[at] ^ 8]) + film[at + 1 :]


def _cut_the_end(film: bytes) -> bytes:
    return film[: film.rindex(b"moov") - 4]


@pytest.mark.parametrize("damage", [_wipe_the_end, _flip_the_end, _cut_the_end])
def test_a_finished_film_without_its_index_has_every_picture_still(
    bundle: SessionBundle, damage: Callable[[bytes], bytes]
) -> None:
    """The tables of the fragments, from before it was finished, are in it still."""
    whole = decode_video(bundle.screen_path)
    damaged = damage(bundle.screen_path.read_bytes())
    bundle.screen_path.write_bytes(damaged)
    assert recovery.recover(bundle).notes == (CaptureCode.MEDIA_BROKEN,)
    assert [pts for pts, _ in decode_video(bundle.screen_path)] == [pts for pts, _ in whole]
    assert (bundle.path / "screen.mp4.broken-1").read_bytes() == damaged
    _assert_whole(bundle)


def _last_table_of_two_tracks(film: bytes) -> int:
    """Where it begins. The very last fragment may be one picture that stands still: all of it in 150 bytes."""
    at = film.rindex(b"moof") - 4
    while int.from_bytes(film[at : at + 4], "big") < 300:
        at = film.rindex(b"moof", 0, at) - 4
    return at


@pytest.mark.parametrize("kept", [None, 4, 44, 110, 150, 212, 220])
def test_a_finished_film_cut_in_the_middle_is_seen_up_to_there(bundle: SessionBundle, kept: int | None) -> None:
    """Anywhere (None: in its middle), and in each part of a fragment's table."""
    whole = decode_video(bundle.screen_path)
    film = bundle.screen_path.read_bytes()
    cut = len(film) // 2 if kept is None else _last_table_of_two_tracks(film) + kept
    bundle.screen_path.write_bytes(film[:cut])
    recovery.recover(bundle)
    assert 0 < len(decode_video(bundle.screen_path)) < len(whole)


def test_damage_of_the_same_size_is_found_by_recover(bundle: SessionBundle) -> None:
    data = bytearray(bundle.screen_path.read_bytes())
    data[len(data) // 2] ^= 255
    bundle.screen_path.write_bytes(data)
    assert recovery.recover(bundle).notes == (CaptureCode.MEDIA_BROKEN,)
    assert (bundle.path / "screen.mp4.broken-1").read_bytes() == data
    _assert_whole(bundle)
