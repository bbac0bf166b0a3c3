"""A killed recorder's webcam file is mended with the rest, and a broken one hinders nothing."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from capture import recovery
from capture.bundle import SessionBundle
from capture.errors import CaptureCode
from capture.manifest import BundleState
from capture.store import CaptureStore
from capture.sync import NS
from tests.conftest import ROOT
from tests.integration.capture.fakes import decode_video

_RECORD = """
import os, signal, sys, time
from pathlib import Path
from tests.integration.capture.fakes import FakeCamera, wait_until
from tests.integration.capture.rig import Rig
rig = Rig(Path(sys.argv[1]), camera=FakeCamera(), microphone=None)
rig.start()
wait_until(lambda: rig.recorder.status().t_ns > 2_500_000_000, 60)
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle as a recorder killed after two and a half seconds leaves it; to be copied."""
    folder = tmp_path_factory.mktemp("killed")
    subprocess.run([sys.executable, "-c", _RECORD, str(folder)], cwd=ROOT, check=False, timeout=90)
    (bundle,) = folder.iterdir()
    return bundle


@pytest.fixture
def wreck(killed: Path, tmp_path: Path) -> SessionBundle:
    target = tmp_path / killed.name
    shutil.copytree(killed, target)
    return SessionBundle(target)


def test_the_camera_is_mended_too(wreck: SessionBundle) -> None:
    report = recovery.recover(wreck)
    assert report.notes == ()
    pictures = decode_video(wreck.camera_path)
    assert pictures[-1][0] / 90_000 > 1.4, "at most a second is lost"
    with CaptureStore.open_read(wreck.capture_path) as store:
        assert [pts for pts, _ in pictures] == store.frames(5).pts.tolist()
        assert len(store.frames()) == report.frames
    assert b"moof" not in wreck.camera_path.read_bytes()
    manifest = wreck.manifest()
    assert manifest.state is BundleState.RECOVERED
    assert "camera.mp4" in {file.name for file in manifest.files}
    assert not recovery.is_incomplete(wreck)
    assert not list(wreck.path.glob("*.part"))


@pytest.mark.parametrize("content", [b"", b"not a film" * 500])
def test_a_broken_camera_file_hinders_nothing(wreck: SessionBundle, content: bytes) -> None:
    wreck.camera_path.write_bytes(content)
    report = recovery.recover(wreck)
    assert report.notes == (CaptureCode.MEDIA_BROKEN,)
    assert report.frames > 2
    assert report.duration_ns > NS
    assert decode_video(wreck.screen_path)
    assert wreck.camera_path.with_name("camera.mp4.broken-1").read_bytes() == content
    assert not recovery.is_incomplete(wreck)


def test_a_missing_camera_file_hinders_nothing(wreck: SessionBundle) -> None:
    wreck.camera_path.unlink()
    report = recovery.recover(wreck)
    assert report.notes == (CaptureCode.MEDIA_BROKEN,)
    assert decode_video(wreck.screen_path)
    assert not recovery.is_incomplete(wreck)


def test_with_nothing_but_the_films_left_both_are_known(wreck: SessionBundle) -> None:
    wreck.manifest_path.unlink()
    for path in wreck.path.glob("capture.sqlite3*"):
        path.unlink()
    recovery.recover(wreck)
    streams = {stream.kind: (stream.id, stream.file) for stream in wreck.manifest().streams}
    assert streams == {"screen": (1, "screen.mp4"), "camera": (5, "camera.mp4")}
    with CaptureStore.open_read(wreck.capture_path) as store:
        assert len(store.frames(5)) == len(decode_video(wreck.camera_path))


def test_mending_does_not_bring_opencv_into_the_app() -> None:
    code = "import sys, capture.recovery, capture.remux, capture.devices; sys.exit('cv2' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


def test_a_film_damaged_later_is_found(wreck: SessionBundle) -> None:
    recovery.recover(wreck)
    data = bytearray(wreck.camera_path.read_bytes())
    data[len(data) // 2] ^= 0xFF
    wreck.camera_path.write_bytes(data)
    assert recovery.recover(wreck).notes == (CaptureCode.MEDIA_BROKEN,)
    assert wreck.camera_path.with_name("camera.mp4.broken-1").exists()
