"""How a session is listened to: a range again and again, silence passed over, a lead-in before what one jumps to."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, Signal

from annotate.timeline import MS, SECOND, TimeRange
from app.controllers.playback import PlaybackController

_WORTH_NS = 700 * MS
"""Less than this of a silence is left is listened to: a player takes about as long to get somewhere else."""
_LAND_NS = 100 * MS
_EARLY_NS = 40 * MS


class PlayModes(QObject):
    """Watches the player while it runs forward. Main thread only.

    Args:
        playback: the player.
        range_of: the range to repeat just now, None if there is none.

    Signals:
        skipped(TimeRange): a silence was passed over.
        looped(TimeRange): the range begins anew.
    """

    skipped = Signal(object)
    looped = Signal(object)

    def __init__(
        self, playback: PlaybackController, range_of: Callable[[], TimeRange | None], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._playback = playback
        self._range_of = range_of
        self._silence: list[TimeRange] = []
        self._starts: list[int] = []
        self._turning = False
        self.loops = False
        """Whether the range is played again and again."""
        self.skips = False
        """Whether silence is passed over."""
        self.lead_ns = 2 * SECOND
        """How much before a moment one jumps to playing begins."""
        playback.position_changed.connect(self._on_position)

    def set_silence(self, spans: Sequence[TimeRange]) -> None:
        """Where nobody is heard, in order of time."""
        self._silence = list(spans)
        self._starts = [span.start_ns for span in self._silence]

    @property
    def has_silence(self) -> bool:
        return bool(self._silence)

    def jump(self, t_ns: int) -> None:
        """Goes to a moment: while playing with its lead-in, else to exactly that frame."""
        self._playback.seek(max(0, t_ns - self.lead_ns) if self._playback.is_running else t_ns)

    def play_from(self, t_ns: int) -> None:
        """Plays a moment with its lead-in."""
        self._playback.seek(max(0, t_ns - self.lead_ns))
        self._playback.play()

    def start_loop(self) -> None:
        """Goes to the start of the range if the position lies outside of it."""
        wanted = self._range_of()
        if wanted is not None and not wanted.contains(self._playback.position_ns):
            self._playback.seek(wanted.start_ns)

    def _on_position(self, t_ns: int) -> None:
        if self._turning or not self._playback.is_running:
            return
        again = self._range_of() if self.loops else None
        if again is not None:
            # The end of the file stops the player; a range that reaches it turns a little earlier.
            end = min(again.end_ns, self._playback.media_end_ns - _EARLY_NS)
            if t_ns >= end > again.start_ns:
                self._go(again.start_ns)
                self.looped.emit(again)
                return
        if self.skips:
            self._skip(t_ns, again)

    def _skip(self, t_ns: int, again: TimeRange | None) -> None:
        number = bisect_right(self._starts, t_ns) - 1
        if number < 0:
            return
        span = self._silence[number]
        last = again.end_ns if again is not None else self._playback.media_end_ns
        target = min(span.end_ns, last) - _LAND_NS
        if t_ns < target - _WORTH_NS and t_ns < span.end_ns:
            self._go(target)
            self.skipped.emit(TimeRange(t_ns, target))

    def _go(self, t_ns: int) -> None:
        self._turning = True  # seeking tells of the new position at once
        try:
            self._playback.seek(t_ns)
        finally:
            self._turning = False
