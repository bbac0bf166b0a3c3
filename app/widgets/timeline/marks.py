"""Observations on the timeline: a badge for a moment, a bar with a badge for a range, stacked where they overlap."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPixmap

from annotate.models import ObservationKind, Severity
from annotate.timeline import TimeRange, format_time, stack_spans
from app.models.observations import ObservationRow
from app.palette import Role
from app.theme import SPACE, Text, theme
from app.widgets.severity_picker import paint_severity
from app.widgets.timeline.axis import TimeAxis
from app.widgets.timeline.data import Times
from app.wording import kind_words, severity_words

LANE = 20.0
"""Height of a lane of observations."""
BADGE = 16.0
EDGE_GRIP = 6.0
"""How near an edge the pointer must be to take hold of it."""
MAX_LANES = 10
"""What would need more is counted in the last lane; zoomed in, each is there by itself."""
_CLUSTER = 30.0
"""Width of what stands for several."""


class Grip(StrEnum):
    """What of an observation the pointer holds."""

    BODY = "body"
    START = "start"
    END = "end"


@dataclass(frozen=True, slots=True, eq=False)
class _Layout:
    """Where everything is at one step of the zoom.

    Attributes:
        lanes: by observation; `limit` and more: counted in clusters, which lie in lane `limit`.
        cell_ns: length of a cluster's cell.
        cells, sizes: the clusters' cells, and how many observations each stands for.
        used: number of lanes to leave room for.
    """

    lanes: Times
    cell_ns: int
    cells: Times
    sizes: Times
    used: int
    limit: int


class MarksLayer:
    """The observations: where they are, what is under the pointer, and how they look. Main thread only.

    The lanes belong to a step of the zoom (a power of two), so that they stay put while the view is moved and
    mostly while it is zoomed.
    """

    def __init__(self, axis: TimeAxis) -> None:
        self._axis = axis
        self._rows: list[ObservationRow] = []
        self._number: dict[str, int] = {}
        self._starts: Times = np.empty(0, np.int64)
        self._ends: Times = np.empty(0, np.int64)
        self._reach: Times = np.empty(0, np.int64)
        self._is_range = np.empty(0, bool)
        self._badges: list[QPixmap] = []
        self._colours: list[QColor] = []
        self._dressed = (0.0, False)
        self._layouts: dict[int, _Layout] = {}
        self.selected: frozenset[str] = frozenset()
        self.preview: Mapping[str, tuple[int, int | None]] = {}
        """Times of those that are being moved, as they would be."""

    # -- contents ----------------------------------------------------------------------------------------------

    def set_rows(self, rows: Sequence[ObservationRow]) -> None:
        self._rows = sorted(rows, key=lambda row: (row.observation.t_start_ns, row.id))
        self._number = {row.id: number for number, row in enumerate(self._rows)}
        self._starts = np.array([row.observation.t_start_ns for row in self._rows], np.int64)
        self._ends = np.array([row.observation.t_end_ns or row.observation.t_start_ns for row in self._rows], np.int64)
        self._reach = np.maximum.accumulate(self._ends) if len(self._ends) else self._ends
        self._is_range = np.array([row.observation.t_end_ns is not None for row in self._rows], bool)
        self._badges = []
        self._layouts.clear()
        self.selected &= self._number.keys()

    def row(self, observation_id: str) -> ObservationRow | None:
        number = self._number.get(observation_id)
        return None if number is None else self._rows[number]

    def times(self, observation_id: str) -> tuple[int, int | None] | None:
        """Start and end as shown: those being dragged, else the observation's own."""
        row = self.row(observation_id)
        if row is None:
            return None
        return self.preview.get(observation_id, (row.observation.t_start_ns, row.observation.t_end_ns))

    @property
    def lanes(self) -> int:
        """How many lanes there are just now."""
        return self._layout().used

    # -- places ------------------------------------------------------------------------------------------------

    def rect(self, observation_id: str) -> QRectF | None:
        """Where an observation is, its lane whole; None if it is counted in a cluster or unknown."""
        number = self._number.get(observation_id)
        if number is None:
            return None
        lane = int(self._layout().lanes[number])
        return None if lane >= self._layout().limit else self._rect(number, lane)

    def at(self, x: float, y: float) -> str | None:
        """The id of the observation at a place; of two the selected one, else the later one, which is on top."""
        layout = self._layout()
        lane = int(y // LANE)
        best: str | None = None
        for number in self._seen().tolist():
            if int(layout.lanes[number]) == lane < layout.limit:
                rect = self._rect(number, lane)
                if rect.left() - 2 <= x <= rect.right() + 2:
                    found: str = self._rows[number].id
                    if found in self.selected:
                        return found
                    best = found
        return best

    def cluster_at(self, x: float, y: float) -> TimeRange | None:
        """The stretch that a cluster at a place stands for."""
        layout = self._layout()
        if int(y // LANE) != layout.limit:
            return None
        for cell in layout.cells:
            left = self._axis.x_of(int(cell) * layout.cell_ns)
            if left <= x <= left + _CLUSTER:
                return TimeRange(int(cell) * layout.cell_ns, int(cell + 1) * layout.cell_ns)
        return None

    def within(self, box: QRectF) -> list[str]:
        """The ids of all that touch a box, in order of time; those in clusters too."""
        layout = self._layout()
        return [
            self._rows[number].id
            for number in self._seen().tolist()
            if self._rect(number, min(int(layout.lanes[number]), layout.limit)).intersects(box)
        ]

    def begun_between(self, low_ns: int, high_ns: int) -> list[str]:
        """The ids of all that begin in a stretch, both ends included, in order of time."""
        first, last = np.searchsorted(self._starts, low_ns), np.searchsorted(self._starts, high_ns, side="right")
        return [row.id for row in self._rows[int(first) : int(last)]]

    def grip_at(self, observation_id: str, x: float) -> Grip:
        """What a press at `x` takes hold of."""
        times = self.times(observation_id)
        if times is None or times[1] is None:
            return Grip.BODY
        left, right = self._axis.x_of(times[0]), self._axis.x_of(times[1])
        if abs(x - right) <= EDGE_GRIP and right - left > EDGE_GRIP:
            return Grip.END
        return Grip.START if -EDGE_GRIP <= x - left <= min(EDGE_GRIP, (right - left) / 3) else Grip.BODY

    def words(self, observation_id: str) -> str:
        """Time, kind, severity and text, for a tooltip."""
        row, times = self.row(observation_id), self.times(observation_id)
        if row is None or times is None:
            return ""
        when = format_time(times[0], tenths=True)
        if times[1] is not None:
            when += f" – {format_time(times[1], tenths=True)}"
        head = f"{when} · {kind_words(row.observation.kind)}"
        if row.observation.severity is not None:
            head += f" · {int(row.observation.severity)} {severity_words(row.observation.severity)}"
        return f"{head}\n{row.observation.body}" if row.observation.body else head

    # -- painting ----------------------------------------------------------------------------------------------

    def draw(self, painter: QPainter, top: float, ratio: float) -> None:
        """Paints what is in sight, with the first lane at `top`; the selected ones last, on top."""
        layout = self._layout()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(theme().font(Text.CAPTION))
        if self._dressed != (ratio, theme().is_dark) or len(self._badges) != len(self._rows):
            self._dress(ratio)
        seen = self._seen()
        lanes = layout.lanes[seen]
        scale = self._axis.scale
        low, high = self._middles()
        xs = np.clip((self._starts[seen] - scale.start_ns) / scale.ns_per_px, low, high)
        long = (self._ends[seen] - self._starts[seen]) / scale.ns_per_px > BADGE + 6
        if self.selected or self.preview:
            aside = np.isin(seen, [n for one in self.selected if (n := self._number.get(one)) is not None])
        else:
            aside = np.zeros(len(seen), bool)
        shown = (lanes < layout.limit) & ~aside
        up = (LANE - BADGE - 4) / 2
        point, half, badges = QPointF(), (BADGE + 4) / 2, self._badges
        # Hundreds may be in sight, so whatever is only a badge is painted without more ado.
        plain = shown & ~long & ~self._is_range[seen]
        for number, x, lane in zip(seen[plain].tolist(), xs[plain].tolist(), lanes[plain].tolist(), strict=True):
            point.setX(x - half)
            point.setY(top + lane * LANE + up)
            painter.drawPixmap(point, badges[number])
        short = shown & ~long & self._is_range[seen]
        widths = np.maximum(3.0, (self._ends[seen] - self._starts[seen]) / scale.ns_per_px)
        bar, colours = QRectF(0, 0, 3, 3), self._colours
        for number, x, lane, width in zip(
            seen[short].tolist(), xs[short].tolist(), lanes[short].tolist(), widths[short].tolist(), strict=True
        ):
            bar.setRect(x, top + lane * LANE + LANE - 3, width, 3)
            painter.fillRect(bar, colours[number])
            point.setX(x - half)
            point.setY(top + lane * LANE + up - 2)
            painter.drawPixmap(point, badges[number])
        rest = shown & long
        for number, lane in zip(seen[rest].tolist(), lanes[rest].tolist(), strict=True):
            self._draw(painter, number, top + lane * LANE, ratio)
        self._draw_clusters(painter, layout, top)
        for number, lane in zip(seen[aside].tolist(), lanes[aside].tolist(), strict=True):
            self._draw(painter, number, top + min(lane, layout.limit) * LANE, ratio)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)

    def _dress(self, ratio: float) -> None:
        """Looks up each observation's badge: once, not in each frame."""
        dark = theme().is_dark
        self._badges = [
            _badge(row.observation.kind, row.observation.severity, False, ratio, dark) for row in self._rows
        ]
        self._colours = [_colour(row.observation.kind, row.observation.severity) for row in self._rows]
        self._dressed = ratio, dark

    def _draw(self, painter: QPainter, number: int, y: float, ratio: float) -> None:
        row = self._rows[number]
        o = row.observation
        chosen = row.id in self.selected
        start, end = self.preview.get(row.id, (o.t_start_ns, o.t_end_ns))
        x = self._axis.x_of(start)
        width = 0.0 if end is None else max(3.0, self._axis.x_of(end) - x)
        on_badge = chosen and width <= BADGE + 6
        picture = _badge(o.kind, o.severity, True, ratio, theme().is_dark) if on_badge else self._badges[number]
        side = BADGE + 4
        low, high = self._middles()
        left, up = min(max(x, low), high) - side / 2, y + (LANE - side) / 2
        if width > BADGE + 6:
            self._draw_range(painter, row, QRectF(x, y + 1, width, LANE - 2), self._colours[number], chosen=chosen)
            # The badge stays in sight while any of the range is.
            left = min(max(x, 0.0), x + width - side) + 2
        elif width > 0:
            # Too short to hold the badge: its length is a bar below.
            up -= 2
            painter.fillRect(QRectF(x, y + LANE - 3, width, 3), self._colours[number])
        painter.drawPixmap(QPointF(left, up), picture)

    def _draw_range(self, painter: QPainter, row: ObservationRow, bar: QRectF, colour: QColor, *, chosen: bool) -> None:
        look = theme()
        ground = QColor(colour)
        ground.setAlphaF(0.22)
        painter.setPen(QPen(look.color(Role.FOCUS), 2) if chosen else QPen(colour, 1))
        painter.setBrush(ground)
        painter.drawRoundedRect(bar.adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)
        if chosen and bar.width() > 4 * EDGE_GRIP:
            for x in (bar.left() + 3.5, bar.right() - 3.5):
                painter.drawLine(QPointF(x, bar.top() + 5), QPointF(x, bar.bottom() - 5))
        seen = bar.intersected(QRectF(0, bar.top(), self._axis.width, bar.height()))
        room = seen.adjusted(BADGE + SPACE[1], 0, -SPACE[1], 0)
        if room.width() > 40 and row.observation.body:
            painter.setPen(look.color(Role.TEXT))
            text = painter.fontMetrics().elidedText(
                " ".join(row.observation.body.split()), Qt.TextElideMode.ElideRight, int(room.width())
            )
            painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, text)

    def _draw_clusters(self, painter: QPainter, layout: _Layout, top: float) -> None:
        if not len(layout.cells):
            return
        look = theme()
        first = np.searchsorted(layout.cells, self._axis.start_ns // layout.cell_ns - 1)
        last = np.searchsorted(layout.cells, self._axis.end_ns // layout.cell_ns + 1)
        painter.setPen(QPen(look.color(Role.LINE_STRONG), 1))
        painter.setBrush(look.color(Role.SURFACE_RAISED))
        boxes = []
        y = top + layout.limit * LANE + 2
        for cell, size in zip(layout.cells[first:last], layout.sizes[first:last], strict=True):
            box = QRectF(self._axis.x_of(int(cell) * layout.cell_ns), y, _CLUSTER - 2, LANE - 4)
            painter.drawRoundedRect(box, 7, 7)
            boxes.append((box, f"+{size}"))
        painter.setPen(look.color(Role.TEXT_MUTED))
        for box, words in boxes:
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, words)

    # -- inside ------------------------------------------------------------------------------------------------

    def _seen(self) -> Times:
        """The numbers of those that may be in sight."""
        margin = self._axis.ns_of_pixels(BADGE + 4)
        # Those whose end is in sight begin before it: nobody before `first` reaches this far.
        first = int(np.searchsorted(self._reach, self._axis.start_ns - margin))
        last = int(np.searchsorted(self._starts, self._axis.end_ns + margin, side="right"))
        near: Times = first + np.flatnonzero(self._ends[first:last] >= self._axis.start_ns - margin)
        moved = [number for one in self.preview if (number := self._number.get(one)) is not None]
        return np.union1d(near, moved).astype(np.int64) if moved else near

    def _rect(self, number: int, lane: int) -> QRectF:
        o = self._rows[number].observation
        start, end = self.preview.get(self._rows[number].id, (o.t_start_ns, o.t_end_ns))
        x = self._axis.x_of(start)
        width = 0.0 if end is None else self._axis.x_of(end) - x
        if width > BADGE + 6:
            return QRectF(x, lane * LANE, width, LANE)
        low, high = self._middles()
        left = min(max(x, low), high) - BADGE / 2
        return QRectF(left, lane * LANE, max(BADGE, x + width - left), LANE)

    def _middles(self) -> tuple[float, float]:
        """The first and the last place of a badge's middle: at the session's edges it is still whole."""
        half = BADGE / 2 + 2
        low = self._axis.x_of(0) + half
        return low, max(low, self._axis.x_of(self._axis.duration_ns) - half)

    def _layout(self) -> _Layout:
        level = math.ceil(math.log2(max(1.0, self._axis.scale.ns_per_px)))
        found = self._layouts.get(level)
        if found is None:
            found = self._layouts[level] = self._lay_out(1 << level)
        return found

    def _lay_out(self, ns_per_px: int) -> _Layout:
        badge_ns, cell_ns = round((BADGE + 2) * ns_per_px), round(_CLUSTER * ns_per_px)
        shown = np.maximum(self._ends, self._starts + badge_ns)
        lanes = np.array(stack_spans(self._starts.tolist(), shown.tolist()), np.int64)
        used = int(lanes.max()) + 1 if len(lanes) else 1
        limit = MAX_LANES - 1 if used > MAX_LANES else MAX_LANES
        cells, sizes = np.unique(self._starts[lanes >= limit] // cell_ns, return_counts=True)
        return _Layout(lanes, cell_ns, cells, sizes, min(used, MAX_LANES), limit)


def _colour(kind: ObservationKind, severity: Severity | None) -> QColor:
    return theme().kind_color(kind) if severity is None else theme().severity_color(severity)


@lru_cache(maxsize=256)
def _badge(kind: ObservationKind, severity: Severity | None, chosen: bool, ratio: float, _dark: bool) -> QPixmap:
    """A badge as it looks now; kept, since there may be hundreds in sight."""
    look = theme()
    side = BADGE + 4
    pixmap = QPixmap(round(side * ratio), round(side * ratio))
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    rect = QRectF(2, 2, BADGE, BADGE)
    if chosen:
        painter.setPen(QPen(look.color(Role.FOCUS), 2))
        painter.setBrush(look.color(Role.SELECTION))
        painter.drawEllipse(rect.adjusted(-1, -1, 1, 1))
    if severity is not None:
        paint_severity(painter, rect, severity)
    else:
        painter.setPen(QPen(look.kind_color(kind), 1))
        painter.setBrush(look.color(Role.SURFACE_RAISED))
        painter.drawEllipse(rect.adjusted(0.5, 0.5, -0.5, -0.5))
        look.kind_icon(kind, 10).paint(painter, rect.adjusted(3, 3, -3, -3).toRect())
    painter.end()
    return pixmap
