"""Issues reach Jira once, are updated field by field, and what people change there stays."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path

import pytest

from annotate.backlog.decide import decided, overwriting
from annotate.backlog.errors import BacklogCode, BacklogError
from annotate.backlog.finding import Finding, FindingFile
from annotate.backlog.plan import Action, Blocked, ExportPlan, ItemResult, Outcome, Side, TargetConfig
from annotate.backlog.targets import checked, opened
from annotate.models import Severity
from annotate.store import StudyStore
from tests.helpers.contract import check_adf
from tests.helpers.jira_server import Jira, Server, _field
from tests.unit.annotate.backlog.conftest import finding
from transcribe.cancel import CancelToken

on_both = pytest.mark.parametrize("jira", ["cloud", "server"], indirect=True)


@pytest.fixture
def jira(request: pytest.FixtureRequest) -> Iterator[Jira]:
    with Server(Jira(dialect=getattr(request, "param", "cloud"))) as site:
        yield site
        assert site.violations == []


class Desk:
    """A study's target, driven as the app does: plan, then apply."""

    def __init__(self, store: StudyStore, jira: Jira, **mapping: object) -> None:
        kind = "jira" if jira.dialect == "cloud" else "jira-dc"
        account = "ada@example.org" if jira.dialect == "cloud" else ""
        config = TargetConfig("", kind, "Board", jira.url, "UX", account, mapping)
        self.config = store.put_target(checked(config))
        self.links = store.links(self.config.id)
        self.jira = jira
        self.waited: list[float] = []
        self.cancel = CancelToken()

    def plan(self, findings: list[Finding], **how: object) -> ExportPlan:
        with opened(self.config, self.jira.token, self.cancel) as target:
            return target.plan(findings, self.links, **how)  # type: ignore[arg-type]

    def apply(self, plan: ExportPlan) -> list[ItemResult]:
        with opened(self.config, self.jira.token, self.cancel) as target:
            target._sleep = lambda s: self.waited.append(s) or False  # type: ignore[attr-defined]
            return list(target.apply(plan, self.links))

    def export(self, findings: list[Finding], **how: object) -> list[Outcome]:
        return [one.outcome for one in self.apply(self.plan(findings, **how))]


@pytest.fixture
def desk(store: StudyStore, jira: Jira) -> Desk:
    return Desk(store, jira)


@on_both
def test_made_once_however_often_it_is_exported(desk: Desk, jira: Jira, issues: list[Finding]) -> None:
    plan = desk.plan(issues)
    assert [item.action for item in plan.items] == [Action.CREATE] * 3
    assert jira.issues == {}, "a plan writes nothing"
    assert [one.outcome for one in desk.apply(plan)] == [Outcome.CREATED] * 3
    assert desk.export(issues) == [Outcome.UNCHANGED] * 3
    assert len(jira.issues) == 3
    fields = jira.issues["10000"]["fields"]
    assert fields["summary"] == "[Pay] Buy gives no feedback"
    assert fields["priority"]["name"] == "High"
    assert fields["labels"] == ["Feedback", "two-words", issues[0].mark]
    if jira.dialect == "cloud":
        check_adf(fields["description"])
    else:
        assert "h3. What was seen" in fields["description"]


@on_both
def test_says_who_asks_as_each_dialect_wants_it(desk: Desk, jira: Jira, issues: list[Finding]) -> None:
    desk.plan(issues)
    sent = {headers["authorization"] for _, _, headers, _ in jira.requests}
    pair = base64.b64encode(b"ada@example.org:sesame").decode()
    assert sent == {f"Basic {pair}" if jira.dialect == "cloud" else "Bearer sesame"}


@on_both
def test_only_what_changed_is_sent(desk: Desk, jira: Jira, issues: list[Finding]) -> None:
    desk.export(issues)
    changed = finding(issues[0].issue_id, issues[0].number, "Buy says nothing", severity=Severity.CATASTROPHE)
    plan = desk.plan([changed, *issues[1:]])
    assert [item.action for item in plan.items] == [Action.UPDATE, Action.UNCHANGED, Action.UNCHANGED]
    assert {diff.name for diff in plan.items[0].diffs} == {"summary", "priority", "description"}
    assert "Severity 4" in next(d.ours for d in plan.items[0].diffs if d.name == "description")
    desk.apply(plan)
    fields = jira.issues["10000"]["fields"]
    assert (fields["summary"], fields["priority"]["name"]) == ("[Pay] Buy says nothing", "Highest")
    assert jira.count("PUT", f"{jira.api}/issue/") == 1


