"""The script that sets a checkout up: what the long tests need never stops the others."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def dev() -> ModuleType:
    spec = importlib.util.spec_from_file_location("dev", ROOT / "installer" / "dev.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_what_cannot_be_had_is_said_and_left_out(
    dev: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))  # no dpkg, no npm
    monkeypatch.setattr(dev, "PRISM_FOLDER", tmp_path / "prism")
    left_out = dev.install_for_long_tests()
    told = "\n".join(left_out)
    for name in ("redmine", "libreoffice-calc-nogui", "nodejs", "Prism"):
        assert name in told
    monkeypatch.setattr(dev, "run", lambda command: 0 if "--all" in command else 1)
    assert dev.test([], left_out=left_out) == 0
    assert "Left out" in capfd.readouterr().out


def test_npm_that_fails_says_why(dev: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    npm = tmp_path / "npm"
    npm.write_text("#!/bin/sh\necho 'no network'\nexit 1\n")
    npm.chmod(0o700)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    monkeypatch.setattr(dev, "PRISM_FOLDER", tmp_path / "prism")
    monkeypatch.setattr(dev, "is_installed", lambda _name: True)
    monkeypatch.setattr(dev.shutil, "which", lambda name: str(tmp_path / name))
    (told,) = dev.install_for_long_tests()
    assert told.startswith("Prism")
    assert "no network" in told
