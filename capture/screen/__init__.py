"""Where pictures come from: a protocol, and the back-end for this system."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from capture.config import RecorderConfig

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class ScreenInfo:
    """What a screen source delivers: a rectangle of the root window, physical pixels, width and height even."""

    x: int
    y: int
    width: int
    height: int
    name: str


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One picture.

    Attributes:
        perf_ns: `clock.perf_ns()` immediately before it was taken.
        pixels: BGRA, top-down, shape (height, width, 4); belongs to the receiver.
    """

    perf_ns: int
    pixels: NDArray[np.uint8]


class ScreenSource(Protocol):
    """A source of pictures. All methods are called by one thread, `close` may come from another after that ended."""

    def open(self) -> ScreenInfo:
        """Connects. Raises `CaptureError` NO_DISPLAY, DISPLAY_UNKNOWN, REGION_INVALID."""

    def grab(self) -> Frame:
        """Takes a picture now. Raises `CaptureError` NO_DISPLAY when the source is lost."""

    def close(self) -> None:
        """Lets go; may be called twice, and after a loss."""


def create(config: RecorderConfig) -> ScreenSource:
    """The screen source for this system, not yet open."""
    from capture.screen.mss_source import MssSource

    return MssSource(display=config.display, region=config.region)
