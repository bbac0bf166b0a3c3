"""`moderato issues`: list, likely duplicates, merge and split without a window."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from annotate.store import StudyStore
from tests.integration.cli.conftest import Moderato, assert_told_in_one_line


@pytest.fixture
def study(tmp_path: Path) -> Path:
    folder = tmp_path / "Shop.moderato"
    with StudyStore.create(folder, "Shop", author="Ada") as store:
        session = store.register_recording("P01", store.sessions_dir / "one")
        store.update_session(session.id, duration_ns=600_000_000_000, state="recorded")
        seen = [
            store.add_observation(session.id, t_start_ns=at * 1_000_000_000, body=body)[0].id
            for at, body in ((43, "Clicks thrice"), (90, "Seeks the voucher field"))
        ]
        store.add_issue("Buy button gives no feedback", severity=3, observation_ids=seen)
        store.add_issue("No feedback\nafter pressing Buy", observation_ids=seen[:1])
        store.add_issue("Invoice list has no dates")
    return folder


def test_likely_duplicates_are_listed_merged_and_gone(moderato: Moderato, study: Path) -> None:
    listed = moderato("issues", study, "list").stdout.splitlines()
    assert listed[0] == "#1 Buy button gives no feedback (open, severity 3, met by 1)"
    assert listed[1].startswith("#2 No feedback after pressing Buy ("), "a title stays in its line"
    (pair,) = json.loads(moderato("issues", study, "duplicates", "--json").stdout)
    assert pair["issues"] == [1, 2]
    assert {"buy", "feedback"} <= set(pair["words"])
    done = moderato("issues", study, "merge", "2", "1")
    assert done.stdout == "#1 went into #2 No feedback after pressing Buy: 2 observations\n"
    assert moderato("issues", study, "duplicates").stdout == "No two issues look like the same problem.\n"
    assert "has no issue 1" in assert_told_in_one_line(moderato("issues", study, "merge", "2", "1"))
    assert "into itself" in assert_told_in_one_line(moderato("issues", study, "merge", "2", "2"))


def test_pairs_are_kept_apart_and_may_be_asked_about_again(moderato: Moderato, study: Path) -> None:
    assert "not suggested again" in moderato("issues", study, "apart", "2", "1").stdout
    assert moderato("issues", study, "duplicates").stdout == "No two issues look like the same problem.\n"
    assert "not the same as #1 Buy button" in moderato("history", study).stdout
    assert "again" in moderato("issues", study, "apart", "1", "2", "--undo").stdout
    assert "alike" in moderato("issues", study, "duplicates").stdout
    assert "itself" in assert_told_in_one_line(moderato("issues", study, "apart", "2", "2"))


def test_observations_are_split_off(moderato: Moderato, study: Path) -> None:
    first = json.loads(moderato("issues", study, "list", "--json").stdout)[0]
    voucher = next(one for one in first["observations"] if "voucher" in one["text"])
    assert (voucher["participant"], voucher["start_s"], voucher["speaks_for"]) == ("P01", 90.0, True)
    done = moderato("issues", study, "split", "1", "--title", "Voucher is hidden", "--observation", voucher["id"])
    assert done.stdout == "#4 Voucher is hidden made of 1 of the observations of #1\n"
    after = json.loads(moderato("issues", study, "list", "--json").stdout)
    assert [len(one["observations"]) for one in after] == [1, 1, 0, 1]
    again = moderato("issues", study, "split", "1", "--title", "Again", "--observation", voucher["id"])
    assert_told_in_one_line(again)
    assert len(json.loads(moderato("issues", study, "list", "--json").stdout)) == 4, "half a split is none"
