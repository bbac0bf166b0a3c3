"""Choosing a part of the screen: a still of it over the whole display, and a rectangle drawn with the mouse."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPixmap, QScreen
from PySide6.QtWidgets import QWidget

from app.palette import Role
from app.theme import Text, theme
from capture.config import Region

_LEAST = 64
_STEP = 10


class RegionPicker(QWidget):
    """Covers one display. Drag, or move and size with the arrow keys; Enter takes it, Escape gives up.

    Signals:
        picked(Region): physical pixels, coordinates of the root window.
    """

    picked = Signal(object)

    def __init__(self, screen: QScreen) -> None:
        super().__init__(None, Qt.WindowType.FramelessWindowHint | Qt.WindowType.WindowStaysOnTopHint)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Choose a part of the screen"))
        self.setAccessibleName(self.tr("Choose a part of the screen"))
        self._screen = screen
        self._still: QPixmap = screen.grabWindow(0)
        self._from = QPoint()
        full = QRect(QPoint(0, 0), screen.geometry().size())
        self._rect = full.adjusted(full.width() // 4, full.height() // 4, -full.width() // 4, -full.height() // 4)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setGeometry(screen.geometry())
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def region(self) -> Region:
        """The rectangle, in physical pixels; width and height are even, as the encoder needs them."""
        ratio = self._screen.devicePixelRatio()
        origin = self._screen.geometry().topLeft()
        rect = self._rect.normalized().intersected(self.rect())
        return Region(
            origin.x() + round(rect.x() * ratio),
            origin.y() + round(rect.y() * ratio),
            round(rect.width() * ratio) // 2 * 2,
            round(rect.height() * ratio) // 2 * 2,
        )

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._from = event.position().toPoint()
        self._rect = QRect(self._from, self._from)
        self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._rect = QRect(self._from, event.position().toPoint()).normalized()
        self.update()

    def mouseReleaseEvent(self, _event: QMouseEvent) -> None:
        if min(self._rect.width(), self._rect.height()) >= _LEAST:
            self._take()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        moves = {
            Qt.Key.Key_Left: QPoint(-_STEP, 0),
            Qt.Key.Key_Right: QPoint(_STEP, 0),
            Qt.Key.Key_Up: QPoint(0, -_STEP),
            Qt.Key.Key_Down: QPoint(0, _STEP),
        }
        key = Qt.Key(event.key())
        if key in moves:
            if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
                self._rect.setBottomRight(self._rect.bottomRight() + moves[key])
            else:
                self._rect.translate(moves[key])
            self.update()
        elif key in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            self._take()
        elif key is Qt.Key.Key_Escape:
            self.close()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.drawPixmap(self.rect(), self._still)
        veil = QColor(Qt.GlobalColor.black)
        veil.setAlphaF(0.55)
        painter.fillRect(self.rect(), veil)
        rect = self._rect.normalized()
        ratio = self._still.devicePixelRatio()
        source = QRect(rect.topLeft() * ratio, rect.size() * ratio)
        painter.drawPixmap(rect, self._still, source)
        painter.setPen(QPen(theme().color(Role.ACCENT), 2))
        painter.drawRect(rect)
        region = self.region()
        words = self.tr("%1 × %2. Drag to choose, or arrow keys (with Shift: size). Enter takes it, Esc gives up.")
        words = words.replace("%1", str(region.width)).replace("%2", str(region.height))
        painter.setFont(theme().font(Text.STRONG))
        painter.setPen(Qt.GlobalColor.white)
        painter.drawText(self.rect().adjusted(0, 32, 0, 0), Qt.AlignmentFlag.AlignHCenter, words)

    def _take(self) -> None:
        if min(self.region().width, self.region().height) >= _LEAST:
            self.picked.emit(self.region())
            self.close()
