"""Searching, from the command line."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from annotate.store import StudyStore
from tests.integration.cli.conftest import Moderato, assert_told_in_one_line
from tests.unit.annotate.test_search import talk


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    with StudyStore.create(tmp_path / "Shop", "Shop", author="Ada") as store:
        talk(store, "P01", "Where would you pay?", "I don't see the <b>cart</b>.")
        return store.folder


def test_finds_remembers_and_tells_what_is_gone(moderato: Moderato, shop: Path) -> None:
    assert moderato("search", "cart").stdout.startswith("0 places found")
    done = moderato("search", "cart", "--study", shop.with_suffix(""))
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "Shop  P01  2026-09-01\n  00:10  P01: I don't see the <b>cart</b>.\n1 place found\n"
    found = json.loads(moderato("search", "pay", "--speaker", "moderator", "--json").stdout)
    assert [(hit["start_s"], hit["role"], hit["found"]) for hit in found["hits"]] == [(0.0, "moderator", [[16, 19]])]
    shutil.rmtree(shop)
    gone = moderato("search", "pay")
    assert gone.returncode == 0
    assert "0 places" in gone.stdout
    assert str(shop) in gone.stderr
    assert "not searched" in gone.stderr
    assert moderato("search", "--rebuild", "pay").stderr == ""


def test_wrong_use(moderato: Moderato, tmp_path: Path) -> None:
    assert moderato("search").returncode == 2
    assert str(tmp_path / "nothing") in assert_told_in_one_line(
        moderato("search", "x", "--study", tmp_path / "nothing")
    )


def test_subtitles_made_elsewhere_come_in_and_go_out_as_the_docs_show(
    moderato: Moderato, shop: Path, tmp_path: Path
) -> None:
    file = tmp_path / "P01.srt"
    file.write_text(
        "1\n00:00:01,000 --> 00:00:02,000\nModerator: Ready?\n\n2\n00:00:03,000 --> 00:00:04,000\nP01: Yes.\n"
    )
    done = moderato("import-transcript", shop, file, "--session", "P01")
    assert done.stdout.startswith("2 segments, 2 speakers"), done.stderr
    out = tmp_path / "out.txt"
    moderato("export", shop, "--to", "txt", "--session", "P01", "--out", out, "--times")
    assert out.read_text() == "[00:00:01.000] Moderator: Ready?\n[00:00:03.000] P01: Yes.\n"
    file.write_text("nothing of the kind")
    assert (
        "nothing was changed"
        in assert_told_in_one_line(moderato("import-transcript", shop, file, "--session", "P01")).casefold()
    )
