"""The lines of a transcript: wrapped, word for word clickable, the spoken word marked."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QEvent, QModelIndex, QPersistentModelIndex, QPoint, QPointF, QRect, QSize, Qt, Signal
from PySide6.QtGui import (
    QFont,
    QFontMetrics,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QResizeEvent,
    QTextCharFormat,
    QTextLayout,
    QTextLine,
    QTextOption,
    QWheelEvent,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from annotate.timeline import format_time
from app.models.keyed import ROW_ROLE
from app.models.transcript import TranscriptLine, TranscriptModel
from app.palette import Role
from app.theme import SPACE, Text, theme

Index = QModelIndex | QPersistentModelIndex
_PAD_Y = SPACE[0] + 2


class TranscriptDelegate(QStyledItemDelegate):
    """Paints a line: its time in a column of its own, then the text."""

    def __init__(self, parent: QListView) -> None:
        super().__init__(parent)
        self._view = parent
        self._heights: dict[tuple[str, int], int] = {}
        self.t_ns = -1
        self.current_row = -1
        self.hovered: tuple[int, int] | None = None  # row, character
        self.needle = ""

    def forget_heights(self) -> None:
        """The font or the width is another one now."""
        self._heights.clear()

    @staticmethod
    def time_width() -> int:
        metrics = QFontMetrics(theme().font(Text.CAPTION, tabular=True))
        return metrics.horizontalAdvance("0:00:00") + SPACE[2]

    def sizeHint(self, _option: QStyleOptionViewItem, index: Index) -> QSize:
        line = index.data(ROW_ROLE)
        width = self._view.viewport().width()
        if not isinstance(line, TranscriptLine):
            return QSize(width, 0)
        key = (line.text, width)
        height = self._heights.get(key)
        if height is None:
            height = round(self.layout_of(line, width).boundingRect().height()) + 2 * _PAD_Y
            self._heights[key] = height
        return QSize(width, height)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        line = index.data(ROW_ROLE)
        if not isinstance(line, TranscriptLine):
            return
        look = theme()
        rect: QRect = option.rect
        current = index.row() == self.current_row
        painter.save()
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(rect, look.color(Role.SELECTION))
        elif current:
            painter.fillRect(rect, look.color(Role.ACCENT_SOFT, 0.6))
        if current:
            painter.fillRect(QRect(rect.left(), rect.top(), 3, rect.height()), look.color(Role.ACCENT))
        painter.setFont(look.font(Text.CAPTION, tabular=True))
        painter.setPen(look.color(Role.ACCENT if current else Role.TEXT_MUTED))
        # The time sits on the first line's base line, although it is set smaller.
        body = QFontMetrics(look.font(Text.BODY))
        baseline = rect.top() + _PAD_Y + body.ascent()
        time_text = format_time(line.t_start_ns)
        right = rect.left() + self.time_width() - SPACE[1]
        painter.drawText(
            QPoint(right - painter.fontMetrics().horizontalAdvance(time_text) + SPACE[0], baseline), time_text
        )
        layout = self.layout_of(line, rect.width())
        painter.setPen(look.color(Role.TEXT_MUTED if line.flags else Role.TEXT))
        if line.flags:  # not by colour alone: a mark beside the time, and the reason as a tool tip
            painter.drawText(QPoint(rect.left() + SPACE[0], baseline), "?")
        layout.draw(painter, self.text_origin(rect), self._formats(line, index.row(), current=current))
        painter.restore()

    def character_at(self, index: Index, rect: QRect, point: QPoint) -> int:
        """The character of the line under `point`, -1 if there is none."""
        line = index.data(ROW_ROLE)
        if not isinstance(line, TranscriptLine):
            return -1
        layout = self.layout_of(line, rect.width())
        local = QPointF(point) - self.text_origin(rect)
        for number in range(layout.lineCount()):
            text_line = layout.lineAt(number)
            if text_line.naturalTextRect().adjusted(-2, 0, 2, 0).contains(local):
                return int(text_line.xToCursor(local.x(), QTextLine.CursorPosition.CursorOnCharacter))
        return -1

    def text_origin(self, rect: QRect) -> QPointF:
        return QPointF(rect.left() + self.time_width() + SPACE[0], rect.top() + _PAD_Y)

    def layout_of(self, line: TranscriptLine, width: int) -> QTextLayout:
        font: QFont = theme().font(Text.BODY)
        layout = QTextLayout(line.text, font)
        option = QTextOption()
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        option.setTextDirection(Qt.LayoutDirection.LayoutDirectionAuto)
        layout.setTextOption(option)
        room = max(40, width - self.time_width() - SPACE[0] - SPACE[2])
        spacing = round(QFontMetrics(font).height() * 0.2)
        layout.beginLayout()
        top = 0.0
        while (text_line := layout.createLine()).isValid():
            text_line.setLineWidth(room)
            text_line.setPosition(QPointF(0, top))
            top += text_line.height() + spacing
        layout.endLayout()
        return layout

    def _formats(self, line: TranscriptLine, row: int, *, current: bool) -> list[QTextLayout.FormatRange]:
        formats: list[QTextLayout.FormatRange] = []
        look = theme()
        for word in line.words:
            if word.doubtful:
                doubt = QTextCharFormat()
                doubt.setForeground(look.color(Role.TEXT_MUTED))
                doubt.setUnderlineStyle(QTextCharFormat.UnderlineStyle.DotLine)
                doubt.setUnderlineColor(look.color(Role.LINE_STRONG))
                formats.append(_range(word.start, word.end, doubt))
        if self.needle:
            found = QTextCharFormat()
            found.setBackground(look.color(Role.WARNING, 0.3))
            text, needle = line.text.casefold(), self.needle.casefold()
            at = text.find(needle)
            while at >= 0:
                formats.append(_range(at, at + len(needle), found))
                at = text.find(needle, at + len(needle))
        if self.hovered is not None and self.hovered[0] == row:
            word_under = line.word_at_character(self.hovered[1])
            if word_under is not None:
                hover = QTextCharFormat()
                hover.setUnderlineStyle(QTextCharFormat.UnderlineStyle.SingleUnderline)
                formats.append(_range(word_under.start, word_under.end, hover))
        if current:
            spoken = line.word_at(self.t_ns)
            if spoken >= 0 and self.t_ns < line.words[spoken].t_end_ns + 300_000_000:
                mark = QTextCharFormat()
                mark.setBackground(look.color(Role.ACCENT))
                mark.setForeground(look.color(Role.ACCENT_TEXT))
                formats.append(_range(line.words[spoken].start, line.words[spoken].end, mark))
        return formats


def _x_of(line: QTextLine, position: int) -> float:
    found: Any = line.cursorToX(position)
    return float(found[0] if isinstance(found, tuple) else found)  # PySide hands the cursor back too


def _range(start: int, end: int, what: QTextCharFormat) -> QTextLayout.FormatRange:
    span = QTextLayout.FormatRange()
    span.start, span.length, span.format = start, end - start, what
    return span


class TranscriptList(QListView):
    """Lists the lines; Enter or a click goes to where they were said.

    Signals:
        seek_requested(t_ns): a word or a line was chosen.
        scrolled: the user scrolled by hand.
    """

    seek_requested = Signal(object)
    scrolled = Signal()

    def __init__(self, model: TranscriptModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._lines = model
        self._delegate = TranscriptDelegate(self)
        self.setModel(model)
        self.setItemDelegate(self._delegate)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setStyleSheet("QListView { border: 0; border-radius: 0; }")  # the pane has its own edges
        self.setAccessibleName(self.tr("Transcript"))
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setLayoutMode(QListView.LayoutMode.Batched)
        self.setBatchSize(200)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setMouseTracking(True)
        self.verticalScrollBar().sliderMoved.connect(self.scrolled)
        theme().changed.connect(self._restyle)

    @property
    def delegate(self) -> TranscriptDelegate:
        return self._delegate

    def show_time(self, t_ns: int, *, follow: bool) -> None:
        """Marks what is said at `t_ns`; with `follow` keeps it in sight."""
        row = self._lines.row_at(t_ns)
        before, before_ns = self._delegate.current_row, self._delegate.t_ns
        self._delegate.t_ns = t_ns
        self._delegate.current_row = row
        if row != before:
            self._repaint_row(before)
            self._repaint_row(row)
            if follow and row >= 0:
                self.bring_into_sight(row)
        elif row >= 0 and self._lines.line(row).word_at(t_ns) != self._lines.line(row).word_at(before_ns):
            self._repaint_row(row)

    def bring_into_sight(self, row: int) -> None:
        """Scrolls only if the row is not comfortably in sight, and then to the upper third."""
        index = self._lines.index(row)
        rect = self.visualRect(index)
        height = self.viewport().height()
        if rect.isValid() and rect.top() >= 0 and rect.bottom() <= height * 0.85:
            return
        self.scrollTo(index, QAbstractItemView.ScrollHint.PositionAtTop)
        bar = self.verticalScrollBar()
        bar.setValue(bar.value() - height // 4)

    def set_needle(self, text: str) -> None:
        """The text that is being looked for, marked in every line."""
        self._delegate.needle = text
        self.viewport().update()

    def word_point(self, row: int, word: int) -> QPoint:
        """The middle of a word in the viewport."""
        rect = self.visualRect(self._lines.index(row))
        line = self._lines.line(row)
        layout = self._delegate.layout_of(line, rect.width())
        middle = (line.words[word].start + line.words[word].end) // 2
        text_line = layout.lineForTextPosition(middle)
        left = _x_of(text_line, middle)
        origin = self._delegate.text_origin(rect)
        return QPointF(origin.x() + left + 1, origin.y() + text_line.y() + text_line.height() / 2).toPoint()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        super().mousePressEvent(event)
        if event.button() is not Qt.MouseButton.LeftButton:
            return
        point = event.position().toPoint()
        index = self.indexAt(point)
        if not index.isValid():
            return
        line = self._lines.line(index.row())
        character = self._delegate.character_at(index, self.visualRect(index), point)
        word = line.word_at_character(character) if character >= 0 else None
        self.seek_requested.emit(line.t_start_ns if word is None else word.t_start_ns)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        point = event.position().toPoint()
        index = self.indexAt(point)
        hovered: tuple[int, int] | None = None
        if index.isValid():
            character = self._delegate.character_at(index, self.visualRect(index), point)
            hovered = (index.row(), character) if character >= 0 else None
        if hovered != self._delegate.hovered:
            self._delegate.hovered = hovered
            self.viewport().setCursor(
                Qt.CursorShape.PointingHandCursor if hovered is not None else Qt.CursorShape.ArrowCursor
            )
            self.viewport().update()
        super().mouseMoveEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter} and self.currentIndex().isValid():
            self.seek_requested.emit(self._lines.line(self.currentIndex().row()).t_start_ns)
            return
        super().keyPressEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        self.scrolled.emit()
        super().wheelEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        if event.size().width() != event.oldSize().width():
            self._delegate.forget_heights()
            self.scheduleDelayedItemsLayout()
        super().resizeEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        self._delegate.hovered = None
        self.viewport().update()
        super().leaveEvent(event)

    def _repaint_row(self, row: int) -> None:
        if 0 <= row < self._lines.rowCount():
            self.viewport().update(self.visualRect(self._lines.index(row)))

    def _restyle(self) -> None:
        self._delegate.forget_heights()
        self.scheduleDelayedItemsLayout()
        self.viewport().update()
