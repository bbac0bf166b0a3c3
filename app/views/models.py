"""Speech models: what there is, what it takes, how fast it is here; fetched, imported, tried, chosen and removed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QFileDialog,
    QHeaderView,
    QMenu,
    QMessageBox,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from app.controllers.models import ModelRow, ModelsController, ModelStanding
from app.models.speech_models import ModelColumn, SpeechModelsTable, megabytes
from app.theme import SPACE, Text
from app.widgets.basics import announce, button, label, row, set_tone
from app.widgets.row_height import follow_density
from app.widgets.screen_room import open_at
from app.widgets.times import length_words
from app.wording import sentence

_WIDTHS = {
    ModelColumn.NAME: 150,
    ModelColumn.STANDING: 150,
    ModelColumn.SIZE: 90,
    ModelColumn.MEMORY: 90,
    ModelColumn.LANGUAGES: 100,
}


class ModelsDialog(QDialog):
    """The store of speech models. What it has begun goes on when it is closed."""

    def __init__(self, controller: ModelsController, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._controller = controller
        self.setWindowTitle(self.tr("Speech models"))
        open_at(self, 780, 620)
        self.table = SpeechModelsTable(self)
        self.view = self._make_view()
        self.load = button(self.tr("Download"), look="primary")
        self.load.clicked.connect(self._load)
        self.trial = button(self.tr("&Try it (10 s)"))
        self.trial.setToolTip(self.tr("Find out how fast it is on this computer"))
        self.trial.clicked.connect(lambda: self._with(lambda one: controller.try_model(one.name)))
        self.use = button(self.tr("&Use this one"))
        self.use.setToolTip(self.tr("Take it for transcriptions from now on"))
        self.use.clicked.connect(lambda: self._with(lambda one: controller.use(one.name)))
        self.remove = button(self.tr("&Remove"))
        self.remove.clicked.connect(self._remove)
        self.bring = button(self.tr("&Import"))
        self.bring.setToolTip(self.tr("From a folder or a zip, without a network"))
        menu = QMenu(self.bring)
        menu.addAction(self.tr("From a folder…"), self._import_folder)
        menu.addAction(self.tr("From a zip…"), self._import_zip)
        self.bring.setMenu(menu)
        close = button(self.tr("Close"))
        close.clicked.connect(self.accept)
        self._about = label("", tone="muted", wrap=True)
        self.said = label("", wrap=True)
        self.said.hide()
        for each in (self.load, self.trial, self.use, self.remove, self.bring, close):
            each.setAutoDefault(False)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE[5], SPACE[4], SPACE[5], SPACE[4])
        layout.setSpacing(SPACE[2])
        layout.addWidget(label(self.tr("Speech models"), Text.TITLE))
        layout.addWidget(
            label(
                self.tr(
                    "A model turns speech into text on this computer. Larger ones hear better and take longer. Once "
                    "one is here no network is needed any more."
                ),
                tone="muted",
                wrap=True,
            )
        )
        layout.addWidget(self.view, 1)
        layout.addWidget(self._about)
        layout.addWidget(self.said)
        layout.addLayout(row(self.load, self.use, self.trial, self.remove, None, self.bring, close))
        controller.changed.connect(self._refresh)
        controller.failed.connect(self._failed)  # methods: they are let go of with the dialog
        controller.done.connect(self._done)
        controller.refresh()
        self._refresh()
        self.view.setFocus()

    def chosen(self) -> ModelRow | None:
        """The model whose line is chosen."""
        index = self.view.currentIndex()
        rows = self.table.rows()
        return rows[index.row()] if index.isValid() and index.row() < len(rows) else None

    def choose(self, name: str) -> None:
        """Chooses a model's line."""
        at = self.table.row_of(name)
        if at >= 0:
            self.view.selectRow(at)

    # -- inside ---------------------------------------------------------------------------------------------------

    def _make_view(self) -> QTableView:
        view = QTableView()
        view.setModel(self.table)
        view.setAccessibleName(self.tr("Speech models"))
        view.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        view.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        view.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        view.setShowGrid(False)
        view.setTabKeyNavigation(False)
        view.setWordWrap(False)
        view.verticalHeader().hide()
        follow_density(view)
        header = view.horizontalHeader()
        header.setHighlightSections(False)
        header.setStretchLastSection(True)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        for column, width in _WIDTHS.items():
            view.setColumnWidth(column, width)
        view.activated.connect(lambda _index: self._load())
        view.selectionModel().selectionChanged.connect(lambda _new, _old: self._show_chosen())
        return view

    def _refresh(self) -> None:
        first = not self.table.rowCount()
        self.table.set_rows(self._controller.rows())
        if first and self.table.rowCount():
            used = next((at for at, each in enumerate(self.table.rows()) if each.chosen), 0)
            self.view.selectRow(used)
        self._show_chosen()

    def _show_chosen(self) -> None:
        one = self.chosen()
        for each in (self.load, self.trial, self.use, self.remove):
            each.setEnabled(one is not None)
        if one is None:
            return
        words = {
            ModelStanding.ABSENT: self.tr("&Download"),
            ModelStanding.PAUSED: self.tr("&Go on"),
            ModelStanding.LOADING: self.tr("&Pause"),
        }
        self.load.setText(words.get(one.standing, self.tr("&Download")))
        self.load.setEnabled(not one.is_here)
        self.trial.setEnabled(one.standing is ModelStanding.HERE)
        self.use.setEnabled(one.is_here and not one.chosen)
        paused = one.standing is ModelStanding.PAUSED
        self.remove.setText(self.tr("Give &up") if paused else self.tr("&Remove"))
        self.remove.setEnabled(paused or (one.standing is ModelStanding.HERE and not one.packaged))
        self._about.setText(self._about_words(one))

    def _about_words(self, one: ModelRow) -> str:
        parts = []
        if one.spec is not None and not one.fits:
            parts.append(
                self.tr("It needs %1 of memory, more than is free right now; choose a smaller one or close programs.")
                .replace("%1", megabytes(one.spec.memory_bytes))
            )  # fmt: skip
        if one.packaged:
            parts.append(self.tr("It came with the program’s packages."))
        if one.speed is not None and one.speed.factor > 0:
            hour_ns = 3600 * 1_000_000_000
            words = (
                self.tr("An hour of speech takes %1 on this computer.")
                if one.speed.measured
                else self.tr("An hour of speech would take about %1 on this computer (an estimate until it is tried).")
            )
            parts.append(words.replace("%1", length_words(round(hour_ns / one.speed.factor))))
        return " ".join(parts)

    def _with(self, act: Callable[[ModelRow], None]) -> None:
        one = self.chosen()
        if one is not None:
            self.said.hide()
            act(one)

    def _load(self) -> None:
        one = self.chosen()
        if one is None or one.is_here:
            return
        self.said.hide()
        if one.standing is ModelStanding.LOADING:
            self._controller.pause(one.name)
        else:
            self._controller.download(one.name)

    def _remove(self) -> None:
        one = self.chosen()
        if one is None:
            return
        self.said.hide()
        if one.standing is ModelStanding.PAUSED:
            self._controller.discard(one.name)
            return
        box = QMessageBox(self)
        box.setWindowTitle("Moderato")
        box.setText(self.tr("Remove the speech model %1?").replace("%1", one.name))
        box.setInformativeText(
            self.tr("%1 are freed. Transcripts stay; to use the model again it must be fetched again.").replace(
                "%1", megabytes(one.size_bytes)
            )
        )
        yes = box.addButton(self.tr("Remove"), QMessageBox.ButtonRole.DestructiveRole)
        no = box.addButton(self.tr("Keep it"), QMessageBox.ButtonRole.RejectRole)
        box.setDefaultButton(no)
        box.exec()
        if box.clickedButton() is yes:
            self._controller.remove(one.name)

    def _import_folder(self) -> None:
        chosen = QFileDialog.getExistingDirectory(self, self.tr("Choose the folder of a Whisper model"))
        if chosen:
            self._controller.import_from(Path(chosen))

    def _import_zip(self) -> None:
        chosen, _kind = QFileDialog.getOpenFileName(self, self.tr("Choose the zip of a Whisper model"), "", "*.zip")
        if chosen:
            self._controller.import_from(Path(chosen))

    def _failed(self, error: Exception) -> None:
        self._say(sentence(error), "danger")

    def _done(self, words: str) -> None:
        self._say(words, "success")

    def _say(self, words: str, tone: str) -> None:
        self.said.setText(words)
        set_tone(self.said, tone)
        self.said.show()
        announce(self, words)
        QTimer.singleShot(0, self.view, lambda: self.view.scrollTo(self.view.currentIndex()))
