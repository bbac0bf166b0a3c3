"""Undo and redo: whatever was done can be taken back, unless somebody else has been there since."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import TypeVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annotate.changes import ChangeSet
from annotate.errors import StudyCode, StudyError
from annotate.models import NewTask, Session
from annotate.store import StudyStore
from transcribe.models import Segment, Transcript, Word

SECOND = 1_000_000_000
Dump = dict[str, list[tuple[object, ...]]]


def dump(path: Path) -> Dump:
    """All rows of all tables, but for when they were last changed, and authors and history, which nobody undoes."""
    found: Dump = {}
    with closing(sqlite3.connect(path)) as conn:
        tables = [row[0] for row in conn.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for table in tables:
            names = [row[1] for row in conn.execute(f"PRAGMA table_info({table})")]
            columns = ", ".join(name for name in names if name != "updated_utc")
            found[table] = sorted(conn.execute(f"SELECT {columns} FROM {table}"), key=repr)
    del found["author"], found["change"]
    return found


def words_of(*texts: str) -> Transcript:
    segments = tuple(
        Segment(n * SECOND, (n + 1) * SECOND, text, (Word(n * SECOND, (n + 1) * SECOND, text, 0.5),))
        for n, text in enumerate(texts)
    )
    return Transcript("t-1", "mic", "tiny.en", "en", segments, False, len(texts) * SECOND)


Step = tuple[str, int, int]
Row = TypeVar("Row")


def act(store: StudyStore, session: Session, step: Step) -> ChangeSet | None:
    """Do one thing a researcher can do, to rows picked by two numbers; None if there is nothing to do it to."""
    what, a, b = step
    observations, issues, tags, tasks = store.observations(), store.issues(), store.tags(), store.tasks()

    def pick(rows: list[Row], n: int = a) -> Row:
        return rows[n % len(rows)]

    def two() -> list[str]:
        return [pick(observations).id, pick(observations, b).id]

    def above(tag_id: str) -> str | None:
        """A tag that another one can be put below."""
        return (
            next((tag.id for tag in tags if tag.id != tag_id and tag.parent_id is None), None)
            if not any(tag.parent_id == tag_id for tag in tags)
            else None
        )

    needs = {
        "observation": observations,
        "issue": issues,
        "tag": tags,
        "task": tasks,
    }
    doing: dict[str, tuple[tuple[str, ...], Callable[[], ChangeSet]]] = {
        "study": ((), lambda: store.update_study(name=f"Study {a}", product=f"{b}")),
        "add_task": ((), lambda: store.add_task(f"Task {a}")),
        "move_task": (("task",), lambda: store.move_task(pick(tasks).id, b % len(tasks))),
        "remove_task": (("task",), lambda: store.remove_task(pick(tasks).id)),
        "ensure_tag": ((), lambda: store.ensure_tag(f"Tag {a % 3}")[1]),
        "update_tag": (("tag",), lambda: store.update_tag(pick(tags).id, colour=f"#{b % 256:06x}")),
        "move_tag": (("tag",), lambda: store.move_tag(pick(tags).id, None if b % 3 else above(pick(tags).id), b % 4)),
        "remove_tag": (("tag",), lambda: store.remove_tag(pick(tags).id)),
        "participant": ((), lambda: store.update_session(session.id, participant_code=f"P{a % 4}")),
        "observe": (
            ("tag",),
            lambda: store.add_observation(
                session.id, t_start_ns=a, t_end_ns=a + b, severity=b % 5, tag_ids=[pick(tags).id]
            )[1],
        ),
        "judge": (("observation",), lambda: store.update_observation(pick(observations).id, severity=b % 5)),
        "move": (("observation",), lambda: store.update_observation(pick(observations).id, t_start_ns=0)),
        "retag": (
            ("observation", "tag"),
            lambda: store.update_observation(pick(observations).id, body=f"{b}", tag_ids=[pick(tags, b).id]),
        ),
        "remove": (("observation",), lambda: store.remove_observation(pick(observations).id)),
        "issue": (
            ("observation",),
            lambda: store.add_issue(f"Issue {a}", observation_ids=two())[1],
        ),
        "link": (("observation", "issue"), lambda: store.link(pick(issues).id, two())),
        "unlink": (("observation", "issue"), lambda: store.unlink(pick(issues).id, two())),
        "edit_issue": (("issue",), lambda: store.update_issue(pick(issues).id, title=f"{b}", severity=b % 5)),
        "remove_issue": (("issue",), lambda: store.remove_issue(pick(issues).id)),
        "transcript": ((), lambda: store.put_transcript(session.id, words_of(*"abcdef"[: a % 7]))),
    }
    wanted, do = doing[what]
    return do() if all(needs[name] for name in wanted) else None


ACTIONS = (
    *(
        "study",
        "add_task",
        "move_task",
        "remove_task",
        "ensure_tag",
        "update_tag",
        "move_tag",
        "remove_tag",
        "participant",
    ),
    *("observe", "observe", "judge", "move", "retag", "remove", "transcript"),
    *("issue", "issue", "link", "unlink", "edit_issue", "remove_issue"),
)
STEPS = st.lists(st.tuples(st.sampled_from(ACTIONS), st.integers(0, 30), st.integers(0, 30)), max_size=25)


@pytest.fixture(scope="module")
def template() -> Iterator[tuple[Path, str]]:
    """A study with a session, to be copied for each example."""
    with tempfile.TemporaryDirectory() as name:
        with StudyStore.create(Path(name) / "T", "T", author="Ada", tasks=[NewTask("A"), NewTask("B")]) as store:
            session = store.register_recording("P0", store.sessions_dir / "one")
            store.update_session(session.id, state="recorded")
            store.add_observation(session.id, t_start_ns=3)
        yield Path(name) / "T.moderato", session.id


@settings(max_examples=60)
@given(steps=STEPS)
def test_undoing_all_gives_the_study_as_it_was_and_redoing_all_as_it_became(
    template: tuple[Path, str], steps: list[Step]
) -> None:
    source, session_id = template
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "S.moderato"
        folder.mkdir()
        shutil.copyfile(source / "study.sqlite3", folder / "study.sqlite3")
        (folder / "backups").mkdir()
        with StudyStore.open(folder, author="Ada") as store:
            session = store.session(session_id)
            dumps, done = [dump(store.path)], []
            for step in steps:
                change = act(store, session, step)
                if change is not None and not change.empty:
                    done.append(change)
                    dumps.append(dump(store.path))
            redo = []
            for change, before in zip(reversed(done), reversed(dumps[:-1]), strict=True):
                redo.append(store.apply_inverse(change))
                assert dump(store.path) == before
            for change, after in zip(reversed(redo), dumps[1:], strict=True):
                store.apply_inverse(change)
                assert dump(store.path) == after
            assert store._db.all("PRAGMA foreign_key_check") == []


def stale(store: StudyStore, change: ChangeSet) -> None:
    before = dump(store.path)
    with pytest.raises(StudyError) as caught:
        store.apply_inverse(change)
    assert caught.value.code is StudyCode.STALE_CHANGE
    assert dump(store.path) == before, "a refused undo undoes nothing"


def test_removing_an_issue_takes_its_links_along_and_undo_brings_them_back(store: StudyStore, session: Session) -> None:
    ids = [store.add_observation(session.id, t_start_ns=t)[0].id for t in (1, 2, 3)]
    issue, _ = store.add_issue("A", severity=2, observation_ids=ids)
    change = store.remove_issue(issue.id)
    assert change.tables == {"issue", "issue_observation"}
    assert change.ids("issue_observation") == {issue.id}
    assert store.observation(ids[0]).issue_ids == ()
    redo = store.apply_inverse(change)
    assert store.issues() == [issue]
    store.apply_inverse(redo)
    assert store.issues() == []


def test_removing_an_observation_takes_tags_and_links_along_and_undo_brings_them_back(
    store: StudyStore, session: Session
) -> None:
    one, _ = store.add_observation(session.id, t_start_ns=1, tag_ids=[tag.id for tag in store.tags()[:3]])
    store.add_issue("A", observation_ids=[one.id])
    as_it_was = store.observation(one.id)
    change = store.remove_observation(one.id)
    assert store.issues()[0].observation_ids == ()
    store.apply_inverse(change)
    assert store.observation(one.id) == as_it_was


def test_undo_restores_only_what_the_change_touched(store: StudyStore, session: Session) -> None:
    one, _ = store.add_observation(session.id, t_start_ns=1, body="mine", severity=1)
    change = store.update_observation(one.id, severity=4)
    with StudyStore.open(store.folder, author="Bob") as other:
        other.update_observation(one.id, body="Bob's")
    store.apply_inverse(change)
    now = store.observation(one.id)
    assert (now.severity, now.body) == (1, "Bob's")


def test_undo_refuses_to_overwrite_what_somebody_else_did(store: StudyStore, session: Session) -> None:
    one, added = store.add_observation(session.id, t_start_ns=1, severity=1)
    change = store.update_observation(one.id, severity=4)
    with StudyStore.open(store.folder, author="Bob") as other:
        other.update_observation(one.id, severity=2)
        stale(store, change)
        stale(store, added)
        other.remove_observation(one.id)
        stale(store, change)
        stale(store, added)


def test_undoing_an_insert_refuses_to_take_along_what_others_hung_on_it(store: StudyStore, session: Session) -> None:
    one, added = store.add_observation(session.id, t_start_ns=1)
    issue, made = store.add_issue("A")
    with StudyStore.open(store.folder, author="Bob") as other:
        other.link(issue.id, [one.id])
    stale(store, added)
    stale(store, made)


def test_undoing_a_removal_is_refused_when_what_it_hung_on_is_gone(store: StudyStore, session: Session) -> None:
    one, _ = store.add_observation(session.id, t_start_ns=1)
    issue, _ = store.add_issue("A", observation_ids=[one.id])
    change = store.unlink(issue.id, [one.id])
    store.remove_issue(issue.id)
    stale(store, change)


def test_a_removed_issue_comes_back_with_another_number_if_its_own_is_taken(store: StudyStore) -> None:
    first, _ = store.add_issue("First")
    change = store.remove_issue(first.id)
    second, _ = store.add_issue("Second")
    assert second.number == first.number == 1
    store.apply_inverse(change)
    assert [(issue.number, issue.title) for issue in store.issues()] == [(1, "Second"), (2, "First")]


def test_a_task_in_use_is_not_removed(store: StudyStore, session: Session) -> None:
    task = store.tasks()[0]
    with store._db.write() as tx:
        tx.insert("task_run", {"id": "r", "session_id": session.id, "task_id": task.id, "t_start_ns": 0})
    with pytest.raises(StudyError) as caught:
        store.remove_task(task.id)
    assert caught.value.code is StudyCode.ROW_IN_USE
    assert task in store.tasks()
    store.add_observation(session.id, t_start_ns=5)
    assert store.observations()[0].task_run_id == "r"


def test_undoing_nothing_does_nothing(store: StudyStore) -> None:
    assert store.apply_inverse(ChangeSet()).empty
