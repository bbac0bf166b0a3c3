"""What every track of the timeline has, and the tracks of few things: tasks, windows, live marks, thumbnails, gaps."""

from __future__ import annotations

import bisect
from functools import lru_cache

import numpy as np
from PySide6.QtCore import QCoreApplication, QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QImage, QPainter, QPen, QPixmap

from annotate.models import ObservationKind, Outcome, TaskRun
from annotate.timeline import format_time
from app.palette import Role
from app.theme import KIND_ICONS, SPACE, Text, theme
from app.widgets.timeline.axis import TimeAxis
from app.widgets.timeline.data import Gap, GapKind, Pixels, TimelineData, Times, spans_in_pixels
from app.wording import kind_words, outcome_words
from capture.events import Mark, MarkKind

_OUTCOMES = {
    Outcome.SUCCESS: ("ph.check", Role.SUCCESS),
    Outcome.WITH_HELP: ("ph.lifebuoy", Role.WARNING),
    Outcome.FAILED: ("ph.x", Role.DANGER),
    Outcome.GAVE_UP: ("ph.flag", Role.DANGER),
    Outcome.SKIPPED: ("ph.skip-forward", Role.TEXT_MUTED),
}
_MARK_ICONS = {
    MarkKind.NOTE: "ph.note-pencil",
    MarkKind.ASSIST: "ph.lifebuoy",
}
EDGE_GRIP = 6.0
"""How near an edge the pointer must be to take hold of it."""


class Track:
    """A strip of the timeline, as wide as the view. The view says where its top is and when to paint."""

    key = ""
    """By which a hidden track is remembered."""
    height = 24.0

    def __init__(self, axis: TimeAxis, name: str) -> None:
        self.axis = axis
        self.name = name
        self.data = TimelineData()

    def set_data(self, data: TimelineData) -> None:
        """Another session, or more of the same."""
        self.data = data

    def draw(self, painter: QPainter, y: float, ratio: float) -> None:
        """Paints the whole width, with the track's top at `y`; `ratio` = the screen's pixels to a pixel here."""
        raise NotImplementedError

    def words_at(self, _x: float, /) -> str:
        """What is there, for a tooltip."""
        return ""

    def xs(self, times: Times) -> Pixels:
        """Pixels of many times at once."""
        return (times - self.axis.start_ns) / self.axis.scale.ns_per_px


class TaskTrack(Track):
    """Task runs as bars with title and outcome; the title stays in sight while any of the bar is."""

    key = "tasks"
    height = 22.0

    def __init__(self, axis: TimeAxis, name: str) -> None:
        super().__init__(axis, name)
        self.preview: TaskRun | None = None
        """A run whose edge is being moved, as it would be."""

    def draw(self, painter: QPainter, y: float, ratio: float) -> None:  # noqa: ARG002
        look = theme()
        painter.setFont(look.font(Text.CAPTION))
        metrics = painter.fontMetrics()
        for run in self.data.runs:
            shown = self.preview if self.preview is not None and self.preview.id == run.id else run
            box = self._box(shown).translated(0, y)
            if box.right() < -1 or box.left() > self.axis.width + 1:
                continue
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(look.color(Role.ACCENT, 0.3 if shown is self.preview else 0.16))
            painter.drawRoundedRect(box, 4, 4)
            painter.fillRect(
                QRectF(box.left(), box.top(), min(2.0, box.width()), box.height()), look.color(Role.ACCENT)
            )
            seen = box.intersected(QRectF(0, y, self.axis.width, self.height)).adjusted(SPACE[1], 0, -SPACE[0], 0)
            if shown.outcome is not None and seen.width() > 14:
                name, role = _OUTCOMES[shown.outcome]
                icon = QRectF(seen.left(), seen.center().y() - 6, 12, 12)
                look.icon(name, role, 12).paint(painter, icon.toRect())
                seen.setLeft(icon.right() + SPACE[0])
            if seen.width() > 20:
                painter.setPen(look.color(Role.TEXT))
                title = metrics.elidedText(shown.task_title, Qt.TextElideMode.ElideRight, int(seen.width()))
                painter.drawText(seen, Qt.AlignmentFlag.AlignVCenter, title)

    def words_at(self, x: float, /) -> str:
        for run in reversed(self.data.runs):
            if self._box(run).left() <= x <= self._box(run).right():
                return self.words_of(run)
        return ""

    def words_of(self, run: TaskRun) -> str:
        """A run's title, times and outcome."""
        outcome = f" · {outcome_words(run.outcome)}" if run.outcome is not None else ""
        return f"{run.task_title}\n{format_time(run.t_start_ns)} – {format_time(self._end(run))}{outcome}"

    def edge_at(self, x: float) -> tuple[TaskRun, bool] | None:
        """The run whose edge is near `x`, and whether it is its start."""
        best: tuple[float, TaskRun, bool] | None = None
        for run in self.data.runs:
            for t_ns, is_start in ((run.t_start_ns, True), (self._end(run), False)):
                distance = abs(self.axis.x_of(t_ns) - x)
                # Where one run ends and the next begins, the side of the pointer decides.
                inside = (x >= self.axis.x_of(t_ns)) == is_start
                if distance <= EDGE_GRIP and (best is None or distance - inside < best[0]):
                    best = distance - inside, run, is_start
        return (best[1], best[2]) if best is not None else None

    def _end(self, run: TaskRun) -> int:
        return run.t_end_ns if run.t_end_ns is not None else self.data.duration_ns

    def _box(self, run: TaskRun) -> QRectF:
        left = self.axis.x_of(run.t_start_ns)
        return QRectF(left, 2, max(2.0, self.axis.x_of(self._end(run)) - left - 1), self.height - 4)


