"""`moderato annotate`: one observation, typed on the command line."""

from __future__ import annotations

import argparse

from annotate.errors import StudyCode, StudyError
from annotate.ingest import ingest
from annotate.models import ObservationKind, ObservationOrigin, Severity
from annotate.timeline import format_time
from app.cli.places import study_of_bundle
from capture.bundle import SessionBundle


def run(options: argparse.Namespace) -> int:
    """Adds the observation, with its tags and its issue."""
    bundle = SessionBundle.open(options.bundle)
    store_of = study_of_bundle(bundle)
    if store_of is None:
        raise StudyError(StudyCode.STUDY_MISSING, str(bundle.path.absolute().parent.parent))
    if options.until_ns is not None and options.until_ns < options.at_ns:
        raise StudyError(StudyCode.VALUE_INVALID, "--until lies before --at")
    with store_of as store:
        session = store.session_for_bundle(bundle.path) or ingest(store, bundle).session
        observation, _ = store.add_observation(
            session.id,
            t_start_ns=options.at_ns,
            t_end_ns=options.until_ns,
            kind=ObservationKind.PROBLEM,
            severity=None if options.severity is None else Severity(options.severity),
            body=options.text,
            origin=ObservationOrigin.CLI,
            tag_ids=tuple(store.ensure_tag(name)[0].id for name in options.tags),
        )
        if options.issue is not None:
            issue, _ = store.ensure_issue(options.issue)
            store.link(issue.id, [observation.id])
    print(f"Noted at {format_time(options.at_ns)} of {session.participant_code}.")
    return 0
