"""How long the battery lasts. Linux from sysfs; Windows and macOS from their documentation, not run here."""

from __future__ import annotations

import ctypes
import re
import shutil
import subprocess
import sys
from pathlib import Path

_SYSFS = Path("/sys/class/power_supply")
_UNKNOWN_S = 0xFFFFFFFF
ASK_TIMEOUT_S = 5.0


def battery_minutes(sysfs: Path = _SYSFS) -> int | None:
    """Minutes until the battery is empty; `None` on mains, without a battery, and where it can't be told. May block."""
    if sys.platform == "win32":
        return _windows()
    if sys.platform == "darwin":
        return _macos()
    return _linux(sysfs)


def _linux(folder: Path) -> int | None:
    """Charge or energy left by the rate at which it falls, in the units of the kernel's power supply class."""
    hours = 0.0
    is_found = False
    for supply in sorted(folder.glob("*")):
        if _read(supply / "type") != "Battery" or _read(supply / "scope") == "Device":
            continue
        if _read(supply / "status") != "Discharging":
            return None
        for left, rate in (("energy_now", "power_now"), ("charge_now", "current_now")):
            amount, per_hour = _number(supply / left), _number(supply / rate)
            if amount is not None and per_hour:
                hours += amount / per_hour
                is_found = True
                break
    return int(hours * 60) if is_found else None


def _read(path: Path) -> str:
    try:
        return path.read_text().strip()
    except OSError:
        return ""


def _number(path: Path) -> float | None:
    text = _read(path).lstrip("-")
    return float(text) if text.isdigit() else None


class _PowerStatus(ctypes.Structure):
    """SYSTEM_POWER_STATUS."""

    _fields_ = [
        ("ac_line", ctypes.c_ubyte),
        ("flag", ctypes.c_ubyte),
        ("percent", ctypes.c_ubyte),
        ("saver", ctypes.c_ubyte),
        ("life_s", ctypes.c_ulong),
        ("full_life_s", ctypes.c_ulong),
    ]


def _windows() -> int | None:
    status = _PowerStatus()
    windll = getattr(ctypes, "windll", None)
    if windll is None or not windll.kernel32.GetSystemPowerStatus(ctypes.byref(status)):
        return None
    return None if status.ac_line == 1 or status.life_s == _UNKNOWN_S else int(status.life_s // 60)


def _macos() -> int | None:
    program = shutil.which("pmset")
    if program is None:
        return None
    try:
        told = subprocess.run(
            [program, "-g", "batt"], capture_output=True, text=True, timeout=ASK_TIMEOUT_S, check=False
        ).stdout
    except (OSError, subprocess.TimeoutExpired):
        return None
    return parse_pmset(told)


def parse_pmset(text: str) -> int | None:
    """Minutes in what `pmset -g batt` tells: "… 64%; discharging; 3:21 remaining …"."""
    found = re.search(r"discharging; (\d+):(\d\d) remaining", text)
    return int(found[1]) * 60 + int(found[2]) if found else None
