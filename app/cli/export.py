"""`moderato export`: a study's findings, or a session's transcript, to a file; or issues to a tracker."""

from __future__ import annotations

import argparse

from annotate.export.transcript import TranscriptFormat, export_transcript
from annotate.report.files import CsvTable, ReportFormat, export_report
from annotate.store import StudyStore
from app.cli import backlog
from app.cli.kinds import counted
from app.cli.places import open_study
from app.cli.session import session_named
from app.wording import DOUBT_WORDS


def run(options: argparse.Namespace) -> int:
    """Writes the file and says what is in it."""
    about_a_session = options.to in list(TranscriptFormat) and (options.to != "json" or options.session)
    if options.out is None and (about_a_session or options.to in list(ReportFormat)):
        options.wrong_use("--out is needed: the file to write")
    with open_study(options.study) as store:
        if options.to not in list(ReportFormat) and not about_a_session:
            return backlog.run(store, options)
        if not about_a_session:
            return _report(store, options)
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
    print(f"{counted(report.segments, 'segment')} of {session.participant_code} written to {options.out}{doubtful}")
    return 0


def _report(store: StudyStore, options: argparse.Namespace) -> int:
    form = ReportFormat(options.to)
    table = CsvTable(options.table)
    done = export_report(store, options.out, form, media=options.files, table=table)
    what = counted(done.count, "row" if form is ReportFormat.CSV else "issue")
    beside = f", stills and clips in {done.media}" if done.media is not None else ""
    print(f"{what} written to {options.out}{beside}")
    return 0
