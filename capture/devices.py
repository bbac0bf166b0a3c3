"""What there is to record on this machine, and a look and a listen before it is recorded."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from capture import audio
from capture.audio import AudioBlock, AudioSource
from capture.audio.microphones import Microphone, list_microphones, list_system_sounds, pulse_sources
from capture.camera.cameras import Camera, list_cameras
from capture.config import Region
from capture.errors import CaptureCode, CaptureError
from capture.finish import system_info
from capture.jsonvalue import JsonValue
from capture.levels import LevelMeter
from capture.permissions import Availability, input_availability, session_type, sharing_availability
from capture.pipeline import Stage
from capture.screen.x11_windows import Window, list_windows

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = [
    "Availability",
    "Camera",
    "Capabilities",
    "Display",
    "MicMeter",
    "Microphone",
    "Window",
    "probe",
    "screen_preview_jpeg",
]

METER_PERIOD_S = 0.1
JOIN_TIMEOUT_S = 5.0


@dataclass(frozen=True, slots=True)
class Display:
    """A display: physical pixels, coordinates of the root window; `index` is what a `RecorderConfig` names it by."""

    index: int
    name: str
    x: int
    y: int
    width: int
    height: int
    primary: bool


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What `probe` found. An empty tuple comes with the reason beside it.

    Attributes:
        system: operating system, session type ("x11", "wayland" …), sound server ("pulse" or "none").
        is_screen_asked_for: the desktop itself asks what may be recorded, once a recording begins: there are neither
            displays nor windows to choose from.
    """

    displays: tuple[Display, ...]
    microphones: tuple[Microphone, ...]
    system_sounds: tuple[Microphone, ...]
    windows: tuple[Window, ...]
    cameras: tuple[Camera, ...]
    screen: Availability
    sound: Availability
    input: Availability
    system: Mapping[str, JsonValue] = field(default_factory=dict)
    is_screen_asked_for: bool = False


def probe() -> Capabilities:
    """Looks for everything. May take a second: for a job, not for the main thread. Never raises."""
    is_wayland = session_type() == "wayland"
    displays, screen = ((), sharing_availability()) if is_wayland else _probe_displays()
    microphones, sound = _probe_microphones()
    server = "pulse" if pulse_sources() is not None else "none"
    system = {**system_info(), "session_type": session_type(), "sound_server": server}
    return Capabilities(
        displays,
        microphones,
        tuple(list_system_sounds()),
        _windows(),
        list_cameras(),
        screen,
        sound,
        input_availability(),
        system,
        is_screen_asked_for=is_wayland and screen.ok,
    )


def _probe_displays() -> tuple[tuple[Display, ...], Availability]:
    try:
        from capture.screen.shots import list_areas

        areas = list_areas()
    except CaptureError as error:
        return (), Availability(False, error.code, error.detail)
    except ImportError as error:
        return (), Availability(False, CaptureCode.NO_DISPLAY, error.name or "")
    displays = tuple(
        Display(index, area.name, area.x, area.y, area.width, area.height, primary)
        for index, (area, primary) in enumerate(areas)
    )
    return displays, Availability(True)


def _windows() -> tuple[Window, ...]:
    return list_windows() if session_type() == "x11" else ()


def _probe_microphones() -> tuple[tuple[Microphone, ...], Availability]:
    try:
        found = tuple(list_microphones())
    except CaptureError as error:
        return (), Availability(False, error.code, error.detail)
    return found, Availability(True) if found else Availability(False, CaptureCode.NO_MICROPHONE)


class MicMeter:
    """Opens a microphone and tells its level ten times a second, without recording.

    `on_level(level, peak)` is called on a thread of the meter's: 0 is -60 dBFS and below, 1 full scale; `None` for both
    when nothing arrives any more.
    """

    def __init__(
        self, microphone: str, on_level: Callable[[float | None, float | None], None], *, is_system: bool = False
    ) -> None:
        """`microphone`: an id of `probe().microphones`, or with `is_system` one of `probe().system_sounds`."""
        self._source: AudioSource = audio.create_system(microphone) if is_system else audio.create(microphone)
        self._on_level = on_level
        self._levels = LevelMeter()
        self._stop = threading.Event()
        self._stage = Stage("mic-meter", self._run, lambda _error: None)

    def start(self) -> None:
        """Opens the microphone; may take a second.

        Raises:
            CaptureError: NO_MICROPHONE, MICROPHONE_UNKNOWN, MICROPHONE_BUSY, NO_SOUND_LIBRARY.
        """
        self._source.start(self._take)
        self._stage.start()

    def stop(self) -> None:
        """Lets go of the microphone; may be called twice."""
        self._stop.set()
        self._stage.join(JOIN_TIMEOUT_S)
        self._source.stop()

    def _take(self, block: AudioBlock) -> None:
        self._levels.add(block.samples)

    def _run(self) -> None:
        silent_ticks = 0
        while not self._stop.wait(METER_PERIOD_S):
            level = self._levels.read()
            silent_ticks = 0 if level else silent_ticks + 1
            if level is not None:
                self._on_level(*level)
            elif silent_ticks == 10:
                self._on_level(None, None)


def screen_preview_jpeg(display: int | None = 0, region: Region | None = None, max_width: int = 480) -> bytes:
    """What a display or region shows now, small, as JPEG. For a job's thread: takes some 50 ms.

    Raises:
        CaptureError: NO_DISPLAY, DISPLAY_UNKNOWN, REGION_INVALID.
    """
    from capture.screen.shots import Shots

    shots = Shots(display, region)
    shots.open()
    try:
        pixels = shots.take()
    finally:
        shots.close()
    return _small_jpeg(pixels, max_width)


def _small_jpeg(pixels: NDArray[np.uint8], max_width: int) -> bytes:
    """Through PyAV, not cv2: this also runs in the app's process, which cv2 must stay out of."""
    import av

    height, width = pixels.shape[:2]
    scale = min(1.0, max_width / width)
    size = (max(2, round(width * scale) & ~1), max(2, round(height * scale) & ~1))
    picture = av.VideoFrame.from_ndarray(pixels, format="bgra")
    small = picture.reformat(*size, format="yuvj420p", interpolation="AREA")
    output = io.BytesIO()
    with av.open(output, "w", format="mjpeg") as container:
        stream = container.add_stream("mjpeg", rate=1)
        stream.width, stream.height = size
        stream.pix_fmt = "yuvj420p"
        container.mux(stream.encode(small))
        container.mux(stream.encode(None))
    return output.getvalue()
