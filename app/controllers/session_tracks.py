"""Reads what the timeline and the picture show of a session's events. No Qt; on a job's thread."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from annotate.models import Speaker, StoredSegment, StoredWord, TaskRun
from annotate.snapping import SnapGroup, SnapKind, SnapPoints
from app.widgets.timeline.data import Gap, GapKind, Speech, Times
from capture.bundle import SessionBundle
from capture.columns import InputRows
from capture.errors import CaptureError
from capture.events import IntervalKind, Mark, MarkKind, WindowEvent
from capture.store import CaptureStore
from transcribe.models import Role

OPEN_END = -1
"""The end of a gap that never ended: the session's."""
_COLOURS = {Role.MODERATOR: 0, Role.PARTICIPANT: 1}
_MARKS = {MarkKind.MARK, MarkKind.NOTE, MarkKind.ASSIST}


def _none() -> Times:
    return np.empty(0, np.int64)


def _no_places() -> NDArray[np.int64]:
    return np.empty((0, 2), np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class PointerPath:
    """Where the pointer was and where it clicked, in pixels of the recorded picture; times sorted, session time."""

    move_ns: Times = field(default_factory=_none)
    move_xy: NDArray[np.int64] = field(default_factory=_no_places)
    click_ns: Times = field(default_factory=_none)
    click_xy: NDArray[np.int64] = field(default_factory=_no_places)
    click_button: Times = field(default_factory=_none)

    def __bool__(self) -> bool:
        return bool(len(self.move_ns) or len(self.click_ns))


@dataclass(frozen=True, slots=True, eq=False)
class SessionEvents:
    """What capture.sqlite3 tells of a session; `missing`: it could not be read."""

    missing: bool = False
    pointer: PointerPath = field(default_factory=PointerPath)
    key_ns: Times = field(default_factory=_none)
    gaps: tuple[Gap, ...] = ()
    windows: tuple[WindowEvent, ...] = ()
    marks: tuple[Mark, ...] = ()
    clock_set_ns: int = 0


def session_events(bundle: SessionBundle | None) -> SessionEvents:
    """All of it; half a million events in half a second."""
    if bundle is None:
        return SessionEvents(missing=True)
    try:
        with CaptureStore.open_read(bundle.capture_path) as capture:
            rows = capture.input_rows()
            return SessionEvents(
                pointer=_pointer(capture, rows),
                key_ns=rows.key_ns,
                gaps=_gaps(capture),
                windows=tuple(capture.windows()),
                marks=tuple(
                    sorted((m for m in capture.marks() if m.kind in _MARKS), key=lambda mark: mark.t_pressed_ns)
                ),
                clock_set_ns=capture.clock_set_ns(),
            )
    except CaptureError:
        return SessionEvents(missing=True)


def speech_of(
    segments: Sequence[StoredSegment], words: Sequence[StoredWord], speakers: Sequence[Speaker]
) -> tuple[Speech, ...]:
    """What each speaker says and when: first those who are known, in their order, then what nobody was named for."""
    said: dict[int, list[StoredWord]] = {}
    for word in words:
        said.setdefault(word.segment_id, []).append(word)
    by_speaker: dict[str | None, list[StoredSegment]] = {}
    for segment in segments:
        by_speaker.setdefault(segment.speaker_id, []).append(segment)
    known = [speaker for speaker in speakers if speaker.id in by_speaker]
    made, others = [], 2
    for speaker in known:
        colour = _COLOURS.get(speaker.role, others)
        others += speaker.role not in _COLOURS
        made.append(_speech(speaker.name or "", speaker.role, colour, by_speaker[speaker.id], said))
    if None in by_speaker:
        made.append(_speech("", None, others if known else 1, by_speaker[None], said))
    return tuple(made)


def _speech(
    name: str, role: Role | None, colour: int, segments: Sequence[StoredSegment], said: Mapping[int, list[StoredWord]]
) -> Speech:
    words = sorted((word for segment in segments for word in said.get(segment.id, ())), key=lambda w: w.t_start_ns)
    return Speech(
        name,
        role,
        colour,
        np.array([segment.t_start_ns for segment in segments], np.int64),
        np.array([segment.t_end_ns for segment in segments], np.int64),
        np.array([word.t_start_ns for word in words], np.int64),
        np.array([word.t_end_ns for word in words], np.int64),
        [word.text.strip() for word in words],
    )


def snap_points(runs: Sequence[TaskRun], click_ns: Times, speech: Sequence[Speech]) -> SnapPoints:
    """Where edges on the timeline come to rest: edges of tasks, clicks, beginnings and ends of words."""
    edges = [(run.t_start_ns, run.task_title) for run in runs]
    edges += [(run.t_end_ns, run.task_title) for run in runs if run.t_end_ns is not None]
    groups = [
        SnapGroup(SnapKind.TASK, np.array([at for at, _ in edges], np.int64), [title for _, title in edges]),
        SnapGroup(SnapKind.CLICK, click_ns),
    ]
    for one in speech:
        times = np.concatenate([one.word_start, one.word_end])
        groups.append(SnapGroup(SnapKind.WORD, times, [*one.words, *one.words]))
    return SnapPoints(groups)


def _pointer(capture: CaptureStore, rows: InputRows) -> PointerPath:
    """From the root window's pixels to the picture's: the recorded part may have moved during the session."""
    layouts = capture.layouts()
    since = np.array([t_ns for t_ns, _ in layouts], np.int64)
    corners = np.array([(layout.recorded.x, layout.recorded.y) for _, layout in layouts], np.int64).reshape(-1, 2)

    def placed(times: Times, places: NDArray[np.int64]) -> NDArray[np.int64]:
        if not len(layouts):
            return places
        return places - corners[np.maximum(np.searchsorted(since, times, side="right") - 1, 0)]

    return PointerPath(
        rows.move_ns,
        placed(rows.move_ns, rows.move_xy),
        rows.click_ns,
        placed(rows.click_ns, rows.click_xy),
        rows.click_button,
    )


def _gaps(capture: CaptureStore) -> tuple[Gap, ...]:
    kinds = {IntervalKind.PAUSE: GapKind.PAUSE, IntervalKind.GAP: GapKind.GAP, IntervalKind.SUSPEND: GapKind.GAP}
    return tuple(
        Gap(i.t_start_ns, i.t_end_ns if i.t_end_ns is not None else OPEN_END, kinds[i.kind])
        for i in capture.intervals()
        if i.kind in kinds
    )
