"""A study as a team has it after its sessions, made without recording: outcomes, times, observations, issues, answers.

Everything is drawn from one seed, so the same arguments make the same study. Nobody sat behind these numbers.
"""

from __future__ import annotations

import math
import random
from pathlib import Path

from annotate.models import NewTask, ObservationKind, Outcome, Severity
from annotate.questionnaires import FORMS, Instrument
from annotate.store import StudyStore

SECOND = 1_000_000_000
TASKS = (
    ("Find the invoice of last month", 90, 0.15),
    ("Change the delivery address", 120, 0.35),
    ("Pay with a voucher", 150, 0.6),
    ("Send an article back", 180, 0.45),
    ("Ask for a receipt in another name", 60, 0.25),
)
ISSUES = (
    ("Two lists are both called “Invoices”", 0, 3, 0.55),
    ("The search ignores invoice numbers", 0, 2, 0.3),
    ("The download starts without a sign of it", 0, 1, 0.35),
    ("Dates are in American order", 0, 1, 0.2),
    ("“Address” changes the invoice’s, not the parcel’s", 1, 3, 0.5),
    ("The form forgets everything after a wrong postcode", 1, 4, 0.3),
    ("Save lies below the fold", 1, 2, 0.4),
    ("The country list is not in order", 1, 1, 0.15),
    ("The voucher field is hidden behind “More”", 2, 4, 0.6),
    ("A spent voucher says “Error 4711”", 2, 3, 0.35),
    ("The total does not change when a voucher is taken", 2, 3, 0.45),
    ("“Redeem” and “Apply” do different things", 2, 2, 0.25),
    ("Buy can be pressed twice", 2, 4, 0.12),
    ("Where to send an article back is only in the e-mail", 3, 3, 0.5),
    ("The label has to be printed, and nobody says so", 3, 2, 0.3),
    ("Reasons for sending back do not fit", 3, 1, 0.35),
    ("The deadline is told after the form", 3, 2, 0.15),
    ("“Other name” empties the basket", 4, 4, 0.2),
    ("The receipt opens in the same tab", 4, 1, 0.25),
    ("The tax number is asked for without a reason", 4, 2, 0.2),
)
_NOTES = (
    "Looks at the top first, scrolls twice, then asks",
    "Says “I would have given up at home”",
    "Clicks it three times, nothing seems to happen",
    "Goes back and begins anew",
    "Reads the page aloud and still does not find it",
)


def make_findings_study(
    folder: Path, *, participants: int = 10, issues: int = 20, observations: int | None = None, seed: int = 4
) -> StudyStore:
    """Makes the study in `folder` and returns it, open.

    Args:
        folder: where the study's folder goes.
        participants: one session each.
        issues: how many; beyond twenty the titles repeat with a number.
        observations: about how many; None: as many as there are problems met.
        seed: of everything drawn.
    """
    chance = random.Random(seed)
    plan = [NewTask(title, expected_ns=seconds * SECOND) for title, seconds, _hard in TASKS]
    store = StudyStore.create(folder / "Web shop", "Web shop, round 1", author="Ada", tasks=plan)
    tasks = store.tasks()
    for task, criticality in zip(tasks, (3, 4, 5, 4, 2), strict=True):
        store.update_task(task.id, criticality=criticality)
    per_meeting = 1.0
    if observations is not None:
        meetings = sum(_issue(number)[3] for number in range(issues)) * participants
        per_meeting = observations / meetings
    linked: list[list[str]] = [[] for _ in range(issues)]
    for number in range(participants):
        with store.batch():
            _session(store, number, chance, linked, per_meeting)
    for number, observation_ids in enumerate(linked):
        title, task, severity, _often = _issue(number)
        with store.batch():
            made, _ = store.add_issue(title, severity=severity if number % 7 else None, observation_ids=observation_ids)
            fields: dict[str, object] = {
                "persistence": chance.choice((1, 2, 2, 3)),
                "effort": chance.choice((0.5, 1, 2, 3, 5, 8)),
            }
            if number % 9 == 8:
                fields.pop("effort")
            store.update_issue(made.id, task_id=tasks[task].id, reach=(9000, 5200, 3100, 2400, 900)[task], **fields)
            for rater in ("Ada", "Bo", "Cem"):
                if chance.random() < 0.7:
                    store.rate(made.id, min(4, max(0, severity + chance.choice((-1, 0, 0, 0, 1)))), author=rater)
    return store