class WindowTrack(Track):
    """Which window was in front: its program and its title."""

    key = "window"
    height = 18.0

    def __init__(self, axis: TimeAxis, name: str) -> None:
        super().__init__(axis, name)
        self._starts: Times = np.empty(0, np.int64)
        self._colours: dict[str, int] = {}

    def set_data(self, data: TimelineData) -> None:
        super().set_data(data)
        self._starts = np.array([window.t_ns for window in data.windows], np.int64)
        self._colours = {}
        for window in data.windows:
            if window.app and window.app not in self._colours:
                self._colours[window.app] = len(self._colours)

    def draw(self, painter: QPainter, y: float, ratio: float) -> None:  # noqa: ARG002
        look, windows = theme(), self.data.windows
        if not windows:
            return
        first = max(0, int(np.searchsorted(self._starts, self.axis.start_ns, side="right")) - 1)
        last = int(np.searchsorted(self._starts, self.axis.end_ns))
        lefts = self.xs(self._starts[first:last])
        ends = np.append(self._starts, self.data.duration_ns)[first + 1 : last + 1]
        rights = self.xs(ends)
        painter.setPen(Qt.PenStyle.NoPen)
        # What is too narrow to be told apart is one grey bar.
        narrow = rights - lefts < 3
        for left, right in spans_in_pixels(lefts[narrow], rights[narrow]):
            painter.fillRect(QRectF(left, y + 3, right - left, self.height - 6), look.color(Role.TEXT_MUTED, 0.3))
        painter.setFont(look.font(Text.CAPTION))
        metrics = painter.fontMetrics()
        ink, grounds = look.color(Role.TEXT), [look.color(Role(f"speaker_{one}"), 0.2) for one in range(1, 5)]
        for number in np.flatnonzero(~narrow):
            window = windows[first + int(number)]
            left, right = max(-2.0, float(lefts[number])), min(self.axis.width + 2, float(rights[number]))
            if window.app is None and window.title is None:
                continue
            box = QRectF(left, y + 1, right - left - 1, self.height - 2)
            painter.fillRect(box, grounds[self._colours.get(window.app or "", 0) % 4])
            if box.width() > 28:
                painter.setPen(ink)
                text = metrics.elidedText(
                    window_words(window.app, window.title), Qt.TextElideMode.ElideRight, int(box.width()) - 8
                )
                painter.drawText(box.adjusted(4, 0, -2, 0), Qt.AlignmentFlag.AlignVCenter, text)

    def words_at(self, x: float, /) -> str:
        number = int(np.searchsorted(self._starts, self.axis.t_of(x), side="right")) - 1
        if number < 0:
            return ""
        window = self.data.windows[number]
        words = window_words(window.app, window.title)
        return f"{words}\n{format_time(window.t_ns)}" if words else ""


def window_words(app: str | None, title: str | None) -> str:
    """A window's title with its program, as far as they are known."""
    if title and app and app.casefold() not in title.casefold():
        return f"{title} · {app}"
    return title or app or ""


