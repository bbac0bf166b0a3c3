"""Plan and apply for every tracker that is spoken to over the network; a tracker itself is a small adapter.

An issue's life: a row `sending` is written, the request is made, a row `done` with the remote key is written. A death
or a lost answer leaves `sending`; whoever comes next looks for the issue by its mark before making anything.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol

from annotate.backlog.compare import chosen, compare, same, written
from annotate.backlog.errors import STOPS_THE_RUN, BacklogCode, BacklogError
from annotate.backlog.finding import Finding, FindingFile, digest
from annotate.backlog.links import Link, LinkState, LinkStore
from annotate.backlog.plan import (
    Action,
    Blocked,
    Capabilities,
    ExportPlan,
    FieldDiff,
    Fields,
    FilePlan,
    ItemResult,
    Outcome,
    PlanItem,
    RemoteRef,
    TargetHealth,
)
from transcribe.cancel import CancelToken

_NOTHING_MADE = frozenset(
    {
        BacklogCode.REFUSED,
        BacklogCode.UNAUTHORISED,
        BacklogCode.FORBIDDEN,
        BacklogCode.NOT_FOUND,
        BacklogCode.UNREACHABLE,
        BacklogCode.CERTIFICATE,
        BacklogCode.REDIRECTED,
        BacklogCode.BUSY,
    }
)
"""Answers to a request to make an issue that prove that none was made: the next run needn't look for it."""
_LOOKS = 12
"""How often a lost issue is looked for while the tracker's index may lag behind."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """A finding in a tracker's own fields, or why it can't be sent.

    `texts` are the compared fields as text without markup; `cut` the fields that were shortened.
    """

    fields: Fields
    texts: Mapping[str, str]
    text: str = ""
    cut: tuple[str, ...] = ()
    blocked: Blocked | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class RemoteIssue:
    """An issue as it is in the tracker. `texts` are the compared fields as `Rendered.texts` gives them."""

    ref: RemoteRef
    texts: Mapping[str, str]
    status: str
    labels: tuple[str, ...] = field(default=())


class Tracker(Protocol):
    """One tracker, one project. Errors are `BacklogError`s; each method may be called again."""

    capabilities: Capabilities
    names: Sequence[tuple[str, str]]
    """The compared fields and what a user calls them, in the order in which they are shown."""

    def check(self) -> TargetHealth:
        """Whether it can be written to. Writes nothing."""

    def prepare(self) -> None:
        """Reads what rendering needs (fields, priorities, limits); once before a plan and once before an apply."""

    def render(self, finding: Finding) -> Rendered: ...

    def find(self, findings: Sequence[Finding]) -> Mapping[str, list[RemoteRef]]:
        """By the findings' marks: where they are, for those that are anywhere."""

    def read(self, ref: RemoteRef) -> RemoteIssue | None:
        """None: it is gone."""

    def create(self, fields: Fields) -> RemoteRef:
        """Makes one; OUTCOME_UNKNOWN when the answer was lost, REFUSED when it was not made."""

    def update(self, ref: RemoteRef, fields: Fields, labels: Sequence[str]) -> None:
        """Sets these fields and adds these labels; doing it twice does no more than once."""

    def file_limit(self) -> int:
        """The most bytes that a file may have; 0: files can't be sent."""

    def files(self, ref: RemoteRef) -> Mapping[str, str]:
        """The names of the files at an issue, with their remote ids."""

    def attach(self, ref: RemoteRef, file: FindingFile) -> str:
        """Sends a file; OUTCOME_UNKNOWN when the answer was lost."""

    def labels_of(self, fields: Fields) -> Sequence[str]:
        """The labels among `fields`, for trackers that have them."""


