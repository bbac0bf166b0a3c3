"""Which cameras there are, by what the system tells."""

from __future__ import annotations

from pathlib import Path

import pytest

from capture.camera import cameras
from capture.camera.cameras import Camera


def node(folder: Path, name: str, title: str, index: int) -> None:
    (folder / name).mkdir(parents=True)
    (folder / name / "name").write_text(title + "\n")
    (folder / name / "index").write_text(f"{index}\n")


def test_a_webcam_with_two_nodes_counts_once(tmp_path: Path) -> None:
    node(tmp_path, "video10", "Second: camera", 0)
    node(tmp_path, "video0", "First: camera", 0)
    node(tmp_path, "video1", "First: camera", 1)
    (tmp_path / "video11").mkdir()
    assert cameras._of_sysfs(tmp_path) == (
        Camera("/dev/video0", "First: camera"),
        Camera("/dev/video10", "Second: camera"),
    )


def test_a_system_that_cannot_be_asked_has_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert cameras._of_sysfs(tmp_path / "nothing") == ()
    monkeypatch.setattr("sys.platform", "win32")
    assert cameras.list_cameras() == (), "the library here knows no DirectShow"
