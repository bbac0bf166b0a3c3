"""The participant's webcam: a protocol, and the back-end for this system."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MAX_FPS = 15


@dataclass(frozen=True, slots=True)
class CameraInfo:
    """What a camera delivers: size in pixels, both sides even, and pictures a second of its own."""

    width: int
    height: int
    name: str
    fps: float


@dataclass(frozen=True, slots=True, eq=False)
class CameraFrame:
    """One picture.

    Attributes:
        perf_ns: `clock.perf_ns()` at the moment the system handed the picture over. Exposure and transfer lie before
            it (some 30 to 100 ms with a USB camera); no driver tells how long they took, so nothing is taken off.
        picture: I420, shape (height * 3 / 2, width); never written again, by nobody.
    """

    perf_ns: int
    picture: NDArray[np.uint8]


class CameraSource(Protocol):
    """A camera. All methods are called by one thread, on which each of them may hang; none is called from another."""

    def open(self) -> CameraInfo:
        """Connects. When it is opened again, it delivers pictures of the same size as the first time.

        Raises:
            CaptureError: NO_CAMERA (there is none at all), CAMERA_UNKNOWN, CAMERA_BUSY.
        """

    def grab(self) -> CameraFrame:
        """Waits for the next picture that is due. Raises `CaptureError` NO_CAMERA when the camera is lost."""

    def close(self) -> None:
        """Lets go; may be called twice, and after a loss."""


def create(camera: str) -> CameraSource:
    """The camera of an id from `devices.probe().cameras`, not yet open.

    Whatever isn't such an id is handed to OpenCV as it is: also the address of a network camera.
    """
    from capture.camera.opencv_source import OpenCvCamera

    return OpenCvCamera(camera)
