"""The active window of an X11 desktop, by the Extended Window Manager Hints (EWMH 1.5, freedesktop.org)."""

from __future__ import annotations

import contextlib
import os
import select
import threading
from typing import Any

from capture.clock import perf_ns
from capture.errors import CaptureCode, CaptureError
from capture.events import WindowEvent
from capture.sync import NS
from capture.windows import WindowSink

PERIOD_NS = NS // 4
"""A window that is dragged or that counts in its title is told of this often at most."""
JOIN_TIMEOUT_S = 5.0


class X11Windows:
    """Follows `_NET_ACTIVE_WINDOW`, and the name and the place of the window it names."""

    def __init__(self, *, with_titles: bool) -> None:
        self._with_titles = with_titles
        self._x: Any = None
        self._root: Any = None
        self._thread: threading.Thread | None = None
        self._is_lost = False
        self._wake_read, self._wake_write = -1, -1

    def start(self, sink: WindowSink) -> None:
        self.stop()
        self._is_lost = False
        try:
            self._connect()
        except Exception as error:
            self.stop()
            # Xlib raises of many kinds, and all mean the same here.
            raise CaptureError(CaptureCode.NO_WINDOWS, type(error).__name__) from error
        self._wake_read, self._wake_write = os.pipe()
        self._thread = threading.Thread(target=self._run, args=(sink,), name="windows", daemon=True)
        self._thread.start()

    def check_health(self) -> None:
        if self._is_lost or self._thread is None or not self._thread.is_alive():
            raise CaptureError(CaptureCode.NO_WINDOWS, "the display has gone")

    def stop(self) -> None:
        if self._thread is not None:
            os.write(self._wake_write, b"x")
            self._thread.join(JOIN_TIMEOUT_S)
            self._thread = None
            os.close(self._wake_read)
            os.close(self._wake_write)
        if self._x is not None:
            with contextlib.suppress(Exception):  # the server has gone
                self._x.close()
            self._x = None

    def _connect(self) -> None:
        from Xlib import X
        from Xlib.display import Display

        self._x = Display()
        self._root = self._x.screen().root
        supported = self._root.get_full_property(self._atom("_NET_SUPPORTED"), X.AnyPropertyType)
        if supported is None or self._atom("_NET_ACTIVE_WINDOW") not in supported.value:
            raise CaptureError(CaptureCode.NO_WINDOWS, "window manager")
        self._root.change_attributes(event_mask=X.PropertyChangeMask)
        self._x.sync()

    def _atom(self, name: str) -> int:
        return int(self._x.intern_atom(name))

    def _run(self, sink: WindowSink) -> None:
        try:
            self._follow(sink)
        except Exception:  # noqa: BLE001 (the server has gone; the keeper asks for it)
            self._is_lost = True

    def _follow(self, sink: WindowSink) -> None:
        told: WindowEvent | None = None
        watched = 0
        told_ns: int | None = None
        is_due = True
        while True:
            while self._x.pending_events():
                self._x.next_event()
                is_due = True
            now = perf_ns()
            wait_s = 1.0
            if is_due and told_ns is not None and now - told_ns < PERIOD_NS:
                wait_s = (PERIOD_NS - (now - told_ns)) / NS
            elif is_due:
                is_due = False
                watched, event = self._look(watched)
                if told is None or event != _at(told, event.t_ns):
                    told, told_ns = event, now
                    sink(event)
                if self._x.pending_events():
                    continue  # came with the answers: the descriptor won't tell of them any more
            ready, _, _ = select.select([self._x, self._wake_read], [], [], wait_s)
            if self._wake_read in ready:
                return

    def _look(self, watched: int) -> tuple[int, WindowEvent]:
        """The window in front, which is watched from now on."""
        from Xlib import X
        from Xlib.error import XError

        t_ns = perf_ns()
        active = self._root.get_full_property(self._atom("_NET_ACTIVE_WINDOW"), X.AnyPropertyType)
        number = int(active.value[0]) if active is not None and len(active.value) else 0
        if number == 0:
            return 0, WindowEvent(t_ns, None, None, None, None, None, None)
        window = self._x.create_resource_object("window", number)
        try:
            if number != watched:
                window.change_attributes(event_mask=X.PropertyChangeMask | X.StructureNotifyMask)
            names = window.get_wm_class()
            size = window.get_geometry()
            place = self._root.translate_coords(window, 0, 0)
            title = self._title(window) if self._with_titles else None
        except XError:  # closed in the meantime
            return 0, WindowEvent(t_ns, None, None, None, None, None, None)
        app = str(names[1]) if names else None
        return number, WindowEvent(t_ns, app, title, place.x, place.y, size.width, size.height)

    def _title(self, window: Any) -> str | None:
        from Xlib import X

        named = window.get_full_property(self._atom("_NET_WM_NAME"), X.AnyPropertyType)
        value = named.value if named is not None else window.get_wm_name()
        return value.decode(errors="replace") if isinstance(value, bytes) else value


def _at(event: WindowEvent, t_ns: int) -> WindowEvent:
    return WindowEvent(t_ns, event.app, event.title, event.x, event.y, event.width, event.height)
