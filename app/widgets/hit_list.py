"""The list of what was found: a line for each place, with the words that were looked for marked."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QFont, QFontMetrics, QKeyEvent, QPainter, QTextCharFormat, QTextLayout, QTextOption
from PySide6.QtWidgets import QFrame, QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from annotate.library import ItemKind
from annotate.search import Hit
from annotate.timeline import format_time
from app.models.hits import HitHeading, HitsModel, who_says
from app.models.keyed import ROW_ROLE, Index
from app.palette import Role
from app.settings import settings
from app.theme import SPACE, Text, theme

_COLOURS = {"moderator": 0, "participant": 1}
_BEFORE = 48  # letters of what comes before the first word found


def passage(hit: Hit) -> tuple[str, list[tuple[int, int]]]:
    """The text as one line that begins not too far before what was found, and where that stands in it."""
    first = hit.spans[0][0] if hit.spans else 0
    cut = 0
    if first > _BEFORE:
        space = hit.text.find(" ", first - _BEFORE)
        cut = space + 1 if 0 <= space < first else first
    lead = "… " if cut else ""
    text = lead + hit.text[cut:].replace("\n", " ")
    moved = [(a - cut + len(lead), b - cut + len(lead)) for a, b in hit.spans if a >= cut]
    return text, moved


class _Delegate(QStyledItemDelegate):
    def sizeHint(self, _option: QStyleOptionViewItem, index: Index) -> QSize:
        heading = isinstance(index.data(ROW_ROLE), HitHeading)
        return QSize(0, settings().row_height + (SPACE[2] if heading else 0))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        row = index.data(ROW_ROLE)
        rect: QRect = option.rect
        painter.save()
        if isinstance(row, HitHeading):
            self._paint_heading(painter, rect, row)
        elif isinstance(row, Hit):
            self._paint_hit(painter, rect, row, chosen=bool(option.state & QStyle.StateFlag.State_Selected))
        painter.restore()

    @staticmethod
    def _paint_heading(painter: QPainter, rect: QRect, heading: HitHeading) -> None:
        look = theme()
        room = rect.adjusted(SPACE[2], SPACE[2], -SPACE[2], 0)
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.setFont(look.font(Text.BODY, strong=True))
        painter.setPen(look.color(Role.TEXT))
        painter.drawText(room, middle, heading.title)
        room.setLeft(room.left() + painter.fontMetrics().horizontalAdvance(heading.title) + SPACE[2])
        painter.setFont(look.font(Text.CAPTION))
        painter.setPen(look.color(Role.TEXT_MUTED))
        painter.drawText(room, middle, heading.about)
        painter.drawText(room, middle | Qt.AlignmentFlag.AlignRight, str(heading.count))
        painter.fillRect(QRect(rect.left(), rect.bottom(), rect.width(), 1), look.color(Role.LINE))

    @staticmethod
    def _paint_hit(painter: QPainter, rect: QRect, hit: Hit, *, chosen: bool) -> None:
        look = theme()
        if chosen:
            painter.fillRect(rect, look.color(Role.SELECTION))
        body = look.font(Text.BODY)
        baseline = rect.center().y() + QFontMetrics(body).ascent() // 2 - 1
        caption = look.font(Text.CAPTION, tabular=True)
        left = rect.left() + SPACE[2]
        painter.setFont(caption)
        painter.setPen(look.color(Role.TEXT_MUTED))
        width = QFontMetrics(caption).horizontalAdvance("0:00:00")
        if hit.session_id is not None:
            time_text = format_time(hit.t_start_ns)
            painter.drawText(
                QPoint(left + width - QFontMetrics(caption).horizontalAdvance(time_text), baseline), time_text
            )
        left += width + SPACE[2]
        painter.setFont(look.font(Text.CAPTION, strong=True))
        spoken = hit.kind in {ItemKind.SPEECH, ItemKind.TRANSLATION}
        color = look.speaker_color(_COLOURS.get(hit.role, 2)) if spoken and hit.role else look.color(Role.TEXT_MUTED)
        painter.setPen(color)
        who_width = 96
        who = painter.fontMetrics().elidedText(who_says(hit), Qt.TextElideMode.ElideRight, who_width)
        painter.drawText(QPoint(left, baseline), who)
        left += who_width + SPACE[2]
        text, spans = passage(hit)
        layout = _line(text, body, rect.right() - left - SPACE[2])
        marks = []
        for start, end in spans:
            found = QTextCharFormat()
            found.setBackground(look.color(Role.WARNING, 0.3))
            found.setFontWeight(QFont.Weight.DemiBold)
            span = QTextLayout.FormatRange()
            span.start, span.length, span.format = start, end - start, found
            marks.append(span)
        painter.setPen(look.color(Role.TEXT))
        painter.setClipRect(rect.adjusted(0, 0, -SPACE[2], 0))
        layout.draw(painter, QPoint(left, baseline - QFontMetrics(body).ascent()), marks)


def _line(text: str, font: QFont, room: int) -> QTextLayout:
    shown = QFontMetrics(font).elidedText(text, Qt.TextElideMode.ElideRight, max(40, room))
    layout = QTextLayout(shown, font)
    option = QTextOption()
    option.setWrapMode(QTextOption.WrapMode.NoWrap)
    layout.setTextOption(option)
    layout.beginLayout()
    layout.createLine()
    layout.endLayout()
    return layout


class HitList(QListView):
    """Signals: opened(Hit): go there."""

    opened = Signal(object)

    def __init__(self, model: HitsModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._hits = model
        self.setModel(model)
        self.setItemDelegate(_Delegate(self))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName(self.tr("Places found"))
        self.activated.connect(lambda index: self._open(index.row()))
        self.clicked.connect(lambda index: self._open(index.row()))
        theme().changed.connect(self._restyle)

    def has_chosen(self) -> bool:
        """Whether a hit is chosen; a heading is none, though Qt may make one the current row."""
        current = self.currentIndex()
        return current.isValid() and isinstance(self._hits.row(current.row()), Hit)

    def choose(self, step: int = 1) -> None:
        """Chooses the next hit, from the top if none is chosen."""
        current = self.currentIndex().row() if self.currentIndex().isValid() else -1
        row = self._hits.next_hit(current, step)
        if row >= 0:
            self.setCurrentIndex(self._hits.index(row))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in {Qt.Key.Key_Down, Qt.Key.Key_Up}:
            self.choose(1 if event.key() == Qt.Key.Key_Down else -1)
            return
        super().keyPressEvent(event)

    def _open(self, row: int) -> None:
        hit = self._hits.row(row)
        if isinstance(hit, Hit):
            self.opened.emit(hit)

    def _restyle(self) -> None:
        self.viewport().update()
