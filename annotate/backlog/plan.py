"""What an export will do, as a value: the dry run shows it, and carrying it out does just that."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from annotate.backlog.finding import Finding, FindingFile

Json = Any
"""A value that JSON can hold."""
Fields = dict[str, Json]
"""A remote issue's fields by their names in the target, in the form in which they are sent."""


class Action(StrEnum):
    """What happens to an issue."""

    CREATE = "create"
    UPDATE = "update"
    UNCHANGED = "unchanged"
    BLOCKED = "blocked"
    LOOK = "look"
    """It was being sent when the last run ended: it is looked for, and made only where it isn't there."""
    LOST = "lost"
    """It was made once and is no longer in the tracker; making it again is for a person to say."""


class Blocked(StrEnum):
    """Why nothing is sent."""

    FIELD_NEEDED = "field_needed"
    TWICE = "twice"
    LEFT_OUT = "left_out"
    IN_A_FILE = "in_a_file"
    WITHDRAWN = "withdrawn"


class Side(StrEnum):
    """Whose value of a field holds after the run."""

    OURS = "ours"
    THEIRS = "theirs"


@dataclass(frozen=True, slots=True)
class FieldDiff:
    """A field that differs. `theirs` is what people changed it to in the tracker since we wrote it (None: nothing).

    `keep` says what will happen; where people changed the field it is THEIRS until somebody decides.
    """

    name: str
    label: str
    before: str
    ours: str
    theirs: str | None = None
    keep: Side = Side.OURS
    decided: bool = False
    """Whether a person said so; it isn't asked again then until one side changes anew."""


@dataclass(frozen=True, slots=True)
class FilePlan:
    """A file that will be sent along, or why not (`skipped`: 'sent' before, 'too_big')."""

    file: FindingFile
    skipped: str = ""


@dataclass(frozen=True, slots=True)
class RemoteRef:
    """A remote issue. `id` is what its interface takes, `key` what people say, `url` where they see it."""

    id: str
    key: str
    url: str


@dataclass(frozen=True, slots=True)
class PlanItem:
    """One issue. `fields` is what would be sent in full; `diffs` what of it differs from the tracker's."""

    finding: Finding
    action: Action
    fields: Fields = field(default_factory=dict)
    texts: Mapping[str, str] = field(default_factory=dict)
    """The compared fields as text without markup."""
    text: str = ""
    """The description as it will read, without markup."""
    diffs: tuple[FieldDiff, ...] = ()
    files: tuple[FilePlan, ...] = ()
    ref: RemoteRef | None = None
    status: str = ""
    blocked: Blocked | None = None
    detail: str = ""
    cut: tuple[str, ...] = ()
    """Fields that had to be shortened."""

    @property
    def sends(self) -> bool:
        """Whether carrying it out sends anything."""
        if self.action in {Action.CREATE, Action.LOOK}:
            return True
        fields = any(diff.keep is Side.OURS for diff in self.diffs)
        return self.action is Action.UPDATE and (fields or any(not one.skipped for one in self.files))

    @property
    def conflicts(self) -> tuple[FieldDiff, ...]:
        """The fields that people changed in the tracker and that differ from ours."""
        return tuple(diff for diff in self.diffs if diff.theirs is not None)


@dataclass(frozen=True, slots=True)
class ExportPlan:
    """A plan for one target, at one moment. `notes` are words about the whole (labels that can't be set, …)."""

    target_id: str
    items: tuple[PlanItem, ...]
    notes: tuple[str, ...] = ()

    def count(self, action: Action) -> int:
        """How many issues meet with `action`."""
        return sum(item.action is action for item in self.items)


class Outcome(StrEnum):
    """What became of an issue."""

    CREATED = "created"
    FOUND = "found"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    BLOCKED = "blocked"
    FAILED = "failed"
    UNSURE = "unsure"
    """The answer was lost, and the tracker doesn't show it yet: the next run looks again before it makes anything."""
    WRITTEN = "written"


@dataclass(frozen=True, slots=True)
class ItemResult:
    """What became of one issue, and of its files."""

    issue_id: str
    number: int
    title: str
    outcome: Outcome
    ref: RemoteRef | None = None
    files_sent: int = 0
    files_failed: tuple[str, ...] = ()
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a target can do. `lag_s`: how long a new issue may take until it is found by its mark."""

    update: bool = True
    attachments: bool = False
    status: bool = True
    lag_s: float = 0.0


@dataclass(frozen=True, slots=True)
class TargetHealth:
    """What a connection test found; nothing was written. `words` are facts, `problems` what stands in the way."""

    words: tuple[str, ...]
    problems: tuple[str, ...] = ()

    @property
    def good(self) -> bool:
        return not self.problems


@dataclass(frozen=True, slots=True)
class TargetConfig:
    """A target as the study keeps it: everything but the token. `mapping` holds the kind's own settings."""

    id: str
    kind: str
    name: str
    base_url: str
    project: str
    account: str
    mapping: Mapping[str, Json] = field(default_factory=dict)
