"""The webcam's picture as an inset over the session's: moved with the mouse, in three sizes, closed by its button."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QBrush, QImage, QMouseEvent, QPainter, QPaintEvent, QPen, QResizeEvent, QTransform
from PySide6.QtMultimedia import QVideoFrame
from PySide6.QtWidgets import QToolButton, QWidget

from app.palette import Role
from app.theme import RADIUS_CONTROL, SPACE, Text, theme
from app.widgets.video_view import FramePainter

SHARES = {"small": 0.16, "medium": 0.24, "large": 0.36}
"""Width of the inset, as a share of the picture's."""
WHOLE = 1000
"""Places are told in thousandths of the room there is, so that a corner stays one at every size."""
CORNERS = ((WHOLE, WHOLE), (0, WHOLE), (0, 0), (WHOLE, 0))
_SNAP = 24
_LEAST_WIDTH = 120
_TALLEST = 0.6
_USUAL_SHAPE = QSize(4, 3)


class CameraInset(QWidget):
    """Lies over `view`. Main thread only.

    Signals:
        close_wanted: its button was pressed.
        moved([x, y]): it was dragged to a place, in thousandths.
        size_wanted: a double click asks for the next size.
    """

    close_wanted = Signal()
    moved = Signal(list)
    size_wanted = Signal()

    def __init__(self, view: QWidget) -> None:
        super().__init__(view)
        self._view = view
        self._frame = QVideoFrame()
        self._painter = FramePainter()
        self._image = QImage()
        self._words = ""
        self._place = CORNERS[0]
        self._size = "medium"
        self._held: QPoint | None = None
        self.setObjectName("cameraInset")
        self.setAccessibleName(self.tr("Webcam"))
        self.setToolTip(self.tr("Drag to move, double-click for another size"))
        self.setCursor(Qt.CursorShape.OpenHandCursor)
        self.close_button = QToolButton(self)
        self.close_button.setIcon(theme().icon("ph.x", Role.TEXT, 12))
        self.close_button.setIconSize(QSize(12, 12))
        self.close_button.setFixedSize(20, 20)
        self.close_button.setCursor(Qt.CursorShape.ArrowCursor)
        self.close_button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.close_button.setStyleSheet("padding: 0")
        self.close_button.setAccessibleName(self.tr("Hide webcam"))
        self.close_button.setToolTip(self.tr("Hide webcam"))
        self.close_button.clicked.connect(self.close_wanted)
        theme().changed.connect(self.update)
        view.installEventFilter(self)
        self.hide()

    @property
    def words(self) -> str:
        """What is said in place of a picture, or ""."""
        return self._words

    @property
    def place(self) -> tuple[int, int]:
        """Where it is, in thousandths of the room there is."""
        return self._place

    def has_frame(self) -> bool:
        return self._frame.isValid()

    def set_frame(self, frame: QVideoFrame) -> None:
        """Shows a frame; an invalid one clears the picture."""
        old = self._shape()
        self._frame = frame
        self._image = QImage()
        if frame.isValid():
            self.set_words("")
        if self._shape() != old:
            self._lay_out()
        self.update()

    def set_words(self, words: str) -> None:
        """What is said while there is no picture."""
        self._words = words
        self.setAccessibleDescription(words)
        self.update()

    def set_place(self, x: int, y: int) -> None:
        """Moves it; in thousandths of the room there is."""
        self._place = (min(max(x, 0), WHOLE), min(max(y, 0), WHOLE))
        self._lay_out()

    def set_size(self, size: str) -> None:
        """One of `SHARES`."""
        self._size = size
        self._lay_out()

    # -- Qt ----------------------------------------------------------------------------------------------------

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._view and event.type() is QEvent.Type.Resize:
            self._lay_out()
        return super().eventFilter(watched, event)

    def resizeEvent(self, _event: QResizeEvent) -> None:
        self._image = QImage()
        self.close_button.move(self.width() - self.close_button.width() - SPACE[0], SPACE[0])

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        edge = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.setPen(QPen(theme().color(Role.LINE_STRONG)))
        painter.setBrush(theme().color(Role.SURFACE_RAISED))
        if self._frame.isValid():
            ratio = self.devicePixelRatioF()
            if self._image.isNull():
                self._image = self._painter.image(self._frame, QSize(self.size() * ratio))
            brush = QBrush(self._image)
            brush.setTransform(QTransform.fromScale(1 / ratio, 1 / ratio))
            painter.setBrush(brush)
        painter.drawRoundedRect(edge, RADIUS_CONTROL, RADIUS_CONTROL)
        if not self._frame.isValid():
            self._paint_words(painter)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton:
            self._held = event.position().toPoint()
            self.setCursor(Qt.CursorShape.ClosedHandCursor)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._held is not None:
            self._drag(self.mapToParent(event.position().toPoint()) - self._held)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton and self._held is not None:
            self._held = None
            self.setCursor(Qt.CursorShape.OpenHandCursor)
            self.moved.emit(list(self._place))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton:
            self.size_wanted.emit()

    # -- inside ------------------------------------------------------------------------------------------------

    def _shape(self) -> QSize:
        return self._frame.size() if self._frame.isValid() else _USUAL_SHAPE

    def _room(self) -> QRect:
        """Where its top left corner may be."""
        inner = self._view.rect().adjusted(SPACE[1], SPACE[1], -SPACE[1], -SPACE[1])
        return QRect(
            inner.topLeft(), QSize(max(0, inner.width() - self.width()), max(0, inner.height() - self.height()))
        )

    def _lay_out(self) -> None:
        width = max(_LEAST_WIDTH, round(self._view.width() * SHARES[self._size]))
        most = QSize(width, round(self._view.height() * _TALLEST))
        self.resize(self._shape().scaled(most, Qt.AspectRatioMode.KeepAspectRatio))
        room = self._room()
        x, y = self._place
        self.move(room.x() + room.width() * x // WHOLE, room.y() + room.height() * y // WHOLE)

    def _drag(self, corner: QPoint) -> None:
        room = self._room()
        x = _share(corner.x() - room.x(), room.width())
        y = _share(corner.y() - room.y(), room.height())
        self.set_place(x, y)

    def _paint_words(self, painter: QPainter) -> None:
        if not self._words:
            return
        painter.setFont(theme().font(Text.CAPTION))
        painter.setPen(theme().color(Role.TEXT_MUTED))
        box = self.rect().adjusted(SPACE[1], SPACE[3], -SPACE[1], -SPACE[1])
        painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap), self._words)


def _share(at: int, room: int) -> int:
    """A distance as thousandths of the room; near an edge it is at the edge."""
    if at < _SNAP or room == 0:
        return 0
    if at > room - _SNAP:
        return WHOLE
    return round(at * WHOLE / room)
