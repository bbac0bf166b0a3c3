"""Pixels: colour conversion, comparison, slates, previews. Only this and `camera.opencv_source` import cv2."""

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
"""BGRA, top-down, shape (height, width, 4), or I420, shape (height * 3 / 2, width)."""
Box: TypeAlias = tuple[int, int, int, int]
"""x, y, width, height."""

_SLATE_GREY, _SIGN_GREY = 38, 120
_JPEG_QUALITY = 75


def to_i420(pixels: Pixels, into: Pixels | None = None) -> Pixels:
    """BGRA to planar YUV 4:2:0, BT.601 limited range; shape (height * 3 / 2, width). Both sides must be even.

    `into`: room of that shape for the result, without gaps between its rows.
    """
    return cast("Pixels", cv2.cvtColor(pixels, cv2.COLOR_BGRA2YUV_I420, dst=into))


def planes(picture: Pixels) -> tuple[Pixels, Pixels, Pixels]:
    """Views of Y, U and V of an I420 picture."""
    height, width = picture.shape[0] * 2 // 3, picture.shape[1]
    flat = picture.reshape(-1)
    luma, chroma, small = height * width, height * width // 4, (height // 2, width // 2)
    return (
        flat[:luma].reshape(height, width),
        flat[luma : luma + chroma].reshape(small),
        flat[luma + chroma :].reshape(small),
    )


def is_same(one: Pixels, other: Pixels) -> bool:
    """Whether all samples are equal; the same shape, parts of larger pictures too."""
    return cv2.norm(one, other, cv2.NORM_INF) == 0


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


def preview_jpeg(picture: Pixels, max_width: int) -> bytes:
    """An I420 picture made smaller, as JPEG; never made larger."""
    luma, *chroma = planes(picture)
    height, width = luma.shape
    scale = min(1.0, max_width / width)
    half = (max(1, round(width * scale / 2)), max(1, round(height * scale / 2)))
    size = (half[0] * 2, half[1] * 2)
    # The planes are made smaller before colours are made of them: a third of the work.
    small = [cv2.resize(luma, size, interpolation=cv2.INTER_AREA)]
    small += [cv2.resize(plane, half, interpolation=cv2.INTER_AREA) for plane in chroma]
    i420 = np.concatenate([plane.reshape(-1) for plane in small]).reshape(size[1] * 3 // 2, size[0])
    return _jpeg(cv2.cvtColor(i420, cv2.COLOR_YUV2BGR_I420))


def _jpeg(image: cv2.typing.MatLike) -> bytes:
    done, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY])
    if not done:
        raise RuntimeError("the picture could not be made a JPEG")
    return data.tobytes()
