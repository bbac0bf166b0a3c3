"""The bundle's folder: private, locked by one, replaced as a whole."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from capture.bundle import SessionBundle, find_bundles
from capture.errors import CaptureCode, CaptureError
from capture.fileio import write_atomically
from capture.manifest import BundleState
from tests.unit.capture.test_values import make_manifest


def test_folder_is_private_and_named_for_people(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        bundle = SessionBundle.create(tmp_path / "sessions", label="P03 / Zoë")
        bundle.write_manifest(make_manifest())
    finally:
        os.umask(before)
    assert stat.S_IMODE(bundle.path.stat().st_mode) == 0o700
    assert stat.S_IMODE(bundle.path.parent.stat().st_mode) == 0o700
    assert stat.S_IMODE(bundle.manifest_path.stat().st_mode) == 0o600
    date, label, number = bundle.path.name.split("_")
    assert len(date) == len("2026-09-03T1405")
    assert label == "P03-Zo"
    assert len(number) == 6


def test_open_tells_what_is_wrong(tmp_path: Path) -> None:
    bundle = SessionBundle.create(tmp_path, label="P")

    def code() -> CaptureCode:
        with pytest.raises(CaptureError) as caught:
            SessionBundle.open(bundle.path)
        return caught.value.code

    assert code() is CaptureCode.BUNDLE_NO_MANIFEST
    bundle.manifest_path.write_text("no json")
    assert code() is CaptureCode.BUNDLE_BROKEN
    bundle.manifest_path.write_text('{"schema_version": 99}')
    assert code() is CaptureCode.BUNDLE_TOO_NEW
    bundle.write_manifest(make_manifest())
    assert SessionBundle.open(bundle.path).manifest().id == "0b3c"
    with pytest.raises(CaptureError) as caught:
        SessionBundle.open(tmp_path / "nowhere")
    assert caught.value.code is CaptureCode.BUNDLE_MISSING


def test_create_in_an_impossible_place_has_a_code(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(CaptureError) as caught:
        SessionBundle.create(tmp_path / "file", label="P")
    assert caught.value.code is CaptureCode.FOLDER_UNWRITABLE


def test_failed_write_leaves_the_old_manifest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bundle = SessionBundle.create(tmp_path, label="P")
    bundle.write_manifest(make_manifest())

    def no_space(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", no_space)
    with pytest.raises(CaptureError) as caught:
        bundle.write_manifest(make_manifest(state=BundleState.FAILED))
    monkeypatch.undo()
    assert caught.value.code is CaptureCode.DISK_FULL
    assert bundle.manifest().state is BundleState.RECORDING
    assert [path.name for path in bundle.path.iterdir()] == ["manifest.json"]


def test_atomic_write_replaces_a_wider_mode(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("old")
    path.chmod(0o644)
    write_atomically(path, b"new")
    assert path.read_bytes() == b"new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_lock_is_for_one(tmp_path: Path) -> None:
    bundle = SessionBundle.create(tmp_path, label="P")
    assert not bundle.is_recording()
    with bundle.lock():
        assert bundle.is_recording()
        with pytest.raises(CaptureError) as caught, bundle.lock():
            pass
        assert caught.value.code is CaptureCode.BUNDLE_RECORDING
    assert not bundle.is_recording()
    with bundle.lock():
        pass


def test_lock_ends_with_its_process_however_it_ends(tmp_path: Path) -> None:
    bundle = SessionBundle.create(tmp_path, label="P")
    code = (
        "import sys, time, pathlib; from capture.bundle import SessionBundle\n"
        "with SessionBundle(pathlib.Path(sys.argv[1])).lock():\n  print('held', flush=True); time.sleep(60)"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", code, str(bundle.path)],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])},
    )
    assert child.stdout is not None
    with child:
        assert child.stdout.readline() == b"held\n"
        assert bundle.is_recording()
        child.kill()
    assert not bundle.is_recording()


def test_bundles_are_found_with_and_without_manifest(tmp_path: Path) -> None:
    sessions = tmp_path / "study.moderato" / "sessions"
    sessions.parent.mkdir()
    good, bare, broken, empty = (SessionBundle.create(sessions, label=name) for name in ("a", "b", "c", "d"))
    good.write_manifest(make_manifest())
    bare.screen_path.write_bytes(b"x")
    broken.manifest_path.write_text("?")
    (sessions / "a file").write_text("")
    found = {bundle.path for bundle in find_bundles(sessions.parent)}
    assert found == {good.path, bare.path, broken.path}
    assert {bundle.path for bundle in find_bundles(sessions)} == found
    assert empty.path not in found
    assert find_bundles(tmp_path / "nowhere") == []
