"""Full motion: a textured picture that pans while others fly over it, 30 times a second, with a counter in sight.

The X server moves prepared pictures about, so the program itself costs next to nothing; each frame is put together off
the screen and shown by one copy. Deterministic. On SIGTERM it writes when it showed what.
"""

from __future__ import annotations

import json
import math
import signal
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
from Xlib import X
from Xlib.display import Display

from benchmarks import counter

FPS = 30
_SPRITES, _SPRITE_SIZE = 8, 220
_STRIP_BYTES = 200_000
_MARGIN = 200


def texture(height: int, width: int, seed: int) -> Any:
    """A picture with detail at every scale, as photographs have: BGRX, (height, width, 4)."""
    import cv2

    random = np.random.default_rng(seed)
    total = np.zeros((height, width, 3), np.float32)
    for octave in range(2, 9):
        grid = random.random((max(2, height >> (8 - octave)), max(2, width >> (8 - octave)), 3), np.float32) - 0.5
        total += cv2.resize(grid, (width, height), interpolation=cv2.INTER_CUBIC) * (2.0 ** (2 - octave)) * 3
    result = np.zeros((height, width, 4), np.uint8)
    result[..., :3] = np.clip(128 + 90 * total, 0, 255).astype(np.uint8)
    return result


class Film:
    """The window and the prepared pictures."""

    def __init__(self) -> None:
        self._display = Display()
        screen = self._display.screen()
        self._width, self._height = screen.width_in_pixels, screen.height_in_pixels
        self._window = screen.root.create_window(
            0, 0, self._width, self._height, 0, screen.root_depth, override_redirect=True, background_pixel=0
        )
        self._gc = self._window.create_gc(graphics_exposures=False)
        self._white = self._window.create_gc(foreground=0xFFFFFF)
        self._black = self._window.create_gc(foreground=0)
        self._depth = screen.root_depth
        self._ground = self._upload(texture(self._height + _MARGIN, self._width + _MARGIN, 1))
        self._sprites = [self._upload(texture(_SPRITE_SIZE, _SPRITE_SIZE, 2 + n)) for n in range(_SPRITES)]
        self._back = self._window.create_pixmap(self._width, self._height, self._depth)
        self._window.map()
        self._display.sync()

    def _upload(self, picture: Any) -> Any:
        height, width = picture.shape[:2]
        pixmap = self._window.create_pixmap(width, height, self._depth)
        rows = max(1, _STRIP_BYTES // (width * 4))
        for top in range(0, height, rows):
            strip = picture[top : top + rows]
            pixmap.put_image(self._gc, 0, top, width, len(strip), X.ZPixmap, self._depth, 0, strip.tobytes())
        self._display.sync()
        return pixmap

    def show(self, number: int) -> None:
        """Shows a frame; returns when it is on the screen."""
        turn = number / FPS
        left = round(_MARGIN / 2 * (1 + math.sin(turn * 1.1)))
        top = round(_MARGIN / 2 * (1 + math.cos(turn * 0.7)))
        self._back.copy_area(self._gc, self._ground, left, top, self._width, self._height, 0, 0)
        for place, sprite in enumerate(self._sprites):
            x = round((self._width - _SPRITE_SIZE) / 2 * (1 + math.sin(turn * (0.6 + place * 0.13) + place)))
            y = round((self._height - _SPRITE_SIZE) / 2 * (1 + math.sin(turn * (0.9 - place * 0.07) + 2 * place)))
            self._back.copy_area(self._gc, sprite, 0, 0, _SPRITE_SIZE, _SPRITE_SIZE, x, y)
        rectangles: tuple[list[Any], list[Any]] = ([], [])
        for place, is_white in enumerate(counter.cells(number)):
            x = counter.LEFT + place * counter.CELL
            rectangles[is_white].append((x, counter.TOP, counter.CELL, counter.CELL))
        self._back.poly_fill_rectangle(self._black, rectangles[0])
        self._back.poly_fill_rectangle(self._white, rectangles[1])
        self._window.copy_area(self._gc, self._back, 0, 0, self._width, self._height, 0, 0)
        self._display.sync()


def main() -> int:
    """Arguments: the file that tells that all is ready, and at the end [[number, perf_counter_ns shown], …]."""
    out = Path(sys.argv[1])
    is_over = False

    def end(*_: object) -> None:
        nonlocal is_over
        is_over = True

    signal.signal(signal.SIGTERM, end)
    film = Film()
    shown: list[tuple[int, int]] = []
    begun = time.perf_counter()
    number = 0
    while not is_over:
        film.show(number % (1 << counter.BITS))
        shown.append((number, time.perf_counter_ns()))
        if number == 0:
            out.write_text("[]")
        number += 1
        # What is late is shown at once and the beat is kept; no frame is left out.
        time.sleep(max(0.0, begun + number / FPS - time.perf_counter()))
    out.write_text(json.dumps(shown))
    return 0


if __name__ == "__main__":
    sys.exit(main())
