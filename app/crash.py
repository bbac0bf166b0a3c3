"""When the app itself is wrong: a report is written, the user is told what is safe, and work goes on if it can.

Recording is another process, so a crash here never ends one.
"""

from __future__ import annotations

import faulthandler
import logging
import os
import platform
import sys
import threading
import traceback
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import TextIO

from PySide6 import __version__ as qt_version
from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QApplication, QDialog, QDialogButtonBox, QLabel, QPlainTextEdit, QVBoxLayout, QWidget

from app.recording import app_version
from app.theme import SPACE, Text, theme

_log = logging.getLogger("ui.crash")
_KEEP = 10
_NATIVE = "native-{pid}.txt"


def pending_reports(folder: Path) -> list[Path]:
    """Reports nobody has seen yet, oldest first; empty ones, which mean a clean end, are cleared away."""
    reports: list[Path] = []
    for path in sorted(folder.glob("*.txt"), key=lambda each: each.stat().st_mtime):
        pid = path.stem.removeprefix("native-")
        if path.stem.startswith("native-") and pid.isdigit() and _alive(int(pid)):
            continue  # it is in use: ours, or another window's
        if path.stat().st_size == 0:
            path.unlink()
        else:
            reports.append(path)
    return reports


def mark_seen(reports: list[Path]) -> None:
    """Keeps the newest reports as `*.seen`, and drops older ones."""
    for path in reports:
        path.rename(path.with_suffix(".seen"))
    if reports:
        seen = sorted(reports[0].parent.glob("*.seen"), key=lambda each: each.stat().st_mtime)
        for path in seen[:-_KEEP]:
            path.unlink()


class CrashHandler(QObject):
    """Catches what nobody caught, on any thread.

    Signals:
        caught(report text): queued to the main thread by Qt where another thread emitted it.
    """

    caught = Signal(str)

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder
        self._native: TextIO | None = None
        self._dialog: ReportDialog | None = None
        self.caught.connect(self._show)

    def install(self) -> None:
        """Takes over the hooks of this process."""
        sys.excepthook = self._unhandled
        threading.excepthook = self._unhandled_in_thread
        path = self._folder / _NATIVE.format(pid=os.getpid())
        path.touch(mode=0o600)
        self._native = path.open("w", encoding="utf-8")
        faulthandler.enable(self._native)

    def uninstall(self) -> None:
        """Gives the hooks back; an ordinary end leaves no report."""
        sys.excepthook = sys.__excepthook__
        threading.excepthook = threading.__excepthook__
        if self._native is not None:
            faulthandler.disable()
            self._native.close()
            path = Path(self._native.name)
            if path.stat().st_size == 0:
                path.unlink()
            self._native = None

    def report(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> str:
        """Writes a report file and returns its text."""
        now = datetime.now(UTC)
        text = "\n".join(
            (
                f"Moderato {app_version()} · {now.isoformat(timespec='seconds')}",
                f"Python {platform.python_version()} · Qt {qt_version} · {platform.platform()}",
                "",
                "".join(traceback.format_exception(kind, error, trace)),
            )
        )
        path = self._folder / f"crash-{now:%Y%m%dT%H%M%S%f}.txt"
        path.touch(mode=0o600)
        path.write_text(text, encoding="utf-8")
        return text

    def _unhandled(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            QApplication.quit()
            return
        _log.critical("unexpected", exc_info=(kind, error, trace))
        self.caught.emit(self.report(kind, error, trace))

    def _unhandled_in_thread(self, args: threading.ExceptHookArgs) -> None:
        if args.exc_value is not None:
            self._unhandled(args.exc_type, args.exc_value, args.exc_traceback)

    def _show(self, text: str) -> None:
        if self._dialog is not None:  # one dialog at a time: a fault that repeats must not bury the screen
            return
        self._dialog = ReportDialog(
            self.tr("Something went wrong in Moderato"),
            self.tr(
                "What was recorded and saved is safe on the disk, and a running recording goes on. "
                "You can carry on; if the window behaves oddly, close it and start Moderato again."
            ),
            text,
            QApplication.activeWindow(),
        )
        self._dialog.finished.connect(self._closed)
        self._dialog.open()

    def _closed(self) -> None:
        if self._dialog is not None:
            self._dialog.deleteLater()
            self._dialog = None
        mark_seen([path for path in pending_reports(self._folder) if path.stem.startswith("crash-")])


class ReportDialog(QDialog):
    """Says what happened and what is safe, and offers the report to copy. Nothing is sent anywhere."""

    def __init__(self, title: str, message: str, report: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Moderato")
        self.resize(640, 440)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE[4], SPACE[4], SPACE[4], SPACE[3])
        layout.setSpacing(SPACE[2])
        heading = QLabel(title)
        heading.setFont(theme().font(Text.TITLE))
        heading.setWordWrap(True)
        words = QLabel(message)
        words.setWordWrap(True)
        label = QLabel(self.tr("&Report: nothing of a session is in it, and nothing is sent unless you send it."))
        label.setProperty("tone", "muted")
        label.setWordWrap(True)
        self.report = QPlainTextEdit(report)
        self.report.setReadOnly(True)
        self.report.setTabChangesFocus(True)
        label.setBuddy(self.report)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        copy = buttons.addButton(self.tr("Copy report"), QDialogButtonBox.ButtonRole.ActionRole)
        copy.clicked.connect(self._copy)
        buttons.rejected.connect(self.reject)
        for widget in (heading, words, label):
            layout.addWidget(widget)
        layout.addWidget(self.report, 1)
        layout.addWidget(buttons)

    def _copy(self) -> None:
        QApplication.clipboard().setText(self.report.toPlainText())


def _alive(pid: int) -> bool:
    return pid == os.getpid() or Path(f"/proc/{pid}").exists()
