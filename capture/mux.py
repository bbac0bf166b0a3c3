"""The container: one thread owns it; a crash of anything leaves a file that can be read up to its last second."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import av  # noqa: TID253

from capture.encode import SCREEN_TUNING, AnyPacket, AudioEncoder, Tuning, VideoEncoder
from capture.errors import CaptureCode, CaptureError
from capture.fileio import is_full, open_private, storage_error, sync_folder
from capture.mp4index import add_index
from capture.pipeline import BoundedQueue, Policy, QueueClosedError, Stage

_log = logging.getLogger("capture.mux")

FRAGMENT_US = 500_000
FRAGMENT_BYTES = 1 << 16
SYNC_EVERY_S = 2.0
QUEUE_PACKETS = 256
CLOSE_TIMEOUT_S = 20.0

LIVE_OPTIONS = {
    # Fragments cut by time; a clean end makes an ordinary MP4 of them. Without delay_moov both streams sit 21 ms late.
    # What is skipped is a table of the fragments: a place in memory for each, and of no use in the end.
    "movflags": "empty_moov+delay_moov+skip_trailer",
    "frag_duration": str(FRAGMENT_US),
    # The first picture is larger: with the next packet it is in the file, half a second before it would be.
    "frag_size": str(FRAGMENT_BYTES),
    "flush_packets": "1",
    # A stream that delivers nothing must not hold back the others' packets for the default 10 s.
    "max_interleave_delta": "1000000",
}


class _File:
    """What libav writes through. On a full disk it asks for room and tries again: libav itself would forget the bytes.

    After a failure, and once closed, what libav still writes is dropped: a trailer must not be written over fragments
    that can be read.
    """

    def __init__(self, descriptor: int, make_room: Callable[[], None]) -> None:
        self._descriptor = descriptor
        self._make_room = make_room
        self._position = 0
        self._is_over = False
        self.error: OSError | None = None

    def write(self, data: bytes) -> int:
        if not self._is_over:
            try:
                self._write(data)
            except OSError as error:
                self._is_over = True
                self.error = error
                raise
        self._position += len(data)
        return len(data)

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        if whence == os.SEEK_CUR:
            offset += self._position
        elif whence == os.SEEK_END:
            offset += 0 if self._is_over else os.fstat(self._descriptor).st_size
        self._position = offset
        return offset

    def tell(self) -> int:
        return self._position

    def close(self) -> None:
        self._is_over = True

    def _write(self, data: bytes) -> None:
        done = 0
        has_room = False
        os.lseek(self._descriptor, self._position, os.SEEK_SET)
        while done < len(data):
            try:
                done += os.write(self._descriptor, data[done:])
            except OSError as error:
                if has_room or not is_full(error):
                    raise
                has_room = True
                self._make_room()


class Muxer:
    """Writes packets of the encoders into one MP4, and to the disk every two seconds.

    Attributes:
        video: encoder of the pictures; used by one thread of the caller's.
        audio: encoder of each sound track by its name; each used by one thread.
    """

    def __init__(
        self,
        path: Path,
        *,
        width: int,
        height: int,
        fps: int,
        sounds: Sequence[str] = (),
        tuning: Tuning = SCREEN_TUNING,
        on_error: Callable[[CaptureError], None],
        make_room: Callable[[], None] = lambda: None,
    ) -> None:
        """Makes the file, with a sound track for each name of `sounds`.

        `on_error` is called once, on the mux thread; `make_room` when the disk is full.

        Raises:
            CaptureError: FOLDER_UNWRITABLE, DISK_FULL.
        """
        self._path = path
        self._on_error = on_error
        try:
            self._descriptor = open_private(path, os.O_RDWR | os.O_CREAT | os.O_EXCL)
        except OSError as error:
            raise storage_error(error, path) from error
        try:
            self._file = _File(self._descriptor, make_room)
            self._container = av.open(self._file, "w", format="mp4", options=LIVE_OPTIONS)
        except OSError as error:
            os.close(self._descriptor)
            raise storage_error(error, path) from error
        self.video = VideoEncoder(self._container, width, height, fps, tuning)
        self.audio = {name: AudioEncoder(self._container, name) for name in sounds}
        self._container.start_encoding()
        self._queue: BoundedQueue[AnyPacket] = BoundedQueue(QUEUE_PACKETS, Policy.BLOCK)
        self._stage = Stage("mux", self._run, self._failed)
        self._sync_stop = threading.Event()
        self._sync_stage = Stage("mux-sync", self._sync, self._failed)

    def start(self) -> None:
        self._stage.start()
        self._sync_stage.start()

    def put(self, packets: Sequence[AnyPacket]) -> None:
        """Hands packets over; waits while the disk can't keep up. Raises `QueueClosedError` once writing has failed."""
        for packet in packets:
            self._queue.put(packet)

    @property
    def lag(self) -> int:
        """Packets that wait to be written."""
        return len(self._queue)

    @property
    def bytes_written(self) -> int:
        try:
            return os.fstat(self._descriptor).st_size
        except OSError:
            return 0

    def close(self) -> None:
        """Writes what waits and ends the file as an ordinary MP4.

        Raises:
            CaptureError: it could not be ended; the fragments written so far stay readable.
        """
        self._queue.close()
        self._sync_stop.set()
        has_ended = self._stage.join(CLOSE_TIMEOUT_S) & self._sync_stage.join(CLOSE_TIMEOUT_S)
        if not has_ended:
            raise CaptureError(CaptureCode.INTERNAL, "the file's thread did not end")
        try:
            if self._stage.error is not None:
                raise _as_capture_error(self._stage.error, self._path)
            try:
                self._container.close()
                if self._file.error is not None:
                    raise self._file.error
                self._add_index()
                os.fsync(self._descriptor)
                sync_folder(self._path.parent)
            except OSError as error:
                raise storage_error(error, self._path) from error
        finally:
            self._file.close()
            os.close(self._descriptor)

    def _add_index(self) -> None:
        try:
            add_index(self._descriptor)
        except ValueError as error:  # the fragments can be read without it
            _log.warning("%s stays fragmented: %s", self._path.name, error)
        except OSError as error:
            if not is_full(error):
                raise
            _log.warning("%s stays fragmented: the disk is full", self._path.name)

    def abandon(self) -> None:
        """Ends the threads and lets go of the file, without caring what is in it."""
        self._queue.close()
        self._sync_stop.set()
        self._stage.join(CLOSE_TIMEOUT_S)
        self._sync_stage.join(CLOSE_TIMEOUT_S)
        try:
            self._container.close()
        except (OSError, av.FFmpegError) as error:
            _log.info("abandoned file did not close: %s", type(error).__name__)
        self._file.close()
        os.close(self._descriptor)

    def _run(self) -> None:
        while not self._queue.is_finished:
            packet = self._queue.get(1.0)
            if packet is not None:
                self._container.mux(packet)

    def _sync(self) -> None:
        # On a thread and a descriptor of its own: a slow disk may take its time without holding up the packets.
        while not self._sync_stop.wait(SYNC_EVERY_S):
            started = time.monotonic()
            os.fsync(self._descriptor)
            if (took := time.monotonic() - started) > SYNC_EVERY_S:
                _log.info("the disk took %.1f s to sync", took)

    def _failed(self, error: Exception) -> None:
        self._queue.close()
        self._on_error(_as_capture_error(error, self._path))


def _as_capture_error(error: Exception, path: Path) -> CaptureError:
    if isinstance(error, CaptureError):
        return error
    if isinstance(error, OSError):
        return storage_error(error, path)
    return CaptureError(CaptureCode.INTERNAL, type(error).__name__)


__all__ = ["Muxer", "QueueClosedError"]
