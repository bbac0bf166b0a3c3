"""The frontmost window of macOS, from AppKit's and Quartz's documentation. Not run here: `docs/platforms.md`.

pynput brings pyobjc along there. Titles need the permission Screen Recording; without it they are absent.
"""

from __future__ import annotations

import importlib
from typing import Any

from capture.windows.asked import Front


def front_window() -> Front:
    """NSWorkspace.frontmostApplication, and its first window on the screen. Raises `ImportError` off macOS."""
    appkit: Any = importlib.import_module("AppKit")
    quartz: Any = importlib.import_module("Quartz")
    program = appkit.NSWorkspace.sharedWorkspace().frontmostApplication()
    if program is None:
        return None, None, None
    options = quartz.kCGWindowListOptionOnScreenOnly | quartz.kCGWindowListExcludeDesktopElements
    for window in quartz.CGWindowListCopyWindowInfo(options, quartz.kCGNullWindowID) or ():
        is_ordinary = window.get("kCGWindowLayer") == 0
        if is_ordinary and window.get("kCGWindowOwnerPID") == program.processIdentifier():
            bounds = window["kCGWindowBounds"]
            scale = appkit.NSScreen.mainScreen().backingScaleFactor()
            x, y, width, height = (round(bounds[key] * scale) for key in ("X", "Y", "Width", "Height"))
            return str(program.localizedName()), window.get("kCGWindowName"), (x, y, width, height)
    return str(program.localizedName()), None, None
