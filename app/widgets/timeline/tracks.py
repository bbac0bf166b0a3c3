"""The tracks under the ruler, each painted by one item that draws only what is exposed."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QCoreApplication, QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPen
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from annotate.models import Outcome, TaskRun
from annotate.timeline import format_time
from app.palette import Role
from app.theme import SPACE, Text, theme
from app.widgets.timeline.axis import TimeAxis
from app.widgets.timeline.data import GapKind, Pixels, TimelineData, Times, counts, spans_in_pixels
from app.wording import outcome_words

_BUCKET_PX = 3
_OUTCOMES = {
    Outcome.SUCCESS: ("ph.check", Role.SUCCESS),
    Outcome.WITH_HELP: ("ph.lifebuoy", Role.WARNING),
    Outcome.FAILED: ("ph.x", Role.DANGER),
    Outcome.GAVE_UP: ("ph.flag", Role.DANGER),
    Outcome.SKIPPED: ("ph.skip-forward", Role.TEXT_MUTED),
}


class TrackItem(QGraphicsItem):
    """A strip of the timeline, as wide as the view. Its own coordinates are pixels of the view."""

    height = 24.0

    def __init__(self, axis: TimeAxis) -> None:
        super().__init__()
        self.axis = axis
        self.data_ = TimelineData()
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemUsesExtendedStyleOption)

    def set_data(self, data: TimelineData) -> None:
        self.data_ = data
        self.update()

    def resize(self) -> None:
        self.prepareGeometryChange()

    def boundingRect(self) -> QRectF:
        return QRectF(0, 0, self.axis.width, self.height)

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, _widget: QWidget | None = None) -> None:
        exposed = option.exposedRect
        self.draw(painter, exposed.intersected(self.boundingRect()))

    def draw(self, painter: QPainter, exposed: QRectF) -> None:
        """Paints what lies in `exposed`."""
        raise NotImplementedError

    def words_at(self, _x: float, /) -> str:
        """What is there, for a tooltip."""
        return ""

    def xs(self, times: Times) -> Pixels:
        """Pixels of many times at once."""
        left, right = self.axis.start_ns, self.axis.end_ns
        return (times - left) * (self.axis.width / max(1, right - left))


class TaskTrack(TrackItem):
    """Task runs as bars with title and outcome; the title stays in sight while any of the bar is."""

    height = 26.0

    def draw(self, painter: QPainter, exposed: QRectF) -> None:
        look = theme()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(look.font(Text.CAPTION))
        metrics = painter.fontMetrics()
        for run in self.data_.runs:
            box = self._box(run)
            if box.right() < exposed.left() - 1 or box.left() > exposed.right() + 1:
                continue
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(look.color(Role.ACCENT, 0.16))
            painter.drawRoundedRect(box, 4, 4)
            painter.setBrush(look.color(Role.ACCENT))
            painter.drawRect(QRectF(box.left(), box.top(), min(2.0, box.width()), box.height()))
            seen = box.intersected(QRectF(0, 0, self.axis.width, self.height)).adjusted(SPACE[1], 0, -SPACE[0], 0)
            if run.outcome is not None and seen.width() > 14:
                name, role = _OUTCOMES[run.outcome]
                icon = QRectF(seen.left(), seen.center().y() - 6, 12, 12)
                look.icon(name, role, 12).paint(painter, icon.toRect())
                seen.setLeft(icon.right() + SPACE[0])
            if seen.width() > 20:
                painter.setPen(look.color(Role.TEXT))
                title = metrics.elidedText(run.task_title, Qt.TextElideMode.ElideRight, int(seen.width()))
                painter.drawText(seen, Qt.AlignmentFlag.AlignVCenter, title)

    def words_at(self, x: float, /) -> str:
        for run in reversed(self.data_.runs):
            if self._box(run).left() <= x <= self._box(run).right():
                end = run.t_end_ns if run.t_end_ns is not None else self.data_.duration_ns
                outcome = f" · {outcome_words(run.outcome)}" if run.outcome is not None else ""
                return f"{run.task_title}\n{format_time(run.t_start_ns)} – {format_time(end)}{outcome}"
        return ""

    def _box(self, run: TaskRun) -> QRectF:
        end = run.t_end_ns if run.t_end_ns is not None else self.data_.duration_ns
        left = self.axis.x_of(run.t_start_ns)
        return QRectF(left, 3, max(2.0, self.axis.x_of(end) - left - 1), self.height - 6)


class SpeechTrack(TrackItem):
    """Where something is being said."""

    height = 18.0

    def draw(self, painter: QPainter, exposed: QRectF) -> None:
        data = self.data_
        first = int(np.searchsorted(data.speech_end, self.axis.t_of(exposed.left() - 2)))
        last = int(np.searchsorted(data.speech_start, self.axis.t_of(exposed.right() + 2), side="right"))
        starts, ends = data.speech_start[first:last], data.speech_end[first:last]
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme().color(Role.SPEAKER_2, 0.75))
        for left, right in spans_in_pixels(self.xs(starts), self.xs(ends)):
            painter.drawRoundedRect(QRectF(left, 5, max(1.5, right - left), self.height - 10), 2, 2)


class ActivityTrack(TrackItem):
    """Pointer movement as a soft hill, keys as a line on it, each click as a tick above."""

    height = 30.0

    def draw(self, painter: QPainter, exposed: QRectF) -> None:
        data, look = self.data_, theme()
        # Buckets stand on fixed pixels, so that a partial repaint meets the rest.
        first = int(max(0, exposed.left()) // _BUCKET_PX)
        last = int(min(self.axis.width, exposed.right()) // _BUCKET_PX) + 1
        if last <= first:
            return
        edges = np.array([self.axis.t_of(b * _BUCKET_PX) for b in range(first, last + 1)], np.int64)
        base = self.height - 4
        room = self.height - 12
        painter.setPen(Qt.PenStyle.NoPen)
        # The roots keep a calm pointer visible beside a shaken mouse; the scale is the session's, not the view's.
        span_s = max(1e-3, float(edges[1] - edges[0]) / 1e9)
        for times, colour, per_second in (
            (data.pointer_ns, look.color(Role.SPEAKER_1, 0.35), 60.0),
            (data.key_ns, look.color(Role.KIND_IDEA, 0.85), 12.0),
        ):
            found = counts(times, edges)
            painter.setBrush(colour)
            for bucket in np.flatnonzero(found):
                level = min(1.0, (float(found[bucket]) / span_s / per_second) ** 0.5)
                height = max(2.0, level * room)
                painter.drawRect(QRectF((first + int(bucket)) * _BUCKET_PX, base - height, _BUCKET_PX - 0.5, height))
        painter.setPen(QPen(look.color(Role.TEXT), 1))
        clicks = data.click_ns[np.searchsorted(data.click_ns, edges[0]) : np.searchsorted(data.click_ns, edges[-1])]
        for x in np.unique(self.xs(clicks).astype(np.int64)):
            painter.drawLine(QPointF(float(x) + 0.5, 3), QPointF(float(x) + 0.5, 8))

    def words_at(self, x: float, /) -> str:
        edges = np.array([self.axis.t_of(x - 3), self.axis.t_of(x + 3)], np.int64)
        clicks = int(counts(self.data_.click_ns, edges)[0])
        keys = int(counts(self.data_.key_ns, edges)[0])
        if not clicks and not keys:
            return ""
        tr = QCoreApplication.translate
        parts = []
        if clicks:
            parts.append(tr("ActivityTrack", "%n click(s)", "", clicks))
        if keys:
            parts.append(tr("ActivityTrack", "%n key(s)", "", keys))
        return " · ".join(parts)


class GapsItem(TrackItem):
    """Pauses and gaps, hatched over all tracks and named where there is room."""

    def set_height(self, height: float) -> None:
        self.prepareGeometryChange()
        self.height = height

    def draw(self, painter: QPainter, exposed: QRectF) -> None:
        look = theme()
        painter.setFont(look.font(Text.CAPTION))
        for gap in self.data_.gaps:
            left, right = self.axis.x_of(gap.t_start_ns), self.axis.x_of(gap.t_end_ns)
            box = QRectF(left, 0, max(1.0, right - left), self.height)
            if not box.intersects(exposed):
                continue
            private = gap.kind is GapKind.PAUSE
            painter.fillRect(box, look.color(Role.SURFACE, 0.8))
            colour = look.color(Role.TEXT_MUTED if private else Role.WARNING, 0.5)
            painter.fillRect(box, _hatch(colour))
            words = gap_words(gap.kind)
            needed = painter.fontMetrics().horizontalAdvance(words) + 2 * SPACE[0]
            seen = box.intersected(QRectF(0, 0, self.axis.width, self.height))
            if needed < seen.width():
                label = QRectF(0, 0, needed, painter.fontMetrics().height() + 2)
                label.moveCenter(QPointF(seen.center().x(), min(seen.center().y(), 13.0)))
                painter.fillRect(label, look.color(Role.SURFACE))
                painter.setPen(look.color(Role.TEXT_MUTED if private else Role.WARNING))
                painter.drawText(label, Qt.AlignmentFlag.AlignCenter, words)

    def words_at(self, x: float, /) -> str:
        t_ns = self.axis.t_of(x)
        for gap in self.data_.gaps:
            if gap.t_start_ns <= t_ns <= gap.t_end_ns:
                return f"{gap_words(gap.kind)}\n{format_time(gap.t_start_ns)} – {format_time(gap.t_end_ns)}"
        return ""


def gap_words(kind: GapKind) -> str:
    """What a stretch without recording is called."""
    tr = QCoreApplication.translate
    return tr("TimelineGap", "private pause") if kind is GapKind.PAUSE else tr("TimelineGap", "not recorded")


def _hatch(colour: QColor) -> QBrush:
    return QBrush(colour, Qt.BrushStyle.BDiagPattern)
