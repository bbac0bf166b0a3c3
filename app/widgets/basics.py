"""Small pieces that every page is made of."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtGui import (
    QAccessible,
    QAccessibleAnnouncementEvent,
    QFontMetrics,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QResizeEvent,
)
from PySide6.QtWidgets import (
    QAbstractButton,
    QBoxLayout,
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLayout,
    QPushButton,
    QSizePolicy,
    QStyle,
    QStyleOptionComboBox,
    QStylePainter,
    QVBoxLayout,
    QWidget,
)

from app.palette import Role
from app.plain import tooltip
from app.theme import RADIUS_CARD, SPACE, Text, theme

_EMPTY_WIDTH = 440
_POPUP_WIDTH = 420


def label(
    text: str = "", size: Text = Text.BODY, *, tone: str = "", strong: bool = False, wrap: bool = False
) -> QLabel:
    """A label. `tone`: muted, accent, danger, warning, success or "" for plain text."""
    made = QLabel(text)
    made.setFont(theme().font(size, strong=strong))
    made.setWordWrap(wrap)
    made.setTextFormat(Qt.TextFormat.PlainText)
    if tone:
        made.setProperty("tone", tone)
    return made


def numbers(text: str = "", size: Text = Text.BODY, *, tone: str = "", strong: bool = False) -> QLabel:
    """A label with tabular figures: for whatever ticks or stands in a column."""
    made = label(text, size, tone=tone)
    made.setFont(theme().font(size, strong=strong, tabular=True))
    return made


def set_tone(widget: QWidget, tone: str, name: str = "tone") -> None:
    """Changes a property that the style sheet looks at, and dresses the widget anew."""
    if widget.property(name) != tone:
        widget.setProperty(name, tone)
        widget.style().unpolish(widget)
        widget.style().polish(widget)


def button(text: str, *, look: str = "", icon: str = "", role: Role = Role.TEXT) -> QPushButton:
    """A push button. `look`: primary, danger, big, quiet, link or ""."""
    made = QPushButton(text)
    if look:
        made.setProperty("look", look)
    if icon:
        filled = {"primary": Role.ACCENT_TEXT, "big": Role.ACCENT_TEXT, "danger": Role.DANGER_TEXT}
        made.setIcon(theme().icon(icon, filled.get(look, role)))
    made.setCursor(Qt.CursorShape.PointingHandCursor)
    return made


def row(*items: QWidget | QLayout | int | None, spacing: int = SPACE[1]) -> QHBoxLayout:
    """A row: widgets and layouts; a number is a gap, None takes what room is left."""
    layout = QHBoxLayout()
    _fill(layout, items, spacing)
    return layout


def column(*items: QWidget | QLayout | int | None, spacing: int = SPACE[1]) -> QVBoxLayout:
    """A column, as `row`."""
    layout = QVBoxLayout()
    _fill(layout, items, spacing)
    return layout


def _fill(layout: QBoxLayout, items: Iterable[QWidget | QLayout | int | None], spacing: int) -> None:
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(spacing)
    for item in items:
        if item is None:
            layout.addStretch(1)
        elif isinstance(item, int):
            layout.addSpacing(item)
        elif isinstance(item, QWidget):
            layout.addWidget(item)
        else:
            layout.addLayout(item)


def clear(layout: QLayout) -> None:
    """Takes all widgets out of a layout, and ends them."""
    while (item := layout.takeAt(0)) is not None:
        widget = item.widget()
        if widget is not None:
            widget.hide()
            widget.deleteLater()


def announce(widget: QWidget, text: str) -> None:
    """Has a screen reader say `text`: for changes that are otherwise only seen."""
    if QAccessible.isActive():
        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(widget, text))


def icon_label(name: str, role: Role, size: int = 16) -> IconLabel:
    """A label that shows an icon; purely decoration, so it has no name."""
    return IconLabel(name, role, size)


class IconLabel(QLabel):
    """Shows an icon in the colour of a role."""

    def __init__(self, name: str, role: Role, size: int) -> None:
        super().__init__()
        self._icon = theme().icon(name, role, size)
        self.setFixedSize(size, size)
        theme().changed.connect(self.update)

    def set_icon(self, name: str, role: Role) -> None:
        """Shows another icon."""
        self._icon = theme().icon(name, role)
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        self._icon.paint(QPainter(self), self.rect())


def hairline() -> QFrame:
    """A thin line across."""
    line = QFrame()
    line.setProperty("hairline", True)
    return line


class Card(QFrame):
    """A raised ground with a round edge and room inside; `body` is its column."""

    def __init__(self, parent: QWidget | None = None, *, margin: int = SPACE[3], spacing: int = SPACE[2]) -> None:
        super().__init__(parent)
        self.setProperty("card", True)
        self.body = QVBoxLayout(self)
        self.body.setContentsMargins(margin, margin, margin, margin)
        self.body.setSpacing(spacing)


def bring_forward(window: QWidget) -> None:
    """Shows a window in front of the others."""
    window.show()
    window.raise_()
    window.activateWindow()


class CardButton(QAbstractButton):
    """A card that is one large button. Labels inside let the mouse through; the name says all that is written on it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.body = QVBoxLayout(self)
        self.body.setContentsMargins(SPACE[3], SPACE[3], SPACE[3], SPACE[3])
        self.body.setSpacing(SPACE[0])
        theme().changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return self.body.sizeHint()

    def minimumSizeHint(self) -> QSize:
        return self.body.minimumSize()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colors = theme()
        ground = Role.ACCENT_SOFT if self.isDown() else Role.SURFACE_RAISED
        edge = Role.ACCENT if self.underMouse() or self.hasFocus() else Role.LINE
        width = 2.0 if self.hasFocus() else 1.0
        painter.setPen(QPen(colors.color(edge), width))
        painter.setBrush(colors.color(ground))
        inset = width / 2
        painter.drawRoundedRect(self.rect().toRectF().adjusted(inset, inset, -inset, -inset), RADIUS_CARD, RADIUS_CARD)


