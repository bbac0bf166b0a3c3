"""Which streams deliver, and the rows that say when they didn't."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass

from capture.errors import CaptureCode, CaptureError
from capture.events import IntervalKind
from capture.protocol import Degraded, RecorderEvent, Recovered
from capture.session import Session
from capture.writer import CaptureWriter

_log = logging.getLogger("capture.health")


@dataclass
class _Loss:
    code: CaptureCode
    kind: IntervalKind
    detail: str
    interval_id: int | None = None


class Health:
    """Keeps what is wrong with each stream, tells it once, and writes an interval from the loss to the return.

    More than one thing can be wrong with a stream: each but the loss itself has a topic of its own ("black", "silent").
    Any thread. `emit` is called on the thread that reports.
    """

    def __init__(self, session: Session, emit: Callable[[RecorderEvent], None]) -> None:
        self._session = session
        self._emit = emit
        self._lock = threading.Lock()
        self._losses: dict[tuple[str, str], _Loss] = {}
        self._writer: CaptureWriter | None = None
        self._stream_ids: dict[str, int] = {}

    def begin(self, writer: CaptureWriter, stream_ids: dict[str, int]) -> None:
        """From now on losses become rows; one that lasts already begins at 0."""
        with self._lock:
            self._writer = writer
            self._stream_ids = stream_ids
            for (stream, _topic), loss in self._losses.items():
                self._open(stream, loss, 0)

    def lose(
        self,
        stream: str,
        code: CaptureCode,
        detail: str = "",
        *,
        kind: IntervalKind = IntervalKind.GAP,
        t_ns: int | None = None,
        topic: str = "",
    ) -> None:
        """A stream delivers nothing (GAP) or not everything (DEGRADED) since `t_ns`, by default since now."""
        with self._lock:
            if (stream, topic) in self._losses:
                return
            loss = self._losses[stream, topic] = _Loss(code, kind, detail)
            self._open(stream, loss, self._session.now_ns() if t_ns is None else t_ns)
        _log.warning("%s: %s %s", stream, code.value, detail)
        self._emit(Degraded(stream, code, detail))

    def recover(self, stream: str, *, t_ns: int | None = None, topic: str = "") -> None:
        """A stream delivers again since `t_ns`, by default since now. Nothing happens if it was not lost."""
        with self._lock:
            loss = self._losses.pop((stream, topic), None)
            if loss is None:
                return
            is_whole = all(other != stream for other, _topic in self._losses)
            if self._writer is not None and loss.interval_id is not None:
                self._try_write(loss.interval_id, self._session.now_ns() if t_ns is None else t_ns)
        _log.info("%s is back from %s", stream, loss.code.value)
        if is_whole:
            self._emit(Recovered(stream))

    def note_gap(
        self,
        stream: str | None,
        t_start_ns: int,
        t_end_ns: int,
        reason: str,
        *,
        kind: IntervalKind = IntervalKind.GAP,
    ) -> None:
        """A hole that is over already; `None`: in every stream."""
        with self._lock:
            if self._writer is None:
                return
            try:
                stream_id = None if stream is None else self._stream_ids.get(stream)
                number = self._writer.open_interval(kind, reason, max(0, t_start_ns), stream_id)
                self._writer.close_interval(number, t_end_ns)
            except CaptureError as error:
                _log.info("a gap could not be written: %s", error.code.value)

    def is_lost(self, stream: str) -> bool:
        """Whether it delivers nothing; what else may be wrong with it doesn't count."""
        with self._lock:
            return (stream, "") in self._losses

    def code(self, stream: str) -> CaptureCode | None:
        """What is wrong with a stream at the moment."""
        with self._lock:
            return next((loss.code for (lost, _topic), loss in self._losses.items() if lost == stream), None)

    @property
    def reasons(self) -> tuple[CaptureCode, ...]:
        """What is wrong at the moment."""
        with self._lock:
            return tuple(dict.fromkeys(loss.code for loss in self._losses.values()))

    def _open(self, stream: str, loss: _Loss, t_ns: int) -> None:
        if self._writer is None or stream not in self._stream_ids:
            return
        try:
            loss.interval_id = self._writer.open_interval(loss.kind, loss.code.value, t_ns, self._stream_ids[stream])
        except CaptureError as error:
            _log.info("a gap could not be written: %s", error.code.value)

    def _try_write(self, interval_id: int, t_ns: int) -> None:
        assert self._writer is not None
        try:
            self._writer.close_interval(interval_id, t_ns)
        except CaptureError as error:
            _log.info("a gap could not be ended: %s", error.code.value)
