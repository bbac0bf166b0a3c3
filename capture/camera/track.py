"""The camera from the device to its file: a stage that takes pictures, one that encodes them, and a file of its own."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

from capture.camera import MAX_FPS, CameraInfo, CameraSource
from capture.camera.stage import STREAM, CameraStage
from capture.encode import CAMERA_TUNING
from capture.errors import CaptureCode, CaptureError
from capture.health import Health
from capture.jsonvalue import JsonObject
from capture.manifest import StreamInfo
from capture.mux import Muxer
from capture.protocol import StreamStatus
from capture.screen import ScreenInfo
from capture.session import Session
from capture.sync import PTS_RATE
from capture.video import VideoStage
from capture.writer import FrameRow

_log = logging.getLogger("capture.camera")


class CameraTrack:
    """Records the camera. Whatever fails in it ends or mars the camera's file alone, but for a disk that is full.

    Used by one thread at a time.
    """

    def __init__(
        self,
        session: Session,
        health: Health,
        source: CameraSource,
        *,
        put_row: Callable[[FrameRow], None],
        on_broken: Callable[[Exception], None],
    ) -> None:
        """`on_broken` is called, on any thread, when the disk is full."""
        self._session = session
        self._health = health
        self._put_row = put_row
        self._on_broken = on_broken
        self._stage = CameraStage(session, source, health, self._lose)
        self._info: CameraInfo | None = None
        self._video: VideoStage | None = None
        self._mux: Muxer | None = None

    def open(self) -> None:
        """Begins to open the camera, which may take seconds."""
        self._stage.open()

    def wait_open(self, stream_id: int, file: str, timeout_s: float) -> StreamInfo:
        """Waits for the first picture. Raises `CaptureError`: why the camera can't be recorded."""
        info = self._info = self._stage.wait_open(timeout_s)
        self._video = VideoStage(
            self._session,
            self._stage.queue,
            ScreenInfo(0, 0, info.width, info.height, info.name),
            put_row=self._put_row,
            put_preview=lambda _jpeg: None,
            wants_preview=lambda: False,
            on_error=self._lose,
            name="camera-video",
        )
        self._video.start()
        self._stage.start()
        form: JsonObject = {
            "width": info.width,
            "height": info.height,
            "fps": MAX_FPS,
            "codec": "h264",
            "time_base": PTS_RATE,
        }
        return StreamInfo(stream_id, STREAM, file, 0, info.name, form)

    def make_file(self, path: Path, make_room: Callable[[], None]) -> None:
        """Makes the file. Raises `CaptureError` FOLDER_UNWRITABLE, DISK_FULL."""
        assert self._info is not None
        self._mux = Muxer(
            path,
            width=self._info.width,
            height=self._info.height,
            fps=MAX_FPS,
            tuning=CAMERA_TUNING,
            on_error=self._lose,
            make_room=make_room,
        )

    def begin(self, stream_id: int) -> None:
        """From now on pictures go into the file; the session's clock must run."""
        assert self._mux is not None
        assert self._video is not None
        self._mux.start()
        self._video.begin(self._mux, stream_id)

    def stop(self) -> None:
        """Ends the threads; what has been taken is worked off."""
        self._stage.stop()
        if self._video is not None:
            self._video.join()

    def abandon(self) -> None:
        """Lets go of the file, without caring what is in it."""
        if self._mux is not None:
            self._mux.abandon()
            self._mux = None

    def close_file(self) -> None:
        """Ends the file as an ordinary MP4; if that fails, what was written stays readable."""
        if self._mux is None:
            return
        mux, self._mux = self._mux, None
        try:
            mux.close()
        except CaptureError as error:
            _log.warning("the camera's file could not be ended: %s", error)

    @property
    def bytes_written(self) -> int:
        mux = self._mux  # may be let go of by another thread
        return mux.bytes_written if mux is not None else 0

    def status(self) -> StreamStatus:
        """How the camera goes."""
        stage = self._stage
        code = self._health.code(STREAM)
        return StreamStatus(STREAM, stage.age_ns, fps=stage.fps, dropped=stage.dropped, code=code)

    def _lose(self, error: Exception) -> None:
        if not isinstance(error, CaptureError):
            self._health.lose(STREAM, CaptureCode.INTERNAL, type(error).__name__)
            return
        self._health.lose(STREAM, error.code, error.detail)
        if error.code is CaptureCode.DISK_FULL:
            self._on_broken(error)
