"""The arithmetic of a timeline: ranges, the scale between time and pixels, ticks, lanes, times as text."""

from __future__ import annotations

import heapq
import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from annotate.errors import StudyCode, StudyError

MS = 1_000_000
SECOND = 1_000_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE

MIN_NS_PER_PX = 0.1 * MS
MAX_NS_PER_PX = 10.0 * MINUTE  # a day in 144 pixels
_STEPS = (  # between labelled lines, and into how many parts the minor ones divide that
    *(
        (n * MS, parts)
        for n, parts in ((1, 5), (2, 4), (5, 5), (10, 5), (20, 4), (50, 5), (100, 5), (200, 4), (500, 5))
    ),
    *((n * SECOND, parts) for n, parts in ((1, 5), (2, 4), (5, 5), (10, 5), (15, 3), (30, 3))),
    *((n * MINUTE, parts) for n, parts in ((1, 4), (2, 4), (5, 5), (10, 5), (15, 3), (30, 3))),
    *((n * HOUR, parts) for n, parts in ((1, 4), (2, 4), (3, 3), (6, 6), (12, 4), (24, 4))),
)
_CLOCK = re.compile(r"(?:(\d+):)?(\d+):([0-5]?\d(?:[.,]\d*)?)", re.ASCII)
_SECONDS = re.compile(r"(\d+(?:[.,]\d*)?)\s*s?", re.ASCII)


@dataclass(frozen=True, slots=True, order=True)
class TimeRange:
    """A stretch of session time, end excluded; of no length where both are equal (a point).

    Raises:
        StudyError: VALUE_INVALID if it ends before it starts.
    """

    start_ns: int
    end_ns: int

    def __post_init__(self) -> None:
        if self.end_ns < self.start_ns:
            raise StudyError(StudyCode.VALUE_INVALID, f"{self.start_ns}..{self.end_ns}")

    @property
    def duration_ns(self) -> int:
        return self.end_ns - self.start_ns

    def contains(self, t_ns: int) -> bool:
        """Whether a moment lies within; a point contains itself."""
        return self.start_ns <= t_ns < self.end_ns or t_ns == self.start_ns

    def overlaps(self, other: TimeRange) -> bool:
        """Whether both have a moment in common; ranges that only touch have none."""
        return self.contains(other.start_ns) or other.contains(self.start_ns)

    def distance_ns(self, other: TimeRange) -> int:
        """How far apart two ranges are; 0 if they overlap or touch."""
        return max(0, other.start_ns - self.end_ns, self.start_ns - other.end_ns)


@dataclass(frozen=True, slots=True)
class TimeScale:
    """Where a moment lies on a timeline of `width_px` pixels whose left edge shows `start_ns`.

    The arithmetic only: a scale may show time before zero; `panned` and `zoomed` keep to no limits but those of
    the zoom, `MIN_NS_PER_PX` and `MAX_NS_PER_PX`.
    """

    start_ns: int
    ns_per_px: float
    width_px: float

    @classmethod
    def fit(cls, shown: TimeRange, width_px: float) -> TimeScale:
        """The scale that shows a range over the whole width."""
        width = max(1.0, width_px)
        return cls(shown.start_ns, _clamped(shown.duration_ns / width), width)

    @property
    def visible(self) -> TimeRange:
        """What is shown between the left and the right edge."""
        return TimeRange(self.start_ns, max(self.start_ns, self.t_of(self.width_px)))

    def x_of(self, t_ns: int) -> float:
        """Pixels from the left edge; may lie outside."""
        return (t_ns - self.start_ns) / self.ns_per_px

    def t_of(self, x: float) -> int:
        """The moment at a pixel, rounded to the nanosecond."""
        return self.start_ns + round(x * self.ns_per_px)

    def zoomed(self, factor: float, anchor_x: float) -> TimeScale:
        """Closer by `factor` (wider below 1), while the moment under `anchor_x` stays where it is."""
        if not factor > 0 or not math.isfinite(factor):
            raise StudyError(StudyCode.VALUE_INVALID, f"factor: {factor}")
        ns_per_px = _clamped(self.ns_per_px / factor)
        start = self.start_ns + round(anchor_x * self.ns_per_px - anchor_x * ns_per_px)
        return replace(self, start_ns=start, ns_per_px=ns_per_px)

    def panned(self, dx: float) -> TimeScale:
        """Moved along by pixels: what was at `x` is then at `x - dx`."""
        return replace(self, start_ns=self.start_ns + round(dx * self.ns_per_px))


@dataclass(frozen=True, slots=True)
class Tick:
    """A line of the ruler; `label` is empty for the minor ones between."""

    t_ns: int
    x: float
    label: str


