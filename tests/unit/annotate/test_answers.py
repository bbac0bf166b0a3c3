"""Answers to questionnaires and ratings of severity, with undo."""

from __future__ import annotations

import json
import sqlite3

import pytest

from annotate.errors import StudyCode, StudyError
from annotate.models import Outcome, Session, Severity
from annotate.questionnaires import FORMS, Instrument
from annotate.store import StudyStore
from tests.unit.annotate.conftest import SECOND


@pytest.fixture
def run_id(store: StudyStore, session: Session) -> str:
    with store._db.write() as tx:
        tx.insert(
            "task_run",
            {
                "id": "run",
                "session_id": session.id,
                "task_id": store.tasks()[0].id,
                "t_start_ns": 0,
                "t_end_ns": 60 * SECOND,
                "outcome": Outcome.SUCCESS.value,
            },
        )
    return "run"


def test_answers_are_kept_in_the_order_of_the_form(store: StudyStore, session: Session, run_id: str) -> None:
    store.answer(Instrument.SUS, session.id, {"q10": 1, "q2": 5})
    store.answer(Instrument.SEQ, session.id, {"ease": 6}, run_id)
    store.answer(Instrument.SUS, session.id, {"q2": 4})
    sus, seq = sorted(store.responses(), key=lambda one: one.task_run_id or "")
    assert (sus.instrument, sus.answers, sus.complete) == (Instrument.SUS, (("q2", 4), ("q10", 1)), False)
    assert (seq.instrument, seq.values(), seq.complete, seq.task_run_id) == (Instrument.SEQ, (6,), True, run_id)
    assert [one.id for one in store.responses(session.id)] == [one.id for one in store.responses()]
    with sqlite3.connect(store.path) as conn:
        [definition] = conn.execute("SELECT definition_json FROM questionnaire WHERE instrument = 'sus'").fetchone()
    conn.close()
    assert [item["item"] for item in json.loads(definition)["items"]] == list(FORMS[Instrument.SUS].names)


def test_an_answer_can_be_taken_away_and_undone(store: StudyStore, session: Session, run_id: str) -> None:
    store.answer(Instrument.SEQ, session.id, {"ease": 2}, run_id)
    change = store.answer(Instrument.SEQ, session.id, {"ease": None}, run_id)
    assert store.responses() == []
    store.apply_inverse(change)
    assert [one.values() for one in store.responses()] == [(2,)]
    assert store.answer(Instrument.SEQ, session.id, {"ease": 2}, run_id).empty


@pytest.mark.parametrize(
    ("instrument", "answers", "with_run"),
    [
        (Instrument.SEQ, {"ease": 8}, True),
        (Instrument.SEQ, {"ease": True}, True),
        (Instrument.SEQ, {"q1": 3}, True),
        (Instrument.SEQ, {"ease": 3}, False),
        (Instrument.SUS, {"q1": 6}, False),
        (Instrument.SUS, {"q1": 3}, True),
    ],
)
def test_what_the_form_has_not_got_is_refused(
    store: StudyStore, session: Session, run_id: str, instrument: Instrument, answers: dict[str, int], with_run: bool
) -> None:
    with pytest.raises(StudyError) as told:
        store.answer(instrument, session.id, answers, run_id if with_run else None)
    assert told.value.code is StudyCode.VALUE_INVALID
    assert store.responses() == []


def test_a_run_of_another_session_is_refused(store: StudyStore, session: Session, run_id: str) -> None:
    other = store.register_recording("P02", store.sessions_dir / "two")
    with pytest.raises(StudyError) as told:
        store.answer(Instrument.SEQ, other.id, {"ease": 3}, run_id)
    assert told.value.code is StudyCode.ROW_MISSING
    with pytest.raises(StudyError) as told:
        store.answer(Instrument.SUS, "nobody", {"q1": 3})
    assert told.value.code is StudyCode.SESSION_MISSING


def test_each_rater_rates_for_themselves(store: StudyStore) -> None:
    issue, _ = store.add_issue("Invoices cannot be found", severity=1)
    store.rate(issue.id, 3)
    change = store.rate(issue.id, 2, author="Bo")
    assert store.ratings() == {issue.id: {"Ada": Severity.MAJOR, "Bo": Severity.MINOR}}
    assert store.issue(issue.id).severity is Severity.COSMETIC
    store.apply_inverse(change)
    store.rate(issue.id, None)
    assert store.ratings() == {}
    with pytest.raises(StudyError):
        store.rate(issue.id, 5)
    with pytest.raises(StudyError):
        store.rate("gone", 2)


def test_what_a_priority_is_made_of(store: StudyStore) -> None:
    issue, _ = store.add_issue("Invoices cannot be found")
    task = store.tasks()[0]
    fields = {"persistence": 3, "reach": 2000, "impact": 2, "confidence": 0.8, "effort": 4, "task_id": task.id}
    change = store.update_issue(issue.id, **fields)
    made = store.issue(issue.id)
    assert {name: getattr(made, name) for name in fields} == fields
    store.apply_inverse(change)
    assert store.issue(issue.id).reach is None
    for name, value in (("persistence", 4), ("reach", -1), ("impact", 0), ("confidence", 2), ("effort", float("nan"))):
        with pytest.raises(StudyError) as told:
            store.update_issue(issue.id, **{name: value})
        assert told.value.code is StudyCode.VALUE_INVALID
    with pytest.raises(StudyError) as told:
        store.update_issue(issue.id, task_id="gone")
    assert told.value.code is StudyCode.ROW_MISSING
    store.update_task(task.id, criticality=5)
    assert store.tasks()[0].criticality == 5
    with pytest.raises(StudyError):
        store.update_task(task.id, criticality=6)
    store.remove_task(task.id)  # nobody was given it: the issue loses it, as it would its own


def test_removing_a_session_takes_its_answers_along(store: StudyStore, session: Session, run_id: str) -> None:
    store.answer(Instrument.SEQ, session.id, {"ease": 2}, run_id)
    store.answer(Instrument.SUS, session.id, {"q1": 2})
    with store._db.write() as tx:
        tx.delete("session", (("id", session.id),))
    assert store.responses() == []
