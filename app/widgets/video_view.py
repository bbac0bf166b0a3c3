"""Shows the session's picture: whole, sharp, and able to say what is missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QImage, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtMultimedia import QVideoFrame, QVideoFrameFormat
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.palette import Role
from app.theme import SPACE, Text, theme

if TYPE_CHECKING:
    from av.video.reformatter import VideoReformatter

_PLANAR = QVideoFrameFormat.PixelFormat.Format_YUV420P


class FramePainter:
    """Turns player frames into images of the size they are shown at.

    Qt's own conversion (`QVideoFrame.toImage`) takes 26 ms for a 1080p frame on a machine without a graphics card,
    and makes it full size; libswscale converts and scales in one go in 1.5 ms. Used for the format that software
    decoders give; other formats go Qt's way.
    """

    def __init__(self) -> None:
        self._reformatter: VideoReformatter | None = None

    def image(self, frame: QVideoFrame, size: QSize) -> QImage:
        """The picture of `frame` in `size` physical pixels; a null image if it cannot be read."""
        if frame.pixelFormat() is _PLANAR and not frame.isMapped():
            image = self._scaled(frame, size)
            if image is not None:
                return image
        whole = frame.toImage()
        if whole.isNull():
            return whole
        return whole.scaled(size, Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.SmoothTransformation)

    def _scaled(self, frame: QVideoFrame, size: QSize) -> QImage | None:
        import av
        from av.video.reformatter import VideoReformatter

        if self._reformatter is None:
            self._reformatter = VideoReformatter()
        if not frame.map(QVideoFrame.MapMode.ReadOnly):
            return None
        try:
            source = av.VideoFrame(frame.width(), frame.height(), "yuv420p")
            for index, plane in enumerate(source.planes):
                stride = frame.bytesPerLine(index)
                data = np.frombuffer(frame.bits(index), np.uint8)
                lines = data[: stride * plane.height].reshape(plane.height, stride)
                target = np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)
                width = min(stride, plane.line_size)
                target[: plane.height, :width] = lines[:, :width]
        finally:
            frame.unmap()
        shrinks = size.width() < frame.width()
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
    """The picture, letterboxed; converted only when it is painted. Main thread only.

    Signals:
        clicked: a click on the picture.
    """

    clicked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._frame = QVideoFrame()
        self._image = QImage()
        self._image_size = QSize()
        self._painter = FramePainter()
        self._title = ""
        self._detail = ""
        self._icon = "ph.monitor-play"
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

    def set_message(self, title: str, detail: str, icon: str = "ph.monitor-play") -> None:
        """What is said while there is no picture: a short title, and what it means."""
        self._title, self._detail, self._icon = title, detail, icon
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

    def picture_size(self) -> QSize:
        """The picture's own size, in its pixels."""
        return self._frame.size() if self._frame.isValid() else QSize()

    def picture_rect(self) -> QRect:
        """Where in the widget the picture is."""
        if not self._frame.isValid():
            return QRect()
        size = self._frame.size().scaled(self.size(), Qt.AspectRatioMode.KeepAspectRatio)
        corner = QPoint((self.width() - size.width()) // 2, (self.height() - size.height()) // 2)
        return QRect(corner, size)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme().color(Role.SURFACE_SUNKEN))
        target = self.picture_rect()
        if target.isEmpty():
            self._paint_message(painter)
            return
        ratio = self.devicePixelRatioF()
        pixels = QSize(round(target.width() * ratio), round(target.height() * ratio))
        if self._image.isNull() or self._image_size != pixels:
            self._image = self._painter.image(self._frame, pixels)
            self._image_size = pixels
        painter.drawImage(target, self._image)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton and self.rect().contains(event.position().toPoint()):
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
