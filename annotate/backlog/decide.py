"""What a person decides about a plan: fields that people changed in the tracker, and issues to leave out."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection

from annotate.backlog.plan import Action, Blocked, ExportPlan, PlanItem, Side


def decided(item: PlanItem, field: str, keep: Side) -> PlanItem:
    """The item with a word about one of its conflicting fields."""
    diffs = tuple(
        dataclasses.replace(diff, keep=keep, decided=True) if diff.name == field and diff.theirs is not None else diff
        for diff in item.diffs
    )
    return dataclasses.replace(item, diffs=diffs)


def overwriting(plan: ExportPlan) -> ExportPlan:
    """The plan with our value for every field that people changed."""
    items = []
    for item in plan.items:
        for diff in item.conflicts:
            item = decided(item, diff.name, Side.OURS)  # noqa: PLW2901 - one decision after the other
        items.append(item)
    return dataclasses.replace(plan, items=tuple(items))


def without(plan: ExportPlan, issue_ids: Collection[str]) -> ExportPlan:
    """The plan with these issues left out."""
    items = tuple(
        dataclasses.replace(item, action=Action.BLOCKED, blocked=Blocked.LEFT_OUT, diffs=(), files=())
        if item.finding.issue_id in issue_ids
        else item
        for item in plan.items
    )
    return dataclasses.replace(plan, items=items)
