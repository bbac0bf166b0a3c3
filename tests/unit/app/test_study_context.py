from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from annotate.errors import StudyCode, StudyError
from annotate.store import StudyStore
from app.jobs import Jobs
from app.study_context import StudyContext


@pytest.fixture
def context(tmp_path: Path, qapp: object) -> Iterator[StudyContext]:
    jobs = Jobs()
    store = StudyStore.create(tmp_path / "s", "Study", author="me", tags=[])
    made = StudyContext(store, jobs, author="me")
    yield made
    made.close()
    jobs.shutdown()


def titles(context: StudyContext) -> list[str]:
    return [task.title for task in context.store.tasks()]


def test_every_change_can_be_undone_and_redone(context: StudyContext) -> None:
    for title in ("a", "b", "c"):
        context.do("Add task", lambda store, title=title: store.add_task(title))
    first = context.store.tasks()[0].id
    context.do("Move task", lambda store: store.move_task(first, 2))
    context.do("Rename", lambda store: store.update_task(first, title="A"))
    assert titles(context) == ["b", "c", "A"]
    assert context.undo.undoText() == "Rename"
    context.undo.undo()
    context.undo.undo()
    assert titles(context) == ["a", "b", "c"]
    context.undo.redo()
    context.undo.redo()
    assert titles(context) == ["b", "c", "A"]
    for _ in range(5):
        context.undo.undo()
    assert titles(context) == []
    for _ in range(5):
        context.undo.redo()
    assert titles(context) == ["b", "c", "A"]


def test_changes_are_told_with_who_made_them(context: StudyContext) -> None:
    told: list[tuple[object, object]] = []
    context.changed.connect(lambda change, who: told.append((sorted(change.tables), who)))
    me = object()
    context.do("Add task", lambda store: store.add_task("a"), me)
    context.undo.undo()
    assert told == [(["task"], me), (["task"], None)]


def test_a_value_beside_the_change_is_returned(context: StudyContext) -> None:
    tag = context.do("Add code", lambda store: store.ensure_tag("Wording"))
    assert tag is not None
    assert tag.name == "Wording"


def test_a_refused_change_changes_nothing_and_is_told(context: StudyContext, qtbot: QtBot) -> None:
    with qtbot.waitSignal(context.failed) as blocker:
        assert context.do("Add task", lambda store: store.add_task("  ")) is None
    assert blocker.args[0].code is StudyCode.VALUE_INVALID
    assert not context.undo.canUndo()


def test_steps_with_one_name_are_one_step_of_undo(context: StudyContext) -> None:
    context.do("Add task", lambda store: store.add_task("a"))
    task = context.store.tasks()[0].id
    for text in ("ab", "abc", "abcd"):
        context.do("Type", lambda store, text=text: store.update_task(task, title=text), merge=f"title {task}")
    assert context.undo.count() == 2
    context.undo.undo()
    assert titles(context) == ["a"]
    context.undo.redo()
    assert titles(context) == ["abcd"]


def test_a_step_that_somebody_else_overtook_is_not_undone(context: StudyContext, qtbot: QtBot) -> None:
    context.do("Add task", lambda store: store.add_task("a"))
    task = context.store.tasks()[0].id
    context.do("Rename", lambda store: store.update_task(task, title="mine"))
    with context.open_store() as other:
        other.update_task(task, title="theirs")
    with qtbot.waitSignal(context.failed) as blocker:
        context.undo.undo()
    assert isinstance(blocker.args[0], StudyError)
    assert blocker.args[0].code is StudyCode.STALE_CHANGE
    assert titles(context) == ["theirs"]
    assert context.undo.undoText() == "Add task"


def test_a_change_of_another_process_is_noticed(context: StudyContext, qtbot: QtBot) -> None:
    with qtbot.waitSignal(context.changed, timeout=20_000) as blocker, context.open_store() as other:
        other.add_task("theirs")
    assert blocker.args == [None, None]
    told: list[object] = []
    context.changed.connect(lambda change, who: told.append(change))
    context.look_for_changes()
    assert told == [], "one change is told once"
    context.do("Add task", lambda store: store.add_task("mine"))
    context.look_for_changes()
    assert len(told) == 1, "a change of our own isn't told again"
