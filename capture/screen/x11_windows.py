"""The windows of an X11 desktop, and where one of them is. No cv2: the app uses this too."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from capture.errors import CaptureCode, CaptureError


@dataclass(frozen=True, slots=True)
class Window:
    """A window that can be recorded; `id` is what a `RecorderConfig` names it by; in pixels of the root window."""

    id: str
    app: str
    title: str
    x: int
    y: int
    width: int
    height: int


def list_windows() -> tuple[Window, ...]:
    """The windows on the screen, the front one first. Never raises; empty where the system tells of none."""
    try:
        with _connected() as display:
            root = display.screen().root
            listed = _property(display, root, "_NET_CLIENT_LIST_STACKING")
            found = [_window(display, number) for number in reversed(listed)]
    except Exception:  # noqa: BLE001 (no Xlib, no server: Xlib raises of many kinds)
        return ()
    return tuple(window for window in found if window is not None)


def number_of(window: str) -> int:
    """The number that an id names: xdotool and xwininfo write it in decimal too. Raises `ValueError`."""
    try:
        return int(window, 0)
    except ValueError:
        return int(window, 16)


def locate(display: Any, window: str) -> tuple[int, int, int, int]:
    """x, y, width, height of a window's content on the root window of a connection.

    Raises:
        CaptureError: WINDOW_UNKNOWN for what is no id, WINDOW_GONE when it is closed or hidden.
    """
    from Xlib import X
    from Xlib.error import XError

    try:
        resource = display.create_resource_object("window", number_of(window))
    except ValueError as error:
        raise CaptureError(CaptureCode.WINDOW_UNKNOWN, window) from error
    try:
        if resource.get_attributes().map_state != X.IsViewable:
            raise CaptureError(CaptureCode.WINDOW_GONE, window)
        size = resource.get_geometry()
        at = display.screen().root.translate_coords(resource, 0, 0)
    except XError as error:
        raise CaptureError(CaptureCode.WINDOW_GONE, window) from error
    return at.x, at.y, size.width, size.height


@contextlib.contextmanager
def _connected() -> Iterator[Any]:
    from Xlib.display import Display

    display = Display()
    try:
        yield display
    finally:
        display.close()


def _property(display: Any, window: Any, name: str) -> list[int]:
    from Xlib import X

    found = window.get_full_property(display.intern_atom(name), X.AnyPropertyType)
    return [int(value) for value in found.value] if found is not None else []


def _window(display: Any, number: int) -> Window | None:
    from Xlib import X

    window_id = f"{number:#x}"
    try:
        x, y, width, height = locate(display, window_id)
    except CaptureError:
        return None
    window = display.create_resource_object("window", number)
    names = window.get_wm_class()
    named = window.get_full_property(display.intern_atom("_NET_WM_NAME"), X.AnyPropertyType)
    title = named.value if named is not None else window.get_wm_name() or ""
    text = title.decode(errors="replace") if isinstance(title, bytes) else str(title)
    return Window(window_id, str(names[1]) if names else "", text, x, y, width, height)
