"""`moderato jobs`: the queue of a study, which an open window works off and follows."""

from __future__ import annotations

import argparse
import json

from annotate.errors import StudyCode, StudyError
from annotate.models import Job, JobState
from annotate.store import StudyStore
from app.cli.places import open_study

_WORDS = {
    JobState.QUEUED: "waits",
    JobState.RUNNING: "is being transcribed, or was when Moderato ended",
    JobState.PAUSED: "is paused",
}


def run(options: argparse.Namespace) -> int:
    """Lists the jobs that aren't over, or changes them first."""
    with open_study(options.study) as store:
        names = {session.id: session.participant_code for session in store.sessions()}
        if options.action in {"up", "down"}:
            _move(store, _meant(store, names, options.session), -1 if options.action == "up" else 1)
        elif options.action != "list":
            for job in _meant(store, names, options.session):
                _change(store, job, options.action)
        jobs = store.open_jobs()
        if options.json:
            print(json.dumps([_value(job, names) for job in jobs], indent=1))
        elif not jobs:
            print("Nothing is being transcribed and nothing waits.")
        else:
            for number, job in enumerate(jobs, 1):
                done = f", {job.fraction:.0%} done" if job.fraction else ""
                print(f"{number}. {names.get(job.session_id, '?')} {_WORDS[job.state]}{done}")
    return 0


def _meant(store: StudyStore, names: dict[str, str], code: str | None) -> list[Job]:
    jobs = [job for job in store.open_jobs() if code is None or names.get(job.session_id) == code]
    if code is not None and not jobs:
        raise StudyError(StudyCode.SESSION_MISSING, f"{code} is not in the queue")
    return jobs


def _change(store: StudyStore, job: Job, action: str) -> None:
    if action == "cancel":
        store.set_job(job.id, JobState.CANCELLED)
    elif action == "pause":
        store.set_job(job.id, JobState.PAUSED)
    elif job.state is JobState.PAUSED:
        store.set_job(job.id, JobState.QUEUED)


def _move(store: StudyStore, meant: list[Job], step: int) -> None:
    jobs = store.open_jobs()
    if not meant:
        return
    at = next(place for place, job in enumerate(jobs) if job.id == meant[0].id)
    if 0 <= at + step < len(jobs):
        mine, theirs = jobs[at], jobs[at + step]
        with store.batch():
            store.place_job(mine.id, theirs.position)
            store.place_job(theirs.id, mine.position)


def _value(job: Job, names: dict[str, str]) -> dict[str, object]:
    return {
        "id": job.id,
        "session": job.session_id,
        "participant": names.get(job.session_id),
        "state": job.state.value,
        "position": job.position,
        "fraction": job.fraction,
        "model": job.params.get("model"),
        "language": job.params.get("language"),
    }
