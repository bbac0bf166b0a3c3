"""What a running session has so far, worked out from its marks. No Qt: the journal is the truth, this only reads it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from annotate.models import Outcome
from capture.events import Mark, MarkKind

SHIFT_NS = 10_000_000_000
"""How far "that was it 10 s ago" reaches back."""
SHIFT_WINDOW_NS = 8_000_000_000
"""For how long after a press it means the mark just made, and not a new one."""


@dataclass(frozen=True, slots=True)
class PlannedTask:
    """A task as the bar offers it."""

    id: str
    title: str
    expected_ns: int | None = None


@dataclass(frozen=True, slots=True)
class RunningTask:
    """The task run that is open: `mark_id` is its TASK_START."""

    mark_id: str
    task_id: str
    title: str
    t_start_ns: int
    expected_ns: int | None


class LiveSession:
    """The state of a session, rebuilt from its marks whenever one comes; the same after a restart of the app."""

    def __init__(self, tasks: Sequence[PlannedTask] = (), marks: Iterable[Mark] = ()) -> None:
        self.tasks = tuple(tasks)
        self._all: dict[str, Mark] = {}
        self.running: RunningTask | None = None
        self.outcomes: dict[str, Outcome | None] = {}
        for mark in marks:
            self._all[mark.id] = mark
        self._rebuild()

    def take(self, mark: Mark) -> None:
        """Adds an acknowledged mark; the same one again changes nothing."""
        self._all[mark.id] = mark
        self._rebuild()

    @property
    def marks(self) -> list[Mark]:
        """The marks that stand, in the order they were made; undone ones and the undoing left out."""
        undone = {mark.ref for mark in self._all.values() if mark.kind is MarkKind.UNDO}
        return [m for m in self._all.values() if m.kind is not MarkKind.UNDO and m.id not in undone]

    @property
    def mark_count(self) -> int:
        """How many moments were marked."""
        return sum(mark.kind is MarkKind.MARK for mark in self.marks)

    def last_mark(self) -> Mark | None:
        """The moment marked last, which a note belongs to."""
        return next((mark for mark in reversed(self.marks) if mark.kind is MarkKind.MARK), None)

    def next_task(self) -> PlannedTask | None:
        """The first task that was not run yet, in the order of the plan."""
        done = set(self.outcomes)
        return next((task for task in self.tasks if task.id not in done), None)

    def undo_group(self) -> list[Mark]:
        """The marks the last press made, newest first: an outcome goes together with the end of its task."""
        marks = [mark for mark in self.marks if mark.kind is not MarkKind.CONSENT]
        if not marks:
            return []
        return [mark for mark in reversed(marks) if mark.t_pressed_ns == marks[-1].t_pressed_ns]

    def shiftable(self, now_ns: int) -> Mark | None:
        """The mark that "that was it 10 s ago" means: pressed just now, and without a note that hangs on it."""
        marks = self.marks
        last = self.last_mark()
        if last is None or now_ns - last.t_pressed_ns > SHIFT_WINDOW_NS:
            return None
        return None if any(mark.ref == last.id for mark in marks) else last

    def _rebuild(self) -> None:
        self.running = None
        self.outcomes = {}
        expected = {task.id: task.expected_ns for task in self.tasks}
        starts: dict[str, str] = {}
        for mark in self.marks:
            match mark.kind:
                case MarkKind.TASK_START:
                    task_id = mark.ref or ""
                    starts[mark.id] = task_id
                    self.outcomes[task_id] = None
                    self.running = RunningTask(mark.id, task_id, mark.body or "", mark.t_ns, expected.get(task_id))
                case MarkKind.TASK_END if self.running is not None and mark.ref == self.running.mark_id:
                    self.running = None
                case MarkKind.OUTCOME if mark.ref in starts:
                    self.outcomes[starts[mark.ref]] = Outcome(str(mark.payload.get("outcome")))
                case _:
                    pass