class ElidedComboBox(QComboBox):
    """A choice of long names: cut with "…" while closed, and in a list that is wide enough to read them."""

    def showPopup(self) -> None:
        # Long names show as they are, up to what a page bears; beyond that the list cuts them itself.
        view = self.view()
        view.setTextElideMode(Qt.TextElideMode.ElideRight)
        view.setMinimumWidth(max(self.width(), min(_POPUP_WIDTH, view.sizeHintForColumn(0) + 2 * SPACE[2])))
        super().showPopup()

    def shown(self) -> str:
        """The chosen name as far as there is room for it."""
        return self._option().currentText

    def paintEvent(self, _event: QPaintEvent) -> None:
        option = self._option()
        painter = QStylePainter(self)
        painter.drawComplexControl(QStyle.ComplexControl.CC_ComboBox, option)
        painter.drawControl(QStyle.ControlElement.CE_ComboBoxLabel, option)

    def _option(self) -> QStyleOptionComboBox:
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        part = QStyle.SubControl.SC_ComboBoxEditField
        room = self.style().subControlRect(QStyle.ComplexControl.CC_ComboBox, option, part, self)
        width = room.width() - (0 if option.currentIcon.isNull() else option.iconSize.width() + SPACE[0])
        option.currentText = self.fontMetrics().elidedText(option.currentText, Qt.TextElideMode.ElideRight, width - 2)
        return option


class ElidedLabel(QLabel):
    """One line of text that is cut with "…" when it is too long; the tooltip has the whole."""

    def __init__(
        self,
        text: str = "",
        size: Text = Text.BODY,
        *,
        strong: bool = False,
        tone: str = "",
        mode: Qt.TextElideMode = Qt.TextElideMode.ElideRight,
    ) -> None:
        super().__init__()
        self.setTextFormat(Qt.TextFormat.PlainText)  # what people wrote never comes alive
        self._full = ""
        self._mode = mode
        self.setFont(theme().font(size, strong=strong))
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        if tone:
            self.setProperty("tone", tone)
        self.set_full_text(text)

    def set_full_text(self, text: str) -> None:
        """Shows `text`, as much as fits."""
        self._full = text
        self.setAccessibleName(text)
        self._elide()

    def full_text(self) -> str:
        return self._full

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._elide()

    def _elide(self) -> None:
        shown = QFontMetrics(self.font()).elidedText(self._full, self._mode, max(0, self.width() - 2))
        self.setText(shown)
        self.setToolTip(tooltip(self._full) if shown != self._full else "")


