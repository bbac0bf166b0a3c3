"""The demo's work, run on the private desktop: record, transcribe, judge, export, and pictures of the windows.

Started by `app.demo.play` as `python -m app.demo.session FOLDER` with the private desktop's environment.
"""

from __future__ import annotations

import signal
import sys
import time
from pathlib import Path

from annotate.export.csv import export_csv
from annotate.ingest import ingest
from annotate.models import IssueStatus, ObservationKind
from annotate.store import NewTask, StudyStore
from annotate.timeline import format_time
from app import paths
from app.demo.participant import Participant
from app.demo.script import (
    FINDINGS,
    SESSIONS,
    STUDY,
    TASKS,
    VOICES,
    Click,
    EndTask,
    Mark,
    Pause,
    Say,
    StartTask,
    Step,
    Type,
)
from app.demo.speech import Voice
from app.log_file import hush_qt
from app.recording import begin_new, default_consent_text
from app.transcription import default_model, request_for
from app.wording import kind_words, outcome_words
from capture.bundle import SessionBundle
from capture.config import RecorderConfig
from capture.events import MarkKind, MarkOrigin
from capture.jsonvalue import JsonValue
from transcribe.client import TranscriptionClient
from transcribe.model_store import ModelStore
from transcribe.protocol import Progress

MODERATOR = "Demo"
CONSENT_VERSION = 1


def tell(text: str) -> None:
    """One line of progress."""
    print(f"  {text}", flush=True)


class _Session:
    """One participant's session: the script's steps, done for real while the recorder runs."""

    def __init__(self, store: StudyStore, code: str, steps: tuple[Step, ...], folder: Path) -> None:
        self._store = store
        self._code = code
        self._steps = steps
        self._tasks = store.tasks()
        self._voice = Voice(folder, name=VOICES[code])
        self._folder = folder
        self._task_mark: str | None = None

    def record(self) -> SessionBundle:
        for step in self._steps:
            if isinstance(step, Say):
                self._voice.prepare(step.text)
        participant = Participant(self._folder)
        try:
            begun = begin_new(
                self._store, self._code, RecorderConfig(), lambda _event: None, MODERATOR, CONSENT_VERSION
            )
            self._client = begun.client
            try:
                time.sleep(0.8)
                for step in self._steps:
                    self._do(step, participant)
                self._voice.finish()
                time.sleep(0.8)
            finally:
                summary = begun.client.stop()
                begun.client.close()
        finally:
            participant.close()
        tell(
            f"{self._code}: {format_time(summary.duration_ns)} recorded, {summary.events} events, {summary.marks} marks"
        )
        return begun.bundle

    def _do(self, step: Step, participant: Participant) -> None:
        match step:
            case Say():
                self._voice.say(step.text)
                if step.wait:
                    self._voice.finish()
            case Click():
                participant.click(step.target, step.times)
            case Type():
                participant.type(step.text)
            case Pause():
                time.sleep(step.seconds)
            case StartTask():
                task = self._tasks[step.index]
                tell(f"{format_time(self._client.now_ns())}  task {step.index + 1}: {task.title}")
                self._task_mark = self._mark(MarkKind.TASK_START, ref=task.id, body=task.title)
            case EndTask():
                self._voice.finish()
                tell(f"{format_time(self._client.now_ns())}  {outcome_words(step.outcome)}")
                self._mark(MarkKind.OUTCOME, ref=self._task_mark, payload={"outcome": step.outcome.value})
                self._mark(MarkKind.TASK_END, ref=self._task_mark)
            case Mark():
                tell(f"{format_time(self._client.now_ns())}  {kind_words(step.kind)}: {step.body}")
                now_ns = self._client.now_ns()
                self._client.add_mark(
                    MarkKind.MARK,
                    t_ns=now_ns - int(step.seconds_ago * 1e9),
                    t_pressed_ns=now_ns,
                    body=step.body,
                    payload={"kind": step.kind.value},
                    origin=MarkOrigin.UI,
                    author=MODERATOR,
                )

    def _mark(
        self,
        kind: MarkKind,
        *,
        ref: str | None = None,
        body: str | None = None,
        payload: dict[str, JsonValue] | None = None,
    ) -> str:
        return self._client.add_mark(
            kind, ref=ref, body=body, payload=payload, origin=MarkOrigin.UI, author=MODERATOR
        ).id


def transcribe(bundle: SessionBundle) -> None:
    """Transcribes a bundle's microphone with the best model that is here; the journal stays in the bundle."""
    models = ModelStore(paths.models_dir())
    name = default_model(models)
    request = request_for(bundle, model_dir=models.resolve(name), model_name=name, language="en")
    client = TranscriptionClient.start(request, lambda event: _show_progress(bundle, event))
    try:
        transcript = client.wait()
    finally:
        client.close()
    for segment in transcript.segments:
        tell(f"{format_time(segment.t_start_ns)}  “{segment.text.strip()}”")


def _show_progress(bundle: SessionBundle, event: object) -> None:
    if isinstance(event, Progress) and sys.stdout.isatty():
        print(f"\r  {bundle.path.name}: {event.fraction:4.0%} ", end="\r", flush=True)


def judge(store: StudyStore) -> None:
    """What the researcher does in review: a severity and a tag for each mark, and one issue for all that are alike."""
    for finding in FINDINGS:
        tag, _ = store.ensure_tag(finding.tag)
        alike = [o for o in store.observations() if o.body in finding.bodies]
        for observation in alike:
            store.update_observation(
                observation.id, kind=ObservationKind.PROBLEM, severity=finding.severity, tag_ids=(tag.id,)
            )
        issue, _ = store.add_issue(
            finding.issue, severity=finding.severity, observation_ids=[observation.id for observation in alike]
        )
        store.update_issue(issue.id, recommendation=finding.recommendation, status=IssueStatus.OPEN)
        found = next(each for each in store.issues() if each.id == issue.id)
        tell(f"#{found.number} {found.title} – found by {found.frequency} of {len(SESSIONS)} participants")


def main(folder: Path) -> int:
    """Does everything in `folder`; prints what it does."""
    work = folder / "work"
    work.mkdir(parents=True, exist_ok=True)
    print("2 of 6  Record two participants", flush=True)
    tasks = [NewTask(title, scenario=scenario) for title, scenario in TASKS]
    text = default_consent_text()
    with StudyStore.create(folder / STUDY, STUDY, author=MODERATOR, tasks=tasks, consent_text=text) as store:
        bundles = [_Session(store, code, steps, work).record() for code, steps in SESSIONS.items()]
        print("3 of 6  Transcribe what they said", flush=True)
        for bundle in bundles:
            transcribe(bundle)
            ingest(store, bundle)
        print("4 of 6  Judge the marks and group them into issues", flush=True)
        judge(store)
        print("5 of 6  Export the findings", flush=True)
        report = export_csv(store, folder / "findings.csv")
        tell(f"{report.rows} rows in findings.csv")
        study = store.folder
    print("6 of 6  Look at the windows", flush=True)
    hush_qt()
    from app.demo.screens import take

    tell(f"{len(take(study, folder / 'screenshots'))} screenshots")
    return 0


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # what runs is ended on the way out
    try:
        sys.exit(main(Path(sys.argv[1])))
    except KeyboardInterrupt:  # whoever started us says that it was stopped
        sys.exit(130)
