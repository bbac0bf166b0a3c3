"""The trash of a study: what is in it, back with one press, gone for good only after it is said what goes."""

from __future__ import annotations

from datetime import datetime

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QAbstractItemView, QDialog, QLayout, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from annotate.changes import ChangeSet
from annotate.models import Loss, Session
from annotate.store import StudyStore
from annotate.timeline import format_time
from app.size_words import loss_words
from app.study_context import StudyContext
from app.theme import SPACE, Text
from app.widgets.basics import announce, button, column, hairline, label, row
from app.widgets.times import day_words

_ID = Qt.ItemDataRole.UserRole


class TrashDialog(QDialog):
    """Shows the sessions in the trash.

    Signals:
        count(session ids): answer with `show_loss`.
        remove(session ids): remove them for good; the user has read what is lost.
    """

    count = Signal(list)
    remove = Signal(list)

    def __init__(self, context: StudyContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Trash"))
        self.setMinimumSize(620, 420)
        self._context = context
        self._doomed: list[str] = []
        self.list = QListWidget()
        self.list.setAccessibleName(self.tr("Sessions in the trash"))
        self.list.setProperty("look", "rows")
        self.list.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.list.itemSelectionChanged.connect(self._refresh_buttons)
        self._empty = label(self.tr("The trash is empty."), tone="muted")
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.restore = button(self.tr("Put back"), icon="ph.arrow-u-up-left")
        self.restore.clicked.connect(self._restore)
        self.delete = button(self.tr("Delete for good…"))
        self.delete.clicked.connect(lambda: self._ask(self._chosen()))
        self.empty = button(self.tr("Empty the trash…"))
        self.empty.clicked.connect(lambda: self._ask(self._all()))
        close = button(self.tr("Close"), look="primary")
        close.clicked.connect(self.accept)
        for each in (self.restore, self.delete, self.empty):
            each.setAutoDefault(False)
        self._buttons = _box(row(self.restore, self.delete, self.empty, None, close))
        self.loss = label("", wrap=True)
        self.really = button(self.tr("Delete for good"), look="danger")
        self.really.setAutoDefault(False)
        self.really.clicked.connect(self._really)
        self.keep = button(self.tr("Keep"))
        self.keep.clicked.connect(self._keep)
        self._question = _box(column(self.loss, row(None, self.keep, self.really)))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE[5], SPACE[4], SPACE[5], SPACE[4])
        layout.setSpacing(SPACE[3])
        words = self.tr(
            "Sessions in the trash are out of lists, figures, search and exports. Their recordings are still there."
        )
        layout.addLayout(column(label(self.tr("Trash"), Text.TITLE), label(words, tone="muted", wrap=True)))
        layout.addWidget(self.list, 1)
        layout.addWidget(self._empty, 1)
        layout.addWidget(hairline())
        layout.addWidget(self._question)
        layout.addWidget(self._buttons)
        context.changed.connect(self.refresh)
        self._keep()
        self.refresh()

    def refresh(self) -> None:
        """Shows what is in the trash now."""
        sessions = self._context.store.trashed_sessions()
        self.list.clear()
        for session in sessions:
            item = QListWidgetItem(self._words(session))
            item.setData(_ID, session.id)
            self.list.addItem(item)
        if sessions:
            self.list.setCurrentRow(0)
        self.list.setVisible(bool(sessions))
        self._empty.setVisible(not sessions)
        self._refresh_buttons()

    def show_loss(self, ids: list[str], loss: Loss) -> None:
        """Says what would be lost, and asks."""
        self._doomed = ids
        words = self.tr(
            "There is no undo. Copies of the study's text in its folder “backups” go as newer ones are made."
        )
        self.loss.setText(f"{loss_words(loss)} {words}")
        self._question.show()
        self._buttons.hide()
        self.keep.setFocus()
        announce(self, self.loss.text())

    def _words(self, session: Session) -> str:
        parts = [session.participant_code]
        if session.started_utc:
            parts.append(day_words(datetime.fromisoformat(session.started_utc)))
        if session.duration_ns is not None:
            parts.append(format_time(session.duration_ns))
        parts.append(self.tr("%n observation(s)", "", session.observation_count))
        if session.trashed_utc:
            when = day_words(datetime.fromisoformat(session.trashed_utc))
            parts.append(self.tr("thrown away %1").replace("%1", when))
        return "  ·  ".join(parts)

    def _chosen(self) -> list[str]:
        return [item.data(_ID) for item in self.list.selectedItems()]

    def _all(self) -> list[str]:
        return [self.list.item(at).data(_ID) for at in range(self.list.count())]

    def _restore(self) -> None:
        ids = self._chosen()

        def put_back(store: StudyStore) -> ChangeSet:
            with store.batch() as batch:
                for session_id in ids:
                    store.restore_session(session_id)
            return batch.change

        self._context.do(self.tr("Put session back"), put_back, self)

    def _ask(self, ids: list[str]) -> None:
        if ids:
            self.count.emit(ids)

    def _really(self) -> None:
        ids, self._doomed = self._doomed, []
        self._keep()
        self.remove.emit(ids)

    def _keep(self) -> None:
        self._question.hide()
        self._buttons.show()

    def _refresh_buttons(self) -> None:
        some = bool(self.list.selectedItems())
        self.restore.setEnabled(some)
        self.delete.setEnabled(some)
        self.empty.setEnabled(self.list.count() > 0)


def _box(layout: QLayout) -> QWidget:
    box = QWidget()
    layout.setContentsMargins(0, 0, 0, 0)
    box.setLayout(layout)
    return box
