"""The foreground window of Windows, by user32 and kernel32 as documented. Not run here: `docs/platforms.md`."""

from __future__ import annotations

import ctypes
from pathlib import PureWindowsPath
from typing import Any

from capture.windows.asked import Front

_QUERY_LIMITED_INFORMATION = 0x1000
_LONGEST = 1024


class _Rect(ctypes.Structure):
    _fields_ = [(name, ctypes.c_long) for name in ("left", "top", "right", "bottom")]


def front_window() -> Front:
    """GetForegroundWindow, its text, the program of its process, GetWindowRect. Raises `OSError` off Windows."""
    windll: Any = getattr(ctypes, "windll", None)
    if windll is None:
        raise OSError("not Windows")
    user, kernel = windll.user32, windll.kernel32
    user.GetForegroundWindow.restype = ctypes.c_void_p
    window = ctypes.c_void_p(user.GetForegroundWindow())
    if not window.value:
        return None, None, None
    text = ctypes.create_unicode_buffer(_LONGEST)
    user.GetWindowTextW(window, text, _LONGEST)
    rect = _Rect()
    user.GetWindowRect(window, ctypes.byref(rect))
    place = (rect.left, rect.top, rect.right - rect.left, rect.bottom - rect.top)
    number = ctypes.c_ulong()
    user.GetWindowThreadProcessId(window, ctypes.byref(number))
    return _program(kernel, number.value), text.value, place


def _program(kernel: Any, number: int) -> str | None:
    kernel.OpenProcess.restype = ctypes.c_void_p
    process = ctypes.c_void_p(kernel.OpenProcess(_QUERY_LIMITED_INFORMATION, False, number))
    if not process.value:
        return None
    try:
        path = ctypes.create_unicode_buffer(_LONGEST)
        size = ctypes.c_ulong(_LONGEST)
        if not kernel.QueryFullProcessImageNameW(process, 0, path, ctypes.byref(size)):
            return None
        return PureWindowsPath(path.value).stem
    finally:
        kernel.CloseHandle(process)
