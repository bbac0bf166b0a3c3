"""Observations on the review desk: the table's cells, the editor, pins, late marks, and the windows beside the desk."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QObject, QPoint
from PySide6.QtWidgets import QMenu

from annotate.errors import StudyError
from annotate.models import Observation, ObservationKind, Severity, Tag
from annotate.places import last_click
from annotate.timeline import parse_time
from app.commands import Command, CommandRegistry
from app.controllers.observing import Observing
from app.models.observations import Column, ObservationRow
from app.study_context import StudyContext
from app.views.history_window import HistoryWindow
from app.views.history_window import Scope as HistoryScope
from app.views.tag_window import TagWindow
from app.widgets.basics import bring_forward
from app.widgets.picture_pins import PicturePins
from app.wording import kind_words, sentence

if TYPE_CHECKING:
    from app.views.review import ReviewPage

SCOPE = "review"


class ReviewObserving(QObject):
    """Binds what is done to observations to the page. Main thread only."""

    def __init__(self, page: ReviewPage, commands: CommandRegistry) -> None:
        super().__init__(page)
        self._page = page
        self._commands = commands
        self._tags: list[Tag] = []
        self._history: HistoryWindow | None = None
        self._tag_window: TagWindow | None = None
        self.edits = Observing(page.controller)
        self.pins = PicturePins(page.video)
        self.pins.lower()  # the webcam's inset lies above
        self._add_commands()
        self._tie()

    def set_context(self, _context: StudyContext | None) -> None:
        """Another study: windows of the one before go."""
        for window in (self._history, self._tag_window):
            if window is not None:
                window.hide()
                window.deleteLater()
        self._history = self._tag_window = None

    def selected(self) -> list[str]:
        """What a choice goes for: all selected observations, else the current one."""
        table = self._page.table
        return table.selected_ids() or [one for one in [table.current_id()] if one]

    # -- following ---------------------------------------------------------------------------------------------

    def show_rows(self, rows: Sequence[ObservationRow]) -> None:
        """The session's observations, or the names in them, are others."""
        page = self._page
        self.pins.set_observations([row.observation for row in rows])
        tags = page.controller.tags()
        page.table.tag_words = [tag.name for tag in tags]
        page.table.issue_words = [f"#{issue.number} {issue.title}" for issue in page.controller.issues()]
        if tags != self._tags:
            self._tags = tags
            self._add_tag_commands()

    def show_selected(self, observation_id: str) -> None:
        """Another observation is current, or others are selected."""
        page = self._page
        self.pins.set_selected(observation_id)
        page.editor.set_row(page.table.row_of(observation_id), max(1, len(page.table.selected_ids())))
        if self._history is not None and self._history.isVisible():
            self._history.show_for(page.controller.session_id, observation_id)

    # -- commands ----------------------------------------------------------------------------------------------

    def mark_click(self) -> None:
        """Marks the last click before the playhead, at its place."""
        loaded = self._page.controller.loaded
        place = None
        if loaded is not None and loaded.bundle is not None:
            place = last_click(loaded.bundle, self._page.playback.position_ns)
        if place is None:
            self._page.message.emit(_tr("There was no click in the half minute before this moment."), "info", None)
            return
        self._choose(self.edits.add(_tr("Mark a click"), t_start_ns=place.t_ns, x=place.x, y=place.y))

    def mark_place(self, x: int, y: int) -> None:
        """Marks the moment, at a place of the picture."""
        t_ns = self._page.playback.position_ns
        self._choose(self.edits.add(_tr("Mark a place"), t_start_ns=t_ns, x=x, y=y))

    def edit_heuristic(self) -> None:
        """Opens the list of heuristics."""
        self._page.desk.leave_fill()
        self._page.editor.heuristic.setFocus()
        self._page.editor.heuristic.showPopup()

    def put_back(self) -> None:
        """The current mark lies where it was pressed."""
        self.edits.put_back(self._page.table.current_id())

    def edit_tag_tree(self) -> None:
        """Opens the window of the tags."""
        context = self._page.controller.context
        if context is None:
            return
        if self._tag_window is None:
            row = self._page.table.row_of(self._page.table.current_id())
            first = row.tags[0].id if row is not None and row.tags else ""
            self._tag_window = TagWindow(context, self._commands, self._page.window(), first)
        bring_forward(self._tag_window)

    def show_history(self, scope: HistoryScope | None = None) -> None:
        """Opens the window of the history, of the selected observation if there is one."""
        context = self._page.controller.context
        if context is None:
            return
        if self._history is None:
            self._history = HistoryWindow(context, self._page.window())
            self._history.observation_wanted.connect(self._go)
        current = self._page.table.current_id()
        wanted = scope or (HistoryScope.OBSERVATION if current else HistoryScope.SESSION)
        self._history.show_for(self._page.controller.session_id, current, wanted)
        bring_forward(self._history)

    # -- inside ------------------------------------------------------------------------------------------------

    def _add_commands(self) -> None:
        page = self._page

        def add(
            command_id: str, text: str, keys: str, icon: str, handler: Callable[[], object], enabled: Callable[[], bool]
        ) -> None:
            self._commands.add(Command(f"review.{command_id}", text, keys, icon, SCOPE), handler, page, enabled)

        desk, marks = page.has_session, page.has_selection
        add("mark_click", _tr("Mark the last click"), "Shift+M", "ph.cursor", self.mark_click, desk)
        add("edit_cell", _tr("Change the cell (F2 in the table)"), "", "ph.pencil-simple", page.table.edit_cell, marks)
        add("heuristic", _tr("Choose the heuristic"), "H", "ph.book", self.edit_heuristic, marks)
        back, is_open = "ph.arrow-u-up-left", page_open(page)
        add("put_back", _tr("Put the mark back where it was pressed"), "", back, self.put_back, self._is_moved)
        add("put_all_back", _tr("Put every mark back where it was pressed"), "", back, self.edits.put_all_back, desk)
        add("late_marks", _tr("Pull late marks back to where it began"), "", "ph.magnet", self._look_again, desk)
        tags, history = _tr("Tags: add, rename, move, delete"), _tr("History: who changed what")
        add("tag_tree", tags, "Ctrl+T", "ph.tree-structure", self.edit_tag_tree, is_open)
        add("history", history, "Ctrl+Shift+H", "ph.clock-counter-clockwise", self.show_history, is_open)
        for number, kind in enumerate(ObservationKind, 1):
            words = _tr("Kind: {kind}").format(kind=kind_words(kind))
            add(f"kind_{kind}", words, f"Ctrl+Alt+{number}", "", partial(self._set_kind, kind), marks)

    def _add_tag_commands(self) -> None:
        """A tag's key tags what is selected; with Shift, or Ctrl and Alt, where the desk has that key for else."""
        for command in [one for one in self._commands.commands() if one.id.startswith("review.tag.")]:
            self._commands.remove(command.id)
        for tag in self._tags:
            text = _tr("Tag: {name}").format(name=tag.name)
            for keys in (tag.key, f"Shift+{tag.key}", f"Ctrl+Alt+{tag.key}", "") if tag.key else ("",):
                try:
                    command = Command(f"review.tag.{tag.id}", text, keys, "ph.tag", SCOPE)
                    self._commands.add(command, partial(self._tag, tag.id), self._page, self._page.has_selection)
                    break
                except ValueError:
                    continue

    def _tie(self) -> None:
        page, edits, editor = self._page, self.edits, self._page.editor
        page.table.edited.connect(self._on_cell)
        page.table.text_wanted.connect(lambda _id: page.edit_text())
        page.table.selection_changed.connect(lambda: self.show_selected(page.table.current_id()))
        page.playback.position_changed.connect(self.pins.show_time)
        edits.pulled_back.connect(self._on_pulled_back)
        self.pins.chosen.connect(self._go)
        self.pins.pointed.connect(self.mark_place)
        self.pins.menu_wanted.connect(self._menu)
        editor.kind_changed.connect(lambda _id, kind: edits.set_kind(self.selected(), kind))
        editor.severity_changed.connect(lambda _id, severity: edits.set_severity(self.selected(), severity))
        editor.heuristic_changed.connect(lambda _id, code: edits.set_heuristic(self.selected(), code))
        editor.tag_added.connect(lambda _id, name: edits.add_tag(self.selected(), name))
        editor.tag_removed.connect(lambda _id, tag: edits.remove_tag(self.selected(), tag))
        editor.issue_added.connect(lambda _id, title: edits.assign_issue(self.selected(), title))
        editor.issue_linked.connect(lambda _id, issue: edits.link_issue(self.selected(), issue))
        editor.issue_removed.connect(lambda _id, issue: edits.unlink_issue(self.selected(), issue))
        editor.put_back.connect(edits.put_back)
        editor.place_removed.connect(lambda one: edits.set_place(one, None, None))

    def rate(self, severity: Severity | None) -> None:
        """Rates all that are selected."""
        self.edits.set_severity(self.selected(), severity)

    def _set_kind(self, kind: ObservationKind) -> None:
        self.edits.set_kind(self.selected(), kind)

    def _tag(self, tag_id: str) -> None:
        self.edits.toggle_tag(self.selected(), tag_id)

    def _is_moved(self) -> bool:
        row = self._page.table.row_of(self._page.table.current_id())
        return row is not None and row.observation.t_original_ns is not None

    def _look_again(self) -> None:
        self.edits.look_for_late_marks()

    def _on_pulled_back(self, count: int) -> None:
        context = self._page.controller.context
        if not count:
            self._page.message.emit(_tr("No live mark lies too late, as far as can be told."), "info", None)
        elif context is not None:
            words = _tr("Live marks moved back to where it began: {count}. When they were pressed is kept.")
            self._page.message.emit(words.format(count=count), "info", (_tr("Undo"), context.undo.undo))

    def _on_cell(self, observation_id: str, what: Column, value: object) -> None:
        """A cell was changed: for a list's value all selected, else this one alone."""
        edits, ids = self.edits, self.selected()
        several = ids if observation_id in ids else [observation_id]
        match what:
            case Column.SEVERITY:
                edits.set_severity(several, value if isinstance(value, Severity) else None)
            case Column.KIND if isinstance(value, ObservationKind):
                edits.set_kind(several, value)
            case Column.TEXT:
                edits.update(_tr("Edit text"), [observation_id], body=str(value))
            case Column.TAGS:
                edits.set_tags(observation_id, _names(str(value)))
            case Column.ISSUE:
                edits.set_issues(observation_id, _issue_names(str(value)))
            case Column.TIME:
                self._set_time(observation_id, str(value))

    def _set_time(self, observation_id: str, text: str) -> None:
        start, dash, end = text.replace("—", "–").replace(" - ", "–").partition("–")
        try:
            t_start_ns = parse_time(start)
            t_end_ns = parse_time(end) if dash and end.strip() else None
        except StudyError as error:
            self._page.message.emit(sentence(error), "warning", None)
            return
        self.edits.update(_tr("Move observation"), [observation_id], t_start_ns=t_start_ns, t_end_ns=t_end_ns)

    def _menu(self, point: QPoint, x: int, y: int) -> None:
        """What can be done with a place of the picture."""
        menu = QMenu(self._page)
        menu.addAction(_tr("Mark this place (Ctrl+click)"), partial(self.mark_place, x, y))
        current = self._page.table.current_id()
        if current:
            menu.addAction(_tr("The selected observation is here"), partial(self.edits.set_place, current, x, y))
        for command_id in ("review.mark_click", "review.still"):
            if self._commands.has(command_id):
                menu.addAction(self._commands.action(command_id))
        menu.exec(point)
        menu.deleteLater()

    def _choose(self, made: Observation | None) -> None:
        if made is not None:
            self._page.choose_made(made)

    def _go(self, observation_id: str) -> None:
        page = self._page
        row = page.table.row_of(observation_id)
        if row is not None:
            page.table.choose(observation_id)
            page.show_chosen(observation_id)
            return
        context = page.controller.context
        if context is not None:
            try:
                found = context.store.observation(observation_id)
            except StudyError as error:
                page.message.emit(sentence(error), "info", None)
            else:
                page.open_session(found.session_id, found.t_start_ns, observation_id)


def page_open(page: ReviewPage) -> Callable[[], bool]:
    """Whether a study is open on the page."""
    return lambda: page.controller.context is not None


def _names(text: str) -> list[str]:
    return list(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))


def _issue_names(text: str) -> list[str]:
    """ "#3, #5" are two; a title may have a comma in it."""
    parts = [part.strip() for part in text.split(",") if part.strip()]
    numbers = [part for part in parts if part.startswith("#")]
    title = text.strip().removeprefix(", ".join(numbers)).strip(" ,")
    return [*numbers, *([title] if title else [])]


def _tr(text: str) -> str:
    return QCoreApplication.translate("commands", text)
