"""`moderato export`: a study's findings, or a session's transcript, to a file."""

from __future__ import annotations

import argparse
from pathlib import Path

from annotate.errors import StudyCode, StudyError
from annotate.export.csv import export_csv
from annotate.export.transcript import TranscriptFormat, export_transcript
from annotate.models import Session
from annotate.store import StudyStore
from app.cli.places import open_study
from app.wording import DOUBT_WORDS


def run(options: argparse.Namespace) -> int:
    """Writes the file and says what is in it."""
    with open_study(options.study) as store:
        if options.to == "csv":
            print(f"{export_csv(store, options.out).rows} rows written to {options.out}")
            return 0
        form = TranscriptFormat(options.to)
        session = _session(store, options.session)
        report = export_transcript(
            store,
            session.id,
            options.out,
            form,
            times=options.times,
            speakers=not options.no_speakers,
            doubt=DOUBT_WORDS,
        )
    doubtful = f" ({report.in_doubt} in doubt)" if report.in_doubt else ""
    print(f"{report.segments} segments of {session.participant_code} written to {options.out}{doubtful}")
    return 0


def _session(store: StudyStore, wanted: str | None) -> Session:
    """The session that is meant: by the participant's code (the newest), by the recording's folder, or the only one."""
    sessions = store.sessions()
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
