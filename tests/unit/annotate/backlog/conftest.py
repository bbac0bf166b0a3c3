"""Findings, and a place to note what was sent."""

from __future__ import annotations

import pytest

from annotate.backlog.finding import Finding, Moment
from annotate.models import Severity
from annotate.store import StudyStore

SECOND = 1_000_000_000


def finding(issue_id: str = "one", number: int = 1, title: str = "Buy gives no feedback", **more: object) -> Finding:
    values: dict[str, object] = {
        "severity": Severity.MAJOR,
        "study": "Shop",
        "task": "Pay",
        "description": "Nothing happens.\nPeople click again.",
        "recommendation": "Show a spinner.",
        "tags": ("Feedback", "two words"),
        "found_by": 3,
        "participants": 5,
        "moments": (Moment("P01", 43 * SECOND, "Clicks thrice", "Did it do anything?"),),
        **more,
    }
    return Finding(issue_id=issue_id, number=number, title=title, **values)  # type: ignore[arg-type]


@pytest.fixture
def issues(store: StudyStore) -> list[Finding]:
    """Three issues of the study, as findings."""
    made = [store.add_issue(title)[0] for title in ("Buy gives no feedback", "Sum is hidden", "Back loses the cart")]
    return [finding(one.id, one.number, one.title) for one in made]
