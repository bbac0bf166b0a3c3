"""`moderato clip`: a stretch of a session as a film."""

from __future__ import annotations

import argparse

from annotate.evidence.make import make_clip
from annotate.evidence.spec import Captions, ClipSpec
from app.cli.evidence import hand_out, session_of, shown
from app.evidence_words import left_out_words


def run(options: argparse.Namespace) -> int:
    """Cuts it and lists it in the study. Ctrl-C leaves nothing behind."""
    if options.until_ns <= options.from_ns:
        options.wrong_use("--until lies before --from")
    spec = ClipSpec(
        options.from_ns,
        options.until_ns,
        captions=Captions(options.captions),
        pointer=not options.no_pointer,
        sound=not options.no_sound,
    )
    with session_of(options.bundle) as (store, session):
        with shown("Cutting the clip") as progress:
            made = make_clip(store, session.id, spec, progress=progress)
        made.listed(store)
        for words in left_out_words(made):
            print(words)
        hand_out(store.bundle_dir(session) / made.path, options.out)
    return 0
