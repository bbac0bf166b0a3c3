"""`moderato annotate`: one observation, typed on the command line."""

from __future__ import annotations

import argparse
import time

from annotate.errors import StudyCode, StudyError
from annotate.ingest import ingest
from annotate.models import ObservationKind, ObservationOrigin, Severity
from annotate.timeline import format_time
from app.cli.places import study_folder, study_of_bundle
from app.heuristic_words import heuristics
from capture.bundle import SessionBundle


def run(options: argparse.Namespace) -> int:
    """Adds the observation, with its tags and its issue."""
    if study_folder(options.bundle) is not None:
        options.wrong_use(f"BUNDLE is a study; name one of the folders in {options.bundle / 'sessions'}")
    if options.until_ns is not None and options.until_ns < options.at_ns:
        options.wrong_use("--until lies before --at")
    bundle = SessionBundle.open(options.bundle)
    store_of = study_of_bundle(bundle)
    if store_of is None:
        raise StudyError(StudyCode.STUDY_MISSING, str(bundle.path.absolute().parent.parent))
    _check_within(bundle, max(options.at_ns, options.until_ns or 0))
    with store_of as store:
        session = store.session_for_bundle(bundle.path) or ingest(store, bundle).session
        observation, _ = store.add_observation(
            session.id,
            t_start_ns=options.at_ns,
            t_end_ns=options.until_ns,
            kind=ObservationKind(options.kind),
            heuristic=None if options.heuristic is None else heuristics()[options.heuristic - 1].code,
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


def _check_within(bundle: SessionBundle, t_ns: int) -> None:
    """A recording that still runs has no end yet, but it has a now."""
    if bundle.is_recording() and t_ns > (now_ns := time.perf_counter_ns() - bundle.manifest().epoch_perf_ns):
        raise StudyError(StudyCode.BEYOND_END, format_time(now_ns))
