"""What can go wrong on the way to a tracker, as codes. `app.backlog_words` turns a code into a sentence."""

from __future__ import annotations

from enum import StrEnum


class BacklogCode(StrEnum):
    """Reason codes; their values never change."""

    ADDRESS_INVALID = "address_invalid"
    INSECURE = "insecure"
    UNREACHABLE = "unreachable"
    CERTIFICATE = "certificate"
    CA_FILE = "ca_file"
    UNAUTHORISED = "unauthorised"
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not_found"
    REDIRECTED = "redirected"
    REFUSED = "refused"
    OUTCOME_UNKNOWN = "outcome_unknown"
    BUSY = "busy"
    NOT_A_TRACKER = "not_a_tracker"
    NO_TOKEN = "no_token"  # noqa: S105 - a code, not a token
    TARGET_UNKNOWN = "target_unknown"
    TARGET_KIND = "target_kind"
    TARGET_EXISTS = "target_exists"
    SETTING_MISSING = "setting_missing"
    SETTING_INVALID = "setting_invalid"
    OUT_NEEDED = "out_needed"
    PLAN_STALE = "plan_stale"


class BacklogError(Exception):
    """A failure of the network, the tracker or a setting, not a defect.

    `detail` is for people and never holds a token: it is made of addresses, names and what the tracker said.
    """

    def __init__(self, code: BacklogCode, detail: str = "") -> None:
        super().__init__(f"{code.value}: {detail}" if detail else code.value)
        self.code = code
        self.detail = detail

    def __reduce__(self) -> tuple[type[BacklogError], tuple[BacklogCode, str]]:
        return type(self), (self.code, self.detail)


STOPS_THE_RUN = frozenset(
    {
        BacklogCode.UNAUTHORISED,
        BacklogCode.FORBIDDEN,
        BacklogCode.UNREACHABLE,
        BacklogCode.CERTIFICATE,
        BacklogCode.REDIRECTED,
        BacklogCode.BUSY,
        BacklogCode.NOT_A_TRACKER,
    }
)
"""What the next issue would meet as well; anything else concerns one issue, and the others go on."""
