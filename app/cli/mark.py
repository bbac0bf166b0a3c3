"""`moderato mark`: marks this moment in a recording that runs, from a terminal or a key of the desktop's own.

Where no program hears the keys of others (Wayland), the desktop's settings can still run a command on a key.
"""

from __future__ import annotations

import argparse

from annotate.models import ObservationKind
from annotate.timeline import format_time
from app.recording import user_name
from app.wording import kind_words
from capture.bundle import SessionBundle
from capture.client import RecorderClient
from capture.errors import CaptureCode, CaptureError
from capture.events import MarkKind, MarkOrigin
from capture.runtime import all_runtimes


def run(options: argparse.Namespace) -> int:
    """Marks; what is printed was acknowledged and is on the disk."""
    client = RecorderClient.attach(_the_one(options), lambda _event: None)
    try:
        kind = ObservationKind(options.kind)
        mark = client.add_mark(
            MarkKind.MARK, body=options.text, payload={"kind": kind.value}, origin=MarkOrigin.CLI, author=user_name()
        )
    finally:
        client.close()
    words = kind_words(kind)
    print(f"{words[:1].upper()}{words[1:]} at {format_time(mark.t_ns)}.")
    return 0


def _the_one(options: argparse.Namespace) -> SessionBundle:
    """The recording that is meant: the one named, or the only one that runs."""
    if options.bundle is not None:
        return SessionBundle.open(options.bundle)
    running = sorted({info.bundle for _path, info in all_runtimes() if SessionBundle(info.bundle).is_recording()})
    if not running:
        raise CaptureError(CaptureCode.NOTHING_RECORDING)
    if len(running) > 1:
        options.wrong_use("more than one recording runs; name one of: " + ", ".join(map(str, running)))
    return SessionBundle(running[0])
