"""Two laptops, one study: what was recorded apart comes together without a clash, and only once."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from annotate.errors import StudyCode, StudyError
from annotate.merge_report import ConflictKind, MergeReport
from annotate.merging import merge
from annotate.models import NewTask, Outcome
from annotate.packing import PACK_SUFFIX, pack
from annotate.store import StudyStore
from annotate.unpacking import unpack
from tests.helpers.review_data import SECOND, add_session, make_study, transcript_of

QUIET = {"_sqlite_migrations", "sqlite_stat1", "change"}


def everything(store: StudyStore) -> dict[str, Any]:
    """All rows of all tables, for "nothing has changed"."""
    with closing(sqlite3.connect(store.path)) as conn:
        names = [row[0] for row in conn.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {
            name: conn.execute(f"SELECT * FROM {name} ORDER BY 1, 2").fetchall() for name in names if name not in QUIET
        }


def kinds(report: MergeReport) -> list[tuple[ConflictKind, str]]:
    return [(one.kind, one.what) for one in report.conflicts]


@pytest.fixture
def laptops(tmp_path: Path) -> tuple[StudyStore, StudyStore]:
    """One plan, carried to another laptop as a pack; then both recorded."""
    ada = make_study(tmp_path / "ada", "Shop", tasks=["Find it", "Pay"])
    out = tmp_path / f"plan{PACK_SUFFIX}"
    pack(ada, out)
    bo = StudyStore.open(unpack(out, tmp_path / "bo" / "Shop"), author="Bo")
    record(ada, "P01", "slow")
    record(bo, "P02", "lost")
    return ada, bo


def record(store: StudyStore, code: str, seen: str) -> str:
    session_id = add_session(store, code, frames=30, video=False).session.id
    store.put_transcript(session_id, transcript_of([(0.5, f"I am {seen}."), (1.5, "Hm.")]))
    run_id, _ = store.add_task_run(
        session_id, store.tasks()[0].id, t_start_ns=0, t_end_ns=SECOND, outcome=Outcome.FAILED
    )
    tag, _ = store.ensure_tag("Navigation")
    observation, _ = store.add_observation(session_id, t_start_ns=SECOND // 2, body=seen, tag_ids=(tag.id,))
    assert observation.task_run_id == run_id
    store.link(store.ensure_issue("Hard to find")[0].id, [observation.id])
    return session_id


def test_sessions_of_two_laptops_come_together(laptops: tuple[StudyStore, StudyStore], tmp_path: Path) -> None:
    ada, bo = laptops
    before, theirs = everything(ada), everything(bo)
    preview = merge(ada, bo.folder, preview=True)
    assert everything(ada) == before, "a preview changes nothing"
    assert preview.sessions == ["P02"]
    assert preview.bytes_to_copy > 0
    assert preview.same_study
    report = merge(ada, bo.folder)
    assert (report.sessions, report.added, report.conflicts) == (preview.sessions, preview.added, preview.conflicts)
    assert kinds(report) == [(ConflictKind.SAME_TITLE, "Hard to find")]
    assert report.backup is not None
    assert report.backup.is_file()

    assert [session.participant_code for session in ada.sessions()] == ["P01", "P02"]
    assert [task.title for task in ada.tasks()] == ["Find it", "Pay"]
    [issue] = ada.issues()
    assert (issue.frequency, len(issue.observation_ids)) == (2, 2)
    p02 = ada.sessions()[1]
    assert ada.bundle_dir(p02).joinpath("manifest.json").is_file()
    assert [segment.text for segment in ada.segments(p02.id)] == ["I am lost.", "Hm."]
    assert "".join(word.text for word in ada.words(p02.id)) == " I am lost. Hm."
    [observation] = ada.observations(p02.id)
    assert observation.author == "Bo"
    assert [tag.name for tag in ada.tags() if tag.id in observation.tag_ids] == ["Navigation"]
    assert everything(bo) == theirs, "the other study is only read"

    after = everything(ada)
    again = merge(ada, bo.folder)
    assert again.empty
    assert again.backup is None
    assert everything(ada) == after
    back = merge(bo, ada.folder)
    assert back.sessions == ["P01"]
    assert merge(bo, ada.folder).empty
    assert merge(ada, bo.folder).empty
    assert [path.name for path in ada.folder.iterdir() if path.name.startswith(".")] == []


def test_a_pack_is_merged_as_its_folder_is(laptops: tuple[StudyStore, StudyStore], tmp_path: Path) -> None:
    ada, bo = laptops
    out = tmp_path / f"bo{PACK_SUFFIX}"
    pack(bo, out, media=False)
    assert merge(ada, out).sessions == ["P02"]
    assert merge(ada, out).empty
    folder = ada.bundle_dir(ada.sessions()[1])
    (bo.bundle_dir(bo.sessions()[0]) / "screen.mp4").write_bytes(b"film")
    completed = merge(ada, bo.folder)
    assert completed.bytes_to_copy == 4
    assert (folder / "screen.mp4").read_bytes() == b"film", "what the pack left out comes with the folder"


def test_plans_that_were_typed_twice_become_one(tmp_path: Path) -> None:
    ada = make_study(tmp_path / "ada", "Shop", tasks=["Find it"])
    bo = StudyStore.create(
        tmp_path / "bo" / "Shop", "shop", author="Bo", tasks=[NewTask("find  IT"), NewTask("Pay")], consent_text="Ours."
    )
    record(ada, "P01", "slow")
    record(bo, "p01", "lost")
    with closing(sqlite3.connect(bo.path)) as conn:
        conn.execute("UPDATE consent_form SET body = 'Other words.'")
        conn.commit()
    report = merge(ada, bo.folder)
    assert not report.same_study
    assert set(kinds(report)) >= {
        (ConflictKind.SAME_PERSON, "p01"),
        (ConflictKind.SAME_TITLE, "find IT"),
        (ConflictKind.SAME_TITLE, "Hard to find"),
    }
    assert [one.became for one in report.conflicts if one.kind is ConflictKind.CONSENT_FORM] == ["2"]
    assert [task.title for task in ada.tasks()] == ["Find it", "Pay"]
    assert [one.code for one in ada.participants()] == ["P01"]
    assert len({tag.name for tag in ada.tags()}) == len(ada.tags())
    assert ada.issues()[0].frequency == 1, "one person, seen twice"
    after = everything(ada)
    assert merge(ada, bo.folder).empty
    assert everything(ada) == after


def test_two_people_of_one_code_are_kept_apart_if_asked(laptops: tuple[StudyStore, StudyStore]) -> None:
    ada, bo = laptops
    record(bo, "P01", "angry")
    report = merge(ada, bo.folder, apart=True)
    assert [(one.what, one.became) for one in report.conflicts if one.kind is ConflictKind.OTHER_PERSON] == [
        ("P01", "P01-2")
    ]
    assert [one.code for one in ada.participants()] == ["P01", "P01-2", "P02"]
    assert ada.issues()[0].frequency == 3
    assert merge(ada, bo.folder, apart=True).empty
    assert merge(ada, bo.folder).empty


def test_of_what_both_changed_the_later_one_stands(laptops: tuple[StudyStore, StudyStore]) -> None:
    ada, bo = laptops
    merge(bo, ada.folder)
    [mine] = ada.observations()
    ada.update_observation(mine.id, body="Ada's words")
    bo.update_observation(mine.id, body="Bo's words, later")
    report = merge(ada, bo.folder)
    assert (ConflictKind.THEIRS, "Bo's words, later") in kinds(report)
    assert ada.observation(mine.id).body == "Bo's words, later"
    ada.update_observation(mine.id, body="Ada again")
    report = merge(ada, bo.folder)
    assert ConflictKind.OURS in {one.kind for one in report.conflicts}
    assert ada.observation(mine.id).body == "Ada again"
    assert report.empty


def test_the_later_change_stands_although_a_clock_was_set_back(
    laptops: tuple[StudyStore, StudyStore], monkeypatch: pytest.MonkeyPatch
) -> None:
    ada, bo = laptops
    merge(bo, ada.folder)
    [mine] = ada.observations()
    monkeypatch.setattr("annotate._rows.utc_now", lambda: "2020-01-01T00:00:00.000000+00:00")
    bo.update_observation(mine.id, body="Bo's words, later")
    merge(ada, bo.folder)
    assert ada.observation(mine.id).body == "Bo's words, later"


def test_what_was_removed_here_stays_away_and_the_trash_is_left(laptops: tuple[StudyStore, StudyStore]) -> None:
    ada, bo = laptops
    merge(ada, bo.folder)
    session = ada.sessions()[1]
    ada.remove_observation(ada.observations(session.id)[0].id)
    assert merge(ada, bo.folder).empty
    assert ada.observations(session.id) == []
    bo.trash_session(record(bo, "P05", "gone"))
    report = merge(ada, bo.folder)
    assert report.trashed == 1
    assert "P05" not in [one.participant_code for one in ada.sessions()]
    ada.trash_session(session.id)
    assert merge(ada, bo.folder).empty
    assert [one.id for one in ada.trashed_sessions()] == [session.id], "it stays in the trash"


def test_a_study_is_not_merged_into_itself(laptops: tuple[StudyStore, StudyStore], tmp_path: Path) -> None:
    ada, _ = laptops
    link = tmp_path / "link.moderato"
    link.symlink_to(ada.folder)
    for other in (ada.folder, link):
        with pytest.raises(StudyError) as caught:
            merge(ada, other)
        assert caught.value.code is StudyCode.MERGE_SAME
    with pytest.raises(StudyError) as caught:
        merge(ada, tmp_path / "nothing")
    assert caught.value.code is StudyCode.STUDY_MISSING


def test_a_merge_that_fails_changes_nothing(laptops: tuple[StudyStore, StudyStore]) -> None:
    class Enough(Exception):
        pass

    def stop(share: float) -> None:
        if share > 0.5:
            raise Enough

    ada, bo = laptops
    before, files = everything(ada), sorted(ada.folder.rglob("*"))
    with pytest.raises(Enough):
        merge(ada, bo.folder, progress=stop)
    assert everything(ada) == before
    assert sorted(ada.folder.rglob("*")) == files


ACTIONS = st.lists(
    st.tuples(st.sampled_from(["ada", "bo"]), st.sampled_from(["record", "issue", "note", "drop", "merge", "trash"])),
    max_size=8,
)


@given(ACTIONS)
@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_merging_again_changes_nothing_whatever_was_done(
    tmp_path_factory: pytest.TempPathFactory, actions: list[tuple[str, str]]
) -> None:
    root = tmp_path_factory.mktemp("m")
    with make_study(root / "ada", "Shop", tasks=["Find it"]) as ada:
        shutil.copytree(ada.folder, root / "bo" / ada.folder.name)
        with StudyStore.open(root / "bo" / ada.folder.name, author="Bo") as bo:
            stores = {"ada": (ada, bo), "bo": (bo, ada)}
            for number, (who, action) in enumerate(actions):
                mine, other = stores[who]
                _act(mine, other, action, number)
            merge(ada, bo.folder)
            after = everything(ada)
            assert merge(ada, bo.folder).empty
            assert everything(ada) == after
            ours = {session.id for session in [*ada.sessions(), *ada.trashed_sessions()]}
            assert {session.id for session in bo.sessions()} <= ours
            with closing(sqlite3.connect(ada.path)) as conn:
                assert conn.execute("PRAGMA foreign_key_check").fetchall() == []


def _act(mine: StudyStore, other: StudyStore, action: str, number: int) -> None:
    observations = mine.observations()
    match action:
        case "record":
            session_id = add_session(mine, f"P{number % 3}", frames=8, video=False).session.id
            mine.add_observation(session_id, t_start_ns=0, body=f"seen {number}")
        case "issue" if observations:
            mine.link(mine.ensure_issue(f"Issue {number % 2}")[0].id, [observations[0].id])
        case "note" if observations:
            mine.update_observation(observations[-1].id, body=f"changed {number}")
        case "drop" if observations:
            mine.remove_observation(observations[0].id)
        case "trash" if mine.sessions():
            mine.trash_session(mine.sessions()[0].id)
        case "merge":
            merge(mine, other.folder)