class EmptyState(QWidget):
    """What a list or pane shows while it has nothing: one sentence, one button (or two)."""

    def __init__(self, icon: str, title: str, words: str, *buttons: QPushButton) -> None:
        super().__init__()
        picture = icon_label(icon, Role.TEXT_MUTED, 48)
        heading = label(title, Text.TITLE)
        heading.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.words = label(words, tone="muted", wrap=True)
        self.words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        # A label that wraps can't tell a centred layout its height; it can once its width is given.
        self.words.setFixedSize(_EMPTY_WIDTH, self.words.heightForWidth(_EMPTY_WIDTH))
        middle = column(spacing=SPACE[2])
        middle.addWidget(picture, 0, Qt.AlignmentFlag.AlignHCenter)
        middle.addWidget(heading, 0, Qt.AlignmentFlag.AlignHCenter)
        middle.addWidget(self.words, 0, Qt.AlignmentFlag.AlignHCenter)
        if buttons:
            middle.addSpacing(SPACE[1])
            middle.addLayout(row(None, *buttons, None, spacing=SPACE[2]))
        layout = column(None, middle, None, None, spacing=0)
        self.setLayout(layout)


class PageHeader(QWidget):
    """Top of a page: where we are (small), the title, and the page's main actions at the right."""

    def __init__(self, title: str, *actions: QWidget) -> None:
        super().__init__()
        self.over = ElidedLabel("", Text.CAPTION, tone="muted")
        self.title = ElidedLabel(title, Text.TITLE)
        words = column(self.over, self.title, spacing=0)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE[2])
        self.setMinimumHeight(44)
        layout.addLayout(words, 1)
        for action in actions:
            layout.addWidget(action, 0, Qt.AlignmentFlag.AlignVCenter)
        self.set_over("")

    def set_over(self, text: str) -> None:
        """The line above the title, e.g. the study's name; nothing hides it."""
        self.over.set_full_text(text)
        self.over.setVisible(bool(text))


class Picture(QWidget):
    """A picture that fits its room, on a sunken ground; words while there is none."""

    def __init__(self, words: str = "") -> None:
        super().__init__()
        self._pixmap = QPixmap()
        self._words = words
        self.setMinimumSize(320, 180)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        theme().changed.connect(self.update)

    def show_picture(self, pixmap: QPixmap) -> None:
        self._pixmap = pixmap
        self.update()

    def show_words(self, words: str) -> None:
        """Takes the picture away and says why."""
        self._pixmap = QPixmap()
        self._words = words
        self.setAccessibleDescription(words)
        self.update()

    def has_picture(self) -> bool:
        return not self._pixmap.isNull()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHints(QPainter.RenderHint.SmoothPixmapTransform | QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(theme().color(Role.LINE), 1))
        painter.setBrush(theme().color(Role.SURFACE_SUNKEN))
        painter.drawRoundedRect(self.rect().toRectF().adjusted(0.5, 0.5, -0.5, -0.5), RADIUS_CARD, RADIUS_CARD)
        inside = self.rect().adjusted(6, 6, -6, -6)
        if self._pixmap.isNull():
            painter.setPen(theme().color(Role.TEXT_MUTED))
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(inside.adjusted(16, 0, -16, 0), flags, self._words)
            return
        size = self._pixmap.size().scaled(inside.size(), Qt.AspectRatioMode.KeepAspectRatio)
        target = QRect(QPoint(0, 0), size)
        target.moveCenter(inside.center())
        painter.drawPixmap(target, self._pixmap)
