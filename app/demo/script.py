"""What the demo's study asks, and what each of its participants does and says. Data only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from annotate.models import ObservationKind, Outcome, Severity

STUDY = "Ticket shop"
TASKS = (
    ("Buy two tickets for Saturday", "You want to see The Glass Harbour with a friend on Saturday. Buy two tickets."),
    ("Find your last invoice", "Your company pays you back. Find the invoice of an earlier visit."),
)


@dataclass(frozen=True, slots=True)
class Say:
    """Think aloud; with `wait`, nothing else happens until it is said."""

    text: str
    wait: bool = True


@dataclass(frozen=True, slots=True)
class Click:
    """Move the pointer to a control of the shop, at a person's pace, and press it."""

    target: str
    times: int = 1


@dataclass(frozen=True, slots=True)
class Type:
    """Press keys, one after the other."""

    text: str


@dataclass(frozen=True, slots=True)
class Pause:
    """Look at the screen and think."""

    seconds: float


@dataclass(frozen=True, slots=True)
class StartTask:
    """The moderator reads task number `index` out and presses *start*."""

    index: int


@dataclass(frozen=True, slots=True)
class EndTask:
    """The moderator ends the task and says how it went."""

    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Mark:
    """The moderator presses a mark key; `seconds_ago` is "that was it a moment ago"."""

    kind: ObservationKind
    body: str
    seconds_ago: float = 0.0


Step: TypeAlias = Say | Click | Type | Pause | StartTask | EndTask | Mark

NO_FEEDBACK = "Buy does nothing and does not say why"
VOUCHER_LOST = "A voucher that is not valid disappears without a word"
MISC = "Invoices are hidden under Misc"


@dataclass(frozen=True, slots=True)
class Finding:
    """How the researcher judges marks whose text is one of `bodies`, and the issue they are grouped into."""

    issue: str
    bodies: tuple[str, ...]
    severity: Severity
    tag: str
    recommendation: str


FINDINGS = (
    Finding(
        NO_FEEDBACK,
        ("presses Buy again and again", "Buy seems dead"),
        Severity.CATASTROPHE,
        "Feedback",
        "Enable Buy only when the box is ticked, put the box beside it, and say what is missing.",
    ),
    Finding(
        VOUCHER_LOST,
        ("voucher gone, no message",),
        Severity.MAJOR,
        "Feedback",
        "Keep what was typed and say why it was not accepted.",
    ),
    Finding(
        MISC,
        ("looks for invoices everywhere", "does not expect invoices under Misc"),
        Severity.MINOR,
        "Navigation",
        "Give invoices a place of their own under the account.",
    ),
)

VOICES = {"P01": "en-us+m3", "P02": "en-gb"}
"""espeak-ng's names of the participants' voices."""

SESSIONS: dict[str, tuple[Step, ...]] = {
    "P01": (
        StartTask(0),
        Say("I want to buy two tickets for Saturday."),
        Click("seats", times=2),
        Type("2"),
        Say("I have a voucher, let me try it.", wait=False),
        Click("voucher"),
        Type("SUMMER20"),
        Click("apply"),
        Pause(0.6),
        Mark(ObservationKind.PROBLEM, "voucher gone, no message"),
        Say("It is gone. Did it work? I do not know."),
        Click("buy", times=5),
        Mark(ObservationKind.PROBLEM, "presses Buy again and again"),
        Say("Nothing happens. The button does not work."),
        Click("terms"),
        Click("buy"),
        Say("Oh, there was a box at the bottom of the page."),
        EndTask(Outcome.WITH_HELP),
        StartTask(1),
        Say("Now I need the invoice.", wait=False),
        Click("programme"),
        Click("tickets"),
        Pause(0.5),
        Click("misc"),
        Mark(ObservationKind.PROBLEM, "looks for invoices everywhere", seconds_ago=3),
        Say("Who would look for an invoice here?"),
        EndTask(Outcome.SUCCESS),
    ),
    "P02": (
        StartTask(0),
        Say("Two tickets for Saturday, please."),
        Click("seats", times=2),
        Type("2"),
        Click("buy", times=3),
        Mark(ObservationKind.PROBLEM, "Buy seems dead"),
        Say("The button is grey. I can not buy the tickets."),
        EndTask(Outcome.FAILED),
        StartTask(1),
        Say("The menu is short, I like that.", wait=False),
        Mark(ObservationKind.POSITIVE, "likes the short menu"),
        Click("misc"),
        Say("The invoice is under miscellaneous. I did not expect that."),
        Mark(ObservationKind.PROBLEM, "does not expect invoices under Misc"),
        EndTask(Outcome.SUCCESS),
    ),
}
