"""One figure, large: what it is, its value, how sure it is; how it is made on hover and for a screen reader."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QFocusEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QSizePolicy, QWidget

from annotate.figures.methods import Figure
from annotate.figures.words import DASH, method_words
from app.palette import Role
from app.plain import tooltip
from app.theme import RADIUS_CARD, SPACE, Text, theme
from app.widgets.basics import column, label, numbers
from app.widgets.dot_strip import Strip, paint_strip


class _StripView(QWidget):
    def __init__(self) -> None:
        super().__init__()
        self._strip: Strip | None = None
        self.setFixedHeight(20)
        theme().changed.connect(self.update)

    def set_strip(self, strip: Strip | None) -> None:
        self._strip = strip
        self.setVisible(strip is not None and bool(strip.values))
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        if self._strip is not None:
            paint_strip(QPainter(self), QRectF(self.rect()), self._strip)


class FigureTile(QFrame):
    """Takes the focus, so that everybody gets to the formula by keyboard."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self._name = name
        self._caption = label(name, Text.CAPTION, tone="muted")
        self._value = numbers(DASH, Text.TITLE, strong=True)
        self._note = label("", Text.CAPTION, tone="muted")
        self._strip = _StripView()
        layout = column(self._caption, self._value, self._strip, self._note, None, spacing=2)
        layout.setContentsMargins(SPACE[2], SPACE[1], SPACE[2], SPACE[1])
        self.setLayout(layout)
        self.setProperty("card", True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(
            QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum
        )  # all in a row as high as the highest
        self.setMinimumWidth(132)
        self.setAccessibleName(f"{name}: {DASH}")

    def show_figure(
        self, value: str, note: str, figure: Figure, *, n: int | None = None, strip: Strip | None = None, more: str = ""
    ) -> None:
        """Shows a value; `more` goes before how it is made."""
        self._value.setText(value)
        self._note.setText(note)
        self._strip.set_strip(strip)
        words = method_words(figure, n)
        told = f"{more}\n\n{words}" if more else words
        self.setToolTip(tooltip(told))
        self.setAccessibleName(f"{self._name}: {value}. {note}")
        self.setAccessibleDescription(told)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self.hasFocus():
            painter = QPainter(self)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(theme().color(Role.FOCUS), 2))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), RADIUS_CARD, RADIUS_CARD)
