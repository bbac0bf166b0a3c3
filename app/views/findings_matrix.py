"""The matrix tab of Findings: who met which issue, what speaks against it, and how much has been found."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QListWidgetItem, QPushButton, QSplitter, QWidget

from annotate.figures.discovery import Discovery
from annotate.figures.matrix import MatrixRow
from annotate.figures.methods import Figure
from annotate.figures.study import StudyFigures
from annotate.figures.words import DASH, method_words, percent, severity_words, share_words
from annotate.timeline import format_time
from app.commands import Command, CommandRegistry
from app.controllers.figures import FiguresController
from app.models.matrix import MatrixColumn, MatrixModel
from app.plain import one_line, tooltip
from app.theme import SPACE, Text
from app.widgets.basics import Card, ElidedLabel, column, label, row
from app.widgets.figure_tile import FigureTile
from app.widgets.matrix_table import MatrixTable
from app.widgets.plain_list import PlainList

_SCOPE = "matrix"
_MOMENT = Qt.ItemDataRole.UserRole


class MatrixTab(QWidget):
    """The table on the left, the evidence of the current issue on the right, the outlook below.

    Signals:
        go_to_session(session id, t_ns, observation id): show it in review.
    """

    go_to_session = Signal(str, object, str)

    def __init__(self, controller: FiguresController, commands: CommandRegistry) -> None:
        super().__init__()
        self._controller = controller
        self._commands = commands
        self._figures: StudyFigures | None = None
        self._issue_id = ""
        self.model = MatrixModel(self)
        self.table = MatrixTable(self.model)
        self.table.moved.connect(self._show_evidence)
        self.table.opened.connect(self._open_cell)
        self.moments = PlainList(self.tr("Evidence"))
        self.moments.itemActivated.connect(self._open_moment)
        self.moments.currentRowChanged.connect(lambda _row: commands.refresh())
        self._add_commands()
        self._title = ElidedLabel("", Text.STRONG, strong=True)
        self._found = label("", tone="muted", wrap=True)
        self._counter = label("", wrap=True)
        self._stance = commands.bind(QPushButton(), "matrix.stance")
        self._look = commands.bind(QPushButton(), "matrix.open")
        evidence = Card(margin=SPACE[3], spacing=SPACE[1])
        for widget in (self._title, self._found, self._counter):
            evidence.body.addWidget(widget)
        evidence.body.addWidget(self.moments, 1)
        evidence.body.addLayout(row(self._look, self._stance, None))
        matrix = Card(margin=1, spacing=0)
        matrix.body.addWidget(self.table)
        self._split = QSplitter(Qt.Orientation.Horizontal)
        self._split.setChildrenCollapsible(False)
        self._split.setHandleWidth(SPACE[2])
        self._split.setStyleSheet("QSplitter::handle { background: transparent; }")
        self._split.addWidget(matrix)
        self._split.addWidget(evidence)
        self._split.setSizes([820, 290])
        self._split.setStretchFactor(0, 1)
        self.found_tile = FigureTile(self.tr("Problems found so far"))
        self.more_tile = FigureTile(self.tr("Two more participants"))
        self.p_tiles = {
            Figure.DISCOVERY_P: FigureTile(self.tr("p, as seen")),
            Figure.DISCOVERY_DEFLATED: FigureTile(self.tr("p, deflated")),
            Figure.DISCOVERY_GOOD_TURING: FigureTile(self.tr("p, Good-Turing")),
            Figure.DISCOVERY_ADJUSTED: FigureTile(self.tr("p, adjusted")),
        }
        tiles = row(self.found_tile, self.more_tile, *self.p_tiles.values(), spacing=SPACE[1])
        layout = column(self._split, tiles, spacing=SPACE[2])
        layout.setStretch(0, 1)
        layout.setContentsMargins(0, SPACE[1], 0, 0)
        self.setLayout(layout)
        self.setFocusProxy(self.table)

    def show_figures(self, figures: StudyFigures) -> None:
        """Shows the matrix; the current issue and column stay."""
        at, issue_id = self.table.currentIndex().column(), self._issue_id
        self._figures = figures
        self.model.set_matrix(figures.matrix)
        self.table.fit_columns()
        self.choose(issue_id, at)
        self._show_discovery(figures.discovery)

    def choose(self, issue_id: str, at: int = MatrixColumn.FOUND) -> None:
        """Makes an issue's row the current one; the first row where it isn't there."""
        number = max(0, self.model.row_of(issue_id))
        index = self.model.index(number, min(max(at, MatrixColumn.FOUND), max(0, self.model.columnCount() - 1)))
        self.table.setCurrentIndex(index)
        self._show_evidence()

    # -- inside ------------------------------------------------------------------------------------------------

    def _add_commands(self) -> None:
        tr, add = self.tr, self._commands.add
        hint = tr("Show the moment in Review")
        add(
            Command("matrix.open", tr("Look at it"), "L", "ph.play", _SCOPE, tip=hint),
            self._open_cell,
            self,
            self._has_moment,
        )
        hint = tr("This observation shows that the issue is none, or again that it is one")
        add(
            Command("matrix.stance", tr("Speaks for / against"), "X", "ph.arrows-left-right", _SCOPE, tip=hint),
            self._turn,
            self,
            self._has_moment,
        )

    def _row(self) -> MatrixRow | None:
        return self.model.row_at(self.table.currentIndex().row())

    def _show_evidence(self) -> None:
        found = self._row()
        cell = self.model.cell_at(self.table.currentIndex().row(), self.table.currentIndex().column())
        self._issue_id = found.issue.id if found is not None else ""
        self.moments.clear()
        if found is None:
            self._title.set_full_text(self.tr("No issues yet"))
            self._found.setText(self.tr("Group observations into issues first: they show up here by participant."))
            self._counter.setText("")
            self._commands.refresh()
            return
        self._title.set_full_text(f"#{found.issue.number}  {found.issue.title}")
        self._found.setText(
            self.tr("{severity} · found by {share}").format(
                severity=severity_words(found.severity), share=share_words(found.found)
            )
        )
        self._found.setToolTip(tooltip(method_words(Figure.FOUND_BY, found.found.n)))
        self._found.setAccessibleDescription(method_words(Figure.FOUND_BY, found.found.n))
        against = found.counter_evidence()
        codes = ", ".join(one.person.code for one in against) or DASH
        self._counter.setText(self.tr("Counter-evidence: {codes}").format(codes=codes))
        how = method_words(Figure.COUNTER_EVIDENCE, found.found.n)
        self._counter.setToolTip(tooltip(how))
        self._counter.setAccessibleDescription(how)
        shown = [cell] if cell is not None and cell.moments else list(found.cells)
        for each in shown:
            for moment in each.moments:
                stance = "" if moment.speaks_for else self.tr("against · ")
                words = one_line(moment.body) or self.tr("without a note")
                item = QListWidgetItem(f"{each.person.code} · {format_time(moment.t_start_ns)} · {stance}{words}")
                item.setToolTip(tooltip(moment.body))
                item.setData(_MOMENT, moment)
                self.moments.addItem(item)
        if self.moments.count():
            self.moments.setCurrentRow(0)
        self._commands.refresh()

    def _has_moment(self) -> bool:
        return self.moments.currentItem() is not None

    def _open_cell(self) -> None:
        item = self.moments.currentItem()
        if item is not None:
            self._open_moment(item)

    def _open_moment(self, item: QListWidgetItem) -> None:
        moment = item.data(_MOMENT)
        self.go_to_session.emit(moment.session_id, moment.t_start_ns, moment.observation_id)

    def _turn(self) -> None:
        item = self.moments.currentItem()
        if item is not None:
            moment = item.data(_MOMENT)
            self._controller.set_stance(self._issue_id, [moment.observation_id], speaks_for=not moment.speaks_for)

    def _show_discovery(self, found: Discovery | None) -> None:
        if found is None:
            words = self.tr("needs two participants and an issue")
            self.found_tile.show_figure(DASH, words, Figure.DISCOVERY)
            self.more_tile.show_figure(DASH, words, Figure.DISCOVERY_MORE)
            for figure, tile in self.p_tiles.items():
                tile.show_figure(DASH, "", figure)
            return
        note = self.tr("{seen} seen, about {all} expected").format(seen=found.problems, all=round(found.expected_total))
        self.found_tile.show_figure(percent(found.found_share), note, Figure.DISCOVERY, n=found.participants)
        words = self.tr("about {new} new: {share} in all").format(
            new=f"{found.new_with_more:.1f}", share=percent(found.share_with_more)
        )
        self.more_tile.show_figure(f"+{found.new_with_more:.1f}", words, Figure.DISCOVERY_MORE, n=found.participants)
        values = (found.p, found.deflated, found.good_turing, found.adjusted)
        used = Figure.DISCOVERY_ADJUSTED if found.is_adjusted else Figure.DISCOVERY_P
        for (figure, tile), value in zip(self.p_tiles.items(), values, strict=True):
            tile.show_figure(f"{value:.2f}", self.tr("used") if figure is used else "", figure, n=found.participants)
