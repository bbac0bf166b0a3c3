"""Severity as shape, number and colour, everywhere the same; and the control that sets it."""

from __future__ import annotations

import math

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFont, QIcon, QKeyEvent, QPainter, QPainterPath, QPen, QPixmap, QResizeEvent
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QLabel, QSizePolicy, QToolButton, QWidget

from annotate.models import Severity
from app.palette import Role
from app.theme import SPACE, Text, theme
from app.wording import severity_words

BADGE = 18
"""Side of a badge in a table or a button, in device-independent pixels."""


def severity_path(rect: QRectF, severity: Severity | None) -> QPainterPath:
    """The outline that says the severity without colour: disc, square, diamond, octagon; a small dot for none."""
    path = QPainterPath()
    centre, radius = rect.center(), min(rect.width(), rect.height()) / 2
    if severity is None:
        path.addEllipse(centre, radius * 0.32, radius * 0.32)
    elif severity <= Severity.COSMETIC:
        reach = radius * (0.84 if severity is Severity.NOT_A_PROBLEM else 0.94)
        path.addEllipse(centre, reach, reach)
    elif severity is Severity.MINOR:
        side = radius * 0.84
        path.addRoundedRect(QRectF(centre.x() - side, centre.y() - side, 2 * side, 2 * side), 3, 3)
    else:
        corners = 4 if severity is Severity.MAJOR else 8
        turn = 0.0 if corners == 4 else math.pi / 8
        reach = radius * (1.08 if corners == 4 else 1.02)
        for corner in range(corners):
            angle = turn + corner * 2 * math.pi / corners
            point = QPointF(centre.x() + reach * math.cos(angle), centre.y() + reach * math.sin(angle))
            if corner:
                path.lineTo(point)
            else:
                path.moveTo(point)
        path.closeSubpath()
    return path


def paint_severity(painter: QPainter, rect: QRectF, severity: Severity | None, *, number: bool = True) -> None:
    """Draws the badge of a severity into `rect`. 0 is a ring, since it says that this is not a problem."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    colour = theme().severity_color(severity)
    path = severity_path(rect, severity)
    ring = severity is Severity.NOT_A_PROBLEM
    painter.setPen(QPen(colour, 1.5) if ring else Qt.PenStyle.NoPen)
    painter.setBrush(theme().color(Role.SURFACE_RAISED) if ring else colour)
    painter.drawPath(path)
    if number and severity is not None:
        font = QFont(theme().font(Text.CAPTION, strong=True, tabular=True))
        font.setPixelSize(max(8, round(rect.height() * 0.6)))
        painter.setFont(font)
        painter.setPen(colour if ring else theme().color(Role.SURFACE_RAISED))
        painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, str(int(severity)))
    painter.restore()


def severity_icon(severity: Severity | None, size: int = BADGE) -> QIcon:
    """The badge as an icon, in the colours of the theme as it is now."""
    icon = QIcon()
    for ratio in (1.0, 2.0):
        pixmap = QPixmap(QSize(round(size * ratio), round(size * ratio)))
        pixmap.setDevicePixelRatio(ratio)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        paint_severity(painter, QRectF(1, 1, size - 2, size - 2), severity)
        painter.end()
        icon.addPixmap(pixmap)
    return icon


class SeverityPicker(QWidget):
    """Five buttons, 0 to 4, with Nielsen's word for the chosen one. A click on the chosen one takes it away.

    Args:
        with_word: the word is shown beside the buttons; else only their tooltips and names have it.

    Signals:
        picked(Severity | None): the user chose; not emitted by `set_severity`.
    """

    picked = Signal(object)

    def __init__(self, parent: QWidget | None = None, *, with_word: bool = True) -> None:
        super().__init__(parent)
        self._severity: Severity | None = None
        self._group = QButtonGroup(self)
        self._group.setExclusive(False)
        self._buttons: dict[Severity, QToolButton] = {}
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACE[0])
        for severity in Severity:
            button = QToolButton(self)
            button.setCheckable(True)
            button.setProperty("look", "quiet")
            button.setIconSize(QSize(BADGE, BADGE))
            words = self.tr("Severity {number}: {word}").format(number=int(severity), word=severity_words(severity))
            button.setAccessibleName(words)
            button.setToolTip(f"{words} ({int(severity)})")
            button.clicked.connect(lambda _checked, chosen=severity: self._click(chosen))
            self._group.addButton(button)
            self._buttons[severity] = button
            row.addWidget(button)
        self._word = QLabel(self)
        self._word.setProperty("tone", "muted")
        self._word.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        row.addSpacing(SPACE[0])
        row.addWidget(self._word, 1)
        if not with_word:
            self._word.hide()
            row.addStretch(1)
        self.setFocusProxy(self._buttons[Severity.NOT_A_PROBLEM])
        theme().changed.connect(self._dress)
        self._dress()
        self._show()

    @property
    def severity(self) -> Severity | None:
        return self._severity

    def set_severity(self, severity: Severity | None) -> None:
        self._severity = severity
        self._show()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        text = event.text()
        if text and text in "01234":
            self._choose(Severity(int(text)))
        elif event.key() in {Qt.Key.Key_Backspace, Qt.Key.Key_Delete}:
            self._choose(None)
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() is QEvent.Type.EnabledChange:
            self._show()
        super().changeEvent(event)

    def _click(self, severity: Severity) -> None:
        self._choose(None if severity is self._severity else severity)

    def _choose(self, severity: Severity | None) -> None:
        changed = severity is not self._severity
        self.set_severity(severity)
        if changed:
            self.picked.emit(severity)

    def _dress(self) -> None:
        for severity, button in self._buttons.items():
            button.setIcon(severity_icon(severity))

    def _show(self) -> None:
        for severity, button in self._buttons.items():
            button.setChecked(severity is self._severity)
        self._fit()

    def _fit(self) -> None:
        """The word is there whole or not at all: half a word says nothing that the buttons don't."""
        words = ""
        if self.isEnabled():
            words = self.tr("not rated") if self._severity is None else severity_words(self._severity)
        fits = self._word.fontMetrics().horizontalAdvance(words) <= self._word.width()
        self._word.setText(words if fits else "")
