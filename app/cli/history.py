"""`moderato history`: who changed what in a study, and when."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict

from app.cli.places import open_study
from app.cli.session import session_named
from app.history_words import HistoryWords


def run(options: argparse.Namespace) -> int:
    """Prints the newest changes first."""
    with open_study(options.study) as store:
        session_id = None if options.session is None else session_named(store.sessions(), options.session).id
        changes = store.history(session_id=session_id, limit=options.last)
        if options.json:
            print(json.dumps([asdict(change) for change in changes], ensure_ascii=False, indent=1))
            return 0
        lines = HistoryWords(store).lines(changes)
    for line in lines:
        print(f"{line.when:%Y-%m-%d %H:%M:%S}  {line.who}: {line.what}: {line.how}")
    if not lines:
        print("Nothing was changed yet.")
    return 0
