"""When the moderator speaks, and how much of a stretch of time is left without it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from annotate.store import StudyStore
from annotate.timeline import TimeRange
from transcribe.models import Role


def moderator_speech(store: StudyStore, session_id: str) -> Sequence[TimeRange] | None:
    """When the moderator speaks in a session; None where nobody knows who speaks."""
    roles = {speaker.id: speaker.role for speaker in store.speakers(session_id)}
    if not roles:
        return None
    spoken = [(roles.get(one.speaker_id or ""), one) for one in store.segments(session_id)]
    if all(role is None for role, _one in spoken):
        return None
    return [TimeRange(one.t_start_ns, one.t_end_ns) for role, one in spoken if role is Role.MODERATOR]


def uncovered_ns(span: TimeRange, covers: Iterable[TimeRange]) -> int:
    """How much of a span is left when the covers, which may overlap, are taken out."""
    left, reached = span.duration_ns, span.start_ns
    for cover in sorted(covers):
        start, end = max(reached, cover.start_ns), min(span.end_ns, cover.end_ns)
        if end > start:
            left -= end - start
            reached = end
    return left
