"""What is said about trackers: failures, and what a plan and its results mean. No Qt."""

from __future__ import annotations

from collections.abc import Mapping

from annotate.backlog.errors import BacklogCode
from annotate.backlog.plan import Action, Blocked, FilePlan, ItemResult, Outcome, PlanItem, Side

BACKLOG = {
    BacklogCode.ADDRESS_INVALID: "That is not an address of a tracker: {detail}. Give one such as https://tracker.example.org, "
    "without a name or password in it.",
    BacklogCode.INSECURE: "The address of {detail} begins with http, so that everybody on the way could read the token. "
    "Use its https address.",
    BacklogCode.UNREACHABLE: "The tracker cannot be reached ({detail}). Nothing was lost; connect and run the export again, "
    "it goes on where it stopped.",
    BacklogCode.CERTIFICATE: "The certificate of {detail} is not trusted, so nothing was sent. If the tracker has a "
    "certificate of your own organisation, give its CA file in the target's settings.",
    BacklogCode.CA_FILE: "The CA file {detail} cannot be read. Choose a file with certificates in PEM form.",
    BacklogCode.UNAUTHORISED: "The tracker at {detail} does not accept the token. It may have expired: make a new one and "
    "give it to the target.",
    BacklogCode.FORBIDDEN: "The tracker does not allow this to the account ({detail}). Ask its administrator, or use another "
    "account.",
    BacklogCode.NOT_FOUND: "The tracker has nothing at {detail}. Check the address and the project in the target's settings.",
    BacklogCode.REDIRECTED: "The tracker sends on to another place ({detail}), and the token is never sent along. Give the "
    "final address in the target's settings.",
    BacklogCode.REFUSED: "The tracker refused it: {detail}. Nothing was made of it; correct that and export again.",
    BacklogCode.OUTCOME_UNKNOWN: "The tracker's answer was lost ({detail}). It may have taken the issue or not: the next "
    "export looks before it makes anything.",
    BacklogCode.BUSY: "The tracker asks for a longer pause ({detail}). What was sent is kept; export again later, it goes on "
    "where it stopped.",
    BacklogCode.NOT_A_TRACKER: "What answers at {detail} is not the tracker's interface; it may be a sign-in page. Check the "
    "address and the network.",
    BacklogCode.NO_TOKEN: "There is no token for {detail}. Set the target up again, or give one with --token-stdin.",
    BacklogCode.TARGET_UNKNOWN: "There is no target called {detail}. `moderato targets list` names those there are.",
    BacklogCode.TARGET_KIND: "There is no kind of target called {detail}.",
    BacklogCode.TARGET_EXISTS: "There is a target called {detail} already. Choose another name.",
    BacklogCode.SETTING_MISSING: "The target still has to be told: {detail}.",
    BacklogCode.SETTING_INVALID: "This setting of the target cannot be used: {detail}.",
    BacklogCode.OUT_NEEDED: "This target writes a file: say where with --out.",
    BacklogCode.PLAN_STALE: "Something has changed since the plan was made ({detail}). Nothing was written over; make the "
    "plan again.",
}

ACTIONS = {
    Action.CREATE: "new",
    Action.UPDATE: "update",
    Action.UNCHANGED: "unchanged",
    Action.BLOCKED: "blocked",
    Action.LOOK: "look, then new",
    Action.LOST: "gone",
}
"""One word or two for what will happen to an issue."""

OUTCOMES = {
    Outcome.CREATED: "made",
    Outcome.FOUND: "found again",
    Outcome.UPDATED: "updated",
    Outcome.UNCHANGED: "unchanged",
    Outcome.BLOCKED: "left out",
    Outcome.FAILED: "failed",
    Outcome.UNSURE: "unsure",
    Outcome.WRITTEN: "written",
}

_BLOCKED: Mapping[Blocked, str] = {
    Blocked.FIELD_NEEDED: "the project requires a value for: {detail}. Give it in the target's settings under fixed values",
    Blocked.TWICE: "the tracker has it twice already: {detail}. Close one of them there",
    Blocked.LEFT_OUT: "left out",
    Blocked.IN_A_FILE: "a file had it before ({detail}), and it has changed since; importers cannot update. Change it in the "
    "tracker, or write it again",
    Blocked.WITHDRAWN: "all that speaks for it came from people who have withdrawn consent",
}


def item_words(item: PlanItem) -> str:
    """What will happen to an issue, and why nothing will."""
    match item.action:
        case Action.BLOCKED if item.blocked is not None:
            key = item.ref.key if item.ref is not None else ""
            sent = f"; it was sent before, take {key} out of the tracker" if key else ""
            words = _BLOCKED[item.blocked].replace("{detail}", item.detail or key)
            return f"blocked: {words}{sent if item.blocked is Blocked.WITHDRAWN else ''}"
        case Action.LOST:
            key = item.ref.key if item.ref is not None else "it"
            return f"{key} is gone from the tracker; make it again only if you say so"
        case Action.LOOK:
            return "was being sent when the last export ended: it is looked for before anything is made"
        case Action.UPDATE if not item.diffs:
            return "files only" if any(not one.skipped for one in item.files) else "noted as ours"
        case Action.UPDATE:
            ours = [diff.label for diff in item.diffs if diff.keep is Side.OURS]
            theirs = [diff.label for diff in item.diffs if diff.keep is Side.THEIRS]
            parts = [f"update {', '.join(ours)}"] if ours else []
            if theirs:
                parts.append(f"changed in the tracker and left so: {', '.join(theirs)}")
            return "; ".join(parts)
        case _:
            return ACTIONS[item.action]


def file_words(plan: FilePlan) -> str:
    """A file of a plan, with its size and why it isn't sent."""
    size = f"{plan.file.size / 1_000_000:.1f} MB"
    why = {"sent": ", sent before", "too_big": ", too big for the tracker"}.get(plan.skipped, "")
    return f"{plan.file.name} ({size}{why})"


def result_words(result: ItemResult) -> str:
    """What became of an issue, with its key and what went wrong."""
    words = OUTCOMES[result.outcome]
    if result.ref is not None:
        words = f"{words}: {result.ref.key}"
    if result.files_sent:
        words += f", {result.files_sent} file{'s' if result.files_sent > 1 else ''} sent"
    if result.files_failed:
        words += f", not sent: {'; '.join(result.files_failed)}"
    if result.detail:
        words += f" – {result.detail}"
    return words
