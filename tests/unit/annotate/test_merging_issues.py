"""Issues put together and taken apart: nothing is lost, it can be undone, and likely duplicates are found."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotate.duplicates import LIKELY, pairs, suggest
from annotate.errors import StudyCode, StudyError
from annotate.merging import merge
from annotate.models import Issue, IssueStatus, Session
from annotate.store import StudyStore
from benchmarks.duplicates import measure
from tests.unit.annotate.test_changes import dump


@pytest.fixture
def two(store: StudyStore, session: Session) -> tuple[Issue, Issue]:
    """Two issues of the same problem, with one observation in common and one each of their own."""
    seen = [store.add_observation(session.id, t_start_ns=number, body=f"seen {number}")[0].id for number in range(3)]
    keep, _ = store.add_issue("Buy button gives no feedback", observation_ids=seen[:2])
    other, _ = store.add_issue(
        "No feedback after pressing Buy", description="Nothing happens", observation_ids=seen[1:]
    )
    return store.issue(keep.id), store.issue(other.id)


def test_what_is_kept_apart_is_not_suggested_again_here_or_there(
    store: StudyStore, two: tuple[Issue, Issue], tmp_path: Path
) -> None:
    one, other = two
    assert len(suggest(store)) == 1
    change = store.keep_apart(other.id, one.id)
    assert suggest(store) == []
    assert not store.keep_apart(one.id, other.id).rows, "said once, in either order"
    with StudyStore.create(tmp_path / "Bo", "Shop", author="Bo") as bo:
        bo.add_issue(other.title)
        merge(bo, store.folder)
        assert suggest(bo) == []
        assert merge(bo, store.folder).empty
    store.apply_inverse(change)
    assert len(suggest(store)) == 1
    store.keep_apart(one.id, other.id)
    assert store.keep_apart(other.id, one.id, apart=False).rows
    assert store.kept_apart() == frozenset()
    for bad in (one.id, "nothing"):
        with pytest.raises(StudyError):
            store.keep_apart(one.id, bad)
    store.keep_apart(one.id, other.id)
    removed = store.remove_issue(other.id)
    assert store.kept_apart() == frozenset()
    store.apply_inverse(removed)
    assert len(store.kept_apart()) == 1


def test_merged_the_evidence_is_together_and_the_other_says_where_it_went(
    store: StudyStore, two: tuple[Issue, Issue]
) -> None:
    keep, other = two
    before = dump(store.path)
    change = store.merge_issues(keep.id, [other.id])
    (merged,) = store.issues()
    assert len(merged.observation_ids) == 3
    assert merged.description == "Nothing happens", "a text that it lacked"
    gone = store.issue(other.id)
    assert (gone.merged_into, gone.status, gone.observation_ids) == (keep.id, IssueStatus.DUPLICATE, ())
    store.apply_inverse(change)
    assert dump(store.path) == before


def test_what_raters_gave_goes_along(store: StudyStore, two: tuple[Issue, Issue]) -> None:
    keep, other = two
    for issue, rater, severity in ((keep, "Ada", 1), (other, "Ada", 4), (other, "Bo", 3)):
        store.rate(issue.id, severity, author=rater)
    before = dump(store.path)
    change = store.merge_issues(keep.id, [other.id])
    assert store.ratings()[keep.id] == {"Ada": 1, "Bo": 3}, "Ada rated the one that stays"
    store.apply_inverse(change)
    assert dump(store.path) == before


def test_merging_follows_what_was_merged_before(store: StudyStore, two: tuple[Issue, Issue]) -> None:
    keep, other = two
    store.merge_issues(keep.id, [other.id])
    last, _ = store.add_issue("Third")
    store.merge_issues(last.id, [keep.id])
    assert {store.issue(one.id).merged_into for one in two} == {last.id}
    for wrong in ((last.id, last.id), (keep.id, last.id), (last.id, keep.id)):
        with pytest.raises(StudyError) as refused:
            store.merge_issues(wrong[0], [wrong[1]])
        assert refused.value.code is StudyCode.VALUE_INVALID


def test_split_off_the_evidence_goes_along(store: StudyStore, two: tuple[Issue, Issue]) -> None:
    keep, _ = two
    store.set_stance(keep.id, [keep.observation_ids[1]], speaks_for=False)
    before = dump(store.path)
    made, change = store.split_issue(keep.id, [keep.observation_ids[1]], "Another")
    assert store.issue(keep.id).observation_ids == keep.observation_ids[:1]
    assert made.observation_ids == keep.observation_ids[1:]
    assert [link.speaks_for for link in store.issue_links() if link.issue_id == made.id] == [False]
    store.apply_inverse(change)
    assert dump(store.path) == before
    with pytest.raises(StudyError):
        store.split_issue(keep.id, [], "Nothing")
    assert dump(store.path) == before


def test_likely_duplicates_are_suggested(store: StudyStore, two: tuple[Issue, Issue]) -> None:
    for title in (
        "Invoice list has no dates",
        "Photos load slowly",
        "Cookie banner hides the footer",
        "Sizes in inches",
    ):
        store.add_issue(title)
    (found,) = suggest(store)
    assert {found.first, found.second} == {one.id for one in two}
    assert found.score >= LIKELY
    assert "feedback" in found.words
    store.update_issue(two[1].id, status=IssueStatus.DUPLICATE)
    assert suggest(store) == [], "somebody said so already"


def test_planted_duplicates_are_found() -> None:
    """The figures of docs/benchmarks.md, as a bound: most of the pairs, and little else."""
    found = measure()
    assert found.recall >= 0.85
    assert found.precision >= 0.85


@given(st.lists(st.text(max_size=40), max_size=12))
def test_scores_are_shares_whatever_is_written(texts: list[str]) -> None:
    for first, second, score, _words in pairs(texts, [None] * len(texts)):
        assert first < second
        assert 0 <= score <= 1
