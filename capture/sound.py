"""The sound's thread: places each block in session time, silences pauses, fills holes, encodes."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from capture.audio import AudioBlock
from capture.clock import perf_ns
from capture.encode import AUDIO_RATE
from capture.errors import CaptureCode
from capture.health import Health
from capture.levels import LevelMeter
from capture.mux import Muxer
from capture.pipeline import BoundedQueue, Policy, QueueClosedError, Stage
from capture.session import Session
from capture.sync import NS, AudioTimestamper

if TYPE_CHECKING:
    from numpy.typing import NDArray

QUEUE_BLOCKS = 3000
"""30 s of the shortest usual blocks, 10 ms."""
POLL_S = 0.1
SILENCE_AFTER_NS = NS // 2
"""Sound that is this late is taken for lost, and silence put in its place."""
SILENCE_KEPT_BACK_NS = 3 * NS // 10
LOST_AFTER_NS = 3 * NS // 2
OVERLAP_NS = 20_000_000
JOIN_TIMEOUT_S = 20.0
LOSS_CODES = {"mic": CaptureCode.NO_MICROPHONE, "system": CaptureCode.NO_SYSTEM_SOUND}


class AudioStage:
    """Encodes one sound track. Runs before the recording too: levels, and a settled clock from the first sample on."""

    def __init__(self, kind: str, session: Session, health: Health, on_error: Callable[[Exception], None]) -> None:
        """`kind`: "mic" or "system", which is also the name of the muxer's track."""
        self.kind = kind
        self.first_block = threading.Event()
        self.next_block = threading.Event()
        """Set by each block; to be cleared by whoever waits for the next one."""
        self.levels = LevelMeter()
        self._queue: BoundedQueue[AudioBlock] = BoundedQueue(QUEUE_BLOCKS, Policy.REFUSE)
        self._session = session
        self._health = health
        self._stage = Stage(f"sound-{kind}", self._run, on_error)
        self._mux: Muxer | None = None
        self._rate = AUDIO_RATE
        self._stamper = AudioTimestamper(AUDIO_RATE)
        self._position_ns = 0
        """Session time up to which sound has been handed to the encoder."""
        self._heard_ns = 0
        """Session time up to which there was real sound."""
        self._is_missed = False
        self.level: tuple[float, float] | None = None
        """Level and peak over the last tick that had sound."""
        self._arrived_ns: int | None = None
        self._anchors: list[tuple[int, int]] = []
        self._anchor_ns = 0
        self._anchors_lock = threading.Lock()
        self._amplitude: float | None = None

    def sink(self, block: AudioBlock) -> None:
        """Takes a block from the device's thread."""
        self.next_block.set()
        try:
            if not self._queue.put(block):
                self._health.lose(self.kind, LOSS_CODES[self.kind], "overflow")
        except QueueClosedError:
            return  # the recording has ended while the device was being closed

    def start(self) -> None:
        self._stage.start()

    def begin(self, mux: Muxer) -> None:
        """From now on sound goes into the file."""
        self._mux = mux

    def stop(self) -> bool:
        """Works off what has arrived, fills up to the end, ends the thread."""
        self._queue.close()
        return self._stage.join(JOIN_TIMEOUT_S)

    @property
    def age_ns(self) -> int | None:
        """Time since the last block arrived."""
        return None if self._arrived_ns is None else perf_ns() - self._arrived_ns

    @property
    def rate_ppm(self) -> float:
        """How much faster than nominal the device's clock runs."""
        return self._stamper.rate_ppm

    def read_level(self) -> None:
        """Once a tick: what has been heard since the last one becomes `level`."""
        self.level = self.levels.read() or self.level

    @property
    def dropped(self) -> int:
        """Blocks lost because the disk could not keep up."""
        return self._queue.dropped

    def take_amplitude(self) -> float | None:
        """The highest sample since the last call, full scale = 1; `None` if none came."""
        with self._anchors_lock:
            amplitude, self._amplitude = self._amplitude, None
        return amplitude

    def take_anchors(self) -> list[tuple[int, int]]:
        """(sample, session time) pairs since the last call, about one a second."""
        with self._anchors_lock:
            anchors, self._anchors = self._anchors, []
        return anchors

    def _run(self) -> None:
        try:
            while not self._queue.is_finished:
                block = self._queue.get(POLL_S)
                if block is not None:
                    self._take(block)
                self._fill_hole()
            if self._mux is not None:
                end_ns = self._session.stopped_ns or 0
                self._silence(end_ns)
                self._mux.put(self._mux.audio[self.kind].flush())
        except QueueClosedError:
            pass  # the muxer has failed and told so
        finally:
            self._queue.close()

    def _take(self, block: AudioBlock) -> None:
        self._arrived_ns = perf_ns()
        self.first_block.set()
        samples = block.samples
        if block.rate != self._rate:
            self._rate = block.rate
            self._stamper = AudioTimestamper(block.rate)
        expected_ns = self._position_ns
        stamped = self._stamper.stamp(block.perf_ns, block.arrived_perf_ns, len(samples))
        clock = self._session.clock
        if clock is None:
            self.levels.add(samples)
            return
        t_ns = clock.of_perf_ns(stamped.t_ns)
        if self._is_missed:
            self._is_missed = False
            self._health.recover(self.kind, t_ns=max(0, t_ns))
        elif stamped.jump_ns > 0 and 0 < expected_ns < t_ns:
            self._health.note_gap(self.kind, expected_ns, t_ns, "late")
        # What was filled with silence already, and what came before zero, is left out.
        floor_ns = self._position_ns if t_ns < self._position_ns - OVERLAP_NS else 0
        if t_ns < floor_ns:
            cut = min(len(samples), -(-(floor_ns - t_ns) * self._rate // NS))
            samples = samples[cut:]
            t_ns += cut * NS // self._rate
        if self._session.stopped_ns is not None:
            samples = samples[: max(0, (self._session.stopped_ns - t_ns) * self._rate // NS)]
        if len(samples) == 0:
            return
        self._anchor(t_ns)
        self._mute_pauses(samples, t_ns)
        self.levels.add(samples)
        with self._anchors_lock:
            self._amplitude = max(self._amplitude or 0.0, float(np.max(np.abs(samples))))
        self._encode(samples, t_ns)
        self._heard_ns = self._position_ns

    def _mute_pauses(self, samples: NDArray[np.float32], t_ns: int) -> None:
        end_ns = t_ns + len(samples) * NS // self._rate
        for start, end in self._session.pauses.overlaps(t_ns, end_ns):
            first = (start - t_ns) * self._rate // NS
            last = -(-(end - t_ns) * self._rate // NS)
            samples[max(0, first) : last] = 0

    def _fill_hole(self) -> None:
        if self._session.clock is None or self._mux is None:
            return
        now = self._session.now_ns()
        if self._session.stopped_ns is not None or now - self._position_ns < SILENCE_AFTER_NS:
            return
        if now - self._heard_ns > LOST_AFTER_NS and not self._health.is_lost(self.kind):
            self._is_missed = True  # the keeper, if it finds the device gone, also says when it is back
            self._health.lose(self.kind, LOSS_CODES[self.kind], "no sound arrives", t_ns=self._heard_ns)
        self._silence(now - SILENCE_KEPT_BACK_NS)

    def _silence(self, until_ns: int) -> None:
        """Silence from the last sound to `until_ns`, a second at a time."""
        while (missing := (until_ns - self._position_ns) * self._rate // NS) > 0:
            samples = np.zeros(min(missing, self._rate), np.float32)
            self._encode(samples, self._position_ns)

    def _encode(self, samples: NDArray[np.float32], t_ns: int) -> None:
        self._position_ns = t_ns + len(samples) * NS // self._rate
        if self._mux is not None:
            self._mux.put(self._mux.audio[self.kind].encode(samples, self._rate, t_ns))

    def _anchor(self, t_ns: int) -> None:
        if t_ns - self._anchor_ns >= NS:
            self._anchor_ns = t_ns
            with self._anchors_lock:
                self._anchors.append((self._stamper.samples, t_ns))
