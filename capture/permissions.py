"""What this system lets a recorder do, and why not. Never raises."""

from __future__ import annotations

import contextlib
import os
import sys
from dataclasses import dataclass

from capture.errors import CaptureCode


@dataclass(frozen=True, slots=True)
class Availability:
    """Whether something can be recorded; `reason` says why not, `detail` names what was in the way."""

    ok: bool
    reason: CaptureCode | None = None
    detail: str = ""


def is_wayland() -> bool:
    """Whether the session's own display is Wayland, where X tools see nothing but black and events of X programs."""
    return bool(os.environ.get("WAYLAND_DISPLAY")) and os.environ.get("XDG_SESSION_TYPE", "wayland") == "wayland"


def session_type() -> str:
    """ "windows", "macos", "wayland", "x11" or "none"."""
    names = {"win32": "windows", "darwin": "macos"}
    if sys.platform in names:
        return names[sys.platform]
    if is_wayland():
        return "wayland"
    return "x11" if os.environ.get("DISPLAY") else "none"


def input_availability() -> Availability:
    """Whether pointer and key events of all programs can be heard."""
    match session_type():
        case "wayland":
            return Availability(False, CaptureCode.NO_INPUT, "wayland")
        case "none":
            return Availability(False, CaptureCode.NO_INPUT, "no display")
        case "x11":
            return _x_record_availability()
        case _:
            return Availability(True)


def _x_record_availability() -> Availability:
    try:
        from Xlib.display import Display

        connection = Display()
    except Exception as error:  # noqa: BLE001 (Xlib raises of many kinds; all mean the same here)
        return Availability(False, CaptureCode.NO_INPUT, type(error).__name__)
    try:
        has_record = connection.has_extension("RECORD")
    finally:
        with contextlib.suppress(Exception):
            connection.close()
    return Availability(True) if has_record else Availability(False, CaptureCode.NO_INPUT, "RECORD")
