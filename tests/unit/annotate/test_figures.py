"""The figures of a study: what counts, what is linked, what is ranked, and how sure it is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import rankdata

from annotate.figures.as_json import figures_json
from annotate.figures.contradictions import ContradictionKind
from annotate.figures.data import read_study
from annotate.figures.matrix import CellKind
from annotate.figures.methods import METHODS, Figure
from annotate.figures.priority import Assumed, RankBy, _places
from annotate.figures.study import StudyFigures, TimesOf, figures_of, study_figures
from annotate.models import IssueStatus, ObservationKind, Outcome, Session, Severity
from annotate.questionnaires import Instrument
from annotate.store import StudyStore
from benchmarks.findings_study import make_findings_study
from capture.bundle import SessionBundle
from tests.helpers.bundles import RecordedBundle
from tests.unit.annotate.conftest import SECOND
from transcribe.models import Role, Segment, Transcript

ROOT = Path(__file__).resolve().parents[3]


def add(store: StudyStore, code: str) -> Session:
    made = store.register_recording(code, store.sessions_dir / f"s{code}{len(store.sessions())}")
    store.update_session(made.id, duration_ns=3600 * SECOND, state="recorded")
    return store.session(made.id)


def run(
    store: StudyStore,
    session: Session,
    task: int,
    start: int,
    seconds: int,
    outcome: Outcome | None,
    ease: int | None = None,
) -> str:
    run_id, _ = store.add_task_run(
        session.id,
        store.tasks()[task].id,
        t_start_ns=start * SECOND,
        t_end_ns=(start + seconds) * SECOND,
        outcome=outcome,
    )
    if ease is not None:
        store.answer(Instrument.SEQ, session.id, {"ease": ease}, run_id)
    return run_id


def problem(store: StudyStore, session: Session, at: int, severity: int | None = None) -> str:
    made, _ = store.add_observation(
        session.id, t_start_ns=at * SECOND, kind=ObservationKind.PROBLEM, severity=severity, body=f"at {at}"
    )
    return made.id


@pytest.fixture
def four(store: StudyStore) -> list[Session]:
    """Four participants at the first task: done, done, helped, failed; the second task was given to two."""
    sessions = [add(store, code) for code in ("P01", "P02", "P03", "P04")]
    outcomes = (Outcome.SUCCESS, Outcome.SUCCESS, Outcome.WITH_HELP, Outcome.FAILED)
    for session, outcome, seconds, ease in zip(sessions, outcomes, (60, 90, 120, 240), (2, 5, 7, 6), strict=True):
        run(store, session, 0, 10, seconds, outcome, ease)
    run(store, sessions[0], 1, 400, 30, Outcome.SUCCESS)
    run(store, sessions[1], 1, 400, 30, Outcome.SKIPPED)
    return sessions


def test_a_task(store: StudyStore, four: list[Session]) -> None:
    problem(store, four[3], 20, 3)
    problem(store, four[3], 30, 2)
    figures = study_figures(store)
    first, second = figures.tasks
    assert (first.completion.count, first.completion.n) == (2, 4)
    assert first.completion_helped.count == 3
    assert sorted(first.gross.seconds) == [60, 90]
    assert (first.assists.total, first.errors.total) == (1, 2)
    assert first.errors.with_any.count == 1
    assert first.efficiency == pytest.approx(50 / ((60 + 90 + 120 + 240) / 4 / 60))
    assert first.seq.values == (2, 5, 7, 6)
    assert (second.completion.count, second.completion.n, second.skipped) == (1, 1, 1)
    assert figures.completion_each.values == (1, 1, 0, 0)
    assert sorted(study_figures(store, TimesOf.ALL).tasks[0].gross.seconds) == [60, 90, 120, 240]


def test_only_the_first_try_counts(store: StudyStore, four: list[Session]) -> None:
    run(store, four[3], 0, 1000, 30, Outcome.SUCCESS)
    again = add(store, "P04")
    run(store, again, 0, 10, 5, Outcome.SUCCESS)
    run(store, four[1], 1, 1000, 45, Outcome.SUCCESS)  # had skipped it before: this is the first try
    figures = study_figures(store)
    assert figures.tasks[0].completion.count == 2
    assert figures.tasks[1].completion.count == 2
    assert figures.repeats == 2
    assert len(figures.people) == 4


def test_sessions_that_do_not_count(store: StudyStore, four: list[Session]) -> None:
    pilot, unfinished = add(store, "pilot"), add(store, "P09")
    run(store, pilot, 0, 10, 5, Outcome.SUCCESS)
    store.update_session(pilot.id, pilot=True)
    store.update_session(unfinished.id, state="recording")
    store.set_withdrawn(four[0].participant_id, True)
    figures = study_figures(store)
    assert [person.code for person in figures.people] == ["P02", "P03", "P04"]
    assert figures.left_out == 3
    assert figures.tasks[0].completion.n == 3


def test_what_is_trimmed_off_is_not_counted(store: StudyStore, four: list[Session]) -> None:
    issue, _ = store.add_issue("Slow", observation_ids=[problem(store, four[0], 15), problem(store, four[3], 200)])
    store.trim_session(four[0].id, 40 * SECOND, 100 * SECOND)
    figures = study_figures(store)
    assert min(figures.tasks[0].gross.seconds) == 30
    assert [run.person_id for run in figures.tasks[1].runs] == []
    [row] = figures.matrix.rows
    assert row.issue.id == issue.id
    assert (row.found.count, row.found.n) == (1, 4)


def test_net_time_is_without_the_moderator(store: StudyStore, four: list[Session]) -> None:
    session = four[0]
    speech = ((12, 16, True), (14, 18, True), (30, 40, False), (65, 80, True))
    segments = tuple(Segment(a * SECOND, b * SECOND, f"from {a}") for a, b, _ in speech)
    store.put_transcript(session.id, Transcript("t", "mic", "small", "en", segments, True, 600 * SECOND))
    assert study_figures(store).tasks[0].net.n == 0  # nobody knows yet who speaks
    people = {role: store.add_speaker(session.id, role)[0] for role in (Role.MODERATOR, Role.PARTICIPANT)}
    for stored, (_a, _b, moderator) in zip(store.segments(session.id), speech, strict=True):
        role = Role.MODERATOR if moderator else Role.PARTICIPANT
        store.set_speaker([stored.id], people[role].id)
    first = study_figures(store).tasks[0]
    # The run lasts from 10 to 70: 12 to 18 and 65 to 70 are the moderator's.
    assert first.net.seconds == (49,)
    assert sorted(first.gross.seconds) == [60, 90]


def test_a_pause_is_no_time_on_task(store: StudyStore, folder: Path) -> None:
    tasks = [{"id": task.id, "title": task.title} for task in store.tasks()]
    recorded = RecordedBundle(store.sessions_dir, context={"participant": "P01", "tasks": tasks})
    recorded.add_pause(20, 30)
    recorded.add_pause(65, 200)
    bundle: SessionBundle = recorded.finish(600)
    recorded.close()
    made = store.register_recording("P01", bundle.path)
    store.update_session(made.id, duration_ns=600 * SECOND, state="recorded")
    run(store, store.session(made.id), 0, 10, 60, Outcome.SUCCESS)
    assert study_figures(store).tasks[0].gross.seconds == (45,)


def test_the_matrix_tells_who_met_what(store: StudyStore, four: list[Session]) -> None:
    seen = [problem(store, four[3], 20, 3), problem(store, four[3], 30, 1), problem(store, four[2], 30, 2)]
    doubt = problem(store, four[1], 50)
    issue, _ = store.add_issue("Invoices cannot be found", observation_ids=[*seen, doubt])
    store.set_stance(issue.id, [doubt], speaks_for=False)
    later, _ = store.add_issue("Pay is hidden", observation_ids=[problem(store, four[0], 410)])
    loose, _ = store.add_issue("Slow")
    figures = study_figures(store)
    assert [person.code for person in figures.matrix.people] == ["P01", "P03", "P04", "P02"]
    rows = {row.issue.id: row for row in figures.matrix.rows}
    assert [one.issue.id for one in figures.matrix.rows] == [issue.id, later.id, loose.id]
    kinds = {cell.person.code: cell.kind for cell in rows[issue.id].cells}
    assert kinds == {
        "P01": CellKind.PASSED,
        "P02": CellKind.AGAINST,
        "P03": CellKind.FOUND,
        "P04": CellKind.FOUND,
    }
    worst = next(cell for cell in rows[issue.id].cells if cell.person.code == "P04")
    assert worst.severity is Severity.MAJOR
    assert [moment.observation_id for moment in worst.moments] == seen[:2]
    assert (rows[issue.id].found.count, rows[issue.id].found.n) == (2, 4)
    assert [cell.person.code for cell in rows[issue.id].counter_evidence()] == ["P01", "P02"]
    # The second task was tried by one only.
    assert (rows[later.id].found.count, rows[later.id].found.n) == (1, 1)
    assert {cell.kind for cell in rows[loose.id].cells} == {CellKind.UNSEEN}
    assert figures.discovery is not None
    assert figures.discovery.p == pytest.approx(3 / 8)


def test_contradictions_are_found_and_nothing_else(store: StudyStore, four: list[Session]) -> None:
    found = study_figures(store).contradictions
    codes = {session.participant_id: session.participant_code for session in four}
    assert [(one.kind, codes[one.run.person_id]) for one in found] == [
        (ContradictionKind.EASY_BUT_FAILED, "P04"),
        (ContradictionKind.EASY_BUT_HELPED, "P03"),
        (ContradictionKind.HARD_BUT_DONE, "P01"),
    ]


def rank_all(store: StudyStore, sessions: Sequence[Session], *met: Sequence[int]) -> list[str]:
    """Issues of equal weight, each met by the participants given."""
    made = []
    for number, participants in enumerate(met):
        seen = [problem(store, sessions[one], 20 + number) for one in participants]
        made.append(store.add_issue(f"Issue {number}", severity=3, observation_ids=seen)[0].id)
    return made


def test_identical_issues_share_rank_and_band(store: StudyStore, four: list[Session]) -> None:
    one, other, often = rank_all(store, four, (0, 1), (0, 1), (0, 1, 2, 3))
    ranks = {priority.row.issue.id: priority.ranks[RankBy.VALUE] for priority in study_figures(store).priorities}
    assert ranks[one] == ranks[other]
    assert ranks[often].rank == 1
    assert (ranks[one].rank, ranks[one].low <= 2 <= ranks[one].high) == (2, True)


def test_bands_overlap_where_the_order_is_chance(store: StudyStore, four: list[Session]) -> None:
    rarely, often, always = rank_all(store, four, (0,), (1, 2), (0, 1, 2, 3))
    first, again = study_figures(store), study_figures(store)
    assert figures_json(first) == figures_json(again)
    ranks = {priority.row.issue.id: priority.ranks[RankBy.VALUE] for priority in first.priorities}
    assert [ranks[one].rank for one in (always, often, rarely)] == [1, 2, 3]
    assert ranks[rarely].low <= ranks[often].high
    assert ranks[often].low <= 2
    bands = {priority.row.issue.id: priority.value_band for priority in first.priorities}
    assert bands[always] is None  # everybody met it, whoever is drawn: that is not certainty
    wide = bands[often]
    assert wide is not None
    assert wide.low < wide.high


def test_what_nobody_said_is_assumed_and_told(store: StudyStore, four: list[Session]) -> None:
    plain, said, unrated, fixed = rank_all(store, four, (0, 1), (2, 3), (0,), (0, 1))
    store.update_issue(said, persistence=3, reach=2000, impact=2, confidence=0.8, effort=4, task_id=store.tasks()[0].id)
    store.update_task(store.tasks()[0].id, criticality=5)
    store.update_issue(unrated, severity=None)
    store.update_issue(fixed, status=IssueStatus.FIXED)
    found = {one.row.issue.id: one for one in study_figures(store).priorities}
    assert set(found) == {plain, said, unrated}
    assert found[said].assumed == frozenset()
    assert found[said].rice == pytest.approx(800 * 0.5)  # half of the participants met it
    assert found[said].customer == pytest.approx(100 * 3 / 4 * 0.5)
    assert found[said].business == 100
    assert found[said].value == pytest.approx((37.5 * 100) ** 0.5)
    assert found[said].per_effort == pytest.approx((37.5 * 100) ** 0.5 / 4)
    assert found[plain].assumed >= {Assumed.PERSISTENCE, Assumed.REACH, Assumed.IMPACT, Assumed.CONFIDENCE}
    assert (found[plain].rice, found[plain].per_effort) == (None, None)
    assert set(found[plain].ranks) == {RankBy.VALUE}
    assert found[unrated].value is None
    assert found[unrated].ranks == {}


def test_severity_by_raters(store: StudyStore, four: list[Session]) -> None:
    [issue] = rank_all(store, four, (0,))
    store.rate(issue, 1, author="Bo")
    store.rate(issue, 4, author="Cem")
    [one] = study_figures(store).priorities
    assert (one.row.severity, one.raters_differ, one.raters_mean) == (Severity.MAJOR, True, 2.5)
    store.update_issue(issue, severity=None)
    [one] = study_figures(store).priorities
    assert one.row.severity is Severity.MAJOR  # the mean of 1 and 4, rounded up
    assert Assumed.SEVERITY in one.assumed


def test_sus_of_a_study(store: StudyStore, four: list[Session]) -> None:
    names = [f"q{number}" for number in range(1, 11)]
    store.answer(Instrument.SUS, four[0].id, dict(zip(names, (4, 1, 5, 2, 5, 1, 4, 2, 3, 1), strict=True)))
    store.answer(Instrument.SUS, four[1].id, dict.fromkeys(names, 3))
    store.answer(Instrument.SUS, four[2].id, {"q1": 1})  # by half: no score
    sus = study_figures(store).sus
    assert [(person.code, score) for person, score in sus.scores] == [("P02", 50), ("P01", 85)]
    assert sus.mean.mean == 67.5
    assert sus.grade is not None
    assert sus.grade.grade == "C"


def test_an_empty_study_has_figures_without_numbers(store: StudyStore) -> None:
    figures = study_figures(store)
    assert figures.people == ()
    assert figures.tasks[0].completion.share is None
    assert figures.discovery is None
    assert figures.priorities == ()
    assert figures_json(figures)["tasks"][0]["time_gross"]["centre_s"] is None
    store.add_issue("Nobody has seen it", severity=2)
    assert len(study_figures(store).matrix.rows) == 1


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StudyFigures]:
    with make_findings_study(tmp_path_factory.mktemp("study")) as store:
        yield figures_of(read_study(store))


def test_the_json_has_the_documented_shape(full: StudyFigures) -> None:
    documented = (ROOT / "docs" / "figures.md").read_text(encoding="utf-8")
    made = figures_json(full)

    def names(value: object) -> set[str]:
        if isinstance(value, dict):
            keys = {key for key in value if isinstance(key, str)}
            return keys.union(*(names(each) for each in value.values()))
        return set().union(*(names(each) for each in value)) if isinstance(value, list) else set()

    free = {person.code for person in full.people} | {"Ada", "Bo", "Cem"} | {figure.value for figure in Figure}
    for name in names(made) - free:
        assert f"`{name}`" in documented, name
    assert made["tasks"][0]["runs"][0]["participant"] == "P01"
    assert made["issues"][0]["found_by"]["n"] == 10


def test_every_figure_tells_how_it_is_made_in_the_docs_too() -> None:
    documented = (ROOT / "docs" / "figures.md").read_text(encoding="utf-8")
    assert set(METHODS) == set(Figure)
    for method in METHODS.values():
        assert method.formula
        assert method.source
        assert method.assumption
        for part in (method.name, method.formula, method.assumption, method.source):
            assert part in documented, part


def test_ranks_are_within_their_bands(full: StudyFigures) -> None:
    assert len(full.priorities) == 20
    for one in full.priorities:
        for rank in one.ranks.values():
            assert 1 <= rank.low <= rank.rank <= rank.high <= 20
        assert one.value_band is None or one.value_band.low < one.value_band.high
    worth = [one.value for one in full.priorities if one.value is not None]
    assert worth == sorted(worth, reverse=True)


@given(st.integers(1, 12).flatmap(lambda n: st.lists(st.lists(st.integers(0, 5), min_size=n, max_size=n), min_size=1)))
def test_places_are_scipys(draws: list[list[int]]) -> None:
    scores = np.array(draws, dtype=float)
    assert np.array_equal(_places(scores), rankdata(-scores, method="average", axis=1))
