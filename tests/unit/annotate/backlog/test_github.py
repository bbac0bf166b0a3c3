"""GitHub Issues: made once, found again, updated, and waited for. The repository is a fake: none could be had here."""

from __future__ import annotations

import functools
import json
import re
import warnings
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import pytest
from openapi_core import Config, OpenAPI
from openapi_core.exceptions import OpenAPIError

from annotate.backlog.errors import BacklogCode, BacklogError
from annotate.backlog.finding import Finding
from annotate.backlog.plan import Action, Blocked, ExportPlan, ItemResult, Outcome, RemoteRef, TargetConfig
from annotate.backlog.targets import checked, opened
from annotate.backlog.tracker import TrackerTarget
from annotate.models import Severity
from annotate.store import StudyStore
from tests.helpers.contract import OWN, SHARED, Sent
from tests.unit.annotate.backlog.conftest import finding
from transcribe.cancel import CancelToken

GITHUBS = SHARED / "github-issues-prism.json"
TOKEN = "sesame-open-1234"
REPO = "/repos/example/shop"


@functools.cache
def _description(file: Path) -> OpenAPI:
    spec = json.loads(file.read_text())
    spec["servers"] = [{"url": "http://jira.test"}]
    return OpenAPI.from_dict(spec, config=Config(spec_validator_cls=None))


def descriptions() -> list[OpenAPI]:
    """Ours, and GitHub's where it lies beside the checkout."""
    return [_description(one) for one in (OWN / "github.small.json", GITHUBS) if one.is_file()]


def violation(method: str, url: str, headers: dict[str, str], body: bytes) -> str:
    """What is wrong with a request, empty for a good one."""
    for number, description in enumerate(descriptions()):
        if number == 1 and not re.search(r"/issues(/\d+)?(\?|$)", url):
            continue  # GitHub's is cut down to its issues
        sent = Sent(method, url, headers, body)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                description.validate_request(sent)
        except OpenAPIError as error:
            cause = error.__cause__ or error
            return f"{method} {url}: {error!r} {cause!r} {getattr(cause, 'schema_errors', '')}"
    return ""


Fault = Callable[[str, str, int], httpx2.Response | Exception | None]


@dataclass
class GitHub:
    """A repository that keeps issues. `fault`: given method, path and how often it was asked; None for none."""

    issues: dict[int, dict[str, Any]] = field(default_factory=dict)
    push: bool = True
    has_issues: bool = True
    fault: Fault = lambda _m, _p, _n: None
    requests: list[tuple[str, str]] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)

    def handle(self, request: httpx2.Request) -> httpx2.Response:
        method, path = request.method, request.url.path
        body = request.read()
        headers = dict(request.headers)
        self.requests.append((method, path))
        assert request.url.host == "api.github.com"
        assert headers["authorization"] == f"Bearer {TOKEN}"
        assert headers["x-github-api-version"]
        if problem := violation(method, "http://jira.test" + request.url.raw_path.decode(), headers, body):
            self.violations.append(problem)
        fault = self.fault(method, path, self.requests.count((method, path)))
        if isinstance(fault, httpx2.Response):
            return fault
        status, answer = self._do(method, path, dict(request.url.params), json.loads(body) if body else {})
        if fault is not None:
            raise fault
        return httpx2.Response(status, json=answer)

    def _do(self, method: str, path: str, query: dict[str, str], body: dict[str, Any]) -> tuple[int, Any]:
        if path == "/user":
            return 200, {"login": "ada"}
        if path == REPO:
            return 200, {"full_name": "example/shop", "has_issues": self.has_issues, "permissions": {"push": self.push}}
        if path == f"{REPO}/issues" and method == "POST":
            return 201, self.add(**body)
        if path == f"{REPO}/issues":
            newest = sorted(self.issues.values(), key=lambda one: -one["number"])
            size, page = int(query["per_page"]), int(query["page"])
            return 200, newest[(page - 1) * size : page * size]
        match = re.fullmatch(rf"{REPO}/issues/(\d+)(/labels)?", path)
        if match is None or int(match[1]) not in self.issues:
            return 404, {"message": "Not Found"}
        issue = self.issues[int(match[1])]
        if match[2]:
            there = [one["name"] for one in issue["labels"]]
            issue["labels"] = [{"name": name} for name in dict.fromkeys([*there, *body["labels"]])]
            return 200, issue["labels"]
        issue.update(body)
        return 200, issue

    def add(self, title: str, body: str = "", labels: list[str] | None = None, **more: Any) -> dict[str, Any]:
        number = len(self.issues) + 1
        self.issues[number] = {
            "number": number,
            "title": title,
            "body": body,
            "state": "open",
            "state_reason": None,
            "labels": [{"name": name} for name in labels or ()] if self.push else [],
            "html_url": f"https://github.test/example/shop/issues/{number}",
            **more,
        }
        return self.issues[number]

    def count(self, method: str, path: str) -> int:
        return self.requests.count((method, f"{REPO}{path}"))


