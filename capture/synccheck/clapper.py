"""A clapperboard: flash, beep and click at one moment, each with the moment it was made at. X11, PulseAudio."""

from __future__ import annotations

import fcntl
import re
import shutil
import subprocess
import threading
import time
from dataclasses import dataclass
from types import TracebackType

import numpy as np

from capture.errors import CaptureCode, CaptureError
from capture.permissions import session_type

SIDE = 200
"""Width and height of what flashes."""
HERTZ = 1000
BUTTON = 8
FLASH_S = 0.2
BEEP_S = 0.1
_RATE, _CHUNK = 48_000, 240
_PIPE_BYTES = 4096


@dataclass(frozen=True, slots=True)
class Clap:
    """`perf_counter_ns` at which the flash was on the screen, the beep in the sound card, the click in the server."""

    flash_ns: int
    beep_ns: int
    click_ns: int


class Clapper:
    """Flashes on the display named by `DISPLAY`, beeps into the default output. Use as a context manager."""

    def __init__(self, x: int, y: int) -> None:
        """`x`, `y`: where the upper left corner of what flashes is, in pixels of the root window.

        Raises:
            CaptureError: SYNC_UNMEASURED where this system has no X server, XTEST or pacat.
        """
        if session_type() != "x11":  # XWayland's windows may be seen, but its clicks are heard by nobody
            raise CaptureError(CaptureCode.SYNC_UNMEASURED, session_type())
        try:
            from Xlib.display import Display

            self._display = Display()
            has_xtest = self._display.has_extension("XTEST")
        except Exception as error:
            # No Xlib, no server: Xlib raises of many kinds, and all mean the same here.
            raise CaptureError(CaptureCode.SYNC_UNMEASURED, "X11") from error
        if not has_xtest or shutil.which("pacat") is None:
            self._display.close()
            raise CaptureError(CaptureCode.SYNC_UNMEASURED, "pacat" if has_xtest else "XTEST")
        screen = self._display.screen()
        self._window = screen.root.create_window(
            x, y, SIDE, SIDE, 0, screen.root_depth, override_redirect=True, background_pixel=0
        )
        self._black = self._window.create_gc(foreground=0)
        self._white = self._window.create_gc(foreground=0xFFFFFF)
        self._window.map()
        self._display.sync()
        self._stop = threading.Event()
        self._beep = threading.Event()
        self._beeped = threading.Event()
        self._written_ns = 0
        command = ["pacat", "--playback", "--raw", "--format=float32le", "--channels=1", f"--rate={_RATE}"]
        self._player = subprocess.Popen([*command, "--latency-msec=10"], stdin=subprocess.PIPE, bufsize=0)
        assert self._player.stdin is not None
        fcntl.fcntl(self._player.stdin, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)  # what waits in the pipe is heard later
        self._feeder = threading.Thread(target=self._feed, name="clapper")

    def __enter__(self) -> Clapper:
        self._feeder.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._feeder.join()
        self._player.kill()
        self._player.wait()
        assert self._player.stdin is not None
        self._player.stdin.close()
        self._display.close()

    def clap(self) -> Clap:
        """Claps once; takes a third of a second."""
        from Xlib import X
        from Xlib.ext import xtest

        latency_ns = self._latency_ns()
        self._paint(white=True)
        flash_ns = time.perf_counter_ns()
        xtest.fake_input(self._display, X.ButtonPress, BUTTON)
        self._display.sync()
        click_ns = time.perf_counter_ns()
        self._beeped.clear()
        self._beep.set()
        xtest.fake_input(self._display, X.ButtonRelease, BUTTON)
        self._display.sync()
        self._beeped.wait(2)
        time.sleep(FLASH_S)
        self._paint(white=False)
        return Clap(flash_ns, self._written_ns + latency_ns, click_ns)

    def _paint(self, *, white: bool) -> None:
        self._window.raise_window()
        self._window.fill_rectangle(self._white if white else self._black, 0, 0, SIDE, SIDE)
        self._display.sync()

    def _feed(self) -> None:
        assert self._player.stdin is not None
        silence = np.zeros(_CHUNK, np.float32).tobytes()
        tone = (0.6 * np.sin(np.arange(_CHUNK) * 2 * np.pi * HERTZ / _RATE)).astype(np.float32).tobytes()
        due = time.perf_counter()
        left = 0
        while not self._stop.is_set():
            if self._beep.is_set():
                self._beep.clear()
                left = round(BEEP_S * _RATE / _CHUNK)
                self._written_ns = time.perf_counter_ns()
                self._beeped.set()
            self._player.stdin.write(tone if left > 0 else silence)
            left -= 1
            due += _CHUNK / _RATE
            time.sleep(max(0.0, due - time.perf_counter()))

    def _latency_ns(self) -> int:
        """How long what is written now waits in the server and the sink, by the server's word."""
        done = subprocess.run(["pactl", "list", "sink-inputs"], capture_output=True, text=True, timeout=20, check=False)
        return sum(int(micros) * 1000 for micros in re.findall(r"(?:Buffer|Sink) Latency: (\d+) usec", done.stdout))
