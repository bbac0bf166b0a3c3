"""`moderato record`: one session, without a window."""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from annotate.errors import StudyCode, StudyError
from annotate.ingest import ingest
from annotate.store import StudyStore
from annotate.timeline import format_time
from app.cli.places import open_or_create_study
from app.recording import Begun, begin_new, user_name
from app.start_words import recovered_sentence, start_sentence
from app.sync_words import sync_words
from app.wording import STREAM_WORDS, code_sentence, sentence
from capture.config import RecorderConfig, Scope
from capture.consent import refused
from capture.errors import CaptureCode, CaptureError
from capture.events import MarkOrigin
from capture.protocol import Degraded, Failed, Finalized, Gone, RecorderEvent, Recovered, Status


def run(options: argparse.Namespace) -> int:
    """Records until the time is up, Ctrl-C, or the recorder ends by itself; prints the bundle's path."""
    with open_or_create_study(options.study) as store:
        if options.consent is not None:
            _check_consent(store, options.consent)
        watcher = _Watcher()
        config = _config(options)
        with _signals_end(watcher.over):
            try:
                begun = begin_new(
                    store, options.participant, config, watcher, user_name(), options.consent, MarkOrigin.CLI
                )
            except CaptureError as problem:
                print(f"moderato: {start_sentence(problem)}", file=sys.stderr)
                return 1
            try:
                _wait(begun, watcher, config, options)
            finally:
                begun.client.close()
                ingest(store, begun.bundle)
        if watcher.problem is not None:
            raise watcher.problem
    print(begun.bundle.path)
    return 0


def _config(options: argparse.Namespace) -> RecorderConfig:
    is_display = options.region is None and options.window is None and options.display != "all"
    return RecorderConfig(
        display=(options.display or 0) if is_display else None,
        all_displays=options.display == "all",
        region=options.region,
        window=options.window,
        fps=options.fps,
        mic=_unless_none(options.mic),
        system=_unless_none(options.system),
        camera=_unless_none(options.camera),
        keys=options.keys,
        windows=not options.no_windows,
        window_titles=not options.no_window_titles,
        consent=None if options.consent is None else options.scopes or tuple(Scope),
    )


def _unless_none(text: str) -> str | None:
    return None if text == "none" else text


def _wait(begun: Begun, watcher: _Watcher, config: RecorderConfig, options: argparse.Namespace) -> None:
    """Until the time is up, a signal comes or the recorder ends; then the recording is ended, whatever happened."""
    client = begun.client
    try:
        if options.consent is None:
            print("moderato: No consent was noted (--consent VERSION).", file=sys.stderr)
        for stream in refused(config):
            print(f"moderato: Not recorded, as the consent does not cover it: {STREAM_WORDS[stream]}.", file=sys.stderr)
        print("moderato: Recording. Ctrl-C ends it.", file=sys.stderr)
        if options.synccheck:
            _check_sync(begun, config.fps)
        remaining_s = None
        if options.seconds is not None:
            remaining_s = max(0.0, options.seconds - client.now_ns() / 1e9)
        watcher.over.wait(remaining_s)
    finally:
        if watcher.problem is None and not watcher.ended:
            client.stop()
        if sys.stderr.isatty():
            print(file=sys.stderr)


def _check_sync(begun: Begun, fps: int) -> None:
    """Tells how far apart all was recorded; the recording goes on, whatever comes of it."""
    from capture.synccheck.check import check_sync  # loads PyAV, which nothing else here needs

    print("moderato: Checking sync: flash, beep and click…", file=sys.stderr)
    try:
        words = sync_words(check_sync(begun.client, begun.bundle, fps))
    except CaptureError as problem:
        words = sentence(problem)
    print(f"moderato: {words}", file=sys.stderr)


class _Watcher:
    """Takes the recorder's events on the client's thread; tells the main thread when it is over."""

    def __init__(self) -> None:
        self.over = threading.Event()
        self.problem: CaptureError | None = None
        self.ended = False
        self._terminal = sys.stderr.isatty()

    def __call__(self, event: RecorderEvent) -> None:
        match event:
            case Status() if self._terminal:
                mic = event.of("mic")
                level = "▮" * round((mic.level if mic and mic.level else 0) * 8)
                line = f"\r● {format_time(event.t_ns)}  [{level:▯<8}]  {event.fps:.0f} fps · {event.dropped} lost "
                print(line, end="", file=sys.stderr, flush=True)
            case Degraded():
                print(f"\nmoderato: {code_sentence(event.code, event.detail)} Recording goes on.", file=sys.stderr)
            case Recovered():
                print(f"\nmoderato: {recovered_sentence(event.stream)}", file=sys.stderr)
            case Failed():
                self.problem = CaptureError(event.code, event.detail)
                self.over.set()
            case Gone():
                self.problem = self.problem or CaptureError(CaptureCode.RECORDER_GONE)
                self.over.set()
            case Finalized():
                self.ended = True
                self.over.set()
            case _:
                pass


def _check_consent(store: StudyStore, version: int) -> None:
    """Refuses a version that the study doesn't know, before anything is recorded."""
    try:
        store.consent_text(version)
    except StudyError as problem:
        if problem.code is StudyCode.ROW_MISSING:
            raise StudyError(StudyCode.VALUE_INVALID, f"consent version {version}") from problem
        raise


@contextmanager
def _signals_end(over: threading.Event) -> Iterator[None]:
    """While inside, Ctrl-C, a hang-up and a polite kill end the recording instead of this program."""

    def end(_number: int, _frame: FrameType | None) -> None:
        over.set()

    numbers = [signal.SIGINT, signal.SIGTERM, *([signal.SIGHUP] if hasattr(signal, "SIGHUP") else [])]
    before = {number: signal.signal(number, end) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
