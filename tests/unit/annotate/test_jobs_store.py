"""Jobs in the study: one open for a session, in an order, with how far they came; no more kept than is useful."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from annotate import _jobs
from annotate.errors import StudyCode, StudyError
from annotate.models import JobState
from annotate.store import StudyStore
from tests.helpers.review_data import add_session, make_study


@pytest.fixture
def study(tmp_path: Path) -> Iterator[StudyStore]:
    with make_study(tmp_path) as store:
        for code in ("P01", "P02"):
            add_session(store, code, frames=30, video=False)
        yield store


def test_one_open_job_for_a_session_in_the_order_of_the_queue(study: StudyStore) -> None:
    first, second = (session.id for session in study.sessions())
    job, _ = study.add_job(first, {"model": "base", "language": "de"})
    study.add_job(second, {"model": "tiny"}, position=0)
    again, change = study.add_job(first, {"model": "other"})
    assert again == job
    assert change.empty
    assert [each.session_id for each in study.open_jobs()] == [second, first]
    assert study.open_jobs()[1].params == {"model": "base", "language": "de"}
    study.place_job(job.id, -1)
    assert [each.session_id for each in study.open_jobs()] == [first, second]
    study.set_job(job.id, JobState.PAUSED, fraction=0.5)
    study.set_job(job.id, JobState.FAILED, error_code="disk_full")
    [failed] = study.jobs([JobState.FAILED])
    assert (failed.fraction, failed.error_code) == (0.5, "disk_full")
    assert study.add_job(first, {})[0].id != job.id, "what is over doesn't stand in the way"


def test_a_job_needs_its_session_and_goes_with_it(study: StudyStore) -> None:
    with pytest.raises(StudyError) as refused:
        study.add_job("nobody", {})
    assert refused.value.code is StudyCode.SESSION_MISSING
    with pytest.raises(StudyError):
        study.set_job("nothing", JobState.DONE)


def test_old_jobs_are_forgotten_but_never_open_ones(study: StudyStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_jobs, "_KEEP", 3)
    first, second = (session.id for session in study.sessions())
    study.add_job(second, {})
    for _ in range(8):
        study.set_job(study.add_job(first, {})[0].id, JobState.DONE)
    study.add_job(first, {})
    assert len(study.jobs([JobState.DONE])) == 3
    assert len(study.open_jobs()) == 2
