"""A plan for any target, without what must not leave the study: no target ever sees it."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from annotate.backlog.errors import BacklogCode, BacklogError
from annotate.backlog.finding import Finding
from annotate.backlog.links import LinkStore
from annotate.backlog.plan import Action, Blocked, ExportPlan, PlanItem
from annotate.backlog.targets import BacklogTarget
from annotate.store import StudyStore


def plan_of(
    target: BacklogTarget,
    findings: Sequence[Finding],
    links: LinkStore,
    *,
    files: bool = False,
    again: frozenset[str] = frozenset(),
) -> ExportPlan:
    """The target's own plan for what may be told; what came from people who withdrew alone is blocked.

    Raises:
        BacklogError, StudyError: as the target says.
    """
    told = [one for one in findings if not one.withdrawn]
    plan = target.plan(told, links, files=files, again=again)
    if len(told) == len(findings):
        return plan
    items = {item.finding.issue_id: item for item in plan.items}
    for one in findings:
        if one.withdrawn:
            link = links.link(one.issue_id)
            ref = link.ref if link is not None else None
            items[one.issue_id] = PlanItem(one, Action.BLOCKED, ref=ref, blocked=Blocked.WITHDRAWN)
    return dataclasses.replace(plan, items=tuple(items[one.issue_id] for one in findings))


def check_told(store: StudyStore, plan: ExportPlan) -> None:
    """That nobody has withdrawn since a plan was made.

    Raises:
        BacklogError: PLAN_STALE.
    """
    gone = {one.participant_code for one in store.sessions() if one.withdrawn}
    for item in plan.items:
        whose = {one.participant for one in item.finding.moments} & gone
        if whose and item.sends:
            raise BacklogError(BacklogCode.PLAN_STALE, f"{', '.join(sorted(whose))} withdrew")
