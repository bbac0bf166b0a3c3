"""Findings are sent to the backlog: a target, the plan of what will be done, then just that."""

from __future__ import annotations

import dataclasses
from collections import Counter
from pathlib import Path

from PySide6.QtCore import QSortFilterProxyModel, Qt, QUrl, Signal
from PySide6.QtGui import QCloseEvent, QDesktopServices
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QComboBox,
    QDialog,
    QFileDialog,
    QFrame,
    QHeaderView,
    QProgressBar,
    QSplitter,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from annotate.backlog import secrets
from annotate.backlog.decide import decided, without
from annotate.backlog.plan import Action, Blocked, ExportPlan, ItemResult, Outcome, PlanItem, Side, TargetConfig
from annotate.backlog.targets import kind_named
from app.backlog_words import ACTIONS, OUTCOMES
from app.controllers.backlog import BacklogController
from app.models.backlog import PlanColumn, PlanModel, PlanRow
from app.models.keyed import ROW_ROLE, SORT_ROLE
from app.settings import settings
from app.study_context import StudyContext
from app.theme import SPACE, Text
from app.views.backlog_target import TargetDialog
from app.widgets.basics import EmptyState, announce, button, hairline, label, row, set_tone
from app.widgets.plan_details import PlanDetails
from app.widgets.row_height import follow_density
from app.widgets.screen_room import open_at
from app.wording import sentence

_WIDTHS = {PlanColumn.NUMBER: 44, PlanColumn.WHAT: 250, PlanColumn.KEY: 110, PlanColumn.STATUS: 96}


