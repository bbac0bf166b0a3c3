"""What taking one study into another did, or would do, and what the two disagree about."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path


class ConflictKind(StrEnum):
    """What two studies disagree about, and what was done."""

    SAME_PERSON = "same_person"
    """A participant's code is in both: taken for one person."""
    OTHER_PERSON = "other_person"
    """A participant's code is in both: the other one got a new code."""
    SAME_TITLE = "same_title"
    """A task, tag or issue of that name is in both: taken for one."""
    OURS = "ours"
    """Both changed it: what stands here was kept."""
    THEIRS = "theirs"
    """Both have it, and the other one was changed later: that was taken."""
    CONSENT_FORM = "consent_form"
    """A version of the consent form reads differently there: it got a new number here."""
    TRANSCRIPT = "transcript"
    """A transcript was corrected in both: what stands here was kept."""
    LEFT_OUT = "left_out"
    """Could not be taken in."""


@dataclass(frozen=True, slots=True)
class Conflict:
    """`table` names the kind of thing, `what` the one meant, `became` what it is called now."""

    kind: ConflictKind
    table: str
    what: str
    became: str = ""


@dataclass(slots=True)
class MergeReport:
    """What merging did, or (as a preview) would do.

    Attributes:
        study: the other study's name; `same_study`: whether both began as one.
        sessions: codes of the participants whose sessions came in; `trashed`: how many stay in the other one's trash.
        added: number of new rows by table; `updated`: number of rows that took the other one's newer values.
        bytes_to_copy: of recordings.
        backup: where the study's file as it was before lies; None for a preview, or where nothing was changed.
    """

    study: str = ""
    same_study: bool = False
    sessions: list[str] = field(default_factory=list)
    completed: list[str] = field(default_factory=list)
    trashed: int = 0
    added: dict[str, int] = field(default_factory=dict)
    updated: int = 0
    conflicts: list[Conflict] = field(default_factory=list)
    bytes_to_copy: int = 0
    backup: Path | None = None

    @property
    def empty(self) -> bool:
        """Whether nothing was, or would be, changed."""
        return not (self.sessions or self.completed or self.added or self.updated or self.bytes_to_copy)