class Desk:
    """A study's target, driven as the app does."""

    def __init__(self, store: StudyStore, github: GitHub) -> None:
        config = checked(TargetConfig("", "github", "Repository", "", "example/shop", "", {}))
        self.config = store.put_target(config)
        self.links = store.links(self.config.id)
        self.cancel = CancelToken()
        self.transport = httpx2.MockTransport(github.handle)
        self.waited = 0.0

    def sleep(self, seconds: float) -> bool:
        self.waited += seconds
        return False

    @contextmanager
    def target(self) -> Any:
        with opened(self.config, TOKEN, self.cancel, transport=self.transport) as target:
            assert isinstance(target, TrackerTarget)
            target._sleep = self.sleep
            target.tracker._http._sleep = self.sleep  # type: ignore[attr-defined]
            yield target

    def plan(self, findings: list[Finding], **how: Any) -> ExportPlan:
        with self.target() as target:
            plan: ExportPlan = target.plan(findings, self.links, **how)
            return plan

    def apply(self, plan: ExportPlan) -> list[ItemResult]:
        with self.target() as target:
            return list(target.apply(plan, self.links))

    def export(self, findings: list[Finding], **how: Any) -> list[Outcome]:
        return [one.outcome for one in self.apply(self.plan(findings, **how))]


@pytest.fixture
def github() -> Any:
    site = GitHub()
    yield site
    assert site.violations == []


@pytest.fixture
def desk(store: StudyStore, github: GitHub) -> Desk:
    return Desk(store, github)


def test_the_descriptions_are_looked_at() -> None:
    """Controls: a description that lets these through would prove nothing of the others."""
    headers = {"content-type": "application/json", "authorization": "Bearer x"}
    for wrong in ({"body": "x"}, {"title": "x", "labels": "a"}, {"title": {"a": 1}}):
        for description in descriptions():
            sent = Sent("POST", f"http://jira.test{REPO}/issues", headers, json.dumps(wrong).encode())
            with pytest.raises(OpenAPIError):
                description.validate_request(sent)
    assert violation("PATCH", f"http://jira.test{REPO}/issues/1", headers, b'{"body": 7}')
    assert violation("GET", f"http://jira.test{REPO}/issues?state=every", headers, b"")
    assert violation("POST", f"http://jira.test{REPO}/issues/1/labels", headers, b'{"labels": "a"}')


def test_made_once_however_often_it_is_exported(desk: Desk, github: GitHub, issues: list[Finding]) -> None:
    plan = desk.plan(issues)
    assert [item.action for item in plan.items] == [Action.CREATE] * 3
    assert github.issues == {}, "a plan writes nothing"
    results = desk.apply(plan)
    assert [one.outcome for one in results] == [Outcome.CREATED] * 3
    assert results[0].ref == RemoteRef("1", "#1", "https://github.test/example/shop/issues/1")
    assert desk.export(issues) == [Outcome.UNCHANGED] * 3
    made = github.issues[1]
    assert made["title"] == "[Pay] Buy gives no feedback"
    assert "### What was seen" in made["body"]
    assert [one["name"] for one in made["labels"]] == ["Feedback", "two-words", "severity-3"]
    assert github.count("POST", "/issues") == 3