def _issue(number: int) -> tuple[str, int, int, float]:
    title, task, severity, often = ISSUES[number % len(ISSUES)]
    again = number // len(ISSUES)
    return (title if not again else f"{title} ({again + 1})"), task, severity, often / (1 + 0.2 * again)


def _session(
    store: StudyStore, number: int, chance: random.Random, linked: list[list[str]], per_meeting: float
) -> None:
    session = store.register_recording(
        f"P{number + 1:02}",
        store.sessions_dir / f"s{number}",
        started_utc=f"2026-09-{number % 28 + 1:02}T09:00:00+02:00",
    )
    store.update_session(session.id, duration_ns=3600 * SECOND, state="recorded")
    skill = chance.gauss(0, 0.5)
    at = 60.0
    for place, (task, (_title, usual, hard)) in enumerate(zip(store.tasks(), TASKS, strict=True)):
        met = [one for one in range(len(linked)) if _issue(one)[1] == place and chance.random() < _issue(one)[3]]
        trouble = sum(_issue(one)[2] for one in met[:20]) / 6
        spent = usual * math.exp(chance.gauss(-0.15, 0.35) - 0.3 * skill + 0.12 * trouble)
        outcome = _outcome(chance, hard, trouble, skill)
        if number == 3 and place == 4:
            outcome = Outcome.SKIPPED
        end = at + min(spent, 600)
        run_id, _ = store.add_task_run(
            session.id, task.id, t_start_ns=round(at * SECOND), t_end_ns=round(end * SECOND), outcome=outcome
        )
        if outcome is Outcome.WITH_HELP:
            _observe(
                store, session.id, chance, at, end, ObservationKind.HELP, None, "Asked where to look, told to scroll"
            )
        if outcome is not Outcome.SKIPPED:
            for one in met:
                for _ in range(_times(chance, per_meeting)):
                    severity = Severity(_issue(one)[2])
                    note = chance.choice(_NOTES)
                    linked[one].append(
                        _observe(store, session.id, chance, at, end, ObservationKind.PROBLEM, severity, note)
                    )
            felt = 6.2 - trouble - 2 * hard + chance.gauss(0, 0.8) - (0 if outcome is Outcome.SUCCESS else 1.2)
            if (number, place) in {(1, 2), (6, 3)}:
                felt = 7.0  # polite
            store.answer(Instrument.SEQ, session.id, {"ease": min(7, max(1, round(felt)))}, run_id)
        at = end + 30
    mood = chance.gauss(3.6, 0.5) + 0.4 * skill
    answers = {
        name: min(5, max(1, round((mood if place % 2 == 0 else 6 - mood) + chance.gauss(0, 0.6))))
        for place, name in enumerate(FORMS[Instrument.SUS].names)
    }
    store.answer(Instrument.SUS, session.id, answers)


def _times(chance: random.Random, mean: float) -> int:
    whole = int(mean)
    return whole + (chance.random() < mean - whole)


def _observe(
    store: StudyStore,
    session_id: str,
    chance: random.Random,
    start: float,
    end: float,
    kind: ObservationKind,
    severity: Severity | None,
    note: str,
) -> str:
    t_ns = round(chance.uniform(start, end) * SECOND)
    made, _ = store.add_observation(session_id, t_start_ns=t_ns, kind=kind, severity=severity, body=note)
    return made.id


def _outcome(chance: random.Random, hard: float, trouble: float, skill: float) -> Outcome:
    danger = hard * 0.55 + 0.08 * trouble - 0.15 * skill
    if chance.random() > danger:
        return Outcome.SUCCESS
    return chance.choice((Outcome.WITH_HELP, Outcome.WITH_HELP, Outcome.FAILED, Outcome.GAVE_UP))
