"""What the recording bar says of marks and of the disk."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from annotate.models import ObservationKind, Outcome
from annotate.timeline import format_time
from app.wording import kind_words, outcome_words
from capture.events import Mark, MarkKind
from capture.protocol import Status

_PACE_AFTER_NS = 15_000_000_000
_HOUR_S = 3600.0


def disk_words(status: Status) -> tuple[str, bool]:
    """How long the disk lasts at the pace so far, and whether that is short; "" while there is no pace yet."""
    if status.t_ns < _PACE_AFTER_NS or status.bytes_written <= 0:
        return "", False
    seconds = status.disk_free_bytes / (status.bytes_written / (status.t_ns / 1e9))
    hours = seconds / _HOUR_S
    if hours >= 99:
        return _tr("over 99 h left"), False
    if hours >= 1:
        return _tr("{n} h left").format(n=int(hours)), hours < 2
    return _tr("{n} min left").format(n=int(seconds // 60)), True


def mark_words(mark: Mark) -> str:
    """What was just kept, e.g. "Problem at 24:07"; "" for what the bar shows in another way."""
    match mark.kind:
        case MarkKind.MARK:
            tag = mark.payload.get("tag")
            kind = kind_words(ObservationKind(str(mark.payload.get("kind", "mark"))))
            name = str(tag) if tag else kind[:1].upper() + kind[1:]
            return _tr("{what} at {time}").format(what=name, time=format_time(mark.t_ns))
        case MarkKind.NOTE:
            return _tr("Note at {time}").format(time=format_time(mark.t_ns))
        case MarkKind.TASK_START:
            return _tr("Task started at {time}").format(time=format_time(mark.t_ns))
        case MarkKind.OUTCOME:
            return _tr("Task ended: {outcome}").format(outcome=outcome_words(Outcome(str(mark.payload.get("outcome")))))
        case MarkKind.UNDO:
            return _tr("Taken back")
        case _:
            return ""


def _tr(text: str) -> str:
    return QCoreApplication.translate("bar", text)