class MarksTrack(Track):
    """What was marked live, at the moment of the key press."""

    key = "marks"
    height = 16.0
    _ICON = 12

    def __init__(self, axis: TimeAxis, name: str) -> None:
        super().__init__(axis, name)
        self._times: list[int] = []
        self._looks: list[tuple[str, Role]] = []

    def set_data(self, data: TimelineData) -> None:
        super().set_data(data)
        self._times = [mark.t_pressed_ns for mark in data.marks]
        self._looks = [_mark_look(mark) for mark in data.marks]

    def draw(self, painter: QPainter, y: float, ratio: float) -> None:
        first = bisect.bisect_left(self._times, self.axis.start_ns - self.axis.ns_of_pixels(self._ICON))
        last = bisect.bisect_right(self._times, self.axis.end_ns + self.axis.ns_of_pixels(self._ICON))
        before, tick, dark = -1e9, theme().color(Role.TEXT_MUTED), theme().is_dark
        for number in range(first, last):
            x = self.axis.x_of(self._times[number])
            if x - before < self._ICON:  # no room for its icon, but it is there
                painter.fillRect(QRectF(x, y + self.height - 3, 1, 3), tick)
                continue
            before = x
            name, role = self._looks[number]
            picture = _icon_pixmap(name, role, self._ICON, ratio, dark)
            painter.drawPixmap(QPointF(x - self._ICON / 2, y + (self.height - self._ICON) / 2), picture)

    def words_at(self, x: float, /) -> str:
        near = bisect.bisect_left(self._times, self.axis.t_of(x))
        for number in (near - 1, near):
            if 0 <= number < len(self._times) and abs(self.axis.x_of(self._times[number]) - x) <= self._ICON / 2 + 1:
                mark = self.data.marks[number]
                words = f"{format_time(mark.t_pressed_ns, tenths=True)} · {mark_words(mark)}"
                return f"{words}\n{mark.body}" if mark.body else words
        return ""


def mark_words(mark: Mark) -> str:
    """What was marked live, in words."""
    tr = QCoreApplication.translate
    if mark.kind is MarkKind.NOTE:
        return tr("MarksTrack", "Live note")
    if mark.kind is MarkKind.ASSIST:
        return tr("MarksTrack", "Live: help was given")
    return tr("MarksTrack", "Live mark: {kind}").format(kind=kind_words(_mark_kind(mark)))


def _mark_kind(mark: Mark) -> ObservationKind:
    kind = mark.payload.get("kind")
    return ObservationKind(kind) if kind in set(ObservationKind) else ObservationKind.MARK


def _mark_look(mark: Mark) -> tuple[str, Role]:
    if mark.kind in _MARK_ICONS:
        return _MARK_ICONS[mark.kind], Role.TEXT_MUTED
    kind = _mark_kind(mark)
    return KIND_ICONS[kind], theme().kind_role(kind)


class ThumbTrack(Track):
    """Pictures side by side, each as wide as it is, showing what was on the screen at its left edge."""

    key = "thumbs"
    height = 36.0

    def __init__(self, axis: TimeAxis, name: str) -> None:
        super().__init__(axis, name)
        self._pictures: dict[int, QPixmap] = {}

    def set_data(self, data: TimelineData) -> None:
        if data.thumbs is not self.data.thumbs:
            self._pictures.clear()
        super().set_data(data)

    def draw(self, painter: QPainter, y: float, ratio: float) -> None:  # noqa: ARG002
        thumbs = self.data.thumbs
        if thumbs is None or not len(thumbs):
            draw_words(painter, self.axis, y, self.height, pending_words(self.data))
            return
        width = self._width()
        # They stand at fixed moments, so that a view that is moved shows the same ones.
        cell = max(1, self.axis.ns_of_pixels(width))
        at = self.axis.start_ns // cell * cell
        while at < self.axis.end_ns:
            picture = self._picture(thumbs.at(at))
            target = QRectF(self.axis.x_of(at), y + 2, width - 2, self.height - 4)
            if not picture.isNull():
                painter.drawPixmap(target, picture, QRectF(picture.rect()))
            at += cell

    def words_at(self, x: float, /) -> str:
        thumbs = self.data.thumbs
        if thumbs is None or not len(thumbs):
            return ""
        return format_time(self.axis.t_of(x), tenths=True)

    def _width(self) -> float:
        picture = self._picture(0)
        return (self.height - 4) * max(0.5, picture.width() / max(1, picture.height())) + 2

    def _picture(self, number: int) -> QPixmap:
        found = self._pictures.get(number)
        if found is None:
            assert self.data.thumbs is not None
            found = QPixmap.fromImage(QImage.fromData(self.data.thumbs.jpeg(number)))
            self._pictures[number] = found
        return found


