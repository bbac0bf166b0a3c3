"""A Wayland desktop's screen: the desktop asks the user what may be seen, and Qt hands the pictures on.

The asking and the pictures are the business of a child process (`qt_grabber` says why). On Wayland a program learns
neither where the pointer is nor where the displays are: the picture, with the pointer in it, is all there is.
"""

from __future__ import annotations

import contextlib
import mmap
import os
import select
import socket
import subprocess
import sys
import threading

import numpy as np

from capture.canvas import Canvas
from capture.clock import perf_ns
from capture.errors import CaptureCode, CaptureError
from capture.imaging import Box, Pixels
from capture.layout import Area, Layout
from capture.screen import Frame, ScreenInfo
from capture.screen.qt_messages import CHANGED, FETCH, MESSAGE, NONE, PICTURE, REFUSED
from capture.screen.shots import MIN_SIDE
from capture.sync import NS

ASK_S = 50.0
"""How long the user may take to answer the desktop's question; less than whoever waits for the recorder waits."""
ASK_AGAIN_NS = 60 * NS
"""Somebody who has said no in the middle of a recording isn't asked again at once."""
ANSWER_S = 5.0
SETTLE_S = 0.1
"""A picture may be this long on its way; one that was drawn in a private pause must not arrive after it."""
_END_S = 3.0
_NAME = "shared screen"


