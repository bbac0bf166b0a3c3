"""How the review desk is laid out: two columns of two panes, each of which can have the desk to itself."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QSplitter, QVBoxLayout, QWidget

from app.settings import settings
from app.widgets.basics import hairline


class ReviewDesk(QWidget):
    """The left panes over each other, the right ones beside them. The splitters are remembered.

    Args:
        head: the line above.
        left: picture and timeline.
        right: transcript and observations.
    """

    def __init__(self, head: QWidget, left: tuple[QWidget, QWidget], right: tuple[QWidget, QWidget]) -> None:
        super().__init__()
        self._panes = (*left, *right)
        self._filled: QWidget | None = None
        self._left = _splitter(Qt.Orientation.Vertical, left, (54, 46))
        self._right = _splitter(Qt.Orientation.Vertical, right, (38, 62))
        self._across = _splitter(Qt.Orientation.Horizontal, (self._left, self._right), (60, 40))
        for name, splitter in (("left", self._left), ("right", self._right), ("across", self._across)):
            key = f"review.{name}"
            state = settings().state(key)
            if state is not None:
                splitter.restoreState(state)
            splitter.splitterMoved.connect(lambda _pos, _i, k=key, s=splitter: settings().keep_state(k, s.saveState()))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(head)
        layout.addWidget(hairline())
        layout.addWidget(self._across, 1)

    @property
    def filled(self) -> QWidget | None:
        """The pane that has the desk to itself."""
        return self._filled

    def fill(self) -> None:
        """The pane with the focus (else the first) takes the whole desk; again: all panes are back."""
        if self._filled is not None:
            self.leave_fill()
            return
        focus = QApplication.focusWidget()
        self._filled = next((p for p in self._panes if focus is not None and p.isAncestorOf(focus)), self._panes[0])
        for pane in self._panes:
            pane.setVisible(pane is self._filled)
        self._left.setVisible(self._filled in self._panes[:2])
        self._right.setVisible(self._filled in self._panes[2:])

    def leave_fill(self) -> None:
        """All panes are back."""
        if self._filled is not None:
            self._filled = None
            for part in (self._left, self._right, *self._panes):
                part.show()


def player_pane(video: QWidget, transport: QWidget) -> QWidget:
    """The picture with its bar under it."""
    pane = QWidget()
    layout = QVBoxLayout(pane)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(0)
    layout.addWidget(video, 1)
    layout.addWidget(hairline())
    layout.addWidget(transport)
    return pane


def _splitter(orientation: Qt.Orientation, parts: tuple[QWidget, QWidget], shares: tuple[int, int]) -> QSplitter:
    splitter = QSplitter(orientation)
    splitter.setChildrenCollapsible(False)
    splitter.setHandleWidth(1)  # Qt makes a wider one of it to take hold of
    for number, (part, share) in enumerate(zip(parts, shares, strict=True)):
        splitter.addWidget(part)
        splitter.setStretchFactor(number, share)
    splitter.setSizes([share * 10 for share in shares])
    return splitter
