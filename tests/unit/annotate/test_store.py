"""The study's file: what it holds, what it refuses, who may read it."""

from __future__ import annotations

import sqlite3
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from annotate.defaults import DEFAULT_TAGS
from annotate.errors import StudyCode, StudyError
from annotate.models import (
    IssueStatus,
    NewTag,
    ObservationKind,
    ObservationOrigin,
    Session,
    SessionState,
    Severity,
)
from annotate.store import StudyStore

SECOND = 1_000_000_000


def code_of(caught: pytest.ExceptionInfo[StudyError]) -> StudyCode:
    return caught.value.code


def test_importing_the_store_leaves_sqlite_utils_out_until_a_study_is_made(tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from annotate.store import StudyStore\n"
        "heavy = {'sqlite_utils', 'numpy', 'av', 'PySide6'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)\n"
        "StudyStore.create(Path(sys.argv[1]), 'S', author='A').close()\n"
        "assert 'sqlite_utils' in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", script, str(tmp_path / "S")], check=True, timeout=60)


def test_opening_a_study_of_today_needs_no_sqlite_utils(store: StudyStore) -> None:
    script = (
        "import sys; from pathlib import Path; from annotate.store import StudyStore\n"
        "StudyStore.open(Path(sys.argv[1]), author='A').close()\n"
        "assert 'sqlite_utils' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", script, str(store.folder)], check=True, timeout=60)


def test_a_new_study_has_its_tasks_tags_and_consent_form(tmp_path: Path) -> None:
    with StudyStore.create(tmp_path / "a" / "Shop", " Shop ", author="Ada", consent_text="Say yes.") as store:
        assert store.folder == tmp_path / "a" / "Shop.moderato"
        assert store.study().name == "Shop"
        assert [tag.name for tag in store.tags()] == [tag.name for tag in DEFAULT_TAGS]
        assert len({tag.key for tag in store.tags()}) == len(DEFAULT_TAGS)
        assert store.latest_consent_version() == 1
        assert store.consent_text().body == "Say yes."
        assert store.consent_text(1, "de").language == "en", "a form in another language is better than none"
        with pytest.raises(StudyError) as caught:
            store.consent_text(2)
        assert code_of(caught) is StudyCode.ROW_MISSING


def test_a_study_can_begin_with_tags_of_its_own_or_none(tmp_path: Path) -> None:
    with StudyStore.create(tmp_path / "A", "A", author="Ada", tags=[NewTag("Colour", "#ABCDEF", "q")]) as store:
        tag = store.tags()[0]
        assert (tag.name, tag.colour, tag.key) == ("Colour", "#abcdef", "Q")
    with StudyStore.create(tmp_path / "B", "B", author="Ada", tags=()) as store:
        assert store.tags() == []


def test_a_study_is_not_made_over_another_one(store: StudyStore) -> None:
    before = store.study()
    with pytest.raises(StudyError) as caught:
        StudyStore.create(store.folder, "Other", author="Bob")
    assert code_of(caught) is StudyCode.STUDY_EXISTS
    assert store.study() == before
    assert list(store.folder.glob("*.part*")) == []


def test_a_study_that_cannot_be_made_leaves_nothing_that_looks_like_one(tmp_path: Path) -> None:
    with pytest.raises(StudyError) as caught:
        StudyStore.create(tmp_path / "A", "A", author="Ada", tags=[NewTag("x"), NewTag("X")])
    assert code_of(caught) is StudyCode.VALUE_INVALID
    assert [path.name for path in (tmp_path / "A.moderato").iterdir()] == ["sessions"]
    with pytest.raises(StudyError) as caught:
        StudyStore.open(tmp_path / "A", author="Ada")
    assert code_of(caught) is StudyCode.STUDY_MISSING
    StudyStore.create(tmp_path / "A", "A", author="Ada").close()