class TrackerTarget:
    """A target over the network. `sleep` waits some seconds, less when cancelled."""

    def __init__(
        self, target_id: str, tracker: Tracker, cancel: CancelToken, *, sleep: Callable[[float], bool] | None = None
    ) -> None:
        self.id = target_id
        self.tracker = tracker
        self.capabilities = tracker.capabilities
        self._cancel = cancel
        self._sleep = sleep or cancel.wait

    def check(self) -> TargetHealth:
        return self.tracker.check()

    # -- plan -----------------------------------------------------------------------------------------------------

    def plan(
        self, findings: Sequence[Finding], links: LinkStore, *, files: bool = False, again: frozenset[str] = frozenset()
    ) -> ExportPlan:
        """What would be done now. Nothing is written but the statuses read.

        Args:
            files: whether stills and clips go along.
            again: issues (ids) to be made again where they are gone from the tracker.
        """
        self.tracker.prepare()
        limit = self.tracker.file_limit() if files and self.capabilities.attachments else 0
        known = {finding.issue_id: links.link(finding.issue_id) for finding in findings}
        strange = [one for one in findings if (link := known[one.issue_id]) is None or link.ref is None]
        found = self.tracker.find(strange) if strange else {}
        items: list[PlanItem] = []
        for finding in findings:
            self._cancel.check()
            item = self._item(finding, known[finding.issue_id], found.get(finding.issue_id, []), links, again)
            if files and item.action in {Action.CREATE, Action.LOOK, Action.UPDATE, Action.UNCHANGED}:
                item = _with_files(item, links, limit)
            items.append(item)
        return ExportPlan(self.id, tuple(items))

    def _item(
        self, finding: Finding, link: Link | None, found: list[RemoteRef], links: LinkStore, again: frozenset[str]
    ) -> PlanItem:
        rendered = self.tracker.render(finding)
        base = PlanItem(finding, Action.BLOCKED, rendered.fields, rendered.texts, rendered.text, cut=rendered.cut)
        if rendered.blocked is not None:
            return dataclasses.replace(base, blocked=rendered.blocked, detail=rendered.detail)
        if len(found) > 1:
            keys = ", ".join(ref.key for ref in found)
            return dataclasses.replace(base, blocked=Blocked.TWICE, detail=keys)
        ref = link.ref if link is not None and link.ref is not None else (found[0] if found else None)
        if ref is None:
            action = Action.LOOK if link is not None and link.state is LinkState.SENDING else Action.CREATE
            return dataclasses.replace(base, action=action)
        remote = self.tracker.read(ref)
        if remote is None:
            if finding.issue_id in again:
                return dataclasses.replace(base, action=Action.CREATE)
            links.lost(finding.issue_id)
            return dataclasses.replace(base, action=Action.LOST, ref=ref)
        if link is not None and link.ref is not None:
            links.seen(finding.issue_id, remote.status)
        diffs = self._diffs(rendered, link, remote)
        missing = [one for one in self.tracker.labels_of(rendered.fields) if one not in remote.labels]
        sent_labels = set(self.tracker.labels_of(link.sent)) if link is not None else set()
        # A label that people took away again is theirs to take away; the mark alone is put back.
        add = [one for one in missing if one not in sent_labels or one == finding.mark]
        changed = bool(chosen(diffs)) or bool(add) or link is None or link.ref is None
        labels = (FieldDiff("labels", "Labels", "", "+ " + ", ".join(add)),) if add else ()
        return dataclasses.replace(
            base,
            action=Action.UPDATE if changed or diffs else Action.UNCHANGED,
            ref=remote.ref,
            status=remote.status,
            diffs=(*diffs, *labels),
        )

    def _diffs(self, rendered: Rendered, link: Link | None, remote: RemoteIssue) -> tuple[FieldDiff, ...]:
        sent = link.sent.get("texts") if link is not None and link.ref is not None else None
        known = {str(k): str(v) for k, v in sent.items()} if isinstance(sent, dict) else None
        return compare(self.tracker.names, rendered.texts, known, remote.texts)

    # -- apply ----------------------------------------------------------------------------------------------------

    def apply(self, plan: ExportPlan, links: LinkStore) -> Iterator[ItemResult]:
        """Carries a plan out, an issue at a time; each result comes when it is written in the study.

        Cancel it between issues by the token; what was done stays done, and the next run goes on from there.

        Raises:
            BacklogError: where every further issue would fail the same way.
        """
        self.tracker.prepare()
        for item in plan.items:
            self._cancel.check()
            try:
                yield self._apply(item, links)
            except BacklogError as error:
                if error.code in STOPS_THE_RUN:
                    raise
                yield _result(item, Outcome.FAILED, detail=error.detail or error.code)

    def _apply(self, item: PlanItem, links: LinkStore) -> ItemResult:
        match item.action:
            case Action.CREATE:
                return self._create(item, links)
            case Action.LOOK:
                found = self._look(item, _lag_left_s(links.link(item.finding.issue_id), self.capabilities.lag_s))
                if found is None:
                    return self._create(item, links)
                return self._after(item, found, Outcome.FOUND, links)
            case Action.UPDATE:
                return self._update(item, links)
            case Action.UNCHANGED:
                assert item.ref is not None
                return self._send_files(_result(item, Outcome.UNCHANGED, ref=item.ref), item, item.ref, links)
            case _:
                return _result(item, Outcome.BLOCKED, ref=item.ref, detail=item.detail)

    def _create(self, item: PlanItem, links: LinkStore) -> ItemResult:
        content = content_hash(item.fields)
        links.sending(item.finding.issue_id, content, _sent(item))
        try:
            ref = self.tracker.create(item.fields)
        except BacklogError as error:
            if error.code is BacklogCode.OUTCOME_UNKNOWN:
                found = self._look(item, min(self.capabilities.lag_s, 10.0))
                if found is not None:
                    return self._after(item, found, Outcome.CREATED, links)
                return _result(item, Outcome.UNSURE, detail=error.detail)
            if error.code in _NOTHING_MADE:
                links.failed(item.finding.issue_id, error.detail or error.code)
            raise
        return self._after(item, ref, Outcome.CREATED, links)

    def _look(self, item: PlanItem, lag_s: float) -> RemoteRef | None:
        """Looks by the mark, again and again while the tracker may not show it yet."""
        waited = 0.0
        step = max(lag_s / _LOOKS, 1.0)
        while True:
            self._cancel.check()
            found = self.tracker.find([item.finding]).get(item.finding.issue_id, [])
            if len(found) > 1:
                raise BacklogError(BacklogCode.REFUSED, ", ".join(ref.key for ref in found))
            if found:
                return found[0]
            if waited >= lag_s:
                return None
            self._sleep(step)
            waited += step

    def _after(self, item: PlanItem, ref: RemoteRef, outcome: Outcome, links: LinkStore) -> ItemResult:
        links.done(item.finding.issue_id, ref, content_hash(item.fields), _sent(item), item.status)
        return self._send_files(_result(item, outcome, ref=ref), item, ref, links)

    def _update(self, item: PlanItem, links: LinkStore) -> ItemResult:
        assert item.ref is not None
        names = chosen(item.diffs)
        fields = {name: item.fields[name] for name in names if name in item.fields and name != "labels"}
        labels = self.tracker.labels_of(item.fields) if "labels" in names else ()
        if fields or labels:
            self._still_as_planned(item, item.ref)
            self.tracker.update(item.ref, fields, labels)
        link = links.link(item.finding.issue_id)
        before = link.sent.get("texts") if link is not None and link.ref is not None else None
        texts = written(before if isinstance(before, dict) else None, dict(item.texts), item.diffs)
        sent = {**item.fields, "texts": texts}
        links.done(item.finding.issue_id, item.ref, content_hash(item.fields), sent, item.status)
        outcome = Outcome.UPDATED if fields or labels else Outcome.UNCHANGED
        return self._send_files(_result(item, outcome, ref=item.ref), item, item.ref, links)

    def _still_as_planned(self, item: PlanItem, ref: RemoteRef) -> None:
        """Refuses to write over what somebody changed between the plan and now."""
        remote = self.tracker.read(ref)
        if remote is None:
            raise BacklogError(BacklogCode.NOT_FOUND, ref.key)
        for diff in item.diffs:
            if diff.name == "labels":
                continue
            planned = diff.before if diff.theirs is None else diff.theirs
            if not same(planned, remote.texts.get(diff.name, "")):
                raise BacklogError(BacklogCode.PLAN_STALE, f"{ref.key}: {diff.label}")

    def _send_files(self, result: ItemResult, item: PlanItem, ref: RemoteRef, links: LinkStore) -> ItemResult:
        wanted = [one.file for one in item.files if not one.skipped]
        if not wanted:
            return result
        issue_id = item.finding.issue_id
        there: Mapping[str, str] | None = None
        sent, failed = 0, []
        for file in wanted:
            self._cancel.check()
            try:
                if links.file_state(issue_id, file.sha256) is LinkState.SENDING:
                    there = there if there is not None else self.tracker.files(ref)
                    if file.name in there:
                        links.file_done(issue_id, file.sha256, there[file.name])
                        sent += 1
                        continue
                links.file_sending(issue_id, file.sha256, file.evidence_id)
                links.file_done(issue_id, file.sha256, self.tracker.attach(ref, file))
                sent += 1
            except BacklogError as error:
                if error.code in STOPS_THE_RUN and error.code is not BacklogCode.FORBIDDEN:
                    raise
                if error.code is not BacklogCode.OUTCOME_UNKNOWN:
                    links.file_failed(issue_id, file.sha256)
                failed.append(f"{file.name}: {error.detail or error.code}")
        return dataclasses.replace(result, files_sent=sent, files_failed=tuple(failed))


