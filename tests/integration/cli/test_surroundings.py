"""The command line where the surroundings aren't as they should be: a dead display, no home, a reader that left."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from annotate.store import StudyStore
from tests.integration.cli.conftest import ROOT, Moderato, assert_told_in_one_line, command


@pytest.fixture
def study(tmp_path: Path) -> Path:
    """A study without sessions, and with one issue."""
    folder = tmp_path / "S.moderato"
    with StudyStore.create(folder, "S", author="test", consent_text="I agree.") as store:
        store.add_issue("Größe fehlt")
    return folder


@pytest.mark.parametrize("verb", [[], ["open"]], ids=["bare", "open"])
def test_a_display_that_does_not_answer(moderato: Moderato, verb: list[str]) -> None:
    line = assert_told_in_one_line(moderato(*verb, DISPLAY=":4711", QT_QPA_PLATFORM="xcb", WAYLAND_DISPLAY=""))
    assert "DISPLAY" in line


def test_a_home_that_nobody_may_write_to(study: Path) -> None:
    """What only reads works; what must keep something says where it can't."""
    gone = dict.fromkeys(("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME"), "")
    environ = os.environ | gone | {"HOME": "/proc/nobody"}

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command(*arguments), cwd=ROOT, env=environ, capture_output=True, text=True, timeout=110, check=False
        )

    read = run("issues", str(study), "list")
    assert (read.returncode, read.stderr) == (0, "")
    assert "Größe fehlt" in read.stdout
    assert "/proc/nobody" in assert_told_in_one_line(run("models", "import", str(study)))


def test_a_place_for_settings_that_was_named_must_do(moderato: Moderato, study: Path) -> None:
    done = subprocess.run(
        command("--temp-basedir", "/proc/nobody", "issues", study, "list"),
        cwd=ROOT, capture_output=True, text=True, timeout=110, check=False,
    )  # fmt: skip
    assert "/proc/nobody" in assert_told_in_one_line(done)


def test_a_full_disk_behind_the_output(study: Path, tmp_path: Path) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            command("--temp-basedir", tmp_path / "base", "issues", study, "list"),
            cwd=ROOT, stdout=full, stderr=subprocess.PIPE, text=True, timeout=110, check=False,
        )  # fmt: skip
    assert done.returncode == 1
    assert "No space left" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_locale_without_letters(moderato: Moderato, study: Path) -> None:
    done = moderato("issues", study, "list", LC_ALL="C", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0")
    assert (done.returncode, done.stderr) == (0, "")
    assert "fehlt" in done.stdout


def test_the_folder_itself_is_no_file_to_write(moderato: Moderato, study: Path) -> None:
    for form in ("pdf", "csv", "html"):
        line = assert_told_in_one_line(moderato("export", study, "--to", form, "--out", "."))
        assert "may not write" in line


@pytest.mark.parametrize(
    "arguments",
    [
        ["export", "{study}", "--to", "html"],
        ["vocabulary", "{study}", "--language", "klingon"],
        ["transcribe", "{study}", "--language", "English please"],
    ],
    ids=" ".join,
)
def test_wrong_use_is_told_before_anything_is_opened(moderato: Moderato, study: Path, arguments: list[str]) -> None:
    done = moderato(*(part.format(study=study) for part in arguments))
    assert done.returncode == 2
    assert "usage:" in done.stderr


def test_what_is_not_there_is_named(moderato: Moderato, study: Path) -> None:
    assert "no single clip" in assert_told_in_one_line(moderato("reel", study, "--title", "x", "--clip", "nope"))
    assert "not in the vocabulary" in assert_told_in_one_line(moderato("vocabulary", study, "--remove", "nope"))


def test_numbers_agree_with_their_words(moderato: Moderato, study: Path, tmp_path: Path) -> None:
    assert moderato("export", study, "--to", "markdown", "--out", tmp_path / "r.md").stdout.startswith("1 issue ")


def test_a_recording_where_a_study_is_meant(moderato: Moderato, study: Path) -> None:
    bundle = study / "sessions" / "2026-09-03T1405_P03_7f3c2a"
    bundle.mkdir(parents=True)
    (bundle / "manifest.json").write_text("{}")
    assert f"its study is {study}" in assert_told_in_one_line(moderato("issues", bundle, "list"))
