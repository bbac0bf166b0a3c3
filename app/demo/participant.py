"""The participant's hands: real pointer and key events on the private display, injected through XTEST."""

from __future__ import annotations

import json
import math
import subprocess
import sys
import time
from pathlib import Path

from app.demo.desktop import DesktopError

STEP_S = 1 / 60


class Hands:
    """Pointer and keyboard of the display named by `DISPLAY`. One thread; close when done."""

    def __init__(self) -> None:
        from Xlib.display import Display

        self._display = Display()
        self._root = self._display.screen().root

    def close(self) -> None:
        """Lets go of the display."""
        self._display.close()

    def move_to(self, x: int, y: int) -> None:
        """Moves the pointer as a hand does: slow at both ends."""
        from Xlib import X

        at = self._root.query_pointer()
        distance = math.hypot(x - at.root_x, y - at.root_y)
        steps = max(1, round((0.25 + distance / 1800) / STEP_S))
        for step in range(1, steps + 1):
            part = (1 - math.cos(math.pi * step / steps)) / 2
            to_x, to_y = at.root_x + (x - at.root_x) * part, at.root_y + (y - at.root_y) * part
            self._inject(X.MotionNotify, x=round(to_x), y=round(to_y))
            time.sleep(STEP_S)

    def click(self, times: int = 1) -> None:
        """Presses the left button where the pointer is."""
        from Xlib import X

        for _ in range(times):
            self._inject(X.ButtonPress, 1)
            time.sleep(0.06)
            self._inject(X.ButtonRelease, 1)
            time.sleep(0.14)

    def type(self, text: str) -> None:
        """Presses the keys of `text` (letters and digits) at a person's pace."""
        from Xlib import XK, X

        shift = self._display.keysym_to_keycode(XK.string_to_keysym("Shift_L"))
        for character in text:
            code = self._display.keysym_to_keycode(XK.string_to_keysym(character))
            if character.isupper():
                self._inject(X.KeyPress, shift)
            self._inject(X.KeyPress, code)
            time.sleep(0.03)
            self._inject(X.KeyRelease, code)
            if character.isupper():
                self._inject(X.KeyRelease, shift)
            time.sleep(0.06)

    def _inject(self, kind: int, detail: int = 0, *, x: int = 0, y: int = 0) -> None:
        from Xlib.ext import xtest

        xtest.fake_input(self._display, kind, detail, x=x, y=y)
        self._display.sync()


class Participant:
    """Uses the shop, which it starts; its controls are found by name in the file that the shop writes."""

    def __init__(self, folder: Path) -> None:
        self._hands = Hands()
        self._targets = folder / "targets.json"
        self._targets.unlink(missing_ok=True)
        self._shop = subprocess.Popen([sys.executable, "-m", "app.demo.shop", str(self._targets)])
        self._wait_for("buy")

    def close(self) -> None:
        """Closes the shop."""
        self._hands.close()
        self._shop.terminate()
        self._shop.wait(10)

    def click(self, target: str, times: int) -> None:
        """Moves to a control and presses it."""
        self._hands.move_to(*self._wait_for(target))
        self._hands.click(times)

    def type(self, text: str) -> None:
        """Types into what has the focus."""
        self._hands.type(text)

    def _wait_for(self, target: str) -> tuple[int, int]:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            if self._targets.exists() and target in (places := json.loads(self._targets.read_text())):
                x, y = places[target]
                return x, y
            if self._shop.poll() is not None:
                raise DesktopError("the demo's little shop closed by itself")
            time.sleep(0.05)
        raise DesktopError(f"the demo's little shop shows no {target}")