def test_what_people_changed_is_shown_and_kept(desk: Desk, jira: Jira, issues: list[Finding]) -> None:
    desk.export(issues[:1])
    theirs = jira.issues["10000"]["fields"]
    theirs["summary"] = "Their title"
    theirs["labels"] = [*theirs["labels"], "theirs"]
    assert desk.export(issues[:1]) == [Outcome.UNCHANGED], "we changed nothing: theirs stays without a question"

    ours = finding(issues[0].issue_id, 1, "Our title")
    plan = desk.plan([ours])
    (conflict,) = plan.items[0].conflicts
    assert (conflict.theirs, conflict.ours, conflict.keep) == ("Their title", "[Pay] Our title", Side.THEIRS)
    desk.apply(plan)
    assert theirs["summary"] == "Their title"
    assert desk.plan([ours]).items[0].conflicts, "nobody decided, so it is asked again"

    item = decided(plan.items[0], "summary", Side.THEIRS)
    desk.apply(ExportPlan(plan.target_id, (item,)))
    assert not desk.plan([ours]).items[0].conflicts, "it was decided"
    assert theirs["summary"] == "Their title"
    assert "theirs" in theirs["labels"]


def test_overwriting_is_a_word_away(desk: Desk, jira: Jira, issues: list[Finding]) -> None:
    desk.export(issues[:1])
    jira.issues["10000"]["fields"]["summary"] = "Their title"
    plan = overwriting(desk.plan([finding(issues[0].issue_id, 1, "Our title")]))
    desk.apply(plan)
    assert jira.issues["10000"]["fields"]["summary"] == "[Pay] Our title"


def test_a_change_between_plan_and_apply_is_not_written_over(desk: Desk, jira: Jira, issues: list[Finding]) -> None:
    desk.export(issues[:1])
    plan = desk.plan([finding(issues[0].issue_id, 1, "Our title")])
    jira.issues["10000"]["fields"]["summary"] = "Quicker"
    (result,) = desk.apply(plan)
    assert result.outcome is Outcome.FAILED
    assert "Title" in result.detail
    assert jira.issues["10000"]["fields"]["summary"] == "Quicker"


@on_both
def test_an_answer_that_is_lost_makes_nothing_twice(desk: Desk, jira: Jira, issues: list[Finding]) -> None:
    jira.fault = lambda m, p, n: "take it and hang up" if m == "POST" and p.endswith("/issue") and n == 2 else ""
    assert desk.export(issues) == [Outcome.CREATED] * 3, "it is looked for at once"
    assert len(jira.issues) == 3
    assert jira.count("POST", f"{jira.api}/issue") - jira.count("POST", f"{jira.api}/issue/") == 3


def test_an_answer_that_is_lost_while_the_index_lags(desk: Desk, jira: Jira, issues: list[Finding]) -> None:
    hidden = [True]

    def fault(method: str, path: str, number: int) -> str | tuple[int, dict[str, str]]:
        if method == "POST" and path.endswith("/issue") and number == 1:
            return "take it and hang up"
        if "search" in path and hidden[0]:
            for one in jira.issues.values():
                one["fields"].setdefault("hidden", one["fields"].get("labels"))
                one["fields"]["labels"] = []
        return ""

    jira.fault = fault
    assert desk.export(issues[:1]) == [Outcome.UNSURE]
    hidden[0] = False
    plan = desk.plan(issues[:1])
    assert plan.items[0].action is Action.LOOK
    for one in jira.issues.values():
        one["fields"]["labels"] = one["fields"].pop("hidden")
    assert [one.outcome for one in desk.apply(plan)] == [Outcome.FOUND]
    assert len(jira.issues) == 1
    assert desk.export(issues[:1]) == [Outcome.UNCHANGED]


@on_both
def test_a_request_that_never_arrived_is_made_in_the_next_run(desk: Desk, jira: Jira, issues: list[Finding]) -> None:
    jira.fault = lambda m, p, n: "hang up" if m == "POST" and p.endswith("/issue") and n == 1 else ""
    assert desk.export(issues[:1]) == [Outcome.UNSURE]
    desk.waited.clear()
    assert desk.export(issues[:1]) == [Outcome.CREATED]
    lag = 180 if jira.dialect == "cloud" else 5
    assert sum(desk.waited) >= lag - 60, "only after the index had its time"
    assert len(jira.issues) == 1


def test_one_bad_issue_does_not_stop_the_others(desk: Desk, jira: Jira, issues: list[Finding]) -> None:
    bad = finding(issues[0].issue_id, 1, "refuse me")
    results = desk.apply(desk.plan([bad, *issues[1:]]))
    assert [one.outcome for one in results] == [Outcome.FAILED, Outcome.CREATED, Outcome.CREATED]
    assert "not this one" in results[0].detail
    assert desk.export([issues[0], *issues[1:]])[0] is Outcome.CREATED, "mended, it goes through"


