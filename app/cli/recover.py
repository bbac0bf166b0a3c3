"""`moderato recover`: mends recordings that were cut off."""

from __future__ import annotations

import argparse
import sys

from annotate.ingest import ingest
from annotate.timeline import format_time
from app.cli.places import open_study, study_folder, study_of_bundle
from app.wording import sentence
from capture.bundle import SessionBundle
from capture.errors import CaptureError
from capture.recovery import find_incomplete, recover


def run(options: argparse.Namespace) -> int:
    """Mends one recording, or all of a study that need it, and takes them into the study."""
    folder = study_folder(options.path)
    if folder is not None:
        bundles = find_incomplete(folder)
        with open_study(folder) as store:
            if not bundles:
                print("Nothing needs mending.")
            failed = 0
            for bundle in bundles:
                try:
                    _mend(bundle)
                    ingest(store, bundle)
                except CaptureError as problem:
                    failed += 1  # one bad recording doesn't stop the others
                    print(f"moderato: {sentence(problem)}", file=sys.stderr)
        return 1 if failed else 0
    bundle = SessionBundle(options.path.absolute())
    _mend(bundle)
    if (store_of := study_of_bundle(bundle)) is not None:
        with store_of as store:
            ingest(store, bundle)
    return 0


def _mend(bundle: SessionBundle) -> None:
    report = recover(bundle)
    length = format_time(report.duration_ns)
    print(f"{bundle.path.name}: mended, {length}, {report.marks} marks, {report.events} events")
