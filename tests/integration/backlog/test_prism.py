"""Every kind of request to Jira Cloud on the wire, past Prism, which lets none through that breaks the description.

Prism stands between our client and the Jira of these tests, so that issues are kept while each request and each answer
is checked; and alone, where it answers with Atlassian's own examples. A wrong request for each operation shows that it
does look. Descriptions: ours, and Atlassian's made strict, where that lies beside the checkout.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from annotate.backlog.finding import Finding, FindingFile
from annotate.backlog.jira import JiraTracker
from annotate.backlog.plan import Action, Blocked, Outcome, RemoteRef
from annotate.backlog.targets import opened
from annotate.store import StudyStore
from tests.helpers import prism
from tests.helpers.contract import OWN, SHARED
from tests.helpers.jira_server import Jira, Server
from tests.helpers.prism import Prism
from tests.unit.annotate.backlog.conftest import finding
from tests.unit.annotate.backlog.test_jira import Desk
from tests.unit.annotate.backlog.test_markup import HOSTILE

pytestmark = [
    pytest.mark.long,
    pytest.mark.timeout(300),
    pytest.mark.skipif(bool(prism.missing()), reason=prism.missing() or "-"),
]
STRICT = SHARED / "jira-cloud-v3-strict.json"
needs_atlassians = pytest.mark.skipif(
    not STRICT.is_file(), reason="Atlassian's description of Jira Cloud is not beside the checkout"
)
DESCRIPTIONS = [
    pytest.param(OWN / "jira-cloud.small.json", id="ours"),
    pytest.param(STRICT, id="Atlassian's", marks=needs_atlassians),
]
API = "/rest/api/3"
AUTH = {"authorization": "Basic YWRhOnNlc2FtZQ=="}
NO_CHECK = {"x-atlassian-token": "no-check"}


@pytest.fixture(scope="module", params=DESCRIPTIONS)
def guarded(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Jira, Prism]]:
    """A Jira that is reached through Prism alone."""
    log = tmp_path_factory.mktemp("prism") / "log"
    with Server(Jira()) as jira, Prism(request.param, log, jira.url) as guard:
        jira.url = guard.url
        yield jira, guard


@pytest.fixture
def jira(guarded: tuple[Jira, Prism]) -> Iterator[Jira]:
    site, guard = guarded
    site.issues.clear()
    site.files.clear()
    site.requests.clear()
    yield site
    assert guard.runs


@pytest.fixture
def store(tmp_path: Path) -> Iterator[StudyStore]:
    with StudyStore.create(tmp_path / "Shop.moderato", "Shop", author="Ada") as made:
        yield made


def _findings(store: StudyStore, folder: Path) -> list[Finding]:
    found = []
    for number, text in enumerate(HOSTILE, 1):
        issue = store.add_issue(f"Problem {number}")[0]
        path = folder / f"still-{number}.png"
        path.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes([number]) * 2000)
        file = FindingFile(path, f"P01_{number}.png", f"{number:064x}", path.stat().st_size, "image/png", str(number))
        found.append(
            finding(issue.id, issue.number, f"{issue.title} {text}", description=text, tags=(text,), files=(file,))
        )
    return found


def test_an_export_goes_past_prism_whole(jira: Jira, store: StudyStore, tmp_path: Path) -> None:
    desk = Desk(store, jira)
    with opened(desk.config, jira.token, desk.cancel) as target:
        told = " ".join(target.check().words)
    assert "Signed in as Ada" in told
    found = _findings(store, tmp_path)
    results = desk.apply(desk.plan(found, files=True))
    assert [one.outcome for one in results] == [Outcome.CREATED] * len(HOSTILE), results
    assert sum(len(rows) for rows in jira.files.values()) == len(HOSTILE)
    assert desk.export(found, files=True) == [Outcome.UNCHANGED] * len(HOSTILE)
    changed = finding(found[0].issue_id, found[0].number, "Another title", tags=("new",), description="Other words.")
    assert desk.export([changed]) == [Outcome.UPDATED]
    assert jira.issues["10000"]["fields"]["summary"] == "[Pay] Another title"
    assert "new" in jira.issues["10000"]["fields"]["labels"]
    asked = {(method, path.removeprefix(API)) for method, path, _, _ in jira.requests}
    assert {("POST", "/issue"), ("PUT", "/issue/10000"), ("POST", "/issue/10000/attachments")} <= asked
    assert {("POST", "/search/jql"), ("GET", "/issue/createmeta/UX/issuetypes")} <= asked


def _fields(**other: Any) -> dict[str, Any]:
    return {"fields": {"project": {"key": "UX"}, "issuetype": {"id": "1"}, "summary": "x", **other}}


WRONG: list[tuple[str, str, str, dict[str, Any]]] = [
    ("create without a summary", "POST", "/issue", {"json": {"fields": {"project": {"key": "UX"}}}}),
    ("create with two lines as summary", "POST", "/issue", {"json": _fields(summary="a\nb")}),
    ("create with text as description", "POST", "/issue", {"json": _fields(description="words")}),
    ("create with a space in a label", "POST", "/issue", {"json": _fields(labels=["a b"])}),
    ("create without a body", "POST", "/issue", {}),
    ("update with text as description", "PUT", "/issue/10000", {"json": {"fields": {"description": "words"}}}),
    ("update with a list of fields", "PUT", "/issue/10000", {"json": {"fields": ["summary"]}}),
    ("attach without the header", "POST", "/issue/10000/attachments", {"files": {"file": ("a", b"1", "image/png")}}),
    (
        "attach under another name",
        "POST",
        "/issue/10000/attachments",
        {"files": {"picture": ("a", b"1", "image/png")}, "headers": NO_CHECK},
    ),
    ("search as it was done before", "POST", "/search/jql", {"json": {"jql": "x", "startAt": 0}}),
    ("issue types by a word", "GET", "/issue/createmeta/UX/issuetypes?maxResults=many", {}),
    ("fields by a word", "GET", "/issue/createmeta/UX/issuetypes/1?maxResults=many", {}),
    ("what isn't there", "GET", "/search?jql=x", {}),
]


@pytest.mark.parametrize(("method", "path", "sent"), [pytest.param(*one[1:], id=one[0]) for one in WRONG])
def test_a_wrong_request_is_refused(jira: Jira, method: str, path: str, sent: dict[str, Any]) -> None:
    """The controls: a Prism that lets these through would prove nothing of the others."""
    headers = {**AUTH, **sent.get("headers", {})}
    answer = httpx2.request(method, jira.url + API + path, **{**sent, "headers": headers}, timeout=30)
    assert answer.status_code in {400, 404, 422}, answer.text
    assert "stoplight.io/prism" in answer.text
    assert jira.requests == [], "Prism refused it, not the Jira behind"


@needs_atlassians
@pytest.mark.parametrize(
    ("method", "path", "sent"),
    [
        ("GET", "/myself", {}),
        ("GET", "/mypermissions", {}),
        ("GET", "/attachment/meta", {}),
        ("GET", "/issue/10000", {}),
        ("GET", "/issue/createmeta/UX/issuetypes", {}),
        ("POST", "/issue", {"json": _fields()}),
        ("PUT", "/issue/10000", {"json": {"fields": {"summary": "x"}}}),
        ("POST", "/search/jql", {"json": {"jql": "x"}}),
    ],
)
def test_nobody_gets_in_without_a_token(examples: Prism, method: str, path: str, sent: dict[str, Any]) -> None:
    """Reading has little that can be wrong in it but this."""
    assert httpx2.request(method, examples.url + API + path, **sent, timeout=30).status_code == 401
    assert httpx2.request(method, examples.url + API + path, **sent, headers=AUTH, timeout=30).status_code < 300


@pytest.fixture(scope="module")
def examples(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prism]:
    """Prism alone: it answers with Atlassian's examples, always the same."""
    with Prism(STRICT, tmp_path_factory.mktemp("prism") / "log") as answering:
        yield answering
        assert answering.runs


