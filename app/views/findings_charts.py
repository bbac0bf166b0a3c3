"""The charts tab of Findings: every picture of the study, its table twin, and the way to a file."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFileDialog, QListWidgetItem, QPushButton, QWidget

from annotate.charts.chart import Look
from annotate.charts.gallery import CHARTS
from annotate.export.files import write_export
from annotate.figures.study import StudyFigures
from app.chart_look import png_of
from app.commands import Command, CommandRegistry
from app.controllers.figures import FiguresController
from app.jobs import Progress
from app.theme import SPACE
from app.widgets.basics import Card, column, label, row
from app.widgets.chart_panel import ChartPanel
from app.widgets.plain_list import PlainList
from app.wording import sentence
from transcribe.cancel import CancelToken

_SCOPE = "charts"
_NAME = Qt.ItemDataRole.UserRole


class ChartsTab(QWidget):
    """The names on the left, the chosen chart on the right.

    Signals:
        go_to_session(session id, t_ns, observation id), go_to_issue(issue id).
        message(words, tone, (action's text, callable) | None): for the window's message bar.
    """

    go_to_session = Signal(str, object, str)
    go_to_issue = Signal(str)
    message = Signal(str, str, object)

    def __init__(self, controller: FiguresController, commands: CommandRegistry) -> None:
        super().__init__()
        self._controller = controller
        self._commands = commands
        self._figures: StudyFigures | None = None
        self.names = PlainList(self.tr("Charts"))
        self.names.setFixedWidth(190)
        for name, words in (
            ("completion", self.tr("Completion by task")),
            ("times", self.tr("Time on task")),
            ("matrix", self.tr("Who met which issue")),
            ("quadrant", self.tr("Value against effort")),
            ("severity", self.tr("Severity by task")),
        ):
            item = QListWidgetItem(words)
            item.setData(_NAME, name)
            self.names.addItem(item)
        self.names.setCurrentRow(0)
        self.names.currentRowChanged.connect(lambda _row: self._draw())
        self.panel = ChartPanel()
        self.panel.opened.connect(self._open)
        tr = self.tr
        tip = tr("The same in words: for reading, copying and screen readers")
        twin = Command("charts.table", tr("As a table"), "T", "ph.table", _SCOPE, tip=tip, checkable=True)
        self._twin = commands.add(twin, self._swap, self, self._has_chart)
        tip = tr("Save the picture as SVG or PNG, in the colours for paper")
        commands.add(
            Command("charts.save", tr("Save picture…"), "Ctrl+S", "ph.download-simple", _SCOPE, tip=tip),
            self.save,
            self,
            self._has_chart,
        )
        self._summary = label("", tone="muted", wrap=True)
        card = Card(margin=SPACE[1], spacing=0)
        card.body.addWidget(self.panel)
        buttons = row(
            self._summary, commands.bind(QPushButton(), "charts.table"), commands.bind(QPushButton(), "charts.save")
        )
        buttons.setStretch(0, 1)
        left = Card(margin=1, spacing=0)
        left.body.addWidget(self.names)
        right = column(buttons, card, spacing=SPACE[1])
        right.setStretch(1, 1)
        layout = row(left, right, spacing=SPACE[1])
        layout.setStretch(1, 1)
        layout.setContentsMargins(0, SPACE[1], 0, 0)
        self.setLayout(layout)
        self.setFocusProxy(self.names)

    def show_figures(self, figures: StudyFigures) -> None:
        """Draws the chosen chart of a study."""
        self._figures = figures
        self._draw()
        self._commands.refresh()

    def save(self) -> None:
        """Asks where to, and writes the picture."""
        context, chart = self._controller.context, self.panel.chart
        if context is None or chart is None:
            return
        start = context.folder.parent / f"{context.folder.stem} {chart.name}.svg"
        kinds = self.tr("Picture that scales (*.svg);;Picture (*.png)")
        chosen, kind = QFileDialog.getSaveFileName(self, self.tr("Save the picture"), str(start), kinds)
        if chosen:
            out = Path(chosen)
            self.save_to(out if out.suffix else out.with_suffix(".png" if "png" in kind else ".svg"))

    def save_to(self, out: Path) -> None:
        """Writes the chosen chart to `out`, as a job; by its suffix as PNG, else as SVG."""
        context, figures = self._controller.context, self._figures
        if context is None or figures is None:
            return
        name = self._name()

        def work(_cancel: CancelToken, _progress: Progress) -> Path:
            chart = CHARTS[name](figures, Look())
            png = out.suffix.lower() == ".png"
            write_export(out, png_of(chart) if png else chart.svg.encode(), out.suffix.lower())
            return out

        context.jobs.run(
            self.tr("Saving {name}").format(name=out.name),
            work,
            on_done=lambda path: self.message.emit(self.tr("Saved as {name}.").format(name=path.name), "success", None),
            on_error=lambda error: self.message.emit(sentence(error), "warning", None),
            cancellable=False,
        )

    # -- inside ------------------------------------------------------------------------------------------------

    def _name(self) -> str:
        return str(self.names.currentItem().data(_NAME))

    def _draw(self) -> None:
        if self._figures is None:
            return
        self.panel.show_chart(partial(CHARTS[self._name()], self._figures))
        self._summary.setText(self.panel.chart.summary if self.panel.chart is not None else "")

    def _swap(self) -> None:
        self.panel.show_as_table(self._twin.isChecked())

    def _has_chart(self) -> bool:
        return self._figures is not None

    def _open(self, spot: object) -> None:
        observation, issue_id = getattr(spot, "observation", None), getattr(spot, "issue_id", "")
        if observation is not None:
            self.go_to_session.emit(*observation)
        elif issue_id:
            self.go_to_issue.emit(issue_id)
