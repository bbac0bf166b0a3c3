"""Findings: observations of all sessions, grouped into issues; and the way out as a file."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import (
    QLabel,
    QPushButton,
    QStackedWidget,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from annotate.models import Severity
from annotate.report.files import Written
from app.commands import Command, CommandRegistry
from app.controllers.export import ExportController, choice_for
from app.controllers.findings import Findings, FindingsController
from app.models.observations import EVIDENCE_COLUMNS, FINDINGS_COLUMNS, Column, ObservationRow
from app.palette import Role
from app.settings import settings
from app.study_context import StudyContext
from app.theme import SPACE, theme
from app.views.backlog import BacklogDialog
from app.views.export_dialog import ExportDialog
from app.views.findings_board import BoardTab
from app.views.findings_parts import card, pane, placeholder, splitter, title_of
from app.views.findings_tabs import FigureTabs
from app.views.merge_issues import DuplicatesDialog, MergeDialog
from app.widgets.basics import Card, PageHeader, button, hairline, label
from app.widgets.issue_editor import IssueEditor
from app.widgets.issue_table import IssueTable
from app.widgets.notice import Notice
from app.widgets.observation_table import ObservationTable
from app.wording import sentence, severity_words

_SCOPE = "findings"


class FindingsPage(QWidget):
    """Tabs. The first: issues on the left with what is not grouped yet under them, the chosen issue on the right.

    Signals:
        go_to_session(session id, t_ns, observation id): show it in review.
        message(words, tone, (action's text, callable) | None): for the window's message bar.
    """

    go_to_session = Signal(str, object, str)
    message = Signal(str, str, object)

    def __init__(self, context: StudyContext | None, commands: CommandRegistry, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("page")
        self._commands = commands
        self.controller = FindingsController(self)
        self._export = ExportController(self)
        self._wanted_issue = ""
        self._edit_title = False
        self._stack = QStackedWidget()  # the issues; the other tabs are `FigureTabs`
        self._stack.setContentsMargins(0, SPACE[2], 0, 0)
        self.issues = IssueTable()
        self.editor = IssueEditor()
        self.evidence = ObservationTable(
            EVIDENCE_COLUMNS,
            name=self.tr("Observations of the issue"),
            sort=Column.PARTICIPANT,
            drag=True,
            moves_on=False,
        )
        self.ungrouped = ObservationTable(
            FINDINGS_COLUMNS, name=self.tr("Ungrouped observations"), sort=Column.PARTICIPANT, drag=True, moves_on=False
        )
        self._add_commands(commands)
        self.export_button = commands.bind(button("", look="primary"), "findings.export")
        self.export_button.setIcon(theme().icon("ph.export", Role.ACCENT_TEXT))
        self.send_button = commands.bind(button(""), "findings.send")
        self.new_button = commands.bind(QPushButton(), "findings.new")
        self.add_button = commands.bind(QPushButton(), "findings.add")
        self.unlink_button = commands.bind(QPushButton(), "findings.unlink")
        self.stance_button = commands.bind(QPushButton(), "findings.stance")
        self.notice = Notice()
        self._again = self.notice.add_button(self.tr("Try again"), primary=True)
        self._again.clicked.connect(self.controller.refresh)
        self._to_review = self.notice.add_button(self.tr("Go to Review"), primary=True)
        self._to_review.clicked.connect(lambda: commands.trigger("go.review"))
        self.header = PageHeader(self.tr("Findings"), self.send_button, self.export_button)
        self._desk = self._build_desk()
        self._stack.addWidget(self.notice)
        self._stack.addWidget(self._desk)
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        self.tabs.tabBar().setDrawBase(False)
        self.tabs.addTab(self._stack, self.tr("Issues"))
        self.board = BoardTab()
        self.board.moved.connect(self.controller.set_status)
        self.board.opened.connect(self.show_issue)
        self.board.issues_wanted.connect(lambda: self._go_to_tab(0))
        self.tabs.addTab(self.board, self.tr("Board"))
        self.figure_tabs = FigureTabs(self.tabs, commands, self)
        self._add_tab_commands(commands)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE[4], SPACE[3], SPACE[4], SPACE[3])
        layout.setSpacing(SPACE[3])
        layout.addWidget(self.header)
        layout.addWidget(self.tabs, 1)
        self._tie()
        self.set_context(context)

    # -- what the window asks ----------------------------------------------------------------------------------

    def set_context(self, context: StudyContext | None) -> None:
        """Another study, or none."""
        self.editor.set_row(None)
        self.header.set_over(context.store.study().name if context is not None else "")
        self.controller.set_context(context)
        self.figure_tabs.set_context(context)
        self.board.set_rows([])  # another study's cards must not be moved in this one
        if context is None:
            self._show_notice("ph.list-numbers", self.tr("No study is open"), "")

    def page_shown(self) -> None:
        """The user went to this page."""
        self._focus_tab()

    def show_issue(self, issue_id: str) -> None:
        """Chooses an issue, as soon as it is read."""
        self.tabs.setCurrentWidget(self._stack)
        self._wanted_issue = issue_id
        if self.controller.findings is not None:
            self._choose_wanted()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.figure_tabs.page_shown(True)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.figure_tabs.page_shown(False)

    # -- commands ----------------------------------------------------------------------------------------------

    def new_issue(self) -> None:
        """Makes an issue of the selected ungrouped observations, or an empty one, and asks for its title."""
        self._make_issue(self.ungrouped.selected_ids())

    def add_to_issue(self) -> None:
        """Adds the selected ungrouped observations to the chosen issue."""
        self.controller.link(self.issues.current_id(), self.ungrouped.selected_ids())

    def unlink(self) -> None:
        """Takes the selected observations out of the chosen issue."""
        self.controller.unlink(self.issues.current_id(), self.evidence.selected_ids())

    def turn(self) -> None:
        """Lets the selected observations speak against the chosen issue, or for it again if all of them do."""
        chosen = self.evidence.selected_ids()
        rows = [self.evidence.row_of(one) for one in chosen]
        now_for = any(one is not None and one.speaks_for for one in rows)
        self.controller.set_stance(self.issues.current_id(), chosen, speaks_for=not now_for)

    def split(self) -> None:
        """Makes another issue of the selected observations of the chosen one, and asks for its title."""
        chosen = self.evidence.selected_ids()
        first = self.evidence.row_of(chosen[0]) if chosen else None
        title = title_of(first) or self.tr("New issue")
        made = self.controller.split(self.issues.current_id(), chosen, title)
        if made is not None:
            self._wanted_issue, self._edit_title = made.id, True

    def merge(self) -> None:
        """Asks into which issue the chosen one goes."""
        context, issue = self.controller.context, self.issues.issues.by_key(self.issues.current_id())
        if context is None or issue is None:
            return
        self.editor.save()
        dialog = MergeDialog(context.store, issue.issue, self)
        if dialog.exec() and dialog.chosen:
            self.controller.merge(dialog.chosen, [issue.id])
            self.show_issue(dialog.chosen)
        dialog.deleteLater()

    def look_for_duplicates(self) -> None:
        """Shows the likely pairs; merges those that somebody said are the same, keeps the others apart for good."""
        context = self.controller.context
        if context is None:
            return
        self.editor.save()
        dialog = DuplicatesDialog(context.store, self)
        dialog.exec()
        for pair in dialog.apart_pairs:
            self.controller.keep_apart(*pair)
        for keep, other in dialog.merges:
            self.controller.merge(keep, [other])
        dialog.deleteLater()

    def export(self) -> None:
        """Asks what to write and where to, and writes it."""
        context = self.controller.context
        if context is None:
            return
        self.editor.save()
        dialog = ExportDialog(context.folder.parent, context.folder.stem, self)
        if dialog.exec() and dialog.out is not None:
            self._export.export(context, dialog.out, dialog.chosen, media=dialog.media.isChecked())
        dialog.deleteLater()

    def export_to(self, out: Path) -> None:
        """Writes what the file's name asks for: a report, or the observations as CSV."""
        context = self.controller.context
        if context is not None:
            chosen = choice_for(out)
            self._export.export(context, out if out.suffix else out.with_suffix(chosen.suffix), chosen, media=False)

    def send(self) -> None:
        """Shows what would be sent to a tracker, and sends it on a word."""
        context = self.controller.context
        if context is not None:
            self.editor.save()
            dialog = BacklogDialog(context, self)
            dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            dialog.open()

    # -- parts -------------------------------------------------------------------------------------------------

    def _add_commands(self, commands: CommandRegistry) -> None:
        def add(name: str, text: str, key: str, icon: str, handler: object, enabled: object, tip: str = "") -> None:
            command = Command(f"findings.{name}", text, key, icon, _SCOPE, tip=tip)
            # But for the export, keys work among the issues alone: on other tabs nobody sees what they would do.
            reach = self if name in {"export", "send"} else self._stack
            commands.add(command, handler, reach, enabled)  # type: ignore[arg-type]

        tr = self.tr
        add("export", tr("Export…"), "Ctrl+E", "ph.export", self.export, self._is_open)
        tip = tr("Jira, Redmine, GitHub, or a file for a tracker's importer")
        add("send", tr("Send to the backlog…"), "Ctrl+B", "ph.paper-plane-tilt", self.send, self._is_open, tip)
        tip = tr("Make an issue of the selected observations")
        add("new", tr("New issue"), "N", "ph.plus", self.new_issue, self._is_open, tip)
        tip = tr("Add the selected observations to the chosen issue")
        add("add", tr("Add to issue"), "A", "ph.arrow-line-up", self.add_to_issue, self._can_add, tip)
        tip = tr("Take the selected observations out of the issue")
        add("unlink", tr("Remove from issue"), "U", "ph.link-break", self.unlink, self._can_unlink, tip)
        tip = tr("Let the selected observations speak against the issue, or for it again")
        add("stance", tr("For or against"), "X", "ph.arrows-left-right", self.turn, self._can_unlink, tip)
        tip = tr("Make another issue of the selected observations")
        add("split", tr("Split off a new issue"), "S", "ph.git-branch", self.split, self._can_unlink, tip)
        tip = tr("Put this issue and another one together; likely duplicates come first")
        add("merge", tr("Merge into another issue…"), "M", "ph.git-merge", self.merge, self._has_issue, tip)
        tip = tr("Issues whose words have much in common")
        add("duplicates", tr("Likely duplicates…"), "L", "ph.copy", self.look_for_duplicates, self._is_open, tip)
        add("remove", tr("Delete the issue"), "Del", "ph.trash", self._remove_issue, self._has_issue)
        add("title", tr("Edit the title"), "F2", "ph.pencil-simple", self.editor.edit_title, self._has_issue)
        for severity in Severity:
            words = tr("Severity {number}: {word}").format(number=int(severity), word=severity_words(severity))
            add(
                f"severity_{int(severity)}",
                words,
                str(int(severity)),
                "",
                partial(self._rate, severity),
                self._has_issue,
            )

    def _add_tab_commands(self, commands: CommandRegistry) -> None:
        for number in range(self.tabs.count()):
            text = self.tr("Findings: {tab}").format(tab=self.tabs.tabText(number))
            command = Command(f"findings.tab_{number + 1}", text, f"Alt+{number + 1}", "ph.chart-bar", _SCOPE)
            commands.add(command, partial(self._go_to_tab, number), self)
            self.tabs.setTabToolTip(number, CommandRegistry.tooltip(command))

    def _go_to_tab(self, number: int) -> None:
        self.tabs.setCurrentIndex(number)
        self._focus_tab()

    def _focus_tab(self) -> None:
        if self.tabs.currentWidget() is self._stack:
            self.issues.setFocus()
        elif self.tabs.currentWidget() is self.board:
            self.board.setFocus()
        else:
            self.figure_tabs.focus()

    def _build_desk(self) -> QWidget:
        self._issue_count = label("", tone="muted")
        self._ungrouped_count = label("", tone="muted")
        self._evidence_count = label("", tone="muted")
        issues = pane(self.tr("Issues"), self._issue_count, self.issues)
        self._no_issues = self.tr("No issues yet. Select observations below that show the same problem, then press N.")
        self._no_ungrouped = self.tr("All observations belong to an issue.")
        self._no_evidence = self.tr("No observation shows this problem yet. Drag some here onto the issue, or press A.")
        ungrouped = pane(
            self.tr("Ungrouped observations"), self._ungrouped_count, self.ungrouped, self.add_button, self.new_button
        )
        evidence = pane(
            self.tr("Observations"), self._evidence_count, self.evidence, self.stance_button, self.unlink_button
        )
        self._placeholders = {
            self.issues: placeholder(self.issues, self._no_issues),
            self.ungrouped: placeholder(self.ungrouped, self._no_ungrouped),
            self.evidence: placeholder(self.evidence, self._no_evidence),
        }
        issue = Card(margin=0, spacing=0)
        issue.body.addWidget(self.editor)
        issue.body.addWidget(hairline())
        issue.body.addWidget(evidence, 1)
        self.no_issue = Notice()
        self._from_ungrouped = self._commands.bind(self.no_issue.add_button("", primary=True), "findings.new")
        self._from_ungrouped.setIcon(theme().icon("ph.plus", Role.ACCENT_TEXT))
        empty = Card(margin=0, spacing=0)
        empty.body.addWidget(self.no_issue)
        self._right = QStackedWidget()  # a form that nothing can be typed into says nothing
        self._right.addWidget(empty)
        self._right.addWidget(issue)
        self._left = splitter(Qt.Orientation.Vertical, (card(issues), card(ungrouped)), (48, 52))
        across = splitter(Qt.Orientation.Horizontal, (self._left, self._right), (54, 46))
        for name, one in (("findings.left", self._left), ("findings.across", across)):
            state = settings().state(name)
            if state is not None:
                one.restoreState(state)
            one.splitterMoved.connect(lambda _p, _i, n=name, s=one: settings().keep_state(n, s.saveState()))
        return across

    def _tie(self) -> None:
        controller, editor = self.controller, self.editor
        controller.loading.connect(self._on_loading)
        controller.loaded.connect(self._on_loaded)
        controller.failed.connect(self._on_failed)
        editor.text_changed.connect(controller.set_text)
        editor.severity_changed.connect(controller.set_severity)
        editor.status_changed.connect(controller.set_status)
        editor.about_changed.connect(controller.set_about)
        self.issues.chosen.connect(self._show_issue)
        self.issues.opened.connect(lambda _id: editor.edit_title())
        self.issues.dropped.connect(self._on_dropped)
        for table in (self.evidence, self.ungrouped):
            table.opened.connect(partial(self._go, table))
            table.selection_changed.connect(self._commands.refresh)
        self.figure_tabs.go_to_session.connect(self.go_to_session)
        self.figure_tabs.go_to_issue.connect(self.show_issue)
        self.figure_tabs.message.connect(self.message)
        self._export.exported.connect(self._on_exported)
        self._export.failed.connect(lambda error: self.message.emit(sentence(error), "warning", None))

    # -- following ---------------------------------------------------------------------------------------------

    def _on_loading(self) -> None:
        self._show_notice("ph.hourglass", self.tr("Reading the findings…"), "")

    def _on_failed(self, error: Exception) -> None:
        self._show_notice("ph.warning", self.tr("The findings could not be read"), sentence(error), again=True)

    def _on_loaded(self, findings: Findings) -> None:
        self.board.set_rows(findings.issues)
        self.editor.set_tasks(findings.tasks)
        if not findings.issues and not findings.observations:
            words = self.tr("Mark what you see in Review. Here, marks of several participants become issues.")
            self._show_notice("ph.list-numbers", self.tr("No findings yet"), words, review=True)
            self._commands.refresh()
            return
        self._stack.setCurrentWidget(self._desk)
        self.issues.set_rows(findings.issues)
        ungrouped = findings.ungrouped()
        self.ungrouped.set_rows(ungrouped)
        self._choose_wanted()
        self._show_issue(self.issues.current_id())
        self._count(self._issue_count, self.issues, len(findings.issues))
        self._count(self._ungrouped_count, self.ungrouped, len(ungrouped))

    def _choose_wanted(self) -> None:
        if self._wanted_issue and self.issues.issues.by_key(self._wanted_issue) is not None:
            self.issues.choose(self._wanted_issue)
            self._wanted_issue = ""
            self._show_issue(self.issues.current_id())
            if self._edit_title:
                self._edit_title = False
                self.editor.edit_title()

    def _show_issue(self, issue_id: str) -> None:
        findings = self.controller.findings
        self.editor.set_row(self.issues.issues.by_key(issue_id))
        self._show_right(issue_id)
        evidence: list[ObservationRow] = findings.of_issue(issue_id) if findings is not None and issue_id else []
        self.evidence.set_rows(evidence)
        self._count(self._evidence_count, self.evidence, len(evidence))
        if not issue_id:
            self._placeholders[self.evidence].hide()
        self._commands.refresh()

    def _show_right(self, issue_id: str) -> None:
        none_yet = self.issues.issues.rowCount() == 0
        title = self.tr("No issues yet") if none_yet else self.tr("No issue is chosen")
        words = (
            self.tr("Select observations on the left that show the same problem, and make an issue of them.")
            if none_yet
            else self.tr("Choose one on the left to read and change it.")
        )
        self.no_issue.say("ph.list-numbers", title, words)
        self._from_ungrouped.setVisible(none_yet)
        self._right.setCurrentIndex(1 if issue_id else 0)

    def _on_dropped(self, issue_id: str, observation_ids: list[str]) -> None:
        if issue_id:
            self.controller.link(issue_id, observation_ids)
            self.show_issue(issue_id)
        else:
            self._make_issue(observation_ids)

    def _on_exported(self, written: Written) -> None:
        rows = self.tr(": %n row(s)", "", written.count) if written.path.suffix.lower() == ".csv" else ""
        words = self.tr("Exported to {name}{rows}.").format(name=written.path.name, rows=rows)
        action = (self.tr("Open folder"), partial(self._export.open_folder, written.path))
        self.message.emit(words, "success", action)

    # -- inside ------------------------------------------------------------------------------------------------

    def _make_issue(self, observation_ids: list[str]) -> None:
        first = self.ungrouped.row_of(observation_ids[0]) if observation_ids else None
        made = self.controller.add_issue(title_of(first) or self.tr("New issue"), observation_ids)
        if made is not None:
            self._wanted_issue, self._edit_title = made.id, True

    def _go(self, table: ObservationTable, observation_id: str) -> None:
        found = table.row_of(observation_id)
        if found is not None:
            o = found.observation
            self.go_to_session.emit(o.session_id, o.t_start_ns, o.id)

    def _rate(self, severity: Severity) -> None:
        self.controller.set_severity(self.issues.current_id(), severity)

    def _remove_issue(self) -> None:
        self.controller.remove_issue(self.issues.current_id())

    def _is_open(self) -> bool:
        return self.controller.context is not None

    def _has_issue(self) -> bool:
        return self._is_open() and bool(self.issues.current_id())

    def _can_add(self) -> bool:
        return self._has_issue() and bool(self.ungrouped.selected_ids())

    def _can_unlink(self) -> bool:
        return self._has_issue() and bool(self.evidence.selected_ids())

    def _count(self, shown: QLabel, table: IssueTable | ObservationTable, count: int) -> None:
        shown.setText(str(count) if count else "")
        self._placeholders[table].setVisible(count == 0)

    def _show_notice(self, icon: str, title: str, words: str, *, again: bool = False, review: bool = False) -> None:
        self.notice.say(icon, title, words)
        self._again.setVisible(again)
        self._to_review.setVisible(review and self._commands.has("go.review"))
        self._stack.setCurrentWidget(self.notice)
