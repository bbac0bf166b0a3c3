"""The real app as its user has it: a process of its own, a real window, real keys."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from annotate.store import StudyStore

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 60


def wait_until(holds: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not holds():
        if time.monotonic() > deadline:
            pytest.fail(f"waited in vain for {what}")
        time.sleep(0.1)


def xdotool(*arguments: str) -> str:
    done = subprocess.run(["xdotool", *arguments], capture_output=True, text=True, timeout=60, check=False)
    return done.stdout.strip()


def keys(window: str, *names: str) -> None:
    xdotool("windowactivate", "--sync", window)
    for name in names:
        xdotool("key", "--clearmodifiers", name)
        time.sleep(0.1)


@pytest.fixture
def study(tmp_path: Path) -> Path:
    """A study with one short real recording."""
    base = ["--temp-basedir", str(tmp_path / "base")]
    record = ["record", str(tmp_path / "Shop"), "--participant", "P01", "--consent", "1", "--seconds", "4"]
    done = subprocess.run(
        [sys.executable, "-m", "app", *base, *record],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return tmp_path / "Shop.moderato"


def observations(study: Path) -> int:
    with StudyStore.open(study, author="test") as store:
        return len(store.observations())


def test_review_by_keyboard_alone(study: Path, tmp_path: Path) -> None:
    app = subprocess.Popen(
        [sys.executable, "installer/dev.py", "run", "--temp-basedir", str(tmp_path / "base"), "open", str(study)],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    try:
        window = ""

        def has_window() -> bool:
            nonlocal window
            window = xdotool("search", "--onlyvisible", "--name", "Shop – Moderato").partition("\n")[0]
            return bool(window)

        wait_until(has_window, "the window")
        keys(window, "ctrl+3")
        time.sleep(1)
        keys(window, "Return")  # the newest session is chosen already

        def marked() -> bool:  # the session takes a moment to open
            keys(window, "m")
            time.sleep(1)
            return observations(study) > 0

        wait_until(marked, "a mark in the study")
        made = observations(study)
        keys(window, "ctrl+z")
        wait_until(lambda: observations(study) == made - 1, "the mark to be undone")
        keys(window, "ctrl+q")
        out, _ = app.communicate(timeout=60)
        assert app.returncode == 0, out
        assert out.strip() == "", "a quiet start says nothing"
    finally:
        if app.poll() is None:
            app.terminate()
            app.communicate(timeout=30)


def test_app_refuses_a_study_that_is_not_there(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "app", "--temp-basedir", str(tmp_path), "open", str(tmp_path / "nothing")],
        cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert "no study" in done.stderr
