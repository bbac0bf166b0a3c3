"""The consent form as the participant reads it."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QFont, QTextCharFormat, QTextCursor, QTextDocument, QTextFormat
from PySide6.QtWidgets import QTextBrowser, QWidget

from app.theme import SPACE, Text, theme

_MIN_HEIGHT = 96


class ConsentView(QTextBrowser):
    """Shows Markdown, read-only, with a scroll bar; arrow and page keys scroll, Tab goes on to the next field."""

    def __init__(self, markdown: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(self.tr("Consent text"))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setTabChangesFocus(True)
        self.setOpenLinks(False)  # a form to be read, not a browser
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMinimumHeight(_MIN_HEIGHT)
        font = theme().font(Text.BODY)
        self.setFont(font)
        self.document().setDefaultFont(font)
        self.setMarkdown(markdown)

    def setMarkdown(self, markdown: str) -> None:
        features = QTextDocument.MarkdownFeature
        self.document().setMarkdown(markdown, features.MarkdownDialectGitHub | features.MarkdownNoHTML)
        self._space_out()
        self.moveCursor(QTextCursor.MoveOperation.Start)

    def _space_out(self) -> None:
        # Qt's headings are up to twice the size of the text, too loud beside the dialog's own title; and paragraphs
        # have no room between them.
        self.document().setIndentWidth(SPACE[3])
        block = self.document().begin()
        while block.isValid():
            shape, cursor = block.blockFormat(), QTextCursor(block)
            level = shape.headingLevel()
            listed = block.textList() is not None
            shape.setTopMargin(SPACE[2] if level > 1 else 0)
            shape.setBottomMargin(SPACE[0] if level or listed else SPACE[1])
            cursor.setBlockFormat(shape)
            if level:
                modest = QTextCharFormat()
                modest.setProperty(QTextFormat.Property.FontSizeAdjustment, 1 if level == 1 else 0)
                modest.setFontWeight(QFont.Weight.DemiBold)
                cursor.select(QTextCursor.SelectionType.BlockUnderCursor)
                cursor.mergeCharFormat(modest)
                cursor.mergeBlockCharFormat(modest)
            block = block.next()