@pytest.mark.parametrize("name", ["Shop", "Shop.moderato", "Shop.moderato/study.sqlite3"])
def test_a_study_is_found_by_its_folder_its_file_or_without_suffix(
    store: StudyStore, tmp_path: Path, name: str
) -> None:
    with StudyStore.open(tmp_path / name, author="Bob") as other:
        assert other.folder == store.folder
        assert other.study() == store.study()


def test_only_the_owner_can_read_a_study(store: StudyStore, session: Session) -> None:
    store.add_observation(session.id, t_start_ns=1)
    paths = [store.folder, *store.folder.rglob("*")]
    assert {path.name for path in paths} >= {"study.sqlite3-wal", "study.sqlite3-shm", "backups", "sessions"}
    for path in paths:
        wanted = 0o700 if path.is_dir() else 0o600
        assert stat.S_IMODE(path.stat().st_mode) == wanted, path


def test_every_table_is_strict_and_every_reference_is_sound(store: StudyStore) -> None:
    with sqlite3.connect(store.path) as conn:
        rows = conn.execute("PRAGMA table_list").fetchall()
        strict = {row[1]: row[5] for row in rows if not row[1].startswith(("sqlite_", "_sqlite"))}
        assert all(strict.values()), strict
        assert conn.execute("PRAGMA foreign_key_check").fetchall() == []
        assert conn.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    conn.close()


def test_tasks_keep_their_order(store: StudyStore) -> None:
    store.add_task("Return it")
    invoice, pay, back = store.tasks()
    store.move_task(back.id, 0)
    assert [task.title for task in store.tasks()] == ["Return it", "Find the invoice", "Pay"]
    assert [task.position for task in store.tasks()] == [0, 1, 2]
    store.remove_task(invoice.id)
    assert [(task.position, task.title) for task in store.tasks()] == [(0, "Return it"), (1, "Pay")]
    store.update_task(pay.id, title=" Pay now ", expected_ns=5)
    assert store.tasks()[1].title == "Pay now"


@pytest.mark.parametrize(
    "fields",
    [{"title": " "}, {"expected_ns": 0}, {"expected_ns": 1.5}, {"expected_ns": True}, {"colour": "x"}, {"title": 3}],
)
def test_a_task_refuses_what_makes_no_sense(store: StudyStore, fields: dict[str, object]) -> None:
    before = store.tasks()
    with pytest.raises(StudyError) as caught:
        store.update_task(before[0].id, **fields)
    assert code_of(caught) is StudyCode.VALUE_INVALID
    assert store.tasks() == before


def test_tags_refuse_a_name_or_a_key_that_is_taken(store: StudyStore) -> None:
    tag = store.tags()[0]
    for fields in ({"name": "wORDING"}, {"key": "w"}, {"key": "ab"}, {"key": "!"}, {"colour": "red"}):
        with pytest.raises(StudyError) as caught:
            store.update_tag(tag.id, **fields)
        assert code_of(caught) is StudyCode.VALUE_INVALID, fields
    assert store.tags()[0] == tag
    found, change = store.ensure_tag("navigation")
    assert found == tag
    assert change.empty
    made, change = store.ensure_tag("Search")
    assert store.tags()[-1] == made
    assert change.ids("tag") == {made.id}


def test_participants_are_known_by_code(store: StudyStore) -> None:
    one, change = store.ensure_participant(" P03 ")
    assert not change.empty
    again, change = store.ensure_participant("p03")
    assert again == one
    assert change.empty
    assert [each.code for each in store.participants()] == ["P03"]


