"""How cells are painted that are more than text: severity, tags."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from annotate.models import Severity, Tag
from app.models.issues import IssueRow
from app.models.keyed import ROW_ROLE
from app.models.observations import ObservationRow
from app.palette import Role
from app.theme import SPACE, Text, theme
from app.widgets.severity_picker import BADGE, paint_severity

Index = QModelIndex | QPersistentModelIndex


def paint_ground(painter: QPainter, option: QStyleOptionViewItem) -> None:
    """The cell's selection, hover and focus as the style draws them, without its text."""
    bare = QStyleOptionViewItem(option)
    bare.text = ""
    bare.features &= ~QStyleOptionViewItem.ViewItemFeature.HasDisplay
    style = option.widget.style()
    style.drawPrimitive(QStyle.PrimitiveElement.PE_PanelItemViewItem, bare, painter, option.widget)


class SeverityDelegate(QStyledItemDelegate):
    """The badge of a severity in the middle of the cell."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        paint_ground(painter, option)
        row = index.data(ROW_ROLE)
        severity: Severity | None = None
        if isinstance(row, ObservationRow):
            severity = row.observation.severity
        elif isinstance(row, IssueRow):
            severity = row.issue.severity
        box = QRectF(0, 0, BADGE, BADGE)
        box.moveCenter(QRectF(option.rect).center())
        paint_severity(painter, box, severity)

    def sizeHint(self, _option: QStyleOptionViewItem, _index: Index) -> QSize:
        return QSize(BADGE + SPACE[1], BADGE + SPACE[1])


class TagsDelegate(QStyledItemDelegate):
    """Tags as chips: a dot in the tag's colour, then its name; what doesn't fit is counted."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        paint_ground(painter, option)
        row = index.data(ROW_ROLE)
        if not isinstance(row, ObservationRow) or not row.tags:
            return
        painter.save()
        painter.setClipRect(option.rect)
        paint_tags(painter, QRectF(option.rect).adjusted(SPACE[0], 0, -SPACE[0], 0), row.tags)
        painter.restore()


def paint_tags(painter: QPainter, rect: QRectF, tags: tuple[Tag, ...]) -> None:
    """Chips from the left, as many as fit; then "+2"."""
    font = theme().font(Text.CAPTION)
    metrics = QFontMetrics(font)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setFont(font)
    height = metrics.height() + SPACE[0]
    x = rect.left()
    top = rect.center().y() - height / 2
    for number, tag in enumerate(tags):
        left = len(tags) - number
        width = chip_width(metrics, tag.name)
        reserve = metrics.horizontalAdvance(f"+{left - 1}") + SPACE[0] if left > 1 else 0
        room = rect.right() - x - reserve
        if width > room and number:
            painter.setPen(theme().color(Role.TEXT_MUTED))
            painter.drawText(QRectF(x, top, rect.right() - x, height), Qt.AlignmentFlag.AlignVCenter, f"+{left}")
            return
        width = min(width, max(room, 24.0))
        paint_chip(painter, QRectF(x, top, width, height), tag, metrics)
        x += width + SPACE[0]


def chip_width(metrics: QFontMetrics, name: str) -> float:
    return metrics.horizontalAdvance(name) + 6 + 3 * 6.0


def paint_chip(painter: QPainter, rect: QRectF, tag: Tag, metrics: QFontMetrics) -> None:
    """One tag. The colour is the dot's alone, so that the name is always readable."""
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme().color(Role.SURFACE_SUNKEN))
    painter.drawRoundedRect(rect, rect.height() / 2, rect.height() / 2)
    painter.setBrush(QColor(tag.colour) if tag.colour else theme().color(Role.TEXT_MUTED))
    painter.drawEllipse(QRectF(rect.left() + 6, rect.center().y() - 3, 6, 6))
    painter.setPen(theme().color(Role.TEXT))
    text = QRectF(rect.left() + 16, rect.top(), rect.width() - 20, rect.height())
    shown = metrics.elidedText(tag.name, Qt.TextElideMode.ElideRight, round(text.width()) + 1)
    painter.drawText(text, Qt.AlignmentFlag.AlignVCenter, shown)
