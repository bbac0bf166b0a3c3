"""Keeps the machine from sleeping and its screen from going dark while something is recorded.

Each way is a child process that ends when this one does, even by `kill -9`: it waits for the end of a pipe. Linux:
systemd-inhibit. macOS: caffeinate. Windows: SetThreadExecutionState, which ends with the process. The last two are
written from documentation and not run here.
"""

from __future__ import annotations

import ctypes
import logging
import os
import shutil
import subprocess
import sys

_log = logging.getLogger("capture.awake")

_CONTINUOUS, _SYSTEM, _DISPLAY = 0x80000000, 0x1, 0x2
END_TIMEOUT_S = 5.0


def command() -> list[str] | None:
    """What keeps this system awake as long as its standard input is open; `None` if there is nothing."""
    if sys.platform == "darwin":
        program = shutil.which("caffeinate")
        return [program, "-d", "-i", "-w", str(os.getpid())] if program else None
    program = shutil.which("systemd-inhibit")
    if program is None:
        return None
    why = ["--what=idle:sleep", "--who=Moderato", "--why=A session is being recorded", "--mode=block"]
    return [program, *why, "cat"]


def is_available() -> bool:
    """Whether this system can be kept awake."""
    return sys.platform == "win32" or command() is not None


class Awake:
    """Holds the machine awake between `hold` and `release`. One thread."""

    def __init__(self) -> None:
        self._child: subprocess.Popen[bytes] | None = None

    def hold(self) -> None:
        """Begins; where that isn't possible it is logged, as the recording is worth having all the same."""
        if sys.platform == "win32":
            _set_windows_state(_CONTINUOUS | _SYSTEM | _DISPLAY)
            return
        order = command()
        if order is None:
            _log.info("nothing here keeps the machine from sleeping")
            return
        try:
            self._child = subprocess.Popen(
                order, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )
        except OSError as error:
            _log.info("the machine may fall asleep: %s", type(error).__name__)

    def release(self) -> None:
        """Ends; may be called twice."""
        if sys.platform == "win32":
            _set_windows_state(_CONTINUOUS)
        child, self._child = self._child, None
        if child is None:
            return
        assert child.stdin is not None
        child.stdin.close()
        if sys.platform == "darwin":
            child.terminate()  # it waits for this process, not for the pipe
        try:
            child.wait(END_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def _set_windows_state(state: int) -> None:
    windll = getattr(ctypes, "windll", None)
    if windll is not None:
        windll.kernel32.SetThreadExecutionState(ctypes.c_ulong(state))
