"""The recorder's watch: tells how it goes, keeps the anchors, and ends the recording before the disk is full."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Callable
from pathlib import Path

from capture.errors import CaptureCode, CaptureError
from capture.health import Health
from capture.jsonvalue import JsonObject
from capture.pipeline import Stage
from capture.protocol import Status
from capture.session import Session
from capture.streams import STREAM_IDS, Streams
from capture.writer import CaptureWriter

TICK_S = 0.1
DISK_TICKS = 5
ANCHOR_TICKS = 10
HEALTH_TICKS = 100
JOIN_TIMEOUT_S = 10.0


def free_bytes(path: Path) -> int:
    """Free space for this user where `path` lies; 0 if it can't be told."""
    try:
        return shutil.disk_usage(path).free
    except OSError:
        return 0


class Supervisor:
    """One thread, ten ticks a second."""

    def __init__(
        self,
        session: Session,
        streams: Streams,
        health: Health,
        folder: Path,
        *,
        min_free_bytes: int,
        warn_free_bytes: int,
        tell: Callable[[], None],
        on_full: Callable[[], None],
        on_error: Callable[[Exception], None],
    ) -> None:
        """All callables are called on the supervisor's thread: `tell` each tick, `on_full` once."""
        self._session = session
        self._streams = streams
        self._health = health
        self._folder = folder
        self._min_free = min_free_bytes
        self._warn_free = warn_free_bytes
        self._tell = tell
        self._on_full = on_full
        self._on_error = on_error
        self._stop = threading.Event()
        self._stage = Stage("supervisor", self._run, on_error)
        self._writer: CaptureWriter | None = None
        self._make_status: Callable[[], Status] | None = None
        self.disk_free = free_bytes(folder)

    def start(self) -> None:
        self._stage.start()

    def begin(self, writer: CaptureWriter, make_status: Callable[[], Status]) -> None:
        """From now on anchors and health are kept."""
        self._make_status = make_status
        self._writer = writer

    def stop(self) -> None:
        """Ends the thread, unless it is this one, which ends by itself then."""
        self._stop.set()
        self._stage.join(JOIN_TIMEOUT_S)

    def _run(self) -> None:
        tick = 0
        while not self._stop.wait(TICK_S):
            tick += 1
            for sound in self._streams.sounds.values():
                sound.read_level()
            if tick % DISK_TICKS == 0 and not self._watch_disk():
                return
            if self._writer is not None and tick % ANCHOR_TICKS == 0:
                self._write_anchors(self._writer)
            if self._writer is not None and tick % HEALTH_TICKS == 0:
                self._write_health(self._writer)
            self._tell()

    def _watch_disk(self) -> bool:
        if not self._folder.is_dir():  # removed, renamed or unplugged: no question of space
            self._on_error(CaptureError(CaptureCode.BUNDLE_MISSING, str(self._folder)))
            return False
        self.disk_free = free_bytes(self._folder)
        if self.disk_free < self._warn_free:
            self._health.lose("disk", CaptureCode.DISK_FULL, str(self.disk_free))
        else:
            self._health.recover("disk")
        if self._session.clock is not None and self.disk_free < self._min_free:
            self._on_full()
            return False
        return True

    def _write_anchors(self, writer: CaptureWriter) -> None:
        audio = [
            (STREAM_IDS[kind], sample, t_ns)
            for kind, sound in self._streams.sounds.items()
            for sample, t_ns in sound.take_anchors()
        ]
        writer.add_anchors(audio, [(self._session.now_ns(), time.time_ns())])

    def _write_health(self, writer: CaptureWriter) -> None:
        assert self._make_status is not None
        status = self._make_status()
        sounds = self._streams.sounds
        row: JsonObject = {
            "fps": status.fps,
            "dropped": status.dropped,
            "disk_free_bytes": status.disk_free_bytes,
            "age_ns": {stream.kind: stream.age_ns for stream in status.streams},
            "ppm": {kind: round(sound.rate_ppm, 1) for kind, sound in sounds.items()},
            "reasons": [code.value for code in status.reasons],
        }
        try:
            writer.add_note("health", status.t_ns, row)
        except CaptureError:
            return  # the journal's own thread meets the same disk, and reports it
