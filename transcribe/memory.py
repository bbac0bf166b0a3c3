"""How much memory there is for a model, asked before it is loaded."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from transcribe.catalogue import CATALOGUE, ModelSpec
from transcribe.errors import TranscribeCode, TranscribeError

_MEMINFO = Path("/proc/meminfo")
_CGROUP = Path("/sys/fs/cgroup")


def free_memory() -> int | None:
    """Bytes that a new process can take without anything being swapped out; None where that can't be found out.

    On macOS, which gives memory out in another way, all there is counts: what is refused then could never work.
    """
    if sys.platform == "win32":
        return _windows_free()
    if _MEMINFO.exists():
        return _linux_free()
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (OSError, ValueError):
        return None


def check_memory(spec: ModelSpec, free: int | None) -> None:
    """Refuse a model that doesn't fit, and name the most able one that does.

    Raises:
        TranscribeError: MEMORY_SHORT.
    """
    if free is None or spec.memory_bytes <= free:
        return
    fitting = [
        other.name
        for other in CATALOGUE
        if other.memory_bytes <= free and (other.multilingual or not spec.multilingual)
    ]
    advice = f"Choose {fitting[-1]} or a smaller one" if fitting else "Close other programs and try again"
    need = f"{spec.name} needs {_gigabytes(spec.memory_bytes)}, and {_gigabytes(free)} are free. {advice}"
    raise TranscribeError(TranscribeCode.MEMORY_SHORT, need)


def _gigabytes(size: int) -> str:
    return f"{size / 1e9:.1f} GB"


def _linux_free() -> int | None:
    free: int | None = None
    try:
        for line in _MEMINFO.read_text().splitlines():
            if line.startswith("MemAvailable:"):
                free = int(line.split()[1]) * 1024
    except (OSError, ValueError, IndexError):
        return None
    try:  # a container's own limit
        limit = int((_CGROUP / "memory.max").read_text())
        left = limit - int((_CGROUP / "memory.current").read_text())
    except (OSError, ValueError):
        return free
    return left if free is None else min(free, left)


if sys.platform == "win32":
    import ctypes

    class _Status(ctypes.Structure):
        # https://learn.microsoft.com/windows/win32/api/sysinfoapi/ns-sysinfoapi-memorystatusex
        _fields_ = [
            ("length", ctypes.c_ulong),
            ("load", ctypes.c_ulong),
            ("total", ctypes.c_ulonglong),
            ("free", ctypes.c_ulonglong),
            *[(name, ctypes.c_ulonglong) for name in ("total_page", "free_page", "total_virtual", "free_virtual")],
            ("extended", ctypes.c_ulonglong),
        ]

    def _windows_free() -> int | None:
        status = _Status(length=ctypes.sizeof(_Status))
        if not ctypes.windll.kernel32.GlobalMemoryStatusEx(ctypes.byref(status)):
            return None
        return int(status.free)
else:

    def _windows_free() -> int | None:
        return None
