"""History as it is read."""

from __future__ import annotations

from pathlib import Path

from annotate.models import ObservationKind
from annotate.store import StudyStore
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
