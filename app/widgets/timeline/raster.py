"""Dense tracks as pixels: NumPy fills them in one go, where a painter would take a call for each column."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QImage, QPainter

from app.widgets.timeline.axis import TimeAxis
from app.widgets.timeline.data import Times


@dataclass(frozen=True, slots=True, eq=False)
class Columns:
    """Columns of pixels that stand still in time: a view that is moved shows the same ones at other places.

    Attributes:
        edges: their bounds in session time, one more than there are columns.
        left: where the first one begins, in the view's (device-independent) pixels.
        width: of one column, in the view's pixels.
    """

    edges: Times
    left: float
    width: float

    @classmethod
    def of(cls, axis: TimeAxis, left: float, right: float, width: float) -> Columns:
        """The columns of `width` that cover the view from `left` to `right`."""
        span = axis.scale.ns_per_px * width
        first = math.floor((axis.start_ns + left * axis.scale.ns_per_px) / span)
        last = math.ceil((axis.start_ns + right * axis.scale.ns_per_px) / span)
        edges = (np.arange(first, last + 1) * span).astype(np.int64)
        return cls(edges, (first * span - axis.start_ns) / axis.scale.ns_per_px, width)

    def __len__(self) -> int:
        return len(self.edges) - 1


class Raster:
    """A strip of pixels over some columns; each column is one pixel wide here, and `repeat` when painted."""

    def __init__(self, columns: Columns, height: float, ratio: float) -> None:
        self._columns = columns
        self._ratio = ratio
        self._height = height
        self._rows = max(1, round(height * ratio))
        self._pixels: NDArray[np.uint32] = np.zeros((self._rows, len(columns)), np.uint32)
        self._row = np.arange(self._rows)[:, None]

    def bars(self, top: NDArray[np.floating] | float, bottom: NDArray[np.floating] | float, colour: QColor) -> None:
        """Fills each column from `top` to `bottom` (view pixels from the strip's top); none where they are equal."""
        first, last = np.rint(np.asarray(top) * self._ratio), np.rint(np.asarray(bottom) * self._ratio)
        self._pixels[(self._row >= first) & (self._row < last)] = _premultiplied(colour)

    def draw(self, painter: QPainter, y: float) -> None:
        """Paints the strip with its top at `y`."""
        count = len(self._columns)
        if not count:
            return
        image = QImage(self._pixels.data, count, self._rows, count * 4, QImage.Format.Format_ARGB32_Premultiplied)
        left = round(self._columns.left * self._ratio) / self._ratio  # on whole pixels: no blur, and no slow way
        painter.drawImage(QRectF(left, y, count * self._columns.width, self._height), image)


def _premultiplied(colour: QColor) -> int:
    alpha = colour.alpha()
    red, green, blue = (value * alpha // 255 for value in (colour.red(), colour.green(), colour.blue()))
    return alpha << 24 | red << 16 | green << 8 | blue
