from __future__ import annotations

import itertools

from annotate.models import Outcome
from app.controllers.live import LiveSession, PlannedTask
from capture.events import Mark, MarkKind

S = 1_000_000_000
TASKS = [PlannedTask("a", "Find the invoice", 180 * S), PlannedTask("b", "Change the address")]
_ids = itertools.count()


def mark(
    kind: MarkKind, at_s: float, *, ref: str | None = None, pressed_s: float | None = None, **payload: str
) -> Mark:
    at = round(at_s * S)
    pressed = at if pressed_s is None else round(pressed_s * S)
    return Mark(f"m{next(_ids)}", at, pressed, kind, ref, "title", payload)


def test_a_task_runs_from_its_start_to_its_end() -> None:
    live = LiveSession(TASKS)
    start = mark(MarkKind.TASK_START, 10, ref="a")
    live.take(start)
    assert live.running is not None
    assert (live.running.task_id, live.running.t_start_ns, live.running.expected_ns) == ("a", 10 * S, 180 * S)
    live.take(mark(MarkKind.TASK_END, 60, ref=start.id))
    live.take(mark(MarkKind.OUTCOME, 60, ref=start.id, outcome="with_help"))
    assert live.running is None
    assert live.outcomes == {"a": Outcome.WITH_HELP}
    following = live.next_task()
    assert following is not None
    assert following.id == "b"


def test_the_end_of_another_run_does_not_end_this_one() -> None:
    first = mark(MarkKind.TASK_START, 1, ref="a")
    end = mark(MarkKind.TASK_END, 2, ref=first.id)
    second = mark(MarkKind.TASK_START, 3, ref="b")
    live = LiveSession(TASKS, [first, end, second, mark(MarkKind.TASK_END, 4, ref=first.id)])
    assert live.running is not None
    assert live.running.mark_id == second.id


def test_an_outcome_and_the_end_of_its_task_are_undone_together() -> None:
    start = mark(MarkKind.TASK_START, 10, ref="a")
    end = mark(MarkKind.TASK_END, 60, ref=start.id)
    outcome = mark(MarkKind.OUTCOME, 60, ref=start.id, outcome="success")
    live = LiveSession(TASKS, [start, end, outcome])
    group = live.undo_group()
    assert [each.id for each in group] == [outcome.id, end.id]
    for each in group:
        live.take(mark(MarkKind.UNDO, 61, ref=each.id))
    assert live.running is not None
    assert live.outcomes == {"a": None}
    assert [each.id for each in live.undo_group()] == [start.id]


def test_consent_cannot_be_undone_by_a_key() -> None:
    assert LiveSession(TASKS, [mark(MarkKind.CONSENT, 0)]).undo_group() == []


def test_that_was_it_earlier_means_the_mark_made_just_now() -> None:
    problem = Mark("p", 100 * S, 100 * S, MarkKind.MARK)
    live = LiveSession(TASKS, [problem])
    assert live.shiftable(105 * S) == problem
    assert live.shiftable(109 * S) is None, "too long ago: a new moment is meant"
    live.take(mark(MarkKind.NOTE, 104, ref="p"))
    assert live.shiftable(105 * S) is None, "a note hangs on it"


def test_reading_the_marks_back_gives_the_same_state() -> None:
    marks = [mark(MarkKind.TASK_START, 1, ref="a"), mark(MarkKind.MARK, 2), mark(MarkKind.MARK, 3)]
    marks.append(mark(MarkKind.UNDO, 4, ref=marks[1].id))
    grown = LiveSession(TASKS)
    for each in marks:
        grown.take(each)
        grown.take(each)
    read = LiveSession(TASKS, marks)
    assert grown.running == read.running
    assert grown.marks == read.marks
    assert read.mark_count == 1
    assert read.last_mark() == marks[2]
