"""`moderato reel`: clips and title cards as one film."""

from __future__ import annotations

import argparse
from pathlib import Path

from annotate.errors import StudyCode, StudyError
from annotate.evidence.make import make_reel
from annotate.models import Evidence, EvidenceKind, ReelItem
from annotate.store import StudyStore
from app.cli.evidence import hand_out, shown
from app.cli.places import open_study


def run(options: argparse.Namespace) -> int:
    """Makes the reel anew, or for the first time; a reel of the same title is replaced."""
    with open_study(options.study) as store:
        items = _items(store, getattr(options, "parts", []))
        reel = next((one for one in store.reels() if one.title == options.title), None)
        if reel is None:
            reel, _ = store.add_reel(options.title, items)
        else:
            store.set_reel_items(reel.id, items)
        with shown("Making the reel") as progress:
            path = make_reel(store, store.reel(reel.id), progress=progress)
        store.update_reel(reel.id, path=path)
        hand_out(store.folder / path, options.out)
    return 0


def _items(store: StudyStore, parts: list[tuple[str, str]]) -> list[ReelItem]:
    """What was asked for, in its order; without any clip all there are, before or after the cards as they stand."""
    listed = store.evidence()
    if not any(what == "clip" for what, _ in parts):
        clips = [ReelItem(one.id) for one in listed if one.kind is EvidenceKind.CLIP]
        return [*(ReelItem(None, text) for _, text in parts), *clips]
    return [ReelItem(None, value) if what == "card" else ReelItem(_named(listed, value).id) for what, value in parts]


def _named(listed: list[Evidence], name: str) -> Evidence:
    names = {name, Path(name).name}
    found = [one for one in listed if one.id.startswith(name) or {Path(one.path).name, Path(one.path).stem} & names]
    if len(found) != 1:
        text = f"no single clip or still is called {name} (`moderato evidence` lists them)"
        raise StudyError(StudyCode.VALUE_INVALID, text)
    return found[0]
