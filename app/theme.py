"""The look: colours by role, the style sheet, icons that follow the theme, fonts with tabular figures.

Use `theme()`; nothing else names a colour. Icons are Phosphor's outlines (`ph.*`), drawn when they are shown, so
that they change with the theme without being set again.
"""

from __future__ import annotations

import os
from enum import StrEnum
from functools import cache
from importlib import resources
from pathlib import Path

from PySide6.QtCore import QObject, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontInfo,
    QGuiApplication,
    QIcon,
    QIconEngine,
    QPainter,
    QPalette,
    QPixmap,
)
from PySide6.QtWidgets import QApplication, QStyleFactory

from annotate.models import ObservationKind, Severity
from app import style
from app.palette import DARK, LIGHT, Role

SPACE = (4, 8, 12, 16, 24, 32)
"""The only distances between things, in device-independent pixels."""
RADIUS_CONTROL = 6
RADIUS_CARD = 10
ROW_DENSE = 28
ROW_COMFORTABLE = 36

_TABULAR = QFont.Tag("tnum")


class Text(StrEnum):
    """Sizes of type."""

    CAPTION = "caption"
    BODY = "body"
    STRONG = "strong"
    TITLE = "title"


_PIXELS = {Text.CAPTION: 11, Text.BODY: 13, Text.STRONG: 15, Text.TITLE: 20}

KIND_ICONS = {
    ObservationKind.MARK: "ph.flag",
    ObservationKind.PROBLEM: "ph.warning-circle",
    ObservationKind.POSITIVE: "ph.thumbs-up",
    ObservationKind.QUOTE: "ph.quotes",
    ObservationKind.IDEA: "ph.lightbulb",
    ObservationKind.QUESTION: "ph.question",
    ObservationKind.HELP: "ph.lifebuoy",
}


class Theme(QObject):
    """The application's look. Main thread only.

    Signals:
        changed: the colours are others now; whoever paints by hand updates. Style sheet and icons follow by themselves.
    """

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._mode = "system"
        self._dark = False
        self._app: QApplication | None = None
        self._base_pixels = _PIXELS[Text.BODY]

    @property
    def mode(self) -> str:
        """'light', 'dark' or 'system'."""
        return self._mode

    @property
    def is_dark(self) -> bool:
        return self._dark

    def set_mode(self, mode: str) -> None:
        """Changes the theme at once; an unknown mode is 'system'."""
        self._mode = mode if mode in {"light", "dark"} else "system"
        self._refresh()

    def apply(self, app: QApplication) -> None:
        """Dresses `app`: style, palette, font, style sheet; follows the system's colour scheme in mode 'system'."""
        if self._app is not app:
            self._app = app
            app.setStyle(QStyleFactory.create("Fusion"))
            # A user who chose a larger system font gets everything larger, by the same factor.
            self._base_pixels = max(_PIXELS[Text.BODY], QFontInfo(app.font()).pixelSize())
            app.setFont(self.font())
            app.styleHints().colorSchemeChanged.connect(self._refresh)
        self._dress()

    def color(self, role: Role, alpha: float = 1.0) -> QColor:
        """The colour of `role`, with `alpha` 0 to 1."""
        color = QColor((DARK if self._dark else LIGHT)[role])
        color.setAlphaF(alpha)
        return color

    def severity_color(self, severity: Severity | int | None) -> QColor:
        """The colour of a severity; muted text for None. Always shown with its number and shape."""
        return self.color(Role.TEXT_MUTED if severity is None else Role(f"severity_{int(severity)}"))

    def kind_role(self, kind: ObservationKind) -> Role:
        return Role(f"kind_{kind.value}")

    def kind_color(self, kind: ObservationKind) -> QColor:
        """The colour of an observation's kind."""
        return self.color(self.kind_role(kind))

    def speaker_color(self, index: int) -> QColor:
        """A calm, constant colour for the n-th speaker."""
        return self.color(Role(f"speaker_{index % 4 + 1}"))

    def icon(self, name: str, role: Role = Role.TEXT, size: int = 16) -> QIcon:
        """A Phosphor icon ("ph.play") in the colour of `role`; it follows the theme. `size` is its natural size."""
        return QIcon(_GlyphEngine(name, role, size))

    def kind_icon(self, kind: ObservationKind, size: int = 16) -> QIcon:
        """The icon of an observation's kind, in its colour."""
        return self.icon(KIND_ICONS[kind], self.kind_role(kind), size)

    def font(self, text: Text = Text.BODY, *, strong: bool = False, tabular: bool = False) -> QFont:
        """The system's UI font at one of the four sizes; `tabular` figures for everything that counts or ticks."""
        font = QFont(QApplication.font())
        font.setPixelSize(round(_PIXELS[text] * self._base_pixels / _PIXELS[Text.BODY]))
        if strong or text is Text.TITLE:
            font.setWeight(QFont.Weight.DemiBold)
        if tabular:
            font.setFeature(_TABULAR, 1)
        return font

    def _refresh(self) -> None:
        if self._app is not None:
            self._dress()
        else:
            self._dark = self._mode == "dark"
            self.changed.emit()

    def _dress(self) -> None:
        app = self._app
        assert app is not None
        system_dark = QGuiApplication.styleHints().colorScheme() is Qt.ColorScheme.Dark
        self._dark = system_dark if self._mode == "system" else self._mode == "dark"
        app.setPalette(self._palette())
        roles = DARK if self._dark else LIGHT
        mixed = {
            "accent_hover": self._mix(Role.ACCENT, Role.TEXT, 0.16),
            "accent_pressed": self._mix(Role.ACCENT, Role.TEXT, 0.3),
            "danger_hover": self._mix(Role.DANGER, Role.TEXT, 0.16),
        }
        app.setStyleSheet(style.build(roles, mixed, _images() / ("dark" if self._dark else "light")))
        self.changed.emit()

    def _mix(self, role: Role, other: Role, share: float) -> str:
        a, b = self.color(role), self.color(other)
        parts = ((a.red(), b.red()), (a.green(), b.green()), (a.blue(), b.blue()))
        return QColor(*(round(x * (1 - share) + y * share) for x, y in parts)).name()

    def _palette(self) -> QPalette:
        palette = QPalette()
        group = QPalette.ColorRole
        for target, role in (
            (group.Window, Role.SURFACE),
            (group.WindowText, Role.TEXT),
            (group.Base, Role.SURFACE_RAISED),
            (group.AlternateBase, Role.SURFACE),
            (group.Text, Role.TEXT),
            (group.Button, Role.SURFACE_RAISED),
            (group.ButtonText, Role.TEXT),
            (group.BrightText, Role.DANGER),
            (group.Highlight, Role.SELECTION),
            (group.HighlightedText, Role.TEXT),
            (group.Accent, Role.ACCENT),
            (group.Link, Role.ACCENT),
            (group.LinkVisited, Role.ACCENT),
            (group.PlaceholderText, Role.TEXT_MUTED),
            (group.ToolTipBase, Role.TEXT),
            (group.ToolTipText, Role.SURFACE_RAISED),
            (group.Mid, Role.LINE),
            (group.Dark, Role.LINE_STRONG),
            (group.Light, Role.SURFACE_RAISED),
        ):
            palette.setColor(target, self.color(role))
        for target in (group.Text, group.WindowText, group.ButtonText):
            palette.setColor(QPalette.ColorGroup.Disabled, target, self.color(Role.TEXT_MUTED))
        return palette