def pending_words(data: TimelineData) -> str:
    """Why there is no waveform or thumbnail yet, or ever."""
    tr = QCoreApplication.translate
    if data.is_complete:
        return tr("Timeline", "None: the recording’s folder cannot be written")
    return tr("Timeline", "Being made…")


def draw_words(painter: QPainter, axis: TimeAxis, y: float, height: float, words: str) -> None:
    """Words in the place of a track's content."""
    painter.setFont(theme().font(Text.CAPTION))
    painter.setPen(theme().color(Role.TEXT_MUTED))
    painter.drawText(QRectF(8, y, axis.width, height), Qt.AlignmentFlag.AlignVCenter, words)


class GapsLayer:
    """Pauses and gaps, hatched over all tracks and named where there is room."""

    def __init__(self, axis: TimeAxis) -> None:
        self._axis = axis
        self._gaps: tuple[Gap, ...] = ()

    def set_data(self, data: TimelineData) -> None:
        self._gaps = data.gaps

    def draw(self, painter: QPainter, height: float) -> None:
        look = theme()
        painter.setFont(look.font(Text.CAPTION))
        for gap in self._gaps:
            left, right = self._axis.x_of(gap.t_start_ns), self._axis.x_of(gap.t_end_ns)
            box = QRectF(left, 0, max(1.0, right - left), height).intersected(QRectF(0, 0, self._axis.width, height))
            if box.isEmpty():
                continue
            trimmed = gap.kind is GapKind.TRIMMED
            private = gap.kind is GapKind.PAUSE or trimmed
            painter.fillRect(box, look.color(Role.SURFACE, 0.62 if trimmed else 0.8))
            if not trimmed:  # that can still be seen and heard: only dimmed
                painter.fillRect(box, hatch(look.color(Role.TEXT_MUTED if private else Role.WARNING, 0.5)))
            words = gap_words(gap.kind)
            needed = painter.fontMetrics().horizontalAdvance(words) + 2 * SPACE[0]
            if needed < box.width():
                label = QRectF(0, 0, needed, painter.fontMetrics().height() + 2)
                label.moveCenter(QPointF(box.center().x(), min(box.center().y(), 13.0)))
                painter.fillRect(label, look.color(Role.SURFACE))
                painter.setPen(look.color(Role.TEXT_MUTED if private else Role.WARNING))
                painter.drawText(label, Qt.AlignmentFlag.AlignCenter, words)

    def words_at(self, x: float) -> str:
        t_ns = self._axis.t_of(x)
        for gap in self._gaps:
            if gap.t_start_ns <= t_ns <= gap.t_end_ns:
                return f"{gap_words(gap.kind)}\n{format_time(gap.t_start_ns)} – {format_time(gap.t_end_ns)}"
        return ""


def gap_words(kind: GapKind) -> str:
    """What a stretch without recording is called."""
    tr = QCoreApplication.translate
    match kind:
        case GapKind.PAUSE:
            return tr("TimelineGap", "private pause")
        case GapKind.TRIMMED:
            return tr("TimelineGap", "left out of figures")
        case _:
            return tr("TimelineGap", "not recorded")


def hatch(colour: QColor) -> QBrush:
    """Slanting lines: what is left out."""
    return QBrush(colour, Qt.BrushStyle.BDiagPattern)


@lru_cache(maxsize=256)
def _icon_pixmap(name: str, role: Role, size: int, ratio: float, _dark: bool) -> QPixmap:
    """An icon as it looks now; kept, since drawing a glyph of the icon font takes a while."""
    pixmap = QPixmap(round(size * ratio), round(size * ratio))
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    theme().icon(name, role, size).paint(painter, 0, 0, size, size)
    painter.end()
    return pixmap


def line(painter: QPainter, colour: QColor, x: float, top: float, bottom: float, width: float = 1.0) -> None:
    """An upright line."""
    painter.setPen(QPen(colour, width))
    painter.drawLine(QPointF(x, top), QPointF(x, bottom))
