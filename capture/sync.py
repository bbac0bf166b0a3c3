"""Time arithmetic of the streams: pure, no threads, no devices."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass
from statistics import median

NS = 1_000_000_000
PTS_RATE = 90_000
"""Presentation times of pictures count in 1/90000 s."""

RESYNC_NS = 70_000_000
"""A block further than this from where it should be is a gap or a jump, not jitter."""
LATE_PATIENCE_NS = 400_000_000
"""A block this late for this long tells of lost samples; a starved machine catches up before."""
SURE_GAP_NS = 500_000_000
MAX_RATE_ERROR = 0.002
"""Sound clocks are off by some hundred parts in a million; more than this is noise in the estimate."""
_START_HZ, _FINAL_HZ, _SETTLE_S = 1.0, 0.05, 4.0
_OFFSET_PERIOD_NS, _OFFSETS, _PRIOR_OFFSETS = 50_000_000, 600, 20
_PLAUSIBLE_NS, _TRUST_AFTER_NS = 100_000_000, 5 * NS


def pts_of_ns(t_ns: int) -> int:
    """Session time as presentation time, rounded down, so that a frame never begins after its own picture."""
    return t_ns * PTS_RATE // NS


def ns_of_pts(pts: int) -> int:
    """The session time at which a presentation time begins, rounded up: `pts_of_ns` of it is `pts` again."""
    return -(-pts * NS // PTS_RATE)


@dataclass(frozen=True, slots=True)
class StampedBlock:
    """Where a block of sound belongs.

    Attributes:
        t_ns: smoothed time of its first sample, in the unit the measured times came in.
        jump_ns: 0, or by how much time went on (or back) against the samples counted, when that was no jitter.
    """

    t_ns: int
    jump_ns: int


class AudioTimestamper:
    """Turns the noisy times of blocks into a smooth line, and learns the device's real rate.

    Two things are measured of each block: when it arrived, and how long before that its first sample was taken, by the
    system's word. Arrivals are steady on the whole, only ever late. The system's word isn't biased, but it wanders, and
    in a stream's first seconds PulseAudio was seen to be 0.7 s off. So the line is drawn through the arrivals, and
    shifted by the median of what the system said over the last 30 s, where that was plausible.

    The line is a delay-locked loop of second order (F. Adriaensen, "Using a DLL to filter time", 2005): the next block
    is expected where the last one ended at the rate learned so far; the error corrects both, quickly in the first
    seconds and slowly after. It is begun anew when blocks come too early to be true, or stay late.
    """

    def __init__(self, rate: int) -> None:
        if rate < 1:
            raise ValueError("rate must be positive")
        self._nominal_ns = NS / rate
        self._sample_ns = self._nominal_ns
        self._expected_ns: float | None = None
        self._origin_ns = 0
        self._run_s = 0.0
        self._late_since_ns: int | None = None
        self._offsets: deque[float] = deque([0.0] * _PRIOR_OFFSETS, maxlen=_OFFSETS)
        self._offset_ns = 0.0
        self._offset_at_ns = 0
        self.samples = 0
        """Samples seen so far."""

    @property
    def rate_ppm(self) -> float:
        """How much faster than nominal the device's clock runs, in parts per million."""
        return (self._nominal_ns / self._sample_ns - 1) * 1e6

    def stamp(self, measured_ns: int, arrived_ns: int, samples: int) -> StampedBlock:
        """Places the next block.

        Args:
            measured_ns: when its first sample was taken, by the system's word.
            arrived_ns: when it arrived.
            samples: its length, at least 1.
        """
        begun_ns = arrived_ns - round(samples * self._nominal_ns)  # the latest moment it can have begun
        jump_ns = 0
        if self._expected_ns is None:
            self._restart(begun_ns)
        else:
            error = begun_ns - self._origin_ns - self._expected_ns
            if self._is_jump(error, arrived_ns):
                jump_ns = round(error)
                self._restart(begun_ns)
            elif error <= RESYNC_NS:
                self._correct(error, samples)
        assert self._expected_ns is not None
        start_ns = self._expected_ns
        self._expected_ns = start_ns + samples * self._sample_ns
        self._run_s += samples * self._nominal_ns / NS
        self.samples += samples
        line_ns = self._origin_ns + round(start_ns)
        self._learn_offset(measured_ns - line_ns, arrived_ns)
        return StampedBlock(line_ns + round(self._offset_ns), jump_ns)

    def _is_jump(self, error: float, arrived_ns: int) -> bool:
        if -RESYNC_NS <= error <= RESYNC_NS:
            self._late_since_ns = None
            return False
        if error < 0 or error > SURE_GAP_NS:
            return True
        if self._late_since_ns is None:
            self._late_since_ns = arrived_ns
        return arrived_ns - self._late_since_ns > LATE_PATIENCE_NS

    def _learn_offset(self, offset_ns: float, arrived_ns: int) -> None:
        if arrived_ns - self._offset_at_ns < _OFFSET_PERIOD_NS:
            return
        if abs(offset_ns) > _PLAUSIBLE_NS and self.samples * self._nominal_ns < _TRUST_AFTER_NS:
            return
        self._offset_at_ns = arrived_ns
        self._offsets.append(offset_ns)
        self._offset_ns = median(self._offsets)

    def _restart(self, begun_ns: int) -> None:
        self._origin_ns = begun_ns  # keeps the floats small: exact to far below a nanosecond for weeks
        self._expected_ns = 0.0
        self._run_s = 0.0
        self._late_since_ns = None

    def _correct(self, error: float, samples: int) -> None:
        assert self._expected_ns is not None
        hertz = max(_FINAL_HZ, _START_HZ * math.exp(-self._run_s / _SETTLE_S * math.log(_START_HZ / _FINAL_HZ)))
        omega = min(0.5, 2 * math.pi * hertz * samples * self._nominal_ns / NS)
        self._expected_ns += math.sqrt(2) * omega * error
        limit = self._nominal_ns * MAX_RATE_ERROR
        change = self._sample_ns + omega * omega * error / samples - self._nominal_ns
        self._sample_ns = self._nominal_ns + min(limit, max(-limit, change))


