"""Charts in the app's colours and fonts, and as pictures to save."""

from __future__ import annotations

from PySide6.QtCore import QBuffer, QByteArray, QIODevice
from PySide6.QtGui import QImage, QPainter
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QApplication

from annotate.charts.chart import Chart, ChartColors, Look
from annotate.models import Severity
from app.palette import Role
from app.theme import theme

PNG_SCALE = 2
"""Pixels of a saved picture for each one of the chart: sharp in slides and on paper."""


def screen_look(width: float) -> Look:
    """As the theme has it just now."""

    def colour(role: Role) -> str:
        return theme().color(role).name()

    zero, one, two, three, four = (colour(Role(f"severity_{int(severity)}")) for severity in Severity)
    colors = ChartColors(
        ground=colour(Role.SURFACE_RAISED),
        text=colour(Role.TEXT),
        muted=colour(Role.TEXT_MUTED),
        line=colour(Role.LINE),
        accent=colour(Role.ACCENT),
        accent_soft=colour(Role.ACCENT_SOFT),
        success=colour(Role.SUCCESS),
        warning=colour(Role.WARNING),
        danger=colour(Role.DANGER),
        severity=(zero, one, two, three, four),
    )
    return Look(colors, QApplication.font().family(), width)


def png_of(chart: Chart) -> bytes:
    """A chart as PNG, twice as large as it says."""
    image = QImage(round(chart.width * PNG_SCALE), round(chart.height * PNG_SCALE), QImage.Format.Format_RGB32)
    image.fill(0xFFFFFFFF)
    image.setText("Title", chart.title)
    image.setText("Description", chart.summary)
    painter = QPainter(image)
    QSvgRenderer(QByteArray(chart.svg.encode())).render(painter)
    painter.end()
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")  # type: ignore[call-overload]  # bytes, as the stubs have it, are refused
    return bytes(data.data())