@needs_atlassians
def test_atlassians_own_answers_are_understood(examples: Prism, store: StudyStore, tmp_path: Path) -> None:

    one = _findings(store, tmp_path)[0]
    desk = Desk(store, Jira(url=examples.url))
    with opened(desk.config, "sesame", desk.cancel) as target:
        health = target.check()
        item = target.plan([one], desk.links).items[0]
    assert "Signed in as Mia Krystof" in health.words
    assert "Files up to 1 MB" in health.words
    assert "The project requires: Assignee" in health.problems
    assert any("may not create issues" in one for one in health.problems), "the example allows editing alone"
    assert (item.action, item.blocked, item.detail) == (Action.BLOCKED, Blocked.FIELD_NEEDED, "Assignee")

    store.remove_target(desk.config.id)
    filled = Desk(store, Jira(url=examples.url), constants={"Assignee": "5b10a2844c20165700ede21g"})
    with opened(filled.config, "sesame", filled.cancel) as target:
        (result,) = target.apply(target.plan([one], filled.links), filled.links)
        tracker = target.tracker  # type: ignore[attr-defined]
        assert isinstance(tracker, JiraTracker)
        ref = RemoteRef("10002", "ED-1", "")
        read = tracker.read(ref)
        assert tracker.attach(ref, one.files[0]) == "10001"
        assert set(tracker.files(ref)) == {"picture.jpg"}
        tracker.update(ref, {"summary": "x"}, ["a"])
        assert tracker.find([one]) == {}, "the example has other labels"
    assert (result.outcome, result.ref and result.ref.key) == (Outcome.CREATED, "ED-24")
    assert read is not None
    assert read.ref.key == "ED-1"
    assert read.texts["description"] == "Main order flow broken"
