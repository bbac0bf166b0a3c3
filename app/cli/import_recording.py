"""`moderato import`: a recording made elsewhere becomes a session of a study."""

from __future__ import annotations

import argparse

from annotate.importing import ImportRequest, import_recording, imported_before
from annotate.store import StudyStore
from annotate.timeline import format_time
from app.cli.places import open_or_create_study
from app.cli.progress import ProgressLine
from app.media_words import sound_words, stream_words
from app.recording import app_version
from capture.foreign import probe_media


def run(options: argparse.Namespace) -> int:
    """Lists what is in the file, or imports it."""
    media = probe_media(options.file)
    if options.list:
        for one in media.streams:
            print(f"{one.index:3}  {stream_words(one)}")
        return 0
    if options.study is None or options.participant is None:
        options.wrong_use("--study and --participant are needed (or --list)")
    if options.scopes is not None and options.consent is None:
        options.wrong_use("--scopes goes with --consent")
    request = ImportRequest(
        media,
        options.participant,
        picture=options.picture,
        sounds=None if options.sound is None else dict(options.sound),
        consent_version=options.consent,
        scopes=options.scopes,
        method="cli",
        started=options.started,
        pilot=options.pilot,
    )
    with open_or_create_study(options.study) as store:
        _import(store, request)
    return 0


def _import(store: StudyStore, request: ImportRequest) -> None:
    before = imported_before(store, request.media.path)
    line = ProgressLine(request.media.path.name)
    try:
        made = import_recording(store, request, line.show, app_version=app_version())
    finally:
        line.end()
    session = made.session
    print(f"{session.participant_code}: {format_time(session.duration_ns or 0)}, {sound_words(made)}")
    if before:
        print(f"This file was imported before, as a session of {before[-1].participant_code}.")
    print(store.bundle_dir(session))
