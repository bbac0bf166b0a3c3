"""A disk that is really full, and a folder that goes away, while it records."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from capture import recovery
from capture.errors import CaptureCode
from capture.events import MarkKind
from capture.manifest import BundleState
from capture.protocol import Degraded, Failed, Finalized
from capture.store import CaptureStore
from capture.sync import NS
from tests.integration.capture.clapper import FlashWindow
from tests.integration.capture.fakes import decode_video, wait_until
from tests.integration.capture.live import Live


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "small"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=40m", "tmpfs", str(folder)]
    if subprocess.run(command, capture_output=True, check=False).returncode != 0:
        pytest.skip("a small disk can't be mounted here")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.fixture
def flicker() -> Iterator[None]:
    """Something moves all the time, so that there is much to write."""
    stop = threading.Event()
    window = FlashWindow(0, 0, 800, 800)

    def paint() -> None:
        is_white = False
        while not stop.wait(0.05):
            is_white = not is_white
            window.paint(white=is_white)

    thread = threading.Thread(target=paint)
    thread.start()
    yield
    stop.set()
    thread.join()
    window.close()


@pytest.mark.usefixtures("flicker")
@pytest.mark.parametrize("limit", [0, 1000])
def test_no_space_left_ends_with_a_whole_file(small_disk: Path, limit: int) -> None:
    live = Live(small_disk)
    bundle, client = live.start(mic=None, min_free_bytes=limit)
    time.sleep(3)
    mark = client.add_mark(MarkKind.MARK)
    with contextlib.suppress(OSError), (small_disk / "other").open("wb", buffering=0) as file:
        while True:
            file.write(bytes(4096))
    full_ns = client.now_ns()
    wait_until(lambda: live.of(Finalized) or live.of(Failed), 60)
    wait_until(lambda: not bundle.is_recording())
    client.close()
    assert live.of(Failed) == []
    assert len(live.of(Finalized)) == 1
    assert [event.code for event in live.of(Degraded)] == [CaptureCode.DISK_FULL]
    manifest = bundle.manifest()
    assert manifest.state is BundleState.FINALIZED
    assert "Traceback" not in (bundle.logs_dir / "recorder.log").read_text()
    pictures = decode_video(bundle.screen_path)
    assert pictures[-1][0] / 90_000 >= full_ns / NS - 0.5, "all up to the full disk is there"
    with CaptureStore.open_read(bundle.capture_path) as store:
        assert [item.id for item in store.marks()] == [mark.id]
        assert store.frames().pts.tolist() == [pts for pts, _ in pictures]
    assert not (bundle.path / ".reserve").exists()
    assert recovery.find_incomplete(small_disk) == []


@pytest.mark.parametrize("is_renamed", [False, True])
def test_folder_gone_is_no_full_disk(tmp_path: Path, is_renamed: bool) -> None:
    live = Live(tmp_path)
    bundle, client = live.start(mic=None)
    time.sleep(1.5)
    moved = tmp_path / "moved"
    if is_renamed:
        bundle.path.rename(moved)
    else:
        shutil.rmtree(bundle.path)
    wait_until(lambda: live.of(Failed), 30)
    client.close()
    assert [event.code for event in live.of(Failed)] == [CaptureCode.BUNDLE_MISSING]
    assert live.of(Finalized) == []
    assert not bundle.path.exists()
    if is_renamed:
        report = recovery.recover(type(bundle)(moved))
        assert report.notes == ()
        assert report.duration_ns > NS
