"""The pieces that the findings page is put together from."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QSplitter, QVBoxLayout, QWidget

from app.models.observations import ObservationRow
from app.theme import SPACE
from app.widgets.basics import Card, label, row
from app.widgets.issue_table import IssueTable
from app.widgets.observation_table import ObservationTable

_TITLE_LENGTH = 80


def title_of(first: ObservationRow | None) -> str:
    """The beginning of an observation's text, as the title of an issue made of it."""
    body = " ".join(first.observation.body.split()) if first is not None else ""
    return body if len(body) <= _TITLE_LENGTH else body[: _TITLE_LENGTH - 1].rstrip() + "…"


def pane(title: str, count: QLabel, table: QWidget, *buttons: QWidget) -> QWidget:
    pane = QWidget()
    head = row(label(title, strong=True), count, None, *buttons)
    head.setContentsMargins(SPACE[3], SPACE[1], SPACE[2], SPACE[1])
    layout = QVBoxLayout(pane)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(0)
    layout.addLayout(head)
    layout.addWidget(table, 1)
    return pane


def card(pane: QWidget) -> Card:
    card = Card(margin=1, spacing=0)
    card.body.addWidget(pane)
    return card


def placeholder(table: IssueTable | ObservationTable, words: str) -> QLabel:
    """A sentence in the middle of a table that has no rows."""
    shown = label(words, tone="muted", wrap=True)
    shown.setParent(table.viewport())
    shown.setAlignment(Qt.AlignmentFlag.AlignCenter)
    shown.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
    layout = QVBoxLayout(table.viewport())
    layout.setContentsMargins(SPACE[4], SPACE[2], SPACE[4], SPACE[2])
    layout.addWidget(shown)
    return shown


def splitter(orientation: Qt.Orientation, parts: tuple[QWidget, QWidget], shares: tuple[int, int]) -> QSplitter:
    splitter = QSplitter(orientation)
    splitter.setChildrenCollapsible(False)
    splitter.setHandleWidth(SPACE[2])
    splitter.setStyleSheet("QSplitter::handle { background: transparent; }")  # the gap between cards
    for number, (part, share) in enumerate(zip(parts, shares, strict=True)):
        splitter.addWidget(part)
        splitter.setStretchFactor(number, share)
    splitter.setSizes([share * 10 for share in shares])
    return splitter
