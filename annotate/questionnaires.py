"""Questionnaires whose answers the study keeps: what is asked, and which answers there are.

SEQ: the Single Ease Question, asked after a task (Sauro & Dumas 2009; wording as in https://measuringu.com/seq10/).
SUS: the System Usability Scale, asked at the end (Brooke 1996, "SUS: a quick and dirty usability scale"; free to use
with that acknowledgement).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum


class Instrument(StrEnum):
    """A questionnaire; the values are those of `questionnaire.instrument`."""

    SEQ = "seq"
    SUS = "sus"


@dataclass(frozen=True, slots=True)
class Form:
    """What an instrument asks, and how.

    Attributes:
        items: the name of each item in the store, and its words.
        low, high: the smallest and the largest answer, both whole numbers.
        ends: what these two mean.
        after_task: asked after each task; else once, at the end of a session.
    """

    instrument: Instrument
    version: str
    items: tuple[tuple[str, str], ...]
    low: int
    high: int
    ends: tuple[str, str]
    after_task: bool

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(name for name, _words in self.items)

    def definition_json(self) -> str:
        """The form as `questionnaire.definition_json` keeps it."""
        items = [{"item": name, "text": words} for name, words in self.items]
        return json.dumps({"items": items, "low": self.low, "high": self.high, "ends": self.ends}, ensure_ascii=False)


_SUS_ITEMS = (
    "I think that I would like to use this system frequently",
    "I found the system unnecessarily complex",
    "I thought the system was easy to use",
    "I think that I would need the support of a technical person to be able to use this system",
    "I found the various functions in this system were well integrated",
    "I thought there was too much inconsistency in this system",
    "I would imagine that most people would learn to use this system very quickly",
    "I found the system very cumbersome to use",
    "I felt very confident using the system",
    "I needed to learn a lot of things before I could get going with this system",
)

FORMS = {
    Instrument.SEQ: Form(
        Instrument.SEQ,
        "1",
        (("ease", "Overall, how difficult or easy was the task to complete?"),),
        1,
        7,
        ("very difficult", "very easy"),
        after_task=True,
    ),
    Instrument.SUS: Form(
        Instrument.SUS,
        "1",
        tuple((f"q{number}", words) for number, words in enumerate(_SUS_ITEMS, 1)),
        1,
        5,
        ("strongly disagree", "strongly agree"),
        after_task=False,
    ),
}


@dataclass(frozen=True, slots=True)
class Response:
    """One participant's answers to one form: whole numbers by item, in the order of the form.

    A form that is filled in by half has fewer answers than items.
    """

    id: str
    instrument: Instrument
    session_id: str
    task_run_id: str | None
    answers: tuple[tuple[str, int], ...]

    @property
    def complete(self) -> bool:
        return len(self.answers) == len(FORMS[self.instrument].items)

    def values(self) -> tuple[int, ...]:
        """The answers alone, in the order of the form."""
        return tuple(number for _item, number in self.answers)
