"""Shows the session's picture: whole, sharp, and able to say what is missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, QSize, QSizeF, Qt, Signal
from PySide6.QtGui import QImage, QMouseEvent, QPainter, QPaintEvent, QResizeEvent, QWheelEvent
from PySide6.QtMultimedia import QVideoFrame, QVideoFrameFormat
from PySide6.QtWidgets import QApplication, QPushButton, QSizePolicy, QWidget

from app.palette import Role
from app.theme import SPACE, Text, theme
from app.widgets.pointer_overlay import PointerOverlay

if TYPE_CHECKING:
    from av.video.reformatter import VideoReformatter

MAX_ZOOM = 8.0
_ZOOM_PER_NOTCH = 1.25
_PLANAR = QVideoFrameFormat.PixelFormat.Format_YUV420P


class FramePainter:
    """Turns player frames into images of the size they are shown at.

    Qt's own conversion (`QVideoFrame.toImage`) takes 26 ms for a 1080p frame on a machine without a graphics card,
    and makes it full size; libswscale converts and scales in one go in 1.5 ms. Used for the format that software
    decoders give; other formats go Qt's way.
    """

    def __init__(self) -> None:
        self._reformatter: VideoReformatter | None = None

    def image(self, frame: QVideoFrame, size: QSize, part: QRect | None = None) -> QImage:
        """The picture of `frame` in `size` physical pixels; a null image if it cannot be read.

        Args:
            frame: what the player gave.
            size: of the result.
            part: what of the frame is wanted, even in all four; all of it if not given.
        """
        if frame.pixelFormat() is _PLANAR and not frame.isMapped():
            image = self._scaled(frame, size, part)
            if image is not None:
                return image
        whole = frame.toImage()
        if whole.isNull():
            return whole
        if part is not None:
            whole = whole.copy(part)
        return whole.scaled(size, Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.SmoothTransformation)

    def _scaled(self, frame: QVideoFrame, size: QSize, part: QRect | None) -> QImage | None:
        import av
        from av.video.reformatter import VideoReformatter

        if self._reformatter is None:
            self._reformatter = VideoReformatter()
        if not frame.map(QVideoFrame.MapMode.ReadOnly):
            return None
        whole = part or QRect(0, 0, frame.width(), frame.height())
        left, top, across, down = whole.x(), whole.y(), whole.width(), whole.height()
        try:
            source = av.VideoFrame(across, down, "yuv420p")
            for index, plane in enumerate(source.planes):
                stride = frame.bytesPerLine(index)
                data = np.frombuffer(frame.bits(index), np.uint8)
                unit = 1 if index == 0 else 2
                height = -(-frame.height() // unit)
                lines = data[: stride * height].reshape(height, stride)
                lines = lines[top // unit : top // unit + plane.height, left // unit : left // unit + plane.width]
                target = np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)
                target[: plane.height, : lines.shape[1]] = lines
        finally:
            frame.unmap()
        shrinks = size.width() < across
        scaled = self._reformatter.reformat(
            source,
            width=size.width(),
            height=size.height(),
            format="bgra",
            interpolation="AREA" if shrinks else "BICUBIC",
            threads=1,
        )
        plane = scaled.planes[0]
        return QImage(bytes(plane), size.width(), size.height(), plane.line_size, QImage.Format.Format_RGB32).copy()


class VideoView(QWidget):
    """The picture, letterboxed or zoomed into, with what is drawn over it; converted only when it is painted.

    Main thread only.

    Signals:
        clicked: a click on the picture.
        zoomed(factor): 1 shows all of it.
    """

    clicked = Signal()
    zoomed = Signal(float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._frame = QVideoFrame()
        self._image = QImage()
        self._image_of = (QRect(), QSize())
        self._painter = FramePainter()
        self._title = ""
        self._detail = ""
        self._icon = "ph.monitor-play"
        self._zoom = 1.0
        self._centre = QPointF(0.5, 0.5)
        self._pressed_at: QPointF | None = None
        self._dragging = False
        self._t_ns = 0
        self.overlay = PointerOverlay()
        self.action = QPushButton(self)
        """A button below the message: what can be done about it. Hidden unless `set_message` gives it words."""
        self.action.setProperty("look", "primary")
        self.action.hide()
        self.setObjectName("video")
        self.setAccessibleName(self.tr("Picture of the session"))
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.setMinimumSize(320, 180)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        theme().changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(800, 450)

    def set_frame(self, frame: QVideoFrame) -> None:
        """Shows a frame; an invalid one clears the picture."""
        self._frame = frame
        self._image = QImage()
        if frame.isValid():
            self.set_message("", "")
        self.update()

    def set_time(self, t_ns: int) -> None:
        """The session time whose pointer and clicks are drawn over the picture."""
        if t_ns != self._t_ns:
            self._t_ns = t_ns
            if self.overlay:
                self.update()

    def set_message(self, title: str, detail: str, icon: str = "ph.monitor-play", action: str = "") -> None:
        """What is said while there is no picture: a short title, what it means, and what `action` does about it."""
        self._title, self._detail, self._icon = title, detail, icon
        self.action.setText(action)
        self.action.setVisible(bool(action))
        self.setAccessibleDescription(f"{title} {detail}".strip())
        self.update()

    @property
    def message(self) -> str:
        """The words shown in place of a picture, or ""."""
        return f"{self._title} {self._detail}".strip()

    def has_frame(self) -> bool:
        return self._frame.isValid()

    def frame_image(self) -> QImage:
        """The frame on show at its full size; a null image if there is none."""
        if not self._frame.isValid():
            return QImage()
        return self._painter.image(self._frame, self._frame.size())

    # -- zoom --------------------------------------------------------------------------------------------------

    @property
    def zoom(self) -> float:
        """How much larger than whole the picture is; 1 to `MAX_ZOOM`."""
        return self._zoom

    def zoom_by(self, factor: float, anchor: QPointF | None = None) -> None:
        """Closer (above 1) or wider; what is under `anchor` (a place in the widget; else its middle) stays there."""
        self._zoom_to(self._zoom * factor, anchor or QPointF(self.rect().center()))

    def show_whole(self) -> None:
        """All of the picture again."""
        self._centre = QPointF(0.5, 0.5)
        self._zoom_to(1.0, QPointF(self.rect().center()))

    def picture_rect(self) -> QRect:
        """Where the whole picture is, in the widget's pixels; zoomed in it reaches beyond the widget."""
        if not self._frame.isValid():
            return QRect()
        whole = self._frame.size().scaled(self.size(), Qt.AspectRatioMode.KeepAspectRatio)
        size = QSize(round(whole.width() * self._zoom), round(whole.height() * self._zoom))
        return QRect(
            _place(size.width(), self.width(), self._centre.x()),
            _place(size.height(), self.height(), self._centre.y()),
            size.width(),
            size.height(),
        )

    def place_of(self, x: float, y: float) -> QPointF:
        """Where a pixel of the picture is in the widget."""
        rect, size = self.picture_rect(), self._frame.size()
        return QPointF(
            rect.x() + (x + 0.5) * rect.width() / max(1, size.width()),
            rect.y() + (y + 0.5) * rect.height() / max(1, size.height()),
        )

    def pixel_at(self, at: QPointF) -> QPoint | None:
        """The pixel of the picture under a place in the widget, None beside the picture."""
        rect, size = self.picture_rect(), self._frame.size()
        if rect.isEmpty() or not QRectF(rect).contains(at):
            return None
        return QPoint(
            min(size.width() - 1, int((at.x() - rect.x()) * size.width() / rect.width())),
            min(size.height() - 1, int((at.y() - rect.y()) * size.height() / rect.height())),
        )

    def _zoom_to(self, zoom: float, anchor: QPointF) -> None:
        zoom = min(max(1.0, zoom), MAX_ZOOM)
        if not self._frame.isValid() or zoom == self._zoom:
            return
        before = self.picture_rect()
        at = QPointF((anchor.x() - before.x()) / before.width(), (anchor.y() - before.y()) / before.height())
        self._zoom = zoom
        after = self.picture_rect()
        self._move_to(anchor.x() - at.x() * after.width(), anchor.y() - at.y() * after.height())
        self.zoomed.emit(zoom)

    def _move_to(self, left: float, top: float) -> None:
        """Puts the picture's corner somewhere, as far as the widget stays filled."""
        size = self.picture_rect().size()
        half = QPointF(self.width() / 2 / size.width(), self.height() / 2 / size.height())
        self._centre = QPointF(
            min(max((self.width() / 2 - left) / size.width(), half.x()), max(half.x(), 1 - half.x())),
            min(max((self.height() / 2 - top) / size.height(), half.y()), max(half.y(), 1 - half.y())),
        )
        self.update()

    # -- Qt ----------------------------------------------------------------------------------------------------

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme().color(Role.SURFACE_SUNKEN))
        whole = self.picture_rect()
        if whole.isEmpty():
            self._paint_message(painter)
            return
        part, target = self._seen(whole)
        ratio = self.devicePixelRatioF()
        pixels = QSize(max(1, round(target.width() * ratio)), max(1, round(target.height() * ratio)))
        if self._image.isNull() or self._image_of != (part, pixels):
            self._image = self._painter.image(self._frame, pixels, part)
            self._image_of = part, pixels
        painter.drawImage(target, self._image)
        if self.overlay:
            painter.setClipRect(whole)
            self.overlay.draw(painter, self._t_ns, self.place_of)
            painter.setClipping(False)
        if self._zoom > 1:
            self._paint_zoom(painter)

    def _seen(self, whole: QRect) -> tuple[QRect, QRectF]:
        """What of the frame is in sight, on even pixels, and where that is in the widget."""
        size = self._frame.size()
        across, down = whole.width() / size.width(), whole.height() / size.height()
        left = max(0, int((0 - whole.x()) / across)) & ~1
        top = max(0, int((0 - whole.y()) / down)) & ~1
        right = min(size.width(), (int((self.width() - whole.x()) / across) + 3) & ~1)
        bottom = min(size.height(), (int((self.height() - whole.y()) / down) + 3) & ~1)
        part = QRect(left, top, right - left, bottom - top)
        corner = QPointF(whole.x() + left * across, whole.y() + top * down)
        return part, QRectF(corner, QSizeF(part.width() * across, part.height() * down))

    def _paint_zoom(self, painter: QPainter) -> None:
        """How close it is, in a corner, so that nobody takes a part for the whole."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(theme().font(Text.CAPTION, strong=True, tabular=True))
        words = f"{self._zoom:.1f}×"
        box = QRectF(SPACE[1], SPACE[1], painter.fontMetrics().horizontalAdvance(words) + 2 * SPACE[1], 22)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme().color(Role.SURFACE_RAISED, 0.92))
        painter.drawRoundedRect(box, 6, 6)
        painter.setPen(theme().color(Role.TEXT))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, words)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._frame.isValid() and self._zoom > 1:
            rect = self.picture_rect()
            self._move_to(rect.x(), rect.y())

    def wheelEvent(self, event: QWheelEvent) -> None:
        turned = event.angleDelta().y() or event.angleDelta().x()
        self.zoom_by(_ZOOM_PER_NOTCH ** (turned / 120), event.position())
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton:
            self._pressed_at, self._dragging = event.position(), False
        super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._pressed_at is None or self._zoom <= 1:
            return
        moved = event.position() - self._pressed_at
        if not self._dragging and moved.manhattanLength() < QApplication.startDragDistance():
            return
        self._dragging = True
        self.setCursor(Qt.CursorShape.ClosedHandCursor)
        rect = self.picture_rect()
        self._move_to(rect.x() + moved.x(), rect.y() + moved.y())
        self._pressed_at = event.position()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        was_dragging, self._pressed_at, self._dragging = self._dragging, None, False
        self.unsetCursor()
        inside = self.rect().contains(event.position().toPoint())
        if event.button() is Qt.MouseButton.LeftButton and inside and not was_dragging:
            self.clicked.emit()
        super().mouseReleaseEvent(event)

    def _paint_message(self, painter: QPainter) -> None:
        if not self._title:
            return
        box = QRect(0, 0, min(self.width() - 2 * SPACE[4], 440), self.height())
        box.moveCenter(self.rect().center())
        title_font = theme().font(Text.STRONG, strong=True)
        body_font = theme().font(Text.BODY)
        wrap = Qt.AlignmentFlag.AlignHCenter | Qt.TextFlag.TextWordWrap
        painter.setFont(title_font)
        title_box = painter.boundingRect(box, int(wrap), self._title)
        painter.setFont(body_font)
        detail_box = painter.boundingRect(box, int(wrap), self._detail) if self._detail else QRect()
        icon = 32
        height = icon + SPACE[2] + title_box.height() + (SPACE[0] + detail_box.height() if self._detail else 0)
        height += SPACE[2] + self.action.height() if self.action.text() else 0
        top = (self.height() - height) // 2
        theme().icon(self._icon, Role.TEXT_MUTED, icon).paint(
            painter, QRect(self.rect().center().x() - icon // 2, top, icon, icon)
        )
        top += icon + SPACE[2]
        painter.setFont(title_font)
        painter.setPen(theme().color(Role.TEXT))
        painter.drawText(QRect(box.left(), top, box.width(), title_box.height()), int(wrap), self._title)
        top += title_box.height() + SPACE[0]
        painter.setFont(body_font)
        painter.setPen(theme().color(Role.TEXT_MUTED))
        painter.drawText(QRect(box.left(), top, box.width(), detail_box.height()), int(wrap), self._detail)
        if self.action.text():
            self.action.adjustSize()
            top += detail_box.height() + SPACE[2]
            self.action.move(self.rect().center().x() - self.action.width() // 2, top)


def _place(size: int, room: int, centre: float) -> int:
    """Where a picture begins: in the middle if it fits, else with its `centre` there, and no empty edge."""
    if size <= room:
        return (room - size) // 2
    return round(min(0.0, max(float(room - size), room / 2 - centre * size)))
