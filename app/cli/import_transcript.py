"""`moderato import-transcript`: subtitles made elsewhere as the transcript of a session."""

from __future__ import annotations

import argparse

from annotate.import_transcript import import_transcript
from app.cli.places import open_study
from app.cli.session import session_named


def run(options: argparse.Namespace) -> int:
    """Brings the file in and says what came."""
    with open_study(options.study) as store:
        session = session_named(store.sessions(), options.session)
        report = import_transcript(store, session.id, options.file)
    speakers = f", {report.speakers} speakers" if report.speakers else ""
    print(f"{report.segments} segments{speakers} are the transcript of {session.participant_code} now; others are kept")
    return 0
