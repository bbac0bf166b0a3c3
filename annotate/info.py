"""What is in a bundle or a study, as values that can be printed as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from annotate.figures.speech import moderator_speech, uncovered_ns
from annotate.ingest import read_transcripts
from annotate.models import Session, TaskRun
from annotate.store import StudyStore
from annotate.timeline import TimeRange
from capture.bundle import SessionBundle
from capture.errors import CaptureCode, CaptureError
from capture.store import CaptureStore
from transcribe.models import Transcript


def bundle_info(path: Path) -> dict[str, Any]:
    """What a bundle holds, read from the bundle alone.

    Returns:
        `id, state, duration_s` (None while recording), `streams` (`id, kind, file, track, name, format`), `files`
        (`name, size, sha256`; before the bundle is finished those that are there, without `sha256`), `events`
        (kind: count), `marks` (those in force, as journalled, with `t_s` beside `t_ns`), `transcript` (None, or
        `model, language, state, segments, words, text` of the newest; the two in the middle are counts).

    Raises:
        CaptureError: BUNDLE_MISSING, BUNDLE_NO_MANIFEST, BUNDLE_BROKEN, BUNDLE_TOO_NEW.
    """
    bundle = SessionBundle.open(path)
    manifest = bundle.manifest()
    events: dict[str, int] = {}
    marks: list[dict[str, Any]] = []
    try:
        capture = CaptureStore.open_read(bundle.capture_path)
    except CaptureError as exc:
        if exc.code is not CaptureCode.BUNDLE_MISSING:  # half a bundle still has a manifest and perhaps a picture
            raise
    else:
        try:
            events = capture.event_counts()
            marks = [{**mark.to_json(), "t_s": mark.t_ns / 1e9} for mark in capture.marks()]
        finally:
            capture.close()
    transcripts = [one for one in read_transcripts(bundle, []) if one.origin != "translation"]
    finished = [transcript for transcript in transcripts if transcript.done]
    return {
        "id": manifest.id,
        "state": manifest.state.value,
        "duration_s": _seconds(manifest.duration_ns),
        "streams": [stream.to_json() for stream in manifest.streams],
        "files": [file.to_json() for file in manifest.files] or _files(bundle),
        "events": events,
        "marks": marks,
        "transcript": _transcript((finished or transcripts)[-1]) if transcripts else None,
    }


def study_info(path: Path) -> dict[str, Any]:
    """What a study holds.

    Returns:
        `id, name`; `sessions` (`id, participant, state, started_utc, duration_s, bundle, origin, pilot,
        withdrawn, trim_start_s, trim_end_s, consent_version,
        consent_scopes` (what was agreed to; None: not asked one by one), `observations` (a count), `transcript`
        (its state), `task_runs` (`task, attempt, start_s, end_s, net_s` (how long it took without what
        the moderator said; None where nobody knows who speaks), `outcome`)); `issues` (`number, title, severity,
        status, frequency, observations` (`id, session, participant, start_s, end_s, kind, severity, text`));
        `tasks` (`id, title`); `tags`, `participants` (names, codes).

    Raises:
        StudyError: as `StudyStore.open` says.
    """
    with StudyStore.open(path, author="info") as store, store.snapshot():
        study = store.study()
        codes = {session.id: session.participant_code for session in store.sessions()}
        observations = {
            one.id: {
                "id": one.id,
                "session": one.session_id,
                "participant": codes[one.session_id],
                "start_s": one.t_start_ns / 1e9,
                "end_s": _seconds(one.t_end_ns),
                "kind": one.kind.value,
                "severity": None if one.severity is None else int(one.severity),
                "text": one.body,
            }
            for one in store.observations()
        }
        return {
            "id": study.id,
            "name": study.name,
            "sessions": [
                {
                    "id": session.id,
                    "participant": session.participant_code,
                    "state": session.state.value,
                    "started_utc": session.started_utc,
                    "duration_s": _seconds(session.duration_ns),
                    "bundle": session.bundle_path,
                    "origin": session.origin,
                    "pilot": session.pilot,
                    "withdrawn": session.withdrawn,
                    "trim_start_s": _seconds(session.trim_start_ns),
                    "trim_end_s": _seconds(session.trim_end_ns),
                    "consent_version": session.consent_version,
                    "consent_scopes": _scopes(session),
                    "observations": session.observation_count,
                    "transcript": session.transcript_state,
                    "task_runs": _task_runs(store, session.id),
                }
                for session in store.sessions()
            ],
            "issues": [
                {
                    "number": issue.number,
                    "title": issue.title,
                    "severity": None if issue.severity is None else int(issue.severity),
                    "status": issue.status.value,
                    "frequency": issue.frequency,
                    "observations": [observations[one] for one in issue.observation_ids],
                }
                for issue in store.issues()
            ],
            "tasks": [{"id": task.id, "title": task.title} for task in store.tasks()],
            "tags": [tag.name for tag in store.tags()],
            "participants": [participant.code for participant in store.participants()],
        }


def _scopes(session: Session) -> list[str] | None:
    return None if session.consent_scopes is None else [scope.value for scope in session.consent_scopes]


def _task_runs(store: StudyStore, session_id: str) -> list[dict[str, Any]]:
    speech = moderator_speech(store, session_id)
    return [
        {
            "task": run.task_title,
            "attempt": run.attempt,
            "start_s": run.t_start_ns / 1e9,
            "end_s": _seconds(run.t_end_ns),
            "net_s": _net_s(run, speech),
            "outcome": None if run.outcome is None else run.outcome.value,
        }
        for run in store.task_runs(session_id)
    ]


def _net_s(run: TaskRun, speech: Sequence[TimeRange] | None) -> float | None:
    if speech is None or run.t_end_ns is None:
        return None
    return uncovered_ns(TimeRange(run.t_start_ns, run.t_end_ns), speech) / 1e9


def _transcript(transcript: Transcript) -> dict[str, Any]:
    return {
        "model": transcript.model,
        "language": transcript.language,
        "state": "done" if transcript.done else "partial",
        "segments": len(transcript.segments),
        "words": sum(len(segment.words) for segment in transcript.segments),
        "text": " ".join(segment.text.strip() for segment in transcript.segments),
    }


def _files(bundle: SessionBundle) -> list[dict[str, Any]]:
    return [
        {"name": path.name, "size": path.stat().st_size, "sha256": None}
        for path in sorted(bundle.path.iterdir())
        if path.is_file()
    ]


def _seconds(t_ns: int | None) -> float | None:
    return None if t_ns is None else t_ns / 1e9
