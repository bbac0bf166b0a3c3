from __future__ import annotations

import stat
from pathlib import Path

import pytest
from PySide6.QtCore import QByteArray
from pytestqt.qtbot import QtBot

from app.settings import RECENT_LIMIT, Settings


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "moderato.ini"


def test_values_last_and_nobody_else_can_read_them(path: Path, qtbot: QtBot) -> None:
    first = Settings(path)
    assert (first.theme, first.fps) == ("system", 15)
    with qtbot.waitSignal(first.changed) as blocker:
        first.theme = "dark"
    assert blocker.args == ["theme"]
    first.fps = 30
    first.bar_position = [10, 20]
    first.keep_state("window", QByteArray(b"\x00\xffstate"))
    first.flush()
    again = Settings(path)
    assert (again.theme, again.fps, again.bar_position) == ("dark", 30, [10, 20])
    assert again.state("window") == QByteArray(b"\x00\xffstate")
    assert again.state("other") is None
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_setting_the_same_value_tells_nobody(path: Path) -> None:
    made, told = Settings(path), []
    made.changed.connect(told.append)
    made.theme = "dark"
    made.theme = "dark"
    assert told == ["theme"]


def test_what_is_wrong_in_the_file_counts_as_not_set(path: Path) -> None:
    path.write_text(
        '[look]\ntheme="\\"purple\\""\ndensity=5\n[record]\nfps=900\nkeys=broken{\n[user]\nauthor="\\"\\""\n'
    )
    made = Settings(path)
    assert (made.theme, made.density, made.fps, made.keys) == ("system", "comfortable", 15, "categories")
    assert made.author


def test_a_value_that_is_not_allowed_is_refused(path: Path) -> None:
    made = Settings(path)
    with pytest.raises(ValueError, match="look/theme"):
        made.theme = "purple"
    assert made.theme == "system"


def test_recent_studies_are_few_and_the_newest_is_first(path: Path) -> None:
    made = Settings(path)
    for number in range(RECENT_LIMIT + 5):
        made.remember_study(Path(f"/s/{number}"))
    made.remember_study(Path("/s/20"))
    assert made.recent_studies[:2] == ["/s/20", f"/s/{RECENT_LIMIT + 4}"]
    assert len(made.recent_studies) == RECENT_LIMIT
    made.forget_study(Path("/s/20"))
    assert "/s/20" not in made.recent_studies
    assert made.last_study == ""
