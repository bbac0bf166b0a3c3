"""What was sent where: written before and after each request, in the study, so that nothing is ever made twice."""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from annotate.backlog.plan import Fields, RemoteRef


class LinkState(StrEnum):
    SENDING = "sending"
    DONE = "done"
    FAILED = "failed"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class Link:
    """Where an issue is in a target. `sent` are the fields as they were last written there by us."""

    issue_id: str
    state: LinkState
    ref: RemoteRef | None
    content_hash: str
    sent: Fields
    remote_status: str
    synced_utc: str
    last_error: str


class LinkStore(Protocol):
    """What a target needs of the study. Every method is one durable transaction."""

    def link(self, issue_id: str) -> Link | None: ...

    def sending(self, issue_id: str, content_hash: str, sent: Fields) -> None:
        """Before the request that makes an issue."""

    def done(self, issue_id: str, ref: RemoteRef, content_hash: str, sent: Fields, status: str) -> None:
        """After the answer; also when an issue was found again or updated."""

    def failed(self, issue_id: str, why: str) -> None:
        """The tracker refused it: nothing was made."""

    def lost(self, issue_id: str) -> None:
        """It is gone from the tracker."""

    def seen(self, issue_id: str, status: str) -> None:
        """The status in the tracker, as read just now."""

    def file_state(self, issue_id: str, sha256: str) -> LinkState | None: ...

    def file_sending(self, issue_id: str, sha256: str, evidence_id: str) -> None: ...

    def file_done(self, issue_id: str, sha256: str, remote_id: str) -> None: ...

    def file_failed(self, issue_id: str, sha256: str) -> None: ...


def fields_from_text(text: str | None) -> Fields:
    """The fields that a row of the study holds as JSON; what isn't an object counts as none."""
    try:
        value = json.loads(text or "{}")
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