def _sent(item: PlanItem) -> Fields:
    return {**item.fields, "texts": dict(item.texts)}


def _lag_left_s(link: Link | None, lag_s: float) -> float:
    """How long an issue that was sent at `link`'s time may still be hidden."""
    try:
        sent = datetime.fromisoformat(link.synced_utc) if link is not None else None
    except ValueError:
        sent = None
    if sent is None:
        return lag_s
    return min(lag_s, max(0.0, lag_s - (datetime.now(UTC) - sent).total_seconds()))


def content_hash(fields: Fields) -> str:
    """The same for the same fields, whatever their order."""
    return digest(json.dumps(fields, sort_keys=True, ensure_ascii=False))


def _with_files(item: PlanItem, links: LinkStore, limit: int) -> PlanItem:
    plans = []
    for file in item.finding.files:
        skipped = ""
        if links.file_state(item.finding.issue_id, file.sha256) is LinkState.DONE:
            skipped = "sent"
        elif file.size > limit:
            skipped = "too_big"
        plans.append(FilePlan(file, skipped))
    item = dataclasses.replace(item, files=tuple(plans))
    if item.action is Action.UNCHANGED and any(not one.skipped for one in plans):
        return dataclasses.replace(item, action=Action.UPDATE)
    return item


def _result(item: PlanItem, outcome: Outcome, *, ref: RemoteRef | None = None, detail: str = "") -> ItemResult:
    finding = item.finding
    return ItemResult(finding.issue_id, finding.number, finding.title, outcome, ref, detail=detail)
