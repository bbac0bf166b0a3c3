"""Qt's own messages go to the same log as everybody else's."""

from __future__ import annotations

import logging
from pathlib import Path

from PySide6.QtCore import QMessageLogContext, QtMsgType, qInstallMessageHandler

from app.log_file import log_to_file

_LEVELS = {
    QtMsgType.QtDebugMsg: logging.DEBUG,
    QtMsgType.QtInfoMsg: logging.INFO,
    QtMsgType.QtWarningMsg: logging.WARNING,
    QtMsgType.QtCriticalMsg: logging.ERROR,
    QtMsgType.QtFatalMsg: logging.CRITICAL,
}


def start_logging(folder: Path) -> None:
    """Sends log records, Python's warnings and Qt's messages to the log in `folder`."""
    log_to_file(folder)
    logging.captureWarnings(True)
    qInstallMessageHandler(_qt_message)


def stop_logging() -> None:
    """Gives Qt's messages back to Qt."""
    qInstallMessageHandler(None)
    logging.captureWarnings(False)


def _qt_message(kind: QtMsgType, context: QMessageLogContext, text: str) -> None:
    category = getattr(context, "category", None) or "default"
    logging.getLogger(f"qt.{category}").log(_LEVELS.get(kind, logging.INFO), "%s", text)
