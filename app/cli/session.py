"""`moderato session`: what is said of a session as a whole; `moderato trash` looks after what was thrown away."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from annotate.copying import copy_recording
from annotate.errors import StudyCode, StudyError
from annotate.models import Session
from annotate.store import StudyStore
from annotate.timeline import format_time
from app.cli.places import open_study


def run(options: argparse.Namespace) -> int:
    """Changes the session and says how it stands."""
    if options.whole and (options.starts_ns is not None or options.ends_ns is not None):
        options.wrong_use("--whole does not go with --starts or --ends")
    with open_study(options.study) as store:
        if options.restore:
            session = session_named(store.trashed_sessions(), options.session)
            store.restore_session(session.id)
        else:
            session = session_named(store.sessions(), options.session)
            if options.find is not None:
                copy_recording(store, session.id, options.find)
            _change(store, session, options)
        print(_words(store.session(session.id)))
    return 0


def _change(store: StudyStore, session: Session, options: argparse.Namespace) -> None:
    with store.batch():  # all of it or none
        if options.whole:
            store.trim_session(session.id, None, None)
        elif options.starts_ns is not None or options.ends_ns is not None:
            starts = session.trim_start_ns if options.starts_ns is None else options.starts_ns
            ends = session.trim_end_ns if options.ends_ns is None else options.ends_ns
            store.trim_session(session.id, starts, ends)
        if options.pilot is not None:
            store.update_session(session.id, pilot=options.pilot)
        if options.withdrawn is not None:
            store.set_withdrawn(session.participant_id, options.withdrawn)
        if options.trash:
            store.trash_session(session.id)


def session_named(sessions: Sequence[Session], wanted: str | None) -> Session:
    """The session that is meant: by the participant's code (the newest), by the recording's folder, or the only one.

    Raises:
        StudyError: SESSION_MISSING.
    """
    if wanted is None:
        if len(sessions) != 1:
            raise StudyError(StudyCode.SESSION_MISSING, "--session CODE")
        return sessions[0]
    names = (wanted, Path(wanted).name)
    found = [
        one
        for one in sessions
        if one.participant_code == wanted or (one.bundle_path is not None and Path(one.bundle_path).name in names)
    ]
    if not found:
        raise StudyError(StudyCode.SESSION_MISSING, wanted)
    return found[-1]


def _words(session: Session) -> str:
    parts = [session.participant_code]
    if session.trashed_utc is not None:
        parts.append("in the trash")
    if session.withdrawn:
        parts.append("withdrawn, told nowhere")
    if session.pilot:
        parts.append("pilot, left out of figures")
    if session.trim_start_ns is not None or session.trim_end_ns is not None:
        start = format_time(session.trim_start_ns or 0)
        end = session.trim_end_ns if session.trim_end_ns is not None else session.duration_ns
        parts.append(f"figures from {start} to {'the end' if end is None else format_time(end)}")
    return ", ".join([*parts, session.bundle_path or "no recording"])