class BacklogDialog(QDialog):
    """Shows the dry run first; sends only what it shows.

    Signals:
        open_issue(issue id): show it in Findings.
    """

    open_issue = Signal(str)

    def __init__(self, context: StudyContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Send to the backlog"))
        open_at(self, 1120, 720)
        self.controller = BacklogController(context, self)
        self._context = context
        self._plan: ExportPlan | None = None
        self._left_out: set[str] = set()
        self._again: set[str] = set()
        self._results: dict[str, ItemResult] = {}
        self._sending = False
        self._make_widgets()
        self._lay_out()
        self._tie()
        self._list_targets(settings().backlog_target)

    # -- parts ----------------------------------------------------------------------------------------------------

    def _make_widgets(self) -> None:
        self.target = QComboBox()
        self.target.setMinimumWidth(220)
        self.target.setAccessibleName(self.tr("Where to"))
        self.edit = button(self.tr("Settings…"))
        self.add = button(self.tr("Add target…"))
        self.files = QCheckBox(self.tr("Send &stills and clips"))
        self.files.setToolTip(self.tr("For this export only, and only what the session's consent covers"))
        self.look = button(self.tr("&Look again"))
        self.look.setToolTip(self.tr("Make the plan anew, and read the status of each issue"))
        self.model = PlanModel(self)
        self._proxy = QSortFilterProxyModel(self)
        self._proxy.setSourceModel(self.model)
        self._proxy.setSortRole(SORT_ROLE)
        self.table = QTableView()
        self.table.setModel(self._proxy)
        self.table.setAccessibleName(self.tr("Plan"))
        self.table.setFrameShape(QFrame.Shape.NoFrame)
        self.table.setShowGrid(False)
        self.table.setSortingEnabled(True)
        self.table.sortByColumn(PlanColumn.NUMBER, Qt.SortOrder.AscendingOrder)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.table.setTabKeyNavigation(False)
        self.table.setWordWrap(False)
        self.table.verticalHeader().hide()
        follow_density(self.table)
        header = self.table.horizontalHeader()
        header.setHighlightSections(False)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        for column in PlanColumn:
            if column is PlanColumn.TITLE:
                header.setSectionResizeMode(column, QHeaderView.ResizeMode.Stretch)
            else:
                header.resizeSection(column, _WIDTHS[column])
        self.details = PlanDetails()
        self.leave_out = button(self.tr("Leave &out"))
        self.again = button(self.tr("Make a&gain"))
        self.open_link = button(self.tr("Open in the &tracker"), icon="ph.arrow-square-out")
        self.summary = label("", wrap=True)
        self.progress = QProgressBar()
        self.progress.setTextVisible(False)
        self.progress.setFixedHeight(6)
        self.progress.hide()
        self.send = button(self.tr("Send"), look="primary", icon="ph.paper-plane-tilt")
        self.send.setDefault(True)
        self.stop = button(self.tr("Stop"))
        self.stop.setToolTip(self.tr("Ends between two requests; what was sent stays sent"))
        self.close_button = button(self.tr("Close"))
        for one in (self.edit, self.add, self.look, self.leave_out, self.again, self.open_link, self.stop):
            one.setAutoDefault(False)
        self.close_button.setAutoDefault(False)

    def _lay_out(self) -> None:
        self.add_first = button(self.tr("Add target…"), look="primary")
        self.empty = EmptyState(
            "ph.paper-plane-tilt",
            self.tr("No target is set up yet"),
            self.tr("Add the tracker or the importer where your team’s backlog is. You see what is sent before it is."),
            self.add_first,
        )
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE[4], SPACE[3], SPACE[4], SPACE[3])
        layout.setSpacing(SPACE[2])
        layout.addWidget(label(self.tr("Send to the backlog"), Text.TITLE))
        layout.addLayout(row(self.target, self.edit, self.add, SPACE[2], self.files, None, self.look))
        right = QWidget()
        column = QVBoxLayout(right)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE[1])
        column.addWidget(self.details, 1)
        column.addLayout(row(SPACE[2], self.leave_out, self.again, None, self.open_link))
        splitter = QSplitter(Qt.Orientation.Horizontal)
        splitter.addWidget(self.table)
        splitter.addWidget(right)
        splitter.setSizes([680, 400])
        splitter.setChildrenCollapsible(False)
        self._body = splitter
        layout.addWidget(hairline())
        layout.addWidget(splitter, 1)
        layout.addWidget(self.empty, 1)
        layout.addWidget(hairline())
        layout.addWidget(self.progress)
        foot = row(self.summary, self.stop, self.close_button, self.send)
        foot.setStretch(0, 1)
        layout.addLayout(foot)

    def _tie(self) -> None:
        controller = self.controller
        controller.planned.connect(self._on_planned)
        controller.result.connect(self._on_result)
        controller.waiting.connect(self._on_waiting)
        controller.finished.connect(self._on_finished)
        controller.failed.connect(self._on_failed)
        self.target.activated.connect(lambda _index: self.make_plan())
        self.files.clicked.connect(lambda _on: self.make_plan())
        self.look.clicked.connect(self.make_plan)
        self.edit.clicked.connect(lambda: self.set_up(self._config()))
        for one in (self.add, self.add_first):
            one.clicked.connect(lambda: self.set_up(None))
        self.table.selectionModel().currentRowChanged.connect(lambda _now, _before: self._show_current())
        self.table.doubleClicked.connect(lambda _index: self._open_link())
        self.details.decided.connect(self._decide)
        self.leave_out.clicked.connect(self._leave_out)
        self.again.clicked.connect(self._make_again)
        self.open_link.clicked.connect(self._open_link)
        self.send.clicked.connect(lambda _on: self.send_plan())
        self.stop.clicked.connect(controller.cancel)
        self.close_button.clicked.connect(self.reject)

    # -- targets --------------------------------------------------------------------------------------------------

    def _list_targets(self, wanted: str) -> None:
        self.target.clear()
        for config in self._context.store.targets():
            self.target.addItem(config.name, config.id)
        self.target.setCurrentIndex(max(0, self.target.findData(wanted)))
        if self.target.count():
            self.make_plan()
        else:
            self._say("", "")
            self._refresh()
            self.add_first.setFocus()

    def _config(self) -> TargetConfig | None:
        target_id = self.target.currentData()
        return next((one for one in self._context.store.targets() if one.id == target_id), None)

    def set_up(self, config: TargetConfig | None) -> None:
        """Sets up a new target, or changes one."""
        dialog = TargetDialog(self.controller, config, self)
        dialog.exec()
        dialog.deleteLater()
        if dialog.saved is not None:
            self._list_targets(dialog.saved.id)

    # -- plan -----------------------------------------------------------------------------------------------------

    def make_plan(self) -> None:
        """Looks at the tracker and shows what would be done now."""
        config = self._config()
        if config is None or self._sending:
            return
        settings().backlog_target = config.id
        self._plan, self._results = None, {}
        self.model.set_rows([])
        self._show_current()
        if kind_named(config.kind).token and not secrets.token_of(config):
            self._say(
                self.tr("There is no token for {name}. Give it in its settings.").format(name=config.name), "warning"
            )
            self._refresh()
            return
        self._say(self.tr("Looking at {name}…").format(name=config.name), "muted")
        self.progress.setRange(0, 0)
        self.progress.show()
        self.controller.plan(config, files=self.files.isChecked(), again=frozenset(self._again))
        self._refresh()

    def _on_planned(self, plan: ExportPlan) -> None:
        self.progress.hide()
        self._plan = plan
        self._show_plan()
        if self.model.rowCount():
            self.table.selectRow(0)
        self._refresh()

    def _show_plan(self) -> None:
        if self._plan is None:
            return
        shown = without(self._plan, self._left_out)
        self.model.set_rows([PlanRow(item, self._results.get(item.finding.issue_id)) for item in shown.items])
        counts = Counter(item.action for item in shown.items)
        words = ", ".join(f"{counts[action]} {ACTIONS[action]}" for action in Action if counts[action])
        conflicts = sum(bool(item.conflicts) for item in shown.items)
        if conflicts:
            words += self.tr("; %n with changes by others, which are kept", "", conflicts)
        self._say(words or self.tr("There is no open issue to send."), "")

    def _on_failed(self, error: Exception) -> None:
        self.progress.hide()
        self._sending = False
        words = sentence(error)
        left = self._left()
        if self._results and left:
            words += " " + self.tr("%n issue(s) are left.", "", left)
        self._say(words, "danger")
        self._refresh()

    # -- decisions ------------------------------------------------------------------------------------------------

    def _current(self) -> PlanRow | None:
        found = self.table.currentIndex().siblingAtColumn(0).data(ROW_ROLE)
        return found if isinstance(found, PlanRow) else None

    def _show_current(self) -> None:
        current = self._current()
        editable = not self._sending and not self._results
        self.details.show_item(current.item if current is not None else None, editable=editable)
        self._refresh()

    def _decide(self, field: str, side: Side) -> None:
        current = self._current()
        if current is not None:
            self._replace(decided(current.item, field, side))

    def _replace(self, item: PlanItem) -> None:
        assert self._plan is not None
        mine = item.finding.issue_id
        items = tuple(item if one.finding.issue_id == mine else one for one in self._plan.items)
        self._plan = dataclasses.replace(self._plan, items=items)
        self.model.set_item(item)
        self._refresh()

    def _leave_out(self) -> None:
        current = self._current()
        if current is not None:
            self._left_out ^= {current.id}
            self._show_plan()
            self._show_current()

    def _make_again(self) -> None:
        current = self._current()
        if current is not None:
            self._again.add(current.id)
            self.make_plan()

    def _open_link(self) -> None:
        current = self._current()
        if current is not None and current.url.startswith(("https://", "http://")):
            QDesktopServices.openUrl(QUrl(current.url))

    # -- sending --------------------------------------------------------------------------------------------------

    def send_plan(self, out: Path | None = None) -> None:
        """Does what the plan shows; asks for a file's name where the target writes one."""
        config = self._config()
        if config is None or self._plan is None or self._sending:
            return
        if out is None and kind_named(config.kind).is_file:
            start = self._context.folder.parent / f"{self._context.folder.stem} {config.name}.csv"
            title = self.tr("File for {name}").format(name=config.name)
            chosen, _kind = QFileDialog.getSaveFileName(self, title, str(start), self.tr("CSV (*.csv)"))
            if not chosen:
                return
            out = Path(chosen)
        plan = without(self._plan, self._left_out)
        self._sending = True
        self._results = {}
        self.progress.setRange(0, max(1, len(plan.items)))
        self.progress.setValue(0)
        self.progress.show()
        self._say(self.tr("Sending to {name}…").format(name=config.name), "")
        self.controller.apply(config, plan, out)
        self._refresh()

    def _on_result(self, result: ItemResult) -> None:
        self._results[result.issue_id] = result
        self.model.set_result(result)
        self.progress.setValue(len(self._results))

    def _on_waiting(self, seconds: float, host: str) -> None:
        words = self.tr("{host} does not answer or asks to wait: {seconds} s left. You may stop; nothing is lost.")
        self._say(words.format(host=host, seconds=round(seconds)), "warning")

    def _on_finished(self, cancelled: bool) -> None:
        if not self._sending:
            return
        self._sending = False
        self.progress.hide()
        counts = Counter(result.outcome for result in self._results.values())
        words = ", ".join(f"{counts[outcome]} {OUTCOMES[outcome]}" for outcome in Outcome if counts[outcome])
        if cancelled:
            words = self.tr("Stopped: {done}. %n issue(s) are left; send again to go on.", "", self._left()).format(
                done=words or self.tr("nothing was sent")
            )
        bad = counts[Outcome.FAILED] or counts[Outcome.UNSURE] or any(r.files_failed for r in self._results.values())
        self._say(words or self.tr("There was nothing to send."), "warning" if bad or cancelled else "success")
        self._show_current()

    def _left(self) -> int:
        return (len(self._plan.items) if self._plan is not None else 0) - len(self._results)

    # -- state ----------------------------------------------------------------------------------------------------

    def _refresh(self) -> None:
        config = self._config()
        current = self._current()
        idle = not self._sending and not self.controller.busy
        done = bool(self._results) and not self._sending
        plan = without(self._plan, self._left_out) if self._plan is not None else None
        count = sum(item.sends for item in plan.items) if plan is not None else 0
        for one in (self.target, self.edit, self.add, self.files, self.look):
            one.setEnabled(not self._sending)
        for part in (self.target, self.add, self._body):
            part.setVisible(config is not None)
        self.empty.setVisible(config is None)
        self.edit.setVisible(config is not None)
        self.look.setVisible(config is not None)
        self.files.setVisible(config is not None and not kind_named(config.kind).is_file)
        self.send.setVisible(config is not None and not done)
        self.send.setEnabled(idle and count > 0)
        words = self.tr("Write %n issue(s)", "", count) if config and kind_named(config.kind).is_file else ""
        self.send.setText(words or self.tr("Send %n issue(s)", "", count))
        self.look.setText(self.tr("Try the rest again") if done and self._retry() else self.tr("&Look again"))
        self.stop.setVisible(self._sending or self.controller.busy)
        item = current.item if current is not None else None
        open_plan = item is not None and not self._sending and not self._results
        self.leave_out.setVisible(open_plan)
        self.leave_out.setText(
            self.tr("Take it &in again")
            if current is not None and current.id in self._left_out
            else self.tr("Leave &out")
        )
        again = item is not None and (item.action is Action.LOST or item.blocked is Blocked.IN_A_FILE)
        self.again.setVisible(open_plan and again)
        self.open_link.setVisible(current is not None and bool(current.url))

    def _retry(self) -> bool:
        bad = {Outcome.FAILED, Outcome.UNSURE}
        return (
            any(result.outcome in bad or result.files_failed for result in self._results.values()) or self._left() > 0
        )

    def _say(self, words: str, tone: str) -> None:
        self.summary.setText(words)
        set_tone(self.summary, tone)
        announce(self, words)

    def reject(self) -> None:
        """Closes; what is being sent ends between two requests first."""
        self.controller.cancel()
        super().reject()

    def closeEvent(self, event: QCloseEvent) -> None:
        self.controller.cancel()
        super().closeEvent(event)
