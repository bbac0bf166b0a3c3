"""A study that two record into at once, and one that can't be written."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from annotate.store import StudyStore
from capture import recovery
from capture.bundle import SessionBundle
from capture.errors import CaptureCode, CaptureError
from tests.integration.cli.conftest import ROOT, Moderato, assert_told_in_one_line, command

_KILLED = """
import os, signal, sys
from pathlib import Path
from capture.events import Mark, MarkKind
from tests.integration.capture.fakes import wait_until
from tests.integration.capture.rig import Rig
rig = Rig(Path(sys.argv[1]))
rig.start()
rig.recorder.add_mark(Mark("", -1, -1, MarkKind.MARK, body="kept"))
wait_until(lambda: rig.recorder.status().t_ns > 1_500_000_000, 60)
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own, to be made read-only by `lock`: permissions alone don't bind root."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", str(folder)]
    if shutil.which("mount") is None or subprocess.run(mount, capture_output=True, check=False).returncode != 0:
        pytest.skip("mounting a file system needs rights that this user lacks")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def lock(disk: Path) -> None:
    subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True, capture_output=True)


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_two_recorders_on_one_study_keep_both_sessions(moderato: Moderato, tmp_path: Path) -> None:
    study = tmp_path / "Shop"
    with StudyStore.create(tmp_path / "Shop.moderato", "Shop", author="me", consent_text="Yes?"):
        pass
    base = tmp_path / "base"
    both = [
        subprocess.Popen(
            command("--temp-basedir", base, "record", study, "--participant", code, "--seconds", "3", "--mic", "none"),
            cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        for code in ("P01", "P02")
    ]  # fmt: skip
    told = [process.communicate(timeout=100) for process in both]
    assert [process.returncode for process in both] == [0, 0], told
    facts = json.loads(moderato("info", study, "--json").stdout)
    assert {(session["participant"], session["state"]) for session in facts["sessions"]} == {
        ("P01", "recorded"),
        ("P02", "recorded"),
    }
    for out, _ in told:
        bundle = SessionBundle.open(Path(out.splitlines()[-1]))
        assert not recovery.is_incomplete(bundle)


def test_a_read_only_study_is_told_and_left_as_it_is(moderato: Moderato, disk: Path) -> None:
    with StudyStore.create(disk / "Shop.moderato", "Shop", author="me", consent_text="Yes?"):
        pass
    lock(disk)
    before = contents(disk)
    line = assert_told_in_one_line(moderato("record", disk / "Shop", "--participant", "P01", "--seconds", "1"))
    assert "may not write" in line
    assert contents(disk) == before
    assert "may not write" in assert_told_in_one_line(moderato("record", disk / "New", "--participant", "P01"))


def test_a_recording_on_a_read_only_disk_is_read_and_not_mended(moderato: Moderato, disk: Path) -> None:
    subprocess.run([sys.executable, "-c", _KILLED, str(disk)], cwd=ROOT, check=False, timeout=90)
    (folder,) = [path for path in disk.iterdir() if path.is_dir()]
    lock(disk)
    before = contents(disk)
    with pytest.raises(CaptureError) as caught:
        recovery.recover(SessionBundle(folder))
    assert caught.value.code is CaptureCode.FOLDER_UNWRITABLE
    assert "may not write" in assert_told_in_one_line(moderato("recover", folder))
    told = moderato("info", folder, "--json")
    assert told.returncode == 0, told.stderr
    assert len(json.loads(told.stdout)["marks"]) == 1
    assert contents(disk) == before