@pytest.mark.parametrize("headers", [{"retry-after": "3"}, {}], ids=["told how long", "not told"])
def test_a_limit_is_waited_out(
    desk: Desk, jira: Jira, issues: list[Finding], headers: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    slept: list[float] = []
    monkeypatch.setattr(desk.cancel, "wait", lambda s: slept.append(s) or False)
    jira.fault = lambda m, p, n: (429, headers) if m == "POST" and p.endswith("/issue") and n in {1, 2} else ""
    assert desk.export(issues) == [Outcome.CREATED] * 3
    assert len(jira.issues) == 3
    if headers:
        assert sum(slept) >= 6


def test_an_outage_ends_the_run_and_the_next_one_finishes_it(
    desk: Desk, jira: Jira, issues: list[Finding], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk.cancel, "wait", lambda _s: False)
    jira.fault = lambda m, p, n: (
        (429, {"retry-after": "4000"}) if m == "POST" and p.endswith("/issue") and n > 1 else ""
    )
    plan = desk.plan(issues)
    with pytest.raises(BacklogError) as stopped:
        desk.apply(plan)
    assert stopped.value.code is BacklogCode.BUSY
    jira.fault = lambda _m, _p, _n: ""
    assert sorted(desk.export(issues)) == [Outcome.CREATED, Outcome.CREATED, Outcome.UNCHANGED]
    assert len(jira.issues) == 3


def test_a_token_that_is_not_accepted_stops_at_once(desk: Desk, jira: Jira, issues: list[Finding]) -> None:
    plan = desk.plan(issues)
    jira.fault = lambda _m, _p, _n: (401, {})
    with pytest.raises(BacklogError) as stopped:
        desk.apply(plan)
    assert stopped.value.code is BacklogCode.UNAUTHORISED
    assert "sesame" not in str(stopped.value)


def test_an_issue_that_is_gone_is_made_again_only_on_request(desk: Desk, jira: Jira, issues: list[Finding]) -> None:
    desk.export(issues[:1])
    jira.issues.clear()
    assert desk.plan(issues[:1]).items[0].action is Action.LOST
    assert desk.export(issues[:1]) == [Outcome.BLOCKED]
    assert desk.export(issues[:1], again=frozenset({issues[0].issue_id})) == [Outcome.CREATED]
    assert desk.export(issues[:1]) == [Outcome.UNCHANGED]


@on_both
def test_a_study_that_lost_its_memory_finds_its_issues(store: StudyStore, jira: Jira, issues: list[Finding]) -> None:
    Desk(store, jira).export(issues)
    for target in store.targets():
        store.remove_target(target.id)
    fresh = Desk(store, jira)
    assert fresh.export(issues) == [Outcome.UNCHANGED] * 3
    assert len(jira.issues) == 3


@on_both
def test_where_the_screen_has_no_labels_the_description_tells(
    store: StudyStore, jira: Jira, issues: list[Finding]
) -> None:
    jira.fields = [one for one in jira.fields if one["key"] != "labels"]
    desk = Desk(store, jira)
    jira.fault = lambda m, p, n: "take it and hang up" if m == "POST" and p.endswith("/issue") and n == 2 else ""
    assert desk.export(issues) == [Outcome.CREATED] * 3, "found by its mark, however alike the others are"
    assert len(jira.issues) == 3
    assert desk.export(issues) == [Outcome.UNCHANGED] * 3


def test_two_with_the_same_mark_are_for_a_person_to_sort_out(
    store: StudyStore, jira: Jira, issues: list[Finding]
) -> None:
    Desk(store, jira).export(issues[:1])
    copy = dict(jira.issues["10000"], id="10001", key="UX-2")
    jira.issues["10001"] = copy
    store.remove_target(store.targets()[0].id)
    item = Desk(store, jira).plan(issues[:1]).items[0]
    assert (item.action, item.blocked, item.detail) == (Action.BLOCKED, Blocked.TWICE, "UX-1, UX-2")


def test_the_status_comes_back(desk: Desk, store: StudyStore, jira: Jira, issues: list[Finding]) -> None:
    desk.export(issues[:1])
    jira.issues["10000"]["fields"]["status"] = {"name": "Done"}
    desk.plan(issues[:1])
    ((config, link),) = store.links_of_issues()[issues[0].issue_id]
    assert (config.name, link.remote_status, link.ref and link.ref.key) == ("Board", "Done", "UX-1")


@on_both
def test_a_required_field_is_named_until_it_gets_a_value(store: StudyStore, jira: Jira, issues: list[Finding]) -> None:
    team = _field(
        "customfield_1", "Team", True, schema={"type": "option"}, allowedValues=[{"id": "7", "value": "Checkout"}]
    )
    jira.fields.append(team)
    item = Desk(store, jira).plan(issues[:1]).items[0]
    assert (item.action, item.blocked, item.detail) == (Action.BLOCKED, Blocked.FIELD_NEEDED, "Team")
    store.remove_target(store.targets()[0].id)
    assert Desk(store, jira, constants={"Team": "checkout"}).export(issues[:1]) == [Outcome.CREATED]
    assert jira.issues["10000"]["fields"]["customfield_1"] == {"id": "7"}


def test_priorities_may_be_named(store: StudyStore, jira: Jira, issues: list[Finding]) -> None:
    Desk(store, jira, priorities={"3": "Lowest"}).export(issues[:1])
    assert jira.issues["10000"]["fields"]["priority"]["name"] == "Lowest"


def test_an_unknown_issue_type_says_which_there_are(store: StudyStore, jira: Jira, issues: list[Finding]) -> None:
    with pytest.raises(BacklogError, match=r"Story.*Bug, Task"):
        Desk(store, jira, issue_type="Story").plan(issues)


def test_long_and_hostile_text_arrives(desk: Desk, jira: Jira, issues: list[Finding]) -> None:
    long = finding(issues[0].issue_id, 1, "x" * 400, description="\N{FAMILY}\u202e<b>\x00" * 9_000, study="S\x07")
    plan = desk.plan([long])
    assert plan.items[0].cut == ("Title", "Description")
    assert [one.outcome for one in desk.apply(plan)] == [Outcome.CREATED]
    fields = jira.issues["10000"]["fields"]
    assert len(fields["summary"]) <= 254
    assert desk.export([long]) == [Outcome.UNCHANGED]


@pytest.fixture
def still(tmp_path: Path) -> FindingFile:
    path = tmp_path / "still.png"
    path.write_bytes(b"\x89PNG" + bytes(1000))
    return FindingFile(path, "P01_00m43s_0a1b2c3d.png", "0a1b2c3d" * 8, 1004, "image/png", "evidence")


@on_both
def test_files_go_along_only_when_ticked_and_once(
    desk: Desk, jira: Jira, issues: list[Finding], still: FindingFile
) -> None:
    one = finding(issues[0].issue_id, 1, files=(still,))
    desk.export([one])
    assert jira.files == {}
    plan = desk.plan([one], files=True)
    assert plan.items[0].action is Action.UPDATE
    (result,) = desk.apply(plan)
    assert result.files_sent == 1
    assert [row["filename"] for row in jira.files["10000"]] == [still.name]
    assert desk.plan([one], files=True).items[0].files[0].skipped == "sent"
    assert desk.export([one], files=True) == [Outcome.UNCHANGED]
    assert len(jira.files["10000"]) == 1


def test_a_file_whose_answer_was_lost_is_not_sent_twice(
    desk: Desk, jira: Jira, issues: list[Finding], still: FindingFile
) -> None:
    one = finding(issues[0].issue_id, 1, files=(still,))
    jira.fault = lambda m, p, n: "take it and hang up" if p.endswith("/attachments") and n == 1 else ""
    (result,) = desk.apply(desk.plan([one], files=True))
    assert result.files_failed
    jira.fault = lambda _m, _p, _n: ""
    (result,) = desk.apply(desk.plan([one], files=True))
    assert result.files_sent == 1
    assert len(jira.files["10000"]) == 1


def test_a_file_that_is_too_big_is_told_ahead(
    desk: Desk, jira: Jira, issues: list[Finding], still: FindingFile
) -> None:
    jira.upload_limit = 100
    one = finding(issues[0].issue_id, 1, files=(still,))
    plan = desk.plan([one], files=True)
    assert plan.items[0].files[0].skipped == "too_big"
    desk.apply(plan)
    assert jira.files == {}


@on_both
def test_the_connection_test_says_who_and_what(desk: Desk, jira: Jira) -> None:
    with opened(desk.config, jira.token, desk.cancel) as target:
        health = target.check()
    assert health.good
    assert health.words == ("Signed in as Ada", "Project UX, issue type Bug", "Files up to 1 MB")
    assert not [p for m, p, _, _ in jira.requests if m != "GET"], "nothing is written"


def test_a_project_key_cannot_leave_the_query(store: StudyStore, jira: Jira) -> None:
    config = TargetConfig("", "jira-dc", "Board", jira.url, 'UX" OR project = "HR', "", {})
    with pytest.raises(BacklogError) as refused, opened(checked(config), "t", CancelToken()):
        pass
    assert refused.value.code is BacklogCode.SETTING_INVALID
