"""How a line of the transcript is painted: time, who says it, the text word by word, and what there is to say of it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QCoreApplication, QModelIndex, QPersistentModelIndex, QPoint, QPointF, QRect, QSize, Qt
from PySide6.QtGui import (
    QFont,
    QFontMetrics,
    QFontMetricsF,
    QPainter,
    QTextCharFormat,
    QTextLayout,
    QTextLine,
    QTextOption,
)
from PySide6.QtWidgets import QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from annotate.timeline import format_time
from app.models.keyed import ROW_ROLE
from app.models.transcript import TranscriptLine, TranscriptModel
from app.palette import Role
from app.theme import SPACE, Text, theme
from app.wording import doubt_reasons

Index = QModelIndex | QPersistentModelIndex
_PAD_Y = SPACE[0] + 2
_PLAIN = re.compile(r"[A-Za-z0-9\u00c0-\u024f .,;:!?'\"’“”„]+")
"""Text whose lines end at spaces alone."""
_SPARE = 3  # pixels: words set beside each other are not exactly as wide as apart
_BAR = 2  # the speaker's colour beside the text


@dataclass(slots=True)
class _Block:
    """A part of a line with a font and a colour of its own, set out for one width."""

    layout: QTextLayout
    top: float
    role: Role


class TranscriptDelegate(QStyledItemDelegate):
    """Paints a line, and says where the editor goes over its text."""

    def __init__(self, model: TranscriptModel, parent: QListView) -> None:
        super().__init__(parent)
        self._lines = model
        self._view = parent
        self._heights: dict[tuple[object, ...], int] = {}
        self.t_ns = -1
        self.current_row = -1
        self.hovered: tuple[int, int] | None = None  # row, character
        self.needle = ""
        self._wraps: dict[str, Wrapping] = {}  # by font
        self._time_width = self._who_width = 0

    def forget_heights(self) -> None:
        """The width is another one now."""
        self._heights.clear()

    def forget_font(self) -> None:
        """The font is another one now."""
        self.forget_heights()
        self._wraps.clear()
        self._time_width = self._who_width = 0

    def time_width(self) -> int:
        if self._time_width == 0:
            metrics = QFontMetrics(theme().font(Text.CAPTION, tabular=True))
            self._time_width = metrics.horizontalAdvance("0:00:00") + SPACE[2]
        return self._time_width

    def who_width(self) -> int:
        if self._who_width == 0:
            metrics = QFontMetrics(theme().font(Text.CAPTION, strong=True))
            self._who_width = metrics.horizontalAdvance("WW") + SPACE[0]
        return self._who_width

    def sizeHint(self, _option: QStyleOptionViewItem, index: Index) -> QSize:
        width = self._view.viewport().width()
        line = self._lines.line(index.row())  # not by way of the index: asked for thousands of rows at once
        key = (line.text, line.removed and line.original, line.in_doubt and line.flags, line.translation, width)
        height = self._heights.get(key)
        if height is None:
            height = self._heights[key] = self._height(line, width)
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
        # What is set smaller stands on the first line's base line.
        baseline = rect.top() + _PAD_Y + QFontMetrics(look.font(Text.BODY)).ascent()
        self._paint_time(painter, rect, baseline, line, current=current)
        self._paint_who(painter, rect, baseline, line)
        origin = self.text_origin(rect)
        for number, block in enumerate(self._blocks(line, rect.width())):
            painter.setPen(look.color(block.role))
            formats = self._formats(line, index.row(), current=current) if number == 0 and not line.removed else []
            block.layout.draw(painter, origin + QPointF(0, block.top), formats)
        painter.restore()

    def character_at(self, index: Index, rect: QRect, point: QPoint) -> int:
        """The character of the line under `point`, -1 if there is none."""
        line = index.data(ROW_ROLE)
        if not isinstance(line, TranscriptLine) or line.removed:
            return -1
        layout = self.layout_of(line, rect.width())
        local = QPointF(point) - self.text_origin(rect)
        for number in range(layout.lineCount()):
            text_line = layout.lineAt(number)
            if text_line.naturalTextRect().adjusted(-2, 0, 2, 0).contains(local):
                return int(text_line.xToCursor(local.x(), QTextLine.CursorPosition.CursorOnCharacter))
        return -1

    def text_origin(self, rect: QRect) -> QPointF:
        return QPointF(rect.left() + self.time_width() + self.who_width() + SPACE[1], rect.top() + _PAD_Y)

    def text_room(self, width: int) -> int:
        return max(40, width - self.time_width() - self.who_width() - SPACE[1] - SPACE[2])

    def layout_of(self, line: TranscriptLine, width: int) -> QTextLayout:
        """The text alone, set out for a row of `width`."""
        return self._set_out(line.text, theme().font(Text.BODY), width)

    def updateEditorGeometry(self, editor: QWidget, option: QStyleOptionViewItem, _index: Index) -> None:
        rect: QRect = option.rect
        left = round(self.text_origin(rect).x()) - SPACE[1]
        height = max(rect.height(), editor.sizeHint().height())
        room = self._view.viewport().height()
        top = max(0, min(rect.top(), room - height))
        editor.setGeometry(left, top, rect.right() - left - 2, min(height, room))

    # -- parts -------------------------------------------------------------------------------------------------

    def _height(self, line: TranscriptLine, width: int) -> int:
        """A row's height: as many parts as can be are counted, the others set out."""
        height = -1.0
        for text, font, _role in _parts(line):
            wrap = self._wraps.get(font.key())
            if wrap is None:
                wrap = self._wraps[font.key()] = Wrapping(font)
            room = self.text_room(width)
            part = wrap.height(text, room)
            height += 1 + (set_out(text, font, room).boundingRect().height() if part is None else part)
        return round(height) + 2 * _PAD_Y

    def _paint_time(
        self, painter: QPainter, rect: QRect, baseline: int, line: TranscriptLine, *, current: bool
    ) -> None:
        look = theme()
        painter.setFont(look.font(Text.CAPTION, tabular=True))
        painter.setPen(look.color(Role.ACCENT if current else Role.TEXT_MUTED))
        time_text = format_time(line.t_start_ns)
        right = rect.left() + self.time_width() - SPACE[1]
        painter.drawText(
            QPoint(right - painter.fontMetrics().horizontalAdvance(time_text) + SPACE[0], baseline), time_text
        )
        mark = "?" if line.in_doubt else "✓" if line.verified_by else ""
        if mark:  # not by colour alone
            painter.setPen(look.color(Role.WARNING if line.in_doubt else Role.SUCCESS))
            painter.drawText(QPoint(rect.left() + SPACE[0], baseline), mark)

    def _paint_who(self, painter: QPainter, rect: QRect, baseline: int, line: TranscriptLine) -> None:
        if line.who is None:
            return
        color = theme().speaker_color(line.who.colour)
        left = rect.left() + self.time_width() + SPACE[0]
        if line.turn:
            painter.setFont(theme().font(Text.CAPTION, strong=True))
            painter.setPen(color)
            painter.drawText(QPoint(left, baseline), line.who.initial)
        bar = left + self.who_width() - SPACE[0] + 1
        painter.fillRect(
            QRect(bar, rect.top() + (2 if line.turn else 0), _BAR, rect.height() - (2 if line.turn else 0)), color
        )

    def _blocks(self, line: TranscriptLine, width: int) -> list[_Block]:
        """The parts of a line, one below the other."""
        blocks: list[_Block] = []
        top = 0.0
        for said, font, role in _parts(line):
            layout = self._set_out(said, font, width)
            blocks.append(_Block(layout, top, role))
            top += layout.boundingRect().height() + 1
        return blocks

    def _set_out(self, text: str, font: QFont, width: int) -> QTextLayout:
        return set_out(text, font, self.text_room(width))

    def _formats(self, line: TranscriptLine, row: int, *, current: bool) -> list[QTextLayout.FormatRange]:
        formats: list[QTextLayout.FormatRange] = []
        look = theme()
        for word in line.words:
            if word.doubtful and not line.verified_by:
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


