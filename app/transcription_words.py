"""What is said of a transcription where there is little room."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from app.controllers.job_queue import Run, Standing


def short_words(run: Run) -> str:
    """How a run stands, for a cell of a table."""
    percent = None if run.fraction is None else f"{int(run.fraction * 100)} %"
    match run.standing:
        case Standing.QUEUED:
            return _with(_tr("Queued"), percent if run.fraction else None)
        case Standing.RUNNING:
            return f"{_tr('Transcribing')} {percent or '…'}"
        case Standing.PAUSED:
            return _with(_tr("Paused"), percent)
        case Standing.RECORDING:
            return _tr("Waits for the recording")
        case Standing.ELSEWHERE:
            return _tr("Transcribed elsewhere")
        case Standing.ENDING:
            return _tr("Stopping…")


def _with(words: str, percent: str | None) -> str:
    return f"{words} · {percent}" if percent else words


def _tr(text: str) -> str:
    return QCoreApplication.translate("transcription", text)