def test_a_study_that_lost_its_memory_finds_its_issues_among_others(
    store: StudyStore, github: GitHub, issues: list[Finding]
) -> None:
    Desk(store, github).export(issues)
    for number in range(150):
        github.add(f"Somebody else's {number}")
    github.add("A change", issues[0].mark, pull_request={})
    store.remove_target(store.targets()[0].id)
    assert Desk(store, github).export(issues) == [Outcome.UNCHANGED] * 3, "on the second page, and no pull request"
    assert github.count("POST", "/issues") == 3


def test_only_what_changed_is_sent_and_labels_stay(desk: Desk, github: GitHub, issues: list[Finding]) -> None:
    desk.export(issues)
    github.issues[1]["labels"].append({"name": "theirs"})
    changed = finding(issues[0].issue_id, 1, "Buy says nothing", tags=("Feedback", "two words", "new"))
    assert desk.export([changed, *issues[1:]]) == [Outcome.UPDATED, Outcome.UNCHANGED, Outcome.UNCHANGED]
    assert github.issues[1]["title"] == "[Pay] Buy says nothing"
    names = [one["name"] for one in github.issues[1]["labels"]]
    assert names == ["Feedback", "two-words", "severity-3", "theirs", "new"]
    assert (github.count("PATCH", "/issues/1"), github.count("POST", "/issues/1/labels")) == (1, 1)
    assert desk.export([changed]) == [Outcome.UNCHANGED]


def test_what_people_changed_is_kept(desk: Desk, github: GitHub, issues: list[Finding]) -> None:
    desk.export(issues[:1])
    github.issues[1]["title"] = "Their title"
    ours = finding(issues[0].issue_id, 1, "Our title")
    (conflict,) = desk.plan([ours]).items[0].conflicts
    assert (conflict.theirs, conflict.ours) == ("Their title", "[Pay] Our title")
    desk.export([ours])
    assert github.issues[1]["title"] == "Their title"


def test_an_answer_that_is_lost_makes_nothing_twice(desk: Desk, github: GitHub, issues: list[Finding]) -> None:
    github.fault = lambda m, p, n: httpx2.ReadError("gone") if m == "POST" and p.endswith("/issues") else None
    assert desk.export(issues) == [Outcome.CREATED] * 3
    assert len(github.issues) == 3
    assert github.count("POST", "/issues") == 3


@pytest.mark.parametrize("headers", [{"retry-after": "7"}, {"x-ratelimit-remaining": "0"}])
def test_githubs_refusal_for_too_many_is_waited_out(
    desk: Desk, github: GitHub, issues: list[Finding], headers: dict[str, str]
) -> None:
    limit = httpx2.Response(403, headers=headers, json={"message": "You have exceeded a secondary rate limit"})
    github.fault = lambda m, p, n: limit if m == "POST" and n == 1 else None
    assert desk.export(issues) == [Outcome.CREATED] * 3
    assert len(github.issues) == 3
    assert desk.waited >= float(headers.get("retry-after", 0.5))


def test_another_403_stops_at_once_and_says_what_github_says(desk: Desk, github: GitHub, issues: list[Finding]) -> None:
    refusal = {"message": "Resource not accessible by personal access token"}
    github.fault = lambda m, p, n: httpx2.Response(403, json=refusal) if m == "POST" else None
    with pytest.raises(BacklogError) as stopped:
        desk.export(issues)
    assert (stopped.value.code, stopped.value.detail) == (BacklogCode.FORBIDDEN, refusal["message"])
    assert desk.waited == 0
    github.fault = lambda _m, _p, _n: None
    assert desk.export(issues) == [Outcome.CREATED] * 3


