"""The recorder's watch: tells how it goes, keeps the anchors, and ends the recording before the disk is full."""

from __future__ import annotations

import logging
import shutil
import threading
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path

from capture.awake import Awake
from capture.errors import CaptureCode, CaptureError
from capture.events import IntervalKind
from capture.health import Health
from capture.jsonvalue import JsonObject
from capture.memory import give_back
from capture.names import STREAM_IDS
from capture.pipeline import Stage
from capture.power import battery_minutes
from capture.protocol import BATTERY_LOW_MINUTES, Status
from capture.session import Session
from capture.standstill import StandstillWatch, asleep_ns
from capture.streams import Streams
from capture.sync import NS
from capture.watch import Watch
from capture.writer import CaptureWriter

_log = logging.getLogger("capture.supervisor")

TICK_S = 0.1
DISK_TICKS = 5
WATCH_TICKS = 3
ANCHOR_TICKS = 10
HEALTH_TICKS = 100
BATTERY_TICKS = 300
TRIM_TICKS = 600
PACE_TICKS, PACE_AFTER_TICKS = 60, 10
"""Seconds over which the pace of writing is taken, and before which there is none."""
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
        self._watch = Watch(session, streams, health)
        self._standstill = StandstillWatch()
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
        self._awake = Awake()
        self._written: deque[tuple[int, int]] = deque(maxlen=PACE_TICKS)
        self.disk_free = free_bytes(folder)
        self.battery_minutes: int | None = None
        """How long the battery lasts; `None` on mains."""

    def start(self) -> None:
        self._stage.start()

    @property
    def disk_minutes(self) -> int | None:
        """How long the disk lasts at the pace of the last minute; `None` in the first seconds."""
        if len(self._written) < PACE_AFTER_TICKS:
            return None
        (begun_ns, before), (now_ns, after) = self._written[0], self._written[-1]
        pace = (after - before) / max(1, now_ns - begun_ns)
        return int(max(0, self.disk_free - self._min_free) / pace / NS / 60) if pace > 0 else None

    def begin(self, writer: CaptureWriter, make_status: Callable[[], Status]) -> None:
        """From now on anchors and health are kept, and the machine is kept awake."""
        self._make_status = make_status
        self._writer = writer

    def stop(self) -> None:
        """Ends the thread, unless it is this one, which ends by itself then."""
        self._stop.set()
        self._stage.join(JOIN_TIMEOUT_S)

    def _run(self) -> None:
        try:
            self._tick()
        finally:
            self._awake.release()

    def _tick(self) -> None:
        tick = 0
        is_held = False
        while not self._stop.wait(TICK_S):
            tick += 1
            for sound in self._streams.sounds.values():
                sound.read_level()
            if self._writer is not None and not is_held:
                self._awake.hold()
                is_held = True
            if tick % BATTERY_TICKS == 1:
                self._watch_battery()
            if tick % TRIM_TICKS == 0:
                give_back()
            if tick % WATCH_TICKS == 0:
                self._watch.look()
            if tick % DISK_TICKS == 0 and not self._watch_disk():
                return
            if self._writer is not None:
                self._keep(self._writer, tick)
            self._tell()

    def _keep(self, writer: CaptureWriter, tick: int) -> None:
        self._look_for_standstill(writer)
        if tick % ANCHOR_TICKS == 0:
            if self._make_status is not None:
                self._written.append((self._session.now_ns(), self._make_status().bytes_written))
            self._write_anchors(writer)
            self._write_layout(writer)
        if tick % HEALTH_TICKS == 0:
            self._write_health(writer)

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

    def _look_for_standstill(self, writer: CaptureWriter) -> None:
        found = self._standstill.look(self._session.now_ns(), asleep_ns())
        if found is None:
            return
        self._health.note_gap(None, found.t_start_ns, found.t_end_ns, "asleep", kind=IntervalKind.SUSPEND)
        # Right away: how the session's clock lies against UTC is another matter from here on.
        writer.add_anchors([], [(self._session.now_ns(), time.time_ns())])
        _log.warning("nothing ran for %.1f s, and the machine slept %.1f s", *found.seconds)

    def _watch_battery(self) -> None:
        self.battery_minutes = battery_minutes()
        if self.battery_minutes is not None and self.battery_minutes < BATTERY_LOW_MINUTES:
            self._health.lose("battery", CaptureCode.BATTERY_LOW, str(self.battery_minutes))
        else:
            self._health.recover("battery")

    def _write_layout(self, writer: CaptureWriter) -> None:
        if (found := self._streams.take_layout()) is not None:
            t_ns, layout = found
            writer.add_note("display_layout", t_ns, layout.to_json())

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