def test_a_recording_is_listed_while_it_runs_and_found_by_its_bundle(store: StudyStore) -> None:
    bundle = store.sessions_dir / "2026-09-03T1405_P01_abcdef"
    made = store.register_recording("P01", bundle, started_utc="2026-09-03T16:05:00+02:00")
    assert made.state is SessionState.RECORDING
    assert made.bundle_path == "sessions/2026-09-03T1405_P01_abcdef"
    assert made.started_utc == "2026-09-03T14:05:00+00:00"
    assert store.register_recording("P02", bundle) == made, "asked again it finds the same one"
    assert store.session_for_bundle(bundle) == made
    assert store.session_for_bundle(store.sessions_dir / "other") is None
    assert store.bundle_dir(made) == bundle
    assert store.sessions() == [made]
    with pytest.raises(StudyError) as caught:
        store.session("nobody")
    assert code_of(caught) is StudyCode.SESSION_MISSING


def test_a_moved_study_still_finds_its_bundles(store: StudyStore, tmp_path: Path) -> None:
    made = store.register_recording("P01", store.sessions_dir / "one")
    store.close()
    moved = store.folder.rename(tmp_path / "Moved.moderato")
    with StudyStore.open(moved, author="Ada") as other:
        assert other.bundle_dir(made) == moved / "sessions" / "one"
        assert other.session_for_bundle(moved / "sessions" / "one") == made


def test_a_session_can_be_given_to_another_participant(store: StudyStore, session: Session) -> None:
    store.update_session(session.id, participant_code="P09", state=SessionState.REVIEWED)
    changed = store.session(session.id)
    assert (changed.participant_code, changed.state) == ("P09", SessionState.REVIEWED)
    for fields in ({"state": "lost"}, {"started_utc": "yesterday"}, {"duration_ns": -1}, {"impressions": "x"}):
        with pytest.raises(StudyError) as caught:
            store.update_session(session.id, **fields)
        assert code_of(caught) is StudyCode.VALUE_INVALID, fields


def test_observations_come_in_the_order_of_time_with_tags_and_issues(store: StudyStore, session: Session) -> None:
    wording, form = store.tags()[1:3]
    late, _ = store.add_observation(session.id, t_start_ns=9 * SECOND, tag_ids=[form.id, wording.id, form.id])
    early, _ = store.add_observation(
        session.id,
        t_start_ns=2 * SECOND,
        t_end_ns=4 * SECOND,
        kind=ObservationKind.PROBLEM,
        severity=Severity.MAJOR,
        body="Äöü 🙂 \n second line",
        origin=ObservationOrigin.CLI,
    )
    assert late.tag_ids == (wording.id, form.id), "each once, in the order of the tags"
    issue, _ = store.add_issue("It hides", observation_ids=[late.id])
    found = store.observations(session.id)
    assert [one.id for one in found] == [early.id, late.id]
    assert found[0] == early
    assert found[0].author == "Ada"
    assert found[1].issue_ids == (issue.id,)
    assert store.observations() == found
    assert store.observation(early.id) == early
    assert store.session(session.id).observation_count == 2


def test_observations_of_all_sessions_come_session_by_session(store: StudyStore) -> None:
    later = store.register_recording("P02", store.sessions_dir / "b", started_utc="2026-09-04T10:00:00+00:00")
    first = store.register_recording("P01", store.sessions_dir / "a", started_utc="2026-09-03T23:00:00-05:00")
    third = store.register_recording("P03", store.sessions_dir / "c", started_utc="2026-09-04T09:00:00+00:00")
    for made in (later, first, third):
        store.add_observation(made.id, t_start_ns=5)
        store.add_observation(made.id, t_start_ns=1)
    assert [one.id for one in store.sessions()] == [first.id, third.id, later.id]
    found = [(one.session_id, one.t_start_ns) for one in store.observations()]
    assert found == [(made.id, t_ns) for made in (first, third, later) for t_ns in (1, 5)]


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"t_start_ns": -1}, StudyCode.VALUE_INVALID),
        ({"t_start_ns": 1.5}, StudyCode.VALUE_INVALID),
        ({"t_start_ns": True}, StudyCode.VALUE_INVALID),
        ({"t_start_ns": 5, "t_end_ns": 4}, StudyCode.VALUE_INVALID),
        ({"t_start_ns": 5, "severity": 5}, StudyCode.VALUE_INVALID),
        ({"t_start_ns": 5, "severity": True}, StudyCode.VALUE_INVALID),
        ({"t_start_ns": 5, "kind": "bug"}, StudyCode.VALUE_INVALID),
        ({"t_start_ns": 5, "body": None}, StudyCode.VALUE_INVALID),
        ({"t_start_ns": 5, "tag_ids": ["nobody"]}, StudyCode.ROW_MISSING),
        ({"t_start_ns": 600 * SECOND + 1}, StudyCode.BEYOND_END),
        ({"t_start_ns": 5, "t_end_ns": 600 * SECOND + 1}, StudyCode.BEYOND_END),
    ],
)
def test_an_observation_refuses_what_makes_no_sense(
    store: StudyStore, session: Session, fields: dict[str, object], code: StudyCode
) -> None:
    good, _ = store.add_observation(session.id, t_start_ns=1)
    with pytest.raises(StudyError) as caught:
        store.add_observation(session.id, **fields)  # type: ignore[arg-type]
    assert code_of(caught) is code
    with pytest.raises(StudyError) as caught:
        store.update_observation(good.id, **fields)
    assert code_of(caught) is code
    assert store.observations() == [good]


