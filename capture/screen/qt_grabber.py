"""The process that asks a Wayland desktop for its pictures: `python -m capture.screen.qt_grabber SOCKET MEMORY`.

Nothing else in `capture` touches Qt, and it is kept out of the recorder for two reasons: a Qt program exits when its
compositor goes (the recorder must go on with the sound), and where the desktop asks the user what may be seen, that
takes as long as the user takes.

Written from Qt's documentation of QScreenCapture (6.8 to 6.11): on Wayland the XDG desktop portal's ScreenCast service
asks for the screen, and PipeWire delivers it. Qt's multimedia back-end on X11 speaks the same, so all of this but the
portal runs in the tests.

SOCKET is a descriptor of a stream socket over which `qt_messages` go, MEMORY one of an anonymous file that holds one
picture. The process ends when the socket does.
"""

from __future__ import annotations

import os
import socket
import sys

from PySide6.QtCore import QSocketNotifier
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtMultimedia import QMediaCaptureSession, QScreenCapture, QVideoFrame, QVideoFrameFormat, QVideoSink

from capture.clock import perf_ns
from capture.screen.qt_messages import CHANGED, LOST, MESSAGE, NONE, PICTURE, REFUSED

_Format = QVideoFrameFormat.PixelFormat
_AS_IS = (_Format.Format_BGRX8888, _Format.Format_BGRA8888, _Format.Format_BGRA8888_Premultiplied)


class Grabber:
    """Holds the newest picture until it is asked for. One thread: Qt's."""

    def __init__(self, app: QGuiApplication, connection: socket.socket, memory: int) -> None:
        self._app = app
        self._connection = connection
        self._memory = memory
        self._size = 0
        self._newest: QVideoFrame | None = None
        self._arrived_ns = 0
        self._has_any = False
        self._notifier = QSocketNotifier(connection.fileno(), QSocketNotifier.Type.Read)
        self._notifier.activated.connect(self._asked)
        self._session, self._capture, self._sink = QMediaCaptureSession(), QScreenCapture(), QVideoSink()
        self._session.setScreenCapture(self._capture)
        self._session.setVideoSink(self._sink)
        self._sink.videoFrameChanged.connect(self._arrived)
        self._capture.errorOccurred.connect(self._failed)
        self._capture.activeChanged.connect(self._active_changed)

    def start(self) -> None:
        """Asks for the screen."""
        self._capture.start()

    def _arrived(self, frame: QVideoFrame) -> None:
        if not frame.isValid():
            return
        is_told = self._newest is not None
        self._newest, self._arrived_ns = QVideoFrame(frame), perf_ns()
        self._has_any = True
        if not is_told:
            self._send(CHANGED)

    def _asked(self) -> None:
        if not self._connection.recv(MESSAGE.size):
            self._app.quit()  # the recorder has gone, or needs no pictures any more
            return
        frame, self._newest = self._newest, None
        if frame is None:
            self._send(NONE)
            return
        if frame.pixelFormat() in _AS_IS and frame.map(QVideoFrame.MapMode.ReadOnly):
            size = (frame.width(), frame.height())
            self._share(memoryview(frame.bits(0)), frame.bytesPerLine(0), *size)
            frame.unmap()
        else:  # takes twenty times as long, and knows every other format
            image = frame.toImage().convertToFormat(QImage.Format.Format_RGB32)
            size = (image.width(), image.height())
            self._share(memoryview(image.constBits()), image.bytesPerLine(), *size)
        self._send(PICTURE, self._arrived_ns, *size)

    def _share(self, bits: memoryview, line: int, width: int, height: int) -> None:
        """Puts BGRA lines, `line` bytes apart, into the shared memory."""
        if (size := width * height * 4) > self._size:
            os.ftruncate(self._memory, size)
            self._size = size
        if line == width * 4:
            os.pwrite(self._memory, bits[:size], 0)
        else:
            for row in range(height):
                os.pwrite(self._memory, bits[row * line : row * line + width * 4], row * width * 4)

    def _failed(self, _error: QScreenCapture.Error, _text: str) -> None:
        self._send(LOST if self._has_any else REFUSED)
        self._app.quit()

    def _active_changed(self, is_active: bool) -> None:
        if not is_active:  # the user has ended the sharing in the desktop's own panel
            self._failed(QScreenCapture.Error.NoError, "")

    def _send(self, kind: bytes, arrived_ns: int = 0, width: int = 0, height: int = 0) -> None:
        try:
            self._connection.sendall(MESSAGE.pack(kind, arrived_ns, width, height))
        except OSError:
            self._app.quit()


def main() -> int:
    """Entry of the process."""
    connection = socket.socket(fileno=int(sys.argv[1]))
    app = QGuiApplication(["moderato"])
    app.setApplicationDisplayName("Moderato")
    grabber = Grabber(app, connection, int(sys.argv[2]))
    grabber.start()
    app.exec()
    os._exit(0)  # Qt's multimedia threads don't always outlive an orderly end


if __name__ == "__main__":
    sys.exit(main())
