from __future__ import annotations

from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QApplication

from annotate.models import ObservationKind, Outcome
from app.plurals import EnglishPlurals
from app.views.bar_words import battery_words, disk_words, late_words, mark_words, stream_lines
from app.views.new_session import next_code
from app.views.new_study import folder_name, lines
from app.widgets.times import clock, day_words, length_words, minutes_of, short_clock
from capture.events import Mark, MarkKind
from capture.protocol import RecorderState, Status, StreamStatus

S = 1_000_000_000
GB = 1_000_000_000


def test_clocks() -> None:
    assert clock(0) == "00:00:00"
    assert clock((3600 + 24 * 60 + 17) * S + 999) == "01:24:17"
    assert short_clock(161 * S) == "02:41"
    assert short_clock(75 * 60 * S) == "75:00"
    assert length_words(35 * S) == "35 s"
    assert length_words(48 * 60 * S) == "48 min"
    assert length_words((2 * 3600 + 13 * 60) * S) == "2 h 13 min"


def test_days_as_one_says_them() -> None:
    now = datetime(2026, 9, 3, 10, 0, tzinfo=timezone(timedelta(hours=2)))
    assert day_words(now - timedelta(hours=1), now) == "today 09:00"
    assert day_words(now - timedelta(hours=11), now) == "yesterday 23:00"
    assert day_words(now - timedelta(days=30), now).endswith(" 2026")
    utc = datetime(2026, 9, 2, 23, 30, tzinfo=timezone.utc)  # noqa: UP017  # the zone matters here, not its name
    assert day_words(utc, now) == "today 01:30"


@pytest.mark.parametrize(("text", "expected"), [("3", 180 * S), (" 3:30 ", 210 * S), ("", None), ("0:45", 45 * S)])
def test_expected_time_as_typed(text: str, expected: int | None) -> None:
    assert minutes_of(text) == expected


@pytest.mark.parametrize("text", ["x", "3:75", "-1", "0", "3:x", "3:-5"])
def test_expected_time_that_makes_no_sense(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        minutes_of(text)


def test_the_next_participant() -> None:
    assert next_code([]) == "P01"
    assert next_code(["P01", "P02", "pilot"]) == "P03"
    assert next_code(["P009"]) == "P010"
    assert next_code(["P99"]) == "P100"


def test_a_folder_any_system_takes() -> None:
    assert folder_name("Checkout: round 2/3?") == "Checkout round 2 3.moderato"
    assert folder_name(" .. ") == ".moderato"
    assert len(Path(folder_name("x" * 300)).name) < 100


def test_tasks_from_lines() -> None:
    assert lines("- Find it\n\n  • Change it \nCancel") == ["Find it", "Change it", "Cancel"]


def status(minutes: int | None, battery: int | None = None, *streams: StreamStatus) -> Status:
    return Status(
        3600 * S, RecorderState.RECORDING, 15, 1, 0, 0, GB, GB,
        streams=streams, disk_minutes=minutes, battery_minutes=battery,
    )  # fmt: skip


def test_how_long_the_disk_lasts() -> None:
    assert disk_words(status(None)) == ("", False), "too early to tell"
    assert disk_words(status(26 * 60)) == ("disk 26 h", False)
    assert disk_words(status(90)) == ("disk 1 h", True)
    assert disk_words(status(30)) == ("disk 30 min", True)
    assert disk_words(status(1000 * 60)) == ("disk > 99 h", False)


def test_how_long_the_battery_lasts() -> None:
    assert battery_words(status(None)) == ("", False), "on mains"
    assert battery_words(status(None, 135)) == ("battery 2 h 15 min", False)
    assert battery_words(status(None, 12)) == ("battery 12 min", True)


def test_what_does_not_deliver_is_named() -> None:
    fine, late = StreamStatus("screen", S // 10, fps=15.0), StreamStatus("mic", 4 * S, 0.5, 0.6)
    resting = StreamStatus("input", 60 * S)
    assert late_words(status(None, None, fine, resting)) == ""
    assert late_words(status(None, None, fine, late)) == "microphone 4 s ago"
    assert stream_lines(status(None, None, fine, late, StreamStatus("window"))) == [
        "Screen: 0.1 s ago · 15 fps · 0 lost",
        "Microphone: 4.0 s ago · level 50 % · 0 lost",
        "Active window: followed",
    ]


def test_in_a_private_pause_nothing_reads_as_if_it_were_recorded() -> None:
    streams = (StreamStatus("screen", S // 10, fps=15.0), StreamStatus("mic", S // 10, 0.5, 0.6))
    paused = Status(S, RecorderState.PAUSED, 15, 9, 0, 0, 1, 1, streams=streams)
    assert stream_lines(paused) == ["Screen: private, not kept", "Microphone: private, not kept"]


def test_what_was_kept() -> None:
    at = (24 * 60 + 7) * S
    assert mark_words(Mark("a", at, at, MarkKind.MARK, payload={"kind": "problem"})) == "Problem at 24:07"
    tagged = {"kind": ObservationKind.MARK.value, "tag": "Wording"}
    assert mark_words(Mark("a", at, at, MarkKind.MARK, payload=tagged)) == "Wording at 24:07"
    ended = {"outcome": Outcome.WITH_HELP.value}
    assert mark_words(Mark("a", at, at, MarkKind.OUTCOME, payload=ended)) == "Task ended: with help"
    assert mark_words(Mark("a", at, at, MarkKind.TASK_END)) == ""


def test_english_plurals(qapp: QApplication) -> None:
    plurals = EnglishPlurals()
    qapp.installTranslator(plurals)
    try:
        words = [QCoreApplication.translate("x", "%n open issue(s)", "", n) for n in (0, 1, 2)]
        assert words == ["0 open issues", "1 open issue", "2 open issues"]
        assert QCoreApplication.translate("x", "file(s)") == "file(s)"
    finally:
        qapp.removeTranslator(plurals)
