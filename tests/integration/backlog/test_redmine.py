"""A real Redmine: issues once, with their files, however the export or the server dies."""

from __future__ import annotations

import hashlib
import threading
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from annotate.backlog.errors import BacklogError
from annotate.backlog.finding import Finding, FindingFile
from annotate.backlog.plan import Action, Outcome, TargetConfig
from annotate.backlog.targets import checked, opened
from annotate.store import StudyStore
from tests.helpers import redmine_site
from tests.helpers.redmine_site import Redmine
from tests.unit.annotate.backlog.conftest import finding
from tests.unit.annotate.backlog.test_markup import HOSTILE
from transcribe.cancel import CancelToken
from transcribe.errors import TranscribeError

pytestmark = [
    pytest.mark.long,
    pytest.mark.timeout(900),
    pytest.mark.skipif(bool(redmine_site.missing()), reason=redmine_site.missing() or "-"),
]
SECOND = 1_000_000_000


@pytest.fixture(scope="module")
def redmine() -> Iterator[Redmine]:
    with Redmine(f"ux-{uuid.uuid4().hex[:8]}") as site:
        yield site


@pytest.fixture
def store(tmp_path: Path) -> Iterator[StudyStore]:
    with StudyStore.create(tmp_path / "Shop.moderato", "Shop", author="Ada") as made:
        yield made


class Desk:
    def __init__(self, store: StudyStore, redmine: Redmine) -> None:
        self.config = store.put_target(
            checked(TargetConfig("", "redmine", "Redmine", redmine.url, redmine.project, "", {}))
        )
        self.links = store.links(self.config.id)
        self.key = redmine.key
        self.cancel = CancelToken()

    def export(self, findings: list[Finding], **how: object) -> list[Outcome]:
        with opened(self.config, self.key, self.cancel) as target:
            target._sleep = lambda _s: False  # type: ignore[attr-defined]
            plan = target.plan(findings, self.links, **how)  # type: ignore[arg-type]
            return [one.outcome for one in target.apply(plan, self.links)]


def _still(folder: Path, number: int) -> FindingFile:
    content = b"\x89PNG\r\n\x1a\n" + bytes([number % 256]) * 2000 + uuid.uuid4().bytes
    path = folder / f"still-{number}.png"
    path.write_bytes(content)
    digest = hashlib.sha256(content).hexdigest()
    return FindingFile(path, f"P01_00m43s_{digest[:8]}.png", digest, len(content), "image/png", str(number))


def _findings(store: StudyStore, count: int, folder: Path | None = None) -> list[Finding]:
    made = [store.add_issue(f"Problem {number}")[0] for number in range(count)]
    return [
        finding(
            one.id,
            one.number,
            f"{one.title} {HOSTILE[number % len(HOSTILE)]}",
            description=HOSTILE[number % len(HOSTILE)],
            files=() if folder is None else (_still(folder, number),),
        )
        for number, one in enumerate(made)
    ]


def test_twice_makes_nothing_twice(store: StudyStore, redmine: Redmine, tmp_path: Path) -> None:
    before = len(redmine.issues())
    desk = Desk(store, redmine)
    found = _findings(store, 12, tmp_path)
    assert desk.export(found, files=True) == [Outcome.CREATED] * 12
    assert desk.export(found, files=True) == [Outcome.UNCHANGED] * 12
    issues = redmine.issues()[: len(redmine.issues()) - before]
    assert len(issues) == 12
    assert sum(len(one["attachments"]) for one in issues) == 12
    assert {one["priority"]["name"] for one in issues} == {"Urgent"}
    for one in found:
        assert sum(one.mark in issue["description"] for issue in issues) == 1


def test_changes_go_there_and_theirs_stay(store: StudyStore, redmine: Redmine) -> None:
    desk = Desk(store, redmine)
    (one,) = _findings(store, 1)
    desk.export([one])
    changed = finding(one.issue_id, one.number, "Another title")
    assert desk.export([changed]) == [Outcome.UPDATED]
    (issue,) = [issue for issue in redmine.issues() if one.mark in issue["description"]]
    assert issue["subject"] == "[Pay] Another title"
    assert desk.export([changed]) == [Outcome.UNCHANGED]


def test_what_was_sent_before_the_death_is_found_again(store: StudyStore, redmine: Redmine) -> None:
    """The issue is there, the study only knows that it was being sent: what `kill -9` after the answer leaves."""
    desk = Desk(store, redmine)
    (one,) = _findings(store, 1)
    desk.export([one])
    desk.links.sending(one.issue_id, "x", {})
    with opened(desk.config, desk.key, desk.cancel) as target:
        plan = target.plan([one], desk.links)
    assert plan.items[0].action in {Action.UPDATE, Action.UNCHANGED}
    desk.export([one])
    assert sum(one.mark in issue["description"] for issue in redmine.issues()) == 1


def test_a_server_that_is_killed_half_way(store: StudyStore, redmine: Redmine, tmp_path: Path) -> None:
    desk = Desk(store, redmine)
    found = _findings(store, 30, tmp_path)
    with opened(desk.config, desk.key, desk.cancel) as target:
        target._sleep = lambda _s: False  # type: ignore[attr-defined]
        plan = target.plan(found, desk.links, files=True)
        killer = threading.Thread(target=lambda: None)
        done = 0
        try:
            for number, _ in enumerate(target.apply(plan, desk.links), 1):
                done = number
                if number == 10:
                    killer = threading.Thread(target=redmine.kill)
                    killer.start()
        except BacklogError:
            pass
        killer.join()
    assert done < 30
    redmine.start()
    desk.export(found, files=True)
    desk.export(found, files=True)
    issues = redmine.issues()
    for one in found:
        assert sum(one.mark in issue["description"] for issue in issues) == 1, "each exactly once"
    mine = [issue for issue in issues if any(one.mark in issue["description"] for one in found)]
    assert [len(issue["attachments"]) for issue in mine] == [1] * 30


def test_500_issues_cancelled_and_resumed(store: StudyStore, redmine: Redmine, tmp_path: Path) -> None:
    desk = Desk(store, redmine)
    found = _findings(store, 500, tmp_path)
    with opened(desk.config, desk.key, desk.cancel) as target:
        plan = target.plan(found, desk.links, files=True)
        results = target.apply(plan, desk.links)
        assert len([next(results) for _ in range(200)]) == 200
        desk.cancel.cancel()
        with pytest.raises(TranscribeError):
            next(results)
    desk.cancel = CancelToken()
    outcomes = desk.export(found, files=True)
    assert (outcomes.count(Outcome.UNCHANGED), outcomes.count(Outcome.CREATED)) == (200, 300)
    issues = redmine.issues()
    mine = [issue for issue in issues if any(one.mark in issue["description"] for one in found)]
    assert len(mine) == 500
    assert sum(len(issue["attachments"]) for issue in mine) == 500
