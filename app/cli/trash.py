"""`moderato trash`: what was thrown away, and what would be lost with it."""

from __future__ import annotations

import argparse

from app.cli.places import open_study
from app.size_words import loss_words


def run(options: argparse.Namespace) -> int:
    """Lists the trash, or empties it."""
    if options.yes and not options.empty:
        options.wrong_use("--yes goes with --empty")
    with open_study(options.study) as store:
        sessions = store.trashed_sessions()
        if not sessions:
            print("The trash is empty.")
            return 0
        for session in sessions:
            print(f"{session.participant_code:8} {session.bundle_path or ''}  trashed {session.trashed_utc}")
        ids = [session.id for session in sessions]
        print(loss_words(store.loss_of(ids)))
        if options.yes:
            store.remove_trashed(ids)
            print("Removed.")
        elif options.empty:
            print("Nothing was removed yet; add --yes to do it. There is no undo.")
    return 0
