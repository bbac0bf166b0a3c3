"""Pulling a session's live marks back to where what they mean began: which ones, and to where."""

from __future__ import annotations

from collections.abc import Mapping

from annotate.changes import ChangeSet
from annotate.errors import StudyError
from annotate.models import Session
from annotate.onset import bursts, onset_ns, utterances
from annotate.store import StudyStore
from annotate.timeline import TimeRange
from capture.bundle import SessionBundle
from capture.errors import CaptureError
from capture.events import Button, ButtonState, Interval, IntervalKind, Mark, MarkKind
from capture.store import CaptureStore
from transcribe.models import Role


def plan(store: StudyStore, session_id: str) -> dict[str, int]:
    """Where each late mark of a session should go: {observation's id: session time}. Changes nothing.

    Left alone are marks that a person moved, or put back; marks of a moment that the moderator chose ("ten seconds
    ago"); and what would be pulled into a private pause. Empty until a session with sound has its transcript: without
    what was said, a click that happened to be near would be taken for what was meant.

    Reads events and words, so it belongs into a job.

    Raises:
        StudyError: SESSION_MISSING, or the study cannot be read.
    """
    session = store.session(session_id)
    late = {one.mark_id: one for one in store.late_marks(session_id)}
    if not late or not _is_heard(store, session):
        return {}
    try:
        bundle = SessionBundle.open(store.bundle_dir(session))
        with CaptureStore.open_read(bundle.capture_path) as capture:
            pressed = {mark.id: mark for mark in capture.marks() if mark.id in late}
            clicks = [
                event.t_ns
                for event in capture.events()
                if isinstance(event, Button) and event.state is ButtonState.DOWN
            ]
            pauses = [one for one in capture.intervals() if one.kind is IntervalKind.PAUSE]
    except (CaptureError, StudyError):
        return {}
    said = utterances(_spoken(store, session_id))
    clicked = bursts(clicks)
    moments: dict[str, int] = {}
    for mark_id, mark in pressed.items():
        observation = late[mark_id]
        if not _is_as_pressed(mark, observation.t_start_ns, session):
            continue
        t_ns = onset_ns(mark.t_pressed_ns, said, clicked)
        if t_ns is not None and 0 <= t_ns < observation.t_start_ns and not _is_beyond(t_ns, mark.t_pressed_ns, pauses):
            moments[observation.id] = t_ns
    return moments


def pull_back(store: StudyStore, session_id: str) -> ChangeSet:
    """Plan and do it, as Moderato's own doing; for the command line and for jobs."""
    moments: Mapping[str, int] = plan(store, session_id)
    with store.automatic():
        return store.pull_back(moments)


def _spoken(store: StudyStore, session_id: str) -> list[TimeRange]:
    """The words of everybody but the moderator, who marks what others say."""
    moderators = {one.id for one in store.speakers(session_id) if one.role is Role.MODERATOR}
    asked = {one.id for one in store.segments(session_id) if one.speaker_id in moderators}
    return [
        TimeRange(word.t_start_ns, max(word.t_start_ns, word.t_end_ns))
        for word in store.words(session_id)
        if word.segment_id not in asked
    ]


def _is_heard(store: StudyStore, session: Session) -> bool:
    if session.transcript_state is not None:
        return session.transcript_state == "done"
    return not any(media.kind in {"mic", "system", "mixed"} for media in store.media(session.id))


def _is_as_pressed(mark: Mark, t_ns: int, session: Session) -> bool:
    end_ns = session.duration_ns
    return (
        mark.kind is MarkKind.MARK
        and mark.t_ns == mark.t_pressed_ns
        and t_ns == (mark.t_ns if end_ns is None else min(mark.t_ns, end_ns))
    )


def _is_beyond(t_ns: int, pressed_ns: int, pauses: list[Interval]) -> bool:
    """Whether a private pause lies between."""
    return any(one.t_start_ns < pressed_ns and (one.t_end_ns is None or one.t_end_ns > t_ns) for one in pauses)
