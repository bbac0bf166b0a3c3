"""The table of observations with the editor under it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from app.models.observations import REVIEW_COLUMNS
from app.theme import SPACE, theme
from app.widgets.basics import hairline, label
from app.widgets.notice import Notice
from app.widgets.observation_editor import ObservationEditor
from app.widgets.observation_table import ObservationTable

_ROOM_FOR_ROWS = 130
"""Height of the heading and three rows: so much of the table stays beside the editor."""


class ObservationPane(QWidget):
    """Table, editor, and what is said while there is nothing to list."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.table = ObservationTable(REVIEW_COLUMNS, name=self.tr("Observations"), editable=True)
        self.editor = ObservationEditor()
        self.notice = Notice()
        self.notice.say(
            "ph.flag",
            self.tr("No observations yet"),
            self.tr("Press M while you watch; the moment is marked. Then N to write, now or later."),
        )
        title = label(self.tr("Observations"), strong=True)
        self._count = label("", tone="muted")
        self.mark_button = QPushButton(self.tr("Mark"), self)
        self.mark_button.setIcon(theme().icon("ph.flag"))
        self.mark_button.setToolTip(self.tr("Mark this moment, or the marked range: M, then N to write"))
        self.mark_button.setProperty("look", "quiet")
        head = QHBoxLayout()
        head.setContentsMargins(SPACE[2], SPACE[0], SPACE[1], SPACE[0])
        head.setSpacing(SPACE[1])
        head.addWidget(title)
        head.addWidget(self._count)
        head.addStretch(1)
        head.addWidget(self.mark_button)
        self._stack = QStackedWidget(self)
        self._stack.addWidget(self.notice)
        self._stack.addWidget(self.table)
        self._stack.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Ignored)  # the editor comes first
        self._stack.setMinimumHeight(_ROOM_FOR_ROWS)
        self._line = hairline()
        # On a small screen the editor scrolls, and the table keeps some rows.
        self._below = _EditorRoom(self.editor)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(head)
        layout.addWidget(self._stack, 1)
        layout.addWidget(self._line)
        layout.addWidget(self._below)
        self.show_count(0)
        self.show_editor(False)

    def show_count(self, count: int) -> None:
        """How many there are; none shows the sentence in place of the table."""
        self._count.setText(str(count) if count else "")
        self._stack.setCurrentWidget(self.table if count else self.notice)

    def show_editor(self, shown: bool) -> None:
        """The editor is there while something is selected."""
        self._below.setVisible(shown)
        self._line.setVisible(shown)


class _EditorRoom(QScrollArea):
    """As high as what is in it, where there is room."""

    def __init__(self, editor: ObservationEditor) -> None:
        super().__init__()
        self._editor = editor
        self.setWidget(editor)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self.setMinimumHeight(150)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        editor.installEventFilter(self)

    def sizeHint(self) -> QSize:
        editor = self._editor
        height = editor.heightForWidth(self.width()) if editor.hasHeightForWidth() else editor.sizeHint().height()
        least = editor.minimumSizeHint()  # below it there is a scroll bar, even where less would do at this width
        return QSize(least.width(), max(height, least.height(), editor.sizeHint().height()))

    def minimumSizeHint(self) -> QSize:
        return QSize(self._editor.minimumSizeHint().width(), 150)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self.updateGeometry()  # chips may take another line now

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._editor and event.type() is QEvent.Type.LayoutRequest:
            self.updateGeometry()
        return super().eventFilter(watched, event)
