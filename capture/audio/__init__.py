"""Where sound comes from: a protocol, and the back-end for this system."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class AudioInfo:
    """What an audio source delivers: mono samples at `rate` a second.

    `is_substitute`: the device that was chosen is gone, and the default one stands in for it.
    """

    name: str
    rate: int
    is_substitute: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class AudioBlock:
    """A run of samples.

    Attributes:
        perf_ns: when the first sample was taken by the system's word, on `clock.perf_ns()`.
        arrived_perf_ns: when the block arrived.
        samples: mono, shape (n,), full scale ±1; belongs to the receiver.
        rate: nominal samples a second.
    """

    perf_ns: int
    arrived_perf_ns: int
    samples: NDArray[np.float32]
    rate: int


AudioSink = Callable[[AudioBlock], None]


class AudioSource(Protocol):
    """A source of sound. `start`, `check_health` and `stop` are called by one thread at a time."""

    def start(self, sink: AudioSink) -> AudioInfo:
        """Opens the device, or the default one when it is gone since the last start.

        `sink` is called on the device's own thread and must only copy and queue.

        Raises:
            CaptureError: NO_MICROPHONE, MICROPHONE_UNKNOWN, MICROPHONE_BUSY, NO_SOUND_LIBRARY.
        """

    def check_health(self) -> None:
        """Raises `CaptureError` NO_MICROPHONE when the device is gone, or the chosen one back: start anew then."""

    def stop(self) -> None:
        """Lets go; may be called twice, and after a loss. May be started again."""


def create(microphone: str) -> AudioSource:
    """The audio source for a microphone of `devices.probe()`, not yet open."""
    from capture.audio.microphones import find_microphone
    from capture.audio.sounddevice_source import SoundDeviceSource

    return SoundDeviceSource(microphone, find_microphone)


def create_system(sound: str) -> AudioSource:
    """The audio source for what the computer plays, of `devices.probe().system_sounds`, not yet open."""
    from capture.audio.microphones import find_system_sound
    from capture.audio.sounddevice_source import SoundDeviceSource

    return SoundDeviceSource(sound, find_system_sound)
