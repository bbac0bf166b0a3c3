"""`moderato evidence`: the stills, clips and reels of a study; and what the commands that make them share."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from annotate.errors import StudyCode, StudyError
from annotate.export.files import copy_export
from annotate.ingest import ingest
from annotate.models import Session
from annotate.store import StudyStore
from annotate.timeline import format_time
from app.cli.places import open_study, study_of_bundle
from app.cli.progress import ProgressLine
from app.cli.session import session_named
from capture.bundle import SessionBundle
from capture.errors import CaptureCode, CaptureError


def run(options: argparse.Namespace) -> int:
    """Lists them, session by session."""
    with open_study(options.study) as store:
        wanted = None if options.session is None else session_named(store.sessions(), options.session).id
        codes = {one.id: one.participant_code for one in store.told_sessions()}
        listed = [one for one in store.evidence(wanted) if one.session_id in codes]
        reels = store.reels() if wanted is None else []
    if options.json:
        facts = {"evidence": [asdict(one) for one in listed], "reels": [asdict(one) for one in reels]}
        print(json.dumps(facts, ensure_ascii=False, indent=1))
        return 0
    for one in listed:
        end = "" if one.t_end_ns is None else f"–{format_time(one.t_end_ns)}"
        code = codes.get(one.session_id, "")
        print(f"{one.id[:8]}  {one.kind:5}  {code:8} {format_time(one.t_start_ns)}{end}  {Path(one.path).name}")
    for reel in reels:
        print(f"{reel.id[:8]}  reel   {reel.title}, {len(reel.items)} parts  {reel.path or 'not made yet'}")
    if not listed and not reels:
        print("There is no evidence yet. `moderato clip` cuts some.")
    return 0


@contextmanager
def session_of(path: Path) -> Iterator[tuple[StudyStore, Session]]:
    """The session of a recording, and its study.

    Raises:
        StudyError: STUDY_MISSING for a recording that lies alone.
        CaptureError: BUNDLE_RECORDING while it is still being recorded.
    """
    bundle = SessionBundle.open(path)
    if bundle.is_recording():
        raise CaptureError(CaptureCode.BUNDLE_RECORDING, str(bundle.path))
    store = study_of_bundle(bundle)
    if store is None:
        raise StudyError(StudyCode.STUDY_MISSING, str(bundle.path.absolute().parent.parent))
    with store:
        yield store, store.session_for_bundle(bundle.path) or ingest(store, bundle).session


@contextmanager
def shown(title: str) -> Iterator[Callable[[float], None]]:
    """Progress on a line of the terminal."""
    line = ProgressLine(title)
    try:
        yield line.show
    finally:
        line.end()


def hand_out(path: Path, out: Path | None) -> None:
    """Copy a file that was made to where it is wanted, with its captions; then say where it is."""
    if out is not None:
        copy_export(out, path)
        for captions in (path.with_suffix(".srt"), path.with_suffix(".vtt")):
            if captions.is_file():
                copy_export(out.with_suffix(captions.suffix), captions)
    print(out or path)
