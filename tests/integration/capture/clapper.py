"""A clapper for the real display and the real sound server: what happens when is known from the outside.

Flash: a window turns white; its moment is the X server's answer to that (`sync`).
Click: XTEST; its moment is the server's answer as well.
Beep: a player with 10 ms of buffer plays into the sink without a break, so that a beep begins some 20 ms after it was
handed over. That delay belongs to the player, not to the recorder: a second, independent listener (`parec`, smallest
latency) on the same sink's monitor tells when the sound was really there.
"""

from __future__ import annotations

import contextlib
import fcntl
import subprocess
import threading
import time
from types import TracebackType

import numpy as np
from Xlib import X
from Xlib.display import Display
from Xlib.ext import xtest

RATE = 48_000
CHUNK = 240
LOUD = 0.2
_F_SETPIPE_SZ = 1031


class FlashWindow:
    """A window of its own, above all others, black or white."""

    def __init__(self, x: int = 100, y: int = 100, width: int = 200, height: int = 200) -> None:
        self.box = (x, y, width, height)
        self._display = Display()
        screen = self._display.screen()
        self._colours = (screen.black_pixel, screen.white_pixel)
        self._window = screen.root.create_window(
            x, y, width, height, 0, screen.root_depth, X.InputOutput, X.CopyFromParent,
            background_pixel=screen.black_pixel, override_redirect=True,
        )  # fmt: skip
        self._window.map()
        self._display.sync()

    def paint(self, *, white: bool) -> float:
        """Paints and returns the moment (`perf_counter`) at which the server had done it."""
        self._window.change_attributes(background_pixel=self._colours[white])
        self._window.clear_area(0, 0, 0, 0)
        self._display.sync()
        return time.perf_counter()

    def click(self) -> float:
        """Presses the left button in the window and returns the moment of it."""
        x, y, width, height = self.box
        xtest.fake_input(self._display, X.MotionNotify, x=x + width // 2, y=y + height // 2)
        self._display.sync()
        moment = time.perf_counter()
        xtest.fake_input(self._display, X.ButtonPress, 1)
        self._display.sync()
        xtest.fake_input(self._display, X.ButtonRelease, 1)
        self._display.sync()
        return moment

    def close(self) -> None:
        with contextlib.suppress(Exception):
            self._window.destroy()
            self._display.close()


class SoundStage:
    """Plays silence and beeps into the sink, and listens to it by itself."""

    def __init__(self) -> None:
        self.heard: list[float] = []
        """Moments (`perf_counter`) at which a beep was really there."""
        raw = ["--raw", "--format=float32le", "--channels=1", f"--rate={RATE}"]
        self._player = subprocess.Popen(
            ["pacat", "--playback", "--device=spk", "--latency-msec=10", *raw], stdin=subprocess.PIPE
        )
        self._listener = subprocess.Popen(
            ["parec", "--device=spk.monitor", "--latency-msec=2", *raw], stdout=subprocess.PIPE, bufsize=0
        )
        assert self._player.stdin is not None
        fcntl.fcntl(self._player.stdin, _F_SETPIPE_SZ, 4096)
        self._stop = threading.Event()
        self._wanted = 0
        self._threads = [threading.Thread(target=self._play), threading.Thread(target=self._listen)]
        for thread in self._threads:
            thread.start()

    def __enter__(self) -> SoundStage:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._threads[0].join()
        for process in (self._player, self._listener):
            process.terminate()
            process.wait()
        self._threads[1].join()
        for pipe in (self._player.stdin, self._listener.stdout):
            assert pipe is not None
            with contextlib.suppress(OSError):
                pipe.close()

    def beep(self) -> None:
        """Hands a beep of 100 ms to the player."""
        self._wanted = 20

    def _play(self) -> None:
        pipe = self._player.stdin
        assert pipe is not None
        due = time.perf_counter()
        number = 0
        while not self._stop.is_set():
            number += 1
            moment = (np.arange(CHUNK) + number * CHUNK) / RATE
            loud = 0.6 * np.sin(2 * np.pi * 1000 * moment + np.pi / 2) if self._wanted else np.zeros(CHUNK)
            self._wanted = max(0, self._wanted - 1)
            try:
                pipe.write(loud.astype(np.float32).tobytes())
                pipe.flush()
            except OSError:
                return
            due += CHUNK / RATE
            time.sleep(max(0.0, due - time.perf_counter()))

    def _listen(self) -> None:
        pipe = self._listener.stdout
        assert pipe is not None
        quiet = 0
        while data := pipe.read(CHUNK * 4):
            moment = time.perf_counter()
            samples = np.frombuffer(data[: len(data) // 4 * 4], np.float32)
            loud = np.flatnonzero(np.abs(samples) > LOUD)
            if len(loud) == 0:
                quiet += len(samples)
            else:
                if quiet > RATE // 10:
                    self.heard.append(moment - (len(samples) - int(loud[0])) / RATE)
                quiet = 0
