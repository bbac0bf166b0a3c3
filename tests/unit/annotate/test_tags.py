"""Tags are a tree."""

from __future__ import annotations

import pytest

from annotate.errors import StudyCode, StudyError
from annotate.models import Session, Tag
from annotate.store import StudyStore


def tree(store: StudyStore) -> list[tuple[str, str | None]]:
    names = {tag.id: tag.name for tag in store.tags()}
    return [(tag.name, names.get(tag.parent_id or "")) for tag in store.tags()]


@pytest.fixture
def abc(store: StudyStore) -> list[Tag]:
    for tag in store.tags():
        store.remove_tag(tag.id)
    for name in "ABC":
        store.add_tag(name)
    return store.tags()


def test_tags_below_others_follow_them(store: StudyStore, abc: list[Tag]) -> None:
    store.add_tag("A1", parent_id=abc[0].id)
    store.add_tag("A2", parent_id=abc[0].id)
    assert tree(store) == [("A", None), ("A1", "A"), ("A2", "A"), ("B", None), ("C", None)]
    change = store.move_tag(abc[2].id, abc[0].id, 1)
    assert tree(store) == [("A", None), ("A1", "A"), ("C", "A"), ("A2", "A"), ("B", None)]
    store.apply_inverse(change)
    assert tree(store) == [("A", None), ("A1", "A"), ("A2", "A"), ("B", None), ("C", None)]


def test_a_tag_never_gets_below_itself(store: StudyStore, abc: list[Tag]) -> None:
    store.move_tag(abc[1].id, abc[0].id, 0)
    for parent in (abc[0].id, abc[1].id):
        with pytest.raises(StudyError) as caught:
            store.move_tag(abc[0].id, parent, 0)
        assert caught.value.code is StudyCode.VALUE_INVALID
    with pytest.raises(StudyError) as caught:
        store.move_tag(abc[0].id, "nowhere", 0)
    assert caught.value.code is StudyCode.ROW_MISSING


def test_removing_a_branch_takes_it_off_observations_and_undo_brings_it_back(
    store: StudyStore, session: Session, abc: list[Tag]
) -> None:
    store.move_tag(abc[1].id, abc[0].id, 0)
    observation, _ = store.add_observation(session.id, t_start_ns=1, tag_ids=[abc[1].id, abc[2].id])
    change = store.remove_tag(abc[0].id)
    assert tree(store) == [("C", None)]
    assert store.observation(observation.id).tag_ids == (abc[2].id,)
    store.apply_inverse(change)
    assert tree(store) == [("A", None), ("B", "A"), ("C", None)]
    assert set(store.observation(observation.id).tag_ids) == {abc[1].id, abc[2].id}