class QtSource:
    """The screen, or the window, that the user picks in the desktop's own dialog.

    The picture keeps the size it was opened with; a later one of another size lies in its upper left corner.
    """

    def __init__(self) -> None:
        self._child: subprocess.Popen[bytes] | None = None
        self._socket: socket.socket | None = None
        self._memory = -1
        self._size: tuple[int, int] | None = None
        """Of the picture, since it was opened first."""
        self._shape = (0, 0)
        """Width and height of what came last."""
        self._canvas = Canvas(2, 2)
        self._picture: Pixels | None = None
        self._layout: tuple[int, Layout] | None = None
        self._base: Pixels | None = None
        self._box: Box | None = None
        self._stamp_ns = 0
        self._is_new = False
        """Whether there is a picture that wasn't fetched."""
        self._is_stale = False
        self._refused_ns: int | None = None
        self._wake_lock = threading.Lock()
        self._wake_read, self._wake_write = -1, -1

    def open(self) -> ScreenInfo:
        """Asks, and waits for the answer and a first picture. Raises also SCREEN_REFUSED."""
        self.close()
        if self._refused_ns is not None and perf_ns() - self._refused_ns < ASK_AGAIN_NS:
            raise CaptureError(CaptureCode.SCREEN_REFUSED)
        try:
            self._start()
            self._await_picture(ASK_S)
            self._fetch()
        except CaptureError as error:
            if error.code is CaptureCode.SCREEN_REFUSED:
                self._refused_ns = perf_ns()
            self.close()
            raise
        except OSError as error:
            self.close()
            raise CaptureError(CaptureCode.NO_DISPLAY, type(error).__name__) from error
        assert self._size is not None
        return ScreenInfo(0, 0, *self._size, _NAME)

    def wait(self, timeout_s: float) -> None:
        if not self._is_new:
            self._listen(timeout_s)

    def wake(self) -> None:
        with self._wake_lock, contextlib.suppress(BlockingIOError):  # full: it will wake anyway
            if self._wake_write >= 0:
                os.write(self._wake_write, b"w")

    def refresh(self) -> None:
        self._is_stale = True

    def grab(self) -> Frame:
        is_stale, self._is_stale = self._is_stale, False
        if is_stale:
            # A desktop sends no picture while nothing changes: the newest one, once all have arrived, is what is seen.
            self._listen(SETTLE_S, is_patient=True)
        before, now_ns = self._picture, perf_ns()
        arrived_ns = self._fetch()
        picture = self._picture
        assert picture is not None
        # When it arrived is nearer to when it was drawn than now is; but what is old news may have come in a pause.
        is_news = arrived_ns is not None and not is_stale
        self._stamp_ns = max(self._stamp_ns, arrived_ns if is_news and arrived_ns else now_ns)
        if picture is before:
            return Frame(self._stamp_ns, picture, picture, None)
        return Frame(self._stamp_ns, picture, self._base, self._box)

    def take_layout(self) -> tuple[int, Layout] | None:
        layout, self._layout = self._layout, None
        return layout

    def pointer(self) -> None:
        """It is in the picture; its place isn't told."""

    def close(self) -> None:
        with self._wake_lock:
            for descriptor in (self._wake_read, self._wake_write, self._memory):
                if descriptor >= 0:
                    os.close(descriptor)
            self._wake_read = self._wake_write = self._memory = -1
        if self._socket is not None:
            self._socket.close()
            self._socket = None
        if self._child is not None:
            try:
                self._child.wait(_END_S)
            except subprocess.TimeoutExpired:
                self._child.kill()
                self._child.wait()
            self._child = None
        self._picture = None
        self._is_new = False

    # -- inside -------------------------------------------------------------------------------------------------------

    def _start(self) -> None:
        ours, theirs = socket.socketpair()
        self._socket = ours
        self._memory = os.memfd_create("moderato-screen", os.MFD_CLOEXEC)
        with theirs:
            self._child = subprocess.Popen(
                [sys.executable, "-m", "capture.screen.qt_grabber", str(theirs.fileno()), str(self._memory)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=(theirs.fileno(), self._memory),
            )
        with self._wake_lock:
            self._wake_read, self._wake_write = os.pipe()
            os.set_blocking(self._wake_read, False)
            os.set_blocking(self._wake_write, False)

    def _await_picture(self, timeout_s: float) -> None:
        end_ns = perf_ns() + round(timeout_s * NS)
        while not self._is_new:
            left_s = (end_ns - perf_ns()) / NS
            if left_s <= 0 or self._listen(left_s):
                raise CaptureError(CaptureCode.SCREEN_REFUSED)

    def _listen(self, timeout_s: float, *, is_patient: bool = False) -> bool:
        """Waits for a newer picture, or, if patient, for all that come in that time; whether it was woken."""
        end_ns = perf_ns() + round(timeout_s * NS)
        while (left_s := (end_ns - perf_ns()) / NS) > 0:
            ready, _, _ = select.select([self._open_socket.fileno(), self._wake_read], [], [], left_s)
            if self._wake_read in ready:
                with contextlib.suppress(BlockingIOError):
                    os.read(self._wake_read, 4096)
                return True
            if ready:
                self._take(self._receive())
                if not is_patient:
                    return False
        return False

    @property
    def _open_socket(self) -> socket.socket:
        if self._socket is None:
            raise CaptureError(CaptureCode.NO_DISPLAY, "not open")
        return self._socket

    def _receive(self) -> tuple[bytes, int, int, int]:
        """The next message; raises `CaptureError` when there will be none."""
        connection = self._open_socket
        connection.settimeout(ANSWER_S)
        data = b""
        try:
            while len(data) < MESSAGE.size:
                more = connection.recv(MESSAGE.size - len(data))
                if not more:
                    raise CaptureError(CaptureCode.NO_DISPLAY, "the desktop ended it")
                data += more
        except OSError as error:
            raise CaptureError(CaptureCode.NO_DISPLAY, type(error).__name__) from error
        kind, arrived_ns, width, height = MESSAGE.unpack(data)
        return kind, arrived_ns, width, height

    def _take(self, message: tuple[bytes, int, int, int]) -> None:
        """Takes what comes unasked."""
        if message[0] == CHANGED:
            self._is_new = True
        elif message[0] == REFUSED:
            raise CaptureError(CaptureCode.SCREEN_REFUSED)
        else:
            raise CaptureError(CaptureCode.NO_DISPLAY, "the desktop ended it")

    def _fetch(self) -> int | None:
        """Brings the picture up to date; when the newest one arrived, `None` if there was none."""
        if not self._is_new:
            self._listen(0.0001)  # what has been told already, and whether it was lost
        if not self._is_new:
            return None
        try:
            self._open_socket.sendall(MESSAGE.pack(FETCH, 0, 0, 0))
        except OSError as error:
            raise CaptureError(CaptureCode.NO_DISPLAY, type(error).__name__) from error
        while (message := self._receive())[0] not in (PICTURE, NONE):
            self._take(message)
        self._is_new = False
        if message[0] == NONE:
            return None
        self._put(*message[1:])
        return message[1]

    def _put(self, arrived_ns: int, width: int, height: int) -> None:
        """Takes over the picture in the shared memory."""
        if width < MIN_SIDE or height < MIN_SIDE:
            raise CaptureError(CaptureCode.NO_DISPLAY, f"{width} x {height}")
        if self._size is None:
            self._size = (width & ~1, height & ~1)
        inner = min(width & ~1, self._size[0]), min(height & ~1, self._size[1])
        if (width, height) != self._shape or self._picture is None:
            self._shape = (width, height)
            self._canvas = Canvas(*self._size)
            self._picture = None
            area = Area(_NAME, 0, 0, *inner)
            self._layout = (arrived_ns, Layout((area,), area))
        with mmap.mmap(self._memory, width * height * 4, prot=mmap.PROT_READ) as memory:
            pixels = np.frombuffer(memory, np.uint8).reshape(height, width, 4)
            box = self._canvas.patch((0, 0, *inner), pixels[: inner[1], : inner[0]], exact=True)
            del pixels  # the memory can't be let go of before
        if box is not None or self._picture is None:
            self._base, self._box = self._picture, box
            self._picture = self._canvas.copy()
