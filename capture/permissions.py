"""What this system lets a recorder do, and why not. Never raises."""

from __future__ import annotations

import contextlib
import ctypes
import importlib.util
import os
import sys
from dataclasses import dataclass
from pathlib import Path

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


def display_answers() -> bool:
    """Whether a window can be opened: False where DISPLAY names an X server that isn't there or lets nobody in."""
    if session_type() != "x11":
        return session_type() != "none"
    try:
        from Xlib.display import Display

        Display().close()
    except Exception:  # noqa: BLE001 (Xlib raises of many kinds; all mean the same here)
        return False
    return True


def sharing_availability() -> Availability:
    """Whether a Wayland desktop can share its screen; NO_SCREEN_SHARING names what is missing.

    What Qt's QScreenCapture needs there by its documentation: PipeWire's library, and an XDG desktop portal with a
    back-end for ScreenCast. Where these lie: the D-Bus and xdg-desktop-portal specifications (services by name,
    `portals/*.portal` with the interfaces that a back-end implements).
    """
    missing = [
        words
        for words, is_there in (
            ("PySide6's QtMultimedia", importlib.util.find_spec("PySide6.QtMultimedia") is not None),
            ("PipeWire's library (libpipewire-0.3)", _has_library("libpipewire-0.3.so.0")),
            ("the XDG desktop portal (xdg-desktop-portal)", _has_portal()),
            (
                "a portal back-end that shares screens (such as xdg-desktop-portal-gnome, -kde or -wlr)",
                _has_screen_cast(),
            ),
        )
        if not is_there
    ]
    return Availability(False, CaptureCode.NO_SCREEN_SHARING, "; ".join(missing)) if missing else Availability(True)


def _has_library(name: str) -> bool:
    try:
        ctypes.CDLL(name)
    except OSError:
        return False
    return True


def _data_folders() -> list[Path]:
    home = os.environ.get("XDG_DATA_HOME") or str(Path.home() / ".local" / "share")
    shared = os.environ.get("XDG_DATA_DIRS") or "/usr/local/share:/usr/share"
    return [Path(folder) for folder in (home, *shared.split(":")) if folder]


def _has_portal() -> bool:
    name = "dbus-1/services/org.freedesktop.portal.Desktop.service"
    return any((folder / name).is_file() for folder in _data_folders())


def _has_screen_cast() -> bool:
    for folder in _data_folders():
        for portal in (folder / "xdg-desktop-portal" / "portals").glob("*.portal"):
            with contextlib.suppress(OSError, UnicodeDecodeError):
                if "org.freedesktop.impl.portal.ScreenCast" in portal.read_text():
                    return True
    return False


def input_availability() -> Availability:
    """Whether pointer and key events of all programs can be heard."""
    match session_type():
        case "wayland":
            return Availability(False, CaptureCode.NO_INPUT_ON_WAYLAND)
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
