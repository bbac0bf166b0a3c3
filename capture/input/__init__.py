"""Where pointer and key events come from: a protocol, and the back-end for this system."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from capture.config import KeyPrivacy
from capture.events import InputEvent

InputSink = Callable[[InputEvent], None]


class InputSource(Protocol):
    """A source of input events. `start`, `check_health` and `stop` are called by one thread at a time."""

    def start(self, sink: InputSink) -> None:
        """Begins to listen; `sink` is called on the source's own threads, events stamped with `clock.perf_ns()`.

        Raises:
            CaptureError: NO_INPUT.
        """

    def check_health(self) -> None:
        """Raises `CaptureError` NO_INPUT when events no longer come."""

    def stop(self) -> None:
        """Lets go; may be called twice, and after a loss. May be started again."""


def create(keys: KeyPrivacy) -> InputSource:
    """The input source for this system, not yet open."""
    from capture.input.pynput_source import PynputSource

    return PynputSource(keys)
