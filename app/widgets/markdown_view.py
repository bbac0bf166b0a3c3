"""A note as it reads: Markdown, without HTML and without anything fetched from anywhere."""

from __future__ import annotations

from PySide6.QtCore import QByteArray, QUrl, Signal
from PySide6.QtGui import QDesktopServices, QMouseEvent, QTextDocument
from PySide6.QtWidgets import QFrame, QTextBrowser, QWidget

from app.theme import theme

_OPENED = {"http", "https", "mailto"}


class MarkdownView(QTextBrowser):
    """Shows Markdown. HTML in it is shown as it is written, pictures are left out, links open outside.

    Signals:
        clicked: on anything but a link.
    """

    clicked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._text = ""
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setOpenLinks(False)
        self.setTabChangesFocus(True)
        self.document().setDocumentMargin(4)
        self.anchorClicked.connect(_open)
        theme().changed.connect(self._dress)

    @property
    def text(self) -> str:
        """The Markdown on show."""
        return self._text

    def show_text(self, text: str) -> None:
        """Shows a note; the end of a line is the end of a line, as people type it."""
        self._text = text
        hard = "\n".join(f"{line}  " if line.strip() else line for line in text.split("\n"))
        document = self.document()
        document.setDefaultFont(theme().font())
        document.setMarkdown(
            hard,
            QTextDocument.MarkdownFeature.MarkdownDialectGitHub | QTextDocument.MarkdownFeature.MarkdownNoHTML,
        )

    def _dress(self) -> None:
        self.show_text(self._text)

    def loadResource(self, _kind: int, _name: QUrl | str) -> object:
        # Not a picture, not a style sheet: neither from the disk nor from elsewhere. Nothing at all would let Qt look.
        return QByteArray(b"")

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        if not self.anchorAt(event.position().toPoint()) and not self.textCursor().hasSelection():
            self.clicked.emit()


def _open(url: QUrl) -> None:
    if url.scheme() in _OPENED:
        QDesktopServices.openUrl(url)
