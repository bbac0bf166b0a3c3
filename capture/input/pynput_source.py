"""Input through pynput: X RECORD on X11, low-level hooks on Windows, an event tap on macOS."""

from __future__ import annotations

import contextlib
import sys
import threading
from typing import Any

from capture.clock import perf_ns
from capture.config import KeyPrivacy
from capture.errors import CaptureCode, CaptureError
from capture.events import Button, ButtonState, KeyEvent, KeyState, PointerMove, Wheel
from capture.input import InputSink
from capture.input.privacy import KeyClassifier

READY_TIMEOUT_S = 5.0
STOP_TIMEOUT_S = 2.0
_TELLS_INJECTED = sys.platform in {"win32", "darwin"}
"""X RECORD doesn't say whether an event came from a program (XTEST): unknown, not "no"."""


class PynputSource:
    """Pointer and, unless switched off, keys as categories."""

    def __init__(self, keys: KeyPrivacy) -> None:
        self._keys = keys
        self._listeners: list[Any] = []

    def start(self, sink: InputSink) -> None:
        self.stop()
        try:
            self._listeners = self._create(sink)
        except Exception as error:
            # pynput connects while it is imported, and raises what its back-end met.
            raise CaptureError(CaptureCode.NO_INPUT, type(error).__name__) from error
        for listener in self._listeners:
            listener.start()
        if not all(_wait_ready(listener) for listener in self._listeners):
            self.stop()
            raise CaptureError(CaptureCode.NO_INPUT, "the listener did not start")

    def _create(self, sink: InputSink) -> list[Any]:
        from pynput import keyboard, mouse

        pointer = _PointerCallbacks(sink)
        listeners = [mouse.Listener(on_move=pointer.move, on_click=pointer.click, on_scroll=pointer.scroll)]
        if self._keys is KeyPrivacy.CATEGORIES:
            keys = _KeyCallbacks(sink)
            listeners.append(keyboard.Listener(on_press=keys.press, on_release=keys.release))
        return listeners

    def check_health(self) -> None:
        if not self._listeners or not all(listener.is_alive() for listener in self._listeners):
            raise CaptureError(CaptureCode.NO_INPUT, "the listener ended")

    def stop(self) -> None:
        listeners, self._listeners = self._listeners, []
        for listener in listeners:
            with contextlib.suppress(Exception):  # the display has gone: Xlib raises ConnectionClosedError
                listener.stop()
            with contextlib.suppress(Exception):
                _end_x_record(listener)
        for listener in listeners:
            threading.Thread.join(listener, STOP_TIMEOUT_S)  # pynput's own join raises the listener's error again


def _end_x_record(listener: Any) -> None:
    """Ends a listener's X RECORD from a connection of our own.

    pynput queues that request on the connection whose thread sleeps in `select`, so it would only be sent with the next
    event: on a desktop where nothing moves, never.
    """
    context = getattr(listener, "_context", None)
    if context is None or not listener.is_alive():
        return
    from Xlib.display import Display

    connection = Display()
    try:
        connection.record_disable_context(context)
        connection.sync()
    finally:
        connection.close()


def _wait_ready(listener: Any) -> bool:
    # Listener.wait() would wait for ever for one that died while starting.
    done = threading.Event()

    def wait() -> None:
        listener.wait()
        done.set()

    threading.Thread(target=wait, name="input-ready", daemon=True).start()
    return done.wait(READY_TIMEOUT_S) and bool(listener.is_alive())


class _PointerCallbacks:
    def __init__(self, sink: InputSink) -> None:
        self._sink = sink

    def move(self, x: float, y: float, injected: bool = False) -> None:
        stamp = perf_ns()
        self._sink(PointerMove(stamp, int(x), int(y), _injected(injected)))

    def click(self, x: float, y: float, button: Any, is_down: bool, injected: bool = False) -> None:
        stamp = perf_ns()
        state = ButtonState.DOWN if is_down else ButtonState.UP
        self._sink(Button(stamp, int(x), int(y), str(button.name), state, _injected(injected)))

    def scroll(self, x: float, y: float, dx: float, dy: float, injected: bool = False) -> None:
        stamp = perf_ns()
        self._sink(Wheel(stamp, int(x), int(y), int(dx), int(dy), _injected(injected)))


class _KeyCallbacks:
    def __init__(self, sink: InputSink) -> None:
        self._sink = sink
        self._classifier = KeyClassifier()

    def press(self, key: Any, injected: bool = False) -> None:
        stamp = perf_ns()
        self._sink(KeyEvent(stamp, self._classifier.press(*_parts(key)), KeyState.DOWN, _injected(injected)))

    def release(self, key: Any, injected: bool = False) -> None:
        stamp = perf_ns()
        self._sink(KeyEvent(stamp, self._classifier.release(*_parts(key)), KeyState.UP, _injected(injected)))


def _parts(key: Any) -> tuple[str | None, str | None]:
    """Name and character of pynput's `Key` (an enum), `KeyCode` or `None`."""
    name = getattr(key, "name", None)
    return (str(name), None) if name is not None else (None, getattr(key, "char", None))


def _injected(flag: bool) -> bool | None:
    return bool(flag) if _TELLS_INJECTED else None