def ticks(scale: TimeScale, *, min_px: float = 80.0) -> list[Tick]:
    """The ruler's lines within the width, labelled ones at least `min_px` apart, at times people count in."""
    wanted = min_px * scale.ns_per_px
    step, parts = next(((step, parts) for step, parts in _STEPS if step >= wanted), (24 * HOUR, 4))
    minor = step // parts
    first = max(0, -(-scale.start_ns // minor) * minor)
    end = scale.visible.end_ns
    return [
        Tick(t_ns, scale.x_of(t_ns), _label(t_ns, step) if t_ns % step == 0 else "")
        for t_ns in range(first, end + 1, minor)
    ]


def stack_lanes(ranges: Sequence[TimeRange], *, gap_ns: int = 0) -> list[int]:
    """For each range the lane in which it overlaps no other, in as few lanes as can be.

    Args:
        ranges: In any order. Points at the same moment are put apart too.
        gap_ns: What has to be free behind a range (the width of its label, say).
    """
    order = sorted(range(len(ranges)), key=lambda index: (ranges[index].start_ns, ranges[index].end_ns, index))
    stacked = stack_spans(
        [ranges[index].start_ns for index in order], [ranges[index].end_ns + gap_ns for index in order]
    )
    lanes = [0] * len(ranges)
    for index, lane in zip(order, stacked, strict=True):
        lanes[index] = lane
    return lanes


def stack_spans(starts: Sequence[int], ends: Sequence[int]) -> list[int]:
    """As `stack_lanes`, for spans that are sorted by their starts already: thousands in a millisecond."""
    lanes: list[int] = []
    busy: list[tuple[int, int]] = []  # until when, lane
    free: list[int] = []
    count = 0
    for start, end in zip(starts, ends, strict=True):
        while busy and busy[0][0] <= start:
            heapq.heappush(free, heapq.heappop(busy)[1])
        if free:
            lane = heapq.heappop(free)
        else:
            lane, count = count, count + 1
        lanes.append(lane)
        heapq.heappush(busy, (max(end, start + 1), lane))
    return lanes


def nearest_of(moment: TimeRange, ranges: Iterable[TimeRange], *, within_ns: int) -> list[int]:
    """The places in `ranges` of those that overlap a moment; else of the nearest one, if it is near enough."""
    listed = list(ranges)
    overlapping = [index for index, one in enumerate(listed) if one.overlaps(moment)]
    if overlapping or not listed:
        return overlapping
    index = min(range(len(listed)), key=lambda index: (listed[index].distance_ns(moment), index))
    return [index] if listed[index].distance_ns(moment) <= within_ns else []


def format_time(t_ns: int, *, tenths: bool = False) -> str:
    """A time as the app shows it: "07:05", "1:07:05", with `tenths` "07:05.3"; cut off, never rounded up."""
    sign, t_ns = ("-", -t_ns) if t_ns < 0 else ("", t_ns)
    hours, minutes, seconds = t_ns // HOUR, t_ns // MINUTE % 60, t_ns // SECOND % 60
    text = f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes:02}:{seconds:02}"
    return f"{sign}{text}.{t_ns // (100 * MS) % 10}" if tenths else f"{sign}{text}"


def format_full(t_ns: int) -> str:
    """A time as exports show it: "00:07:05.300"."""
    return f"{t_ns // HOUR:02}:{t_ns // MINUTE % 60:02}:{t_ns // SECOND % 60:02}.{t_ns // MS % 1000:03}"


def parse_time(text: str) -> int:
    """A time as people type it: "7:05", "1:07:05.3", "425", "425.3 s".

    Raises:
        StudyError: VALUE_INVALID.
    """
    text = text.strip()
    if found := _CLOCK.fullmatch(text):
        hours, minutes, seconds = found.groups()
        if hours is not None and int(minutes) > 59:
            raise StudyError(StudyCode.VALUE_INVALID, text)
        return int(hours or 0) * HOUR + int(minutes) * MINUTE + _nanoseconds(seconds)
    if found := _SECONDS.fullmatch(text):
        return _nanoseconds(found[1])
    raise StudyError(StudyCode.VALUE_INVALID, text)


def _nanoseconds(seconds: str) -> int:
    """By digits, not by floats: 0.3 s are 300000000 ns."""
    whole, _, fraction = seconds.replace(",", ".").partition(".")
    return int(whole) * SECOND + int(f"{fraction:0<9}"[:9])


def _clamped(ns_per_px: float) -> float:
    return min(max(ns_per_px, MIN_NS_PER_PX), MAX_NS_PER_PX)


def _label(t_ns: int, step: int) -> str:
    """A tick's time, with as many decimals as its step needs."""
    if step >= SECOND:
        return format_time(t_ns)
    decimals = 1 if step >= 100 * MS else 2 if step >= 10 * MS else 3
    return f"{format_time(t_ns)}.{t_ns % SECOND // 10 ** (9 - decimals):0{decimals}}"
