"""The timeline as the review desk places it: overview, ruler, names of the tracks, tracks."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from PySide6.QtCore import QPoint, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF, QWheelEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QMenu, QSizePolicy, QToolButton, QWidget

from annotate.snapping import SnapPoints
from annotate.timeline import ticks
from app.models.observations import ObservationRow
from app.palette import Role
from app.settings import settings
from app.theme import SPACE, Text, theme
from app.widgets.timeline.axis import TimeAxis
from app.widgets.timeline.data import TimelineData
from app.widgets.timeline.marks import LANE
from app.widgets.timeline.overview import Overview
from app.widgets.timeline.view import TracksView

GUTTER = 104
"""Width of the column of track names."""
_RULER = 24


class Ruler(QWidget):
    """Times, the in and out points and the playhead's handle; press and drag to scrub.

    Signals:
        seek_requested(t_ns).
    """

    seek_requested = Signal(object)

    def __init__(self, axis: TimeAxis, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._axis = axis
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self.tr("Time ruler"))
        for signal in (axis.changed, axis.playhead_moved, axis.range_changed, theme().changed):
            signal.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(400, _RULER)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        look, axis = theme(), self._axis
        painter.fillRect(self.rect(), look.color(Role.SURFACE_RAISED))
        if axis.duration_ns <= 0:
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if axis.in_ns is not None or axis.out_ns is not None:
            left = axis.x_of(axis.in_ns or 0)
            right = axis.x_of(axis.out_ns if axis.out_ns is not None else axis.duration_ns)
            painter.fillRect(QRectF(left, 0, right - left, _RULER), look.color(Role.ACCENT, 0.18))
            painter.setPen(QPen(look.color(Role.ACCENT), 2))
            if axis.in_ns is not None:
                painter.drawPolyline([QPointF(left + 4, 3), QPointF(left, 3), QPointF(left, _RULER)])
            if axis.out_ns is not None:
                painter.drawPolyline([QPointF(right - 4, 3), QPointF(right, 3), QPointF(right, _RULER)])
        painter.setFont(look.font(Text.CAPTION, tabular=True))
        for tick in ticks(axis.scale):
            x = axis.x_of(tick.t_ns)
            painter.setPen(QPen(look.color(Role.LINE_STRONG), 1))
            painter.drawLine(QPointF(x, _RULER - (7 if tick.label else 4)), QPointF(x, _RULER))
            if tick.label:
                painter.setPen(look.color(Role.TEXT_MUTED))
                room = self.width() - x - 4
                if painter.fontMetrics().horizontalAdvance(tick.label) <= room:
                    painter.drawText(QPointF(x + 4, 14), tick.label)
        x = axis.x_of(axis.playhead_ns)
        if -8 < x < self.width() + 8:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(look.color(Role.TEXT))
            painter.drawPolygon(
                QPolygonF(
                    [
                        QPointF(x - 5, _RULER - 12),
                        QPointF(x + 5, _RULER - 12),
                        QPointF(x + 5, _RULER - 6),
                        QPointF(x, _RULER),
                        QPointF(x - 5, _RULER - 6),
                    ]
                )
            )

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton:
            self.seek_requested.emit(self._axis.t_of(event.position().x()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if event.buttons() & Qt.MouseButton.LeftButton:
            self.seek_requested.emit(self._axis.t_of(event.position().x()))

    def wheelEvent(self, event: QWheelEvent) -> None:
        self._axis.wheel(event, event.position().x())
        event.accept()


class _Names(QWidget):
    """The column of track names, scrolled with the tracks; a right click shows or hides tracks."""

    def __init__(self, view: TracksView, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._view = view
        self.setFixedWidth(GUTTER)
        self.setToolTip(self.tr("Right click: show or hide tracks"))
        view.verticalScrollBar().valueChanged.connect(self.update)
        view.tracks_changed.connect(self.update)
        theme().changed.connect(self.update)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        look = theme()
        painter.fillRect(self.rect(), look.color(Role.SURFACE_RAISED))
        painter.setPen(QPen(look.color(Role.LINE), 1))
        painter.drawLine(self.width() - 1, 0, self.width() - 1, self.height())
        painter.setFont(look.font(Text.CAPTION))
        metrics = painter.fontMetrics()
        scroll = self._view.verticalScrollBar().value()
        room = GUTTER - SPACE[2] - SPACE[1]
        for track, top in self._view.tracks():
            painter.setPen(look.color(Role.TEXT_MUTED))
            box = QRectF(SPACE[2], top - scroll, room, track.height)
            name = metrics.elidedText(track.name, Qt.TextElideMode.ElideRight, room)
            painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, name)
            painter.setPen(QPen(look.color(Role.LINE), 1))
            y = top - scroll + track.height + 0.5
            painter.drawLine(QPointF(0, y), QPointF(self.width() - 1, y))
        painter.setPen(look.color(Role.TEXT_MUTED))
        box = QRectF(SPACE[2], self._view.marks_top - scroll, room, LANE)
        painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, self.tr("Observations"))

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        self.choose_tracks(event.globalPos())

    def choose_tracks(self, at: QPoint) -> None:
        """A menu of all tracks, each shown or not."""
        menu = QMenu(self)
        hidden = set(settings().hidden_tracks)
        for track in self._view.all_tracks():
            action = menu.addAction(track.name)
            action.setCheckable(True)
            action.setChecked(track.key not in hidden)
            action.setData(track.key)
        chosen = menu.exec(at)
        if chosen is not None:
            settings().hidden_tracks = sorted(hidden ^ {chosen.data()})
            self._view.set_hidden(settings().hidden_tracks)
        menu.deleteLater()


class TimelinePanel(QWidget):
    """The whole timeline.

    Signals:
        seek_requested(t_ns), opened(observation id).
        selection_changed(ids, current id or ""), times_changed({id: (start, end | None)}),
        run_changed(task run id, start, end | None): as `TracksView` says.
    """

    seek_requested = Signal(object)
    opened = Signal(str)
    selection_changed = Signal(list, str)
    times_changed = Signal(dict)
    run_changed = Signal(str, object, object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.axis = TimeAxis(self)
        self.overview = Overview(self.axis, self)
        self.ruler = Ruler(self.axis, self)
        self.view = TracksView(self.axis, self)
        self.view.set_hidden(settings().hidden_tracks)
        self._names = _Names(self.view, self)
        for part in (self.overview, self.ruler, self.view):
            part.seek_requested.connect(self.seek_requested)
        self.view.selection_changed.connect(self.selection_changed)
        self.view.opened.connect(self.opened)
        self.view.times_changed.connect(self.times_changed)
        self.view.run_changed.connect(self.run_changed)
        self.view.range_marked.connect(self.axis.set_range)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(0)
        grid.addWidget(self._build_zoom(), 0, 0)
        grid.addWidget(self.overview, 0, 1)
        corner = QWidget(self)
        corner.setFixedHeight(_RULER)
        grid.addWidget(corner, 1, 0)
        grid.addWidget(self.ruler, 1, 1)
        grid.addWidget(self._names, 2, 0)
        grid.addWidget(self.view, 2, 1)
        grid.setColumnStretch(1, 1)
        grid.setRowStretch(2, 1)

    def set_session(self, data: TimelineData) -> None:
        """Shows another session, all of it."""
        self.axis.set_duration(data.duration_ns)
        self.set_data(data)

    def set_data(self, data: TimelineData) -> None:
        """Shows more of the session that is shown, at the same place."""
        self.overview.set_data(data)
        self.view.set_data(data)

    def set_snap_points(self, points: SnapPoints) -> None:
        """Where dragged edges come to rest."""
        self.view.set_snap_points(points)

    def set_rows(self, rows: Sequence[ObservationRow]) -> None:
        self.overview.set_rows(rows)
        self.view.set_rows(rows)
        self._names.update()

    def set_selected(self, ids: Collection[str], current: str) -> None:
        self.view.set_selected(ids, current)

    def set_playhead(self, t_ns: int, *, follow: bool) -> None:
        """Moves the playhead; with `follow` the shown part turns the page when it leaves it."""
        self.axis.set_playhead(t_ns)
        if follow:
            self.axis.turn_page(t_ns)

    def zoom(self, factor: float) -> None:
        """Zooms about the playhead if it is in sight, else about the middle."""
        x = self.axis.x_of(self.axis.playhead_ns)
        self.axis.zoom(factor, x if 0 <= x <= self.axis.width else self.axis.width / 2)

    def choose_tracks(self) -> None:
        """Asks which tracks are shown."""
        self._names.choose_tracks(self._names.mapToGlobal(QPoint(SPACE[2], SPACE[1])))

    def _build_zoom(self) -> QWidget:
        box = QWidget(self)
        box.setFixedWidth(GUTTER)
        row = QHBoxLayout(box)
        row.setContentsMargins(SPACE[1], 0, SPACE[0], 0)
        row.setSpacing(0)
        for icon, name, action in (
            ("ph.magnifying-glass-minus", self.tr("Zoom out (Ctrl+-)"), lambda: self.zoom(1 / 1.5)),
            ("ph.magnifying-glass-plus", self.tr("Zoom in (Ctrl++)"), lambda: self.zoom(1.5)),
            ("ph.arrows-out-line-horizontal", self.tr("Show the whole session (\\)"), self.axis.fit),
        ):
            button = QToolButton(box)
            button.setIcon(theme().icon(icon, Role.TEXT_MUTED))
            button.setProperty("look", "quiet")
            button.setToolTip(name)
            button.setAccessibleName(name)
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.clicked.connect(action)
            row.addWidget(button)
        row.addStretch(1)
        return box
