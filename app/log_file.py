"""The rotating log that app and command line share. No Qt; nobody else can read the file."""

from __future__ import annotations

import logging
import logging.handlers
import os
from pathlib import Path

FORMAT = "%(asctime)s %(levelname)s %(threadName)s %(name)s: %(message)s"
NAME = "moderato.log"
_QT_RULES = "qt.multimedia.symbolsresolver=false;qt.multimedia.ffmpeg*.info=false"


def log_to_file(folder: Path) -> None:
    """Sends records of INFO and above to the log in `folder`, once; where it can't be written, they go nowhere."""
    root = logging.getLogger()
    root.setLevel(logging.INFO)
    if any(isinstance(handler, logging.handlers.RotatingFileHandler) for handler in root.handlers):
        return
    try:
        path = folder / NAME
        path.touch(mode=0o600)
        handler: logging.Handler = logging.handlers.RotatingFileHandler(
            path, maxBytes=1 << 20, backupCount=3, encoding="utf-8"
        )
    except OSError:
        handler = logging.NullHandler()
    handler.setFormatter(logging.Formatter(FORMAT))
    root.addHandler(handler)


def hush_qt() -> None:
    """Call before Qt Multimedia is imported: it looks for PipeWire at once, and says so when it finds none."""
    os.environ.setdefault("QT_LOGGING_RULES", _QT_RULES)
