"""`moderato synccheck`: how far sound, picture and events are apart on this computer, measured in a recording."""

from __future__ import annotations

import argparse
import json
import tempfile
from contextlib import ExitStack
from pathlib import Path

from app.sync_words import sync_words
from capture.bundle import SessionBundle
from capture.client import RecorderClient
from capture.config import RecorderConfig
from capture.errors import CaptureCode, CaptureError
from capture.synccheck.check import check_sync

EXIT_OUT_OF_BOUNDS = 2


def run(options: argparse.Namespace) -> int:
    """Records for some ten seconds, claps meanwhile, and tells. Exit code 0: in step, 2: not, 1: not measured."""
    config = RecorderConfig(
        display=options.display or 0,
        fps=options.fps,
        mic=None if options.mic == "none" else options.mic,
        system=None if options.system == "none" else options.system,
        windows=False,
    )
    with ExitStack() as stack:
        folder = options.keep
        if folder is None:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="moderato-synccheck-")))
        folder.mkdir(parents=True, exist_ok=True)
        bundle = SessionBundle.create(folder, label="synccheck")
        client = RecorderClient.spawn(bundle, config, lambda _event: None)
        stack.callback(client.close)
        client.start()
        try:
            found = check_sync(client, bundle, config.fps)
        finally:
            client.stop()
        if found.event_offset_ns is None and found.audio_offset_ns is None:
            raise CaptureError(CaptureCode.SYNC_UNMEASURED, "click, beep")
        if options.json:
            print(json.dumps(found.to_json(), indent=2))
        else:
            print(sync_words(found))
            for number, clap in enumerate(found.claps, 1):
                parts = {"picture": clap.picture_ns, "sound": clap.sound_ns, "event": clap.event_ns}
                print(f"  clap {number}: " + ", ".join(f"{name} {_ms(late)}" for name, late in parts.items()))
        if options.keep is not None:
            print(bundle.path)
    return 0 if found.ok else EXIT_OUT_OF_BOUNDS


def _ms(late_ns: int | None) -> str:
    return "not found" if late_ns is None else f"{late_ns / 1e6:+.1f} ms"
