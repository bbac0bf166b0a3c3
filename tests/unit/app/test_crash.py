from __future__ import annotations

import os
import stat
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.crash import CrashHandler, ReportDialog, mark_seen, pending_reports

pytestmark = pytest.mark.expect_log


@pytest.fixture
def handler(tmp_path: Path, qapp: QApplication) -> Iterator[CrashHandler]:
    hooks = sys.excepthook, threading.excepthook
    made = CrashHandler(tmp_path)
    made.install()
    yield made
    made.uninstall()
    sys.excepthook, threading.excepthook = hooks


@pytest.fixture
def hook(handler: CrashHandler) -> Callable[..., object]:
    """What `install` set; pytest-qt puts its own in its place while a test runs."""
    return sys.excepthook


def crash(hook: Callable[..., object], where: str) -> None:
    try:
        raise RuntimeError(where)
    except RuntimeError as error:
        hook(RuntimeError, error, error.__traceback__)


def shown() -> list[ReportDialog]:
    return [each for each in QApplication.topLevelWidgets() if isinstance(each, ReportDialog) and each.isVisible()]


def test_what_nobody_caught_is_reported_once_and_says_what_is_safe(
    handler: CrashHandler, hook: Callable[..., object], tmp_path: Path, qtbot: QtBot
) -> None:
    crash(hook, "first")
    crash(hook, "second")
    qtbot.waitUntil(lambda: len(shown()) == 1)
    [dialog] = shown()
    assert "RuntimeError: first" in dialog.report.toPlainText()
    assert "in crash" in dialog.report.toPlainText()
    files = list(tmp_path.glob("crash-*.txt"))
    assert len(files) == 2
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    dialog.reject()
    assert pending_reports(tmp_path) == [], "what was shown isn't offered again at the next start"


def test_a_thread_that_fails_is_reported_on_the_main_thread(handler: CrashHandler, qtbot: QtBot) -> None:
    def fail() -> None:
        raise LookupError("in a thread")

    thread = threading.Thread(target=fail)
    with qtbot.waitSignal(handler.caught) as blocker:
        thread.start()
    thread.join()
    assert "LookupError: in a thread" in blocker.args[0]
    qtbot.waitUntil(lambda: len(shown()) == 1)
    shown()[0].reject()


def test_an_ordinary_end_leaves_nothing(handler: CrashHandler, tmp_path: Path) -> None:
    assert (tmp_path / f"native-{os.getpid()}.txt").exists()
    assert pending_reports(tmp_path) == []
    handler.uninstall()
    assert list(tmp_path.iterdir()) == []


def test_a_native_crash_is_offered_at_the_next_start(tmp_path: Path) -> None:
    gone = tmp_path / "native-999999999.txt"
    gone.write_text("Fatal Python error: Segmentation fault")
    (tmp_path / "native-999999998.txt").touch()
    other_window = tmp_path / f"native-{os.getppid()}.txt"
    other_window.write_text("not over yet")
    assert pending_reports(tmp_path) == [gone]
    mark_seen([gone])
    assert pending_reports(tmp_path) == []
    assert gone.with_suffix(".seen").exists()
    assert other_window.exists()
