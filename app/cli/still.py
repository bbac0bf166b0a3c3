"""`moderato still`: the picture that was shown at a moment."""

from __future__ import annotations

import argparse

from annotate.evidence.make import make_still
from annotate.evidence.spec import StillSpec
from app.cli.evidence import hand_out, session_of


def run(options: argparse.Namespace) -> int:
    """Makes it and lists it in the study."""
    with session_of(options.bundle) as (store, session):
        spec = StillSpec(options.at_ns, pointer=not options.no_pointer, marks=options.marks)
        made = make_still(store, session.id, spec)
        made.listed(store)
        hand_out(store.bundle_dir(session) / made.path, options.out)
    return 0
