"""Sessions: the list of a study's sessions, and the large button that starts the next one."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QMimeData, QSortFilterProxyModel, Qt, QTimer, Signal
from PySide6.QtGui import QContextMenuEvent, QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QMenu, QTableView, QToolButton, QVBoxLayout, QWidget

from annotate.changes import ChangeSet
from annotate.errors import StudyError
from annotate.models import Session, SessionState
from app.commands import Command, CommandRegistry
from app.models.keyed import SORT_ROLE
from app.models.sessions import LENGTH, OBSERVATIONS, PARTICIPANT, STARTED, STATE, TRANSCRIPT, SessionsModel
from app.study_context import StudyContext
from app.theme import SPACE, theme
from app.widgets.basics import Card, EmptyState, PageHeader, button
from app.widgets.row_height import follow_density

_REVIEWABLE = {SessionState.RECORDED, SessionState.RECOVERED, SessionState.REVIEWED}
_SCOPE = "sessions"


class SessionsPage(QWidget):
    """The sessions of the open study.

    Signals:
        review(session id), transcribe(session id), trash(session id): what the user asked for.
        find_wanted(session id): its recording is missing.
        dropped(Path): a file was dropped here.
    """

    review = Signal(str)
    transcribe = Signal(str)
    trash = Signal(str)
    find_wanted = Signal(str)
    dropped = Signal(object)

    def __init__(self, context: StudyContext | None, commands: CommandRegistry) -> None:
        super().__init__()
        self._context: StudyContext | None = None
        self._commands = commands
        self.model = SessionsModel(self)
        self.view = self._make_view()
        start = commands.bind(button("", look="big"), "session.new")
        start.setIcon(button("", look="big", icon="ph.record").icon())
        review = Command("session.review", self.tr("Open in review"), "Ctrl+Return", "ph.film-strip", _SCOPE)
        transcribe = Command(
            "session.transcribe", self.tr("Transcribe"), "Ctrl+T", "ph.text-t", _SCOPE,
            tip=self.tr("Transcribe the session on this computer"),
        )  # fmt: skip
        commands.add(review, self._review, self, self._can_review)
        commands.add(transcribe, self._transcribe, self, self._can_transcribe)
        self._add_more(commands)
        self.setAcceptDrops(True)
        actions = [commands.bind(button(""), name) for name in ("session.transcribe", "session.review")]
        self.more = self._more_button(commands)
        header = PageHeader(self.tr("Sessions"), *actions, self.more, start)
        self._only_full = (start, *actions)
        self.header = header
        first = commands.bind(button("", look="primary"), "session.new")
        first.setIcon(button("", look="primary", icon="ph.record").icon())
        imported = [commands.bind(button(""), "session.import")] if commands.has("session.import") else []
        self._empty = EmptyState(
            "ph.users",
            self.tr("No sessions yet"),
            self.tr(
                "A session is one recording with one participant: the screen, the voice, the pointer, and what you "
                "mark while it runs."
            ),
            *imported,
            first,
        )
        self._card = Card(margin=SPACE[1], spacing=0)
        self._card.body.addWidget(self.view)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE[5], SPACE[4], SPACE[5], SPACE[4])
        layout.setSpacing(SPACE[4])
        layout.addWidget(header)
        layout.addWidget(self._card, 1)
        layout.addWidget(self._empty, 1)
        self.set_context(context)

    # -- page -----------------------------------------------------------------------------------------------------

    def set_context(self, context: StudyContext | None) -> None:
        """Shows another study, or none."""
        if self._context is not None:
            self._context.changed.disconnect(self._changed)
        self._context = context
        if context is not None:
            context.changed.connect(self._changed)
            self._refresh()
            if self.model.rowCount():
                self.view.selectRow(0)

    def page_shown(self) -> None:
        """Focus goes to the list. A recording may have been moved meanwhile."""
        self._refresh()
        self.view.setFocus()

    def select(self, session_id: str) -> None:
        """Chooses a session."""
        row = self.model.row_of(session_id)
        if row >= 0:
            self.view.selectRow(self._proxy.mapFromSource(self.model.index(row, 0)).row())

    def chosen(self) -> Session | None:
        """The chosen session."""
        index = self._proxy.mapToSource(self.view.currentIndex())
        return self.model.rows()[index.row()] if index.isValid() else None

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if _dropped_file(event.mimeData()) is not None:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        path = _dropped_file(event.mimeData())
        if path is not None:
            event.acceptProposedAction()
            QTimer.singleShot(0, self, lambda: self.dropped.emit(path))  # the other program waits until this ends

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        self._fill_menu().popup(event.globalPos())

    # -- inside ---------------------------------------------------------------------------------------------------

    def _add_more(self, commands: CommandRegistry) -> None:
        pilot = Command(
            "session.pilot", self.tr("Pilot: leave out of figures"), "P", "ph.flask", _SCOPE,
            tip=self.tr("Leave the session out of figures, or take it in again"),
        )  # fmt: skip
        withdraw = Command(
            "session.withdraw", self.tr("Consent withdrawn"), "", "ph.prohibit", _SCOPE,
            tip=self.tr("Note that the participant has withdrawn consent, or take that back; nothing is deleted"),
        )  # fmt: skip
        trash = Command("session.delete", self.tr("Move to trash"), "Del", "ph.trash", _SCOPE)
        find = Command("session.find", self.tr("Find the recording…"), "", "ph.magnifying-glass", _SCOPE)
        commands.add(pilot, self._pilot, self, self._has_chosen)
        commands.add(withdraw, self._withdraw, self, self._has_chosen)
        commands.add(trash, self._trash, self, self._can_trash)
        commands.add(find, self._find, self, self._can_find)

    def _more_button(self, commands: CommandRegistry) -> QToolButton:
        more = QToolButton()
        more.setIcon(theme().icon("ph.dots-three"))
        more.setAccessibleName(self.tr("More about sessions"))
        more.setToolTip(self.tr("Import, pilot, trash, pack, merge"))
        more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        more.setStyleSheet("QToolButton::menu-indicator { image: none; }")
        self._menu = QMenu(more)
        self._menu_commands = commands
        self._menu.aboutToShow.connect(self._fill_menu)
        more.setMenu(self._menu)
        return more

    def _fill_menu(self) -> QMenu:
        """The menu as it stands: the same one for the button and for the right mouse button."""
        self._menu.clear()
        groups = (
            ("session.import",),
            ("session.review", "session.transcribe", "session.pilot", "session.withdraw", "session.find"),
            ("session.delete",),
            ("sessions.trash",),
            ("study.pack", "study.merge", "study.merge_folder"),
        )
        for group in groups:
            for command_id in group:
                if self._menu_commands.has(command_id):
                    self._menu.addAction(self._menu_commands.action(command_id))
            self._menu.addSeparator()
        return self._menu

    def _make_view(self) -> QTableView:
        self._proxy = QSortFilterProxyModel(self)
        self._proxy.setSourceModel(self.model)
        self._proxy.setSortRole(SORT_ROLE)
        view = QTableView()
        view.setModel(self._proxy)
        view.setAccessibleName(self.tr("Sessions"))
        view.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        view.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        view.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        view.setShowGrid(False)
        view.setWordWrap(False)
        view.setTabKeyNavigation(False)
        view.setSortingEnabled(True)
        view.sortByColumn(STARTED, Qt.SortOrder.DescendingOrder)
        view.verticalHeader().hide()
        follow_density(view)
        header = view.horizontalHeader()
        header.setHighlightSections(False)
        header.setStretchLastSection(True)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        widths = {STATE: 200, PARTICIPANT: 130, STARTED: 170, LENGTH: 120, OBSERVATIONS: 120, TRANSCRIPT: 150}
        for column, width in widths.items():
            view.setColumnWidth(column, width)
        view.activated.connect(self._review)
        view.selectionModel().selectionChanged.connect(self._refresh_commands)
        return view

    def _changed(self, change: ChangeSet | None, _initiator: object) -> None:
        shown = {"session", "observation", "transcript", "participant", "consent", "consent_answer"}
        if change is None or change.tables & shown:
            self._refresh()

    def _refresh(self) -> None:
        context = self._context
        if context is None:
            return
        try:
            sessions, missing = context.store.sessions(), context.store.missing_recordings()
            self.header.set_over(context.store.study().name)
        except StudyError as error:
            context.failed.emit(error)
            return
        self.model.set_rows(sessions)
        self.model.set_missing(missing)
        for widget in (self._card, *self._only_full):
            widget.setVisible(bool(sessions))
        self._empty.setVisible(not sessions)
        self._commands.refresh()

    def _refresh_commands(self) -> None:
        self._commands.refresh()

    def _can_review(self) -> bool:
        session = self.chosen()
        return session is not None and session.state in _REVIEWABLE

    def _can_transcribe(self) -> bool:
        session = self.chosen()
        return self._can_review() and session is not None and not self.model.transcribing(session.id)

    def _has_chosen(self) -> bool:
        return self.chosen() is not None

    def _can_trash(self) -> bool:
        session = self.chosen()
        return session is not None and not self.model.transcribing(session.id)

    def _can_find(self) -> bool:
        session = self.chosen()
        return session is not None and self.model.is_missing(session.id)

    def _pilot(self) -> None:
        session, context = self.chosen(), self._context
        if session is not None and context is not None:
            words = self.tr("No pilot any more") if session.pilot else self.tr("Call session a pilot")
            context.do(words, lambda store: store.update_session(session.id, pilot=not session.pilot))

    def _withdraw(self) -> None:
        session, context = self.chosen(), self._context
        if session is None or context is None:
            return
        words = self.tr("%1 has not withdrawn consent") if session.withdrawn else self.tr("%1 withdraws consent")
        context.do(
            words.replace("%1", session.participant_code),
            lambda store: store.set_withdrawn(session.participant_id, not session.withdrawn),
        )

    def _trash(self) -> None:
        session = self.chosen()
        if session is not None:
            self.trash.emit(session.id)

    def _find(self) -> None:
        session = self.chosen()
        if session is not None:
            self.find_wanted.emit(session.id)

    def _review(self) -> None:
        session = self.chosen()
        if session is not None and session.state in _REVIEWABLE:
            self.review.emit(session.id)

    def _transcribe(self) -> None:
        session = self.chosen()
        if session is not None:
            self.transcribe.emit(session.id)


def _dropped_file(data: QMimeData) -> Path | None:
    """The one local file that is dragged, or None."""
    urls = data.urls()
    if len(urls) != 1 or not urls[0].isLocalFile():
        return None
    path = Path(urls[0].toLocalFile())
    return path if path.is_file() else None
