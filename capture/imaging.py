"""Pixels: colour conversion, what changed, slates, previews. The only module that imports cv2."""

from __future__ import annotations

import os
from typing import TypeAlias, cast

import numpy as np
from numpy.typing import NDArray

_qt_before = {name: value for name, value in os.environ.items() if name.startswith("QT_")}
import cv2  # noqa: E402, TID253

# Some builds of cv2 point Qt at plug-ins of their own, which every child process would inherit.
for _name in [name for name in os.environ if name.startswith("QT_") and name not in _qt_before]:
    del os.environ[_name]
os.environ.update(_qt_before)

cv2.setNumThreads(1)  # a recorder must leave the other cores to what is being tested

Pixels: TypeAlias = NDArray[np.uint8]
"""BGRA, top-down, shape (height, width, 4)."""
Box: TypeAlias = tuple[int, int, int, int]
"""x, y, width, height."""

_BAND = 64
_SLATE_GREY, _SIGN_GREY = 38, 120
_JPEG_QUALITY = 75


def to_i420(pixels: Pixels) -> Pixels:
    """BGRA to planar YUV 4:2:0, BT.601 limited range; shape (height * 3 / 2, width). Both sides must be even."""
    return cast("Pixels", cv2.cvtColor(pixels, cv2.COLOR_BGRA2YUV_I420))


def changed_box(before: Pixels, after: Pixels) -> Box | None:
    """The smallest box that holds every pixel that differs, or `None`. Same shapes."""
    if cv2.norm(before, after, cv2.NORM_INF) == 0:
        return None
    height, width = after.shape[:2]
    tops = range(0, height, _BAND)
    changed = [top for top in tops if cv2.norm(before[top : top + _BAND], after[top : top + _BAND], cv2.NORM_INF)]
    first, last = changed[0], min(changed[-1] + _BAND, height)
    difference = cv2.absdiff(before[first:last], after[first:last]).reshape(last - first, width, 4)
    rows = np.flatnonzero(difference.reshape(last - first, width * 4).max(axis=1))
    # As 32-bit words, one per pixel: or-ing them down the rows is one pass.
    columns = np.flatnonzero(np.bitwise_or.reduce(difference.view(np.uint32)[rows[0] : rows[-1] + 1, :, 0], axis=0))
    x, y = int(columns[0]), first + int(rows[0])
    return x, y, int(columns[-1]) - x + 1, first + int(rows[-1]) - y + 1


def pause_slate(width: int, height: int) -> Pixels:
    """Picture shown for a private pause, as I420: two bars on grey."""
    image = np.full((height, width), _SLATE_GREY, np.uint8)
    size = max(4, min(width, height) // 8)
    for side in (-1, 1):
        x = width // 2 + side * size // 3 - size // 8
        image[height // 2 - size // 2 : height // 2 + size // 2, max(0, x) : x + size // 4] = _SIGN_GREY
    return _grey_i420(image)


def gap_slate(width: int, height: int) -> Pixels:
    """Picture shown while the source delivers none, as I420: a crossed-out frame on grey."""
    image = np.full((height, width), _SLATE_GREY, np.uint8)
    size = max(4, min(width, height) // 8)
    x, y, thick = width // 2, height // 2, max(1, size // 12)
    cv2.rectangle(image, (x - size // 2, y - size // 3), (x + size // 2, y + size // 3), _SIGN_GREY, thick)
    cv2.line(image, (x - size // 2, y + size // 2), (x + size // 2, y - size // 2), _SIGN_GREY, thick)
    return _grey_i420(image)


def _grey_i420(luma: Pixels) -> Pixels:
    height, width = luma.shape
    return np.vstack([luma, np.full((height // 2, width), 128, np.uint8)])


def preview_jpeg(pixels: Pixels, max_width: int) -> bytes:
    """A picture made smaller, as JPEG; never made larger."""
    height, width = pixels.shape[:2]
    scale = min(1.0, max_width / width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    return _jpeg(cv2.cvtColor(small, cv2.COLOR_BGRA2BGR))


def slate_jpeg(slate: Pixels, max_width: int) -> bytes:
    """A slate made smaller, as JPEG."""
    return preview_jpeg(cast("Pixels", cv2.cvtColor(slate, cv2.COLOR_YUV2BGRA_I420)), max_width)


def _jpeg(image: cv2.typing.MatLike) -> bytes:
    done, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY])
    if not done:
        raise RuntimeError("the picture could not be made a JPEG")
    return data.tobytes()