class _GlyphEngine(QIconEngine):
    """Draws one glyph of the icon font, in the colour that its role has at that moment."""

    def __init__(self, name: str, role: Role, size: int) -> None:
        super().__init__()
        self._family, self._glyph = _glyph(name)  # here: its font may not be loaded amid painting, where Qt crashes
        self._name = name
        self._role = role
        self._size = size

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        role = self._role
        if mode is QIcon.Mode.Disabled:
            role = Role.TEXT_MUTED
        elif state is QIcon.State.On and role in {Role.TEXT, Role.TEXT_MUTED}:
            role = Role.ACCENT
        font = QFont(self._family)
        font.setPixelSize(max(1, min(rect.width(), rect.height())))
        painter.save()
        painter.setFont(font)
        painter.setPen(theme().color(role, 0.55 if mode is QIcon.Mode.Disabled else 1.0))
        painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, self._glyph)
        painter.restore()

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        pixmap = QPixmap(size)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        self.paint(painter, QRect(QPoint(0, 0), size), mode, state)
        painter.end()
        return pixmap

    def actualSize(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QSize:  # noqa: ARG002
        return size if not size.isEmpty() else QSize(self._size, self._size)

    def clone(self) -> QIconEngine:
        return _GlyphEngine(self._name, self._role, self._size)


@cache
def _glyph(name: str) -> tuple[str, str]:
    """Family and character of an icon; a name that isn't in the font is a defect and raises."""
    os.environ.setdefault("QT_API", "pyside6")
    import qtawesome  # 0.1 s: not before the first icon is made

    family: str = qtawesome.font("ph", 16).family()
    glyph: str = qtawesome.charmap(name)
    return family, glyph


@cache
def _images() -> Path:
    return Path(str(resources.files("resources"))) / "themes"


_theme: Theme | None = None


def theme() -> Theme:
    """The application's one theme."""
    global _theme  # noqa: PLW0603  # one per process, made on first use
    if _theme is None:
        _theme = Theme()
    return _theme
