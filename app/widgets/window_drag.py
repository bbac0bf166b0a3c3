"""Moving a window that has no frame by its empty parts, and keeping it on the screen."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, Qt, QTimer
from PySide6.QtGui import QGuiApplication, QMouseEvent
from PySide6.QtWidgets import QApplication, QWidget

_REST_MS = 250


class WindowDrag(QObject):
    """Watches a top-level window: a drag of its ground moves it, a click doesn't, and it stays within a screen.

    The window system does the moving (on Wayland nobody else can), which ends with the release of the button. Handed
    over at the press it would miss the release of a short click and stick to the pointer; so it is only after the
    drag distance.
    """

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._pressed: QPoint | None = None
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(_REST_MS)
        self._rest.timeout.connect(self.keep_on_screen)
        window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QMouseEvent):
            self._mouse(event)
        elif event.type() in {QEvent.Type.Move, QEvent.Type.Resize}:
            self._rest.start()
        return super().eventFilter(watched, event)

    def keep_on_screen(self) -> None:
        """Moves the window so that all of it is within the screen that shows most of it."""
        if not self._window.isVisible():
            return
        frame = self._window.frameGeometry()
        rooms = [screen.availableGeometry() for screen in QGuiApplication.screens()]
        room = max(rooms, key=lambda each: _area(each.intersected(frame)))
        target = inside(frame, room)
        if target != frame.topLeft():
            self._window.move(target)

    def _mouse(self, event: QMouseEvent) -> None:
        at = event.globalPosition().toPoint()
        if event.type() is QEvent.Type.MouseButtonPress and event.button() is Qt.MouseButton.LeftButton:
            self._pressed = at
        elif event.type() is QEvent.Type.MouseButtonRelease:
            self._pressed = None
        elif event.type() is QEvent.Type.MouseMove and self._pressed is not None:
            held = bool(event.buttons() & Qt.MouseButton.LeftButton)
            if held and (at - self._pressed).manhattanLength() < QApplication.startDragDistance():
                return
            self._pressed = None
            handle = self._window.windowHandle()
            if held and handle is not None:
                handle.startSystemMove()


def inside(frame: QRect, room: QRect) -> QPoint:
    """The place nearest to where `frame` is at which it is within `room`; what is too large keeps its upper left."""
    x = max(room.left(), min(frame.left(), room.right() - frame.width() + 1))
    y = max(room.top(), min(frame.top(), room.bottom() - frame.height() + 1))
    return QPoint(x, y)


def _area(rect: QRect) -> int:
    return rect.width() * rect.height() if rect.isValid() else 0