def test_a_refused_issue_says_why(desk: Desk, github: GitHub, issues: list[Finding]) -> None:
    said = {"message": "Validation Failed", "errors": [{"resource": "Issue", "field": "title", "code": "invalid"}]}
    github.fault = lambda m, p, n: httpx2.Response(422, json=said) if m == "POST" and n == 1 else None
    results = desk.apply(desk.plan(issues))
    assert [one.outcome for one in results] == [Outcome.FAILED, Outcome.CREATED, Outcome.CREATED]
    assert results[0].detail == "Validation Failed; title invalid"


def test_why_it_was_closed_comes_back(desk: Desk, store: StudyStore, github: GitHub, issues: list[Finding]) -> None:
    desk.export(issues[:2])
    github.issues[1].update(state="closed", state_reason="not_planned")
    desk.plan(issues[:2])
    found = store.links_of_issues()
    states = [found[one.issue_id][0][1].remote_status for one in issues[:2]]
    assert states == ["closed (not planned)", "open"]


def test_gone_and_twice_are_for_a_person(store: StudyStore, github: GitHub, issues: list[Finding]) -> None:
    desk = Desk(store, github)
    desk.export(issues[:1])
    github.add("A copy", github.issues[1]["body"])
    store.remove_target(store.targets()[0].id)
    item = Desk(store, github).plan(issues[:1]).items[0]
    assert (item.action, item.blocked, item.detail) == (Action.BLOCKED, Blocked.TWICE, "#2, #1")


def test_an_issue_that_was_deleted_is_made_again_only_on_request(
    desk: Desk, github: GitHub, issues: list[Finding]
) -> None:
    desk.export(issues[:1])
    github.fault = lambda m, p, n: httpx2.Response(410, json={}) if m == "GET" and p.endswith("/issues/1") else None
    assert desk.plan(issues[:1]).items[0].action is Action.LOST
    assert desk.export(issues[:1]) == [Outcome.BLOCKED]
    assert desk.export(issues[:1], again=frozenset({issues[0].issue_id})) == [Outcome.CREATED]


def test_long_text_is_cut_and_keeps_its_mark(desk: Desk, github: GitHub, issues: list[Finding]) -> None:
    long = finding(issues[0].issue_id, 1, "x" * 400, description="words " * 20_000, severity=Severity.COSMETIC)
    plan = desk.plan([long])
    assert plan.items[0].cut == ("Title", "Description")
    desk.apply(plan)
    made = github.issues[1]
    assert len(made["title"]) <= 256
    assert len(made["body"]) <= 65_536
    assert made["body"].endswith(long.mark)
    assert desk.export([long]) == [Outcome.UNCHANGED]


def test_the_connection_test_says_what_is_missing(desk: Desk, github: GitHub) -> None:
    with desk.target() as target:
        assert target.check().words[:2] == ("Signed in as ada", "Repository example/shop")
        github.push, github.has_issues = False, False
        health = target.check()
    assert any("Labels are left out" in one for one in health.words)
    assert health.problems == ("Issues are switched off in this repository",)


def test_labels_that_github_drops_are_not_sent_for_ever(desk: Desk, github: GitHub, issues: list[Finding]) -> None:
    github.push = False
    desk.export(issues[:1])
    assert github.issues[1]["labels"] == []
    assert desk.export(issues[:1]) == [Outcome.UNCHANGED]


@pytest.mark.parametrize("repository", ["shop", "a/b/c", "../x", "x/..", "a/b?c"])
def test_a_repository_is_owner_and_name(repository: str) -> None:
    config = TargetConfig("", "github", "x", "https://api.github.com", repository, "", {})
    with pytest.raises(BacklogError) as refused, opened(config, TOKEN, CancelToken()):
        pass
    assert refused.value.code is BacklogCode.SETTING_INVALID
