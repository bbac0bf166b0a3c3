"""Recovery of bundles damaged anywhere: no crash, no harm, and no mark lost that can still be read."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import av
import pytest

from capture import recovery
from capture.bundle import SessionBundle
from capture.errors import CaptureCode, CaptureError
from capture.store import CaptureStore
from tests.conftest import ROOT
from tests.integration.capture.wreckage import contents, damage, marks_in, pictures_in

MARKS = 12
_RECORD = f"""
import os, signal, sys
from pathlib import Path
from capture.events import Mark, MarkKind
from tests.integration.capture.fakes import FakeCamera, wait_until
from tests.integration.capture.rig import Rig
rig = Rig(Path(sys.argv[1]), camera=FakeCamera())
rig.start()
for number in range({MARKS}):
    wait_until(lambda: rig.recorder.status().t_ns > number * 200_000_000, 60)
    rig.recorder.add_mark(Mark("", -1, -1, MarkKind.MARK, body="mark %d" % number))
wait_until(lambda: rig.recorder.status().t_ns > 3_000_000_000, 60)
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle with a dozen marks as a killed recorder leaves it; to be copied."""
    folder = tmp_path_factory.mktemp("killed")
    subprocess.run([sys.executable, "-c", _RECORD, str(folder)], cwd=ROOT, check=False, timeout=90)
    (bundle,) = folder.iterdir()
    return bundle


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("cases", [60, pytest.param(1000, marks=pytest.mark.long)])
def test_damage_anywhere_is_never_made_worse(
    killed: Path, tmp_path: Path, cases: int, record_property: Callable[[str, object], None]
) -> None:
    for seed in range(cases):
        folder = tmp_path / f"{seed}"
        shutil.copytree(killed, folder)
        told = damage(folder, seed)
        _recover_and_compare(folder, tmp_path / "untouched", told)
        shutil.rmtree(folder)
    record_property("seen", f"{cases} damaged recordings")


def _recover_and_compare(folder: Path, untouched: Path, told: str) -> None:
    bundle = SessionBundle(folder)
    shutil.copytree(folder, untouched)  # read instead of the bundle: reading a journal changes it
    marks = marks_in(untouched / "capture.sqlite3")
    films = {name: pictures_in(untouched / name) for name in ("screen.mp4", "camera.mp4")}
    shutil.rmtree(untouched)
    before = contents(folder)
    refused = report = None
    try:
        report = recovery.recover(bundle)
    except CaptureError as error:
        refused = error
    if report is None:
        assert refused is not None
        assert refused.code is CaptureCode.BUNDLE_TOO_NEW, f"{told}: {refused}"
        assert contents(folder) == before, f"{told}: refused, and yet changed"
        return
    for name, count in films.items():
        assert pictures_in(folder / name) >= count - 1, f"{told}: {name}"
    assert report.marks >= marks, told
    if not told.startswith("capture"):
        assert report.marks == MARKS, told
    assert not recovery.is_incomplete(bundle), told
    with CaptureStore.open_read(bundle.capture_path) as store:
        assert len(store.marks()) == report.marks, told
    with pytest.raises(CaptureError) as again:
        recovery.recover(bundle)
    assert again.value.code is CaptureCode.NOTHING_TO_RECOVER, told


def _flip_kind(film: bytearray) -> None:
    film[6] ^= 4


def _flip_size(film: bytearray) -> None:
    film[3] ^= 64


def _lengthen_a_picture(film: bytearray) -> None:
    """The first one's length, in the table of the second fragment, becomes six hours, and it isn't known as a film."""
    table = film.index(b"trun", film.index(b"moof", film.index(b"moof") + 4)) + 4
    has_flags = film[table + 3] & 4
    film[table + (16 if has_flags else 12)] ^= 128
    _flip_kind(film)


@pytest.mark.parametrize("spoil", [_flip_kind, _flip_size, _lengthen_a_picture])
def test_a_damaged_head_or_time_costs_no_picture(
    killed: Path, tmp_path: Path, spoil: Callable[[bytearray], None]
) -> None:
    bundle = SessionBundle(Path(shutil.copytree(killed, tmp_path / "spoilt")))
    whole = pictures_in(bundle.camera_path)
    data = bytearray(bundle.camera_path.read_bytes())
    spoil(data)
    bundle.camera_path.write_bytes(data)
    recovery.recover(bundle)
    assert pictures_in(bundle.camera_path) == whole
    assert not recovery.is_incomplete(bundle)
    assert not list(bundle.path.glob("*.part*"))
    with av.open(str(bundle.camera_path)) as film:
        assert film.duration is not None
        assert film.duration < 60 * av.time_base
