"""`moderato export`: a study's findings, or a session's transcript, to a file; or issues to a tracker."""

from __future__ import annotations

import argparse

from annotate.backlog.errors import BacklogCode, BacklogError
from annotate.export.csv import export_csv
from annotate.export.transcript import TranscriptFormat, export_transcript
from app.cli import backlog
from app.cli.places import open_study
from app.cli.session import session_named
from app.wording import DOUBT_WORDS


def run(options: argparse.Namespace) -> int:
    """Writes the file and says what is in it."""
    with open_study(options.study) as store:
        if options.to == "csv" and options.out is not None:
            print(f"{export_csv(store, options.out).rows} rows written to {options.out}")
            return 0
        if options.to not in list(TranscriptFormat):
            return backlog.run(store, options)
        if options.out is None:
            raise BacklogError(BacklogCode.OUT_NEEDED)
        form = TranscriptFormat(options.to)
        session = session_named(store.sessions(), options.session)
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