def _parts(line: TranscriptLine) -> list[tuple[str, QFont, Role]]:
    """The text, what is in doubt about it, and what it means."""
    look = theme()
    muted = line.in_doubt or line.removed
    text = line.text
    if line.removed:
        text = tr("Taken out: “{text}”").format(text=" ".join((line.original or "").split()))
    parts = [(text, look.font(Text.BODY), Role.TEXT_MUTED if muted else Role.TEXT)]
    if line.in_doubt:
        parts.append((doubt_reasons(line.flags), look.font(Text.CAPTION), Role.WARNING))
    if line.translation:
        font = QFont(look.font(Text.BODY))
        font.setItalic(True)
        parts.append((line.translation, font, Role.TEXT_MUTED))
    return parts


def set_out(text: str, font: QFont, room: int) -> QTextLayout:
    """A text, wrapped."""
    layout = QTextLayout(text, font)
    option = QTextOption()
    option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
    option.setTextDirection(Qt.LayoutDirection.LayoutDirectionAuto)
    layout.setTextOption(option)
    spacing = _spacing(font)
    layout.beginLayout()
    top = 0.0
    while (text_line := layout.createLine()).isValid():
        text_line.setLineWidth(room)
        text_line.setPosition(QPointF(0, top))
        top += text_line.height() + spacing
    layout.endLayout()
    return layout


def _spacing(font: QFont) -> int:
    return round(QFontMetrics(font).height() * 0.2)


class Wrapping:
    """Counts the lines of plain text in a font, some twenty times as fast as they are set out: a pane that is made
    wider asks for thousands. A line more than there will be is rare, and only leaves a gap.
    """

    def __init__(self, font: QFont) -> None:
        self._metrics = QFontMetricsF(font)
        self._space = self._metrics.horizontalAdvance(" ")
        self._widths: dict[str, float] = {}
        self._line = set_out("x", font, 100).boundingRect().height()
        self._next = self._line + _spacing(font)

    def height(self, text: str, room: int) -> float | None:
        """The height of a text, None where only setting it out can tell (other scripts, very long words)."""
        if _PLAIN.fullmatch(text) is None:
            return None
        lines, used, widths = 1, -self._space, self._widths
        for word in text.split(" "):
            width = widths.get(word)
            if width is None:
                width = widths[word] = self._metrics.horizontalAdvance(word)
            if width > room - _SPARE:
                return None
            used += self._space + width
            if used > room - _SPARE:
                lines += 1
                used = width
        return self._line + (lines - 1) * self._next


def x_of(line: QTextLine, position: int) -> float:
    found: Any = line.cursorToX(position)
    return float(found[0] if isinstance(found, tuple) else found)  # PySide hands the cursor back too


def _range(start: int, end: int, what: QTextCharFormat) -> QTextLayout.FormatRange:
    span = QTextLayout.FormatRange()
    span.start, span.length, span.format = start, end - start, what
    return span


def tr(text: str) -> str:
    return QCoreApplication.translate("TranscriptDelegate", text)