def test_an_observation_needs_a_session(store: StudyStore) -> None:
    with pytest.raises(StudyError) as caught:
        store.add_observation("nobody", t_start_ns=1)
    assert code_of(caught) is StudyCode.SESSION_MISSING


def test_an_observation_changes_only_where_told(store: StudyStore, session: Session) -> None:
    tag = store.tags()[0]
    one, _ = store.add_observation(session.id, t_start_ns=5, body="a", tag_ids=[tag.id])
    change = store.update_observation(one.id, severity=3, t_end_ns=9, body="a")
    assert change.ids("observation") == {one.id}
    assert dict(change.rows[0].after or {}) == {"severity": 3, "t_end_ns": 9}, "an equal body is no change"
    now = store.observation(one.id)
    assert (now.severity, now.t_end_ns, now.body, now.tag_ids) == (Severity.MAJOR, 9, "a", (tag.id,))
    assert store.update_observation(one.id, severity=3).empty
    assert store.update_observation(one.id, tag_ids=[]).tables == {"observation_tag"}
    assert store.update_observation(one.id, t_end_ns=5).empty is False
    assert store.observation(one.id).t_end_ns is None, "a range of no length is a point"
    with pytest.raises(StudyError) as caught:
        store.update_observation("nobody", body="")
    assert code_of(caught) is StudyCode.ROW_MISSING


def test_an_observation_belongs_to_the_task_that_was_going_on(store: StudyStore, session: Session) -> None:
    task = store.tasks()[0]
    for name, start, end in (("r1", 10, 20), ("r2", 15, None)):
        run = {"id": name, "session_id": session.id, "task_id": task.id, "t_start_ns": start, "t_end_ns": end}
        with store._db.write() as tx:
            tx.insert("task_run", {**run, "attempt": int(name[1])})
    one, _ = store.add_observation(session.id, t_start_ns=12)
    runs = []
    for t_ns in (5, 10, 14, 15, 500):
        store.update_observation(one.id, t_start_ns=t_ns)
        runs.append(store.observation(one.id).task_run_id)
    assert runs == [None, "r1", "r1", "r2", "r2"]
    store.update_observation(one.id, task_run_id="r1", body="x")
    store.update_observation(one.id, t_end_ns=600)
    assert store.observation(one.id).task_run_id == "r1", "what was chosen stays until the start moves"
    with pytest.raises(StudyError) as caught:
        store.update_observation(one.id, task_run_id="nobody")
    assert code_of(caught) is StudyCode.ROW_MISSING


