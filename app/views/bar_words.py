"""What the recording bar says of marks and of the disk."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from annotate.models import ObservationKind, Outcome
from annotate.timeline import format_time
from app.wording import STREAM_WORDS, kind_words, outcome_words
from capture.events import Mark, MarkKind
from capture.protocol import BATTERY_LOW_MINUTES, RecorderState, Status

S = 1_000_000_000
_LATE_NS = S
_SHORT_MINUTES = 120
_STREAM_NAMES = {"screen": "picture", "mic": "microphone", "system": "computer sound", "camera": "camera"}
"""Streams that deliver all the time; input and windows may rest."""


def disk_words(status: Status) -> tuple[str, bool]:
    """How long the disk lasts at the pace of late, and whether that is short; "" while there is no pace yet."""
    minutes = status.disk_minutes
    if minutes is None:
        return "", False
    if minutes >= 99 * 60:
        return _tr("disk > 99 h"), False
    if minutes >= 60:
        return _tr("disk {n} h").format(n=minutes // 60), minutes < _SHORT_MINUTES
    return _tr("disk {n} min").format(n=minutes), True


def battery_words(status: Status) -> tuple[str, bool]:
    """How long the battery lasts, and whether that is short; "" on mains."""
    minutes = status.battery_minutes
    if minutes is None:
        return "", False
    if minutes >= 60:
        words = _tr("battery {h} h {m} min").format(h=minutes // 60, m=minutes % 60)
    else:
        words = _tr("battery {m} min").format(m=minutes)
    return words, minutes < BATTERY_LOW_MINUTES


def late_words(status: Status) -> str:
    """Which streams have not delivered for a while, e.g. "microphone 4 s ago"; "" when all do."""
    late = [
        _tr("{what} {n} s ago").format(what=_STREAM_NAMES[stream.kind], n=stream.age_ns // S)
        for stream in status.streams
        if stream.kind in _STREAM_NAMES and stream.age_ns is not None and stream.age_ns >= _LATE_NS
    ]
    return " · ".join(late)


def stream_lines(status: Status) -> list[str]:
    """One line for each stream: age of its last sample, level, pictures a second, what was left out.

    In a private pause only that nothing of it is kept: an age or a level would read as if something were.
    """
    is_private = status.state is RecorderState.PAUSED
    lines = []
    for stream in status.streams:
        name = STREAM_WORDS.get(stream.kind, stream.kind).removeprefix("the ")
        name = f"{name[:1].upper()}{name[1:]}"
        if is_private:
            lines.append(_tr("{what}: private, not kept").format(what=name))
            continue
        parts = []
        if stream.age_ns is not None:
            parts.append(_tr("{n} s ago").format(n=f"{stream.age_ns / S:.1f}"))
        if stream.level is not None:
            parts.append(_tr("level {n} %").format(n=round(stream.level * 100)))
        if stream.fps is not None:
            parts.append(_tr("{n} fps").format(n=f"{stream.fps:.0f}"))
        if stream.kind in _STREAM_NAMES or stream.dropped:
            parts.append(_tr("{n} lost").format(n=stream.dropped))
        lines.append(f"{name}: {' · '.join(parts) or _tr('followed')}")
    return lines


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
