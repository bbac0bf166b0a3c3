"""Cameras through OpenCV: V4L2 on Linux, DirectShow on Windows, AVFoundation on macOS."""

from __future__ import annotations

import re
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, cast

import capture.imaging  # noqa: F401 (keeps what cv2 does to Qt's environment variables away)

import cv2  # isort: skip  # noqa: TID253

from capture.camera import MAX_FPS, CameraFrame, CameraInfo
from capture.camera.cameras import list_cameras
from capture.clock import perf_ns
from capture.errors import CaptureCode, CaptureError
from capture.sync import NS

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

WIDTH, HEIGHT = 640, 480
_USUAL_FPS = 30.0
_BORDER_GREY = (38, 38, 38)
_APIS = {"win32": cv2.CAP_DSHOW, "darwin": cv2.CAP_AVFOUNDATION}

cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)  # what fails is told by code


class OpenCvCamera:
    """A camera by "/dev/video0", by its number, or by an address that OpenCV can read (also a file).

    Every picture of the camera is taken over at once, even those that aren't due: one that waits in the driver would
    be stamped late.
    """

    def __init__(self, camera: str) -> None:
        self._id = camera
        node = re.fullmatch(r"(?:/dev/video)?(\d+)", camera)
        self._number = None if node is None else int(node[1])
        self._capture: cv2.VideoCapture | None = None
        self._size: tuple[int, int] | None = None
        self._asked_ns = 0
        self._due_ns = 0
        self._least_ns = 0
        """A camera is asked no faster than twice its own rate: a file, which never lets one wait, would be used up."""

    def open(self) -> CameraInfo:
        """Opens the camera and takes a first picture, as some can be opened that give none."""
        self.close()
        known = {camera.id: camera.name for camera in list_cameras()}
        device = self._capture = self._connect()
        if not device.isOpened():
            self.close()
            raise CaptureError(*self._refusal(known))
        device.set(cv2.CAP_PROP_FRAME_WIDTH, WIDTH)
        device.set(cv2.CAP_PROP_FRAME_HEIGHT, HEIGHT)
        own_fps = device.get(cv2.CAP_PROP_FPS)
        fps = own_fps if 1 <= own_fps <= 240 else _USUAL_FPS
        self._least_ns = round(NS / fps / 2)
        self._asked_ns = self._due_ns = 0
        done, picture = device.read()
        if not done or min(picture.shape[:2]) < 2:
            self.close()
            raise CaptureError(CaptureCode.CAMERA_BUSY, self._id)
        if self._size is None:
            height, width = picture.shape[:2]
            self._size = (width & ~1, height & ~1)
        return CameraInfo(*self._size, known.get(self._id, self._id), fps)

    def grab(self) -> CameraFrame:
        while True:
            if self._capture is None:
                raise CaptureError(CaptureCode.NO_CAMERA, self._id)
            time.sleep(max(0, self._asked_ns + self._least_ns - perf_ns()) / NS)
            self._asked_ns = perf_ns()
            done = self._capture.grab()
            stamp = perf_ns()
            if done and stamp < self._due_ns:
                continue
            done, picture = self._capture.retrieve() if done else (False, None)
            if not done or picture is None:
                raise CaptureError(CaptureCode.NO_CAMERA, self._id)
            # A picture that comes a little early counts as due, else a camera of just this rate would give half of it.
            period = NS // MAX_FPS
            self._due_ns = max(self._due_ns + period, stamp + period // 2)
            return CameraFrame(stamp, self._i420(cast("NDArray[np.uint8]", picture)))

    def close(self) -> None:
        if self._capture is not None:
            self._capture.release()
            self._capture = None

    def _connect(self) -> cv2.VideoCapture:
        if self._number is None:
            return cv2.VideoCapture(self._id, cv2.CAP_ANY)
        return cv2.VideoCapture(self._number, _APIS.get(sys.platform, cv2.CAP_V4L2))

    def _refusal(self, known: dict[str, str]) -> tuple[CaptureCode, str]:
        if self._number is None:
            return CaptureCode.CAMERA_UNKNOWN, self._id
        if self._id in known or (self._id.startswith("/dev/") and Path(self._id).exists()):
            return CaptureCode.CAMERA_BUSY, self._id
        return (CaptureCode.CAMERA_UNKNOWN if known else CaptureCode.NO_CAMERA), self._id

    def _i420(self, picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
        assert self._size is not None
        width, height = self._size
        if picture.ndim == 2:
            picture = cast("NDArray[np.uint8]", cv2.cvtColor(picture, cv2.COLOR_GRAY2BGR))
        picture = picture[: picture.shape[0] & ~1, : picture.shape[1] & ~1]
        if picture.shape[:2] != (height, width):
            picture = _fitted(picture, width, height)
        return cast("NDArray[np.uint8]", cv2.cvtColor(picture, cv2.COLOR_BGR2YUV_I420))


def _fitted(picture: NDArray[np.uint8], width: int, height: int) -> NDArray[np.uint8]:
    """The whole picture in another size, with borders: the file's size can't change when the camera does."""
    scale = min(width / picture.shape[1], height / picture.shape[0])
    inner = (max(1, round(picture.shape[1] * scale)), max(1, round(picture.shape[0] * scale)))
    small = cv2.resize(picture, inner, interpolation=cv2.INTER_AREA)
    left, top = (width - inner[0]) // 2, (height - inner[1]) // 2
    right, bottom = width - inner[0] - left, height - inner[1] - top
    bordered = cv2.copyMakeBorder(small, top, bottom, left, right, cv2.BORDER_CONSTANT, value=_BORDER_GREY)
    return cast("NDArray[np.uint8]", bordered)