def test_what_speaks_against_an_issue_is_not_counted_for_it(store: StudyStore, session: Session) -> None:
    one, _ = store.add_observation(session.id, t_start_ns=1)
    issue, _ = store.add_issue("A", observation_ids=[one.id])
    assert store.issue(issue.id).frequency == 1
    with store._db.write() as tx:
        key = (("issue_id", issue.id), ("observation_id", one.id))
        tx.update("issue_observation", key, {"stance": "against"})
    assert store.issue(issue.id).frequency == 0
    assert store.issue(issue.id).observation_ids == (one.id,)


def test_issues_are_numbered_and_count_participants_not_observations(store: StudyStore, session: Session) -> None:
    other = store.register_recording("P02", store.sessions_dir / "two")
    ids = [store.add_observation(session.id, t_start_ns=t)[0].id for t in (1, 2)]
    ids.append(store.add_observation(other.id, t_start_ns=3)[0].id)
    first, _ = store.add_issue(" The button hides ", severity=2, observation_ids=ids[:2])
    assert (first.number, first.title, first.frequency, first.status) == (1, "The button hides", 1, IssueStatus.OPEN)
    store.link(first.id, ids)
    assert store.link(first.id, ids).empty
    assert store.issues()[0].frequency == 2
    assert store.issues()[0].observation_ids == tuple(ids)
    store.unlink(first.id, [ids[2], "nobody"])
    assert store.issues()[0].frequency == 1
    second, change = store.ensure_issue("Price unclear")
    assert second.number == 2
    again, change = store.ensure_issue("the BUTTON  hides")
    assert again.id == first.id
    assert change.empty
    store.update_issue(first.id, status="fixed", description=" ", recommendation="Show it")
    assert store.issue(first.id).status is IssueStatus.FIXED
    assert store.issue(first.id).description is None
    for fields, code in (
        ({"title": ""}, StudyCode.VALUE_INVALID),
        ({"status": "gone"}, StudyCode.VALUE_INVALID),
        ({"number": 7}, StudyCode.VALUE_INVALID),
    ):
        with pytest.raises(StudyError) as caught:
            store.update_issue(first.id, **fields)
        assert code_of(caught) is code
    with pytest.raises(StudyError) as caught:
        store.link(first.id, ["nobody"])
    assert code_of(caught) is StudyCode.ROW_MISSING


def test_a_failed_change_changes_nothing(store: StudyStore, session: Session) -> None:
    one, _ = store.add_observation(session.id, t_start_ns=1)
    with pytest.raises(StudyError):
        store.add_issue("Half", observation_ids=[one.id, "nobody"])
    assert store.issues() == []
    with pytest.raises(StudyError), store.batch():  # noqa: PT012
        store.update_observation(one.id, body="changed")
        store.add_issue(" ")
    assert store.observation(one.id) == one


def test_a_batch_goes_on_after_a_part_of_it_failed(store: StudyStore, session: Session) -> None:
    with store.batch() as batch:
        one, _ = store.add_observation(session.id, t_start_ns=1)
        with pytest.raises(StudyError):
            store.add_issue("Half", observation_ids=[one.id, "nobody"])
        store.add_issue("Whole", observation_ids=[one.id])
    assert [issue.title for issue in store.issues()] == ["Whole"]
    assert batch.change.tables == {"observation", "issue", "issue_observation"}
    store.apply_inverse(batch.change)
    assert store.issues() == []
    assert store.observations() == []


def test_another_instance_s_changes_are_noticed(store: StudyStore) -> None:
    with StudyStore.open(store.folder, author="Bob") as other:
        before = other.data_version()
        other.add_tag("Own")
        assert other.data_version() == before, "changes of one's own don't count"
        store.add_tag("Other")
        assert other.data_version() != before
        assert "Other" in [tag.name for tag in other.tags()]


def test_a_snapshot_sees_one_state(store: StudyStore) -> None:
    with StudyStore.open(store.folder, author="Bob") as other:
        with other.snapshot():
            before = other.tags()
            store.add_tag("New")
            assert other.tags() == before
        assert len(other.tags()) == len(before) + 1