class PtsLine:
    """Strictly increasing presentation times, starting anywhere from 0 on."""

    def __init__(self) -> None:
        self._last = -1

    def next(self, t_ns: int) -> int:
        """The presentation time for `t_ns`: its own, or one tick after the last if that isn't later."""
        self._last = max(self._last + 1, pts_of_ns(t_ns))
        return self._last


class VideoPacer:
    """Says when the next picture is due, and slows down when the encoder can't keep up.

    Three speeds: the wanted one, two thirds and one third of it. A queue that fills lowers the speed by one step; it
    must have been nearly empty for `RAISE_AFTER_NS` to raise it again, so that the speed doesn't swing.
    """

    STEPS = (1.0, 2 / 3, 1 / 3)
    LOWER_AT = 3
    RAISE_AT = 1
    RAISE_AFTER_NS = 5 * NS
    SETTLE_NS = NS

    def __init__(self, fps: float) -> None:
        self._fps = fps
        self._step = 0
        self._due_ns: int | None = None
        self._calm_since_ns: int | None = None
        self._changed_ns: int | None = None

    @property
    def fps(self) -> float:
        """Pictures a second at the present speed."""
        return self._fps * self.STEPS[self._step]

    def due_ns(self, now_ns: int) -> int:
        """When the next picture is due: `now_ns` or later, at most one period away."""
        return now_ns if self._due_ns is None else max(now_ns, self._due_ns)

    def taken(self, now_ns: int) -> None:
        """A picture was taken for the due time. Times missed altogether are left out, not caught up with."""
        period = round(NS / self.fps)
        due = now_ns if self._due_ns is None else self._due_ns
        due += period
        self._due_ns = due if due > now_ns else now_ns + period

    def observe(self, queued: int, now_ns: int) -> None:
        """Tells how many pictures wait for the encoder."""
        if queued > self.RAISE_AT:
            self._calm_since_ns = None
        elif self._calm_since_ns is None:
            self._calm_since_ns = now_ns
        if queued >= self.LOWER_AT:
            settled = self._changed_ns is None or now_ns - self._changed_ns >= self.SETTLE_NS
            if settled and self._step < len(self.STEPS) - 1:
                self._step += 1
                self._changed_ns = now_ns
        elif self._step and self._calm_since_ns is not None and now_ns - self._calm_since_ns >= self.RAISE_AFTER_NS:
            self._step -= 1
            self._changed_ns = self._calm_since_ns = now_ns
