"""History as it is read."""

from __future__ import annotations

from pathlib import Path

from annotate.models import NewTask, ObservationKind
from annotate.store import StudyStore
from app.heuristic_words import heuristics
from app.history_words import HistoryWords
from app.wording import kind_words

SECOND = 1_000_000_000


def told(store: StudyStore, count: int = 100) -> list[str]:
    return [f"{line.who}: {line.what}: {line.how}" for line in HistoryWords(store).lines(store.history(limit=count))]


def test_history_names_people_things_and_values(tmp_path: Path) -> None:
    with StudyStore.create(tmp_path / "S", "S", author="Ada") as store:
        session = store.register_recording("P07", store.sessions_dir / "one")
        made, _ = store.add_observation(
            session.id, t_start_ns=65 * SECOND, kind=ObservationKind.PROBLEM, body="Two lists"
        )
        store.update_observation(made.id, severity=3)
        tag = store.tags()[0]
        change = store.update_observation(made.id, tag_ids=[tag.id])
        issue, _ = store.add_issue("Too many lists", observation_ids=[made.id])
        store.apply_inverse(change)
        store.remove_tag(tag.id)
        store.remove_observation(made.id)
        lines = told(store)
    problem = kind_words(ObservationKind.PROBLEM)
    where = "Ada: observation at 01:05: "
    assert lines[0].startswith(where)
    assert "removed" in lines[0]
    assert f"{where}made {problem}, “Two lists”" in lines
    assert f"{where}severity none → major" in lines
    assert f"{where}tagged {tag.name}" in lines, "a tag that is gone keeps its name here"
    assert f"{where}undone: tag removed: {tag.name}" in lines
    assert f"{where}assigned to #{issue.number} Too many lists" in lines


def test_what_is_typed_in_one_go_is_one_line(tmp_path: Path) -> None:
    with StudyStore.create(tmp_path / "S", "S", author="Ada") as store:
        session = store.register_recording("P07", store.sessions_dir / "one")
        made, _ = store.add_observation(session.id, t_start_ns=0)
        for text in ("T", "Two", "Two lists"):
            store.update_observation(made.id, body=text)
        assert told(store, 3) == ["Ada: observation at 00:00: text none → “Two lists”"]


def test_ratings_and_what_makes_a_priority_are_said_in_words(tmp_path: Path) -> None:
    with StudyStore.create(tmp_path / "S", "S", author="Ada", tasks=[NewTask("Find it")]) as store:
        session = store.register_recording("P07", store.sessions_dir / "one")
        seen, _ = store.add_observation(session.id, t_start_ns=0)
        issue, _ = store.add_issue("Buy", observation_ids=[seen.id])
        for severity in (3, 1, None):
            store.rate(issue.id, severity)
        store.update_issue(issue.id, reach=3100.0, impact=0.5, confidence=0.8, effort=1.5)
        store.update_issue(issue.id, status="wont_fix", task_id=store.tasks()[0].id, heuristic="nielsen-4")
        store.set_stance(issue.id, [seen.id], speaks_for=False)
        other, _ = store.add_issue("Cart")
        store.merge_issues(other.id, [issue.id])
        store.trim_session(session.id, 2 * SECOND, None)
        store.update_session(session.id, pilot=True)
        store.trash_session(session.id)
        store.restore_session(session.id)
        lines = told(store)
    buy = "Ada: issue #1 Buy: "
    assert f"{buy}rated major" in lines
    assert f"{buy}rated cosmetic, before major" in lines
    assert f"{buy}rating taken back" in lines
    assert f"{buy}people a month none → 3,100; impact none → 0.5; confidence none → 80 %; effort none → 1.5" in lines
    said = next(line for line in lines if "→ won’t fix" in line)
    assert "task none → Find it" in said
    assert f"heuristic none → {heuristics()[3].title}" in said
    assert "Ada: observation at 00:00: speaks against #1 Buy now" in lines
    assert any(line.startswith(f"{buy}merged into none → #2 Cart") for line in lines)
    assert "Ada: session P07: used from none → 00:02.0" in lines
    assert "Ada: session P07: pilot no → yes" in lines
    assert "Ada: session P07: put into the trash" in lines
    assert "Ada: session P07: brought back from the trash" in lines
    assert not any("“3100" in line or "_" in line for line in lines)
